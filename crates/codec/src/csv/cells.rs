//! What fields are read as, how many, and what becomes of the others.

/// What a column is read as; an empty field is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// UTF-8.
    Text,
    /// A decimal number.
    Number,
    /// A time with its offset from UTC: ns UTC.
    Instant,
    /// A time without offset: ns of its digits as if they were UTC.
    Wall,
    /// A number or a time without offset if all its fields are one, else text.
    Any,
}

impl CellKind {
    /// What it is, for a person.
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Text | Self::Any => "text in UTF-8",
            Self::Number => "a number",
            Self::Instant => "a time with its offset",
            Self::Wall => "a time without offset",
        }
    }
}

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest text, in bytes; never 2 GiB or more are read.
    pub bytes_max: usize,
    /// Most fields that are kept, in all tables together. Memory is about ten times this, in bytes, and
    /// the texts among them once more.
    pub cells_max: usize,
    /// Most faults that are told; of those behind only the number.
    pub faults_max: usize,
}

impl Default for Limits {
    /// 512 MiB, 64 million fields, 10,000 faults.
    fn default() -> Self {
        Self {
            bytes_max: 512 << 20,
            cells_max: 64 << 20,
            faults_max: 10_000,
        }
    }
}

/// A line that cannot be read, or a part of the text from some line on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// Its number, from 1.
    pub line: usize,
    /// Its first byte.
    pub start: usize,
    /// One after its last byte.
    pub end: usize,
    /// What is wrong.
    pub reason: String,
}
