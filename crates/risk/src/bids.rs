//! Open orders at what they would have to pay, for limits of spot trading.

use std::collections::BTreeMap;

use wattbook_domain::{Money, OrderId, Price, Side, Volume, state};
use wattbook_portfolio::{Contract, PositionSlot};

use crate::limits::{OpenVolume, Terms};
use crate::trading::Ask;

/// An open order at the worst price that it may pay.
#[derive(Debug, Clone, Copy, Default)]
struct Bid {
    /// Paid for a unit: a limit of a buy, what a seller adds at a price below zero; never below 0.
    pays: Price,
    volume: Volume,
}

state!(Bid { pays, volume });

impl Bid {
    /// The order with an ask on top. An amended order counts in whole at the dearer of its prices:
    /// until the venue has answered it may trade at either.
    fn with(self, ask: &Ask, terms: &Terms) -> Self {
        Self {
            pays: self.pays.max(pays(ask.side, ask.price, terms)),
            volume: self.volume + ask.reserved(),
        }
    }
}

/// What a unit costs at most, at a limit or at the venue's bound.
fn pays(side: Side, price: Option<Price>, terms: &Terms) -> Price {
    let pays = match side {
        Side::Buy => price.unwrap_or(terms.max_price).millionths(),
        Side::Sell => -price.unwrap_or(terms.min_price).millionths(),
    };
    Price::from_millionths(pays.max(0))
}

/// By position and order. Orders from before the first limit of spot trading stand together, under
/// the order number 0, at the venue's bound.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bids {
    is_kept: bool,
    orders: BTreeMap<u32, BTreeMap<(OrderId, u8), Bid>>,
}

state!(Bids { is_kept, orders });

impl Bids {
    /// Whether any limit asks for it.
    #[inline(always)]
    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Keeps account from now on, of `open` orders by position and the terms of their instruments.
    pub(crate) fn keep<'a>(&mut self, open: impl Iterator<Item = (u32, OpenVolume, &'a Terms)>) {
        if std::mem::replace(&mut self.is_kept, true) {
            return;
        }
        for (slot, open, terms) in open {
            for (side, volume) in [(Side::Buy, open.buy), (Side::Sell, open.sell)] {
                if volume > Volume::ZERO {
                    let pays = pays(side, None, terms);
                    let orders = self.orders.entry(slot).or_default();
                    orders.insert((OrderId::default(), side as u8), Bid { pays, volume });
                }
            }
        }
    }

    /// What the orders of a position have to pay in the contract's currency.
    pub(crate) fn payable(&self, slot: PositionSlot, contract: &Contract) -> Money {
        let orders = self.orders.get(&slot.0).into_iter().flatten();
        orders.fold(Money::ZERO, |sum, (_, bid)| {
            sum + contract.value(bid.pays, bid.volume)
        })
    }

    /// What an ask adds to it.
    pub(crate) fn added(&self, ask: &Ask, slot: PositionSlot, on: (&Terms, &Contract)) -> Money {
        let (terms, contract) = on;
        let orders = self.orders.get(&slot.0);
        let old = orders.and_then(|orders| orders.get(&(ask.order_id, ask.side as u8)));
        let old = old.copied().unwrap_or_default();
        let new = old.with(ask, terms);
        contract.value(new.pays, new.volume) - contract.value(old.pays, old.volume)
    }

    /// Takes note of an ask that passed.
    pub(crate) fn pass(&mut self, ask: &Ask, slot: PositionSlot, terms: &Terms) {
        let orders = self.orders.entry(slot.0).or_default();
        let bid = orders.entry((ask.order_id, ask.side as u8)).or_default();
        *bid = bid.with(ask, terms);
    }

    /// Takes `volume` of an order off: it was filled or ended.
    pub(crate) fn release(
        &mut self,
        order_id: OrderId,
        slot: PositionSlot,
        side: Side,
        volume: Volume,
    ) {
        let Some(orders) = self.orders.get_mut(&slot.0) else {
            return;
        };
        let own = (order_id, side as u8);
        let earlier = (OrderId::default(), side as u8);
        let key = if orders.contains_key(&own) {
            own
        } else {
            earlier
        };
        if let Some(bid) = orders.get_mut(&key) {
            bid.volume -= volume;
            if bid.volume <= Volume::ZERO {
                orders.remove(&key);
            }
        }
        if orders.is_empty() {
            self.orders.remove(&slot.0);
        }
    }
}
