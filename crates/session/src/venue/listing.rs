//! Which instrument a venue's code stands for.

use std::collections::BTreeMap;

use wattbook_domain::InstrumentId;
use wattbook_domain::instrument::{Instrument, Tenor};

use super::event::{Definition, VenueEvent};
use super::outbox::Outbox;

/// Contracts by the venue's code and area; numbers in order of first listing, so that a reconnect
/// gives each contract its old number.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    numbers: BTreeMap<(String, String), InstrumentId>,
    listed: Vec<Instrument>,
    first: u32,
}

impl Listing {
    /// Numbers instruments from `first`.
    pub(crate) fn from(first: u32) -> Self {
        Self {
            first,
            ..Self::default()
        }
    }

    /// The number of a listed contract.
    pub(crate) fn find(&self, contract: &str, area: &str) -> Option<InstrumentId> {
        let key = (contract.to_owned(), area.to_owned());
        self.numbers.get(&key).copied()
    }

    /// Lists `instrument`, whose number is set here; tells it if it is new or changed.
    ///
    /// # Errors
    /// What does not agree within the definition.
    pub(crate) fn define(
        &mut self,
        contract: &str,
        area: &str,
        mut instrument: Instrument,
        out: &mut Outbox,
    ) -> Result<InstrumentId, String> {
        instrument.check().map_err(|error| error.to_string())?;
        let key = (contract.to_owned(), area.to_owned());
        let next = InstrumentId(self.first + self.listed.len() as u32);
        let id = *self.numbers.entry(key).or_insert(next);
        instrument.instrument = id;
        let place = (id.0 - self.first) as usize;
        match self.listed.get_mut(place) {
            Some(known) if *known == instrument => return Ok(id),
            Some(known) => *known = instrument.clone(),
            None => self.listed.push(instrument.clone()),
        }
        out.push(VenueEvent::Defined(Box::new(Definition {
            instrument,
            contract: contract.to_owned(),
            area: area.to_owned(),
        })));
        Ok(id)
    }
}

/// The name of a delivery of `seconds`.
pub(crate) const fn tenor(seconds: i64) -> Tenor {
    match seconds {
        300 => Tenor::FiveMinutes,
        900 => Tenor::QuarterHour,
        1_800 => Tenor::HalfHour,
        3_600 => Tenor::Hour,
        _ => Tenor::Block,
    }
}
