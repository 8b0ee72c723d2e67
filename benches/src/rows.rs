//! The input files of `feed.py`: rows of five little-endian 64-bit integers.

use std::path::Path;

/// Rows of five integers; `feed.py` says what they mean.
pub(crate) type Rows = Vec<[i64; 5]>;

/// Reads every row of `file`.
pub(crate) fn read(file: &Path) -> Rows {
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let (rows, rest) = bytes.as_chunks::<40>();
    assert!(
        rest.is_empty(),
        "{}: its last row is not whole",
        file.display()
    );
    let row = |row: &[u8; 40]| {
        let (integers, _) = row.as_chunks::<8>();
        std::array::from_fn(|column| i64::from_le_bytes(integers[column]))
    };
    rows.iter().map(row).collect()
}
