//! What orders of coupled books trade with: their equals, and blocks with their parts.

use crate::coupled::CoupledBooks;
use crate::coupled::walk::Walk;
use crate::ladder::NO_RANK;
use crate::node::NIL;
use crate::rank;

impl CoupledBooks {
    /// Plans what `slot` with `wanted` open trades at ranks no worse than `bound`; what is left of it.
    pub(super) fn plan_for(&mut self, slot: u32, bound: i64, wanted: i64) -> i64 {
        let (book, zone) = (self.book_of(slot), self.zone(slot));
        let side = self.nodes[slot].side_index();
        let span = self.span_of(book);
        let mut walk = self.walk(book, zone, side, bound);
        if self.config.rules.implied_matching && span.is_block() {
            return self.plan_block(slot, &mut walk, wanted);
        }
        let mut left = wanted;
        while left > 0 {
            let Some(candidate) = self.peek(&mut walk, left) else {
                break;
            };
            left -= self.meet(&mut walk, candidate, slot, left);
        }
        left
    }

    /// As [`CoupledBooks::plan_for`], of a block that also meets the displayed orders of its contracts:
    /// the cheaper first, its equals at the same price. A step with its contracts takes the same
    /// volume in each, at prices whose mean is within its limit.
    fn plan_block(&mut self, slot: u32, walk: &mut Walk, wanted: i64) -> i64 {
        let contracts = self.span_of(walk.book).contracts();
        let count = contracts.len() as i128;
        let (zone, side) = (walk.zone, walk.side);
        let cost = |rank: i64| cost(rank, side);
        let limit = cost(walk.bound) * count;
        let any = i64::MAX - 1;
        let mut parts: Vec<Walk> = Vec::with_capacity(contracts.len());
        for contract in contracts {
            parts.push(self.walk(contract as u32, zone, side, any));
        }
        let mut left = wanted;
        while left > 0 {
            let equal = self.peek(walk, left);
            let implied = self.implied_cost(&mut parts).filter(|cost| *cost <= limit);
            match (equal, implied) {
                (Some(equal), implied)
                    if implied.is_none_or(|implied| cost(equal.rank) * count <= implied) =>
                {
                    left -= self.meet(walk, equal, slot, left);
                }
                (_, Some(_)) => left -= self.meet_parts(&mut parts, slot, left),
                _ => break,
            }
        }
        left
    }

    /// Whether the best orders of its contracts are within the limit of `slot`, were there no borders.
    pub(super) fn parts_may_meet(&self, slot: u32, bound: i64) -> bool {
        let span = self.span_of(self.book_of(slot));
        if !self.config.rules.implied_matching || !span.is_block() {
            return false;
        }
        let side = self.nodes[slot].side_index();
        let mut sum = 0;
        for contract in span.contracts() {
            let best = self.books[contract].ladders[1 - side].best_rank;
            if best == NO_RANK {
                return false;
            }
            sum += cost(best, side);
        }
        sum <= cost(bound, side) * i128::from(span.count)
    }

    /// What one lot costs in all `parts` together; none where one has nobody to trade with.
    fn implied_cost(&mut self, parts: &mut [Walk]) -> Option<i128> {
        let mut sum = 0;
        for part in parts {
            // Nothing is wanted of all-or-none orders: they trade with orders of their contract.
            self.peek(part, 0);
            if part.slot == NIL {
                return None;
            }
            sum += cost(part.rank, part.side);
        }
        Some(sum)
    }

    /// Plans the same volume in every part; how much.
    fn meet_parts(&mut self, parts: &mut [Walk], slot: u32, wanted: i64) -> i64 {
        let mut volume = wanted;
        for part in parts.iter() {
            volume = volume.min(part.left).min(self.room(part));
        }
        for part in parts.iter_mut() {
            let maker = part.slot;
            self.step(part, (maker, slot), volume, wanted);
            part.pass(volume);
        }
        volume
    }
}

/// What an order of `side` pays for a lot at `rank` of the other side: less than zero is received.
fn cost(rank: i64, side: usize) -> i128 {
    let ticks = i128::from(rank::ticks(rank, 1 - side));
    if side == 0 { ticks } else { -ticks }
}
