//! An order enters the market: trades what it may, and rests or ends.

use wattbook_domain::Lots;
use wattbook_domain::report::VenueReason;

use crate::book::OrderBook;
use crate::config::CollarBreach;
use crate::dark::DarkOrder;
use crate::event::BookSink;
use crate::execute::Outcome;
use crate::extra::Place;
use crate::order::{Lifetime, Pricing};
use crate::rank;

/// What an order asks for as it enters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// Its limit, in ticks; none for a market order.
    pub(crate) limit: Option<i64>,
    /// Whether what is left may rest.
    pub(crate) rests: bool,
    /// Whether it must trade in whole at once.
    pub(crate) whole: bool,
}

impl Entry {
    /// A limit order with `lifetime`.
    pub(crate) fn limit(limit: i64, lifetime: Lifetime) -> Self {
        let immediate = [Lifetime::ImmediateOrCancel, Lifetime::FillOrKill];
        Self {
            limit: Some(limit),
            rests: !immediate.contains(&lifetime),
            whole: lifetime == Lifetime::FillOrKill,
        }
    }

    /// A market order with `lifetime`.
    pub(crate) fn market(lifetime: Lifetime) -> Self {
        Self {
            limit: None,
            rests: false,
            whole: lifetime == Lifetime::FillOrKill,
        }
    }
}

impl OrderBook {
    /// Lets `slot`, which waits nowhere, trade in continuous trading, then rests or ends it.
    pub(crate) fn enter<S: BookSink>(&mut self, slot: u32, entry: Entry, sink: &mut S) {
        let side = self.node(slot).side_index();
        let bound = rank::bound(side, entry.limit);
        let reach = bound.min(self.collar_bound(1 - side));
        let may_trade = self.would_fill(slot, entry);
        if may_trade && self.execute(slot, reach, sink) == Outcome::Ended {
            return;
        }
        let mut reason = VenueReason::Unfilled;
        if may_trade && reach < bound && self.has_maker_within(slot, bound) {
            reason = VenueReason::OutsideCollar;
            if self.rest.config.collars.on_breach == CollarBreach::Reject {
                return self.cancel_slot(slot, reason, sink);
            }
            self.rest.halts = true;
        }
        match entry.limit {
            Some(limit) if entry.rests => self.rest_order(slot, limit, sink),
            _ => self.cancel_slot(slot, reason, sink),
        }
    }

    /// Whether `slot` finds the least that an execution of it must bring.
    pub(crate) fn would_fill(&self, slot: u32, entry: Entry) -> bool {
        let side = self.node(slot).side_index();
        let reach = rank::bound(side, entry.limit).min(self.collar_bound(1 - side));
        let open = self.node(slot).open;
        let need = if entry.whole { open } else { self.need(slot) };
        (need <= 1 && !entry.whole) || self.executable(slot, reach) >= need
    }

    fn has_maker_within(&self, slot: u32, bound: i64) -> bool {
        let node = self.node(slot);
        self.next_maker(1 - node.side_index(), node.open)
            .is_some_and(|maker| maker.rank <= bound)
    }

    /// Enters a market-to-limit order: a limit order at the best displayed opposite price.
    pub(crate) fn enter_market_to_limit<S: BookSink>(
        &mut self,
        slot: u32,
        lifetime: Lifetime,
        sink: &mut S,
    ) {
        let opposite = 1 - self.node(slot).side_index();
        let ladder = &self.ladders[opposite];
        if self.levels_of(opposite).next().is_none() {
            return self.cancel_slot(slot, VenueReason::Unfilled, sink);
        }
        let limit = rank::ticks(ladder.best_rank, opposite);
        self.set_limit(slot, limit);
        self.enter(slot, Entry::limit(limit, lifetime), sink);
    }

    /// Makes `limit` the pricing of `slot` from now on.
    pub(crate) fn set_limit(&mut self, slot: u32, limit: i64) {
        if let Some(extra) = self.extra_mut(slot) {
            extra.order.pricing = Pricing::Limit(wattbook_domain::Ticks::new(limit));
        }
    }

    /// Rests `slot`, which waits nowhere, at `limit`.
    pub(crate) fn rest_order<S: BookSink>(&mut self, slot: u32, limit: i64, sink: &mut S) {
        let side = self.node(slot).side_index();
        if self.stays_dark(slot) {
            self.rest_dark(slot, rank::rank(limit, side));
        } else {
            self.split_iceberg(slot);
            self.display(slot, limit, sink);
        }
    }

    /// Rests `slot`, which waits nowhere, undisplayed at `rank`.
    pub(crate) fn rest_dark(&mut self, slot: u32, rank: i64) {
        let side = self.node(slot).side_index();
        let Some(extra) = self.extra_mut(slot) else {
            return;
        };
        extra.place = Place::Dark;
        extra.rank = rank;
        let sequence = extra.sequence;
        self.rest.dark[side].insert(DarkOrder {
            rank,
            sequence,
            slot,
        });
        self.refresh_switches();
    }

    /// Displayed and hidden lots of `slot` that are still open.
    pub(crate) fn whole_open(&self, slot: u32) -> Lots {
        let reserve = self.extra(slot).map_or(0, |extra| extra.reserve);
        Lots::new(self.node(slot).open + reserve)
    }
}
