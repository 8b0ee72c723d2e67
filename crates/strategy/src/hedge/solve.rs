//! The dual simplex method on the dual of the hedge.

use super::HedgeError;
use super::basis::Inverse;
use super::problem::{HedgeProblem, dot};

/// A best hedge.
#[derive(Debug, Clone, PartialEq)]
pub struct Hedge {
    /// Position in each instrument.
    pub position: Vec<f64>,
    /// Conditional value at risk of exposure and hedge, without costs.
    pub cvar: f64,
    /// Value at risk: a quantile of the losses.
    pub value_at_risk: f64,
    /// Conditional value at risk and costs: what is least.
    pub objective: f64,
    /// No hedge has less, by weights of scenarios that prove it.
    pub bound: f64,
    /// Pivots that it took.
    pub steps: usize,
}

/// Feasible to a share of the most weight.
const TOLERANCE: f64 = 1e-9;
/// Anew after so many pivots, so that rounding does not pile up.
const REFACTOR: usize = 300;
/// One scenario of so many is enough to begin with, and so few are not thinned.
const THINNED: usize = 4;
const FEW: usize = 200;

/// A variable of the dual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variable {
    /// Weight of a scenario.
    Weight(usize),
    /// What the cost of an instrument takes up, either way.
    Cost(usize),
    /// What its upper bound takes up.
    Upper(usize),
    /// What its lower bound takes up.
    Lower(usize),
}

/// A basic variable that goes to a bound that it is beyond.
#[derive(Debug, Clone, Copy)]
struct Leaving {
    row: usize,
    bound: f64,
    is_up: bool,
}

/// A hedge that can be solved again after new scenarios.
#[derive(Debug, Clone)]
pub struct CvarHedge {
    pub(super) problem: HedgeProblem,
    /// Basic variables, a row each.
    basic: Vec<Variable>,
    inverse: Inverse,
    /// Whether each weight that is not basic stands at its most.
    pub(super) is_weight_up: Vec<bool>,
    pub(super) is_weight_basic: Vec<bool>,
    /// Whether each cost that is not basic stands at its most.
    pub(super) is_cost_up: Vec<bool>,
    /// Which of cost, upper and lower of each instrument are basic.
    pub(super) is_basic: Vec<[bool; 3]>,
    /// Values of the basic variables.
    values: Vec<f64>,
    /// Value at risk, then the positions.
    pub(super) multipliers: Vec<f64>,
    /// Loss of each scenario less the value at risk, as it was when `drift` was `seen`.
    pub(super) excess: Vec<f64>,
    pub(super) seen: Vec<f64>,
    /// How far the multipliers have gone in all.
    pub(super) drift: f64,
    /// Length of each scenario's column.
    pub(super) length: Vec<f64>,
    /// How far a step went lately.
    pub(super) stride: f64,
}

impl CvarHedge {
    /// Begins without a hedge or, with many scenarios, with the best one of every fourth of them.
    ///
    /// # Errors
    /// As [`HedgeProblem::check`].
    pub fn new(problem: HedgeProblem) -> Result<Self, HedgeError> {
        problem.check()?;
        let (scenarios, instruments) = (problem.scenarios(), problem.instruments());
        if scenarios / THINNED < FEW.max(2 * instruments) {
            return Self::unhedged(problem);
        }
        let mut fewer = Self::new(problem.thinned(THINNED))?;
        let Ok(_) = fewer.solve() else {
            return Self::unhedged(problem);
        };
        let mut is_weight_basic = vec![false; scenarios];
        for variable in &mut fewer.basic {
            if let Variable::Weight(number) = variable {
                *number *= THINNED;
                is_weight_basic[*number] = true;
            }
        }
        let mut hedge = Self {
            is_weight_up: vec![false; scenarios],
            is_weight_basic,
            problem,
            ..fewer
        };
        hedge.refactor()?;
        // Which weights are at their most follows from the losses; prices then have the signs of their bounds.
        hedge.is_weight_up = hedge.excess.iter().map(|&excess| excess > 0.0).collect();
        hedge.values = hedge.inverse.times(&hedge.right_side());
        Ok(hedge)
    }

