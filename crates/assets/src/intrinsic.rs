//! The rolling intrinsic of a battery on books of hourly products, as a dynamic programme. Products of
//! another length are hourly ones to a battery whose energies are divided by their hours.
//!
//! At any instant the battery holds a position in each product. The programme finds the trades
//! against resting orders that earn most, given that positions can be run. Values are kept on a grid
//! of stored energy and are straight lines between its points; each product trades whole lots. A
//! change of one book leaves the values of all later products as they were, and of all earlier ones
//! from where the value stays the same.

mod book;
mod cells;
mod replay;
mod stage;

use crate::battery_value::StoreLimits;
use crate::error::AssetError;
use cells::{Cells, NEAR_MWH, NO_PLAN};
pub use replay::{IncomingOrder, IntrinsicFill, IntrinsicReplay, IntrinsicResult, IntrinsicTerms};
use stage::Stage;

/// Volumes are whole lots of this many MW.
pub const LOT_MW: f64 = 0.1;
/// Gains below this are rounding.
const GAIN_MIN: f64 = 1e-9;

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

/// A trade of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntrinsicTrade {
    /// Number of the product.
    pub product: usize,
    /// Bought above zero, sold below.
    pub lots: i64,
}

/// Whose rules a battery trades by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntrinsicRules {
    /// After the orders of each instant that change a book, and after orders that expire and gates that
    /// close. Trades pay for their fee and wear, and the cells are never fuller than full.
    EveryChange,
    /// Those of `BitePy` 0.6.16, found by trial. The battery looks after each order that betters the
    /// best of its side and is not matched whole, provided that each product with a book has twice
    /// the power of the battery on both sides; until then the order waits. The best of a side is
    /// what it was before its orders expire: they are dropped when an order enters their book, or
    /// the battery looks. Prices are cut to whole cents, as the floats say them: 4.35 becomes 4.34. Trades
    /// are done when they earn cash, whatever their fee and wear, and the last lot may overfill the cells.
    BitePy,
}

/// What it costs to trade, for a `MWh`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TradingCosts {
    /// Paid for each traded `MWh`.
    pub fee: f64,
    /// Wear of each `MWh` that runs; when it decides, the battery counts it for each traded `MWh`.
    pub wear: f64,
}

/// The books' view, positions and values of a battery that trades hourly products.
#[derive(Debug, Clone)]
pub struct RollingIntrinsic {
    cells: Cells,
    floor_mwh: f64,
    rules: IntrinsicRules,
    costs: TradingCosts,
    states: usize,
    stored_mwh: f64,
    first: usize,
    stages: Vec<Stage>,
    /// Value at each point of the grid before each product, one after the other.
    values: Vec<f64>,
    plan: Vec<i64>,
}

impl RollingIntrinsic {
    /// A battery of `limits` before `products` hourly products, with `states` points of stored energy.
    ///
    /// # Errors
    /// [`AssetError::Number`] naming a limit, cost or count that is out of its range.
    pub fn new(
        limits: StoreLimits,
        products: usize,
        states: usize,
        costs: TradingCosts,
        rules: IntrinsicRules,
        initial_mwh: f64,
    ) -> Result<Self, AssetError> {
        limits.check()?;
        if states < 2 {
            return Err(AssetError::number("states", states as f64, "two or more"));
        }
        for (what, cost) in [("fee", costs.fee), ("wear", costs.wear)] {
            if !(cost.is_finite() && cost >= 0.0) {
                return Err(AssetError::number(what, cost, "zero or more"));
            }
        }
        if !(limits.floor_mwh..=limits.ceiling_mwh).contains(&initial_mwh) {
            let fix = "energy from floor to ceiling";
            return Err(AssetError::number("initial_mwh", initial_mwh, fix));
        }
        let cells = match rules {
            IntrinsicRules::EveryChange => Cells::new(&limits, states),
            IntrinsicRules::BitePy => Cells::new(&limits, states).of_bitepy(&limits),
        };
        Ok(Self {
            cells,
            floor_mwh: limits.floor_mwh,
            rules,
            costs,
            states,
            stored_mwh: initial_mwh - limits.floor_mwh,
            first: 0,
            stages: vec![Stage::new(); products],
            values: vec![0.0; states * (products + 1)],
            plan: Vec::new(),
        })
    }

    /// Position of a product in lots, bought above zero.
    #[must_use]
    pub fn position(&self, product: usize) -> i64 {
        self.stages[product].position
    }

    /// Takes over what is held of a product, in lots, bought above zero: what was traded elsewhere, or not
    /// traded after all. Its book is to be given anew.
    ///
    /// # Errors
    /// [`AssetError::Number`] for lots beyond the power of the battery.
    pub fn set_position(&mut self, product: usize, lots: i64) -> Result<(), AssetError> {
        if !(self.cells.least..=self.cells.most).contains(&lots) {
            let fix = "lots within the power of the battery";
            return Err(AssetError::number("position", lots as f64, fix));
        }
        let stage = &mut self.stages[product];
        if stage.position != lots {
            stage.position = lots;
            (stage.is_open, stage.is_changed) = (false, true);
        }
        Ok(())
    }

