//! The price levels of one side, in order, over any range of prices.
//!
//! Levels lie in pages of 64 neighbouring prices with a bitmap of the levels in use; pages are found
//! by hash and ordered by a [`Tree`] of bitmaps. So a dense book stays within a few cache lines, a
//! level at −1e12 costs as much as one at the touch, and nothing is ever moved or recentred.

use wattbook_domain::{Lots, Ticks};

use crate::book::DepthLevel;
use crate::event::TopOfBook;
use crate::node::NIL;
use crate::rank;
use crate::table::Table;
use crate::tree::Tree;

/// The rank of an empty side: worse than every price.
pub(crate) const NO_RANK: i64 = i64::MAX;

const PAGE_BITS: u32 = 6;
const PAGE_LEVELS: usize = 1 << PAGE_BITS;

/// One price of one side: a queue of orders.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    /// Price as seen from its side: the lower, the better ([`crate::rank`]).
    pub(crate) rank: i64,
    /// Displayed lots.
    pub(crate) volume: i64,
    /// First in the queue.
    pub(crate) head: u32,
    /// Last in the queue.
    pub(crate) tail: u32,
    /// Orders in the queue.
    pub(crate) orders: u32,
    page: u32,
}

/// All levels of both sides; slots of given up levels are used again.
#[derive(Debug, Clone)]
pub(crate) struct Levels {
    levels: Vec<Level>,
    free: u32,
}

impl Levels {
    pub(crate) fn new() -> Self {
        Self {
            levels: Vec::with_capacity(1_024),
            free: NIL,
        }
    }

    /// Slots made so far.
    pub(crate) fn len(&self) -> usize {
        self.levels.len()
    }

    #[inline(never)]
    fn insert(&mut self, rank: i64, page: u32) -> u32 {
        let level = Level {
            rank,
            volume: 0,
            head: NIL,
            tail: NIL,
            orders: 0,
            page,
        };
        if self.free == NIL {
            self.levels.push(level);
            return self.levels.len() as u32 - 1;
        }
        let at = self.free;
        self.free = self.levels[at as usize].head;
        self.levels[at as usize] = level;
        at
    }

    fn remove(&mut self, at: u32) {
        self.levels[at as usize].head = self.free;
        self.free = at;
    }
}

impl std::ops::Index<u32> for Levels {
    type Output = Level;

    #[inline]
    fn index(&self, at: u32) -> &Level {
        &self.levels[at as usize]
    }
}

impl std::ops::IndexMut<u32> for Levels {
    #[inline]
    fn index_mut(&mut self, at: u32) -> &mut Level {
        &mut self.levels[at as usize]
    }
}

/// Sixty-four neighbouring ranks. A level stays allotted until its page is given up.
#[derive(Debug, Clone)]
struct Page {
    occupied: u64,
    key: u64,
    levels: [u32; PAGE_LEVELS],
}

/// One side of the book.
#[derive(Debug, Clone)]
pub(crate) struct Ladder {
    /// The best rank in use, or [`NO_RANK`].
    pub(crate) best_rank: i64,
    /// The level of the best rank, or [`NIL`].
    pub(crate) best: u32,
    /// The last page that ran empty. It stays until another one does, so that a level that comes
    /// and goes costs nothing.
    spare: u32,
    pages: Vec<Page>,
    free: Vec<u32>,
    table: Table,
    tree: Tree,
}

/// Ranks in unsigned order, without the bits inside a page.
#[inline]
const fn page_key(rank: i64) -> u64 {
    (rank as u64 ^ (1 << 63)) >> PAGE_BITS
}

#[inline]
const fn rank_at(key: u64, bit: u32) -> i64 {
    ((key << PAGE_BITS | bit as u64) ^ (1 << 63)) as i64
}

impl Ladder {
    pub(crate) fn new() -> Self {
        Self {
            best_rank: NO_RANK,
            best: NIL,
            spare: NIL,
            pages: Vec::new(),
            free: Vec::new(),
            table: Table::with_capacity(0),
            tree: Tree::new(),
        }
    }

    /// The level of `rank`, made when missing; the caller puts an order into it at once.
    #[inline]
    pub(crate) fn occupy(&mut self, rank: i64, levels: &mut Levels) -> u32 {
        let key = page_key(rank);
        let page_at = match self.table.get(key) {
            0 => self.add_page(key),
            found => found as u32 - 1,
        };
        let bit = (rank as u64 % PAGE_LEVELS as u64) as usize;
        let page = &mut self.pages[page_at as usize];
        page.occupied |= 1 << bit;
        let mut level = page.levels[bit];
        if level == NIL {
            level = levels.insert(rank, page_at);
            page.levels[bit] = level;
        }
        if rank < self.best_rank {
            self.best_rank = rank;
            self.best = level;
        }
        level
    }

    /// The level of `rank`, if it has orders.
    pub(crate) fn find(&self, rank: i64) -> Option<u32> {
        let found = self.table.get(page_key(rank));
        if found == 0 {
            return None;
        }
        let page = &self.pages[found as usize - 1];
        let bit = rank as u64 % PAGE_LEVELS as u64;
        (page.occupied >> bit & 1 == 1).then(|| page.levels[bit as usize])
    }