    /// Begins at no position: the weights of the worst scenarios are at their most.
    fn unhedged(problem: HedgeProblem) -> Result<Self, HedgeError> {
        let (scenarios, instruments) = (problem.scenarios(), problem.instruments());
        let losses = problem.losses(&vec![0.0; instruments]);
        let mut order: Vec<usize> = (0..scenarios).collect();
        order.sort_by(|&a, &b| losses[b].total_cmp(&losses[a]).then(a.cmp(&b)));
        let whole = (((1.0 - problem.confidence) * scenarios as f64) as usize).min(scenarios - 1);
        let mut is_weight_up = vec![false; scenarios];
        for &number in &order[..whole] {
            is_weight_up[number] = true;
        }
        let pivot = order[whole];
        let mut is_weight_basic = vec![false; scenarios];
        is_weight_basic[pivot] = true;
        let mut basic = vec![Variable::Weight(pivot)];
        basic.extend((0..instruments).map(Variable::Cost));
        let mut hedge = Self {
            basic,
            inverse: Inverse::of(0, &[]).ok_or(HedgeError::Empty)?,
            is_weight_up,
            is_weight_basic,
            is_cost_up: vec![false; instruments],
            is_basic: vec![[true, false, false]; instruments],
            values: Vec::new(),
            multipliers: Vec::new(),
            excess: Vec::new(),
            seen: Vec::new(),
            drift: 0.0,
            length: Vec::new(),
            stride: 0.0,
            problem,
        };
        hedge.refactor()?;
        Ok(hedge)
    }

    /// The problem as it stands.
    #[must_use]
    pub fn problem(&self) -> &HedgeProblem {
        &self.problem
    }

    /// Adds a scenario; all then weigh the same again.
    ///
    /// # Errors
    /// [`HedgeError`] if it has not a number for each instrument.
    pub fn add_scenario(&mut self, base: f64, pnl: &[f64]) -> Result<(), HedgeError> {
        let (found, expected) = (pnl.len(), self.problem.instruments());
        if found != expected {
            return Err(HedgeError::Length {
                what: "pnl",
                found,
                expected,
            });
        }
        for (what, values) in [("base", &[base][..]), ("pnl", pnl)] {
            if let Some(place) = values.iter().position(|value| !value.is_finite()) {
                let value = values[place];
                return Err(HedgeError::NotFinite { what, place, value });
            }
        }
        self.problem.base.push(base);
        self.problem.pnl.extend_from_slice(pnl);
        let excess = -base - dot(pnl, &self.multipliers[1..]) - self.multipliers[0];
        self.excess.push(excess);
        self.seen.push(self.drift);
        self.length.push((1.0 + dot(pnl, pnl)).sqrt());
        self.is_weight_up.push(excess > 0.0);
        self.is_weight_basic.push(false);
        self.values = self.inverse.times(&self.right_side());
        Ok(())
    }

    /// The best hedge.
    ///
    /// # Errors
    /// [`HedgeError::Endless`] if the search does not end.
    pub fn solve(&mut self) -> Result<Hedge, HedgeError> {
        let most = 50 * (self.problem.instruments() + 20) + self.problem.scenarios();
        let mut since = 0;
        for step in 0..most {
            if since == REFACTOR {
                self.refactor()?;
                since = 0;
            }
            match self.leaving() {
                Some(leaving) => self.pivot(leaving)?,
                None if since == 0 => return Ok(self.found(step)),
                // What looks best is looked at once more without the rounding of many steps.
                None => {
                    self.refactor()?;
                    since = 0;
                    continue;
                }
            }
            since += 1;
        }
        Err(HedgeError::Endless(most))
    }

    /// Most of a variable, and its least; without end for bounds of instruments.
    fn range(&self, variable: Variable) -> (f64, f64) {
        match variable {
            Variable::Weight(_) => (0.0, self.problem.weight_max()),
            Variable::Cost(at) => (-self.problem.cost[at], self.problem.cost[at]),
            Variable::Upper(_) | Variable::Lower(_) => (0.0, f64::INFINITY),
        }
    }

    /// Column of a variable: first the sum of weights, then a row for each instrument.
    fn column(&self, variable: Variable) -> Vec<f64> {
        let mut column = vec![0.0; self.problem.instruments() + 1];
        match variable {
            Variable::Weight(number) => {
                column[0] = 1.0;
                column[1..].copy_from_slice(self.problem.scenario(number));
            }
            Variable::Cost(at) | Variable::Upper(at) => column[at + 1] = -1.0,
            Variable::Lower(at) => column[at + 1] = 1.0,
        }
        column
    }

    /// What a variable adds to the objective of the dual.
    fn worth(&self, variable: Variable) -> f64 {
        match variable {
            Variable::Weight(number) => -self.problem.base[number],
            Variable::Cost(_) => 0.0,
            Variable::Upper(at) => -self.problem.upper[at],
            Variable::Lower(at) => self.problem.lower[at],
        }
    }

    /// What the rows owe once every variable that is not basic stands at its bound.
    fn right_side(&self) -> Vec<f64> {
        let mut right = vec![0.0; self.problem.instruments() + 1];
        let most = self.problem.weight_max();
        let mut up = 0.0;
        for number in 0..self.problem.scenarios() {
            if self.is_weight_up[number] && !self.is_weight_basic[number] {
                up += 1.0;
                for (sum, value) in right[1..].iter_mut().zip(self.problem.scenario(number)) {
                    *sum -= value;
                }
            }
        }
        for sum in &mut right[1..] {
            *sum *= most;
        }
        right[0] = 1.0 - up * most;
        for (at, is_basic) in self.is_basic.iter().enumerate() {
            if !is_basic[0] {
                let value = if self.is_cost_up[at] { 1.0 } else { -1.0 } * self.problem.cost[at];
                right[at + 1] += value;
            }
        }
        right
    }

