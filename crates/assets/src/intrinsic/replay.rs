//! Orders of a continuous market through books, and a battery that reacts to them.
//!
//! Products of one length close some time before delivery; the battery takes what rests, at once. When
//! it looks at the books is in [`IntrinsicRules`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use wattbook_domain::Side;

use super::book::{ProductBook, RestingOrder, is_better};
use super::{Depth, IntrinsicRules, IntrinsicTrade, LOT_MW, Level, RollingIntrinsic, TradingCosts};
use crate::battery_value::StoreLimits;
use crate::error::AssetError;

/// An hour, in ms.
const HOUR_MS: i64 = 3_600_000;

/// An order as the exchange told it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IncomingOrder {
    /// When, in ms.
    pub at_ms: i64,
    /// Until when it rests, in ms.
    pub valid_until_ms: i64,
    /// Start of delivery, in ms.
    pub delivery_ms: i64,
    /// Buys or sells.
    pub side: Side,
    /// Currency per `MWh`.
    pub price: f64,
    /// Whole lots of 0.1 MW.
    pub lots: i64,
}

/// Costs of trading and what the exchange allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IntrinsicTerms {
    /// For a `MWh`.
    pub costs: TradingCosts,
    /// How long each product is delivered, in ms: the next begins when it ends.
    pub product_ms: i64,
    /// How long before delivery trading ends, in ms.
    pub gate_ms: i64,
    /// Points of the grid of stored energy.
    pub states: usize,
    /// Whose rules it trades by.
    pub rules: IntrinsicRules,
}

/// A trade of the battery.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IntrinsicFill {
    /// When, in ms.
    pub at_ms: i64,
    /// Number of the product, and lots: bought above zero, sold below.
    pub trade: IntrinsicTrade,
    /// Cash at the prices of the orders taken, without fees.
    pub cash: f64,
}

/// What a replay came to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct IntrinsicResult {
    /// Cash of all trades, without fees.
    pub cash: f64,
    /// Traded `MWh`, bought and sold together.
    pub traded_mwh: f64,
    /// How often the battery looked for trades.
    pub solves: u64,
    /// How often it found some.
    pub trades: u64,
}

/// Books, and the battery that trades them.
#[derive(Debug)]
pub struct IntrinsicReplay {
    terms: IntrinsicTerms,
    /// Length of a product.
    hours: f64,
    first_delivery_ms: i64,
    depth_lots: i64,
    books: Vec<ProductBook>,
    battery: RollingIntrinsic,
    expiries: BinaryHeap<Reverse<(i64, usize)>>,
    closed: usize,
    now_ms: i64,
    is_due: bool,
    touched: Vec<usize>,
    is_shallow: Vec<bool>,
    /// Products whose book is there but not deep.
    shallow: usize,
    bids: Vec<Level>,
    asks: Vec<Level>,
    found: Vec<IntrinsicTrade>,
    result: IntrinsicResult,
    fills: Vec<IntrinsicFill>,
}

impl IntrinsicReplay {
    /// Empty books of `products` products from `first_delivery_ms` on.
    ///
    /// # Errors
    /// As of [`RollingIntrinsic::new`], and for a product without length.
    pub fn new(
        limits: StoreLimits,
        terms: IntrinsicTerms,
        first_delivery_ms: i64,
        products: usize,
    ) -> Result<Self, AssetError> {
        limits.check()?;
        if terms.product_ms <= 0 {
            let fix = "a length above zero";
            return Err(AssetError::number(
                "product_ms",
                terms.product_ms as f64,
                fix,
            ));
        }
        let hours = terms.product_ms as f64 / HOUR_MS as f64;
        // To the programme a product lasts an hour.
        let hourly = StoreLimits {
            floor_mwh: limits.floor_mwh / hours,
            ceiling_mwh: limits.ceiling_mwh / hours,
            ..limits
        };
        let battery = RollingIntrinsic::new(
            hourly,
            products,
            terms.states,
            terms.costs,
            terms.rules,
            hourly.floor_mwh,
        )?;
        let depth_mw = 2.0 * limits.charge_mw.max(limits.discharge_mw);
        Ok(Self {
            terms,
            hours,
            first_delivery_ms,
            depth_lots: (depth_mw / LOT_MW).ceil() as i64,
            books: vec![ProductBook::default(); products],
            battery,
            expiries: BinaryHeap::new(),
            closed: 0,
            now_ms: i64::MIN,
            is_due: false,
            touched: Vec::new(),
            is_shallow: vec![false; products],
            shallow: 0,
            bids: Vec::new(),
            asks: Vec::new(),
            found: Vec::new(),
            result: IntrinsicResult::default(),
            fills: Vec::new(),
        })
    }

    /// Lets the exchange take an order, and the battery react to those of earlier instants.
    ///
    /// # Errors
    /// [`AssetError::Number`] for an order before the last one, or with a price or volume that is none.
    pub fn apply(&mut self, order: &IncomingOrder) -> Result<(), AssetError> {
        if order.at_ms < self.now_ms {
            let fix = "orders by rising time";
            return Err(AssetError::number(
                "time of an order",
                order.at_ms as f64,
                fix,
            ));
        }
        if !order.price.is_finite() {
            return Err(AssetError::number(
                "price of an order",
                order.price,
                "a finite price",
            ));
        }
        if order.lots <= 0 {
            return Err(AssetError::number(
                "lots of an order",
                order.lots as f64,
                "one or more",
            ));
        }
        if order.at_ms > self.now_ms {
            self.react();
            self.now_ms = order.at_ms;
            self.pass_time();
        }
        let product =
            (order.delivery_ms - self.first_delivery_ms).div_euclid(self.terms.product_ms);
        let Ok(product) = usize::try_from(product) else {
            return Ok(());
        };
        if product < self.closed || product >= self.books.len() {
            return Ok(());
        }
        self.enter(product, order);
        Ok(())
    }

