//! What a run that goes with a clock received from outside, read back from its journal.

use std::collections::VecDeque;

use wattbook_domain::market::MarketEvent;
use wattbook_domain::{Input, Sequenced};
use wattbook_engine::EngineError;
use wattbook_journal::{JournalReader, Storage};

use crate::backtest::EDGE;
use crate::error::SimError;
use crate::venue::Arrival;

/// Commands of the edge itself, by their place in the journal.
pub type Interrupts = VecDeque<(u64, Arrival)>;

/// The inputs of a journal that neither a venue nor a strategy made: a resumed run makes all the others
/// again and holds them against the journal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outside {
    /// Prices of record, in order of arrival.
    pub prices: Vec<Arrival>,
    /// Sessions that began anew.
    pub interrupts: Interrupts,
}

impl Outside {
    /// Reads the journal on `storage`, of a run whose prices of record all came from outside.
    ///
    /// # Errors
    /// [`SimError::Journal`], and [`SimError::Engine`] for a record that is no input.
    pub fn read<S: Storage>(storage: &S) -> Result<Self, SimError> {
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
            let is_price = matches!(&input, Input::Market(MarketEvent::ReferencePrice(_)));
            let is_edge = matches!(&input, Input::Command { client, .. } if *client == EDGE);
            let arrival = Arrival {
                ts_event,
                ts_recv,
                input,
            };
            if is_price {
                this.prices.push(arrival);
            } else if is_edge {
                this.interrupts.push_back((sequence, arrival));
            }
        }
        Ok(this)
    }
}