    /// Makes inverse, values, multipliers and excesses anew.
    fn refactor(&mut self) -> Result<(), HedgeError> {
        let size = self.problem.instruments() + 1;
        let columns: Vec<Vec<f64>> = self.basic.iter().map(|&one| self.column(one)).collect();
        self.inverse = Inverse::of(size, &columns).ok_or(HedgeError::Endless(0))?;
        let worths: Vec<f64> = self.basic.iter().map(|&one| self.worth(one)).collect();
        self.multipliers = self.inverse.row_times(&worths);
        let losses = self.problem.losses(&self.multipliers[1..]);
        self.excess = losses
            .iter()
            .map(|loss| loss - self.multipliers[0])
            .collect();
        self.drift = 0.0;
        self.seen = vec![0.0; self.problem.scenarios()];
        if self.length.len() != self.problem.scenarios() {
            self.length = (0..self.problem.scenarios())
                .map(|number| self.problem.scenario(number))
                .map(|row| (1.0 + dot(row, row)).sqrt())
                .collect();
        }
        self.values = self.inverse.times(&self.right_side());
        Ok(())
    }

    /// The row that is furthest out of its bounds, by the length of its edge, and the bound.
    fn leaving(&self) -> Option<Leaving> {
        let scale = self.problem.weight_max();
        let mut best: Option<(f64, Leaving)> = None;
        for (at, &variable) in self.basic.iter().enumerate() {
            let (least, most) = self.range(variable);
            let value = self.values[at];
            let is_up = value >= least;
            let (miss, bound) = if is_up {
                (value - most, most)
            } else {
                (least - value, least)
            };
            // Weights are shares of one; what instruments take up is in their own money.
            let slack = match variable {
                Variable::Weight(_) => TOLERANCE * scale,
                Variable::Cost(place) | Variable::Upper(place) | Variable::Lower(place) => {
                    TOLERANCE * self.size_of(place)
                }
            };
            if miss > slack {
                let row = self.inverse.row(at);
                let merit = miss * miss / dot(row, row);
                if best.as_ref().is_none_or(|(most, _)| merit > *most) {
                    best = Some((
                        merit,
                        Leaving {
                            row: at,
                            bound,
                            is_up,
                        },
                    ));
                }
            }
        }
        best.map(|(_, leaving)| leaving)
    }

    /// How large the P&L of an instrument is, roughly.
    fn size_of(&self, place: usize) -> f64 {
        let width = self.problem.instruments();
        let count = self.problem.scenarios().min(16);
        let sum: f64 = (0..count)
            .map(|number| self.problem.pnl[number * width + place].abs())
            .sum();
        (sum / count as f64).max(1e-12)
    }

    /// One step of the dual simplex method: the basic variable of a row goes to its bound.
    fn pivot(&mut self, leaving: Leaving) -> Result<(), HedgeError> {
        let Leaving {
            row: leaving,
            bound,
            is_up,
        } = leaving;
        let edge = self.inverse.row(leaving).to_vec();
        let length = dot(&edge, &edge).sqrt();
        let miss = self.values[leaving] - bound;
        // Multipliers move by `step` times `sign` times the edge, so that the leaving variable's price has the
        // sign of its bound.
        let sign = if is_up { -1.0 } else { 1.0 };
        let (entering, flipped) = self.turn(&edge, length, sign, miss.abs())?;
        self.flip(&flipped);
        let column = self.column(entering);
        let found = self.inverse.times(&column);
        let step_value = (self.values[leaving] - bound) / found[leaving];
        for (value, share) in self.values.iter_mut().zip(&found) {
            *value -= step_value * share;
        }
        let at_bound = self.at_bound(entering);
        let price = self.price(entering) / found[leaving];
        self.values[leaving] = at_bound + step_value;
        for (multiplier, share) in self.multipliers.iter_mut().zip(&edge) {
            *multiplier += price * share;
        }
        let went = price.abs() * length;
        self.drift += went;
        self.stride = 0.5 * self.stride + 0.5 * went;
        self.exchange(leaving, entering, is_up);
        self.inverse.replace(leaving, &found);
        Ok(())
    }

    /// Reduced price of a variable that is not basic.
    pub(super) fn price(&self, variable: Variable) -> f64 {
        match variable {
            Variable::Weight(number) => self.excess[number],
            Variable::Cost(at) => self.multipliers[at + 1],
            Variable::Upper(at) => self.multipliers[at + 1] - self.problem.upper[at],
            Variable::Lower(at) => self.problem.lower[at] - self.multipliers[at + 1],
        }
    }

