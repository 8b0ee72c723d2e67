//! Commands in rows of numbers, many a call.

use wattbook_book::{
    Amend, BasketLeg, Display, Lifetime, NewOrder, Pricing, Quantity, Span, Terms,
};
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, OrderId, Price, Ticks, Timestamp, Volume};

use super::market::{IntradayMarket, IntradaySink};
use super::refusal::IntradayRefusal as Refusal;

/// How many numbers a row has.
const WIDTH: usize = 13;

/// One command: time (ns UTC), action (0 submit, 1 amend, 2 cancel, 3 capacity, 4 halt, 5 resume),
/// zone, zone of the other side of a border, contract, how many contracts from it on, order number,
/// side (1 buy, 2 sell), price (1e-6; [`Row::NONE`] leaves that of an amended order), volume (1e-6; the
/// same), lifetime (0 until the gate, 1 immediate or cancel, 2 fill or kill), displayed volume of an
/// iceberg (1e-6; 0 for all), all or none (0 or 1).
#[derive(Debug, Clone, Copy)]
pub struct Row<'a>(pub &'a [i64; WIDTH]);

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// Which, from 0.
    pub row: u64,
    /// Why.
    pub refusal: Refusal,
}

impl Row<'_> {
    /// How many numbers a row has.
    pub const WIDTH: usize = WIDTH;
    /// Stands for no price or volume.
    pub const NONE: i64 = i64::MIN;

    const fn ts(self) -> Timestamp {
        Timestamp::from_nanos(self.0[0])
    }

    fn zone(self, at: usize) -> usize {
        // A number below zero is no zone, nor is the largest.
        usize::try_from(self.0[at]).unwrap_or(usize::MAX)
    }

    fn contract(self, market: &IntradayMarket) -> Result<usize, Refusal> {
        let contract = usize::try_from(self.0[4]).ok();
        contract.ok_or_else(|| market.unknown_contract(self.0[4], 1))
    }

    fn span(self, market: &IntradayMarket) -> Result<Span, Refusal> {
        let (first, count) = (self.0[4], self.0[5]);
        let (Ok(first), Ok(count)) = (u16::try_from(first), u16::try_from(count)) else {
            return Err(market.unknown_contract(first, count));
        };
        Ok(Span { first, count })
    }

    const fn order_id(self) -> OrderId {
        OrderId(self.0[6] as u64)
    }

    fn side(self) -> Result<Side, Refusal> {
        match self.0[7] {
            1 => Ok(Side::Buy),
            2 => Ok(Side::Sell),
            value => Err(unknown("side", value, "1 for buy, 2 for sell")),
        }
    }

    fn price(self, market: &IntradayMarket) -> Result<Ticks, Refusal> {
        let millionths = self.0[8];
        let ticks = market
            .plan()
            .grids
            .tick
            .ticks(Price::from_millionths(millionths));
        ticks.ok_or(Refusal::OffTick { millionths })
    }

    fn lots(self, market: &IntradayMarket, at: usize) -> Result<Lots, Refusal> {
        let millionths = self.0[at];
        let lots = market
            .plan()
            .grids
            .lot
            .lots(Volume::from_millionths(millionths));
        lots.ok_or(Refusal::OffLot { millionths })
    }

    fn order(self, market: &IntradayMarket) -> Result<NewOrder, Refusal> {
        let lifetime = match self.0[10] {
            0 => Lifetime::GoodForSession,
            1 => Lifetime::ImmediateOrCancel,
            2 => Lifetime::FillOrKill,
            value => {
                let allowed = "0 until the gate, 1 immediate or cancel, 2 fill or kill";
                return Err(unknown("lifetime", value, allowed));
            }
        };
        let display = match self.0[11] {
            0 => Display::Full,
            _ => Display::Iceberg(self.lots(market, 11)?),
        };
        let quantity = match self.0[12] {
            0 => Quantity::Any,
            1 => Quantity::AllOrNone,
            value => return Err(unknown("all or none", value, "0 for no, 1 for yes")),
        };
        let pricing = Pricing::Limit(self.price(market)?);
        let lots = self.lots(market, 9)?;
        let plain = NewOrder::new(self.order_id(), self.side()?, lots, pricing);
        Ok(NewOrder {
            lifetime,
            terms: Terms {
                display,
                quantity,
                ..Terms::PLAIN
            },
            ..plain
        })
    }
}

