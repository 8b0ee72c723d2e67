//! What a run that goes with a clock received from outside, read back from its journal.

use std::collections::VecDeque;

use wattbook_domain::market::MarketEvent;
use wattbook_domain::report::VenueReport;
use wattbook_domain::{Input, Sequenced, Timestamp};
use wattbook_engine::EngineError;
use wattbook_journal::{JournalReader, Storage};

use crate::backtest::{EDGE, PERSON};
use crate::error::SimError;
use crate::venue::Arrival;

/// Commands of the edge itself and of persons, by their place in the journal.
pub type Interrupts = VecDeque<(u64, Arrival)>;

/// The inputs of a journal that neither a venue nor a strategy made: a resumed run makes all the others
/// again and holds them against the journal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outside {
    /// Prices of record, and where a venue is not simulated its reports and market data, in order of
    /// arrival.
    pub received: Vec<Arrival>,
    /// Sessions that began anew, and what persons asked for.
    pub interrupts: Interrupts,
    /// The last input of the journal, and its instant; 0 and the beginning of time without any.
    pub last: (u64, Timestamp),
}

/// Which inputs of a run came from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Prices of record; venues are simulated.
    Prices,
    /// All market data and reports: no venue is simulated.
    Venues,
}

impl Origin {
    fn is_outside(self, input: &Input) -> bool {
        match self {
            Self::Prices => matches!(input, Input::Market(MarketEvent::ReferencePrice(_))),
            // An internal deal is made again.
            Self::Venues => match input {
                Input::Market(_) => true,
                Input::Report(report) => !matches!(report, VenueReport::OrdersNetted(_)),
                _ => false,
            },
        }
    }
}

impl Outside {
    /// Reads the journal on `storage`, of a run whose inputs of `origin` all came from outside.
    ///
    /// # Errors
    /// [`SimError::Journal`], and [`SimError::Engine`] for a record that is no input.
    pub fn read<S: Storage>(storage: &S, origin: Origin) -> Result<Self, SimError> {
        let mut this = Self::default();
        let mut reader = JournalReader::open(storage)?;
        while let Some(record) = reader.next_record()? {
            let sequence = record.sequence;
            let Sequenced {
                ts_event,
                ts_recv,
                input,
                ..
            } = Sequenced::decode_payload(sequence, record.payload)
                .map_err(|error| EngineError::Record { sequence, error })?;
            let is_outside = origin.is_outside(&input);
            let is_edge = matches!(&input, Input::Command { client, .. } if *client == EDGE || *client == PERSON);
            this.last = (sequence, ts_recv);
            let arrival = Arrival {
                ts_event,
                ts_recv,
                input,
            };
            if is_outside {
                this.received.push(arrival);
            } else if is_edge {
                this.interrupts.push_back((sequence, arrival));
            }
        }
        Ok(this)
    }
}
