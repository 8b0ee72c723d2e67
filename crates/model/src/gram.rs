//! Tables by column, and the products of their columns.

/// A table whose columns lie together, each less its mean.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    rows: usize,
    values: Vec<f64>,
    /// Mean of each column.
    pub(crate) means: Vec<f64>,
    /// Length of each centred column; 0 of one that does not vary.
    pub(crate) lengths: Vec<f64>,
}

impl Columns {
    /// Takes `count` columns of `rows` values, one after the other.
    pub(crate) fn centred(rows: usize, mut values: Vec<f64>) -> Self {
        let (mut means, mut lengths) = (Vec::new(), Vec::new());
        for column in values.chunks_exact_mut(rows) {
            let mean = column.iter().sum::<f64>() / rows as f64;
            let largest = column
                .iter()
                .fold(0.0, |most: f64, value| most.max(value.abs()));
            for value in column.iter_mut() {
                *value -= mean;
            }
            let length = dot(column, column).sqrt();
            // What is left of a constant column is rounding.
            let varies = length > 1e-12 * largest * (rows as f64).sqrt();
            means.push(mean);
            lengths.push(if varies { length } else { 0.0 });
        }
        Self {
            rows,
            values,
            means,
            lengths,
        }
    }

    /// How many columns.
    pub(crate) fn count(&self) -> usize {
        self.means.len()
    }

    /// Column `place`.
    pub(crate) fn column(&self, place: usize) -> &[f64] {
        &self.values[place * self.rows..(place + 1) * self.rows]
    }

    /// Products of all pairs of columns, row by row.
    pub(crate) fn gram(&self) -> Vec<f64> {
        let count = self.count();
        let mut gram = vec![0.0; count * count];
        for i in 0..count {
            for j in 0..=i {
                let product = dot(self.column(i), self.column(j));
                gram[i * count + j] = product;
                gram[j * count + i] = product;
            }
        }
        gram
    }

    /// Products of all columns with `target`.
    pub(crate) fn against(&self, target: &[f64]) -> Vec<f64> {
        (0..self.count())
            .map(|place| dot(self.column(place), target))
            .collect()
    }
}

/// Sum of products, in eight lanes of a fixed order: the same on every machine.
pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (left_parts, right_parts) = (left.chunks_exact(8), right.chunks_exact(8));
    let rest: f64 = left_parts
        .remainder()
        .iter()
        .zip(right_parts.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in left_parts.zip(right_parts) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f64>() + rest
}
