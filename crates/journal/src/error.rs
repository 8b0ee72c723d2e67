//! What can go wrong with a journal.

use std::io;

/// Why bytes are no block of a journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// The bytes do not begin like a block.
    #[error("a block begins with other bytes than {found:#010x}")]
    Magic {
        /// First four bytes, little endian.
        found: u32,
    },
    /// A block of another version.
    #[error("version {found} is unknown; this program reads version {known}")]
    Version {
        /// As found.
        found: u8,
        /// As known.
        known: u8,
    },
    /// A kind of block that does not exist.
    #[error("block kind {found} is unknown")]
    Kind {
        /// As found.
        found: u8,
    },
    /// A length that no block has.
    #[error("block length {found} is impossible")]
    Length {
        /// As found, in bytes.
        found: u32,
    },
    /// The file ends inside the block.
    #[error("block of {needed} bytes, of which the file has {available}")]
    Incomplete {
        /// Length of the block, in bytes.
        needed: u64,
        /// Bytes up to the end of the file.
        available: u64,
    },
    /// The contents changed after they were written.
    #[error("checksum {computed:#010x} instead of {stored:#010x}")]
    Checksum {
        /// As written in the block.
        stored: u32,
        /// Of the bytes found.
        computed: u32,
    },
    /// The records do not fill the block.
    #[error("the records do not fill their block")]
    Layout,
    /// A whole block at the wrong place.
    #[error("sequence {found} where {expected} belongs")]
    Sequence {
        /// As found.
        found: u64,
        /// What would continue the journal.
        expected: u64,
    },
    /// The segment ends before the next one begins.
    #[error("the segment ends before sequence {expected}, but the next begins with {next}")]
    Missing {
        /// First sequence that is missing.
        expected: u64,
        /// First sequence of the next segment.
        next: u64,
    },
}

/// A journal that cannot do what was asked; says where, what was found and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The storage failed.
    #[error("{file}: cannot {action}: {source}; mend the storage, then open the journal again")]
    Storage {
        /// What was tried.
        action: &'static str,
        /// On which file.
        file: String,
        /// What the storage said.
        source: io::Error,
    },
    /// Durable bytes were changed or lost. What stands before `offset` is sound.
    #[error(
        "{segment}: corrupt at byte {offset}, sequence {sequence}: {flaw}; restore this segment \
         from a replica or a backup"
    )]
    Corrupt {
        /// Name of the segment.
        segment: String,
        /// Where its unsound part begins, in bytes.
        offset: u64,
        /// First sequence that cannot be read.
        sequence: u64,
        /// What is wrong there.
        flaw: Flaw,
    },
    /// A record out of its order.
    #[error("sequence {found} cannot follow {last}; append {expected} next", last = expected - 1)]
    OutOfOrder {
        /// What would continue the journal.
        expected: u64,
        /// What was given.
        found: u64,
    },
    /// A record longer than the journal takes.
    #[error("record {sequence} has {bytes} bytes; the journal takes up to {limit}")]
    TooLarge {
        /// Its sequence.
        sequence: u64,
        /// Its length, in bytes.
        bytes: usize,
        /// Longest possible, in bytes.
        limit: usize,
    },
    /// An earlier write failed, so nothing more is taken.
    #[error("the journal failed earlier ({reason}); open it again to see what is durable")]
    Failed {
        /// The failure, in words.
        reason: String,
    },
    /// A snapshot or cut beyond what is durable.
    #[error("sequence {sequence} is beyond {durable}, the last durable one; commit first")]
    NotDurable {
        /// As asked.
        sequence: u64,
        /// Last durable sequence.
        durable: u64,
    },
    /// A snapshot testifies to records that the journal no longer has.
    #[error(
        "snapshot {snapshot} is newer than the journal, which ends with {last}; restore the \
         journal from a replica or a backup"
    )]
    BehindSnapshot {
        /// Sequence of the newest snapshot.
        snapshot: u64,
        /// Last sequence of the journal.
        last: u64,
    },
    /// Reading is to begin before the journal does.
    #[error("the journal begins with sequence {first}, not {from}; restore the segments before")]
    BeginsLater {
        /// As asked.
        from: u64,
        /// First sequence that exists.
        first: u64,
    },
}

impl JournalError {
    /// Names the file and the act in an error of the storage.
    pub(crate) fn storage(
        action: &'static str,
        file: &str,
    ) -> impl FnOnce(io::Error) -> Self + use<> {
        let file = file.to_owned();
        move |source| Self::Storage {
            action,
            file,
            source,
        }
    }
}
