//! What can be wrong with FIX bytes.

/// Why bytes are no frame. The session layer ignores such bytes: FIX Session, "Garbled message".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Garbled {
    /// They do not begin with `8=FIX`.
    #[error("no frame begins here; frames begin with 8=FIX")]
    NoBegin,
    /// `8=` does not end.
    #[error("BeginString (8) is longer than any version's; check the start of the frame")]
    BeginString,
    /// The second field is not `9=` with a number of up to seven digits.
    #[error("BodyLength (9) is not the second field, or no number of up to seven digits")]
    NoBodyLength,
    /// The third field is not `35=`.
    #[error("MsgType (35) is not the third field")]
    NoMsgType,
    /// The body does not end where its length says.
    #[error(
        "CheckSum (10) does not stand where BodyLength (9) says; the length is wrong or bytes are lost"
    )]
    BodyLength,
    /// The checksum differs.
    #[error(
        "CheckSum (10) is {stated:03}, the bytes give {computed:03}; they were changed on their way"
    )]
    CheckSum {
        /// As the frame says.
        stated: u16,
        /// Of its bytes.
        computed: u8,
    },
    /// The frame is longer than allowed.
    #[error(
        "the frame has {frame_bytes} bytes, more than allowed; raise the bound if it is genuine"
    )]
    TooLong {
        /// As `BodyLength` (9) says.
        frame_bytes: usize,
    },
    /// The input ends within the frame.
    #[error("the input ends within the frame")]
    Truncated,
}

/// Why a field cannot be told from its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// No `=`, or what stands before it is no tag number.
    #[error("the field at byte {place} of the frame has no tag number before an =")]
    NoTag {
        /// Where the field begins, in bytes from the start of the frame.
        place: usize,
    },
    /// A field of bytes does not end where its length field says.
    #[error(
        "field {tag} at byte {place} of the frame does not end after the {length} bytes that its length states"
    )]
    DataLength {
        /// Of the field of bytes.
        tag: u32,
        /// Where its value begins, in bytes from the start of the frame.
        place: usize,
        /// As the field before states.
        length: usize,
    },
}

/// Why a value is not of the type that it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// It is not written as the type is.
    #[error("not written as {expected}")]
    Format {
        /// The type, in words.
        expected: &'static str,
    },
    /// A price or volume has digits beyond 1e-6.
    #[error("finer than 1e-6; round it to the instrument's tick first")]
    TooPrecise,
    /// The number does not fit 64 bits of its unit.
    #[error("beyond 64 bits of its unit")]
    TooLarge,
}

/// Why market data cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// A field cannot be told.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A value is not of its type.
    #[error("tag {tag}: {error}")]
    Value {
        /// Of the field.
        tag: u32,
        /// What is wrong.
        error: ValueError,
    },
    /// No field says how many entries there are.
    #[error("NoMDEntries (268) is missing")]
    NoCount,
    /// An entry that enters does not say what it is.
    #[error("entry {entry} has no MDEntryType (269)")]
    NoKind {
        /// Which, from 0 on.
        entry: u64,
    },
    /// There are not as many entries as stated.
    #[error("NoMDEntries (268) is {stated}, but {seen} entries follow")]
    Count {
        /// As the message says.
        stated: u64,
        /// As found.
        seen: u64,
    },
}

/// Why a message was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A value holds an SOH, which would end the field.
    #[error("the value of tag {tag} holds an SOH, which ends a field; only fields of bytes may")]
    Delimiter {
        /// Of the field.
        tag: u32,
    },
    /// A value is empty.
    #[error("the value of tag {tag} is empty; leave the field out instead")]
    Empty {
        /// Of the field.
        tag: u32,
    },
    /// A time outside the years 0 to 9999.
    #[error("the time of tag {tag} lies outside the years 0 to 9999")]
    Year {
        /// Of the field.
        tag: u32,
    },
    /// A version that no frame begins with.
    #[error("BeginString (8) must begin with FIX and have at most 10 visible ASCII characters")]
    BeginString,
    /// A tag that no frame is read with.
    #[error("tag {tag} lies outside 1 to 99,999,999")]
    Tag {
        /// As given.
        tag: i64,
    },
    /// A field that the encoder writes itself.
    #[error("tag {tag} is written by the encoder; leave the field out")]
    Framing {
        /// Of the field.
        tag: u32,
    },
    /// The length before a field of bytes is not its length.
    #[error("tag {tag} states another length than the {bytes} bytes that follow; leave it out")]
    Length {
        /// Of the field that states the length.
        tag: u32,
        /// Of the field of bytes.
        bytes: usize,
    },
    /// The body is longer than seven digits can say.
    #[error("the body has {bytes} bytes, more than 9,999,999; send it in parts")]
    TooLong {
        /// Of the body.
        bytes: usize,
    },
}
