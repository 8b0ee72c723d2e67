//! Gradient boosted trees on binned columns.
//!
//! Friedman (2001), Greedy function approximation; histograms and their subtraction as in Ke et al. (2017),
//! `LightGBM`. Leaves of an absolute or quantile loss hold the quantile of their residuals.

use crate::bins::Cuts;
use crate::error::{ModelError, check_table};

/// What is made small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Squared error.
    Squared,
    /// Pinball loss of a level; 0.5 is the absolute error.
    Quantile(f64),
}

/// Boosted trees before they have seen data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boost {
    /// What is made small.
    pub loss: Loss,
    /// How many trees.
    pub trees: usize,
    /// Splits from the root to a leaf, at most.
    pub depth: u32,
    /// Share of each tree's answer that is taken.
    pub learning_rate: f64,
    /// Rows that a leaf needs.
    pub leaf_rows: usize,
    /// Share of rows and of columns that a tree sees.
    pub share: f64,
    /// Of the choice of rows and columns.
    pub seed: u64,
}

/// Boosted trees that were fitted.
#[derive(Clone, Debug)]
pub struct BoostFit {
    pub(crate) cuts: Cuts,
    pub(crate) columns: usize,
    pub(crate) base: f64,
    pub(crate) trees: Vec<Vec<Node>>,
}

/// A node of a tree; those of a tree lie in one list, the root first.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    /// Bins up to `bin` of `column` go to `left`, others to the node after it.
    Split {
        column: usize,
        bin: u8,
        left: usize,
    },
    Leaf(f64),
}

/// Bins and how many rows and how much slope each holds.
type Histogram = Vec<[f64; 2]>;
const BINS: usize = 256;

impl Boost {
    /// Fits `targets` on the rows of `inputs`, `columns` each; an input may be missing (NaN).
    ///
    /// # Errors
    /// [`ModelError`] for tables that do not fit, a target that is not finite, or a setting out of its range.
    pub fn fit(
        self,
        inputs: &[f64],
        columns: usize,
        targets: &[f64],
    ) -> Result<BoostFit, ModelError> {
        self.check()?;
        let rows = targets.len();
        check_table("targets", targets, rows, 1)?;
        if inputs.len() != rows.saturating_mul(columns) || columns == 0 {
            return Err(ModelError::Length {
                what: "inputs",
                found: inputs.len(),
                expected: rows.saturating_mul(columns.max(1)),
            });
        }
        let least = 2 * self.leaf_rows.max(1);
        if rows < least {
            return Err(ModelError::TooFewRows { rows, least });
        }
        let cuts = Cuts::of(inputs, columns);
        let mut growth = Growth {
            boost: self,
            bins: &cuts.bins(inputs),
            rows,
            columns,
            state: self.seed,
            slopes: vec![0.0; rows],
        };
        let base = self.value(&mut targets.to_vec());
        let mut made = vec![base; rows];
        let mut trees = Vec::with_capacity(self.trees);
        for _ in 0..self.trees {
            for (slope, (value, target)) in growth.slopes.iter_mut().zip(made.iter().zip(targets)) {
                *slope = self.slope(target - value);
            }
            let residual: Vec<f64> = targets.iter().zip(&made).map(|(t, m)| t - m).collect();
            trees.push(growth.tree(&residual, &mut made));
        }
        Ok(BoostFit {
            cuts,
            columns,
            base,
            trees,
        })
    }

    fn check(self) -> Result<(), ModelError> {
        let refused = |name, value, rule| Err(ModelError::Setting { name, value, rule });
        if let Loss::Quantile(level) = self.loss
            && !(level > 0.0 && level < 1.0)
        {
            return refused("quantile", level, "give a level between 0 and 1");
        }
        if !(self.share > 0.0 && self.share <= 1.0) {
            return refused("share", self.share, "give a share above 0, at most 1");
        }
        if !(self.learning_rate > 0.0 && self.learning_rate <= 1.0) {
            return refused(
                "learning rate",
                self.learning_rate,
                "give a rate above 0, at most 1",
            );
        }
        if self.depth > 12 {
            return refused("depth", f64::from(self.depth), "give at most 12 splits");
        }
        Ok(())
    }

    /// Which way and how much a row pulls.
    fn slope(self, residual: f64) -> f64 {
        match self.loss {
            Loss::Squared => residual,
            Loss::Quantile(level) if residual > 0.0 => level,
            Loss::Quantile(level) => level - 1.0,
        }
    }

    /// The constant of least loss, of residuals that are reordered; not empty.
    fn value(self, residuals: &mut [f64]) -> f64 {
        match self.loss {
            Loss::Squared => residuals.iter().sum::<f64>() / residuals.len() as f64,
            Loss::Quantile(level) => {
                let place = (level * residuals.len() as f64) as usize;
                let place = place.min(residuals.len() - 1);
                *residuals.select_nth_unstable_by(place, f64::total_cmp).1
            }
        }
    }
}

/// What all trees of a fit share.
struct Growth<'a> {
    boost: Boost,
    bins: &'a [u8],
    rows: usize,
    columns: usize,
    state: u64,
    slopes: Vec<f64>,
}

