//! What enters the engine: sequenced, stamped, journaled.

use crate::command::Command;
use crate::deal::Deal;
use crate::id::ClientId;
use crate::market::MarketEvent;
use crate::record::{
    DecodeError, DecodeFault, Fault, Form, Narrow, Reader, Record, Wide, WriteNarrow, Writer,
    append, append_narrow, class, put_tag,
};
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

/// The place and times of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    /// Place in the journal, from 1 without gaps.
    pub sequence: u64,
    /// When it happened at its source.
    pub ts_event: Timestamp,
    /// When we received it; never falls.
    pub ts_recv: Timestamp,
}

/// Numbers of the forms that a payload may have.
const WIDE: u8 = 0;
const NARROW: u8 = 1;

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
    fn write_fields<'a, F: Form>(&self, out: Writer<'a, F>) -> Writer<'a, F> {
        let stamped = (self.stamp(), &self.input);
        write_stamped(stamped, self.sequence.write(out))
    }

    /// Its place and times.
    #[must_use]
    #[inline(always)]
    pub const fn stamp(&self) -> Stamp {
        let Self {
            sequence,
            ts_event,
            ts_recv,
            ..
        } = *self;
        Stamp {
            sequence,
            ts_event,
            ts_recv,
        }
    }

    #[inline]
    fn read_fields<F: Form>(input: &mut Reader<'_>) -> Result<Self, Fault> {
        let sequence = u64::read::<F>(input)?;
        Self::read_stamped::<F>(sequence, input)
    }

    #[inline(always)]
    fn read_stamped<F: Form>(sequence: u64, input: &mut Reader<'_>) -> Result<Self, Fault> {
        let ts_recv = Timestamp::read::<F>(input)?;
        let delay = i64::read::<F>(input)?;
        Ok(Self {
            sequence,
            ts_event: Timestamp::from_nanos(ts_recv.nanos().wrapping_sub(delay)),
            ts_recv,
            input: Input::read::<F>(input)?,
        })
    }

    /// Reads what [`Input::encode_payload`] appended for the input of `sequence`.
    ///
    /// # Errors
    /// [`DecodeError`] with the offset when the bytes are no such payload, to the last of them.
    pub fn decode_payload(sequence: u64, payload: &[u8]) -> Result<Self, DecodeError> {
        let read = match payload.split_first() {
            Some((&NARROW, rest)) => Self::read_whole::<Narrow>(sequence, rest),
            Some((&WIDE, rest)) => Self::read_whole::<Wide>(sequence, rest),
            Some((&tag, _)) => {
                let fault = DecodeFault::UnknownTag { of: "form", tag };
                Err(Fault::new(fault, payload.len()))
            }
            None => Err(Fault::new(DecodeFault::Truncated, 0)),
        };
        read.map_err(|fault| fault.at(Self::NAME, payload.len()))
    }

    #[inline(always)]
    fn read_whole<F: Form>(sequence: u64, mut rest: Reader<'_>) -> Result<Self, Fault> {
        let input = Self::read_stamped::<F>(sequence, &mut rest)?;
        match rest.len() {
            0 => Ok(input),
            left => Err(Fault::new(DecodeFault::Trailing, left)),
        }
    }
}

/// Writes all but the sequence.
#[allow(clippy::inline_always)]
#[inline(always)]
fn write_stamped<'a, F: Form>(
    (stamp, input): (Stamp, &Input),
    out: Writer<'a, F>,
) -> Writer<'a, F> {
    let delay = stamp.ts_recv.nanos().wrapping_sub(stamp.ts_event.nanos());
    input.write(delay.write(stamp.ts_recv.write(out)))
}

impl WriteNarrow for (Stamp, &Input) {
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn write_narrow<'a>(&self, out: Writer<'a, Narrow>) -> Writer<'a, Narrow> {
        write_stamped(*self, put_tag(out, NARROW))
    }
}

impl Input {
    /// Appends what a journal keeps of the input: the form, then all but the sequence, which is
    /// the place in the journal. Narrow where every number fits, because to write it is then a row
    /// of stores.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub fn encode_payload(&self, stamp: Stamp, out: &mut Vec<u8>) {
        if !append_narrow(out, &(stamp, self)) {
            self.encode_wide_payload(stamp, out);
        }
    }

    #[cold]
    fn encode_wide_payload(&self, stamp: Stamp, out: &mut Vec<u8>) {
        let stamps = stamp.ts_recv.size_max() + 0_i64.size_max();
        append(out, 1 + stamps + self.size_max(), |room| {
            write_stamped((stamp, self), put_tag(room, WIDE))
        });
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
