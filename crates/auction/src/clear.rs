//! The walk to optimal prices.

use crate::curve::{Curve, Place};
use crate::error::AuctionError;
use crate::flow::{Bounds, Cut, balance, leaving};
use crate::network::Network;
use crate::{PRICE_EPSILON, VOLUME_EPSILON, price, share};

/// How many moves of prices an auction may take; real ones take some ten a zone.
const MOVES_MAX: usize = 100_000;

/// One period of an auction.
#[derive(Debug, Clone, Copy)]
pub struct Market<'a> {
    /// Zones and links.
    pub network: &'a Network,
    /// Net supply of each zone.
    pub curves: &'a [Curve],
    /// Supply of each zone, less demand, that is there at any price: accepted blocks, fixed
    /// exchanges.
    pub injections: &'a [f64],
    /// Least flow of each link, from its first zone to its second.
    pub flow_min: &'a [f64],
    /// Most flow of each link.
    pub flow_max: &'a [f64],
    /// The harmonized price limits: between them lies a price that orders leave open.
    pub price_limits: (f64, f64),
}

/// A cleared period.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleared {
    /// Price of each zone: the middle of those that are optimal.
    pub prices: Vec<f64>,
    /// Least optimal price of each zone; all of them together are optimal.
    pub prices_min: Vec<f64>,
    /// Greatest optimal price of each zone; all of them together are optimal.
    pub prices_max: Vec<f64>,
    /// What leaves each zone over its links: accepted supply less accepted demand.
    pub net_positions: Vec<f64>,
    /// Flow of each link.
    pub flows: Vec<f64>,
    /// What all orders earn, all injections are paid and all links take in: with the cost of the
    /// injections taken off, the greatest welfare.
    pub surplus: f64,
}

/// Clears one period from `start`, prices that may be any, and the better the closer.
///
/// Prices are the middle between the least and the greatest optimal ones. Where several volumes
/// are optimal, the most is traded, and orders of equal price are accepted in proportion, across
/// zones as far as links allow.
///
/// # Errors
/// [`AuctionError::Length`] and [`AuctionError::LinkLimits`] for a market that is none,
/// [`AuctionError::Unbalanced`] if no prices balance it.
pub fn clear(market: &Market<'_>, start: &[f64]) -> Result<Cleared, AuctionError> {
    check(market, start)?;
    let walked = walk(market, start, &vec![0.0; market.flow_min.len()])?;
    let (prices_min, prices_max) = price::bounds(market, &walked.prices, &walked.flows);
    let prices: Vec<f64> = prices_min
        .iter()
        .zip(&prices_max)
        .map(|(low, high)| f64::midpoint(*low, *high))
        .collect();
    let flows = share::flows(market, &prices, &walked.flows)?;
    Ok(Cleared {
        surplus: surplus(market, &prices),
        net_positions: leaving(market.network, &flows),
        prices,
        prices_min,
        prices_max,
        flows,
    })
}