/// A node whose rows are `rows[start..end]`.
struct Branch {
    node: usize,
    start: usize,
    end: usize,
    depth: u32,
    histogram: Histogram,
}

impl Growth<'_> {
    /// A number in [0, 1): splitmix64.
    fn draw(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn chosen(&mut self, count: usize, least: usize) -> Vec<usize> {
        let share = self.boost.share;
        let drawn: Vec<usize> = (0..count).filter(|_| self.draw() < share).collect();
        if drawn.len() < least {
            (0..count).collect()
        } else {
            drawn
        }
    }

    /// Grows a tree and adds its answers to `made`.
    fn tree(&mut self, residual: &[f64], made: &mut [f64]) -> Vec<Node> {
        let mut rows = self.chosen(self.rows, 2 * self.boost.leaf_rows);
        let columns = self.chosen(self.columns, 1);
        let mut nodes = vec![Node::Leaf(0.0)];
        let histogram = self.histogram(&rows, &columns);
        let mut open = vec![Branch {
            node: 0,
            start: 0,
            end: rows.len(),
            depth: 0,
            histogram,
        }];
        while let Some(branch) = open.pop() {
            let Some((number, bin)) = self.split(&branch, &columns) else {
                let mut values: Vec<f64> = rows[branch.start..branch.end]
                    .iter()
                    .map(|row| residual[*row])
                    .collect();
                let value = self.boost.learning_rate * self.boost.value(&mut values);
                nodes[branch.node] = Node::Leaf(value);
                continue;
            };
            let column = columns[number];
            let middle =
                branch.start + self.partition(&mut rows[branch.start..branch.end], column, bin);
            let left = nodes.len();
            nodes[branch.node] = Node::Split { column, bin, left };
            nodes.extend([Node::Leaf(0.0), Node::Leaf(0.0)]);
            open.extend(self.children(branch, middle, left, &rows, &columns));
        }
        for (row, value) in made.iter_mut().enumerate() {
            *value += answer(&nodes, |column| self.bins[column * self.rows + row]);
        }
        nodes
    }

    fn histogram(&self, rows: &[usize], columns: &[usize]) -> Histogram {
        let mut histogram = vec![[0.0; 2]; columns.len() * BINS];
        for (number, column) in columns.iter().enumerate() {
            let bins = &self.bins[column * self.rows..(column + 1) * self.rows];
            let counts = &mut histogram[number * BINS..(number + 1) * BINS];
            for row in rows {
                let entry = &mut counts[usize::from(bins[*row])];
                entry[0] += 1.0;
                entry[1] += self.slopes[*row];
            }
        }
        histogram
    }

    /// Column, by its number in `columns`, and last bin of the best split.
    fn split(&self, branch: &Branch, columns: &[usize]) -> Option<(usize, u8)> {
        let least = self.boost.leaf_rows.max(1) as f64;
        if branch.depth >= self.boost.depth || ((branch.end - branch.start) as f64) < 2.0 * least {
            return None;
        }
        let mut best = None;
        let mut most = 0.0;
        for number in 0..columns.len() {
            let bins = &branch.histogram[number * BINS..(number + 1) * BINS];
            let (count, slope) = bins
                .iter()
                .fold((0.0, 0.0), |sum, bin| (sum.0 + bin[0], sum.1 + bin[1]));
            let whole = slope * slope / count;
            let (mut left_count, mut left_slope) = (0.0, 0.0);
            for (bin, entry) in bins.iter().enumerate().take(BINS - 1) {
                left_count += entry[0];
                left_slope += entry[1];
                let right_count = count - left_count;
                if right_count < least {
                    break;
                }
                if left_count < least || entry[0] == 0.0 {
                    continue;
                }
                let right_slope = slope - left_slope;
                let gain = left_slope * left_slope / left_count
                    + right_slope * right_slope / right_count
                    - whole;
                if gain > most + 1e-12 * whole {
                    most = gain;
                    best = Some((number, bin as u8));
                }
            }
        }
        best
    }

    /// Brings rows of bins up to `bin` to the front and returns how many; both parts keep their order.
    fn partition(&self, rows: &mut [usize], column: usize, bin: u8) -> usize {
        let bins = &self.bins[column * self.rows..(column + 1) * self.rows];
        let (left, right): (Vec<usize>, Vec<usize>) =
            rows.iter().partition(|row| bins[**row] <= bin);
        let (front, back) = rows.split_at_mut(left.len());
        front.copy_from_slice(&left);
        back.copy_from_slice(&right);
        front.len()
    }

    /// Both children of a split; the smaller one's histogram is counted, the other's is what is left.
    fn children(
        &self,
        branch: Branch,
        middle: usize,
        left: usize,
        rows: &[usize],
        columns: &[usize],
    ) -> [Branch; 2] {
        let depth = branch.depth + 1;
        let Branch {
            start,
            end,
            histogram: mut rest,
            ..
        } = branch;
        let is_left_smaller = middle - start <= end - middle;
        let smaller = if is_left_smaller {
            &rows[start..middle]
        } else {
            &rows[middle..end]
        };
        // Children at the last depth are leaves: nobody looks at their histograms.
        let counted = if depth < self.boost.depth {
            self.histogram(smaller, columns)
        } else {
            Vec::new()
        };
        for (total, part) in rest.iter_mut().zip(&counted) {
            total[0] -= part[0];
            total[1] -= part[1];
        }
        let (first, second) = if is_left_smaller {
            (counted, rest)
        } else {
            (rest, counted)
        };
        [
            Branch {
                node: left,
                start,
                end: middle,
                depth,
                histogram: first,
            },
            Branch {
                node: left + 1,
                start: middle,
                end,
                depth,
                histogram: second,
            },
        ]
    }
}

