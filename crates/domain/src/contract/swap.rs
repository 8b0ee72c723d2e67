//! Swaps: a fixed price against an average.

use crate::delivery::DeliveryPeriod;
use crate::error::DomainError;
use crate::id::InstrumentId;
use crate::instrument::{ContractForm, DeliveryKind, Instrument, Load, SwapTerms};
use crate::unit::{Dimension, Unit};

impl Instrument {
    /// A swap of a fixed price, which is the price of its trades, against the mean of this
    /// contract's prices of record in `averaging`. Power is delivered in all of `averaging`, other
    /// volumes once; it trades until the averaging ends.
    ///
    /// # Errors
    /// [`DomainError::Instrument`] when this is itself an option, spread or swap.
    pub fn swap_on_average(
        &self,
        instrument: InstrumentId,
        averaging: DeliveryPeriod,
    ) -> Result<Self, DomainError> {
        let symbol = format!("{} swap", self.symbol);
        let terms = SwapTerms {
            index: self.instrument,
            averaging_start: averaging.start(),
            averaging_end: averaging.end(),
        };
        let swap = Self {
            swap: Some(terms),
            ..self.derived(instrument, symbol, ContractForm::Swap)
        };
        let swap = swap.averaged_over(averaging);
        self.check_index()?;
        swap.check()?;
        Ok(swap)
    }

    /// The contract that settles on an average over `averaging`.
    pub(super) fn averaged_over(self, averaging: DeliveryPeriod) -> Self {
        let is_power = self.volume_unit.dimension() == Dimension::Power;
        debug_assert!(!is_power || self.volume_unit == Unit::Megawatt);
        Self {
            load: Load::Base,
            delivery_kind: DeliveryKind::SpotAverage,
            delivery_start: averaging.start(),
            delivery_end: averaging.end(),
            delivery_seconds: if is_power { averaging.seconds() } else { 3_600 },
            gate_closure: averaging.end(),
            ..self
        }
    }

    /// Checks that its price can be averaged.
    pub(super) fn check_index(&self) -> Result<(), DomainError> {
        if self.form.has_terms() {
            let fix = "average a contract that has a price of record of its own";
            return Err(self.fault("form", &format!("{:?}", self.form), fix));
        }
        Ok(())
    }
}
