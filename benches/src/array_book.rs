//! The least that matching can cost: arrays indexed by price and order, and no events.
//!
//! It knows limit and immediate-or-cancel orders of one instrument, a price range fixed beforehand
//! and small order numbers, so it marks the limit of the machine rather than a usable book.

const NONE: u32 = u32::MAX;
const PRICES: usize = 1 << 14;
const WORDS: usize = PRICES / 64;

/// What an order found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fills {
    pub(crate) count: u64,
    pub(crate) lots: u64,
}

#[derive(Debug, Clone, Copy)]
struct Order {
    /// 0 when it is not in the book.
    lots: u32,
    price: u16,
    side: u16,
    before: u32,
    after: u32,
}

#[derive(Debug, Clone, Copy)]
struct Level {
    first: u32,
    last: u32,
}

/// One side: the queue at each price, a bit for each price that has one, and the best.
#[derive(Debug)]
struct Half {
    levels: Box<[Level; PRICES]>,
    occupied: [u64; WORDS],
    /// 0 for no bid, `PRICES` for no ask.
    best: usize,
}

#[derive(Debug)]
pub(crate) struct ArrayBook {
    orders: Vec<Order>,
    halves: [Half; 2],
}

const BID: usize = 0;

impl ArrayBook {
    /// A book for orders numbered up to `orders`.
    #[expect(
        clippy::large_stack_arrays,
        reason = "moved into its box at once, before the timing"
    )]
    pub(crate) fn new(orders: usize) -> Self {
        let gone = Order {
            lots: 0,
            price: 0,
            side: 0,
            before: NONE,
            after: NONE,
        };
        let half = |best| Half {
            levels: Box::new(
                [Level {
                    first: NONE,
                    last: NONE,
                }; PRICES],
            ),
            occupied: [0; WORDS],
            best,
        };
        Self {
            orders: vec![gone; orders + 1],
            halves: [half(0), half(PRICES)],
        }
    }

    #[inline]
    pub(crate) fn cancel(&mut self, order: u32) {
        if self.orders[order as usize].lots > 0 {
            self.remove(order);
        }
    }

    /// Matches up to `price` and leaves the rest in the book if it `rests`.
    #[inline]
    pub(crate) fn enter(
        &mut self,
        order: u32,
        side: usize,
        price: usize,
        mut lots: u32,
        rests: bool,
    ) -> Fills {
        let mut fills = Fills::default();
        while lots > 0 {
            let best = self.halves[1 - side].best;
            let crosses = if side == BID {
                best <= price
            } else {
                best >= price && best > 0
            };
            if !crosses {
                break;
            }
            let resting = self.halves[1 - side].levels[best].first;
            let found = &mut self.orders[resting as usize];
            let traded = found.lots.min(lots);
            fills.count += 1;
            fills.lots += u64::from(traded);
            lots -= traded;
            if found.lots == traded {
                self.remove(resting);
            } else {
                found.lots -= traded;
            }
        }
        if lots > 0 && rests {
            self.insert(order, side, price, lots);
        }
        fills
    }

    #[inline]
    fn insert(&mut self, order: u32, side: usize, price: usize, lots: u32) {
        let half = &mut self.halves[side];
        let level = &mut half.levels[price];
        self.orders[order as usize] = Order {
            lots,
            price: price as u16,
            side: side as u16,
            before: level.last,
            after: NONE,
        };
        if level.last == NONE {
            level.first = order;
            half.occupied[price / 64] |= 1 << (price % 64);
            half.best = if side == BID {
                half.best.max(price)
            } else {
                half.best.min(price)
            };
        } else {
            self.orders[level.last as usize].after = order;
        }
        level.last = order;
    }

    #[inline]
    fn remove(&mut self, order: u32) {
        let Order {
            price,
            side,
            before,
            after,
            ..
        } = self.orders[order as usize];
        self.orders[order as usize].lots = 0;
        let (price, side) = (price as usize, side as usize);
        let half = &mut self.halves[side];
        let level = &mut half.levels[price];
        if before == NONE {
            level.first = after;
        } else {
            self.orders[before as usize].after = after;
        }
        if after == NONE {
            level.last = before;
        } else {
            self.orders[after as usize].before = before;
        }
        if level.first == NONE {
            half.occupied[price / 64] &= !(1 << (price % 64));
            if price == half.best {
                half.best = half.next_best(side);
            }
        }
    }
}

impl Half {
    /// The best occupied price at or behind the last best.
    fn next_best(&self, side: usize) -> usize {
        if side == BID {
            let words = self.occupied[..=self.best / 64].iter().enumerate().rev();
            words
                .filter(|(_, word)| **word != 0)
                .map(|(at, word)| at * 64 + 63 - word.leading_zeros() as usize)
                .next()
                .unwrap_or(0)
        } else {
            let words = self.occupied.iter().enumerate().skip(self.best / 64);
            words
                .filter(|(_, word)| **word != 0)
                .map(|(at, word)| at * 64 + word.trailing_zeros() as usize)
                .next()
                .unwrap_or(PRICES)
        }
    }
}
