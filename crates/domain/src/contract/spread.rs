//! Spreads of two contracts.

use crate::error::DomainError;
use crate::id::InstrumentId;
use crate::instrument::{ContractForm, DeliveryKind, Instrument, SpreadKind, SpreadTerms};
use crate::volume::Volume;

const ONE: Volume = Volume::from_millionths(1_000_000);

impl Instrument {
    /// The spread of this contract over a later or earlier one of the same place: a buyer buys this
    /// and sells `other`.
    ///
    /// # Errors
    /// [`DomainError::Instrument`] naming what is not the same, or for the same delivery.
    pub fn time_spread(&self, instrument: InstrumentId, other: &Self) -> Result<Self, DomainError> {
        if (&other.location, other.commodity) != (&self.location, self.commodity) {
            return Err(self.apart(other, "location", "name two deliveries at one place"));
        }
        if (other.delivery_start, other.delivery_end) == (self.delivery_start, self.delivery_end) {
            return Err(self.apart(other, "delivery_start", "name two deliveries"));
        }
        self.spread(instrument, other, SpreadKind::Time, ONE)
    }

    /// The spread of this contract over one of the same delivery at another place.
    ///
    /// # Errors
    /// [`DomainError::Instrument`] naming what is not the same, or for the same place.
    pub fn place_spread(
        &self,
        instrument: InstrumentId,
        other: &Self,
    ) -> Result<Self, DomainError> {
        if other.commodity != self.commodity || other.location == self.location {
            let fix = "name two places of one commodity";
            return Err(self.apart(other, "location", fix));
        }
        let delivery = (self.delivery_start, self.delivery_end, self.load);
        if (other.delivery_start, other.delivery_end, other.load) != delivery {
            return Err(self.apart(other, "delivery_start", "name the same delivery"));
        }
        self.spread(instrument, other, SpreadKind::Place, ONE)
    }

    /// The spread of this contract over its fuel, such as power over gas: a buyer sells
    /// `fuel_per_unit` of `fuel` for each unit bought, the heat rate.
    ///
    /// # Errors
    /// [`DomainError::Instrument`] for one commodity, deliveries apart, or a ratio of zero or less.
    pub fn fuel_spread(
        &self,
        instrument: InstrumentId,
        fuel: &Self,
        fuel_per_unit: Volume,
    ) -> Result<Self, DomainError> {
        if fuel.commodity == self.commodity {
            return Err(self.apart(fuel, "commodity", "name two commodities"));
        }
        if fuel.delivery_start >= self.delivery_end || self.delivery_start >= fuel.delivery_end {
            return Err(self.apart(fuel, "delivery_start", "name deliveries that overlap"));
        }
        self.spread(instrument, fuel, SpreadKind::Fuel, fuel_per_unit)
    }

    fn spread(
        &self,
        instrument: InstrumentId,
        short: &Self,
        kind: SpreadKind,
        ratio: Volume,
    ) -> Result<Self, DomainError> {
        if short.currency != self.currency {
            return Err(self.apart(short, "currency", "name two legs in one currency"));
        }
        for leg in [self, short] {
            if leg.form.has_terms() {
                let fix = "make spreads of contracts that deliver themselves";
                return Err(leg.fault("form", &format!("{:?}", leg.form), fix));
            }
        }
        let terms = SpreadTerms {
            kind,
            long: self.instrument,
            short: short.instrument,
            ratio_millionths: ratio.millionths(),
        };
        let symbol = format!("{} / {}", self.symbol, short.symbol);
        let spread = Self {
            delivery_kind: DeliveryKind::Physical,
            delivery_start: self.delivery_start.min(short.delivery_start),
            delivery_end: self.delivery_end.max(short.delivery_end),
            gate_closure: self.gate_closure.min(short.gate_closure),
            spread: Some(terms),
            ..self.derived(instrument, symbol, ContractForm::Spread)
        };
        spread.check()?;
        Ok(spread)
    }

    /// That the legs do not fit in `field`.
    fn apart(&self, other: &Self, field: &'static str, fix: &'static str) -> DomainError {
        let value = |leg: &Self| match field {
            "location" => leg.location.clone(),
            "currency" => leg.currency.to_string(),
            "commodity" => format!("{:?}", leg.commodity),
            _ => leg.delivery_start.to_string(),
        };
        self.fault(
            field,
            &format!("{} against {}", value(self), value(other)),
            fix,
        )
    }
}
