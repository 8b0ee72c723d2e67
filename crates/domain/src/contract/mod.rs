//! Instruments with everything that follows from what they deliver filled in.
//!
//! [`Instrument::of_product`] makes deliveries of power and gas by name; [`Instrument::of_good`] makes
//! oil, coal, allowances and guarantees of origin; options, spreads and swaps are made of the
//! contracts that they are on. What a venue has otherwise is replaced in the result.

mod goods;
mod hours;
mod option;
mod spread;
mod swap;

pub use goods::{COAL, EUA, GUARANTEE_OF_ORIGIN, Good, OIL};

use crate::currency::Currency;
use crate::delivery::DeliveryProduct;
use crate::error::DomainError;
use crate::id::{InstrumentId, VenueId};
use crate::instrument::{Commodity, ContractForm, DeliveryKind, Instrument, Tenor};
use crate::price::Price;
use crate::unit::Unit;
use crate::volume::Volume;

const CENT: Price = Price::from_millionths(10_000);
const TENTH: Volume = Volume::from_millionths(100_000);
const ONE: Volume = Volume::from_millionths(1_000_000);
/// Wide enough for every price that a power or gas market has allowed so far.
const WIDE: Price = Price::from_millionths(100_000_000_000);
const MINUS_WIDE: Price = Price::from_millionths(-WIDE.millionths());

impl Instrument {
    /// A power or gas contract on `product`, in MW and `currency` per `MWh`, named as the product.
    ///
    /// A future takes whole MW and other contracts a tenth; the tick is 0.01; prices go from
    /// −100,000 to 100,000 and trading ends when delivery starts. A future of a quarter, season or
    /// year cascades; a month of power settles on the spot average, a month of gas is delivered.
    /// Replace what the venue has otherwise.
    #[must_use]
    pub fn of_product(
        instrument: InstrumentId,
        venue: VenueId,
        product: DeliveryProduct,
        form: ContractForm,
        currency: Currency,
    ) -> Self {
        let period = product.period();
        let commodity = product.place().calendar.commodity;
        let is_future = form == ContractForm::Future;
        let delivery_kind = match product.tenor() {
            Tenor::Quarter | Tenor::Season | Tenor::CalendarYear if is_future => {
                DeliveryKind::Cascade
            }
            _ if is_future && commodity == Commodity::Power => DeliveryKind::SpotAverage,
            _ => DeliveryKind::Physical,
        };
        Self {
            instrument,
            symbol: product.to_string(),
            venue,
            location: product.place().name.to_owned(),
            commodity,
            form,
            tenor: product.tenor(),
            load: product.load(),
            delivery_kind,
            delivery_start: period.start(),
            delivery_end: period.end(),
            delivery_seconds: product.delivery_seconds(),
            gate_closure: period.start(),
            currency,
            price_unit: Unit::MegawattHour,
            volume_unit: Unit::Megawatt,
            tick: CENT,
            lot: if is_future { ONE } else { TENTH },
            min_price: MINUS_WIDE,
            max_price: WIDE,
            option: None,
            spread: None,
            swap: None,
        }
    }
}

impl Instrument {
    /// A contract `form` of the same terms under a number and a name of its own.
    fn derived(&self, instrument: InstrumentId, symbol: String, form: ContractForm) -> Self {
        Self {
            instrument,
            symbol,
            form,
            min_price: MINUS_WIDE,
            max_price: WIDE,
            option: None,
            spread: None,
            swap: None,
            ..self.clone()
        }
    }

    /// That `field` of this contract does not fit.
    fn fault(&self, field: &'static str, value: &dyn ToString, fix: &'static str) -> DomainError {
        DomainError::Instrument {
            symbol: self.symbol.clone(),
            field,
            value: value.to_string(),
            fix,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(product: &str, form: ContractForm) -> Instrument {
        let product = product.parse().unwrap();
        Instrument::of_product(InstrumentId(0), VenueId(0), product, form, Currency::EUR)
    }

    #[test]
    fn a_contract_of_a_product_is_whole() {
        let hour = of("DE-LU 2026-03-29 H04", ContractForm::Intraday);
        hour.check().unwrap();
        assert_eq!(hour.delivery_seconds, 3_600);
        assert_eq!(hour.location, "DE-LU");
        let peak = of("DE-LU Q1-27 Peak", ContractForm::Future);
        peak.check().unwrap();
        assert_eq!(peak.delivery_kind, DeliveryKind::Cascade);
        assert!(peak.delivery_seconds < peak.delivery_period().unwrap().seconds());
        let season = of("TTF Win-26", ContractForm::Future);
        season.check().unwrap();
        assert_eq!(season.commodity, Commodity::Gas);
    }
}
