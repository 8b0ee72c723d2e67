//! What can be wrong with the tables that normalization works by.

/// A table of symbology, units, rates or rules that cannot be used: says where and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NormalizationError {
    /// A line of a table of comma-separated values.
    #[error("{table}, line {line}: {found:?} {fix}")]
    Line {
        /// Which table.
        table: &'static str,
        /// Its line, from 1.
        line: usize,
        /// As found.
        found: String,
        /// What to do.
        fix: String,
    },
    /// The rule file is no TOML, or has a key or a value that does not exist.
    #[error("rules: {message}")]
    Rules {
        /// What the reader says, with line and column.
        message: String,
    },
    /// A rule that cannot work.
    #[error("rule {rule:?}: {found} {fix}")]
    Rule {
        /// Its name.
        rule: String,
        /// As found.
        found: String,
        /// What to do.
        fix: String,
    },
    /// Columns of different lengths, or a code that the names do not have.
    #[error(
        "column {column} has {found} rows and not {expected}; give all columns the same length"
    )]
    Columns {
        /// Its name.
        column: &'static str,
        /// Its rows.
        found: usize,
        /// Rows of the first column.
        expected: usize,
    },
    /// A method of filling that does not exist.
    #[error("{kind} {found:?} is unknown; use one of {allowed}")]
    Name {
        /// What was to be named.
        kind: &'static str,
        /// As found.
        found: String,
        /// What exists.
        allowed: &'static str,
    },
    /// A time zone that the built-in database lacks.
    #[error("time zone {found:?} is unknown; use a name of the IANA database")]
    TimeZone {
        /// As found.
        found: String,
    },
}
