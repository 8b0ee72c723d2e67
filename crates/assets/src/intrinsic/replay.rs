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
mod tests {
    use super::*;

    fn replay(wear: f64, fee: f64, efficiency: f64) -> IntrinsicReplay {
        let limits = StoreLimits {
            charge_mw: 5.0,
            discharge_mw: 5.0,
            floor_mwh: 0.0,
            ceiling_mwh: 10.0,
            charge_efficiency: efficiency,
            discharge_efficiency: efficiency,
        };
        let terms = IntrinsicTerms {
            costs: TradingCosts { fee, wear },
            product_ms: HOUR_MS,
            gate_ms: HOUR_MS / 2,
            states: 11,
            rules: IntrinsicRules::EveryChange,
        };
        IntrinsicReplay::new(limits, terms, 3 * HOUR_MS, 4).unwrap()
    }

    fn order(minute: i64, hour: i64, side: Side, price: f64, lots: i64) -> IncomingOrder {
        IncomingOrder {
            at_ms: minute * 60_000,
            valid_until_ms: hour * HOUR_MS,
            delivery_ms: hour * HOUR_MS,
            side,
            price,
            lots,
        }
    }

    /// Wide books of the hours 3, 4 and 6.
    fn wide(replay: &mut IntrinsicReplay) {
        for hour in [3, 4, 6] {
            replay
                .apply(&order(0, hour, Side::Sell, 3_000.0, 200))
                .unwrap();
            replay
                .apply(&order(0, hour, Side::Buy, -3_000.0, 200))
                .unwrap();
        }
    }

    /// An order of the hour 5, or of hour 4, in the minute `at` until the minute `until`.
    fn passing(at: i64, until: i64, hour: i64, side: Side, price: f64, lots: i64) -> IncomingOrder {
        IncomingOrder {
            valid_until_ms: until * 60_000,
            ..order(at, hour, side, price, lots)
        }
    }

    /// How often the battery has looked after each order, from the first one on, behind books of
    /// `lots` on both sides of which an ask of the hour 4 goes in minute 7.
    fn looks(lots: i64, orders: &[IncomingOrder]) -> Vec<u64> {
        let mut replay = replay(0.0, 0.0, 1.0);
        replay.terms.rules = IntrinsicRules::BitePy;
        for hour in [3, 4, 5, 6] {
            let until = if hour == 4 { 7 } else { 60 * hour };
            let ask = passing(0, until, hour, Side::Sell, 3_000.0, lots);
            replay.apply(&ask).unwrap();
            let bid = order(0, hour, Side::Buy, -3_000.0, lots);
            replay.apply(&bid).unwrap();
        }
        let count = |order| {
            replay.apply(order).unwrap();
            replay.result.solves
        };
        let counts: Vec<u64> = orders.iter().map(count).collect();
        counts.iter().map(|count| count - counts[0]).collect()
    }

    // Each count is how often BitePy 0.6.16 solves on the same orders, from the first one on.
    #[test]
    fn the_peer_looks_after_orders_that_better_the_best_of_their_side() {
        let first = passing(1, 300, 5, Side::Sell, 100.0, 10);
        let equal = passing(2, 300, 5, Side::Sell, 100.0, 10);
        let worse = passing(2, 300, 5, Side::Sell, 200.0, 10);
        let better = passing(3, 300, 5, Side::Sell, 99.0, 10);
        assert_eq!(looks(200, &[first, equal, better]), [0, 0, 1]);
        assert_eq!(looks(200, &[first, worse, better]), [0, 0, 1]);
        // What is matched whole is none; what is left over is the best bid.
        let taken = passing(2, 300, 5, Side::Buy, 100.0, 10);
        let rest = passing(3, 300, 5, Side::Buy, 150.0, 10);
        assert_eq!(looks(200, &[first, taken, rest]), [0, 0, 1]);
    }

    #[test]
    fn the_peer_does_not_look_while_a_book_is_shallow() {
        let first = passing(1, 300, 5, Side::Sell, 100.0, 10);
        let waits = passing(8, 300, 5, Side::Sell, 98.0, 10);
        // Not the best of its side, but it makes the book deep enough for the one that waits.
        let deep = passing(9, 300, 4, Side::Sell, 3_000.0, 120);
        let none = passing(10, 300, 4, Side::Sell, 3_000.0, 120);
        assert_eq!(looks(100, &[first, waits, deep, none]), [0, 0, 1, 1]);
    }

    #[test]
    fn to_the_peer_what_expired_is_still_the_best_until_its_book_is_touched() {
        let first = passing(1, 300, 5, Side::Sell, 100.0, 10);
        let gone = passing(2, 3, 5, Side::Sell, 50.0, 10);
        let next = passing(5, 300, 5, Side::Sell, 55.0, 10);
        assert_eq!(looks(200, &[first, gone, next]), [0, 1, 1]);
        let touch = passing(4, 300, 5, Side::Sell, 1_000.0, 10);
        assert_eq!(looks(200, &[first, gone, touch, next]), [0, 1, 1, 2]);
        let elsewhere = passing(4, 300, 6, Side::Sell, 95.0, 10);
        assert_eq!(looks(200, &[first, gone, elsewhere, next]), [0, 1, 2, 3]);
    }

