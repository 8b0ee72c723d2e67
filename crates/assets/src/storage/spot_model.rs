//! A spot price of several factors around its forward curve.

use crate::error::AssetError;

/// Most factors; the polynomials of more would be too many to learn.
pub const FACTORS_MAX: usize = 4;
/// Share of a variance below which a factor is held to follow from those before it.
const DEPENDENT: f64 = 1e-12;

/// A mean-reverting factor; with a speed of zero it wanders for good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factor {
    /// Speed of return a day.
    pub mean_reversion: f64,
    /// Volatility a square root of a day: of the logarithm, or money where prices are sums.
    pub volatility: f64,
}

/// How factors move the price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// Their sum moves the logarithm of the price and a shift: prices may fall to minus the shift.
    Geometric {
        /// In money.
        shift: f64,
    },
    /// Their sum moves the price itself, which may fall below zero.
    Arithmetic,
}

/// A daily price whose mean is its forward curve, moved by Ornstein-Uhlenbeck factors from zero: one is
/// Schwartz (1997) on a curve, two Schwartz and Smith (2000), more the curve of Clewlow and Strickland (1999).
#[derive(Debug, Clone, PartialEq)]
pub struct SpotModel {
    /// Forward price of each day; the first is today's spot.
    pub forward: Vec<f64>,
    /// What moves it.
    pub factors: Vec<Factor>,
    /// Correlation of the factors' shocks, row by row.
    pub correlation: Vec<f64>,
    /// By day, the share of its volatility that each factor has; empty for all of it.
    pub scales: Vec<f64>,
    /// How factors move the price.
    pub form: Form,
}

/// A square matrix of as many rows as there are factors, row by row.
type Matrix = Vec<f64>;

/// A model with what its simulation takes, by day. Its factors are standardized: normal, of variance one,
/// and independent of each other.
#[derive(Debug, Clone)]
pub(super) struct Standardized<'a> {
    model: &'a SpotModel,
    /// Factors are a root times the standardized ones.
    roots: Vec<Matrix>,
    /// What is left of a day's standardized factors on the next day.
    pub(super) pulls: Vec<Matrix>,
    /// What the next day's independent shocks add.
    shocks: Vec<Matrix>,
    /// Of the day's spot, by standardized factor.
    loads: Vec<Vec<f64>>,
}

impl SpotModel {
    /// A price of one factor.
    #[must_use]
    pub fn one_factor(forward: Vec<f64>, mean_reversion: f64, volatility: f64, shift: f64) -> Self {
        Self {
            forward,
            factors: vec![Factor {
                mean_reversion,
                volatility,
            }],
            correlation: vec![1.0],
            scales: Vec::new(),
            form: Form::Geometric { shift },
        }
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`AssetError::Storage`] naming the parameter, its value and the fix.
    pub fn check(&self) -> Result<(), AssetError> {
        let fault = |field, value: String, fix| Err(AssetError::Storage { field, value, fix });
        let count = self.factors.len();
        if !(1..=FACTORS_MAX).contains(&count) {
            return fault("factors", count.to_string(), "one to four factors");
        }
        let is_rate = |value: f64| value.is_finite() && value >= 0.0;
        for factor in &self.factors {
            if !is_rate(factor.mean_reversion) {
                let value = factor.mean_reversion.to_string();
                return fault("mean_reversion", value, "a speed from zero a day");
            }
            if !is_rate(factor.volatility) {
                return fault("volatility", factor.volatility.to_string(), "zero or above");
            }
        }
        if self.factors.iter().all(|factor| factor.volatility == 0.0) {
            return fault("volatility", "0".into(), "above zero for one factor");
        }
        if !self.scales.is_empty() && self.scales.len() != self.forward.len() {
            let value = format!("{} for {} days", self.scales.len(), self.forward.len());
            return fault("scales", value, "one a day, or none");
        }
        if let Some(scale) = self.scales.iter().find(|scale| !is_rate(**scale)) {
            return fault("scales", scale.to_string(), "shares from zero");
        }
        let low = match self.form {
            Form::Geometric { shift } => -shift,
            Form::Arithmetic => f64::NEG_INFINITY,
        };
        if let Some(price) = self.forward.iter().find(|price| {
            let is_above = **price > low;
            !is_above || !price.is_finite()
        }) {
            let fix = "prices above minus the shift, or a larger shift";
            return fault("forward", price.to_string(), fix);
        }
        self.check_correlation()
    }

