//! What can be wrong with XML.

/// Why a document is refused, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// More bytes than allowed.
    #[error("byte {max}: a document of {found} bytes; {max} are allowed")]
    Size {
        /// As found, in bytes.
        found: usize,
        /// Allowed, in bytes.
        max: usize,
    },
    /// Bytes that are no UTF-8.
    #[error("byte {offset}: no UTF-8")]
    Utf8 {
        /// Where.
        offset: usize,
    },
    /// An encoding that is not read.
    #[error("byte {offset}: the document says that it is {encoding:?}; it must be UTF-8")]
    Encoding {
        /// Where.
        offset: usize,
        /// As declared.
        encoding: String,
    },
    /// A control character, which XML does not allow.
    #[error("byte {offset}: character {code:#04x} is not allowed in XML")]
    Character {
        /// Where.
        offset: usize,
        /// Its code.
        code: u32,
    },
    /// A document type, which could declare entities.
    #[error("byte {offset}: a document type is refused, because it could declare entities")]
    DocumentType {
        /// Where.
        offset: usize,
    },
    /// A reference to an entity that is not one of the five of XML.
    #[error("byte {offset}: entity {name:?} is not one of lt, gt, amp, apos and quot")]
    Entity {
        /// Where.
        offset: usize,
        /// Its name.
        name: String,
    },
    /// Elements too deep in each other.
    #[error("byte {offset}: more than {max} elements in each other")]
    Depth {
        /// Where.
        offset: usize,
        /// Allowed.
        max: usize,
    },
    /// Too many attributes of one element.
    #[error("byte {offset}: more than {max} attributes of one element")]
    Attributes {
        /// Where.
        offset: usize,
        /// Allowed.
        max: usize,
    },
    /// Too much text in one element.
    #[error("byte {offset}: more than {max} bytes of text in one element")]
    Text {
        /// Where.
        offset: usize,
        /// Allowed, in bytes.
        max: usize,
    },
    /// More values than allowed.
    #[error("byte {offset}: more than {max} values")]
    Values {
        /// Where.
        offset: usize,
        /// Allowed.
        max: usize,
    },
    /// An end that is not that of the element under way.
    #[error("byte {offset}: </{found}> where </{expected}> was expected")]
    Mismatch {
        /// Where.
        offset: usize,
        /// The element under way.
        expected: String,
        /// As found.
        found: String,
    },
    /// The document ends inside an element.
    #[error("byte {offset}: the document ends inside <{element}>, which begins at byte {began}")]
    Truncated {
        /// Where it ends.
        offset: usize,
        /// The element under way.
        element: String,
        /// Where it begins.
        began: usize,
    },
    /// No element at all, or something behind the last one.
    #[error("byte {offset}: {reason}")]
    Root {
        /// Where.
        offset: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// Anything else that is no XML.
    #[error("byte {offset}: no XML: {reason}")]
    Syntax {
        /// Where.
        offset: usize,
        /// What the reader said.
        reason: String,
    },
}

impl XmlError {
    /// The byte at which the document is refused.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::Size { max, .. } => *max,
            Self::Utf8 { offset }
            | Self::Encoding { offset, .. }
            | Self::Character { offset, .. }
            | Self::DocumentType { offset }
            | Self::Entity { offset, .. }
            | Self::Depth { offset, .. }
            | Self::Attributes { offset, .. }
            | Self::Text { offset, .. }
            | Self::Values { offset, .. }
            | Self::Mismatch { offset, .. }
            | Self::Truncated { offset, .. }
            | Self::Root { offset, .. }
            | Self::Syntax { offset, .. } => *offset,
        }
    }
}
