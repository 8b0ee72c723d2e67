//! What can be wrong with JSON.

/// Why bytes are no JSON that we take; offsets count from the first byte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// More bytes than allowed.
    #[error("{bytes} bytes, at most {limit} are read; split the request or raise the limit")]
    TooLong {
        /// As found.
        bytes: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Arrays and objects too deep in each other.
    #[error("byte {offset}: more than {limit} arrays and objects in each other")]
    TooDeep {
        /// Where the one too many begins.
        offset: usize,
        /// The most that is read.
        limit: usize,
    },
    /// The text ends inside a value.
    #[error("byte {offset}: the text ends where {expected} belongs; it was cut short")]
    Truncated {
        /// Length of the text, in bytes.
        offset: usize,
        /// What belongs there.
        expected: &'static str,
    },
    /// A byte that does not belong there.
    #[error("byte {offset}: found {found:?} where {expected} belongs")]
    Unexpected {
        /// Its place.
        offset: usize,
        /// As found.
        found: char,
        /// What belongs there.
        expected: &'static str,
    },
    /// Bytes that are no UTF-8.
    #[error("byte {offset}: no UTF-8")]
    NotUtf8 {
        /// The first of them.
        offset: usize,
    },
    /// A backslash with something after it that it cannot have, or half of a surrogate pair.
    #[error("byte {offset}: no escape of JSON")]
    Escape {
        /// Where the backslash stands.
        offset: usize,
    },
    /// A control character inside a string.
    #[error("byte {offset}: a control character inside a string; it must be escaped")]
    Control {
        /// Its place.
        offset: usize,
    },
    /// A number that JSON does not have, such as `01` or `.5`.
    #[error("byte {offset}: no number of JSON")]
    Number {
        /// Where it begins.
        offset: usize,
    },
    /// A key that its object has already.
    #[error("byte {offset}: key {key:?} stands twice in its object; which one holds is not known")]
    DuplicateKey {
        /// Where the second begins.
        offset: usize,
        /// The key.
        key: String,
    },
    /// Something after the value.
    #[error("byte {offset}: found {found:?} after the end of the value")]
    Trailing {
        /// Its place.
        offset: usize,
        /// As found.
        found: char,
    },
    /// A path that leads to nothing.
    #[error("byte {offset}: there is no {step:?} here, which the path {path:?} needs")]
    NoSuchPath {
        /// Where the value stands that should have it.
        offset: usize,
        /// The step that fails.
        step: String,
        /// The path that was asked for.
        path: String,
    },
}

impl JsonError {
    /// Where the fault is, in bytes from the first.
    #[must_use]
    pub const fn offset(&self) -> usize {
        match self {
            Self::TooLong { limit, .. } => *limit,
            Self::TooDeep { offset, .. }
            | Self::Truncated { offset, .. }
            | Self::Unexpected { offset, .. }
            | Self::NotUtf8 { offset }
            | Self::Escape { offset }
            | Self::Control { offset }
            | Self::Number { offset }
            | Self::DuplicateKey { offset, .. }
            | Self::Trailing { offset, .. }
            | Self::NoSuchPath { offset, .. } => *offset,
        }
    }
}