    // Each outcome is what BitePy 0.6.16 earns on the same orders.
    #[test]
    fn a_spread_is_taken_as_the_peer_takes_it() {
        for (wear, fee, efficiency, expected) in
            [(0.0, 0.0, 1.0, 450.0), (4.0, 0.09, 0.95, 361.145)]
        {
            let mut replay = replay(wear, fee, efficiency);
            wide(&mut replay);
            replay.apply(&order(1, 3, Side::Sell, 10.0, 80)).unwrap();
            replay.apply(&order(2, 6, Side::Buy, 100.0, 80)).unwrap();
            replay.finish();
            assert!(
                (replay.profit() - expected).abs() < 1e-9,
                "{}",
                replay.profit()
            );
        }
    }

    #[test]
    fn what_rests_deeper_is_taken_at_the_next_occasion_as_by_the_peer() {
        let mut replay = replay(0.0, 0.0, 1.0);
        wide(&mut replay);
        replay.apply(&order(1, 3, Side::Sell, 10.0, 13)).unwrap();
        replay.apply(&order(2, 3, Side::Sell, 20.0, 14)).unwrap();
        replay.apply(&order(3, 3, Side::Sell, 90.0, 90)).unwrap();
        replay.apply(&order(4, 6, Side::Buy, 100.0, 21)).unwrap();
        replay.apply(&order(5, 6, Side::Buy, 60.0, 200)).unwrap();
        replay
            .apply(&order(10, 5, Side::Sell, 3_500.0, 10))
            .unwrap();
        let result = replay.finish();
        assert!((replay.profit() - 205.0).abs() < 1e-9, "{result:?}");
    }

    #[test]
    fn the_gate_closes_half_an_hour_before_delivery_as_of_the_peer() {
        for (minute, expected) in [(149, 450.0), (150, 0.0)] {
            let mut replay = replay(0.0, 0.0, 1.0);
            wide(&mut replay);
            replay.apply(&order(1, 3, Side::Sell, 10.0, 80)).unwrap();
            replay
                .apply(&order(minute, 6, Side::Buy, 100.0, 80))
                .unwrap();
            replay.finish();
            assert!((replay.profit() - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn orders_that_cross_or_expire_are_gone_before_the_battery_looks() {
        let mut replay = replay(0.0, 0.0, 1.0);
        wide(&mut replay);
        replay.apply(&order(1, 3, Side::Sell, 10.0, 80)).unwrap();
        replay.apply(&order(2, 3, Side::Buy, 12.0, 60)).unwrap();
        replay.apply(&order(3, 6, Side::Buy, 100.0, 80)).unwrap();
        replay.finish();
        assert!((replay.profit() - 180.0).abs() < 1e-9);

        let mut replay = self::replay(0.0, 0.0, 1.0);
        wide(&mut replay);
        let mut short = order(1, 3, Side::Sell, 10.0, 80);
        short.valid_until_ms = 5 * 60_000;
        replay.apply(&short).unwrap();
        replay.apply(&order(6, 6, Side::Buy, 100.0, 80)).unwrap();
        assert!(replay.finish().traded_mwh.abs() < 1e-12);
    }

    #[test]
    fn a_quarter_hour_moves_and_pays_a_quarter_of_an_hour() {
        let limits = StoreLimits {
            charge_mw: 5.0,
            discharge_mw: 5.0,
            floor_mwh: 0.0,
            ceiling_mwh: 2.5,
            charge_efficiency: 1.0,
            discharge_efficiency: 1.0,
        };
        let quarter_ms = HOUR_MS / 4;
        let terms = IntrinsicTerms {
            costs: TradingCosts {
                fee: 0.1,
                wear: 1.0,
            },
            product_ms: quarter_ms,
            gate_ms: 5 * 60_000,
            states: 11,
            rules: IntrinsicRules::EveryChange,
        };
        let mut replay = IntrinsicReplay::new(limits, terms, 3 * HOUR_MS, 4).unwrap();
        for (quarter, bid, ask) in [(0, 9.0, 10.0), (1, 11.0, 12.0), (3, 100.0, 101.0)] {
            let delivery_ms = 3 * HOUR_MS + quarter * quarter_ms;
            for (side, price) in [(Side::Buy, bid), (Side::Sell, ask)] {
                let order = IncomingOrder {
                    delivery_ms,
                    valid_until_ms: delivery_ms,
                    ..order(1, 3, side, price, 80)
                };
                replay.apply(&order).unwrap();
            }
        }
        let result = replay.finish();
        // 5 MW fill 1.25 MWh at most, which is what the last quarter-hour takes out again.
        assert_eq!(replay.positions(), [50, 0, 0, -50]);
        assert!((result.cash - 1.25 * 90.0).abs() < 1e-9, "{result:?}");
        assert!((replay.profit() - 1.25 * 90.0 + 2.5 * 1.1).abs() < 1e-9);
    }

    #[test]
    fn an_order_that_steps_back_in_time_is_refused() {
        let mut replay = replay(0.0, 0.0, 1.0);
        replay.apply(&order(2, 3, Side::Sell, 10.0, 80)).unwrap();
        let refused = replay.apply(&order(1, 3, Side::Sell, 10.0, 80));
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .starts_with("time of an order is 60000")
        );
    }
}