/// One price for all zones at which their orders balance, links and all left out: a good start.
#[must_use]
pub fn uniform_price(market: &Market<'_>) -> f64 {
    let (mut low, mut high) = market.price_limits;
    // Sixty halvings leave less than any price step of any limits.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let position: f64 = (0..market.curves.len())
            .map(|zone| market.curves[zone].place(middle).low + market.injections[zone])
            .sum();
        if position > 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// Optimal prices and flows; several may be.
pub(crate) struct Walked {
    pub prices: Vec<f64>,
    pub flows: Vec<f64>,
}

/// Walks from any prices and flows to optimal ones.
pub(crate) fn walk(
    market: &Market<'_>,
    start: &[f64],
    flows: &[f64],
) -> Result<Walked, AuctionError> {
    let mut walk = Walk::new(market, start, flows);
    walk.run()?;
    Ok(Walked {
        prices: walk.prices,
        flows: walk.flows,
    })
}

fn check(market: &Market<'_>, start: &[f64]) -> Result<(), AuctionError> {
    let (zones, links) = (market.network.zones(), market.network.links().len());
    for (what, found, expected) in [
        ("curves", market.curves.len(), zones),
        ("injections", market.injections.len(), zones),
        ("start prices", start.len(), zones),
        ("least flows", market.flow_min.len(), links),
        ("most flows", market.flow_max.len(), links),
    ] {
        if found != expected {
            return Err(AuctionError::Length {
                what,
                found,
                expected,
            });
        }
    }
    let limits = [market.price_limits.0, market.price_limits.1];
    for (what, values) in [
        ("injection of zone", market.injections),
        ("start price of zone", start),
        ("price limit", &limits[..]),
    ] {
        if let Some(number) = values.iter().position(|value| !value.is_finite()) {
            let value = values[number];
            return Err(AuctionError::NotFinite {
                what,
                number,
                value,
            });
        }
    }
    for (link, (&min, &max)) in market.flow_min.iter().zip(market.flow_max).enumerate() {
        if !(min <= max && min.is_finite() && max.is_finite()) {
            return Err(AuctionError::LinkLimits { link, min, max });
        }
    }
    Ok(())
}

/// The dual of welfare at prices: what orders, injections and links earn.
fn surplus(market: &Market<'_>, prices: &[f64]) -> f64 {
    let zones: f64 = prices
        .iter()
        .zip(market.curves)
        .zip(market.injections)
        .map(|((price, curve), injection)| curve.surplus(*price) + injection * price)
        .sum();
    let links: f64 = (0..market.flow_min.len())
        .map(|link| {
            let ends = market.network.links()[link];
            let spread = prices[ends.to] - prices[ends.from];
            (spread * market.flow_max[link]).max(spread * market.flow_min[link])
        })
        .sum();
    zones + links
}

/// What a link may carry at the prices of its ends: anything, or only its limit.
pub(crate) fn link_bounds(market: &Market<'_>, prices: &[f64], link: usize) -> Bounds {
    let ends = market.network.links()[link];
    let (low, high) = (market.flow_min[link], market.flow_max[link]);
    let spread = prices[ends.to] - prices[ends.from];
    if spread > PRICE_EPSILON {
        Bounds { low: high, high }
    } else if spread < -PRICE_EPSILON {
        Bounds { low, high: low }
    } else {
        Bounds { low, high }
    }
}

/// What may leave a zone at its price.
///
/// A zone is balanced if it misses balance by [`VOLUME_EPSILON`] at most, so zones together may miss
/// it by more than one of them may. Beyond the last order no price can put that right; there they
/// may miss it by twice as much, which takes up what others missed.
pub(crate) fn zone_bounds(market: &Market<'_>, place: &Place, zone: usize) -> Bounds {
    let curve = &market.curves[zone];
    let room = |knot: Option<f64>| knot.map_or(2.0 * VOLUME_EPSILON, |_| 0.0);
    Bounds {
        low: place.low + market.injections[zone] - room(curve.knot_below(place)),
        high: place.high + market.injections[zone] + room(curve.knot_above(place)),
    }
}

struct Walk<'a> {
    market: &'a Market<'a>,
    prices: Vec<f64>,
    places: Vec<Place>,
    flows: Vec<f64>,
}

impl<'a> Walk<'a> {
    fn new(market: &'a Market<'a>, start: &[f64], flows: &[f64]) -> Self {
        let places = start
            .iter()
            .zip(market.curves)
            .map(|(price, curve)| curve.place(*price))
            .collect();
        Self {
            market,
            prices: start.to_vec(),
            places,
            flows: flows.to_vec(),
        }
    }

    fn run(&mut self) -> Result<(), AuctionError> {
        let mut zones = Vec::with_capacity(self.prices.len());
        let mut links = Vec::with_capacity(self.flows.len());
        for _ in 0..MOVES_MAX {
            zones.clear();
            links.clear();
            let places = self.places.iter().enumerate();
            zones.extend(places.map(|(zone, place)| zone_bounds(self.market, place, zone)));
            let numbers = 0..self.flows.len();
            links.extend(numbers.map(|link| link_bounds(self.market, &self.prices, link)));
            match balance(self.market.network, &zones, &links, &mut self.flows) {
                None => return Ok(()),
                Some(cut) => self.move_prices(&cut)?,
            }
        }
        Err(AuctionError::TooManyMoves { moves: MOVES_MAX })
    }

    /// Moves the prices of the cut's zones together until they balance or another set must move.
    fn move_prices(&mut self, cut: &Cut) -> Result<(), AuctionError> {
        // What the zones lack at least, rising prices; or have too much, falling ones.
        loop {
            let lack = self.lack(cut);
            if lack <= 0.5 * VOLUME_EPSILON {
                return Ok(());
            }
            let slope = self.slope(cut);
            let event = self.next_event(cut);
            let balancing = if slope > 0.0 {
                lack / slope
            } else {
                f64::INFINITY
            };
            let distance = balancing.min(event);
            if distance == f64::INFINITY {
                return Err(self.unbalanced(cut, lack));
            }
            self.advance(cut, distance);
            if balancing < event - PRICE_EPSILON {
                return Ok(());
            }
        }
    }

