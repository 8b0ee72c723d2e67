//! The way of one order through the orders of a book, before anything trades.

use std::collections::VecDeque;

use crate::coupled::CoupledBooks;
use crate::coupled::network::Zones;
use crate::coupled::plan::Step;
use crate::ladder::NO_RANK;
use crate::node::NIL;

/// Where an order has come to in a book. It meets best price first, at one price displayed orders
/// first and then by time, and passes what it cannot reach. What it cannot reach now it will not reach
/// later on its way: see [`CoupledBooks::settle`].
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) book: u32,
    pub(super) zone: usize,
    /// Of the order.
    pub(super) side: usize,
    /// The worst rank of the other side that it takes.
    pub(super) bound: i64,
    /// Whether slices of icebergs follow those that are gone.
    pub(super) refills: bool,
    /// The displayed order whose turn it is, or [`NIL`], its rank, and what is left of its slice.
    pub(super) slot: u32,
    pub(super) rank: i64,
    pub(super) left: i64,
    /// What lies behind that slice.
    reserve: i64,
    /// Icebergs that have joined the end of the queue again, with all that is left of them.
    again: VecDeque<(u32, i64)>,
    in_again: bool,
    /// All-or-none orders that are taken.
    taken: Vec<u32>,
}

impl Walk {
    /// Notes that `traded` of the displayed order whose turn it is are gone. The next one is looked for
    /// when it is asked for: most orders are done by now.
    pub(super) fn pass(&mut self, traded: i64) {
        self.left -= traded;
        if self.left == 0 && self.reserve > 0 && self.refills {
            self.again.push_back((self.slot, self.reserve));
        }
    }
}

/// Whom an order meets next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) slot: u32,
    pub(super) rank: i64,
    pub(super) is_whole: bool,
}

impl CoupledBooks {
    /// Begins the way of an order of `side` in `zone`.
    pub(super) fn walk(&mut self, book: u32, zone: usize, side: usize, bound: i64) -> Walk {
        let mut walk = Walk {
            book,
            zone,
            side,
            bound,
            refills: true,
            slot: NIL,
            rank: NO_RANK,
            left: 0,
            reserve: 0,
            again: VecDeque::new(),
            in_again: false,
            taken: Vec::new(),
        };
        if self.books[book as usize].ladders[1 - side].best_rank <= bound {
            let reach = self.reach(book, zone, side);
            if let Some(slot) = self.first(book, 1 - side, reach, bound) {
                self.stand(&mut walk, slot);
            }
        }
        walk
    }

    #[inline]
    pub(super) fn reach(&mut self, book: u32, zone: usize, side: usize) -> Zones {
        let paths = &mut self.books[book as usize].paths;
        paths.reach(&self.network, zone, side)
    }

    fn stand(&self, walk: &mut Walk, slot: u32) {
        walk.slot = slot;
        walk.rank = self.levels[self.nodes[slot].level].rank;
        walk.left = self.nodes[slot].open;
        walk.reserve = self.whole_open(slot) - walk.left;
    }

    /// The next order that a taker with `wanted` left meets.
    pub(super) fn peek(&mut self, walk: &mut Walk, wanted: i64) -> Option<Candidate> {
        if walk.slot != NIL {
            let reach = self.reach(walk.book, walk.zone, walk.side);
            if walk.left == 0 || reach >> self.zone(walk.slot) & 1 == 0 {
                self.advance(walk, reach);
            }
        }
        let displayed = (walk.slot != NIL).then_some(Candidate {
            slot: walk.slot,
            rank: walk.rank,
            is_whole: false,
        });
        if self.books[walk.book as usize].whole[1 - walk.side].is_empty() {
            return displayed;
        }
        self.peek_whole(walk, wanted).or(displayed)
    }

    /// The first all-or-none order before the displayed one whose turn it is that fits into `wanted`.
    fn peek_whole(&mut self, walk: &Walk, wanted: i64) -> Option<Candidate> {
        let displayed = if walk.slot == NIL { NO_RANK } else { walk.rank };
        let before = displayed.min(walk.bound + 1);
        let waiting = &self.books[walk.book as usize].whole[1 - walk.side];
        let fits = |key: &&(i64, u64, u32)| {
            self.nodes[key.2].open <= wanted && !walk.taken.contains(&key.2)
        };
        let fitting = waiting.range(..(before, 0, 0)).filter(fits);
        let fitting: Vec<(i64, u64, u32)> = fitting.copied().collect();
        fitting.into_iter().find_map(|(rank, _, slot)| {
            self.carries(walk, slot).then_some(Candidate {
                slot,
                rank,
                is_whole: true,
            })
        })
    }

