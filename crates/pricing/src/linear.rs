//! Small dense matrices: as many rows as a basket has prices.

/// A square matrix, row by row.
#[derive(Clone, Debug)]
pub(crate) struct Matrix {
    size: usize,
    entries: Vec<f64>,
}

impl Matrix {
    pub(crate) fn from_fn(size: usize, entry: impl Fn(usize, usize) -> f64) -> Self {
        let entries = (0..size * size)
            .map(|place| entry(place / size, place % size))
            .collect();
        Self { size, entries }
    }

    pub(crate) fn at(&self, row: usize, column: usize) -> f64 {
        self.entries[row * self.size + column]
    }

    pub(crate) fn times(&self, vector: &[f64]) -> Vec<f64> {
        self.entries
            .chunks(self.size)
            .map(|row| {
                row.iter()
                    .zip(vector)
                    .map(|(entry, value)| entry * value)
                    .sum()
            })
            .collect()
    }

    /// Solves with this lower triangle.
    pub(crate) fn solve_lower(&self, right: &[f64]) -> Vec<f64> {
        let mut solved: Vec<f64> = Vec::with_capacity(self.size);
        for row in 0..self.size {
            let known: f64 = solved
                .iter()
                .enumerate()
                .map(|(column, value)| self.at(row, column) * value)
                .sum();
            solved.push((right[row] - known) / self.at(row, row));
        }
        solved
    }
}

/// Lower triangle whose product with its transpose is `matrix`; none unless it is positive definite.
pub(crate) fn cholesky(matrix: &Matrix) -> Option<Matrix> {
    let size = matrix.size;
    let mut root = Matrix::from_fn(size, |_, _| 0.0);
    for row in 0..size {
        for column in 0..=row {
            let known: f64 = (0..column)
                .map(|place| root.at(row, place) * root.at(column, place))
                .sum();
            let rest = matrix.at(row, column) - known;
            root.entries[row * size + column] = if row == column {
                if rest.is_nan() || rest <= 1e-14 * matrix.at(row, row) {
                    return None;
                }
                rest.sqrt()
            } else {
                rest / root.at(column, column)
            };
        }
    }
    Some(root)
}

/// The same cloud as `axes` span, on axes that are square to each other, longest first (one-sided
/// Jacobi rotations: M. Hestenes, Journal of the Society for Industrial and Applied Mathematics 6
/// (1958), 51-90).
pub(crate) fn principal_axes(axes: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut axes = axes.to_vec();
    let product =
        |one: &[f64], other: &[f64]| -> f64 { one.iter().zip(other).map(|(a, b)| a * b).sum() };
    for _ in 0..60 {
        let mut turned = false;
        for first in 0..axes.len() {
            for second in first + 1..axes.len() {
                let shared = product(&axes[first], &axes[second]);
                let (one, other) = (
                    product(&axes[first], &axes[first]),
                    product(&axes[second], &axes[second]),
                );
                if shared.abs() <= 1e-15 * (one * other).sqrt() {
                    continue;
                }
                turned = true;
                let ratio = (other - one) / (2.0 * shared);
                let tangent = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
                let cosine = 1.0 / tangent.hypot(1.0);
                let sine = cosine * tangent;
                for entry in 0..axes[first].len() {
                    let (a, b) = (axes[first][entry], axes[second][entry]);
                    axes[first][entry] = cosine * a - sine * b;
                    axes[second][entry] = sine * a + cosine * b;
                }
            }
        }
        if !turned {
            break;
        }
    }
    axes.sort_by(|one, other| product(other, other).total_cmp(&product(one, one)));
    axes
}