    fn enter(&mut self, product: usize, order: &IncomingOrder) {
        let price = match self.terms.rules {
            IntrinsicRules::EveryChange => order.price,
            IntrinsicRules::BitePy => (order.price * 100.0).trunc() / 100.0,
        };
        let book = &mut self.books[product];
        let best = book.side(order.side).best();
        let is_first = best.is_none_or(|best| is_better(order.side, price, best));
        book.expire(self.now_ms);
        let lots = book.side(order.side).lots;
        book.enter(
            order.side,
            RestingOrder {
                price,
                lots: order.lots,
                valid_until_ms: order.valid_until_ms,
            },
        );
        let is_resting = book.side(order.side).lots > lots;
        self.touch(product);
        // What outlives its product needs no clock.
        if is_resting && order.valid_until_ms < self.gate_of(product) {
            self.expiries.push(Reverse((order.valid_until_ms, product)));
        }
        match self.terms.rules {
            IntrinsicRules::EveryChange => self.is_due = true,
            IntrinsicRules::BitePy => {
                self.is_due |= is_first && is_resting;
                self.react();
            }
        }
    }

    /// Lets the battery react to the last orders and returns what all came to.
    pub fn finish(&mut self) -> IntrinsicResult {
        self.react();
        self.result
    }

    /// What the result is worth after fees and the wear of what runs.
    #[must_use]
    pub fn profit(&self) -> f64 {
        let run: i64 = (0..self.books.len())
            .map(|product| self.battery.position(product).abs())
            .sum();
        self.result.cash
            - self.result.traded_mwh * self.terms.costs.fee
            - run as f64 * LOT_MW * self.hours * self.terms.costs.wear
    }

    /// All trades so far.
    #[must_use]
    pub fn fills(&self) -> &[IntrinsicFill] {
        &self.fills
    }

    /// Position of each product in lots, bought above zero.
    #[must_use]
    pub fn positions(&self) -> Vec<i64> {
        let products = 0..self.books.len();
        products
            .map(|product| self.battery.position(product))
            .collect()
    }

    fn gate_of(&self, product: usize) -> i64 {
        self.first_delivery_ms + product as i64 * self.terms.product_ms - self.terms.gate_ms
    }

    /// Closes products and drops orders whose time is over.
    fn pass_time(&mut self) {
        while self.closed < self.books.len() && self.gate_of(self.closed) <= self.now_ms {
            self.battery.set_book(self.closed, None);
            self.books[self.closed] = ProductBook::default();
            self.touch(self.closed);
            self.closed += 1;
            self.battery.deliver_before(self.closed);
        }
        if self.terms.rules == IntrinsicRules::EveryChange {
            self.expire();
        }
    }

    /// Drops orders whose time is over.
    fn expire(&mut self) {
        while let Some(Reverse((until_ms, product))) = self.expiries.peek().copied() {
            if until_ms > self.now_ms {
                break;
            }
            self.expiries.pop();
            if self.books[product].expire(self.now_ms) {
                self.touch(product);
                self.is_due = true;
            }
        }
    }

    fn touch(&mut self, product: usize) {
        let is_deep = self.books[product].is_deep_or_empty(self.depth_lots);
        if self.is_shallow[product] == is_deep {
            self.is_shallow[product] = !is_deep;
            self.shallow = if is_deep {
                self.shallow - 1
            } else {
                self.shallow + 1
            };
        }
        if self.touched.last() != Some(&product) {
            self.touched.push(product);
        }
    }

    fn react(&mut self) {
        if !self.is_due {
            return;
        }
        if self.terms.rules == IntrinsicRules::BitePy {
            self.expire();
            if self.shallow > 0 {
                return;
            }
        }
        self.is_due = false;
        self.show_touched();
        self.result.solves += 1;
        let mut found = std::mem::take(&mut self.found);
        self.battery.trades(&mut found);
        if !found.is_empty() {
            self.result.trades += 1;
            for trade in &found {
                self.execute(*trade);
            }
        }
        self.found = found;
    }

    fn execute(&mut self, trade: IntrinsicTrade) {
        let book = &mut self.books[trade.product];
        let (side, sign) = if trade.lots > 0 {
            (Side::Sell, -1.0)
        } else {
            (Side::Buy, 1.0)
        };
        let wanted = trade.lots.abs();
        let (left, cash) = book.side(side).take(wanted, |_| true);
        assert!(left == 0, "the battery trades only what rests");
        let cash = cash * self.hours;
        self.result.cash += sign * cash;
        self.fills.push(IntrinsicFill {
            at_ms: self.now_ms,
            trade,
            cash: sign * cash,
        });
        self.result.traded_mwh += wanted as f64 * LOT_MW * self.hours;
        self.touch(trade.product);
    }

    /// Tells the battery of the books that changed.
    fn show_touched(&mut self) {
        while let Some(product) = self.touched.pop() {
            if product < self.closed {
                continue;
            }
            let book = &self.books[product];
            book.bids.depth(self.depth_lots, &mut self.bids);
            book.asks.depth(self.depth_lots, &mut self.asks);
            self.battery.set_book(
                product,
                Some(Depth {
                    bids: &self.bids,
                    asks: &self.asks,
                }),
            );
        }
    }
}

#[cfg(test)]
mod tests;
