//! What an order would trade, found before anything trades: borders are taken at once and given back
//! if it comes to nothing, orders change when it is carried out.

use wattbook_domain::id::{OrderId, TradeId};
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, Ticks};

use crate::coupled::CoupledBooks;
use crate::coupled::event::{CoupledEvent, CoupledSink};
use crate::coupled::network::Hop;
use crate::event::BookFill;
use crate::node::NIL;
use crate::rank;

/// The trades found so far, in the order in which they will be told.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// The paths of all steps, one after the other.
    pub(super) hops: Vec<Hop>,
}

/// One trade.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// The book of what is traded; that of the maker.
    pub(super) book: u32,
    pub(super) maker: u32,
    pub(super) taker: u32,
    pub(super) volume: i64,
    /// What is left of the taker.
    pub(super) taker_open: i64,
    /// Where its path ends in [`Plan::hops`]; it begins where the one before ends.
    pub(super) path_end: u32,
}

/// Who takes, as its fill tells it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taker {
    pub(super) order_id: OrderId,
    pub(super) side: Side,
    pub(super) zone: usize,
    /// What is left of it.
    pub(super) open: i64,
}

impl CoupledBooks {
    /// Gives back what the steps after the first `keep` took of borders, and forgets them.
    pub(super) fn roll_back(&mut self, keep: usize) {
        while self.plan.steps.len() > keep {
            let Some(step) = self.plan.steps.pop() else {
                break;
            };
            let start = self
                .plan
                .steps
                .last()
                .map_or(0, |step| step.path_end as usize);
            let periods = self.books[step.book as usize].paths.periods.clone();
            for hop in self.plan.hops.drain(start..) {
                self.network.flow(hop, periods.clone(), -step.volume);
            }
        }
    }

    /// Forgets a plan that is all there is since the last command.
    pub(super) fn give_back(&mut self) {
        self.roll_back(0);
        // What shut and opened on the way is as it was.
        self.network.opened = 0;
    }

    /// Carries the plan out: every step a fill, with the borders that it uses. Makers that are done
    /// end; takers stay, with nothing open when they are done.
    pub(super) fn carry_out<S: CoupledSink>(&mut self, sink: &mut S) {
        if self.plan.steps.is_empty() {
            return;
        }
        let mut plan = std::mem::take(&mut self.plan);
        let mut start = 0;
        for step in &plan.steps {
            let end = step.path_end as usize;
            self.carry_out_step(step, &plan.hops[start..end], sink);
            start = end;
        }
        plan.steps.clear();
        plan.hops.clear();
        self.plan = plan;
    }

    fn carry_out_step<S: CoupledSink>(&mut self, step: &Step, path: &[Hop], sink: &mut S) {
        let Step { maker, taker, .. } = *step;
        // Of a block in its parts every part tells the same rest; it shrinks once.
        self.take(taker, self.whole_open(taker) - step.taker_open);
        let arriving = self.nodes[taker];
        let told = Taker {
            order_id: OrderId(arriving.order_id),
            side: arriving.side(),
            zone: self.zone(taker),
            open: step.taker_open,
        };
        self.fill(step.book, maker, step.volume, &told, path, sink);
        let own = self.book_of(taker);
        if own != step.book && arriving.level != NIL {
            // A block at rest that trades with its parts.
            self.touch(own);
        }
        self.conclude(maker, sink);
    }

    /// Trades `volume` of `maker`, which stands in `book`, over `path`.
    #[inline]
    pub(super) fn fill<S: CoupledSink>(
        &mut self,
        book: u32,
        maker: u32,
        volume: i64,
        taker: &Taker,
        path: &[Hop],
        sink: &mut S,
    ) {
        self.take(maker, volume);
        self.trades += 1;
        let trade = TradeId(self.trades);
        let resting = self.nodes[maker];
        let rank = match resting.level {
            NIL => self.extra(maker).map_or(0, |extra| extra.rank),
            level => self.levels[level].rank,
        };
        let fill = BookFill {
            trade,
            price: Ticks::new(rank::ticks(rank, resting.side_index())),
            volume: Lots::new(volume),
            aggressor: Some(taker.side),
            maker: OrderId(resting.order_id),
            taker: taker.order_id,
            maker_open: Lots::new(self.whole_open(maker)),
            taker_open: Lots::new(taker.open),
        };
        sink.on_event(&CoupledEvent::Filled {
            span: self.span_of(book),
            fill,
            maker_zone: self.zone(maker),
            taker_zone: taker.zone,
        });
        for hop in path {
            let (from, to) = self.network.ends(*hop);
            let volume = Lots::new(volume);
            sink.on_event(&CoupledEvent::Flowed {
                trade,
                from,
                to,
                volume,
            });
        }
        self.touch(book);
    }

    /// Moves `traded` lots of `slot` from open to filled.
    #[inline]
    fn take(&mut self, slot: u32, traded: i64) {
        let node = &mut self.nodes[slot];
        node.open -= traded;
        node.filled += traded;
        if node.level != NIL {
            self.levels[node.level].volume -= traded;
        }
    }
}