    /// Value of a variable that is not basic.
    fn at_bound(&self, variable: Variable) -> f64 {
        let (least, most) = self.range(variable);
        match variable {
            Variable::Weight(number) if self.is_weight_up[number] => most,
            Variable::Cost(at) if self.is_cost_up[at] => most,
            _ => least,
        }
    }

    /// Moves variables that are not basic to their other bound.
    fn flip(&mut self, flipped: &[Variable]) {
        if flipped.is_empty() {
            return;
        }
        let mut change = vec![0.0; self.problem.instruments() + 1];
        let most = self.problem.weight_max();
        for &variable in flipped {
            match variable {
                Variable::Weight(number) => {
                    let by = if self.is_weight_up[number] {
                        -most
                    } else {
                        most
                    };
                    self.is_weight_up[number] = !self.is_weight_up[number];
                    change[0] += by;
                    for (sum, value) in change[1..].iter_mut().zip(self.problem.scenario(number)) {
                        *sum += by * value;
                    }
                }
                Variable::Cost(at) => {
                    let by = if self.is_cost_up[at] { -2.0 } else { 2.0 } * self.problem.cost[at];
                    self.is_cost_up[at] = !self.is_cost_up[at];
                    change[at + 1] -= by;
                }
                Variable::Upper(_) | Variable::Lower(_) => {}
            }
        }
        for (value, by) in self.values.iter_mut().zip(self.inverse.times(&change)) {
            *value -= by;
        }
    }

    /// Notes who came into the basis and who left it, at its most or its least.
    fn exchange(&mut self, row: usize, entering: Variable, is_up: bool) {
        let leaving = self.basic[row];
        match leaving {
            Variable::Weight(number) => {
                self.is_weight_basic[number] = false;
                self.is_weight_up[number] = is_up;
            }
            Variable::Cost(at) => {
                self.is_basic[at][0] = false;
                self.is_cost_up[at] = is_up;
            }
            Variable::Upper(at) => self.is_basic[at][1] = false,
            Variable::Lower(at) => self.is_basic[at][2] = false,
        }
        match entering {
            Variable::Weight(number) => self.is_weight_basic[number] = true,
            Variable::Cost(at) => self.is_basic[at][0] = true,
            Variable::Upper(at) => self.is_basic[at][1] = true,
            Variable::Lower(at) => self.is_basic[at][2] = true,
        }
        self.basic[row] = entering;
    }

    /// The hedge of the basis, with a bound from weights that are within their limits.
    fn found(&self, steps: usize) -> Hedge {
        let problem = &self.problem;
        let position: Vec<f64> = self.multipliers[1..]
            .iter()
            .enumerate()
            .map(|(at, &value)| value.clamp(problem.lower[at], problem.upper[at]))
            .collect();
        let losses = problem.losses(&position);
        let cvar = worst_mean(&losses, problem.confidence);
        let costs: f64 = position
            .iter()
            .zip(&problem.cost)
            .map(|(one, cost)| one.abs() * cost)
            .sum();
        let most = problem.weight_max();
        let mut weights: Vec<f64> = self
            .is_weight_up
            .iter()
            .map(|&is_up| if is_up { most } else { 0.0 })
            .collect();
        for (at, &variable) in self.basic.iter().enumerate() {
            if let Variable::Weight(number) = variable {
                weights[number] = self.values[at].clamp(0.0, most);
            }
        }
        let sum: f64 = weights.iter().sum();
        let mut bound = 0.0;
        let mut drift = vec![0.0; problem.instruments()];
        for (number, weight) in weights.iter().enumerate() {
            let share = weight / sum;
            if share != 0.0 {
                bound -= share * problem.base[number];
                for (total, value) in drift.iter_mut().zip(problem.scenario(number)) {
                    *total += share * value;
                }
            }
        }
        for (at, &drift) in drift.iter().enumerate() {
            let cost = problem.cost[at];
            bound -= problem.upper[at] * (drift - cost).max(0.0);
            bound += problem.lower[at] * (-drift - cost).max(0.0);
        }
        Hedge {
            value_at_risk: self.multipliers[0],
            objective: cvar + costs,
            position,
            cvar,
            bound,
            steps,
        }
    }
}

/// Mean of the worst share of losses, the last of them in part.
fn worst_mean(losses: &[f64], confidence: f64) -> f64 {
    let mut sorted = losses.to_vec();
    sorted.sort_unstable_by(|one, other| other.total_cmp(one));
    let tail = (1.0 - confidence) * losses.len() as f64;
    let whole = (tail as usize).min(losses.len());
    let mut sum: f64 = sorted[..whole].iter().sum();
    if whole < losses.len() {
        sum += (tail - whole as f64) * sorted[whole];
    }
    sum / tail
}
