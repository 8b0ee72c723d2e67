//! What several tests build.
#![allow(dead_code)]

pub(crate) mod book;
pub(crate) mod desk;

use wattbook_domain::instrument::{Commodity, ContractForm, DeliveryKind, Instrument, Load, Tenor};
use wattbook_domain::{Currency, InstrumentId, Price, Timestamp, Unit, VenueId, Volume};

/// Smallest price step, in 1e-6 currency.
pub(crate) const TICK: i64 = 10_000;

/// Smallest volume step, in 1e-6 MW.
pub(crate) const LOT: i64 = 100_000;

/// The instant `seconds` s after the epoch.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// An hour of power, delivered from 02:00 to 03:00, with its gate at 01:00.
pub(crate) fn hour(instrument: u32, venue: u16) -> Instrument {
    Instrument {
        instrument: InstrumentId(instrument),
        symbol: format!("H{instrument}"),
        venue: VenueId(venue),
        location: "DE-LU".to_owned(),
        commodity: Commodity::Power,
        form: ContractForm::Intraday,
        tenor: Tenor::Hour,
        load: Load::Base,
        delivery_kind: DeliveryKind::Physical,
        delivery_start: at(7_200),
        delivery_end: at(10_800),
        delivery_seconds: 3_600,
        gate_closure: at(3_600),
        currency: Currency::EUR,
        price_unit: Unit::MegawattHour,
        volume_unit: Unit::Megawatt,
        tick: Price::from_millionths(TICK),
        lot: Volume::from_millionths(LOT),
        min_price: Price::from_millionths(-500_000_000),
        max_price: Price::from_millionths(4_000_000_000),
        option: None,
        spread: None,
        swap: None,
    }
}
