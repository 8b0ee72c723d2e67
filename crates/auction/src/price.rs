//! Which prices are optimal, and the least and greatest of them.

use crate::clear::Market;
use crate::flow::leaving;
use crate::{PRICE_EPSILON, VOLUME_EPSILON};

/// The least and the greatest optimal prices of all zones.
///
/// Optimal prices form a lattice: the least price of every zone together is optimal, and so is the
/// greatest, hence their middle too, since optimal prices are convex (Murota 2003, theorem 7.10).
/// Any optimal volume tells them all: it bounds each zone's price by its orders next to the margin,
/// and a price by those of neighbours towards which a link has room.
pub(crate) fn bounds(market: &Market<'_>, prices: &[f64], flows: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let positions = leaving(market.network, flows);
    let own: Vec<(f64, f64)> = (0..prices.len())
        .map(|zone| own_bounds(market, prices[zone], positions[zone], zone))
        .collect();
    let mut low: Vec<f64> = own.iter().map(|bounds| bounds.0).collect();
    let mut high: Vec<f64> = own.iter().map(|bounds| bounds.1).collect();
    // Bellman and Ford with no lengths: as many rounds as a path can have links.
    for _ in 0..prices.len() {
        let mut is_still = true;
        for (number, link) in market.network.links().iter().enumerate() {
            let flow = flows[number];
            if flow < market.flow_max[number] - VOLUME_EPSILON {
                // More could flow, so the price at the end is not above that at the beginning.
                is_still &= !lower(&mut high, link.to, link.from);
                is_still &= !raise(&mut low, link.from, link.to);
            }
            if flow > market.flow_min[number] + VOLUME_EPSILON {
                is_still &= !lower(&mut high, link.from, link.to);
                is_still &= !raise(&mut low, link.to, link.from);
            }
        }
        if is_still {
            break;
        }
    }
    (low, high)
}

fn lower(high: &mut [f64], zone: usize, than: usize) -> bool {
    let is_lower = high[than] < high[zone];
    if is_lower {
        high[zone] = high[than];
    }
    is_lower
}

fn raise(low: &mut [f64], zone: usize, than: usize) -> bool {
    let is_higher = low[than] > low[zone];
    if is_higher {
        low[zone] = low[than];
    }
    is_higher
}

/// The prices at which a zone's orders want just what leaves it.
fn own_bounds(market: &Market<'_>, price: f64, position: f64, zone: usize) -> (f64, f64) {
    let curve = &market.curves[zone];
    let place = curve.place(price);
    let volume = position - market.injections[zone];
    let (limit_low, limit_high) = market.price_limits;
    let low = if volume > place.low + VOLUME_EPSILON || curve.slope_below(&place) > 0.0 {
        price
    } else {
        curve
            .change_below(&place)
            .unwrap_or_else(|| limit_low.min(price))
    };
    let high = if volume < place.high - VOLUME_EPSILON || curve.slope_above(&place) > 0.0 {
        price
    } else {
        curve
            .change_above(&place)
            .unwrap_or_else(|| limit_high.max(price))
    };
    debug_assert!(low <= price + PRICE_EPSILON && high >= price - PRICE_EPSILON);
    (low, high)
}
