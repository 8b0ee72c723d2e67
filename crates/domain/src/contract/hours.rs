//! Runs of hours of one day: blocks of power, the rest of a gas day.

use crate::currency::Currency;
use crate::delivery::{Date, DeliveryProduct, Place, Span};
use crate::error::DomainError;
use crate::id::{InstrumentId, VenueId};
use crate::instrument::{Commodity, ContractForm, Instrument, Load, Tenor};

impl Instrument {
    /// The block of the hours `first` to `last` of `day` at `place`, both delivered: a standard one
    /// of the venue or one that a participant chose.
    ///
    /// # Errors
    /// [`DomainError::NoSuchDeliveryPeriod`] for hours that the day does not have.
    #[allow(clippy::too_many_arguments)] // Each is a term of the contract.
    pub fn block(
        instrument: InstrumentId,
        venue: VenueId,
        place: Place,
        day: Date,
        (first, last): (u16, u16),
        is_user_defined: bool,
        currency: Currency,
    ) -> Result<Self, DomainError> {
        let form = if is_user_defined {
            ContractForm::UserDefinedBlock
        } else {
            ContractForm::Block
        };
        let span = Span::Block { day, first, last };
        let product = DeliveryProduct::new(place, span, Load::Base)?;
        let block = Self::of_product(instrument, venue, product, form, currency);
        block.check()?;
        Ok(block)
    }

    /// The rest of the gas day `day` at the hub `place`, from its hour `first` on; the hours of a gas
    /// day are counted, so the last is 23, 24 or 25.
    ///
    /// # Errors
    /// [`DomainError::Instrument`] for a place without gas,
    /// [`DomainError::NoSuchDeliveryPeriod`] for an hour that the day does not have.
    pub fn within_day(
        instrument: InstrumentId,
        venue: VenueId,
        place: Place,
        day: Date,
        first: u16,
        currency: Currency,
    ) -> Result<Self, DomainError> {
        let whole = DeliveryProduct::new(place, Span::Day(day), Load::Base)?;
        let last = whole.intervals(Tenor::Hour)?.len() as u16;
        let span = Span::Block { day, first, last };
        let product = DeliveryProduct::new(place, span, Load::Base)?;
        let form = ContractForm::WithinDay;
        let rest = Self::of_product(instrument, venue, product, form, currency);
        if rest.commodity != Commodity::Gas {
            return Err(rest.fault("location", &place.name, "name a gas hub, such as TTF"));
        }
        rest.check()?;
        Ok(rest)
    }
}
