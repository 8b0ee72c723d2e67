//! What a simulation cannot be.

use std::path::PathBuf;

use wattbook_domain::{DomainError, InstrumentId, Timestamp, VenueId};
use wattbook_engine::EngineError;
use wattbook_journal::JournalError;

/// Why a simulation cannot be built or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// A book without a reference.
    #[error("the reference path is empty; give at least one price")]
    EmptyPath,
    /// A path that goes back in time.
    #[error("row {row} of the reference path, at {ts}, is not after the row before; sort the rows")]
    PathOrder {
        /// Row, from 0.
        row: usize,
        /// Its time.
        ts: Timestamp,
    },
    /// A value that the domain does not take.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The engine refused an input as such.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The run is not the one that was journaled.
    #[error(
        "input {sequence} differs from the journaled one; resume with the configuration, data, \
         strategies and version that wrote the journal"
    )]
    Diverged {
        /// Where they differ first.
        sequence: u64,
    },
    /// Two venues with one number.
    #[error("venue {venue} is simulated twice; give each venue one market")]
    VenueTwice {
        /// Which.
        venue: VenueId,
    },
    /// An instrument that was not defined.
    #[error("instrument {instrument} is unknown; define it before its prices and books")]
    UnknownInstrument {
        /// As found.
        instrument: InstrumentId,
    },
    /// A venue that cannot go on.
    #[error("venue {venue}: {reason}")]
    VenueFailed {
        /// Which.
        venue: VenueId,
        /// Why.
        reason: String,
    },
    /// Auctions without anyone who clears them.
    #[error("venue {venue} holds auctions that nobody clears; give it what clears them")]
    NoClearer {
        /// Which.
        venue: VenueId,
    },
    /// Borders that are to be shared by what is not there.
    #[error(
        "venue {auctions} holds no auctions or venue {intraday} no intraday day, so they share no borders; \
         add both first"
    )]
    NotShared {
        /// Which should hold auctions.
        auctions: VenueId,
        /// Which should trade continuously.
        intraday: VenueId,
    },
    /// A delivery period that two auctions sell.
    #[error("instrument {instrument} is sold in two auctions; define one for each")]
    SoldTwice {
        /// Which.
        instrument: InstrumentId,
    },
    /// An auction whose result comes before its offers.
    #[error(
        "an auction with its gate at {gate} is published at {published}; publish it after the gate"
    )]
    EarlyResult {
        /// Its gate.
        gate: Timestamp,
        /// When its result comes.
        published: Timestamp,
    },
    /// A venue with two ways to make prices.
    #[error(
        "venue {venue} lists books, dispatch, two-settlement, settlements, auctions or an intraday day \
         together; give each its own venue"
    )]
    MixedVenue {
        /// Which.
        venue: VenueId,
    },
    /// An exchange without books.
    #[error("venue {venue} lists no book; add one before it is opened as an exchange")]
    NoBooks {
        /// Which.
        venue: VenueId,
    },
    /// A venue routes to no market.
    #[error("instrument {instrument} is not traded at venue {venue}; add it to the venue first")]
    NotListed {
        /// Which instrument.
        instrument: InstrumentId,
        /// Where it was looked for.
        venue: VenueId,
    },
    /// A parameter out of its range.
    #[error("{field} is {value}; give {fix}")]
    Parameter {
        /// Which one.
        field: &'static str,
        /// As found.
        value: i64,
        /// What to do.
        fix: &'static str,
    },
    /// A parameter that does not exist.
    #[error(
        "there is no parameter {name:?} of {of}; see the documentation of {of} for their names"
    )]
    UnknownParameter {
        /// Of what.
        of: &'static str,
        /// As found.
        name: String,
    },
    /// A feed that no simulated book has.
    #[error("{name:?} is no feed of a simulated book; use \"l1\" or \"l3\"")]
    UnknownFeed {
        /// As found.
        name: String,
    },
    /// A day that does not hold its calls.
    #[error(
        "the closing call of instrument {instrument} would begin at {closing}, before the book opens \
         at {opens}; shorten the call or open earlier"
    )]
    ShortSession {
        /// Which instrument.
        instrument: InstrumentId,
        /// When it opens.
        opens: Timestamp,
        /// When the closing call would begin.
        closing: Timestamp,
    },
    /// A contract of an intraday day whose times do not fit.
    #[error("contract {contract} {what}")]
    IntradayContract {
        /// Which contract.
        contract: String,
        /// What is wrong and what to do.
        what: &'static str,
    },
    /// Zones, borders or contracts that make no coupled books.
    #[error(transparent)]
    Books(#[from] wattbook_book::CoupledFault),
    /// A file that cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
    /// A row that a quote file cannot hold.
    #[error("row {row}: {fault}")]
    QuoteRow {
        /// Row of the file, from 0.
        row: u64,
        /// What is wrong and what to do.
        fault: &'static str,
    },
    /// A quote file that is not sound.
    #[error("{}: byte {offset}: {fault}; write the file anew from its source", path.display())]
    QuoteFile {
        /// Which file.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        fault: &'static str,
    },
}
