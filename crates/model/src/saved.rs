//! Fitted trees as bytes: little-endian, after a mark and a schema version.

use crate::bins::Cuts;
use crate::error::ModelError;
use crate::trees::{BoostFit, Node};

const MARK: &[u8; 4] = b"WBTR";
/// Version of the layout; another one is refused.
const VERSION: u32 = 1;
/// Lists in a file are no longer than this: a broken length must not ask for all memory.
const LENGTH_MAX: u32 = 1 << 24;

impl BoostFit {
    /// The model as bytes, for [`BoostFit::load`].
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = MARK.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(self.base.to_le_bytes());
        count(&mut bytes, self.cuts.0.len());
        for column in &self.cuts.0 {
            count(&mut bytes, column.len());
            bytes.extend(column.iter().flat_map(|cut| cut.to_le_bytes()));
        }
        count(&mut bytes, self.trees.len());
        for tree in &self.trees {
            count(&mut bytes, tree.len());
            for node in tree {
                match node {
                    Node::Leaf(value) => {
                        bytes.push(0);
                        bytes.extend(value.to_le_bytes());
                    }
                    Node::Split { column, bin, left } => {
                        bytes.extend([1, *bin]);
                        count(&mut bytes, *column);
                        count(&mut bytes, *left);
                    }
                }
            }
        }
        bytes
    }

    /// The model that [`BoostFit::save`] wrote.
    ///
    /// # Errors
    /// [`ModelError::Saved`] for bytes of another kind or version, cut short, or whose trees do not hold together.
    pub fn load(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut reader = Reader { bytes, at: 0 };
        if reader.take(4)? != MARK {
            return reader.refused("no mark of a tree model");
        }
        if reader.number()? != VERSION {
            return reader.refused("another schema version: fit the model anew");
        }
        let base = reader.real()?;
        let columns = reader.length()?;
        let mut cuts = Vec::new();
        for _ in 0..columns {
            let size = reader.length()?;
            cuts.push(
                (0..size)
                    .map(|_| reader.real())
                    .collect::<Result<Vec<_>, _>>()?,
            );
        }
        let mut trees = Vec::new();
        for _ in 0..reader.length()? {
            let size = reader.length()?;
            let mut tree = Vec::new();
            for place in 0..size {
                tree.push(reader.node(place, size, columns)?);
            }
            if tree.is_empty() {
                return reader.refused("a tree without a node");
            }
            trees.push(tree);
        }
        if reader.at != bytes.len() {
            return reader.refused("bytes after the last tree");
        }
        Ok(Self {
            cuts: Cuts(cuts),
            columns,
            base,
            trees,
        })
    }
}

fn count(bytes: &mut Vec<u8>, value: usize) {
    bytes.extend(u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn refused<T>(&self, reason: &'static str) -> Result<T, ModelError> {
        Err(ModelError::Saved {
            offset: self.at,
            reason,
        })
    }

    fn take(&mut self, size: usize) -> Result<&'a [u8], ModelError> {
        let Some(part) = self.bytes.get(self.at..self.at + size) else {
            return self.refused("the end comes too early");
        };
        self.at += size;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn number(&mut self) -> Result<u32, ModelError> {
        self.array().map(u32::from_le_bytes)
    }

    fn length(&mut self) -> Result<usize, ModelError> {
        match self.number()? {
            value if value > LENGTH_MAX => self.refused("a list too long"),
            value => Ok(value as usize),
        }
    }

    fn real(&mut self) -> Result<f64, ModelError> {
        let value = self.array().map(f64::from_le_bytes)?;
        if value.is_finite() {
            return Ok(value);
        }
        self.refused("a number that is not finite")
    }

    /// A node at `place` of a tree of `size`; children come later, so a walk ends.
    fn node(&mut self, place: usize, size: usize, columns: usize) -> Result<Node, ModelError> {
        match self.array::<1>()? {
            [0] => Ok(Node::Leaf(self.real()?)),
            [1] => {
                let [bin] = self.array()?;
                let (column, left) = (self.length()?, self.length()?);
                if column >= columns || left <= place || left + 1 >= size {
                    return self.refused("a split that leads nowhere");
                }
                Ok(Node::Split { column, bin, left })
            }
            _ => self.refused("no kind of node"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trees::{Boost, Loss};
    use proptest::prelude::*;

    fn fitted() -> (BoostFit, Vec<f64>) {
        let inputs: Vec<f64> = (0..300).map(|row| f64::from(row * 31 % 101)).collect();
        let targets: Vec<f64> = inputs
            .chunks(3)
            .map(|row| row[0] * row[1] - row[2])
            .collect();
        let boost = Boost {
            loss: Loss::Quantile(0.5),
            trees: 9,
            depth: 3,
            learning_rate: 0.3,
            leaf_rows: 5,
            share: 0.8,
            seed: 1,
        };
        (boost.fit(&inputs, 3, &targets).unwrap(), inputs)
    }

    #[test]
    fn a_saved_model_answers_alike() {
        let (fit, inputs) = fitted();
        let again = BoostFit::load(&fit.save()).unwrap();
        assert_eq!(
            fit.predict(&inputs).unwrap(),
            again.predict(&inputs).unwrap()
        );
    }

    #[test]
    fn another_version_is_refused() {
        let mut bytes = fitted().0.save();
        bytes[4] = 2;
        let error = BoostFit::load(&bytes).unwrap_err();
        assert!(
            error.to_string().contains("another schema version"),
            "{error}"
        );
        assert!(BoostFit::load(b"PAR1").is_err());
    }

    proptest! {
        #[test]
        fn broken_bytes_are_refused_or_answer(place in 0..4_000_usize, value in any::<u8>(), end in 0..6_000_usize) {
            let (fit, inputs) = fitted();
            let mut bytes = fit.save();
            let place = place % bytes.len();
            bytes[place] = value;
            if let Ok(model) = BoostFit::load(&bytes) {
                prop_assert!(model.predict(&inputs[..3]).is_ok());
            }
            bytes.truncate(end % bytes.len());
            prop_assert!(BoostFit::load(&bytes).is_err());
        }
    }
}
