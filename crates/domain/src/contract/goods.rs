//! Contracts on quantities: barrels, tonnes, allowances, certificates.

use super::{CENT, MINUS_WIDE, WIDE};
use crate::currency::Currency;
use crate::delivery::DeliveryPeriod;
use crate::error::DomainError;
use crate::id::{InstrumentId, VenueId};
use crate::instrument::{Commodity, ContractForm, DeliveryKind, Instrument, Load, Tenor};
use crate::unit::Unit;
use crate::volume::Volume;

/// What a contract on a quantity delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Good {
    /// What it is.
    pub commodity: Commodity,
    /// What it is counted in.
    pub unit: Unit,
    /// The volume of one contract, in that unit.
    pub lot: Volume,
}

const fn good(commodity: Commodity, unit: Unit, lot: i64) -> Good {
    let lot = Volume::from_millionths(lot * 1_000_000);
    Good {
        commodity,
        unit,
        lot,
    }
}

/// Crude oil and its products, by 1,000 barrels (NYMEX rule 200; ICE Brent).
pub const OIL: Good = good(Commodity::Oil, Unit::Barrel, 1_000);
/// Coal, by 1,000 tonnes (ICE and EEX API 2).
pub const COAL: Good = good(Commodity::Coal, Unit::Tonne, 1_000);
/// Emission allowances, by 1,000 tonnes of carbon dioxide (EEX and ICE EUA).
pub const EUA: Good = good(Commodity::Emissions, Unit::TonneCo2, 1_000);
/// Guarantees of origin, one certificate a megawatt-hour (Directive (EU) 2018/2001, article 19).
pub const GUARANTEE_OF_ORIGIN: Good = good(Commodity::GuaranteeOfOrigin, Unit::Certificate, 1);

impl Good {
    /// The good called `name`.
    ///
    /// # Errors
    /// [`DomainError::UnknownName`] with the names that exist.
    pub fn named(name: &str) -> Result<Self, DomainError> {
        let goods = [
            ("oil", OIL),
            ("coal", COAL),
            ("eua", EUA),
            ("guarantee of origin", GUARANTEE_OF_ORIGIN),
        ];
        let found = goods.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, good)| *good)
            .ok_or_else(|| DomainError::UnknownName {
                kind: "good",
                text: name.to_owned(),
                allowed: goods.map(|(known, _)| known).join(", "),
            })
    }
}

impl Instrument {
    /// A contract on `good`, delivered at `location` within `period` and priced in `currency` per
    /// its unit: a future, or a spot contract.
    ///
    /// The tick is 0.01; prices go from −100,000 to 100,000 and trading ends when delivery starts.
    ///
    /// # Errors
    /// [`DomainError::Instrument`] for an empty name, or a form that is neither future nor spot.
    #[allow(clippy::too_many_arguments)] // Each is a term of the contract.
    pub fn of_good(
        instrument: InstrumentId,
        venue: VenueId,
        symbol: &str,
        location: &str,
        good: Good,
        form: ContractForm,
        period: DeliveryPeriod,
        currency: Currency,
    ) -> Result<Self, DomainError> {
        let contract = Self {
            instrument,
            symbol: symbol.to_owned(),
            venue,
            location: location.to_owned(),
            commodity: good.commodity,
            form,
            tenor: Tenor::Month,
            load: Load::Base,
            delivery_kind: DeliveryKind::Physical,
            delivery_start: period.start(),
            delivery_end: period.end(),
            delivery_seconds: 3_600,
            gate_closure: period.start(),
            currency,
            price_unit: good.unit,
            volume_unit: good.unit,
            tick: CENT,
            lot: good.lot,
            min_price: MINUS_WIDE,
            max_price: WIDE,
            option: None,
            spread: None,
            swap: None,
        };
        if !matches!(form, ContractForm::Future | ContractForm::Spot) {
            let fix = "make a future or a spot contract of it";
            return Err(contract.fault("form", &format!("{form:?}"), fix));
        }
        contract.check()?;
        Ok(contract)
    }
}
