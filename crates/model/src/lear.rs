//! LEAR: one LASSO for each of a day's prices on the same inputs.
//!
//! Uniejewski, Nowotarski and Weron (2016); Lago, Marcjasz, De Schutter and Weron (2021), Forecasting day-ahead
//! electricity prices: a review of state-of-the-art algorithms, best practices and an open-access benchmark.

use crate::error::{ModelError, check_table};
use crate::gram::{Columns, dot};
use crate::lars::{Point, Products, Stop, path};
use crate::scale::Scale;

/// How the penalty of a target is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Penalty {
    /// Least Akaike criterion on columns of equal length, the target's variance standing for that of the noise.
    Akaike,
    /// The penalty that [`Penalty::Akaike`] finds, used on the columns as they are: what the published
    /// forecasts did, and about `sqrt(rows)` weaker.
    Published,
    /// Least Akaike criterion, the noise's variance being this share of the target's.
    Noise(f64),
}

/// A LEAR before it has seen prices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lear {
    /// Columns at the end of the inputs that are not tamed: days of the week.
    pub plain_columns: usize,
    /// How the penalties are found.
    pub penalty: Penalty,
}

/// A fitted LEAR.
#[derive(Clone, Debug)]
pub struct LearFit {
    plain_columns: usize,
    input_scales: Vec<Scale>,
    target_scales: Vec<Scale>,
    input_means: Vec<f64>,
    target_means: Vec<f64>,
    /// By target, by column.
    coefficients: Vec<Vec<f64>>,
    /// Penalty of each target.
    pub alphas: Vec<f64>,
}

/// Rows that a regression needs.
const LEAST_ROWS: usize = 8;

impl Lear {
    /// Fits `targets` a row on `columns` inputs a row; tables are row by row.
    ///
    /// # Errors
    /// [`ModelError`] when a table is not whole or finite, has too few rows, or the noise is no share.
    pub fn fit(
        self,
        inputs: &[f64],
        columns: usize,
        outputs: &[f64],
        targets: usize,
    ) -> Result<LearFit, ModelError> {
        let rows = outputs.len() / targets.max(1);
        if rows < LEAST_ROWS {
            return Err(ModelError::TooFewRows {
                rows,
                least: LEAST_ROWS,
            });
        }
        check_table("inputs", inputs, rows, columns)?;
        check_table("targets", outputs, rows, targets)?;
        if let Penalty::Noise(share) = self.penalty
            && !(share > 0.0 && share <= 1.0)
        {
            return Err(ModelError::Setting {
                name: "noise",
                value: share,
                rule: "give a share of the target's variance above 0, at most 1",
            });
        }
        let plain_from = columns.saturating_sub(self.plain_columns);
        let (input_scales, values) = tamed(inputs, rows, columns, plain_from);
        let (target_scales, goals) = tamed(outputs, rows, targets, targets);
        let columns = Columns::centred(rows, values);
        let goals = Columns::centred(rows, goals);
        let gram = columns.gram();
        let even = evened(&gram, &columns.lengths);
        let points: Vec<Point> = (0..targets)
            .map(|target| self.point(&columns, &gram, &even, goals.column(target), rows))
            .collect();
        Ok(LearFit {
            plain_columns: self.plain_columns,
            input_scales,
            target_scales,
            input_means: columns.means,
            target_means: goals.means,
            alphas: points.iter().map(|point| point.alpha).collect(),
            coefficients: points.into_iter().map(|point| point.coefficients).collect(),
        })
    }

    /// Coefficients of one target, of the columns as they are.
    fn point(
        self,
        columns: &Columns,
        gram: &[f64],
        even: &[f64],
        target: &[f64],
        rows: usize,
    ) -> Point {
        let squares = dot(target, target);
        let against = columns.against(target);
        let even_against: Vec<f64> = against
            .iter()
            .zip(&columns.lengths)
            .map(|(value, length)| if *length > 0.0 { value / length } else { 0.0 })
            .collect();
        let products = Products {
            gram: even,
            against: &even_against,
            target: squares,
            rows,
        };
        let share = match self.penalty {
            Penalty::Noise(share) => share,
            Penalty::Akaike | Penalty::Published => 1.0,
        };
        let variance = (share * squares / rows as f64).max(f64::MIN_POSITIVE);
        let mut point = path(products, Stop::Akaike { variance });
        if self.penalty == Penalty::Published {
            let products = Products {
                gram,
                against: &against,
                ..products
            };
            return path(products, Stop::Alpha(point.alpha));
        }
        for (value, length) in point.coefficients.iter_mut().zip(&columns.lengths) {
            *value = if *length > 0.0 { *value / length } else { 0.0 };
        }
        point
    }
}

