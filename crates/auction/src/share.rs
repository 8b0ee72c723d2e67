//! Volumes at equal price: the most is traded, then in proportion.

use crate::clear::{Market, Walked, link_bounds, walk};
use crate::curve::{Curve, Order};
use crate::error::AuctionError;

/// The flows at optimal prices that trade the most and share it in proportion.
///
/// Orders better than their zone's price are settled. Of those at it, demand is taken in full
/// and supply in one share, or supply in full and demand in one share, whichever balances. As one
/// number from 0 to 2 that is the "price" of a second auction in which each zone offers from
/// nothing but its demand (0) over all of both (1) to nothing but its supply (2). That auction ends
/// in one number wherever links have room, and in different ones across links that are full:
/// sharing in proportion as far as links allow.
pub(crate) fn flows(
    market: &Market<'_>,
    prices: &[f64],
    flows: &[f64],
) -> Result<Vec<f64>, AuctionError> {
    let mut injections = Vec::with_capacity(prices.len());
    let mut curves = Vec::with_capacity(prices.len());
    let mut is_tied = false;
    for (zone, curve) in market.curves.iter().enumerate() {
        let place = curve.place(prices[zone]);
        let demand = curve.demand_at(&place);
        let supply = place.high - place.low - demand;
        is_tied |= place.high > place.low;
        injections.push(market.injections[zone] + place.low + demand);
        curves.push(shares(supply, demand)?);
    }
    if !is_tied {
        return Ok(flows.to_vec());
    }
    let bounds: Vec<_> = (0..flows.len())
        .map(|link| link_bounds(market, prices, link))
        .collect();
    let flow_min: Vec<f64> = bounds.iter().map(|bounds| bounds.low).collect();
    let flow_max: Vec<f64> = bounds.iter().map(|bounds| bounds.high).collect();
    let sharing = Market {
        network: market.network,
        curves: &curves,
        injections: &injections,
        flow_min: &flow_min,
        flow_max: &flow_max,
        price_limits: (0.0, 2.0 * WHOLE),
    };
    let Walked { flows, .. } = walk(&sharing, &vec![WHOLE; prices.len()], flows)?;
    Ok(flows)
}

/// A share of one in the second auction's "prices": so large that rounding is no matter.
const WHOLE: f64 = 1e6;

/// Demand given up from 1 to 2, supply taken from 0 to 1.
fn shares(supply: f64, demand: f64) -> Result<Curve, AuctionError> {
    Curve::new(&[
        Order {
            is_demand: false,
            price_start: 0.0,
            price_end: WHOLE,
            volume: supply.max(0.0),
        },
        Order {
            is_demand: true,
            price_start: 2.0 * WHOLE,
            price_end: WHOLE,
            volume: demand.max(0.0),
        },
    ])
}
