//! The rolling intrinsic of a battery on books of hourly products, as a dynamic programme.
//!
//! At any instant the battery holds a position in each product. The programme finds the trades
//! against resting orders that earn most, given that positions can be run. Values are kept on a grid
//! of stored energy and are straight lines between its points; each product's trades are exact on
//! them. A change of one book leaves the values of all later products as they were.

use crate::battery_value::StoreLimits;
use crate::error::AssetError;

/// Volumes are whole lots of this many MW.
pub const LOT_MW: f64 = 0.1;
/// Gains below this are rounding.
const GAIN_MIN: f64 = 1e-9;
/// Narrower pieces of energy, in `MWh`, are rounding.
const WIDTH_MIN: f64 = 1e-12;

/// A price and the lots that rest there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Currency per `MWh`.
    pub price: f64,
    /// Whole lots.
    pub lots: i64,
}

/// What rests in the book of one product, the best first.
#[derive(Debug, Clone, Copy)]
pub struct Depth<'a> {
    /// To sell to.
    pub bids: &'a [Level],
    /// To buy from.
    pub asks: &'a [Level],
}

/// One product as the programme sees it.
#[derive(Debug, Clone, Default)]
struct Stage {
    /// Bought less sold so far, in lots.
    position: i64,
    /// Whether it can be traded: both sides of its book are there and its gate is open.
    is_open: bool,
    /// Trades from least to greatest energy stored, by falling marginal cost; empty while closed.
    pieces: Vec<Piece>,
    /// Cash when as much is bought as can be.
    cash_at_most: f64,
    /// Stored energy when as much is bought as can be.
    most_mwh: f64,
}

/// A stretch of stored energy that one price pays for.
#[derive(Debug, Clone, Copy)]
struct Piece {
    width: f64,
    /// What a `MWh` less in the cells earns.
    slope: f64,
}

/// A trade of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntrinsicTrade {
    /// Number of the product.
    pub product: usize,
    /// Bought above zero, sold below.
    pub lots: i64,
}

/// Value of stored energy before a product: concave and piecewise linear on part of the range.
#[derive(Debug, Clone, Default)]
struct Worth {
    low: f64,
    at_low: f64,
    pieces: Vec<Piece>,
}

/// The books' view, positions and values of a battery that trades hourly products.
#[derive(Debug, Clone)]
pub struct RollingIntrinsic {
    limits: StoreLimits,
    cost: f64,
    cell_mwh: f64,
    stored_mwh: f64,
    first: usize,
    stages: Vec<Stage>,
    /// Value before each product; those from `valid` on hold.
    worth: Vec<Worth>,
    valid: usize,
    merged: Vec<Piece>,
}

impl RollingIntrinsic {
    /// A battery of `limits` before `products` hourly products, with `states` points of stored energy.
    /// Each traded `MWh` costs `cost`: fee and wear.
    ///
    /// # Errors
    /// [`AssetError::Number`] naming a limit, cost or count that is out of its range.
    pub fn new(
        limits: StoreLimits,
        products: usize,
        states: usize,
        cost: f64,
        initial_mwh: f64,
    ) -> Result<Self, AssetError> {
        limits.check()?;
        if states < 2 {
            return Err(AssetError::number("states", states as f64, "two or more"));
        }
        if !(cost.is_finite() && cost >= 0.0) {
            return Err(AssetError::number("cost", cost, "zero or more"));
        }
        if !(limits.floor_mwh..=limits.ceiling_mwh).contains(&initial_mwh) {
            let fix = "energy from floor to ceiling";
            return Err(AssetError::number("initial_mwh", initial_mwh, fix));
        }
        let end = Worth {
            low: 0.0,
            at_low: 0.0,
            pieces: vec![Piece {
                width: limits.range_mwh(),
                slope: 0.0,
            }],
        };
        Ok(Self {
            limits,
            cost,
            cell_mwh: limits.range_mwh() / (states - 1) as f64,
            stored_mwh: initial_mwh - limits.floor_mwh,
            first: 0,
            stages: vec![Stage::default(); products],
            worth: vec![end; products + 1],
            valid: products,
            merged: Vec::new(),
        })
    }

