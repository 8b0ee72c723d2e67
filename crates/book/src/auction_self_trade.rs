//! Self-trade prevention in an auction.
//!
//! Prevention comes before the price, so that the price is the one at which the most of what may
//! trade trades: the auction is tried, the first pair that may not trade is treated as its mode says,
//! and the auction is tried anew, until no such pair is left.

use wattbook_domain::order::SelfTradePrevention;

use crate::auction::Clearing;
use crate::book::OrderBook;
use crate::event::{BookEvent, BookSink};
use crate::ladder::NO_RANK;

/// Two orders of one trading book that an auction would match.
struct Conflict {
    older: u32,
    newer: u32,
    /// What they would have traded with each other, in lots.
    volume: i64,
}

/// Hears nothing: of an auction that is only tried.
struct Deaf;

impl BookSink for Deaf {
    fn on_event(&mut self, _: &BookEvent) {}
}

impl OrderBook {
    /// What the auction brings once no two orders that may not trade would.
    pub(crate) fn prevented_clearing<S: BookSink>(&mut self, sink: &mut S) -> Option<Clearing> {
        let prevents = self.rest.config.auctions_prevent_self_trades && self.asks_for_prevention();
        loop {
            let clearing = self.clearing()?;
            if !prevents {
                return Some(clearing);
            }
            let Some(conflict) = self.first_conflict(clearing.price) else {
                return Some(clearing);
            };
            self.settle_conflict(&conflict, sink);
        }
    }

    /// Whether an order in the book has a mode at all: without one the auction need not be tried.
    fn asks_for_prevention(&self) -> bool {
        let has_mode = |slot| self.node(slot).self_trade() != SelfTradePrevention::Allow;
        (0..2).any(|side| {
            self.displayed(side).any(has_mode)
                || self.rest.dark[side]
                    .within(NO_RANK - 1)
                    .any(|order| has_mode(order.slot))
        })
    }

    /// The first pair that an auction at `price` would match and that may not trade, found on a copy
    /// of the book. No order enters while the copy trades, so its slots are the slots of the book.
    fn first_conflict(&self, price: i64) -> Option<Conflict> {
        let mut copy = self.clone();
        while let Some((buyer, seller)) = copy.next_pair(price) {
            let (older, newer) = copy.by_age(buyer, seller);
            if copy.is_self_trade(newer, older) {
                // On the copy an iceberg may be slices ahead: a round takes what is shown now.
                let open = |slot| copy.node(slot).open.min(self.node(slot).open);
                let volume = open(older).min(open(newer));
                return Some(Conflict {
                    older,
                    newer,
                    volume,
                });
            }
            copy.trade_in_auction(buyer, seller, price, &mut Deaf);
            copy.after_fill(buyer, seller, &mut Deaf);
        }
        None
    }

    /// Two orders, the older first. Nobody arrives in an auction, so the ids tell: those of one client
    /// rise.
    fn by_age(&self, one: u32, other: u32) -> (u32, u32) {
        if self.id_of(one) < self.id_of(other) {
            (one, other)
        } else {
            (other, one)
        }
    }

    fn settle_conflict<S: BookSink>(&mut self, conflict: &Conflict, sink: &mut S) {
        let Conflict {
            older,
            newer,
            volume,
        } = *conflict;
        if self.node(newer).self_trade() == SelfTradePrevention::Decrement {
            self.decrement(newer, older, volume, sink);
        } else {
            self.prevent_self_trade(newer, older, sink);
        }
    }
}
