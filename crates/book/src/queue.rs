//! Moves orders into and out of the queues of levels, and ends them.

use wattbook_domain::id::OrderId;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, Ticks};

use crate::book::OrderBook;
use crate::dark::DarkOrder;
use crate::event::{BookEvent, BookSink};
use crate::extra::Place;
use crate::ladder::{Ladder, Level, Levels};
use crate::node::{NIL, Nodes};
use crate::order::{Lifetime, Pricing};
use crate::rank;

/// Puts `slot` at the end of the queue of `rank` in `ladder`.
#[inline]
pub(crate) fn join(
    nodes: &mut Nodes,
    levels: &mut Levels,
    ladder: &mut Ladder,
    slot: u32,
    rank: i64,
) {
    let at = ladder.occupy(rank, levels);
    let level = &mut levels[at];
    let node = &mut nodes[slot];
    node.level = at;
    node.prev = level.tail;
    node.next = NIL;
    append(nodes, level, slot);
}

/// Makes `slot`, whose node names the level and the one before it, the last of `level`.
#[inline]
pub(crate) fn append(nodes: &mut Nodes, level: &mut Level, slot: u32) {
    let node = &nodes[slot];
    let tail = node.prev;
    level.volume += node.open;
    level.orders += 1;
    level.tail = slot;
    if tail == NIL {
        level.head = slot;
    } else {
        nodes[tail].next = slot;
    }
}

/// Takes `slot` out of the queue of its level in `ladder`.
#[inline]
pub(crate) fn leave(nodes: &mut Nodes, levels: &mut Levels, ladder: &mut Ladder, slot: u32) {
    let node = nodes[slot];
    let level = &mut levels[node.level];
    level.volume -= node.open;
    level.orders -= 1;
    if node.prev == NIL {
        level.head = node.next;
    } else {
        nodes[node.prev].next = node.next;
    }
    if node.next == NIL {
        level.tail = node.prev;
    } else {
        nodes[node.next].prev = node.prev;
    }
    if levels[node.level].head == NIL {
        ladder.vacate(node.level, levels);
    }
}

impl OrderBook {
    /// Puts `slot` at the end of the queue of `rank`.
    #[inline]
    pub(crate) fn enqueue(&mut self, slot: u32, side: usize, rank: i64) {
        let ladder = &mut self.ladders[side];
        join(&mut self.nodes, &mut self.levels, ladder, slot, rank);
    }

    /// Takes `slot` out of the queue of its level.
    #[inline]
    pub(crate) fn dequeue(&mut self, slot: u32) {
        let ladder = &mut self.ladders[self.nodes[slot].side_index()];
        leave(&mut self.nodes, &mut self.levels, ladder, slot);
    }

    /// Puts `slot`, which waits nowhere, at the end of the queue of `price`.
    pub(crate) fn requeue(&mut self, slot: u32, price: i64) {
        let side = self.node(slot).side_index();
        self.enqueue(slot, side, rank::rank(price, side));
        if let Some(extra) = self.extra_mut(slot) {
            extra.place = Place::Level;
        }
    }

    /// Displays `slot` at `price` and says so.
    pub(crate) fn display<S: BookSink>(&mut self, slot: u32, price: i64, sink: &mut S) {
        self.requeue(slot, price);
        sink.on_event(&BookEvent::Rested {
            order_id: OrderId(self.node(slot).order_id),
            side: self.node(slot).side(),
            price: Ticks::new(price),
            volume: Lots::new(self.node(slot).open),
        });
    }

    /// Takes `slot` out of wherever it waits; it is then [`Place::Moving`].
    pub(crate) fn lift(&mut self, slot: u32) {
        let node = self.nodes[slot];
        if node.level != NIL {
            self.dequeue(slot);
            self.nodes[slot].level = NIL;
            if let Some(extra) = self.extra_mut(slot) {
                extra.place = Place::Moving;
            }
            return;
        }
        let Some(extra) = self.rest.extras.get_mut(node.extra) else {
            return;
        };
        let place = std::mem::replace(&mut extra.place, Place::Moving);
        let (rank, sequence, trigger) = (extra.rank, extra.sequence, extra.trigger);
        let side = node.side_index();
        match place {
            Place::Dark => {
                self.rest.dark[side].remove(DarkOrder {
                    rank,
                    sequence,
                    slot,
                });
                self.refresh_switches();
            }
            Place::Stop => {
                if let Some(trigger) = trigger {
                    self.rest.triggers.remove(side, trigger, sequence, slot);
                }
                self.rest.trailing.retain(|other| *other != slot);
                self.refresh_switches();
            }
            Place::Pending => self.rest.pending.retain(|other| *other != slot),
            Place::Parked => self.rest.parked.retain(|other| *other != slot),
            Place::Moving | Place::Level => {}
        }
    }

    /// Ends `slot`: takes it out of everything that knows it.
    pub(crate) fn end(&mut self, slot: u32) {
        self.lift(slot);
        self.forget(slot);
    }

    /// Ends `slot`, which waits nowhere.
    pub(crate) fn forget(&mut self, slot: u32) {
        let node = self.nodes[slot];
        if node.extra != NIL {
            self.forget_extra(slot, node.extra);
        }
        let home = self.index.home(node.order_id);
        self.index.remove(home, node.order_id, slot);
        self.nodes.remove(slot);
    }

    fn forget_extra(&mut self, slot: u32, at: u32) {
        let extra = self.rest.extras[at];
        if let Lifetime::GoodTillDate(date) = extra.order.lifetime {
            let key = (date.nanos(), extra.sequence, slot);
            self.rest.expiries.remove(&key);
        }
        if matches!(extra.order.pricing, Pricing::Pegged { .. }) {
            self.rest.pegs.retain(|other| *other != slot);
        }
        if let Some(number) = extra.order.terms.one_cancels_other {
            self.leave_group(number, slot);
        }
        self.rest.extras.remove(at);
    }

    fn leave_group(&mut self, number: u64, slot: u32) {
        if let Some(members) = self.rest.groups.get_mut(&number) {
            members.retain(|other| *other != slot);
            if members.is_empty() {
                self.rest.groups.remove(&number);
            }
        }
    }

    /// Ends `slot` and says why.
    pub(crate) fn cancel_slot<S: BookSink>(
        &mut self,
        slot: u32,
        reason: VenueReason,
        sink: &mut S,
    ) {
        let reserve = self.extra(slot).map_or(0, |extra| extra.reserve);
        let node = self.node(slot);
        sink.on_event(&BookEvent::Cancelled {
            order_id: OrderId(node.order_id),
            volume: Lots::new(node.open + reserve),
            reason,
        });
        self.end(slot);
    }

    /// Cancels the other orders of the group of `slot`, which has just traded.
    pub(crate) fn cancel_others<S: BookSink>(&mut self, group: u64, slot: u32, sink: &mut S) {
        while let Some(other) = self
            .rest
            .groups
            .get(&group)
            .and_then(|members| members.iter().copied().find(|member| *member != slot))
        {
            self.cancel_slot(other, VenueReason::OneCancelsOther, sink);
        }
    }
}