fn unknown(of: &'static str, value: i64, allowed: &'static str) -> Refusal {
    Refusal::UnknownCode { of, value, allowed }
}

impl IntradayMarket {
    /// Carries out `rows` in order; rows that are refused go to `refused` and change nothing.
    pub fn apply_rows<S: IntradaySink>(
        &mut self,
        rows: &[[i64; WIDTH]],
        sink: &mut S,
        refused: &mut Vec<RefusedRow>,
    ) {
        for (row, numbers) in rows.iter().enumerate() {
            if let Err(refusal) = self.apply_row(Row(numbers), sink) {
                let row = row as u64;
                refused.push(RefusedRow { row, refusal });
            }
        }
    }

    /// Carries out `rows` as one basket at the time of the first: orders of different contracts, each fill
    /// or kill, that trade all in whole or not at all.
    ///
    /// # Errors
    /// What is wrong with the first order that breaks a rule; nothing was done.
    pub fn apply_basket<S: IntradaySink>(
        &mut self,
        rows: &[[i64; WIDTH]],
        sink: &mut S,
    ) -> Result<(), Refusal> {
        let Some(first) = rows.first() else {
            return self.submit_basket(self.now(), &[], sink);
        };
        let now = Row(first).ts();
        self.advance(now, sink)?;
        let mut legs = Vec::with_capacity(rows.len());
        for row in rows.iter().map(Row) {
            let zone = row.zone(2);
            self.check_zone_number(zone, row.0[2])?;
            legs.push(BasketLeg {
                zone,
                contract: row.contract(self)?,
                order: row.order(self)?,
            });
        }
        self.submit_basket(now, &legs, sink)
    }

    fn apply_row<S: IntradaySink>(&mut self, row: Row<'_>, sink: &mut S) -> Result<(), Refusal> {
        let now = row.ts();
        match row.0[1] {
            0 => {
                // Where and when come first: a price off the tick after the gate is too late as well.
                self.advance(now, sink)?;
                let (zone, span) = (row.zone(2), row.span(self)?);
                self.check_zone_number(zone, row.0[2])?;
                self.check_trading(zone, span)?;
                let order = row.order(self)?;
                self.submit(now, zone, span, &order, sink)
            }
            1 => {
                let stated = |at: usize| row.0[at] != Row::NONE;
                let price = stated(8).then(|| row.price(self)).transpose()?;
                let volume = stated(9).then(|| row.lots(self, 9)).transpose()?;
                let change = Amend {
                    order_id: row.order_id(),
                    price,
                    volume,
                    trigger: None,
                };
                self.amend(now, &change, sink)
            }
            2 => self.cancel(now, row.order_id(), sink),
            action @ 3..=5 => {
                let zones = (row.zone(2), row.zone(3));
                self.check_zone_number(zones.0, row.0[2])?;
                self.check_zone_number(zones.1, row.0[3])?;
                let contract = row.contract(self)?;
                if action == 3 {
                    let lots = row.lots(self, 9)?;
                    self.set_capacity(now, zones, contract, lots, sink)
                } else {
                    self.set_halted(now, zones, contract, action == 4, sink)
                }
            }
            value => {
                let allowed = "0 submit, 1 amend, 2 cancel, 3 capacity, 4 halt, 5 resume";
                Err(unknown("action", value, allowed))
            }
        }
    }

    /// As [`Self::check_zone`], naming the number as it was given.
    fn check_zone_number(&self, zone: usize, given: i64) -> Result<(), Refusal> {
        self.check_zone(zone).map_err(|_| Refusal::UnknownZone {
            zone: given,
            zones: self.plan().zones.len(),
        })
    }
}
