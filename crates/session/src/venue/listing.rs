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
    most: usize,
}

/// Contracts that a session lists in its life unless it is told otherwise.
pub(crate) const CONTRACTS_MAX: usize = 200_000;

impl Listing {
    /// Numbers instruments from `first`, `most` of them.
    pub(crate) fn new(first: u32, most: usize) -> Self {
        Self {
            first,
            most,
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
        let id = match self.numbers.get(&key) {
            Some(known) => *known,
            None => self.next_number()?,
        };
        self.numbers.insert(key, id);
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

    fn next_number(&self) -> Result<InstrumentId, String> {
        let (first, listed) = (self.first, self.listed.len());
        let free = u32::try_from(listed).ok().filter(|_| listed < self.most);
        let number = free.and_then(|listed| first.checked_add(listed));
        number.map(InstrumentId).ok_or_else(|| {
            format!("{listed} contracts are listed from number {first} on; raise contracts_max or start the session anew")
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use wattbook_domain::{Price, Timestamp, Unit, VenueId, Volume};

    fn hour() -> Instrument {
        use wattbook_domain::instrument::{Commodity, ContractForm, DeliveryKind, Load};
        Instrument {
            instrument: InstrumentId::default(),
            symbol: "H".to_owned(),
            venue: VenueId(1),
            location: "A".to_owned(),
            commodity: Commodity::Power,
            form: ContractForm::Intraday,
            tenor: Tenor::Hour,
            load: Load::Base,
            delivery_kind: DeliveryKind::Physical,
            delivery_start: Timestamp::from_nanos(0),
            delivery_end: Timestamp::from_nanos(3_600_000_000_000),
            delivery_seconds: 3_600,
            gate_closure: Timestamp::from_nanos(0),
            currency: wattbook_domain::currency::Currency::EUR,
            price_unit: Unit::MegawattHour,
            volume_unit: Unit::Megawatt,
            tick: Price::from_millionths(10_000),
            lot: Volume::from_millionths(100_000),
            min_price: Price::from_millionths(-1_000_000_000),
            max_price: Price::from_millionths(1_000_000_000),
            option: None,
            spread: None,
            swap: None,
        }
    }

    #[test]
    fn contracts_beyond_the_bound_are_refused_and_the_others_keep_their_numbers() {
        let mut out = Outbox::default();
        let mut listing = Listing::new(7, 2);
        let mut define = |contract: &str| listing.define(contract, "A", hour(), &mut out);
        assert_eq!(define("a"), Ok(InstrumentId(7)));
        assert_eq!(define("b"), Ok(InstrumentId(8)));
        let refused = define("c").unwrap_err();
        assert!(refused.contains("contracts_max"), "{refused}");
        assert_eq!(define("a"), Ok(InstrumentId(7)));
        assert_eq!(listing.find("c", "A"), None);
        let mut last = Listing::new(u32::MAX, 2);
        assert!(last.define("a", "A", hour(), &mut out).is_ok());
        assert!(last.define("b", "A", hour(), &mut out).is_err());
    }
}