    /// Takes `level`, whose last order has left, out of the order of levels.
    #[inline]
    pub(crate) fn vacate(&mut self, level: u32, levels: &mut Levels) {
        let Level { rank, page, .. } = levels[level];
        let bit = rank as u64 % PAGE_LEVELS as u64;
        let entry = &mut self.pages[page as usize];
        entry.occupied &= !(1 << bit);
        if level == self.best && entry.occupied != 0 {
            let bit = entry.occupied.trailing_zeros();
            self.best = entry.levels[bit as usize];
            self.best_rank = rank_at(entry.key, bit);
            return;
        }
        if entry.occupied == 0 {
            self.empty_page(page, level, levels);
        }
    }

    /// The page has run empty: moves the best level on and gives up the page that ran empty before.
    #[inline(never)]
    fn empty_page(&mut self, page: u32, level: u32, levels: &mut Levels) {
        if level == self.best {
            (self.best_rank, self.best) = self.after(self.pages[page as usize].key);
        }
        let old = std::mem::replace(&mut self.spare, page);
        if old != NIL && old != page && self.pages[old as usize].occupied == 0 {
            self.remove_page(old, levels);
        }
    }

    /// The best occupied level in the pages after `key`.
    fn after(&self, mut key: u64) -> (i64, u32) {
        while let Some(next) = self.tree.next_after(key) {
            let page = &self.pages[self.table.get(next) as usize - 1];
            if page.occupied != 0 {
                let bit = page.occupied.trailing_zeros();
                return (rank_at(next, bit), page.levels[bit as usize]);
            }
            key = next;
        }
        (NO_RANK, NIL)
    }

    /// The best level not before `rank`, as rank and level; [`NO_RANK`] and [`NIL`] at the end.
    pub(crate) fn at_or_after(&self, rank: i64) -> (i64, u32) {
        match self.find(rank) {
            Some(level) => (rank, level),
            None => self.next(rank),
        }
    }

    /// The best level after `rank`, as rank and level; [`NO_RANK`] and [`NIL`] at the end.
    pub(crate) fn next(&self, rank: i64) -> (i64, u32) {
        let key = page_key(rank);
        let bit = rank as u64 % PAGE_LEVELS as u64;
        let found = self.table.get(key);
        if found != 0 {
            let page = &self.pages[found as usize - 1];
            let later = page.occupied & (!0 << bit << 1);
            if later != 0 {
                let bit = later.trailing_zeros();
                return (rank_at(key, bit), page.levels[bit as usize]);
            }
        }
        self.after(key)
    }

    /// The levels in use, best first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let first = (self.best_rank, self.best);
        std::iter::successors(Some(first), move |(rank, _)| {
            (*rank != NO_RANK).then(|| self.next(*rank))
        })
        .map(|(_, level)| level)
        .take_while(|level| *level != NIL)
    }

    #[inline(never)]
    fn add_page(&mut self, key: u64) -> u32 {
        let page = Page {
            occupied: 0,
            key,
            levels: [NIL; PAGE_LEVELS],
        };
        let at = if let Some(at) = self.free.pop() {
            self.pages[at as usize] = page;
            at
        } else {
            self.pages.push(page);
            self.pages.len() as u32 - 1
        };
        self.table.set(key, u64::from(at) + 1);
        self.tree.insert(key);
        at
    }

    fn remove_page(&mut self, at: u32, levels: &mut Levels) {
        let page = &self.pages[at as usize];
        for level in page.levels.iter().filter(|level| **level != NIL) {
            levels.remove(*level);
        }
        self.table.remove(page.key);
        self.tree.remove(page.key);
        self.free.push(at);
    }
}

/// Best prices of both sides and their volumes.
pub(crate) fn top(ladders: &[Ladder; 2], levels: &Levels) -> TopOfBook {
    let best = |side: usize| {
        let ladder = &ladders[side];
        (ladder.best != NIL).then(|| {
            let volume = levels[ladder.best].volume;
            (
                Ticks::new(rank::ticks(ladder.best_rank, side)),
                Lots::new(volume),
            )
        })
    };
    TopOfBook {
        bid: best(0),
        ask: best(1),
    }
}

/// The levels of `side`, best first.
pub(crate) fn depth<'a>(
    ladders: &'a [Ladder; 2],
    levels: &'a Levels,
    side: usize,
) -> impl Iterator<Item = DepthLevel> + 'a {
    ladders[side].iter().map(move |level| {
        let level = &levels[level];
        DepthLevel {
            price: Ticks::new(rank::ticks(level.rank, side)),
            volume: Lots::new(level.volume),
            orders: level.orders,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_ladder_keeps_any_ranks_in_order(
            steps in proptest::collection::vec((0_i64..60, any::<bool>()), 0..300),
            stride in prop_oneof![Just(1_i64), Just(64), 1_i64..40_000_000_000],
            from in -1_000_000_000_000_i64..1_000_000_000_000,
        ) {
            let mut ladder = Ladder::new();
            let mut levels = Levels::new();
            let mut model = BTreeMap::new();
            for (number, add) in steps {
                let rank = from + number * stride;
                if add {
                    model.insert(rank, ladder.occupy(rank, &mut levels));
                } else if let Some(level) = model.remove(&rank) {
                    ladder.vacate(level, &mut levels);
                }
                let first = model.first_key_value().map_or((NO_RANK, NIL), |(r, l)| (*r, *l));
                prop_assert_eq!((ladder.best_rank, ladder.best), first);
                let mut at = i64::MIN;
                for (rank, level) in &model {
                    prop_assert_eq!(ladder.next(at), (*rank, *level));
                    prop_assert_eq!(ladder.find(*rank), Some(*level));
                    at = *rank;
                }
                prop_assert_eq!(ladder.next(at.max(from)), (NO_RANK, NIL));
            }
        }
    }
}
