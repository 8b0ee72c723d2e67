//! The long path: an order of any type trades against any resting orders.

use wattbook_domain::id::{OrderId, TradeId};
use wattbook_domain::order::SelfTradePrevention;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, Ticks};

use crate::book::OrderBook;
use crate::event::{BookEvent, BookFill, BookSink};
use crate::extra::Place;
use crate::ladder::NO_RANK;
use crate::node::NIL;
use crate::order::{Display, Quantity};
use crate::rank;

/// A resting order that may trade next, and its rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Maker {
    pub(crate) rank: i64,
    pub(crate) slot: u32,
}

/// What became of an order that went through [`OrderBook::execute`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It has ended: filled, or cancelled on the way.
    Ended,
    /// Some of it is left.
    Open,
}

impl OrderBook {
    /// The next order of `side` for a taker of `open` lots: by price; at one price displayed orders
    /// first; then by time. Undisplayed orders that need more than `open` are passed over.
    pub(crate) fn next_maker(&self, side: usize, open: i64) -> Option<Maker> {
        let ladder = &self.ladders[side];
        let better = ladder.best_rank;
        let dark = self.rest.dark[side]
            .iter()
            .take_while(|order| order.rank < better)
            .find(|order| self.need(order.slot) <= open);
        if let Some(order) = dark {
            return Some(Maker {
                rank: order.rank,
                slot: order.slot,
            });
        }
        if ladder.best != NIL {
            return Some(Maker {
                rank: better,
                slot: self.levels[ladder.best].head,
            });
        }
        None
    }

    /// The least lots that an execution of `slot` must bring.
    pub(crate) fn need(&self, slot: u32) -> i64 {
        let node = self.node(slot);
        self.extra(slot)
            .map_or(1, |extra| extra.need(node.filled, node.open))
    }

    /// Trades `taker`, which waits nowhere, against orders that rank no worse than `bound`.
    pub(crate) fn execute<S: BookSink>(&mut self, taker: u32, bound: i64, sink: &mut S) -> Outcome {
        let opposite = 1 - self.node(taker).side_index();
        loop {
            let open = self.node(taker).open;
            let Some(maker) = self.next_maker(opposite, open) else {
                return Outcome::Open;
            };
            if maker.rank > bound {
                return Outcome::Open;
            }
            let outcome = if self.is_self_trade(taker, maker.slot) {
                self.prevent_self_trade(taker, maker.slot, sink)
            } else {
                self.trade(taker, maker, sink);
                self.after_fill(maker.slot, taker, sink)
            };
            if outcome == Outcome::Ended {
                return outcome;
            }
        }
    }

    /// After a fill: what becomes of the maker, of the taker, then of the groups of both.
    pub(crate) fn after_fill<S: BookSink>(
        &mut self,
        maker: u32,
        taker: u32,
        sink: &mut S,
    ) -> Outcome {
        let taker_id = self.node(taker).order_id;
        let groups = [(self.group(maker), maker), (self.group(taker), taker)];
        self.refill(maker, sink);
        self.refill(taker, sink);
        for (group, slot) in groups {
            if let Some(group) = group {
                self.cancel_others(group, slot, sink);
            }
        }
        if self.slot_of(taker_id) == taker {
            Outcome::Open
        } else {
            Outcome::Ended
        }
    }

    pub(crate) fn group(&self, slot: u32) -> Option<u64> {
        self.extra(slot)?.order.terms.one_cancels_other
    }

    pub(crate) fn is_self_trade(&self, taker: u32, maker: u32) -> bool {
        let taker = self.node(taker);
        taker.self_trade() != SelfTradePrevention::Allow
            && taker.trading_book == self.node(maker).trading_book
    }

    /// Books the next trade of `taker` with `maker` and says so.
    fn trade<S: BookSink>(&mut self, taker: u32, maker: Maker, sink: &mut S) {
        let side = self.node(taker).side();
        let traded = self.node(taker).open.min(self.node(maker.slot).open);
        self.take(taker, traded);
        self.take(maker.slot, traded);
        let price = rank::ticks(maker.rank, 1 - rank::index(side));
        self.trades += 1;
        self.last = price;
        let reserve = self.extra(maker.slot).map_or(0, |extra| extra.reserve);
        let (taker, maker) = (self.node(taker), self.node(maker.slot));
        sink.on_event(&BookEvent::Filled(BookFill {
            trade: TradeId(self.trades),
            price: Ticks::new(price),
            volume: Lots::new(traded),
            aggressor: Some(side),
            maker: OrderId(maker.order_id),
            taker: OrderId(taker.order_id),
            maker_open: Lots::new(maker.open + reserve),
            taker_open: Lots::new(taker.open),
        }));
        self.watch_trade(price);
    }

