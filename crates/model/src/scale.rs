//! The scale on which prices are tame: inverse hyperbolic sine of the distance to the median.
//!
//! Uniejewski, Weron and Ziel (2018), Variance stabilizing transformations for electricity spot price forecasting;
//! Lago et al. (2021) call it "invariant".

/// Median absolute deviation of a standard normal variable.
const NORMAL_DEVIATION: f64 = 0.674_489_750_196_081_7;

/// Median and width of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Median.
    pub middle: f64,
    /// Median absolute deviation, as of a normal distribution; 1 for a column that does not vary.
    pub width: f64,
}

impl Scale {
    /// The scale that changes nothing but by the sine.
    pub const UNIT: Self = Self {
        middle: 0.0,
        width: 1.0,
    };

    /// Scale of `values`; [`Scale::UNIT`] of none.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        if values.is_empty() {
            return Self::UNIT;
        }
        let middle = median(&mut values);
        for value in &mut values {
            *value = (*value - middle).abs();
        }
        let width = median(&mut values) / NORMAL_DEVIATION;
        Self {
            middle,
            width: if width > 0.0 { width } else { 1.0 },
        }
    }

    /// `value` on the tame scale.
    #[must_use]
    pub fn into_tame(self, value: f64) -> f64 {
        ((value - self.middle) / self.width).asinh()
    }

    /// A tame `value` in its unit.
    #[must_use]
    pub fn back(self, value: f64) -> f64 {
        self.middle + self.width * value.sinh()
    }
}

/// Median of `values`, which are reordered; not empty.
fn median(values: &mut [f64]) -> f64 {
    let half = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    if !even {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    f64::midpoint(lower, upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_count_lies_between_its_middle_values() {
        assert!((median(&mut [4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < 1e-15);
        assert!((median(&mut [5.0, 1.0, 3.0]) - 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_column_that_does_not_vary_keeps_its_unit() {
        let scale = Scale::of([7.0; 5].into_iter());
        assert!((scale.back(scale.into_tame(9.5)) - 9.5).abs() < 1e-12);
        assert!((scale.width - 1.0).abs() < 1e-15);
    }
}