    /// Position of a product in lots, bought above zero.
    #[must_use]
    pub fn position(&self, product: usize) -> i64 {
        self.stages[product].position
    }

    /// Energy in the cells before the first product that is still to be run, in `MWh`.
    #[must_use]
    pub fn stored_mwh(&self) -> f64 {
        self.limits.floor_mwh + self.stored_mwh
    }

    /// Takes over the book of a product; `None` closes it to trading and keeps its position.
    pub fn set_book(&mut self, product: usize, depth: Option<Depth<'_>>) {
        let (limits, cost) = (self.limits, self.cost);
        let stage = &mut self.stages[product];
        match depth {
            Some(depth) if !depth.bids.is_empty() && !depth.asks.is_empty() => {
                stage.open(&limits, cost, depth);
            }
            _ if !stage.is_open => return,
            _ => stage.is_open = false,
        }
        self.valid = self.valid.max(product + 1);
    }

    /// Runs all products before `product`: their positions move the cells for good.
    pub fn deliver_before(&mut self, product: usize) {
        while self.first < product.min(self.stages.len()) {
            let change = stored(&self.limits, self.stages[self.first].position);
            self.stored_mwh = (self.stored_mwh + change).clamp(0.0, self.limits.range_mwh());
            self.first += 1;
        }
        self.valid = self.valid.max(self.first);
    }

    /// The trades that earn most now, and their gain; none when no trade pays. They are done: the
    /// caller takes them out of the books and gives the books anew.
    pub fn trades(&mut self, found: &mut Vec<IntrinsicTrade>) -> f64 {
        found.clear();
        while self.valid > self.first {
            self.valid -= 1;
            self.value_before(self.valid);
        }
        let gain = self.worth[self.first].at(self.stored_mwh);
        if gain <= GAIN_MIN {
            return 0.0;
        }
        let mut stored_now = self.stored_mwh;
        for product in self.first..self.stages.len() {
            let (stage, after) = (&self.stages[product], &self.worth[product + 1]);
            let lots = if stage.is_open {
                stage.best_position(&self.limits, after, stored_now)
            } else {
                stage.position
            };
            stored_now += stored(&self.limits, lots);
            if !after.leads_on_from(stored_now) {
                // Whole lots missed what later positions need; the next book may do better.
                found.clear();
                return 0.0;
            }
            if lots != stage.position {
                let lots = lots - stage.position;
                found.push(IntrinsicTrade { product, lots });
            }
        }
        for trade in found.iter() {
            self.stages[trade.product].position += trade.lots;
            self.valid = self.valid.max(trade.product + 1);
        }
        gain
    }

    /// Fills in the value before `product` from that after it.
    fn value_before(&mut self, product: usize) {
        let range = self.limits.range_mwh();
        let (before, after) = self.worth.split_at_mut(product + 1);
        let (worth, after) = (&mut before[product], &after[0]);
        let stage = &self.stages[product];
        if !stage.is_open {
            worth.shifted(after, stored(&self.limits, stage.position), range);
            return;
        }
        let merged = &mut self.merged;
        merged.clear();
        let (mut mine, mut theirs) = (
            stage.pieces.iter().peekable(),
            after.pieces.iter().peekable(),
        );
        while let Some(piece) = match (mine.peek(), theirs.peek()) {
            (Some(one), Some(other)) if one.slope >= other.slope => mine.next(),
            (Some(_), None) => mine.next(),
            _ => theirs.next(),
        } {
            merged.push(*piece);
        }
        let low = after.low - stage.most_mwh;
        let high = low + merged.iter().map(|piece| piece.width).sum::<f64>();
        worth.sample(
            merged,
            [low, after.at_low + stage.cash_at_most],
            [low.max(0.0), high.min(range)],
            self.cell_mwh,
        );
    }
}

