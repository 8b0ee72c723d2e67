//! How far an edge goes: the long step of the dual simplex method, with scenarios out of reach left alone.

use super::HedgeError;
use super::problem::dot;
use super::solve::{CvarHedge, Variable};

/// No pivot smaller than that, beside the largest entry of its row.
const PIVOT: f64 = 1e-9;

/// Where the price of a variable reaches zero, and by how much the slope falls beyond it.
#[derive(Debug, Clone, Copy)]
struct Break {
    at: f64,
    variable: Variable,
    size: f64,
    width: f64,
}

impl CvarHedge {
    /// Where the edge turns: the variable that comes in, and those that are passed.
    ///
    /// A price changes by no more than the length of its column times the way that the multipliers go. So only
    /// scenarios that are near enough to be reached are looked at, first those within a guess of the way, then, if
    /// the edge turns beyond it, those further away.
    pub(super) fn turn(
        &mut self,
        edge: &[f64],
        length: f64,
        sign: f64,
        slope: f64,
    ) -> Result<(Variable, Vec<Variable>), HedgeError> {
        let largest = edge
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        let mut found = self.instrument_breaks(edge, sign, PIVOT * largest);
        let mut reach = 4.0 * self.stride;
        let mut left: Vec<usize> = (0..self.problem.scenarios()).collect();
        loop {
            let mut beyond = Vec::new();
            for &number in &left {
                if self.is_weight_basic[number] {
                    continue;
                }
                let away = self.excess[number].abs() / self.length[number];
                if away - (self.drift - self.seen[number]) > reach {
                    beyond.push(number);
                } else if let Some(one) = self.weight_break(number, edge, sign, largest) {
                    found.push(one);
                }
            }
            let is_whole = beyond.is_empty();
            if let Some((entering, passed, at)) = long_step(&mut found, slope, is_whole) {
                if is_whole || at * length <= reach {
                    return Ok((entering, passed));
                }
            } else if is_whole {
                return Err(HedgeError::Endless(0));
            }
            left = beyond;
            // The first step of all has no way to guess by.
            reach = if reach > 0.0 {
                8.0 * reach
            } else {
                f64::INFINITY
            };
        }
    }

    /// Where the price of a weight reaches zero, with its excess made exact.
    fn weight_break(
        &mut self,
        number: usize,
        edge: &[f64],
        sign: f64,
        largest: f64,
    ) -> Option<Break> {
        let row = self.problem.scenario(number);
        if self.seen[number] < self.drift {
            let hedged = dot(row, &self.multipliers[1..]);
            self.excess[number] = -self.problem.base[number] - hedged - self.multipliers[0];
            self.seen[number] = self.drift;
        }
        let share = edge[0] + dot(&edge[1..], row);
        let toward = sign * share;
        if toward.abs() <= PIVOT * largest * self.length[number] {
            return None;
        }
        // At its most a price is zero or above, at its least zero or below.
        let is_up = self.is_weight_up[number];
        ((is_up && toward > 0.0) || (!is_up && toward < 0.0)).then(|| Break {
            at: (self.excess[number] / toward).max(0.0),
            variable: Variable::Weight(number),
            size: share.abs(),
            width: self.problem.weight_max(),
        })
    }

    /// Where what costs and bounds take up begins to pay along an edge.
    fn instrument_breaks(&self, edge: &[f64], sign: f64, smallest: f64) -> Vec<Break> {
        let mut found = Vec::new();
        for (place, is_basic) in self.is_basic.iter().enumerate() {
            let share = edge[place + 1];
            for (variable, alpha, width) in [
                (
                    Variable::Cost(place),
                    -share,
                    2.0 * self.problem.cost[place],
                ),
                (Variable::Upper(place), -share, f64::INFINITY),
                (Variable::Lower(place), share, f64::INFINITY),
            ] {
                let (slot, is_up) = match variable {
                    Variable::Cost(_) => (0, self.is_cost_up[place]),
                    Variable::Upper(_) => (1, false),
                    _ => (2, false),
                };
                let toward = sign * alpha;
                if is_basic[slot] || width == 0.0 || toward.abs() <= smallest {
                    continue;
                }
                if (is_up && toward > 0.0) || (!is_up && toward < 0.0) {
                    let at = (self.price(variable) / toward).max(0.0);
                    found.push(Break {
                        at,
                        variable,
                        size: alpha.abs(),
                        width,
                    });
                }
            }
        }
        found
    }
}

/// The variable at which the slope turns, those that are passed before it, and how far that is; of breaks that are
/// not all there only if it turns at one of them.
fn long_step(
    breaks: &mut [Break],
    mut slope: f64,
    is_whole: bool,
) -> Option<(Variable, Vec<Variable>, f64)> {
    let mut passed = Vec::new();
    let mut rest = breaks;
    // Only as many of the nearest are put in order as are passed.
    while !rest.is_empty() {
        let count = rest.len().min(32);
        if count < rest.len() {
            rest.select_nth_unstable_by(count - 1, |one, other| one.at.total_cmp(&other.at));
        }
        let (near, far) = rest.split_at_mut(count);
        near.sort_unstable_by(|one, other| {
            one.at
                .total_cmp(&other.at)
                .then(other.size.total_cmp(&one.size))
        });
        for one in near.iter() {
            let fall = one.size * one.width;
            if slope - fall <= 0.0 {
                return Some((one.variable, passed, one.at));
            }
            slope -= fall;
            passed.push(one.variable);
        }
        rest = far;
    }
    // Each break was passed: the last one turns the edge.
    let last = passed.pop().filter(|_| is_whole)?;
    Some((last, passed, f64::INFINITY))
}
