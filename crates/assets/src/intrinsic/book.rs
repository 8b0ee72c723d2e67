//! The book of one product: resting orders by price and time, each with its last instant.

use wattbook_domain::Side;

use super::{LOT_MW, Level};

/// One side of a book, the best last.
#[derive(Debug, Clone)]
pub(super) struct Resting {
    orders: Vec<RestingOrder>,
    /// Of all orders, in lots.
    pub(super) lots: i64,
    /// No order goes before.
    next_expiry_ms: i64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct RestingOrder {
    pub(super) price: f64,
    pub(super) lots: i64,
    pub(super) valid_until_ms: i64,
}

impl Default for Resting {
    fn default() -> Self {
        Self {
            orders: Vec::new(),
            lots: 0,
            next_expiry_ms: i64::MAX,
        }
    }
}

/// Whether `price` is better than `other` for those who deal with `side`.
pub(super) fn is_better(side: Side, price: f64, other: f64) -> bool {
    match side {
        Side::Buy => price > other,
        Side::Sell => price < other,
    }
}

impl Resting {
    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Price of the best order.
    pub(super) fn best(&self) -> Option<f64> {
        self.orders.last().map(|order| order.price)
    }

    /// Takes up to `lots` of those that `allows` lets pass; returns what is left of them and the cash
    /// of the taken ones at their prices.
    pub(super) fn take(&mut self, mut lots: i64, allows: impl Fn(f64) -> bool) -> (i64, f64) {
        let mut cash = 0.0;
        while lots > 0 {
            let Some(best) = self.orders.last_mut() else {
                break;
            };
            if !allows(best.price) {
                break;
            }
            let taken = lots.min(best.lots);
            cash += taken as f64 * LOT_MW * best.price;
            lots -= taken;
            best.lots -= taken;
            self.lots -= taken;
            if best.lots == 0 {
                self.orders.pop();
            }
        }
        (lots, cash)
    }

    /// Adds an order behind those of its price.
    pub(super) fn add(&mut self, side: Side, order: RestingOrder) {
        // Most orders come near the best price, so a short scan from there beats halving.
        let worse = |one: &RestingOrder| is_better(side, order.price, one.price);
        let place = self.orders.iter().rposition(worse).map_or(0, |at| at + 1);
        self.orders.insert(place, order);
        self.lots += order.lots;
        self.next_expiry_ms = self.next_expiry_ms.min(order.valid_until_ms);
    }

    /// Drops what is no longer valid; says whether something was.
    pub(super) fn expire(&mut self, now_ms: i64) -> bool {
        if self.next_expiry_ms > now_ms {
            return false;
        }
        let count = self.orders.len();
        let (mut lots, mut next) = (0, i64::MAX);
        self.orders.retain(|order| {
            let is_valid = order.valid_until_ms > now_ms;
            if is_valid {
                lots += order.lots;
                next = next.min(order.valid_until_ms);
            }
            is_valid
        });
        (self.lots, self.next_expiry_ms) = (lots, next);
        self.orders.len() < count
    }

    /// The best levels, as many as hold `lots`.
    pub(super) fn depth(&self, lots: i64, levels: &mut Vec<Level>) {
        levels.clear();
        let mut left = lots;
        for order in self.orders.iter().rev() {
            if left <= 0 {
                break;
            }
            left -= order.lots;
            levels.push(Level {
                price: order.price,
                lots: order.lots,
            });
        }
    }
}

/// The book of a product.
#[derive(Debug, Clone, Default)]
pub(super) struct ProductBook {
    pub(super) bids: Resting,
    pub(super) asks: Resting,
}

impl ProductBook {
    pub(super) fn side(&mut self, side: Side) -> &mut Resting {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// Drops what is no longer valid; says whether something was.
    pub(super) fn expire(&mut self, now_ms: i64) -> bool {
        self.bids.expire(now_ms) | self.asks.expire(now_ms)
    }

    /// Whether each side is empty or both hold `lots`.
    pub(super) fn is_deep_or_empty(&self, lots: i64) -> bool {
        let least = self.bids.lots.min(self.asks.lots);
        least >= lots || (self.bids.is_empty() && self.asks.is_empty())
    }

    /// Matches an order of `side` with those that rest, then lets its rest rest.
    pub(super) fn enter(&mut self, side: Side, order: RestingOrder) {
        let allows = |price: f64| !is_better(side, price, order.price);
        let (left, _) = self.side(side.opposite()).take(order.lots, allows);
        if left > 0 {
            let rest = RestingOrder {
                lots: left,
                ..order
            };
            self.side(side).add(side, rest);
        }
    }
}
