//! What can be wrong with FAST, by the names that the standard gives.

use super::template::FieldId;

/// A dynamic or reportable error of FAST 1.1, and what any decoder of bytes must refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FastFault {
    /// The message ends inside a field.
    #[error("the message ends inside a field")]
    Truncated,
    /// An integer outside its type, or one that does not fit 64 bits.
    #[error("ERR D2: the integer is outside the bounds of its type")]
    D2,
    /// A value that the operator cannot tell; encoders only.
    #[error("ERR D3: the operator cannot tell the value")]
    D3,
    /// A value of another type under the same key.
    #[error("ERR D4: the previous value is of another type")]
    D4,
    /// A mandatory field without a value, a previous value or an initial value.
    #[error("ERR D5: no value, no previous value and no initial value of a mandatory field")]
    D5,
    /// A mandatory field whose previous value is empty.
    #[error("ERR D6: the previous value of a mandatory field is empty")]
    D6,
    /// A delta that takes away more than there is.
    #[error("ERR D7: the delta takes away more characters than the previous value has")]
    D7,
    /// An unknown template.
    #[error("ERR D9: no template has the identifier")]
    D9,
    /// A decimal out of range.
    #[error("ERR R1: the exponent is outside -63 to 63, or the mantissa needs more than 64 bits")]
    R1,
    /// Text that is not UTF-8.
    #[error("ERR R2: the string is not UTF-8")]
    R2,
    /// An integer that its field cannot hold after a delta or an increment.
    #[error("ERR R4: the combined integer is outside the bounds of its type")]
    R4,
    /// More bytes for an integer than it needs; strict decoders only.
    #[error("ERR R6: the integer has more bytes than it needs")]
    R6,
    /// More bytes for a presence map than it needs; strict decoders only.
    #[error("ERR R7: the presence map has more bytes than it needs")]
    R7,
    /// Presence bits that no field reads; strict decoders only.
    #[error("ERR R8: the presence map has more bits than the template")]
    R8,
    /// A string that begins with zeros and goes on.
    #[error("ERR R9: the string begins with a zero and goes on")]
    R9,
    /// More elements of sequences than one message may have.
    #[error("the message has more elements of sequences than the decoder allows")]
    TooManyElements,
    /// Messages inside messages, deeper than allowed.
    #[error("the message nests templates deeper than the decoder allows")]
    TooDeep,
}

/// Why a message cannot be decoded, and where. The dictionaries may have changed before it, so a
/// stream whose templates keep state between messages is reset or awaited anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {fault}")]
pub struct FastError {
    /// What is wrong.
    pub fault: FastFault,
    /// Where the decoder stood, counted from the message's first byte.
    pub offset: u32,
}

/// Why a message cannot be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The message ends before its template does.
    #[error("the message ends before its template does")]
    Ended,
    /// Something else stands where the template has a field.
    #[error("field {}: the message has something else here", field.index())]
    Field {
        /// The field.
        field: FieldId,
    },
    /// A value that its field cannot have.
    #[error("{0}")]
    Fault(FastFault),
}

/// Why templates cannot be used, by the names that the standard gives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// No XML, or XML with a document type.
    #[error("ERR S1: no XML without a document type: {reason}")]
    Xml {
        /// What the reader said, with its place.
        reason: String,
    },
    /// An element or attribute that does not belong where it is.
    #[error("ERR S1: line {line}: <{element}> {reason}")]
    Syntax {
        /// Line of the element.
        line: u32,
        /// Its name.
        element: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// An operator that its field cannot have.
    #[error("ERR S2: line {line}: <{operator}> does not go with <{field}>")]
    Operator {
        /// Line of the field.
        line: u32,
        /// The operator.
        operator: String,
        /// The field's type.
        field: String,
    },
    /// An initial value that is none of the field's type.
    #[error("ERR S3: line {line}: {value:?} is no initial value of <{field}>")]
    Initial {
        /// Line of the field.
        line: u32,
        /// As written.
        value: String,
        /// The field's type.
        field: String,
    },
    /// A constant without a value.
    #[error("ERR S4: line {line}: a constant needs a value")]
    Constant {
        /// Line of the field.
        line: u32,
    },
    /// A mandatory default without a value.
    #[error("ERR S5: line {line}: a mandatory default needs a value")]
    Default {
        /// Line of the field.
        line: u32,
    },
    /// A static reference to a template that is not there.
    #[error("ERR D8: line {line}: no template is called {name:?}")]
    Unknown {
        /// Line of the reference.
        line: u32,
        /// As written.
        name: String,
    },
    /// Templates that contain themselves, or nest too deep.
    #[error("line {line}: {name:?} contains itself, or nests too deep")]
    Recursive {
        /// Line of the reference.
        line: u32,
        /// The template.
        name: String,
    },
    /// Two templates of one name or identifier.
    #[error("line {line}: a second template is called {name:?}, or has its identifier")]
    Repeated {
        /// Line of the second one.
        line: u32,
        /// Its name.
        name: String,
    },
}
