//! What can be wrong with SBE.

/// Why a message cannot be decoded, and where; offsets count from the message's first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SbeError {
    /// The message ends inside a block, a group or variable data.
    #[error("byte {offset}: {needed} bytes belong here, {available} are left")]
    Truncated {
        /// Where the unfinished part begins.
        offset: usize,
        /// Its length, in bytes.
        needed: usize,
        /// Bytes up to the end.
        available: usize,
    },
    /// A message of another schema.
    #[error("byte {offset}: schema {found}; this is schema {expected}")]
    Schema {
        /// Where the header begins.
        offset: usize,
        /// As found.
        found: u64,
        /// The schema's identifier.
        expected: u32,
    },
    /// A message that the schema does not have.
    #[error("byte {offset}: template {found} is unknown")]
    Template {
        /// Where the header begins.
        offset: usize,
        /// As found.
        found: u64,
    },
    /// A count or length that is null or above the maximum that the schema states.
    #[error("byte {offset}: count {found} is above the {most} that the schema allows")]
    Count {
        /// Where the count stands.
        offset: usize,
        /// As found.
        found: u64,
        /// As allowed.
        most: u64,
    },
}

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// No XML, or XML with a document type.
    #[error("no XML without a document type: {reason}")]
    Xml {
        /// What the reader said, with its place.
        reason: String,
    },
    /// An included file that is not at hand.
    #[error("line {line}: {href:?} is to be included, but is not at hand")]
    Include {
        /// Line of the element.
        line: u32,
        /// As written.
        href: String,
    },
    /// An element that breaks a rule of the standard.
    #[error("line {line}: <{element}> {name:?}: {reason}")]
    Rule {
        /// Line of the element.
        line: u32,
        /// Its tag.
        element: String,
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
}
