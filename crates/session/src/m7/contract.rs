//! Contracts of M7 as instruments.

use std::collections::BTreeMap;
use std::str::FromStr;

use wattbook_domain::currency::Currency;
use wattbook_domain::instrument::{Commodity, ContractForm, DeliveryKind, Instrument, Load};
use wattbook_domain::market::Phase;
use wattbook_domain::{InstrumentId, Price, Unit, VenueId, Volume};

use crate::venue::tenor;

use super::message::{AreaState, Contract, Product, TradingState};

/// How a product writes its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) currency: Currency,
    price_decimals: u32,
    volume_decimals: u32,
    tick: i64,
    lot: i64,
    min_price: i64,
    max_price: i64,
}

impl Scale {
    /// `product` where it says something, else `decimals` of price and quantity, steps of 0.01 and
    /// of 0.1 MW, and ±9,999.00.
    pub(super) fn new(product: &Product, decimals: (u32, u32)) -> Result<Self, String> {
        let currency = product.currency.as_deref().unwrap_or("EUR");
        let price_decimals = product.price_decimals.unwrap_or(decimals.0);
        let volume_decimals = product.volume_decimals.unwrap_or(decimals.1);
        if price_decimals > 6 || volume_decimals > 6 {
            let name = &product.name;
            return Err(format!("{name} has more than the 6 decimals that are kept"));
        }
        let unit = 10_i64.pow(price_decimals);
        let scale = Self {
            currency: Currency::from_str(currency).map_err(|error| error.to_string())?,
            price_decimals,
            volume_decimals,
            tick: product.tick.unwrap_or((unit / 100).max(1)),
            lot: product
                .lot
                .unwrap_or((10_i64.pow(volume_decimals) / 10).max(1)),
            min_price: product.min_price.unwrap_or(-9_999 * unit),
            max_price: product.max_price.unwrap_or(9_999 * unit),
        };
        Ok(scale)
    }

    /// A price; `None` beyond the range.
    pub(super) fn price(&self, whole: i64) -> Option<Price> {
        let millionths = whole.checked_mul(10_i64.pow(6 - self.price_decimals))?;
        Some(Price::from_millionths(millionths))
    }

    /// The whole number that stands for a price; `None` where it has too many decimals.
    pub(super) fn written_price(&self, price: Price) -> Option<i64> {
        written(price.millionths(), self.price_decimals)
    }

    /// The whole number that stands for a quantity in MW; `None` where it has too many decimals.
    pub(super) fn written_volume(&self, volume: Volume) -> Option<i64> {
        written(volume.millionths(), self.volume_decimals)
    }

    /// A quantity in MW; `None` beyond the range.
    pub(super) fn volume(&self, whole: i64) -> Option<Volume> {
        let millionths = whole.checked_mul(10_i64.pow(6 - self.volume_decimals))?;
        Some(Volume::from_millionths(millionths))
    }
}

fn written(millionths: i64, decimals: u32) -> Option<i64> {
    let unit = 10_i64.pow(6 - decimals);
    (millionths % unit == 0).then_some(millionths / unit)
}

/// Products whose scale is kept, at most.
const PRODUCTS_MAX: usize = 4_096;

/// Scales by name of product.
#[derive(Debug, Default)]
pub(super) struct Scales(BTreeMap<String, Scale>);

impl Scales {
    pub(super) fn set(&mut self, product: &Product, decimals: (u32, u32)) -> Result<(), String> {
        let scale = Scale::new(product, decimals)?;
        if self.0.len() >= PRODUCTS_MAX && !self.0.contains_key(&product.name) {
            let name = &product.name;
            return Err(format!(
                "{name:.40} beyond the {PRODUCTS_MAX} products that are kept"
            ));
        }
        self.0.insert(product.name.clone(), scale);
        Ok(())
    }

    pub(super) fn get(&self, product: &str) -> Option<Scale> {
        self.0.get(product).copied()
    }
}

/// `contract` as it trades in `area`.
pub(super) fn instrument(
    contract: &Contract,
    area: &AreaState,
    scale: &Scale,
    venue: u16,
) -> Result<Instrument, String> {
    let seconds = contract.delivery_end.nanos_since(contract.delivery_start) / 1_000_000_000;
    let beyond = || "a price or quantity beyond the range".to_owned();
    Ok(Instrument {
        instrument: InstrumentId::default(),
        symbol: contract.name.clone(),
        venue: VenueId(venue),
        location: area.area.clone(),
        commodity: Commodity::Power,
        form: if contract.is_predefined {
            ContractForm::Intraday
        } else {
            ContractForm::UserDefinedBlock
        },
        tenor: tenor(seconds),
        load: Load::Base,
        delivery_kind: DeliveryKind::Physical,
        delivery_start: contract.delivery_start,
        delivery_end: contract.delivery_end,
        delivery_seconds: seconds,
        gate_closure: area.trading_end.unwrap_or(contract.delivery_start),
        currency: scale.currency,
        price_unit: Unit::MegawattHour,
        volume_unit: Unit::Megawatt,
        tick: scale.price(scale.tick).ok_or_else(beyond)?,
        lot: scale.volume(scale.lot).ok_or_else(beyond)?,
        min_price: scale.price(scale.min_price).ok_or_else(beyond)?,
        max_price: scale.price(scale.max_price).ok_or_else(beyond)?,
        option: None,
        spread: None,
        swap: None,
    })
}

/// A state as the domain's phase.
pub(super) const fn phase(state: TradingState) -> Phase {
    match state {
        TradingState::Continuous => Phase::Continuous,
        TradingState::Call => Phase::OpeningCall,
        TradingState::Hibernated => Phase::Halted,
        TradingState::Closed => Phase::Closed,
    }
}
