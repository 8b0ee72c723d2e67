//! How much an order would trade, without trading: for orders that take all or nothing.

use std::collections::VecDeque;

use wattbook_domain::order::SelfTradePrevention as Mode;

use crate::book::OrderBook;
use crate::dark::DarkOrder;
use crate::order::Display;

/// A dry run of one taker against one side.
struct Plan<'a> {
    book: &'a OrderBook,
    taker: u32,
    /// What the taker still has.
    open: i64,
    /// What it has traded.
    traded: i64,
    /// Groups that have traded, each with the member that did; their other members are gone.
    groups: Vec<(u64, u32)>,
}

/// Whether a dry run goes on.
#[derive(PartialEq, Eq)]
enum Step {
    On,
    Done,
}

/// What a displayed order has during a dry run.
struct Queued {
    slot: u32,
    shown: i64,
    reserve: i64,
}

impl OrderBook {
    /// Lots that `taker` would trade against orders that rank no worse than `bound`, by the rules of
    /// [`OrderBook::execute`]. May stop counting once all of its volume is found.
    pub(crate) fn executable(&self, taker: u32, bound: i64) -> i64 {
        let node = self.node(taker);
        let side = 1 - node.side_index();
        let is_simple = node.self_trade() == Mode::Allow
            && self.rest.dark[side].is_empty()
            && self.rest.groups.is_empty();
        if is_simple {
            return self.displayed_within(side, bound, node.open);
        }
        let mut plan = Plan {
            book: self,
            taker,
            open: node.open,
            traded: 0,
            groups: Vec::new(),
        };
        plan.run(side, bound);
        plan.traded
    }

    /// Lots of displayed orders, icebergs whole, that rank no worse than `bound`; at most `wanted`.
    pub(crate) fn displayed_within(&self, side: usize, bound: i64, wanted: i64) -> i64 {
        let mut found = 0;
        for level in self.levels_of(side) {
            if found >= wanted || self.levels[level].rank > bound {
                break;
            }
            found += self.whole_volume(level);
        }
        found.min(wanted)
    }

    /// Lots of a level, what icebergs hide included.
    pub(crate) fn whole_volume(&self, level: u32) -> i64 {
        let displayed = self.levels[level].volume;
        if self.rest.extras.is_empty() {
            return displayed;
        }
        let extras = self.queue(level).filter_map(|slot| self.extra(slot));
        displayed + extras.map(|extra| extra.reserve).sum::<i64>()
    }
}

impl Plan<'_> {
    /// Meets makers in priority order: displayed orders of a price, then undisplayed ones.
    fn run(&mut self, side: usize, bound: i64) {
        let book = self.book;
        let mut dark = book.rest.dark[side].within(bound).peekable();
        let levels = book.levels_of(side);
        for level in levels.take_while(|level| book.levels[*level].rank <= bound) {
            let rank = book.levels[level].rank;
            while let Some(order) = dark.next_if(|order| order.rank < rank) {
                if self.meet_dark(order) == Step::Done {
                    return;
                }
            }
            if self.meet_level(level) == Step::Done {
                return;
            }
        }
        for order in dark {
            if self.meet_dark(order) == Step::Done {
                return;
            }
        }
    }

    fn meet_dark(&mut self, order: DarkOrder) -> Step {
        if self.book.need(order.slot) > self.open {
            return Step::On;
        }
        let mut maker = Queued {
            slot: order.slot,
            shown: self.book.node(order.slot).open,
            reserve: 0,
        };
        self.meet(&mut maker)
    }

    fn meet_level(&mut self, level: u32) -> Step {
        let book = self.book;
        let queued = |slot: u32| Queued {
            slot,
            shown: book.node(slot).open,
            reserve: book.extra(slot).map_or(0, |extra| extra.reserve),
        };
        let mut queue: VecDeque<Queued> = book.queue(level).map(queued).collect();
        while let Some(mut maker) = queue.pop_front() {
            if self.meet(&mut maker) == Step::Done {
                return Step::Done;
            }
            if maker.shown == 0 && maker.reserve > 0 {
                maker.shown = self.slice(maker.slot).min(maker.reserve);
                maker.reserve -= maker.shown;
                queue.push_back(maker);
            }
        }
        Step::On
    }

    fn slice(&self, slot: u32) -> i64 {
        match self.book.extra(slot).map(|extra| extra.order.terms.display) {
            Some(Display::Iceberg(slice)) => slice.count(),
            _ => i64::MAX,
        }
    }

    /// The taker meets `maker`, whose turn it is.
    fn meet(&mut self, maker: &mut Queued) -> Step {
        let gone = |(group, member): &(u64, u32)| {
            *member != maker.slot && self.book.group(maker.slot) == Some(*group)
        };
        if self.groups.iter().any(gone) {
            maker.reserve = 0;
            return Step::On;
        }
        let volume = self.open.min(maker.shown);
        if self.book.is_self_trade(self.taker, maker.slot) {
            match self.book.node(self.taker).self_trade() {
                Mode::CancelNewest | Mode::CancelBoth => return Step::Done,
                Mode::CancelOldest | Mode::Allow => {
                    maker.reserve = 0;
                    return Step::On;
                }
                Mode::Decrement => {}
            }
        } else {
            self.traded += volume;
            if self.fill_groups(maker.slot) == Step::Done {
                return Step::Done;
            }
        }
        self.open -= volume;
        maker.shown -= volume;
        if self.open == 0 { Step::Done } else { Step::On }
    }

    /// Notes the groups that this fill ends; done when the taker is a member of the maker's.
    fn fill_groups(&mut self, maker: u32) -> Step {
        let (ours, theirs) = (self.book.group(self.taker), self.book.group(maker));
        if ours.is_some() && ours == theirs {
            return Step::Done;
        }
        self.groups.extend(theirs.map(|group| (group, maker)));
        self.groups.extend(ours.map(|group| (group, self.taker)));
        Step::On
    }
}