/// What a position stores, in `MWh`.
fn stored(limits: &StoreLimits, lots: i64) -> f64 {
    let energy = lots as f64 * LOT_MW;
    if lots > 0 {
        energy * limits.charge_efficiency
    } else {
        energy / limits.discharge_efficiency
    }
}

/// The way from one position to another, in two steps where it crosses zero.
fn steps(from: i64, to: i64) -> impl Iterator<Item = (i64, i64)> {
    let middle = if from.signum() * to.signum() < 0 {
        0
    } else {
        to
    };
    [(from, middle), (middle, to)]
        .into_iter()
        .filter(|(from, to)| from != to)
}

/// The step from one position to another of the same sign, at one price.
fn piece(limits: &StoreLimits, (from, to): (i64, i64), price: f64) -> Piece {
    let width = (stored(limits, to) - stored(limits, from)).abs();
    let energy = (to - from).abs() as f64 * LOT_MW;
    Piece {
        width,
        slope: price * energy / width,
    }
}

impl Stage {
    /// Opens it to the trades that `depth` and the power of the battery allow.
    fn open(&mut self, limits: &StoreLimits, cost: f64, depth: Depth<'_>) {
        self.is_open = true;
        self.pieces.clear();
        let most = (limits.charge_mw / LOT_MW + 1e-9) as i64;
        let least = -((limits.discharge_mw / LOT_MW + 1e-9) as i64);
        let mut cash = 0.0;
        let mut at = self.position;
        for level in depth.asks {
            let to = most.min(at + level.lots);
            for step in steps(at, to) {
                let piece = piece(limits, step, level.price + cost);
                // Bought back, energy is worth less than bought anew only below zero: what lies
                // beyond such a kink is left for the next time.
                if self
                    .pieces
                    .last()
                    .is_some_and(|last| last.slope > piece.slope)
                {
                    break;
                }
                cash -= piece.width * piece.slope;
                at = step.1;
                self.pieces.push(piece);
            }
            if at != to || at == most {
                break;
            }
        }
        self.cash_at_most = cash;
        self.most_mwh = stored(limits, at);
        self.pieces.reverse();
        let mut at = self.position;
        for level in depth.bids {
            let to = least.max(at - level.lots);
            for step in steps(at, to) {
                let piece = piece(limits, step, level.price - cost);
                if self
                    .pieces
                    .last()
                    .is_some_and(|last| last.slope < piece.slope)
                {
                    break;
                }
                at = step.1;
                self.pieces.push(piece);
            }
            if at != to || at == least {
                break;
            }
        }
    }

    /// The best position from `energy_mwh` in the cells, in whole lots toward the one that is held.
    fn best_position(&self, limits: &StoreLimits, after: &Worth, energy_mwh: f64) -> i64 {
        let mut left = energy_mwh - (after.low - self.most_mwh);
        let mut change = self.most_mwh;
        let mut theirs = after.pieces.iter().peekable();
        let held = stored(limits, self.position);
        for piece in &self.pieces {
            // What is held stays where two choices are as good: buying less comes before energy of
            // equal value kept, selling more after it.
            let is_buying = change > held + WIDTH_MIN;
            let goes_first = |other: &&Piece| {
                other.slope > piece.slope || (!is_buying && other.slope >= piece.slope)
            };
            while let Some(other) = theirs.next_if(goes_first) {
                left -= other.width;
            }
            let taken = piece.width.min(left.max(0.0));
            change -= taken;
            left -= taken;
            if taken < piece.width {
                break;
            }
        }
        let energy = if change > 0.0 {
            change / limits.charge_efficiency
        } else {
            change * limits.discharge_efficiency
        };
        let lots = energy / LOT_MW;
        let near = lots.round();
        if (lots - near).abs() < 1e-6 {
            return near as i64;
        }
        // A sale is rounded down and so is a purchase, toward what is held, unless later positions
        // then miss energy or room.
        let (down, up) = (lots.floor() as i64, lots.ceil() as i64);
        let (near, far) = if lots > self.position as f64 {
            (down, up)
        } else {
            (up, down)
        };
        if after.leads_on_from(energy_mwh + stored(limits, near)) {
            near
        } else {
            far
        }
    }
}

