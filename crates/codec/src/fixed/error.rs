//! What can be wrong with fixed messages and their descriptions.

/// Why bytes are no message; offsets count from the message's first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FixedError {
    /// The bytes end inside the message.
    #[error("byte {offset}: {needed} bytes belong here, {available} are left")]
    Truncated {
        /// Where the unfinished part begins.
        offset: usize,
        /// Its length, in bytes.
        needed: usize,
        /// Bytes up to the end.
        available: usize,
    },
    /// A message that the description does not have.
    #[error("byte {offset}: message {found} is unknown")]
    Unknown {
        /// Where the selector stands.
        offset: usize,
        /// As found.
        found: u64,
    },
    /// A length below that of the fields.
    #[error("byte {offset}: a message of {found} bytes; its fields need {needed}")]
    Length {
        /// Where the length stands.
        offset: usize,
        /// As found, in bytes.
        found: usize,
        /// What the fields need, in bytes.
        needed: usize,
    },
}

/// Why a description cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// No XML, or XML with a document type.
    #[error("no XML without a document type: {reason}")]
    Xml {
        /// What the reader said, with its place.
        reason: String,
    },
    /// An element that does not fit.
    #[error("line {line}: <{element}> {name:?}: {reason}")]
    Rule {
        /// Its line.
        line: u32,
        /// Its tag.
        element: String,
        /// Its name.
        name: String,
        /// What is wrong.
        reason: &'static str,
    },
}