    /// Energy in the cells before the first product that is still to be run, in `MWh`.
    #[must_use]
    pub fn stored_mwh(&self) -> f64 {
        self.floor_mwh + self.stored_mwh
    }

    /// Takes over the book of a product; `None` closes it to trading and keeps its position.
    pub fn set_book(&mut self, product: usize, depth: Option<Depth<'_>>) {
        let cost = self.costs.fee + self.costs.wear;
        let stage = &mut self.stages[product];
        match depth {
            Some(depth) if !depth.bids.is_empty() && !depth.asks.is_empty() => {
                stage.open(&self.cells, cost, depth);
            }
            _ if !stage.is_open => {}
            _ => (stage.is_open, stage.is_changed) = (false, true),
        }
    }

    /// Runs all products before `product`: their positions move the cells for good.
    pub fn deliver_before(&mut self, product: usize) {
        while self.first < product.min(self.stages.len()) {
            self.stored_mwh += self.cells.stored(self.stages[self.first].position);
            self.first += 1;
        }
    }

    /// The trades that earn most now, and what they earn after fee and wear; none when no trade
    /// pays. They are done: the caller takes them out of the books and gives the books anew.
    pub fn trades(&mut self, found: &mut Vec<IntrinsicTrade>) -> f64 {
        found.clear();
        self.update_values();
        self.plan.clear();
        let mut energy = self.stored_mwh;
        for (product, stage) in self.stages.iter().enumerate().skip(self.first) {
            let after = &self.values[(product + 1) * self.states..][..self.states];
            let (lots, value) = stage.best(&self.cells, after, energy, stage.position);
            if value < NO_PLAN / 2.0 {
                return 0.0;
            }
            energy += self.cells.stored(lots);
            self.plan.push(lots);
        }
        if matches!(self.rules, IntrinsicRules::EveryChange) {
            self.use_what_is_left();
        }
        let (mut earned, mut traded) = (0.0, 0);
        for (lots, stage) in self.plan.iter().zip(&self.stages[self.first..]) {
            earned += stage.cash(*lots);
            traded += (lots - stage.position).abs();
        }
        let cost = traded as f64 * LOT_MW * (self.costs.fee + self.costs.wear);
        let is_paid = match self.rules {
            IntrinsicRules::EveryChange => earned > GAIN_MIN,
            IntrinsicRules::BitePy => earned + cost > GAIN_MIN,
        };
        if !is_paid {
            return 0.0;
        }
        for (product, lots) in (self.first..).zip(&self.plan) {
            let stage = &mut self.stages[product];
            if *lots != stage.position {
                let lots = lots - stage.position;
                found.push(IntrinsicTrade { product, lots });
                stage.position += lots;
                stage.is_changed = true;
            }
        }
        earned
    }

    /// Buys less, or sells more, of what the plan leaves in the cells until the end: straight lines between
    /// points of the grid say that it would be sold.
    fn use_what_is_left(&mut self) {
        let stages = &self.stages[self.first..];
        if stages
            .iter()
            .zip(&self.plan)
            .all(|(stage, lots)| stage.position == *lots)
        {
            return;
        }
        let stored = |lots: i64| self.cells.stored(lots);
        let mut energy = self
            .plan
            .iter()
            .fold(self.stored_mwh, |sum, lots| sum + stored(*lots));
        // What no later product needs.
        let mut left = f64::INFINITY;
        for (stage, lots) in stages.iter().zip(&mut self.plan).rev() {
            left = left.min(energy);
            energy -= stored(*lots);
            while stage.earns_more_below(*lots) {
                let released = stored(*lots) - stored(*lots - 1);
                if released > left + NEAR_MWH {
                    break;
                }
                left -= released;
                *lots -= 1;
            }
        }
    }

    /// Makes the values anew that changes of books and positions reach.
    fn update_values(&mut self) {
        let Self {
            cells,
            states,
            stages,
            values,
            first,
            ..
        } = self;
        let mut is_moved = false;
        for (product, stage) in stages.iter_mut().enumerate().skip(*first).rev() {
            if !(stage.is_changed || is_moved) {
                continue;
            }
            stage.is_changed = false;
            is_moved = false;
            let (before, after) = values.split_at_mut((product + 1) * *states);
            let before = &mut before[product * *states..];
            let mut guess = stage.position;
            for (state, kept) in before.iter_mut().enumerate() {
                let (lots, value) =
                    stage.best(cells, &after[..*states], cells.energy(state), guess);
                guess = lots;
                // What comes before sees no change of an equal value.
                is_moved |= kept.total_cmp(&value).is_ne();
                *kept = value;
            }
        }
    }
}

#[cfg(test)]
mod tests;
