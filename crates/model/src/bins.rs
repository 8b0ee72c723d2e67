//! Columns cut into at most 255 bins of about equal count; a missing value has a bin of its own.

/// Most bins of values; bin 0 is for what is missing.
const BINS_MAX: usize = 255;

/// Cuts of each column.
#[derive(Clone, Debug)]
pub(crate) struct Cuts(pub(crate) Vec<Vec<f64>>);

impl Cuts {
    /// Cuts of a table row by row.
    pub(crate) fn of(table: &[f64], columns: usize) -> Self {
        Self(
            (0..columns)
                .map(|column| cuts(table, columns, column))
                .collect(),
        )
    }

    /// Bin of `value` in `column`: 1 up to the first cut; 0 if missing.
    pub(crate) fn bin(&self, column: usize, value: f64) -> u8 {
        if value.is_nan() {
            return 0;
        }
        let below = self.0[column].partition_point(|cut| *cut < value);
        u8::try_from(below + 1).unwrap_or(u8::MAX)
    }

    /// All bins of a table, column by column.
    pub(crate) fn bins(&self, table: &[f64]) -> Vec<u8> {
        let columns = self.0.len();
        let rows = table.len() / columns.max(1);
        let mut bins = Vec::with_capacity(table.len());
        for column in 0..columns {
            bins.extend((0..rows).map(|row| self.bin(column, table[row * columns + column])));
        }
        bins
    }
}

/// Values that end the bins of a column, rising and distinct.
fn cuts(table: &[f64], columns: usize, column: usize) -> Vec<f64> {
    let mut values: Vec<f64> = table
        .iter()
        .skip(column)
        .step_by(columns)
        .copied()
        .filter(|value| !value.is_nan())
        .collect();
    values.sort_unstable_by(f64::total_cmp);
    let mut distinct = values.clone();
    distinct.dedup();
    // The last bin has no end.
    if distinct.len() < BINS_MAX {
        distinct.pop();
        return distinct;
    }
    let mut cuts: Vec<f64> = (1..BINS_MAX)
        .map(|number| values[number * values.len() / BINS_MAX])
        .collect();
    cuts.dedup();
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_a_bin_each_and_missing_ones_the_first() {
        let cuts = Cuts::of(&[3.0, 1.0, f64::NAN, 2.0, 1.0], 1);
        let bins: Vec<u8> = [f64::NAN, 0.5, 1.0, 1.5, 2.0, 9.0]
            .into_iter()
            .map(|value| cuts.bin(0, value))
            .collect();
        assert_eq!(bins, [0, 1, 1, 2, 2, 3]);
    }

    #[test]
    fn many_values_fill_the_bins_evenly() {
        let table: Vec<f64> = (0..5_100).map(f64::from).collect();
        let cuts = Cuts::of(&table, 1);
        let bins = cuts.bins(&table);
        let mut counts = [0; 256];
        for bin in bins {
            counts[usize::from(bin)] += 1;
        }
        assert!(counts.iter().all(|count| *count <= 21));
    }
}
