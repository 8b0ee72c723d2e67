//! What can go wrong in the stream.

use std::io;

/// Why something was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// A row of a topic that the hub was not made with.
    #[error("there is no topic {0:?}; the hub was made with others")]
    Topic(String),
    /// Columns that do not fit.
    #[error("{values} numbers are no rows of {width}; give the instrument and every column")]
    Width {
        /// How many came.
        values: usize,
        /// How many a row has.
        width: usize,
    },
    /// An instrument that has no number of 32 bits.
    #[error("row {row}: {found} is no instrument's number")]
    Instrument {
        /// Which row, from 0.
        row: usize,
        /// What was found.
        found: i64,
    },
    /// A filter that names what there is not.
    #[error("{0}")]
    Filter(String),
    /// The system refused a thread or a socket.
    #[error("the front of the desk cannot start: {0}")]
    Io(#[from] io::Error),
}
