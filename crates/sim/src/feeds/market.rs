//! The market behind simulated feeds.

use std::collections::BTreeMap;

use wattbook_domain::Side;

use crate::rng::Rng;

/// Orders of a side that a contract keeps, about.
const ORDERS: usize = 20;

/// Trades of the client's own orders that are kept, at least; a venue tells recent ones only.
const OWN_FILLS: usize = 1_000;

/// An order of the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedOrder {
    /// Buy or sell.
    pub side: Side,
    /// Price in 0.01 EUR/MWh; may be below zero.
    pub price_cents: i64,
    /// Volume in 0.1 MW.
    pub volume_tenths: i64,
}

/// A contract and its book.
#[derive(Debug, Clone, Default)]
pub struct FeedContract {
    /// The venue's number of it.
    pub id: u64,
    /// Delivery area.
    pub area: String,
    /// First second of delivery, since 1970 UTC.
    pub delivery_start: i64,
    /// First second after it.
    pub delivery_end: i64,
    /// Revision of the book; each step adds one.
    pub revision: u64,
    /// Open orders by number.
    pub orders: BTreeMap<u64, FeedOrder>,
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedStep {
    /// To which contract, by its place.
    pub contract: usize,
    /// Orders that changed, and what they are now; volume 0 if they are gone.
    pub changes: Vec<(u64, FeedOrder)>,
    /// Number, price and volume of a trade, in the units of orders.
    pub trade: Option<(u64, i64, i64)>,
}

/// A trade of an order of the client's own, which rested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnFill {
    /// The contract, by its place.
    pub contract: usize,
    /// Number of the trade.
    pub trade: u64,
    /// Number of the order.
    pub order: u64,
    /// The order as it stood; its volume is what was traded.
    pub traded: FeedOrder,
}

/// What happened to an order of the client's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnChange {
    Added,
    Modified,
    Deleted,
    PartlyExecuted,
    Executed,
}

/// Contracts whose books change at random.
#[derive(Debug, Clone)]
pub struct FeedMarket {
    rng: Rng,
    contracts: Vec<FeedContract>,
    own_fills: Vec<OwnFill>,
    next_order: u64,
    next_trade: u64,
}

impl FeedMarket {
    /// `contracts` hours from `first_second` on, in each of `areas`, empty.
    #[must_use]
    pub fn new(seed: u64, first_second: i64, contracts: u32, areas: &[&str]) -> Self {
        let hours = (0..contracts).flat_map(|hour| areas.iter().map(move |area| (hour, *area)));
        let contracts = hours.map(|(hour, area)| {
            let delivery_start = first_second + i64::from(hour) * 3_600;
            FeedContract {
                id: 1_000 + u64::from(hour),
                area: area.to_owned(),
                delivery_start,
                delivery_end: delivery_start + 3_600,
                ..FeedContract::default()
            }
        });
        Self {
            contracts: contracts.collect(),
            own_fills: Vec::new(),
            rng: Rng::new(seed, 7),
            next_order: 1,
            next_trade: 1,
        }
    }

    /// The contracts in order.
    #[must_use]
    pub fn contracts(&self) -> &[FeedContract] {
        &self.contracts
    }

    /// Whether an order is the client's own: every fourth is.
    #[must_use]
    pub const fn is_own(order: u64) -> bool {
        order.is_multiple_of(4)
    }

    /// Trades of the client's own orders, the latest thousand at least.
    #[must_use]
    pub fn own_fills(&self) -> &[OwnFill] {
        &self.own_fills
    }

    /// The trade of one of the client's own orders that `step`, the last one made, brought.
    pub(super) fn own_fill_of(&self, step: &FeedStep) -> Option<OwnFill> {
        let (trade, ..) = step.trade?;
        let last = self.own_fills.last().copied();
        last.filter(|fill| fill.trade == trade)
    }

    /// The client's own orders that stand: contract by its place, number and order.
    pub fn own_orders(&self) -> impl Iterator<Item = (usize, u64, FeedOrder)> {
        let contracts = self.contracts.iter().enumerate();
        contracts.flat_map(|(place, contract)| {
            let orders = contract.orders.iter();
            let own = orders.filter(|(number, _)| Self::is_own(**number));
            own.map(move |(number, order)| (place, *number, *order))
        })
    }

