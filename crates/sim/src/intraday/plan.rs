//! What a day of intraday trading is made of, as data.

use wattbook_book::{CoupledConfig, CoupledContract, CoupledLink, CoupledRules};
use wattbook_domain::delivery::DeliveryPeriod;
use wattbook_domain::{Lots, Ticks, Timestamp};

use crate::convert::Grids;
use crate::error::SimError;

/// From when until when a contract trades in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneTimes {
    /// First instant at which orders are taken.
    pub opens: Timestamp,
    /// First instant at which they are not.
    pub gate: Timestamp,
}

/// From when until when capacity of a border goes to a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BorderTimes {
    /// First instant at which capacity is allocated.
    pub opens: Timestamp,
    /// First instant at which it is not.
    pub gate: Timestamp,
    /// Half-open pauses.
    pub pauses: Vec<(Timestamp, Timestamp)>,
}

/// A border: two zones by place, and what it can carry of each quarter-hour from the first to the
/// second and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntradayBorder {
    /// One zone and the other.
    pub zones: [usize; 2],
    /// In lots.
    pub capacity: [Lots; 2],
}

/// A contract of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntradayContract {
    /// Its name, such as `2026-03-29 H04`.
    pub name: String,
    /// The first quarter-hour of the day that it delivers, from 0, and how many.
    pub periods: CoupledContract,
    /// What it delivers.
    pub delivery: DeliveryPeriod,
    /// By zone.
    pub zones: Vec<ZoneTimes>,
    /// By border.
    pub borders: Vec<BorderTimes>,
}

/// A day of intraday trading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntradayPlan {
    /// Names of the zones, by place.
    pub zones: Vec<String>,
    /// The borders.
    pub borders: Vec<IntradayBorder>,
    /// The contracts.
    pub contracts: Vec<IntradayContract>,
    /// How many quarter-hours the day has.
    pub periods: usize,
    /// How the venue matches.
    pub rules: CoupledRules,
    /// Of prices and volumes.
    pub grids: Grids,
    /// Lowest and highest limit of an order.
    pub price_limits: (Ticks, Ticks),
    /// Largest volume of an order.
    pub lots_max: Lots,
}

impl IntradayPlan {
    /// The books that it needs.
    pub(super) fn books(&self) -> CoupledConfig {
        let link = |border: &IntradayBorder| CoupledLink {
            zones: border.zones,
            capacity: border.capacity,
        };
        CoupledConfig {
            zones: self.zones.len(),
            periods: self.periods,
            contracts: self.contracts.iter().map(|each| each.periods).collect(),
            links: self.borders.iter().map(link).collect(),
            rules: self.rules,
            price_limits: Some(self.price_limits),
            expected_orders: 4_096,
        }
    }

    /// Whether every contract has times for every zone and border, each opening before it closes.
    pub(super) fn check(&self) -> Result<(), SimError> {
        for contract in &self.contracts {
            let fault = |what: &'static str| SimError::IntradayContract {
                contract: contract.name.clone(),
                what,
            };
            if contract.zones.len() != self.zones.len() {
                return Err(fault(
                    "does not have times for each zone; give one pair a zone",
                ));
            }
            if contract.borders.len() != self.borders.len() {
                return Err(fault(
                    "does not have times for each border; give one set a border",
                ));
            }
            let zones = contract.zones.iter().map(|zone| (zone.opens, zone.gate));
            let borders = contract.borders.iter();
            let pauses = borders
                .clone()
                .flat_map(|border| border.pauses.iter().copied());
            let borders = borders.map(|border| (border.opens, border.gate));
            if zones
                .chain(borders)
                .chain(pauses)
                .any(|(from, to)| from >= to)
            {
                return Err(fault(
                    "has an opening or pause that does not begin before it ends",
                ));
            }
        }
        Ok(())
    }
}