    fn check_correlation(&self) -> Result<(), AssetError> {
        let count = self.factors.len();
        let fault = |value: String, fix| {
            Err(AssetError::Storage {
                field: "correlation",
                value,
                fix,
            })
        };
        if self.correlation.len() != count * count {
            let value = format!("{} numbers for {count} factors", self.correlation.len());
            return fault(value, "one number a pair of factors");
        }
        for row in 0..count {
            for column in 0..count {
                let value = self.correlation[row * count + column];
                let mirrored = self.correlation[column * count + row];
                let is_good = if row == column {
                    (value - 1.0).abs() < 1e-9
                } else {
                    value.abs() <= 1.0 + 1e-9 && (value - mirrored).abs() < 1e-9
                };
                if !is_good {
                    return fault(value.to_string(), "a symmetric matrix with ones across");
                }
            }
        }
        let root = root_of(&self.correlation, count);
        let made = product(&root, &transposed(&root, count), count);
        let error = made
            .iter()
            .zip(&self.correlation)
            .map(|(made, wanted)| (made - wanted).abs())
            .fold(0.0, f64::max);
        if error > 1e-6 {
            let value = format!("{:?}", self.correlation);
            return fault(value, "a matrix without negative eigenvalues");
        }
        Ok(())
    }

    /// The speed and volatility of the only factor, for methods that know no other model.
    ///
    /// # Errors
    /// [`AssetError::Storage`] when there are more, or volatility has a season, or prices are sums.
    pub(super) fn only_factor(&self) -> Result<(Factor, f64), AssetError> {
        match (self.factors.as_slice(), self.form) {
            ([factor], Form::Geometric { shift }) if self.scales.is_empty() => Ok((*factor, shift)),
            _ => Err(AssetError::Storage {
                field: "factors",
                value: format!("{} factors, seasons or sums", self.factors.len()),
                fix: "one factor of constant volatility, or another method than a tree",
            }),
        }
    }

    /// The model with what its simulation takes.
    ///
    /// # Errors
    /// As [`SpotModel::check`].
    pub(super) fn standardized(&self) -> Result<Standardized<'_>, AssetError> {
        self.check()?;
        let (days, count) = (self.forward.len(), self.factors.len());
        let decays: Vec<f64> = self
            .factors
            .iter()
            .map(|factor| f64::exp(-factor.mean_reversion))
            .collect();
        let mut found = Standardized {
            model: self,
            roots: vec![vec![0.0; count * count]],
            pulls: Vec::with_capacity(days),
            shocks: Vec::with_capacity(days),
            loads: vec![vec![0.0; count]],
        };
        let mut covariance = vec![0.0; count * count];
        for day in 1..days {
            let scale = self.scales.get(day).copied().unwrap_or(1.0);
            let added: Matrix = (0..count * count)
                .map(|at| {
                    let (row, column) = (at / count, at % count);
                    let levels = self.factors[row].volatility * self.factors[column].volatility;
                    scale * scale * self.correlation[at] * levels
                })
                .collect();
            for (at, value) in covariance.iter_mut().enumerate() {
                *value = *value * decays[at / count] * decays[at % count] + added[at];
            }
            let root = root_of(&covariance, count);
            let mut faded = found.roots[day - 1].clone();
            for (at, value) in faded.iter_mut().enumerate() {
                *value *= decays[at / count];
            }
            let pull = divided(&root, &faded, count);
            let mut shock = divided(&root, &root_of(&added, count), count);
            for row in (0..count).filter(|row| root[row * count + row] == 0.0) {
                // Such a factor moves no price; noise of its own keeps it standardized.
                shock[row * count..][..count].fill(0.0);
                shock[row * count + row] = 1.0;
            }
            found.loads.push(sums(&root, count, |_| 1.0));
            found.pulls.push(pull);
            found.shocks.push(shock);
            found.roots.push(root);
        }
        Ok(found)
    }
}

