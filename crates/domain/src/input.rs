//! What enters the engine: sequenced, stamped, journaled.

use crate::command::Command;
use crate::deal::Deal;
use crate::id::ClientId;
use crate::market::MarketEvent;
use crate::record::{Fault, Reader, Record, Writer, class};
use crate::reference::ReferenceEvent;
use crate::report::VenueReport;
use crate::time::Timestamp;

/// An input at its place in the one order that every replica sees.
#[class]
#[derive(Debug, Clone, PartialEq, Record)]
#[record(binary = "own")]
pub struct Sequenced {
    /// Place in the journal, from 1 without gaps.
    pub sequence: u64,
    /// When it happened at its source.
    pub ts_event: Timestamp,
    /// When we received it; never falls.
    pub ts_recv: Timestamp,
    /// What it is.
    pub input: Input,
}

// An event is stamped close to its receipt, so the difference is short where the time is not.
#[allow(clippy::inline_always)] // As for every record: see `record`.
impl Sequenced {
    #[inline(always)]
    fn size_max_fields(&self) -> usize {
        let delay = 0_i64;
        self.sequence.size_max()
            + self.ts_recv.size_max()
            + delay.size_max()
            + self.input.size_max()
    }

    #[inline(always)]
    fn write_fields<'a>(&self, out: Writer<'a>) -> Writer<'a> {
        let delay = self.ts_recv.nanos().wrapping_sub(self.ts_event.nanos());
        let out = self.ts_recv.write(self.sequence.write(out));
        self.input.write(delay.write(out))
    }

    #[inline]
    fn read_fields(input: &mut Reader<'_>) -> Result<Self, Fault> {
        let sequence = u64::read(input)?;
        let ts_recv = Timestamp::read(input)?;
        let delay = i64::read(input)?;
        Ok(Self {
            sequence,
            ts_event: Timestamp::from_nanos(ts_recv.nanos().wrapping_sub(delay)),
            ts_recv,
            input: Input::read(input)?,
        })
    }
}

/// One input of the engine.
#[derive(Debug, Clone, PartialEq, Record)]
#[non_exhaustive]
pub enum Input {
    /// A client's command; a repeated `client_sequence` is dropped.
    Command {
        /// Who sent it.
        client: ClientId,
        /// The client's number of it, rising by one.
        client_sequence: u64,
        /// What is asked.
        command: Command,
    },
    /// Market data.
    Market(MarketEvent),
    /// A venue's answer.
    Report(VenueReport),
    /// Reference data.
    Reference(ReferenceEvent),
    /// A bilateral deal.
    Deal(Deal),
    /// Time went on to `ts_recv`: expiries, gates and schedules fire.
    TimeAdvanced,
}