impl LearFit {
    /// Forecasts of all targets for one row of inputs.
    ///
    /// # Errors
    /// [`ModelError`] when the row has not as many finite values as the model has columns.
    pub fn predict(&self, inputs: &[f64]) -> Result<Vec<f64>, ModelError> {
        let count = self.input_means.len();
        check_table("inputs", inputs, 1, count)?;
        let plain_from = count.saturating_sub(self.plain_columns);
        let row: Vec<f64> = (0..count)
            .map(|place| {
                let value = inputs[place];
                let tame = if place < plain_from {
                    self.input_scales[place].into_tame(value)
                } else {
                    value
                };
                tame - self.input_means[place]
            })
            .collect();
        Ok((0..self.target_means.len())
            .map(|target| {
                let tame = self.target_means[target] + dot(&row, &self.coefficients[target]);
                self.target_scales[target].back(tame)
            })
            .collect())
    }

    /// A row for each column of the inputs: its median, width and tame mean, then its coefficients by target.
    #[must_use]
    pub fn table(&self) -> Vec<f64> {
        let mut rows = Vec::new();
        for (place, mean) in self.input_means.iter().enumerate() {
            let scale = self.input_scales[place];
            rows.extend([scale.middle, scale.width, *mean]);
            rows.extend(self.coefficients.iter().map(|each| each[place]));
        }
        rows
    }

    /// Median, width and tame mean of each target, one after the other.
    #[must_use]
    pub fn targets(&self) -> Vec<f64> {
        let parts = self.target_scales.iter().zip(&self.target_means);
        parts
            .flat_map(|(scale, mean)| [scale.middle, scale.width, *mean])
            .collect()
    }

    /// Coefficients of `target` on tame inputs, by column.
    #[must_use]
    pub fn coefficients(&self, target: usize) -> Option<&[f64]> {
        self.coefficients.get(target).map(Vec::as_slice)
    }
}

/// Scale of each column, and the tamed columns one after the other; those from `plain_from` stay.
fn tamed(table: &[f64], rows: usize, columns: usize, plain_from: usize) -> (Vec<Scale>, Vec<f64>) {
    let mut scales = Vec::with_capacity(columns);
    let mut values = Vec::with_capacity(rows * columns);
    for column in 0..columns {
        let entries = (0..rows).map(|row| table[row * columns + column]);
        if column < plain_from {
            let scale = Scale::of(entries.clone());
            values.extend(entries.map(|value| scale.into_tame(value)));
            scales.push(scale);
        } else {
            values.extend(entries);
            scales.push(Scale::UNIT);
        }
    }
    (scales, values)
}

/// `gram` of columns of length 1; rows and columns of those that stand still are 0.
fn evened(gram: &[f64], lengths: &[f64]) -> Vec<f64> {
    let count = lengths.len();
    let mut even = vec![0.0; gram.len()];
    for i in (0..count).filter(|i| lengths[*i] > 0.0) {
        for j in (0..count).filter(|j| lengths[*j] > 0.0) {
            even[i * count + j] = gram[i * count + j] / (lengths[i] * lengths[j]);
        }
    }
    even
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A price that follows two of three inputs, without noise.
    fn table(rows: usize) -> (Vec<f64>, Vec<f64>) {
        let mut state = 7_u64;
        let mut inputs = Vec::new();
        let mut outputs = Vec::new();
        for _ in 0..rows {
            let row: Vec<f64> = (0..3)
                .map(|_| {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    (state >> 33) as f64 / f64::from(1_u32 << 31)
                })
                .collect();
            outputs.push(30.0 + 4.0 * row[0] - 2.0 * row[1]);
            inputs.extend(row);
        }
        (inputs, outputs)
    }

    #[test]
    fn a_price_that_follows_its_inputs_is_found_again() {
        let (inputs, outputs) = table(200);
        let lear = Lear {
            plain_columns: 3,
            penalty: Penalty::Published,
        };
        let fit = lear.fit(&inputs, 3, &outputs, 1).unwrap();
        let made = fit.predict(&[0.5, 0.5, 0.5]).unwrap()[0];
        assert!((made - 31.0).abs() < 0.1, "{made}");
        assert!(fit.coefficients(0).unwrap()[2].abs() < 0.02);
    }

    #[test]
    fn what_is_missing_is_named_with_its_place() {
        let (mut inputs, outputs) = table(20);
        inputs[3 * 4 + 1] = f64::NAN;
        let lear = Lear {
            plain_columns: 0,
            penalty: Penalty::Akaike,
        };
        let error = lear.fit(&inputs, 3, &outputs, 1).unwrap_err();
        assert!(error.to_string().contains("row 4, column 1"), "{error}");
        let few = lear.fit(&inputs[..6], 3, &outputs[..2], 1).unwrap_err();
        assert_eq!(few, ModelError::TooFewRows { rows: 2, least: 8 });
    }
}
