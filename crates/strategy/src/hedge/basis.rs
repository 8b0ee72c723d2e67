//! The inverse of a small dense basis, row by row.

use super::problem::dot;

/// A dense inverse, updated by a pivot at a time.
#[derive(Debug, Clone)]
pub(super) struct Inverse {
    size: usize,
    rows: Vec<f64>,
}

impl Inverse {
    /// The inverse of the matrix with these columns, or none if it is singular.
    pub(super) fn of(size: usize, columns: &[Vec<f64>]) -> Option<Self> {
        // Gauss-Jordan on the matrix beside the identity, with the largest pivot of each column.
        let mut matrix = vec![0.0; size * size];
        for (place, column) in columns.iter().enumerate() {
            for row in 0..size {
                matrix[row * size + place] = column[row];
            }
        }
        let mut rows = vec![0.0; size * size];
        for at in 0..size {
            rows[at * size + at] = 1.0;
        }
        for at in 0..size {
            let pivot = (at..size).max_by(|&a, &b| {
                matrix[a * size + at]
                    .abs()
                    .total_cmp(&matrix[b * size + at].abs())
            })?;
            let value = matrix[pivot * size + at];
            if value.abs() < 1e-13 {
                return None;
            }
            if pivot != at {
                for place in 0..size {
                    matrix.swap(pivot * size + place, at * size + place);
                    rows.swap(pivot * size + place, at * size + place);
                }
            }
            for place in 0..size {
                matrix[at * size + place] /= value;
                rows[at * size + place] /= value;
            }
            for row in 0..size {
                let factor = matrix[row * size + at];
                if row == at || factor == 0.0 {
                    continue;
                }
                for place in 0..size {
                    matrix[row * size + place] -= factor * matrix[at * size + place];
                    rows[row * size + place] -= factor * rows[at * size + place];
                }
            }
        }
        Some(Self { size, rows })
    }

    /// Row `at`.
    pub(super) fn row(&self, at: usize) -> &[f64] {
        &self.rows[at * self.size..(at + 1) * self.size]
    }

    /// The inverse times a column.
    pub(super) fn times(&self, column: &[f64]) -> Vec<f64> {
        (0..self.size).map(|at| dot(self.row(at), column)).collect()
    }

    /// A row times the inverse.
    pub(super) fn row_times(&self, row: &[f64]) -> Vec<f64> {
        let mut found = vec![0.0; self.size];
        for (at, &weight) in row.iter().enumerate() {
            if weight != 0.0 {
                for (sum, value) in found.iter_mut().zip(self.row(at)) {
                    *sum += weight * value;
                }
            }
        }
        found
    }

    /// Puts a column in place `at`; `found` is the inverse times that column.
    pub(super) fn replace(&mut self, at: usize, found: &[f64]) {
        let size = self.size;
        let pivot = found[at];
        let kept: Vec<f64> = self.row(at).iter().map(|value| value / pivot).collect();
        for (row, &factor) in found.iter().enumerate() {
            if row != at && factor != 0.0 {
                for (value, own) in self.rows[row * size..(row + 1) * size]
                    .iter_mut()
                    .zip(&kept)
                {
                    *value -= factor * own;
                }
            }
        }
        self.rows[at * size..(at + 1) * size].copy_from_slice(&kept);
    }
}
