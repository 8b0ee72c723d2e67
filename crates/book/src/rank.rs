//! Prices as each side ranks them: the lower, the better.

use wattbook_domain::Ticks;
use wattbook_domain::order::Side;

/// Largest magnitude of a price that a book takes, in ticks; ample for ±1e12 and far from overflow.
pub(crate) const MAX_TICKS: i64 = 1 << 60;

/// Largest volume of an order, in lots; the sum of eight million such orders does not overflow.
pub(crate) const MAX_LOTS: i64 = 1 << 40;

/// Where market buys rest during a call: above every price, and ranked as [`MARKET_SELL`] is.
pub const MARKET_BUY: Ticks = Ticks::new((1 << 61) - 1);

/// Where market sells rest during a call: below every price.
pub const MARKET_SELL: Ticks = Ticks::new(-(1 << 61));

/// The position of `side` in an array of both sides.
#[inline]
pub(crate) const fn index(side: Side) -> usize {
    side as usize - 1
}

/// All ones for buys, which rank high prices first, and zero for sells.
#[inline]
pub(crate) const fn mask(side: usize) -> i64 {
    side as i64 - 1
}

/// The rank of `ticks` on `side`. The complement reverses the order of all integers without
/// overflow, and the rank of the same price on the other side is the complement of the rank.
#[inline]
pub(crate) const fn rank(ticks: i64, side: usize) -> i64 {
    ticks ^ mask(side)
}

/// The price of `rank` on `side`.
#[inline]
pub(crate) const fn ticks(rank: i64, side: usize) -> i64 {
    rank ^ mask(side)
}

/// The worst rank of the other side that an order of `side` takes; every rank without a limit.
pub(crate) const fn bound(side: usize, limit: Option<i64>) -> i64 {
    match limit {
        Some(limit) => rank(limit, 1 - side),
        None => i64::MAX - 1,
    }
}