    /// Whether the borders carry all of `maker` to or from the order on its way.
    fn carries(&mut self, walk: &Walk, maker: u32) -> bool {
        if !self.may_carry(walk, maker) {
            return false;
        }
        let (keep, opened) = (self.plan.steps.len(), self.network.opened);
        let volume = self.nodes[maker].open;
        let left = self.move_whole(walk, maker, maker, volume);
        self.roll_back(keep);
        self.network.opened = opened;
        left == 0
    }

    /// Whether all of `maker` fits through the borders of its zone and of that of the order on its way.
    fn may_carry(&self, walk: &Walk, maker: u32) -> bool {
        let zone = self.zone(maker);
        let volume = self.nodes[maker].open;
        let periods = &self.books[walk.book as usize].paths.periods;
        let fits = |zone, side| self.network.may_pass((zone, side), periods, volume);
        zone == walk.zone || (fits(walk.zone, walk.side) && fits(zone, 1 - walk.side))
    }

    /// Plans trades of `maker`, an all-or-none order, path by path; what no path carries of it.
    fn move_whole(&mut self, walk: &Walk, maker: u32, taker: u32, wanted: i64) -> i64 {
        let mut left = self.nodes[maker].open;
        let mut taker_open = wanted;
        while left > 0 {
            let reach = self.reach(walk.book, walk.zone, walk.side);
            if reach >> self.zone(maker) & 1 == 0 {
                break;
            }
            let traded = self.step(walk, (maker, taker), left, taker_open);
            left -= traded;
            taker_open -= traded;
        }
        left
    }

    /// Plans the trade with `candidate`; how much.
    pub(super) fn meet(
        &mut self,
        walk: &mut Walk,
        candidate: Candidate,
        taker: u32,
        wanted: i64,
    ) -> i64 {
        if candidate.is_whole {
            walk.taken.push(candidate.slot);
            let volume = self.nodes[candidate.slot].open;
            return volume - self.move_whole(walk, candidate.slot, taker, wanted);
        }
        let volume = walk.left.min(wanted);
        let traded = self.step(walk, (candidate.slot, taker), volume, wanted);
        walk.pass(traded);
        traded
    }

    /// Plans one trade of at most `volume` over the shortest path with room; how much.
    pub(super) fn step(
        &mut self,
        walk: &Walk,
        (maker, taker): (u32, u32),
        volume: i64,
        taker_open: i64,
    ) -> i64 {
        let other = self.zone(maker);
        // A trial may have left the paths as they were on its way.
        self.reach(walk.book, walk.zone, walk.side);
        let paths = &self.books[walk.book as usize].paths;
        let of = (walk.zone, walk.side);
        let traded = paths.send(&mut self.network, of, other, volume, &mut self.plan.hops);
        self.plan.steps.push(Step {
            book: walk.book,
            maker,
            taker,
            volume: traded,
            taker_open: taker_open - traded,
            path_end: self.plan.hops.len() as u32,
        });
        traded
    }

    /// What the path to the displayed order whose turn it is carries.
    pub(super) fn room(&mut self, walk: &Walk) -> i64 {
        let other = self.zone(walk.slot);
        if other == walk.zone {
            return i64::MAX;
        }
        self.reach(walk.book, walk.zone, walk.side);
        let start = self.plan.hops.len();
        let paths = &mut self.books[walk.book as usize].paths;
        let of = (walk.zone, walk.side);
        let room = paths.find(&self.network, of, other, &mut self.plan.hops);
        self.plan.hops.truncate(start);
        room
    }

    /// Goes on to the next displayed order in `reach`.
    fn advance(&mut self, walk: &mut Walk, reach: Zones) {
        let mut next = if walk.in_again {
            NIL
        } else {
            self.nodes[walk.slot].next
        };
        loop {
            while next != NIL {
                if reach >> self.zone(next) & 1 == 1 {
                    return self.stand(walk, next);
                }
                next = self.nodes[next].next;
            }
            if let Some((slot, whole)) = walk.again.pop_front() {
                walk.in_again = true;
                if reach >> self.zone(slot) & 1 == 1 {
                    walk.slot = slot;
                    walk.left = self.slice(slot).unwrap_or(whole).min(whole);
                    walk.reserve = whole - walk.left;
                    return;
                }
                continue;
            }
            walk.in_again = false;
            let (rank, level) =
                self.books[walk.book as usize].ladders[1 - walk.side].next(walk.rank);
            if rank > walk.bound {
                walk.slot = NIL;
                return;
            }
            walk.rank = rank;
            let is_here = self.may_have(level, reach);
            next = if is_here {
                self.levels[level].head
            } else {
                NIL
            };
        }
    }
}