/// Walks a tree by the bins of a row.
fn answer(nodes: &[Node], bin_of: impl Fn(usize) -> u8) -> f64 {
    let mut node = 0;
    loop {
        match nodes[node] {
            Node::Leaf(value) => return value,
            Node::Split { column, bin, left } => node = left + usize::from(bin_of(column) > bin),
        }
    }
}

impl BoostFit {
    /// Columns of a row of inputs.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Forecasts for each row of `inputs`.
    ///
    /// # Errors
    /// [`ModelError::Length`] when the rows are not whole.
    pub fn predict(&self, inputs: &[f64]) -> Result<Vec<f64>, ModelError> {
        let rows = inputs.len() / self.columns;
        if inputs.len() != rows * self.columns {
            return Err(ModelError::Length {
                what: "inputs",
                found: inputs.len(),
                expected: rows * self.columns,
            });
        }
        let forecast = |row: &[f64]| {
            let bins: Vec<u8> = (0..self.columns)
                .map(|c| self.cuts.bin(c, row[c]))
                .collect();
            let parts = self
                .trees
                .iter()
                .map(|tree| answer(tree, |column| bins[column]));
            self.base + parts.sum::<f64>()
        };
        Ok(inputs.chunks_exact(self.columns).map(forecast).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOOST: Boost = Boost {
        loss: Loss::Squared,
        trees: 120,
        depth: 4,
        learning_rate: 0.2,
        leaf_rows: 4,
        share: 1.0,
        seed: 3,
    };

    /// Rows of two inputs, the second missing now and then, and a target with a step and a product.
    fn table(rows: usize) -> (Vec<f64>, Vec<f64>) {
        let mut inputs = Vec::new();
        let mut targets = Vec::new();
        for row in 0..rows {
            let first = (row * 37 % 101) as f64 / 101.0;
            let second = (row * 53 % 97) as f64 / 97.0;
            let is_missing = row % 10 == 0;
            inputs.extend([first, if is_missing { f64::NAN } else { second }]);
            let step = if first > 0.4 { 5.0 } else { 0.0 };
            targets.push(if is_missing {
                -3.0
            } else {
                step + first * second
            });
        }
        (inputs, targets)
    }

    #[test]
    fn steps_products_and_missing_values_are_learnt() {
        let (inputs, targets) = table(2_000);
        let fit = BOOST.fit(&inputs, 2, &targets).unwrap();
        let made = fit.predict(&inputs).unwrap();
        let worst = made
            .iter()
            .zip(&targets)
            .map(|(m, t)| (m - t).abs())
            .fold(0.0, f64::max);
        assert!(worst < 0.2, "{worst}");
    }

    #[test]
    fn a_quantile_has_its_share_below() {
        let targets: Vec<f64> = (0..1_000).map(|row| f64::from(row * 7 % 1_000)).collect();
        let inputs: Vec<f64> = (0..1_000).map(|row| f64::from(row % 3)).collect();
        let boost = Boost {
            loss: Loss::Quantile(0.9),
            trees: 30,
            ..BOOST
        };
        let fit = boost.fit(&inputs, 1, &targets).unwrap();
        let made = fit.predict(&inputs).unwrap();
        let below = made.iter().zip(&targets).filter(|(m, t)| t < m).count();
        assert!((880..=920).contains(&below), "{below}");
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let (inputs, targets) = table(100);
        let boost = Boost {
            share: 0.0,
            ..BOOST
        };
        let error = boost.fit(&inputs, 2, &targets).unwrap_err();
        assert!(error.to_string().contains("share is 0"), "{error}");
        assert!(BOOST.fit(&inputs[..7], 2, &targets).is_err());
        assert!(
            BOOST
                .fit(&inputs, 2, &targets)
                .unwrap()
                .predict(&[1.0])
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn one_seed_gives_one_forecast(seed in any::<u64>(), share in 0.2..1.0_f64) {
            let (inputs, targets) = table(200);
            let boost = Boost { seed, share, trees: 5, ..BOOST };
            let once = boost.fit(&inputs, 2, &targets).unwrap().predict(&inputs).unwrap();
            let again = boost.fit(&inputs, 2, &targets).unwrap().predict(&inputs).unwrap();
            prop_assert_eq!(once, again);
        }
    }
}
