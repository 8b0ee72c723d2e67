//! The net supply of a zone as a function of its price.

use crate::PRICE_EPSILON;
use crate::error::AuctionError;

/// An hourly order. It is taken in full beyond `price_end` and not at all before `price_start`; in
/// between in proportion. A step has both prices equal, and at just that price any share is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Order {
    /// Whether it buys.
    pub is_demand: bool,
    /// Price at which the first share is taken.
    pub price_start: f64,
    /// Price at which all of it is taken: not below `price_start` for supply, not above for demand.
    pub price_end: f64,
    /// What is asked for in all, not negative.
    pub volume: f64,
}

/// A price at which net supply jumps or bends.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Knot {
    price: f64,
    /// Net supply just below, every demand step at this price taken, no supply step.
    below: f64,
    /// Net supply just above.
    above: f64,
    /// How much of the jump is demand given up.
    demand: f64,
    /// Change of net supply per unit of price up to the next knot.
    slope: f64,
    /// Integral of net supply over price from the first knot to this one.
    area: f64,
}

/// The net supply of one zone in one period: not falling with price, jumps at steps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curve {
    knots: Vec<Knot>,
    /// Net supply below the first knot: minus all demand.
    floor: f64,
    /// What all orders earn at price zero.
    surplus_at_zero: f64,
}

/// Where a price lies on a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    /// Least net supply that fits the price.
    pub low: f64,
    /// Most net supply that fits the price.
    pub high: f64,
    /// The first knot above the price.
    next: usize,
    /// Whether the price is that of the knot before `next`.
    is_knot: bool,
}

impl Curve {
    /// Adds up the orders of a zone.
    ///
    /// # Errors
    /// [`AuctionError::OrderNotFinite`] and [`AuctionError::PriceRangeReversed`] for an order that
    /// is none.
    pub fn new(orders: &[Order]) -> Result<Self, AuctionError> {
        for (number, order) in orders.iter().enumerate() {
            check(number, order)?;
        }
        let mut events: Vec<Event> = orders.iter().flat_map(events).collect();
        events.sort_unstable_by(|a, b| a.price.total_cmp(&b.price));
        let floor = -orders
            .iter()
            .filter(|order| order.is_demand)
            .map(|order| order.volume)
            .sum::<f64>();
        Ok(Self {
            knots: knots(&events, floor),
            floor,
            surplus_at_zero: orders.iter().map(surplus_at_zero).sum(),
        })
    }

    /// A zone that takes and gives up to `volume` at `price`: a border whose price is given.
    ///
    /// # Errors
    /// [`AuctionError::OrderNotFinite`] if a number is not finite.
    pub fn elastic(price: f64, volume: f64) -> Result<Self, AuctionError> {
        let step = |is_demand| Order {
            is_demand,
            price_start: price,
            price_end: price,
            volume,
        };
        Self::new(&[step(true), step(false)])
    }

    /// The net supplies that fit a price.
    pub(crate) fn place(&self, price: f64) -> Place {
        let next = self
            .knots
            .partition_point(|knot| knot.price <= price + PRICE_EPSILON);
        let Some(last) = next.checked_sub(1).map(|index| &self.knots[index]) else {
            return Place {
                low: self.floor,
                high: self.floor,
                next,
                is_knot: false,
            };
        };
        let is_knot = last.price >= price - PRICE_EPSILON;
        let above = last.slope.mul_add(price - last.price, last.above);
        let (low, high) = if is_knot {
            // Beside the knot within the tolerance, what its slopes say there fits as well.
            let slope_before = next.checked_sub(2).map_or(0.0, |i| self.knots[i].slope);
            let below = slope_before.mul_add(price - last.price, last.below);
            (last.below.min(below), last.above.max(above))
        } else {
            (above, above)
        };
        Place {
            low,
            high,
            next,
            is_knot,
        }
    }

    /// The next price upwards at which the curve jumps or bends.
    pub(crate) fn knot_above(&self, place: &Place) -> Option<f64> {
        self.knots.get(place.next).map(|knot| knot.price)
    }

    /// The next price downwards at which the curve jumps or bends.
    pub(crate) fn knot_below(&self, place: &Place) -> Option<f64> {
        place
            .next
            .checked_sub(1 + usize::from(place.is_knot))
            .map(|index| self.knots[index].price)
    }

    /// The next price upwards at which another volume is wanted, or begins to be.
    pub(crate) fn change_above(&self, place: &Place) -> Option<f64> {
        let index = (place.next..self.knots.len()).find(|&index| self.changes(index))?;
        Some(self.knots[index].price)
    }

    /// The next price downwards at which another volume is wanted, or begins to be.
    pub(crate) fn change_below(&self, place: &Place) -> Option<f64> {
        let end = place.next - usize::from(place.is_knot && place.next > 0);
        let index = (0..end).rev().find(|&index| self.changes(index))?;
        Some(self.knots[index].price)
    }

