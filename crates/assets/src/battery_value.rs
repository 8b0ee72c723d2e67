//! What energy in the cells is worth, as a concave function of how much is there.

use crate::error::AssetError;

/// Narrower pieces than this, in `MWh`, are rounding and are dropped.
const WIDTH_MIN: f64 = 1e-12;

/// Power and energy limits of a battery, for models; [`crate::BatterySpec`] is the exact counterpart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StoreLimits {
    /// Largest charge at the meter, in MW.
    pub charge_mw: f64,
    /// Largest discharge at the meter, in MW.
    pub discharge_mw: f64,
    /// Least energy in the cells, in `MWh`.
    pub floor_mwh: f64,
    /// Most energy in the cells, in `MWh`.
    pub ceiling_mwh: f64,
    /// Share of the metered energy that reaches the cells.
    pub charge_efficiency: f64,
    /// Share of the energy of the cells that reaches the meter.
    pub discharge_efficiency: f64,
}

impl StoreLimits {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`AssetError::Number`] naming the limit, its value and the fix.
    pub fn check(&self) -> Result<(), AssetError> {
        for (what, value) in [
            ("charge_mw", self.charge_mw),
            ("discharge_mw", self.discharge_mw),
            ("floor_mwh", self.floor_mwh),
        ] {
            if !value.is_finite() || value < 0.0 {
                return Err(AssetError::number(what, value, "zero or more"));
            }
        }
        if !self.ceiling_mwh.is_finite() || self.ceiling_mwh <= self.floor_mwh {
            let value = self.ceiling_mwh;
            return Err(AssetError::number(
                "ceiling_mwh",
                value,
                "more than the floor",
            ));
        }
        for (what, value) in [
            ("charge_efficiency", self.charge_efficiency),
            ("discharge_efficiency", self.discharge_efficiency),
        ] {
            if !(value > 0.0 && value <= 1.0) {
                return Err(AssetError::number(what, value, "above 0, at most 1"));
            }
        }
        Ok(())
    }

    /// Room between floor and ceiling, in `MWh`.
    #[must_use]
    pub fn range_mwh(&self) -> f64 {
        self.ceiling_mwh - self.floor_mwh
    }
}

/// Whether charge and discharge of one interval share the power of the battery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Each has its own limit, as in a linear programme without more: at prices below zero both
    /// run at once and burn energy in the losses.
    Apart,
    /// One inverter: a part of the interval may charge and the rest discharge.
    Shared,
}

/// What one interval offers to the cells; energies and prices are those of the cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trade {
    /// Most energy that may enter the cells, in `MWh`.
    pub charge_mwh: f64,
    /// Most energy that may leave the cells, in `MWh`.
    pub discharge_mwh: f64,
    /// What a `MWh` that enters costs.
    pub charge_price: f64,
    /// What a `MWh` that leaves earns.
    pub discharge_price: f64,
    /// Whether both share the interval.
    pub sharing: Sharing,
}

impl Trade {
    /// The trade of an interval of `hours` at prices of the meter.
    #[must_use]
    pub fn at_meter(
        limits: &StoreLimits,
        hours: f64,
        [charge_price, discharge_price]: [f64; 2],
        sharing: Sharing,
    ) -> Self {
        Self {
            charge_mwh: limits.charge_mw * hours * limits.charge_efficiency,
            discharge_mwh: limits.discharge_mw * hours / limits.discharge_efficiency,
            charge_price: charge_price / limits.charge_efficiency,
            discharge_price: discharge_price * limits.discharge_efficiency,
            sharing,
        }
    }

    /// Cash of charging as much as can be: the left end of what the interval can do.
    fn cash_at_full_charge(&self) -> f64 {
        -self.charge_mwh * self.charge_price
    }

    /// From full charge to full discharge: pieces by falling slope, each with what it stands for.
    fn pieces(&self) -> [(Piece, Segment); 2] {
        let charge = Segment {
            width: self.charge_mwh,
            slope: self.charge_price,
        };
        let discharge = Segment {
            width: self.discharge_mwh,
            slope: self.discharge_price,
        };
        if self.charge_price >= self.discharge_price {
            return [(Piece::Charge, charge), (Piece::Discharge, discharge)];
        }
        if self.sharing == Sharing::Apart {
            return [(Piece::Discharge, discharge), (Piece::Charge, charge)];
        }
        let width = charge.width + discharge.width;
        let cash = charge.width * charge.slope + discharge.width * discharge.slope;
        let slope = if width > 0.0 { cash / width } else { 0.0 };
        let nothing = Segment { width: 0.0, slope };
        [
            (Piece::Both, Segment { width, slope }),
            (Piece::Both, nothing),
        ]
    }
}

/// What a piece of an interval's trade stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Charge,
    Discharge,
    Both,
}

/// A stretch of energy of one marginal value.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Segment {
    width: f64,
    slope: f64,
}

/// What runs in one interval and what is left after it, in `MWh` of the cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Energy that enters.
    pub charge_mwh: f64,
    /// Energy that leaves.
    pub discharge_mwh: f64,
}

/// What energy above the floor is worth from some instant on: concave, piecewise linear, exact.
///
/// The best of a concave future and one interval's trade is again concave: its pieces are those of
/// both, sorted by slope, cut to the room of the cells. So no grid is needed.
#[derive(Debug, Clone, PartialEq)]
pub struct EnergyValue {
    at_floor: f64,
    segments: Vec<Segment>,
}