impl Worth {
    /// What `energy` is worth; minus infinity where no plan leads on.
    fn at(&self, energy: f64) -> f64 {
        let mut left = energy - self.low;
        if left < -1e-9 {
            return f64::NEG_INFINITY;
        }
        let mut value = self.at_low;
        for piece in &self.pieces {
            let taken = piece.width.min(left);
            value += taken * piece.slope;
            left -= taken;
            if left <= 0.0 {
                return value;
            }
        }
        if left > 1e-9 {
            f64::NEG_INFINITY
        } else {
            value
        }
    }

    /// Whether a plan leads on from `energy`.
    fn leads_on_from(&self, energy: f64) -> bool {
        let high = self.low + self.pieces.iter().map(|piece| piece.width).sum::<f64>();
        energy >= self.low - 1e-9 && energy <= high + 1e-9
    }

    /// That of `after`, when `change` is stored in between.
    fn shifted(&mut self, after: &Self, change: f64, range: f64) {
        let high = after.low + after.pieces.iter().map(|piece| piece.width).sum::<f64>() - change;
        let low = (after.low - change).max(0.0);
        self.low = low;
        self.at_low = after.at(low + change);
        self.pieces.clear();
        let mut at = after.low - change;
        for piece in &after.pieces {
            let (from, to) = (at.max(low), (at + piece.width).min(high).min(range));
            at += piece.width;
            if to - from > WIDTH_MIN {
                self.pieces.push(Piece {
                    width: to - from,
                    slope: piece.slope,
                });
            }
        }
    }

