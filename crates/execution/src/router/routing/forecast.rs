//! What an order will cost before its first slice.

use std::collections::BTreeMap;

use wattbook_domain::{InstrumentId, Price, Timestamp, Volume};

use super::{RouteOrder, Router};

/// What is expected of an order, from what its places show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RouteForecast {
    /// Mean price of what fills, in currency per price unit, fees left out.
    pub price: f64,
    /// Mean fee of what fills, on top, in currency per price unit; below zero for a rebate.
    pub fees: f64,
    /// Filled at levels that are displayed, in volume units.
    pub displayed: f64,
    /// Filled beyond them within the limit, in volume units.
    pub beyond: f64,
    /// Left to rest, reckoned at the middle; or left over, and not in the price. In volume units.
    pub left: f64,
}

impl Router {
    /// The forecast of `order`, if its places are known well enough.
    ///
    /// Displayed levels count at their prices. Beyond the best price of a feed that tells no others a unit is
    /// dearer by twice the place's slope with every unit, as the slope is that of the mean (see
    /// [`MarketModel::slope`]); several such places are taken side by side. What rests counts at `middle`,
    /// with the fee of the place where it would rest.
    ///
    /// [`MarketModel::slope`]: crate::algorithms::MarketModel::slope
    #[must_use]
    pub fn forecast(
        &self,
        now: Timestamp,
        order: &RouteOrder,
        middle: Option<Price>,
        slope: impl Fn(InstrumentId) -> Option<f64>,
    ) -> Option<RouteForecast> {
        let (mut left, mut filled, mut paid) = (order.volume, 0.0, 0.0);
        let mut fees = 0.0;
        let mut worst: Option<Price> = None;
        let mut rooms: BTreeMap<usize, Volume> = BTreeMap::new();
        for offer in self.offers(now, order) {
            let place = &self.places[offer.place];
            let room = rooms
                .entry(offer.place)
                .or_insert_with(|| place.room(order.side, Volume::ZERO));
            let volume = place.terms.grids.on_lot(offer.volume.min(left).min(*room));
            left -= volume;
            *room -= volume;
            filled += volume.to_f64();
            paid += volume.to_f64() * offer.price.to_f64();
            fees += volume.to_f64() * place.terms.taker_fee.to_f64();
            if volume > Volume::ZERO {
                worst = Some(offer.price);
            }
        }
        let displayed = filled;
        let mut beyond = 0.0;
        if left > Volume::ZERO
            && let Some(worst) = worst
        {
            // Volume for each step of the price, over the places that may show more.
            let (mut density, mut charged) = (0.0, 0.0);
            for (at, room) in &rooms {
                let place = &self.places[*at];
                if *room > Volume::ZERO && !place.tells_depth(order.side) {
                    let slope = slope(place.terms.instrument).filter(|slope| *slope > 0.0)?;
                    density += 0.5 / slope;
                    charged += 0.5 / slope * place.terms.taker_fee.to_f64();
                }
            }
            if density > 0.0 {
                let sign = order.side.sign() as f64;
                let reach = (order.limit.to_f64() - worst.to_f64()) * sign;
                beyond = left.to_f64().min(reach * density);
                paid += beyond * (worst.to_f64() + sign * beyond / density / 2.0);
                filled += beyond;
                fees += beyond * charged / density;
            }
        }
        let left = left.to_f64() - beyond;
        if order.rests && left > 0.0 {
            paid += left * middle?.to_f64();
            filled += left;
            let place = self.resting_order(now).first().copied();
            fees += left * place.map_or(0.0, |at| self.places[at].terms.maker_fee.to_f64());
        }
        (filled > 0.0).then(|| RouteForecast {
            price: paid / filled,
            fees: fees / filled,
            displayed,
            beyond,
            left,
        })
    }
}