impl EnergyValue {
    /// Every `MWh` of `range_mwh` is worth `price`.
    #[must_use]
    pub fn priced(range_mwh: f64, price: f64) -> Self {
        Self {
            at_floor: 0.0,
            segments: vec![Segment {
                width: range_mwh,
                slope: price,
            }],
        }
    }

    /// What `energy_mwh` above the floor is worth.
    #[must_use]
    pub fn at(&self, energy_mwh: f64) -> f64 {
        let mut left = energy_mwh;
        let mut value = self.at_floor;
        for segment in &self.segments {
            let taken = segment.width.min(left);
            value += taken * segment.slope;
            left -= taken;
            if left <= 0.0 {
                break;
            }
        }
        value
    }

    /// What energy is worth before `trade`, of which the best is made.
    #[must_use]
    pub fn before(&self, trade: &Trade) -> Self {
        let mut segments = self.segments.clone();
        for (_, piece) in trade.pieces() {
            if piece.width > WIDTH_MIN {
                let place = segments.partition_point(|segment| segment.slope > piece.slope);
                segments.insert(place, piece);
            }
        }
        let mut at_floor = self.at_floor + trade.cash_at_full_charge();
        let mut left = trade.charge_mwh;
        let mut first = 0;
        while left > WIDTH_MIN && first < segments.len() {
            let taken = segments[first].width.min(left);
            at_floor += taken * segments[first].slope;
            left -= taken;
            segments[first].width -= taken;
            if segments[first].width <= WIDTH_MIN {
                first += 1;
            }
        }
        segments.drain(..first);
        let mut left = trade.discharge_mwh;
        while left > WIDTH_MIN {
            let Some(last) = segments.last_mut() else {
                break;
            };
            let taken = last.width.min(left);
            left -= taken;
            last.width -= taken;
            if last.width <= WIDTH_MIN {
                segments.pop();
            }
        }
        Self { at_floor, segments }
    }

    /// The best of `trade` from `energy_mwh` above the floor when this is what the rest is worth
    /// after it. Of two that are as good, the one that moves less.
    #[must_use]
    pub fn best(&self, energy_mwh: f64, trade: &Trade) -> Step {
        let pieces = trade.pieces();
        let mut filled = [0.0; 2];
        let mut left = energy_mwh + trade.charge_mwh;
        let mut rest = self.segments.iter().peekable();
        for (index, (piece, segment)) in pieces.iter().enumerate() {
            // Less charge comes before an equal value kept, more discharge after it.
            let is_first = |value: &Segment| match piece {
                Piece::Charge => value.slope > segment.slope,
                Piece::Discharge | Piece::Both => value.slope >= segment.slope,
            };
            while let Some(value) = rest.next_if(|value| is_first(value)) {
                left -= value.width.min(left);
            }
            filled[index] = segment.width.min(left);
            left -= filled[index];
        }
        let mut step = Step {
            charge_mwh: trade.charge_mwh,
            discharge_mwh: 0.0,
        };
        for ((piece, segment), filled) in pieces.iter().zip(filled) {
            match piece {
                Piece::Charge => step.charge_mwh -= filled,
                Piece::Discharge => step.discharge_mwh += filled,
                Piece::Both if segment.width > 0.0 => {
                    let share = filled / segment.width;
                    step.charge_mwh -= share * trade.charge_mwh;
                    step.discharge_mwh += share * trade.discharge_mwh;
                }
                Piece::Both => {}
            }
        }
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(price: f64, sharing: Sharing) -> Trade {
        let limits = StoreLimits {
            charge_mw: 1.0,
            discharge_mw: 1.0,
            floor_mwh: 0.0,
            ceiling_mwh: 2.0,
            charge_efficiency: 0.8,
            discharge_efficiency: 0.8,
        };
        Trade::at_meter(&limits, 1.0, [price, price], sharing)
    }

    #[test]
    fn a_dear_hour_after_a_cheap_one_is_worth_their_spread_after_losses() {
        let end = EnergyValue::priced(2.0, 0.0);
        let dear = end.before(&trade(100.0, Sharing::Shared));
        let value = dear.before(&trade(10.0, Sharing::Shared));
        // 1 MWh bought, 0.8 stored, 0.64 sold.
        assert!((value.at(0.0) - (64.0 - 10.0)).abs() < 1e-9);
    }

    #[test]
    fn at_a_price_below_zero_one_inverter_cannot_charge_and_discharge_at_once() {
        let end = EnergyValue::priced(2.0, 0.0);
        // Full cells: apart, a MWh in and as much out of the cells burns the losses.
        let apart = end.before(&trade(-10.0, Sharing::Apart)).at(2.0);
        assert!((apart - (10.0 - 0.64 * 10.0)).abs() < 1e-9);
        let shared = end.before(&trade(-10.0, Sharing::Shared)).at(2.0);
        assert!(shared > 0.0 && shared < apart);
    }

    #[test]
    fn of_equal_choices_the_one_that_moves_less_is_taken() {
        let end = EnergyValue::priced(2.0, 0.0);
        let step = end.best(1.0, &trade(0.0, Sharing::Shared));
        assert_eq!((step.charge_mwh, step.discharge_mwh), (0.0, 0.0));
    }
}