    /// Moves `traded` lots of `slot` from open to filled.
    pub(crate) fn take(&mut self, slot: u32, traded: i64) {
        self.shrink(slot, traded);
        self.nodes[slot].filled += traded;
    }

    /// Takes `volume` lots off what `slot` has open.
    pub(crate) fn shrink(&mut self, slot: u32, volume: i64) {
        let node = &mut self.nodes[slot];
        node.open -= volume;
        if node.level != NIL {
            self.levels[node.level].volume -= volume;
        }
    }

    /// After a fill of a resting order: the next slice, its end, its display; then its group.
    pub(crate) fn after_maker<S: BookSink>(&mut self, slot: u32, sink: &mut S) {
        let group = self.group(slot);
        self.refill(slot, sink);
        if let Some(group) = group {
            self.cancel_others(group, slot, sink);
        }
    }

    /// Ends `slot` when nothing is left, or shows what may be shown now.
    pub(crate) fn refill<S: BookSink>(&mut self, slot: u32, sink: &mut S) {
        let node = *self.node(slot);
        let Some(extra) = self.extra(slot).copied() else {
            if node.open == 0 {
                self.end(slot);
            }
            return;
        };
        if node.open == 0 && extra.reserve == 0 {
            self.end(slot);
        } else if node.open == 0 {
            self.replenish(slot, sink);
        } else if extra.place == Place::Dark && !self.stays_dark(slot) {
            self.lift(slot);
            self.split_iceberg(slot);
            let price = rank::ticks(extra.rank, node.side_index());
            self.display(slot, price, sink);
        }
    }

    /// Whether `slot` rests undisplayed.
    pub(crate) fn stays_dark(&self, slot: u32) -> bool {
        let filled = self.node(slot).filled;
        self.extra(slot).is_some_and(|extra| {
            let terms = extra.order.terms;
            extra.is_pegged()
                || terms.display == Display::Hidden
                || match terms.quantity {
                    Quantity::AllOrNone => true,
                    Quantity::Minimum(_) => filled == 0,
                    Quantity::Any => false,
                }
        })
    }

    /// Prevents a trade of `taker` with `maker`, which are of one trading book.
    pub(crate) fn prevent_self_trade<S: BookSink>(
        &mut self,
        taker: u32,
        maker: u32,
        sink: &mut S,
    ) -> Outcome {
        use SelfTradePrevention as Mode;
        let mode = self.node(taker).self_trade();
        if mode == Mode::Decrement {
            let volume = self.node(taker).open.min(self.node(maker).open);
            return self.decrement(taker, maker, volume, sink);
        }
        if mode == Mode::CancelOldest || mode == Mode::CancelBoth {
            self.cancel_slot(maker, VenueReason::SelfTrade, sink);
        }
        if mode == Mode::CancelNewest || mode == Mode::CancelBoth {
            self.cancel_slot(taker, VenueReason::SelfTrade, sink);
            return Outcome::Ended;
        }
        Outcome::Open
    }

    /// Shrinks both by `volume` and cancels what is empty.
    pub(crate) fn decrement<S: BookSink>(
        &mut self,
        taker: u32,
        maker: u32,
        volume: i64,
        sink: &mut S,
    ) -> Outcome {
        self.shrink(taker, volume);
        self.shrink(maker, volume);
        sink.on_event(&BookEvent::SelfTradeDecremented {
            maker: self.id_of(maker),
            taker: self.id_of(taker),
            volume: Lots::new(volume),
            maker_total: self.total(maker),
            taker_total: self.total(taker),
        });
        self.refill_decremented(maker, sink);
        self.refill_decremented(taker, sink)
    }

    /// The volume of an order: what is filled, shown and in reserve.
    fn total(&self, slot: u32) -> Lots {
        let node = self.node(slot);
        let reserve = self.extra(slot).map_or(0, |extra| extra.reserve);
        Lots::new(node.filled + node.open + reserve)
    }

    /// Shows the next slice of a decremented order, or cancels it when nothing is left.
    fn refill_decremented<S: BookSink>(&mut self, slot: u32, sink: &mut S) -> Outcome {
        if self.node(slot).open > 0 {
            return Outcome::Open;
        }
        if self.extra(slot).is_some_and(|extra| extra.reserve > 0) {
            self.replenish(slot, sink);
            return Outcome::Open;
        }
        self.cancel_slot(slot, VenueReason::SelfTrade, sink);
        Outcome::Ended
    }

    /// The worst rank of `side` within the dynamic collar.
    pub(crate) fn collar_bound(&self, side: usize) -> i64 {
        let dynamic = self.rest.config.collars.dynamic;
        let Some((distance, reference)) = dynamic.zip(self.rest.collar_reference) else {
            return NO_RANK - 1;
        };
        rank::rank(reference, side).saturating_add(distance.count())
    }
}