    /// What `step`, the last one made, did to the client's own orders.
    pub(super) fn own_changes(
        &self,
        step: &FeedStep,
    ) -> impl Iterator<Item = (u64, FeedOrder, OwnChange)> {
        let has_traded = step.trade.is_some();
        let newest = self.next_order - 1;
        let own = step.changes.iter();
        let own = own.filter(|(number, _)| Self::is_own(*number));
        own.map(move |(number, order)| {
            let change = match (has_traded, order.volume_tenths == 0) {
                (true, true) => OwnChange::Executed,
                (true, false) => OwnChange::PartlyExecuted,
                (false, true) => OwnChange::Deleted,
                // The newest order is told as added again when it is changed; the venue may.
                (false, false) if *number == newest => OwnChange::Added,
                (false, false) => OwnChange::Modified,
            };
            (*number, *order, change)
        })
    }

    /// Changes one book.
    pub fn step(&mut self) -> FeedStep {
        let contract = self.rng.below(self.contracts.len() as u64) as usize;
        let side = if self.rng.below(2) == 0 {
            Side::Buy
        } else {
            Side::Sell
        };
        let count = self.contracts[contract].orders.len();
        let draw = self.rng.below(100);
        let mut step = FeedStep {
            contract,
            changes: Vec::new(),
            trade: None,
        };
        match draw {
            0..50 if count < 2 * ORDERS => self.enter(side, &mut step),
            50..75 if count > 0 => self.amend(&mut step),
            95..100 if count > 0 => self.trade(side, &mut step),
            _ if count > 0 => self.withdraw(&mut step),
            _ => self.enter(side, &mut step),
        }
        let contract = &mut self.contracts[contract];
        contract.revision += 1;
        for (number, order) in &step.changes {
            if order.volume_tenths == 0 {
                contract.orders.remove(number);
            } else {
                contract.orders.insert(*number, *order);
            }
        }
        step
    }

    /// A new order on its own side of 40 EUR/MWh; the lowest prices are below zero.
    fn enter(&mut self, side: Side, step: &mut FeedStep) {
        let away = self.rng.between(1, 6_000);
        let order = FeedOrder {
            side,
            price_cents: 4_000 - side.sign() * away,
            volume_tenths: self.rng.between(1, 500),
        };
        step.changes.push((self.next_order, order));
        self.next_order += 1;
    }

    fn any_order(&mut self, contract: usize) -> Option<(u64, FeedOrder)> {
        let orders = &self.contracts[contract].orders;
        let place = self.rng.below(orders.len() as u64) as usize;
        let found = orders.iter().nth(place);
        found.map(|(number, order)| (*number, *order))
    }

    fn amend(&mut self, step: &mut FeedStep) {
        if let Some((number, mut order)) = self.any_order(step.contract) {
            order.volume_tenths = self.rng.between(1, 500);
            step.changes.push((number, order));
        }
    }

    fn withdraw(&mut self, step: &mut FeedStep) {
        if let Some((number, mut order)) = self.any_order(step.contract) {
            order.volume_tenths = 0;
            step.changes.push((number, order));
        }
    }

    /// Takes from the best order of `side`, if there is one.
    fn trade(&mut self, side: Side, step: &mut FeedStep) {
        let orders = self.contracts[step.contract].orders.iter();
        let of_side = orders.filter(|(_, order)| order.side == side);
        let best = of_side.max_by_key(|(_, order)| side.sign() * order.price_cents);
        let Some((number, mut order)) = best.map(|(number, order)| (*number, *order)) else {
            return self.enter(side, step);
        };
        let taken = self.rng.between(1, order.volume_tenths);
        if Self::is_own(number) {
            if self.own_fills.len() == 2 * OWN_FILLS {
                self.own_fills.drain(..OWN_FILLS);
            }
            self.own_fills.push(OwnFill {
                contract: step.contract,
                trade: self.next_trade,
                order: number,
                traded: FeedOrder {
                    volume_tenths: taken,
                    ..order
                },
            });
        }
        order.volume_tenths -= taken;
        step.changes.push((number, order));
        step.trade = Some((self.next_trade, order.price_cents, taken));
        self.next_trade += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_that_goes_on_and_on_keeps_its_size() {
        let mut market = FeedMarket::new(1, 0, 1, &["area"]);
        let mut traded = 0;
        for _ in 0..300_000 {
            let step = market.step();
            traded += usize::from(market.own_fill_of(&step).is_some());
            assert!(market.own_fills().len() <= 2 * OWN_FILLS);
            assert!(market.contracts()[0].orders.len() <= 3 * ORDERS);
        }
        assert!(traded > 2 * OWN_FILLS, "{traded}");
        assert!(market.own_fills().len() >= OWN_FILLS);
        assert!(market.own_fills().is_sorted_by_key(|fill| fill.trade));
    }
}