    /// Takes over `pieces`, which begin at an energy with a value, at the grid points within `bounds`
    /// and at the bounds; straight lines between them.
    fn sample(
        &mut self,
        pieces: &[Piece],
        [start, value]: [f64; 2],
        [low, high]: [f64; 2],
        cell_mwh: f64,
    ) {
        self.pieces.clear();
        self.low = low;
        let (mut at, mut value) = (start, value);
        let mut pieces = pieces.iter();
        let mut current = pieces.next();
        let mut used = 0.0;
        let mut value_at = |target: f64| {
            while target - at > WIDTH_MIN {
                let Some(piece) = current else { break };
                let taken = (piece.width - used).min(target - at);
                value += taken * piece.slope;
                at += taken;
                used += taken;
                if piece.width - used <= WIDTH_MIN {
                    current = pieces.next();
                    used = 0.0;
                }
            }
            value
        };
        self.at_low = value_at(low);
        let mut node = (low / cell_mwh + 1e-9).floor() + 1.0;
        let (mut from, mut before) = (low, self.at_low);
        while from < high - WIDTH_MIN {
            let to = (node * cell_mwh).min(high);
            let next = value_at(to);
            self.pieces.push(Piece {
                width: to - from,
                slope: (next - before) / (to - from),
            });
            (from, before) = (to, next);
            node += 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits(efficiency: f64) -> StoreLimits {
        StoreLimits {
            charge_mw: 5.0,
            discharge_mw: 5.0,
            floor_mwh: 0.0,
            ceiling_mwh: 10.0,
            charge_efficiency: efficiency,
            discharge_efficiency: efficiency,
        }
    }

    fn level(price: f64, lots: i64) -> Level {
        Level { price, lots }
    }

    fn battery(efficiency: f64, cost: f64, products: usize) -> RollingIntrinsic {
        RollingIntrinsic::new(limits(efficiency), products, 11, cost, 0.0).unwrap()
    }

    fn done(battery: &mut RollingIntrinsic) -> (f64, Vec<(usize, i64)>) {
        let mut found = Vec::new();
        let gain = battery.trades(&mut found);
        (
            gain,
            found.iter().map(|one| (one.product, one.lots)).collect(),
        )
    }

    #[test]
    fn power_bought_cheap_is_sold_dear_as_far_as_the_power_goes() {
        let mut battery = battery(1.0, 0.0, 2);
        let (bid, ask) = ([level(9.0, 80)], [level(10.0, 80)]);
        battery.set_book(
            0,
            Some(Depth {
                bids: &bid,
                asks: &ask,
            }),
        );
        let (bid, ask) = ([level(100.0, 80)], [level(101.0, 80)]);
        battery.set_book(
            1,
            Some(Depth {
                bids: &bid,
                asks: &ask,
            }),
        );
        let (gain, found) = done(&mut battery);
        assert_eq!(found, [(0, 50), (1, -50)]);
        assert!((gain - 450.0).abs() < 1e-9);
    }

    #[test]
    fn a_sale_is_rounded_to_lots_that_the_cells_hold() {
        let mut battery = battery(0.95, 4.09, 2);
        let (bid, ask) = ([level(9.0, 80)], [level(10.0, 80)]);
        battery.set_book(
            0,
            Some(Depth {
                bids: &bid,
                asks: &ask,
            }),
        );
        let (bid, ask) = ([level(100.0, 80)], [level(101.0, 80)]);
        battery.set_book(
            1,
            Some(Depth {
                bids: &bid,
                asks: &ask,
            }),
        );
        // 5 MWh bought are 4.75 stored and 4.5125 sold, of which 4.5 are whole lots.
        assert_eq!(done(&mut battery).1, [(0, 50), (1, -45)]);
    }

    #[test]
    fn values_between_points_of_the_grid_are_straight_lines() {
        let mut battery = battery(1.0, 0.0, 2);
        let (bid, ask) = (
            [level(9.0, 9)],
            [level(10.0, 13), level(20.0, 14), level(90.0, 90)],
        );
        battery.set_book(
            0,
            Some(Depth {
                bids: &bid,
                asks: &ask,
            }),
        );
        let (bid, ask) = ([level(100.0, 21)], [level(3_000.0, 9)]);
        battery.set_book(
            1,
            Some(Depth {
                bids: &bid,
                asks: &ask,
            }),
        );
        // From 2 to 3 MWh only 0.1 sell: the line between says 10 a MWh, less than the next ask.
        assert_eq!(done(&mut battery).1, [(0, 20), (1, -20)]);
    }

    #[test]
    fn a_position_that_cannot_be_traded_back_is_run() {
        let mut battery = battery(1.0, 0.0, 3);
        for (product, price) in [(0, 10.0), (1, 40.0), (2, 60.0)] {
            let (bid, ask) = ([level(price, 50)], [level(price + 1.0, 50)]);
            battery.set_book(
                product,
                Some(Depth {
                    bids: &bid,
                    asks: &ask,
                }),
            );
        }
        assert_eq!(done(&mut battery).1, [(0, 50), (2, -50)]);
        battery.set_book(0, None);
        battery.deliver_before(1);
        assert!((battery.stored_mwh() - 5.0).abs() < 1e-9);
        // The dearest hour is gone: what is stored goes to the hour that is left, bought back here.
        let (bid, ask) = ([level(90.0, 50)], [level(91.0, 50)]);
        battery.set_book(
            1,
            Some(Depth {
                bids: &bid,
                asks: &ask,
            }),
        );
        assert_eq!(done(&mut battery).1, [(1, -50), (2, 50)]);
    }

    /// A random book; bids below asks.
    fn book() -> impl Strategy<Value = (Vec<Level>, Vec<Level>)> {
        let steps = prop::collection::vec((1_u32..20, 1_i64..40), 1..5);
        (5.0..120.0_f64, steps.clone(), steps).prop_map(|(mid, down, up)| {
            let side = |steps: Vec<(u32, i64)>, sign: f64| {
                let mut price = mid;
                let levels = steps.into_iter().map(|(step, lots)| {
                    price += sign * f64::from(step);
                    level(price, lots)
                });
                levels.collect::<Vec<_>>()
            };
            (side(down, -1.0), side(up, 1.0))
        })
    }

    /// Cash of a trade against a book.
    fn cash(levels: &[Level], lots: i64, cost: f64) -> f64 {
        let mut left = lots.abs();
        let mut total = 0.0;
        for level in levels {
            let taken = left.min(level.lots);
            let sign = -lots.signum() as f64;
            total += taken as f64 * LOT_MW * (sign * level.price - cost);
            left -= taken;
        }
        assert_eq!(left, 0, "more traded than rests");
        total
    }

    proptest! {
        #[test]
        fn trades_pay_what_they_promise_and_can_be_run(
            books in prop::collection::vec(book(), 2..9),
            efficiency in prop_oneof![Just(1.0), 0.85..1.0_f64],
            cost in 0.0..6.0_f64,
            rounds in 1_usize..4,
        ) {
            let mut battery = battery(efficiency, cost, books.len());
            for (product, (bids, asks)) in books.iter().enumerate() {
                battery.set_book(product, Some(Depth { bids, asks }));
            }
            let mut found = Vec::new();
            for round in 0..rounds {
                let gain = battery.trades(&mut found);
                let mut earned = 0.0;
                for trade in &found {
                    let (bids, asks) = &books[trade.product];
                    earned += cash(if trade.lots > 0 { asks } else { bids }, trade.lots, cost);
                }
                // Lots are rounded: at most a lot of each product at any price is lost.
                prop_assert!(earned >= gain - 0.1 * 260.0 * books.len() as f64, "{earned} {gain}");
                if efficiency > 1.0 - 1e-12 {
                    prop_assert!(earned >= gain - 1e-6, "{earned} {gain}");
                }
                let mut energy = 0.0;
                for product in 0..books.len() {
                    let lots = battery.position(product);
                    prop_assert!((-50..=50).contains(&lots));
                    energy += stored(&limits(efficiency), lots);
                    prop_assert!((-1e-9..=10.0 + 1e-9).contains(&energy), "{round}: {energy}");
                }
                // The books are as before, as if all were filled up again.
                for (product, (bids, asks)) in books.iter().enumerate() {
                    battery.set_book(product, Some(Depth { bids, asks }));
                }
            }
        }

        #[test]
        fn values_kept_from_before_are_those_made_anew(
            books in prop::collection::vec(book(), 3..9),
            changes in prop::collection::vec((0_usize..9, book()), 1..12),
        ) {
            let mut books = books;
            let mut kept = battery(0.95, 1.0, books.len());
            let mut found = Vec::new();
            for (product, (bids, asks)) in books.iter().enumerate() {
                kept.set_book(product, Some(Depth { bids, asks }));
            }
            kept.trades(&mut found);
            for (product, (bids, asks)) in changes {
                let product = product % books.len();
                kept.set_book(product, Some(Depth { bids: &bids, asks: &asks }));
                books[product] = (bids, asks);
                let mut fresh = kept.clone();
                fresh.valid = fresh.stages.len();
                let mut others = Vec::new();
                let gains = (kept.trades(&mut found), fresh.trades(&mut others));
                prop_assert!((gains.0 - gains.1).abs() < 1e-9);
                prop_assert_eq!(&found, &others);
                for trade in &found {
                    let (bids, asks) = &books[trade.product];
                    kept.set_book(trade.product, Some(Depth { bids, asks }));
                }
            }
        }
    }
}