impl Standardized<'_> {
    /// Number of days.
    pub(super) const fn days(&self) -> usize {
        self.model.forward.len()
    }

    /// Number of factors.
    pub(super) const fn count(&self) -> usize {
        self.model.factors.len()
    }

    /// The price of `day` whose factors are at `z`, as the loads of a curve see them.
    fn price(&self, day: usize, loads: &[f64], z: &[f64]) -> f64 {
        let moved: f64 = loads.iter().zip(z).map(|(load, z)| load * z).sum();
        match self.model.form {
            Form::Geometric { shift } => {
                let variance: f64 = loads.iter().map(|load| load * load).sum();
                (self.model.forward[day] + shift) * f64::exp(moved - variance / 2.0) - shift
            }
            Form::Arithmetic => self.model.forward[day] + moved,
        }
    }

    /// Spot of `day` with the standardized factors at `z`.
    pub(super) fn spot(&self, day: usize, z: &[f64]) -> f64 {
        self.price(day, &self.loads[day], z)
    }

    /// Loads of the price of `later`, seen on `day`.
    pub(super) fn loads(&self, day: usize, later: usize) -> Vec<f64> {
        let lag = (later - day) as f64;
        sums(&self.roots[day], self.count(), |row| {
            f64::exp(-self.model.factors[row].mean_reversion * lag)
        })
    }

    /// Forward price of `later` by its `loads`, with the standardized factors at `z`.
    pub(super) fn forward(&self, later: usize, loads: &[f64], z: &[f64]) -> f64 {
        self.price(later, loads, z)
    }

    /// Writes the standardized factors of each day along path `number` of `seed`, day after day; odd paths
    /// mirror even ones.
    pub(super) fn path(&self, seed: u64, number: u64, factors: &mut [f64]) {
        let count = self.count();
        let mut random = Normals::new(seed ^ (number / 2).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let sign = if number.is_multiple_of(2) { 1.0 } else { -1.0 };
        let mut drawn = [0.0; FACTORS_MAX];
        factors[..count].fill(0.0);
        for day in 1..self.days() {
            let (before, rest) = factors[(day - 1) * count..].split_at_mut(count);
            drawn[..count].fill_with(|| sign * random.next());
            let (pull, shock) = (&self.pulls[day - 1], &self.shocks[day - 1]);
            for (row, factor) in rest[..count].iter_mut().enumerate() {
                let rows = row * count..(row + 1) * count;
                let kept: f64 = pull[rows.clone()]
                    .iter()
                    .zip(before.iter())
                    .map(|(share, z)| share * z)
                    .sum();
                let added: f64 = shock[rows]
                    .iter()
                    .zip(&drawn)
                    .map(|(share, one)| share * one)
                    .sum();
                *factor = kept + added;
            }
        }
    }
}

/// Cholesky's root: a lower triangle whose product with its mirror is `square`. Where a row follows from those
/// before it, its diagonal is zero.
fn root_of(square: &[f64], count: usize) -> Matrix {
    let mut root = vec![0.0; count * count];
    for row in 0..count {
        for column in 0..=row {
            let known: f64 = (0..column)
                .map(|at| root[row * count + at] * root[column * count + at])
                .sum();
            let left = square[row * count + column] - known;
            root[row * count + column] = if row == column {
                if left > DEPENDENT * square[row * count + row] {
                    left.sqrt()
                } else {
                    0.0
                }
            } else if root[column * count + column] > 0.0 {
                left / root[column * count + column]
            } else {
                0.0
            };
        }
    }
    root
}

/// The matrix that `root` takes to `right`, rows of a zero diagonal being zero.
fn divided(root: &[f64], right: &[f64], count: usize) -> Matrix {
    let mut found = vec![0.0; count * count];
    for row in (0..count).filter(|row| root[row * count + row] > 0.0) {
        for column in 0..count {
            let known: f64 = (0..row)
                .map(|at| root[row * count + at] * found[at * count + column])
                .sum();
            found[row * count + column] =
                (right[row * count + column] - known) / root[row * count + row];
        }
    }
    found
}

fn transposed(matrix: &[f64], count: usize) -> Matrix {
    (0..count * count)
        .map(|at| matrix[at % count * count + at / count])
        .collect()
}

fn product(left: &[f64], right: &[f64], count: usize) -> Matrix {
    (0..count * count)
        .map(|at| {
            (0..count)
                .map(|inner| left[at / count * count + inner] * right[inner * count + at % count])
                .sum()
        })
        .collect()
}

/// The sum of each column, every row times its weight.
fn sums(matrix: &[f64], count: usize, weight: impl Fn(usize) -> f64) -> Vec<f64> {
    (0..count)
        .map(|column| {
            (0..count)
                .map(|row| weight(row) * matrix[row * count + column])
                .sum()
        })
        .collect()
}

/// Standard normal numbers from a seed: `SplitMix64` and Box and Muller's transform.
struct Normals {
    state: u64,
    spare: Option<f64>,
}

impl Normals {
    const fn new(seed: u64) -> Self {
        Self {
            state: seed,
            spare: None,
        }
    }

    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn next(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sine, cosine) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }
}
