//! Options on futures and on averages.

use super::{CENT, WIDE};
use crate::delivery::DeliveryPeriod;
use crate::error::DomainError;
use crate::id::InstrumentId;
use crate::instrument::{
    ContractForm, DeliveryKind, ExerciseStyle, Instrument, OptionRight, OptionTerms,
};
use crate::price::Price;
use crate::time::Timestamp;

impl Instrument {
    /// An option on this future: delivery, units and lot are the future's, its price is a premium
    /// from 0 to 100,000 in steps of 0.01, and it trades until `expiry`. In the money it becomes the
    /// future at `strike`.
    ///
    /// # Errors
    /// [`DomainError::Instrument`] when this is no future, stops trading before `expiry`, or the
    /// style is that of an average.
    pub fn option_on_future(
        &self,
        instrument: InstrumentId,
        right: OptionRight,
        strike: Price,
        expiry: Timestamp,
        style: ExerciseStyle,
    ) -> Result<Self, DomainError> {
        if self.form != ContractForm::Future {
            return Err(self.fault("form", &format!("{:?}", self.form), "name a future"));
        }
        if expiry > self.gate_closure {
            let fix = "let the option expire before trading in the future ends";
            return Err(self.fault("expiry", &expiry, fix));
        }
        if style == ExerciseStyle::Asian {
            let fix = "make an option on an average, or exercise at expiry";
            return Err(self.fault("style", &"Asian", fix));
        }
        let terms = OptionTerms {
            underlying: self.instrument,
            right,
            style,
            strike,
            expiry,
        };
        let option = Self {
            delivery_kind: DeliveryKind::Physical,
            gate_closure: expiry,
            ..self.optional(instrument, terms)
        };
        option.check()?;
        Ok(option)
    }

    /// An option on the average of this contract's prices of record in `averaging`, paid in cash
    /// when the averaging ends.
    ///
    /// # Errors
    /// [`DomainError::Instrument`] when this is itself an option, spread or swap.
    pub fn option_on_average(
        &self,
        instrument: InstrumentId,
        right: OptionRight,
        strike: Price,
        averaging: DeliveryPeriod,
    ) -> Result<Self, DomainError> {
        let terms = OptionTerms {
            underlying: self.instrument,
            right,
            style: ExerciseStyle::Asian,
            strike,
            expiry: averaging.end(),
        };
        let option = self.optional(instrument, terms).averaged_over(averaging);
        self.check_index()?;
        option.check()?;
        Ok(option)
    }

    fn optional(&self, instrument: InstrumentId, terms: OptionTerms) -> Self {
        let right = match terms.right {
            OptionRight::Call => 'C',
            OptionRight::Put => 'P',
        };
        let symbol = format!("{} {right}{}", self.symbol, terms.strike);
        Self {
            tick: CENT,
            min_price: Price::ZERO,
            max_price: WIDE,
            option: Some(terms),
            ..self.derived(instrument, symbol, ContractForm::Option)
        }
    }
}
