//! What can be wrong with DBN.

/// Why bytes are no DBN; offsets count from the first byte of the decompressed data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DbnError {
    /// The data ends inside a record or inside the metadata.
    #[error(
        "byte {offset}: {needed} bytes belong here, {available} are left; fetch the file again"
    )]
    Truncated {
        /// Where the unfinished part begins.
        offset: u64,
        /// Its length, in bytes.
        needed: usize,
        /// Bytes up to the end.
        available: usize,
    },
    /// The data begins neither like a file nor like a record.
    #[error("byte 0: neither DBN, nor its records, nor zstd; found {found:02x?}")]
    NotDbn {
        /// The first bytes.
        found: [u8; 4],
    },
    /// A version that this decoder does not know.
    #[error("byte 3: version {found}; versions 1 to 3 are known")]
    Version {
        /// As found.
        found: u8,
    },
    /// Metadata that contradicts itself.
    #[error("byte {offset}: metadata: {reason}")]
    Metadata {
        /// Where.
        offset: u64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// A record type that does not exist.
    #[error("byte {offset}: record type {rtype:#04x} is unknown")]
    RecordType {
        /// Where the record begins.
        offset: u64,
        /// As found.
        rtype: u8,
    },
    /// A record shorter than its type.
    #[error("byte {offset}: a record of {length} bytes; one of type {rtype:#04x} has {needed}")]
    RecordLength {
        /// Where the record begins.
        offset: u64,
        /// Its type.
        rtype: u8,
        /// As its header says, in bytes.
        length: usize,
        /// What the type needs, in bytes.
        needed: usize,
    },
    /// The compressed data is damaged.
    #[error("compressed byte {offset}: zstd: {reason}; fetch the file again")]
    Compression {
        /// Compressed bytes taken before the damage.
        offset: u64,
        /// What the library said.
        reason: String,
    },
    /// The data grows beyond the bound when decompressed.
    #[error("more than {limit} bytes when decompressed; raise the limit if the source is trusted")]
    TooLarge {
        /// The bound, in bytes.
        limit: usize,
    },
}

impl DbnError {
    /// Where it is, in bytes.
    #[must_use]
    pub fn offset(&self) -> u64 {
        match self {
            Self::Truncated { offset, .. }
            | Self::Metadata { offset, .. }
            | Self::RecordType { offset, .. }
            | Self::RecordLength { offset, .. }
            | Self::Compression { offset, .. } => *offset,
            Self::NotDbn { .. } | Self::TooLarge { .. } => 0,
            Self::Version { .. } => 3,
        }
    }
}