    /// By how much the zones together miss balance, their orders and links at their best.
    fn lack(&self, cut: &Cut) -> f64 {
        let inside = self.inside(cut);
        let zones: f64 = inside
            .map(|zone| {
                let bounds = zone_bounds(self.market, &self.places[zone], zone);
                if cut.is_surplus {
                    bounds.low
                } else {
                    -bounds.high
                }
            })
            .sum();
        let links: f64 = self
            .boundary(cut)
            .map(|(link, _, _, sign)| {
                let bounds = link_bounds(self.market, &self.prices, link);
                let is_up = (sign > 0.0) == cut.is_surplus;
                // Most that leaves, of a surplus; most that arrives, of a shortage.
                if is_up { bounds.high } else { -bounds.low }
            })
            .sum();
        zones - links
    }

    fn inside<'b>(&'b self, cut: &'b Cut) -> impl Iterator<Item = usize> + 'b {
        (0..self.prices.len()).filter(|zone| cut.is_inside[*zone])
    }

    /// Links that leave the set: number, zone inside, zone outside, sign of a flow outwards.
    fn boundary<'b>(
        &'b self,
        cut: &'b Cut,
    ) -> impl Iterator<Item = (usize, usize, usize, f64)> + 'b {
        let links = self.market.network.links().iter().enumerate();
        links.filter_map(|(number, link)| {
            match (cut.is_inside[link.from], cut.is_inside[link.to]) {
                (true, false) => Some((number, link.from, link.to, 1.0)),
                (false, true) => Some((number, link.to, link.from, -1.0)),
                _ => None,
            }
        })
    }

    fn slope(&self, cut: &Cut) -> f64 {
        self.inside(cut)
            .map(|zone| {
                let (curve, place) = (&self.market.curves[zone], &self.places[zone]);
                if cut.is_surplus {
                    curve.slope_below(place)
                } else {
                    curve.slope_above(place)
                }
            })
            .sum()
    }

    /// How far prices move before a curve jumps or bends, or a link's prices meet.
    fn next_event(&self, cut: &Cut) -> f64 {
        let direction = direction(cut);
        let knots = self.inside(cut).filter_map(|zone| {
            let (curve, place) = (&self.market.curves[zone], &self.places[zone]);
            let knot = if cut.is_surplus {
                curve.knot_below(place)
            } else {
                curve.knot_above(place)
            };
            knot.map(|price| (price - self.prices[zone]) * direction)
        });
        let links = self.boundary(cut).map(|(_, inside, outside, _)| {
            (self.prices[outside] - self.prices[inside]) * direction
        });
        knots
            .chain(links.filter(|distance| *distance > PRICE_EPSILON))
            .fold(f64::INFINITY, f64::min)
    }

    /// Moves the set's prices; one that comes to a knot or to a neighbour's price is set to it.
    fn advance(&mut self, cut: &Cut, distance: f64) {
        let moved: Vec<(usize, f64)> = self
            .inside(cut)
            .map(|zone| {
                let price = direction(cut).mul_add(distance, self.prices[zone]);
                let (curve, place) = (&self.market.curves[zone], &self.places[zone]);
                let knot = if cut.is_surplus {
                    curve.knot_below(place)
                } else {
                    curve.knot_above(place)
                };
                // A price that was met before the move would hold a small one back for ever.
                let is_ahead =
                    |target: f64| (target - self.prices[zone]) * direction(cut) > PRICE_EPSILON;
                let met = self
                    .boundary(cut)
                    .filter(|(_, inside, _, _)| *inside == zone)
                    .map(|(_, _, outside, _)| self.prices[outside])
                    .filter(|target| is_ahead(*target));
                let snap = knot
                    .into_iter()
                    .chain(met)
                    .find(|target| (target - price).abs() < PRICE_EPSILON);
                (zone, snap.unwrap_or(price))
            })
            .collect();
        for (zone, price) in moved {
            self.prices[zone] = price;
            self.places[zone] = self.market.curves[zone].place(price);
        }
    }

    fn unbalanced(&self, cut: &Cut, lack: f64) -> AuctionError {
        AuctionError::Unbalanced {
            zones: self.inside(cut).collect(),
            surplus: -direction(cut) * lack,
        }
    }
}

fn direction(cut: &Cut) -> f64 {
    if cut.is_surplus { -1.0 } else { 1.0 }
}
