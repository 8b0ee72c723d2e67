//! The powers that a best schedule of a ramped unit is made of.

use crate::error::AssetError;
use crate::unit::{UnitSpec, UnitState};

/// More levels than this are refused: ramps up and down that share no step.
const LEVELS_MAX: usize = 4_096;
/// Powers nearer than this, in MW, are one level.
const SAME: f64 = 1e-6;

/// Fuel of a period at `power`, between the ends of the curve `production`.
pub(super) fn fuel_at(production: &[[f64; 2]], power: f64) -> f64 {
    let after = production.partition_point(|point| point[0] < power);
    let Some(high) = production.get(after) else {
        return production.last().map_or(0.0, |point| point[1]);
    };
    let Some(low) = after.checked_sub(1).map(|index| production[index]) else {
        return high[1];
    };
    low[1] + (power - low[0]) * (high[1] - low[1]) / (high[0] - low[0])
}

/// All powers that some ramps lead to from a point of the curve, an edge or the power at the beginning.
///
/// With the state of every period decided, best powers form a linear programme over chains, and a vertex
/// of it holds each period at such a point or at its neighbour's power plus or less a ramp. Power held back
/// bends at the most power, or the most before a stop, less a ramp.
pub(super) fn levels(unit: &UnitSpec) -> Result<Vec<f64>, AssetError> {
    let (low, high) = (unit.power_min(), unit.power_max());
    let mut open: Vec<f64> = unit.production.iter().map(|point| point[0]).collect();
    open.extend(unit.edge_power());
    // What may be held back before a stop.
    open.push(unit.edge[1].min(high));
    if let UnitState::On(_, power) = unit.state {
        open.push(power.clamp(low, high));
    }
    let mut found: Vec<f64> = Vec::new();
    while let Some(level) = open.pop() {
        let place = found.partition_point(|known| *known < level - SAME);
        if found
            .get(place)
            .is_some_and(|known| (known - level).abs() <= SAME)
        {
            continue;
        }
        if found.len() == LEVELS_MAX {
            return Err(AssetError::Levels {
                count: LEVELS_MAX,
                ramp: format!("{:?}", unit.ramp),
            });
        }
        found.insert(place, level);
        let [up, down] = unit.ramp;
        let near = [level + up, level - up, level + down, level - down];
        open.extend(
            near.into_iter()
                .filter(|power| (low..=high).contains(power)),
        );
    }
    Ok(found)
}