    /// Whether a knot is more than where an order of nothing begins or ends.
    fn changes(&self, index: usize) -> bool {
        let knot = &self.knots[index];
        knot.above > knot.below
            || knot.slope > 0.0
            || index > 0 && self.knots[index - 1].slope > 0.0
    }

    /// Change of net supply per unit of price just above.
    pub(crate) fn slope_above(&self, place: &Place) -> f64 {
        place
            .next
            .checked_sub(1)
            .map_or(0.0, |index| self.knots[index].slope)
    }

    /// Change of net supply per unit of price just below.
    pub(crate) fn slope_below(&self, place: &Place) -> f64 {
        place
            .next
            .checked_sub(1 + usize::from(place.is_knot))
            .map_or(0.0, |index| self.knots[index].slope)
    }

    /// How much of the jump at a price is demand given up; zero where there is none.
    pub(crate) fn demand_at(&self, place: &Place) -> f64 {
        if place.is_knot {
            self.knots[place.next - 1].demand
        } else {
            0.0
        }
    }

    /// What the orders earn together at a price at which each takes what is best for it.
    pub(crate) fn surplus(&self, price: f64) -> f64 {
        self.surplus_at_zero + self.area_to(price) - self.area_to(0.0)
    }

    /// The integral of net supply over price from the first knot to `price`.
    fn area_to(&self, price: f64) -> f64 {
        let next = self.knots.partition_point(|knot| knot.price <= price);
        let Some(last) = next.checked_sub(1).map(|index| &self.knots[index]) else {
            let first = self.knots.first().map_or(0.0, |knot| knot.price);
            return self.floor * (price - first);
        };
        let width = price - last.price;
        (0.5 * last.slope).mul_add(width * width, last.above.mul_add(width, last.area))
    }
}

/// What an order earns at price zero: its share integrated over the prices that it is better than.
fn surplus_at_zero(order: &Order) -> f64 {
    // Prices as a distance by which zero is better: demand earns where its price is above zero.
    let sign = if order.is_demand { 1.0 } else { -1.0 };
    let (first, full) = (sign * order.price_start, sign * order.price_end);
    let share = if full >= 0.0 || first - full < PRICE_EPSILON {
        f64::midpoint(first, full).max(0.0)
    } else {
        0.5 * first.max(0.0).powi(2) / (first - full)
    };
    share * order.volume
}

fn check(number: usize, order: &Order) -> Result<(), AuctionError> {
    let &Order {
        is_demand,
        price_start,
        price_end,
        volume,
    } = order;
    let is_finite = price_start.is_finite() && price_end.is_finite() && volume.is_finite();
    if !is_finite || volume < 0.0 {
        return Err(AuctionError::OrderNotFinite {
            order: number,
            price_start,
            price_end,
            volume,
        });
    }
    if (is_demand && price_start < price_end) || (!is_demand && price_start > price_end) {
        return Err(AuctionError::PriceRangeReversed {
            order: number,
            price_start,
            price_end,
        });
    }
    Ok(())
}

/// What an order changes at a price.
struct Event {
    price: f64,
    jump: f64,
    demand: f64,
    slope: f64,
}

fn events(order: &Order) -> impl Iterator<Item = Event> + use<> {
    let (low, high) = if order.is_demand {
        (order.price_end, order.price_start)
    } else {
        (order.price_start, order.price_end)
    };
    let is_step = high - low < PRICE_EPSILON;
    let (jump, slope) = if is_step {
        (order.volume, 0.0)
    } else {
        (0.0, order.volume / (high - low))
    };
    let demand = if order.is_demand { jump } else { 0.0 };
    let begin = Event {
        price: low,
        jump,
        demand,
        slope,
    };
    let end = Event {
        price: high,
        jump: 0.0,
        demand: 0.0,
        slope: -slope,
    };
    [Some(begin), (!is_step).then_some(end)]
        .into_iter()
        .flatten()
}

fn knots(events: &[Event], floor: f64) -> Vec<Knot> {
    let mut knots: Vec<Knot> = Vec::new();
    // Slopes are added up by number of open ranges, so that no rounding is left when none is open.
    let mut open = 0_usize;
    let mut slope = 0.0;
    for at in events.chunk_by(|a, b| b.price - a.price < PRICE_EPSILON) {
        let price = at[0].price;
        let (below, area) = knots.last().map_or((floor, 0.0), |last| {
            let width = price - last.price;
            let below = last.slope.mul_add(width, last.above);
            (
                below,
                (0.5 * (last.above + below)).mul_add(width, last.area),
            )
        });
        for event in at {
            slope += event.slope;
            if event.slope > 0.0 {
                open += 1;
            } else if event.slope < 0.0 {
                open -= 1;
            }
        }
        if open == 0 {
            slope = 0.0;
        }
        knots.push(Knot {
            price,
            below,
            above: below + at.iter().map(|event| event.jump).sum::<f64>(),
            demand: at.iter().map(|event| event.demand).sum(),
            slope,
            area,
        });
    }
    knots
}
