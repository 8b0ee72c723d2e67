//! What a market costs to trade in, fitted from its feed, and what an order will cost before it starts.

use wattbook_domain::market::MarketEvent;
use wattbook_domain::{Price, Side, Timestamp};

use super::market::MarketState;
use super::rule::Rule;
use super::terms::ParentTerms;

/// Between two samples of the middle of the market, in ns: long enough that bids and asks bouncing
/// count little.
const SAMPLE_NS: i64 = 5_000_000_000;

/// What trading in a market costs. Prices in currency per price unit, volumes in volume units.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MarketModel {
    /// Half of ask − bid, mean of the quotes.
    pub half_spread: f64,
    /// Standard deviation of the middle's move in a second.
    pub volatility: f64,
    /// Traded a second.
    pub volume_per_second: f64,
    /// Permanent impact: move of the middle by volume unit taken.
    pub permanent: f64,
    /// How much dearer a volume unit is for each unit taken with it.
    pub slope: f64,
    /// After so many seconds what was taken is there again.
    pub refill_seconds: f64,
}

impl MarketModel {
    /// Temporary impact η of Almgren and Chriss: dearer by this for each volume unit a second.
    #[must_use]
    pub fn temporary(&self) -> f64 {
        self.slope * self.refill_seconds
    }
}

/// Sums that fit a [`MarketModel`] to a feed, event by event.
#[derive(Debug, Clone, Copy, Default)]
pub struct MarketFit {
    state: MarketState,
    first: Option<Timestamp>,
    last: Timestamp,
    /// Quotes with both sides and the sum of half their spreads.
    spreads: (f64, f64),
    /// Since the last sample: its time and middle, and the net volume that was bought.
    sample: Option<(Timestamp, f64)>,
    net: f64,
    seconds: f64,
    squares: f64,
    /// Σ net × move and Σ net².
    moves: (f64, f64),
    volume: f64,
    /// Trades against a known middle: count, Σ volume, Σ cost, Σ volume × cost, Σ volume².
    trades: [f64; 5],
}

impl MarketFit {
    /// Takes a market event of the instrument over.
    pub fn apply(&mut self, now: Timestamp, event: &MarketEvent) {
        if let MarketEvent::Trade(trade) = event {
            let sign = trade.aggressor.sign() as f64;
            let volume = trade.volume.to_f64();
            self.volume += volume;
            self.net += sign * volume;
            if let Some(mid) = self.state.mid() {
                let cost = sign * (trade.price.to_f64() - mid.to_f64());
                let terms = [1.0, volume, cost, volume * cost, volume * volume];
                for (sum, term) in self.trades.iter_mut().zip(terms) {
                    *sum += term;
                }
            }
        }
        self.state.apply(now, event);
        self.first.get_or_insert(now);
        self.last = now;
        let (Some(bid), Some(ask)) = (self.state.bid, self.state.ask) else {
            return;
        };
        if !self.state.is_continuous() {
            self.sample = None;
            return;
        }
        if matches!(event, MarketEvent::Quote(_)) {
            self.spreads.0 += 1.0;
            self.spreads.1 += (ask.0.to_f64() - bid.0.to_f64()) / 2.0;
        }
        let mid = f64::midpoint(bid.0.to_f64(), ask.0.to_f64());
        match self.sample {
            Some((at, before)) if now.nanos() - at.nanos() >= SAMPLE_NS => {
                let moved = mid - before;
                self.seconds += (now.nanos() - at.nanos()) as f64 / 1e9;
                self.squares += moved * moved;
                self.moves.0 += self.net * moved;
                self.moves.1 += self.net * self.net;
                self.sample = Some((now, mid));
                self.net = 0.0;
            }
            None => {
                self.sample = Some((now, mid));
                self.net = 0.0;
            }
            Some(_) => {}
        }
    }

    /// The market as it was told last.
    #[must_use]
    pub const fn state(&self) -> &MarketState {
        &self.state
    }

    /// The model, once a minute or more was seen with two quotes; impact is never below zero.
    #[must_use]
    pub fn model(&self, refill_seconds: f64) -> Option<MarketModel> {
        let span = (self.last.nanos() - self.first?.nanos()) as f64 / 1e9;
        if span < 60.0 || self.spreads.0 < 2.0 || self.seconds <= 0.0 {
            return None;
        }
        let [count, volume, cost, both, squares] = self.trades;
        let spread = count * squares - volume * volume;
        let slope = if spread > 0.0 {
            ((count * both - volume * cost) / spread).max(0.0)
        } else {
            0.0
        };
        let permanent = if self.moves.1 > 0.0 {
            (self.moves.0 / self.moves.1).max(0.0)
        } else {
            0.0
        };
        Some(MarketModel {
            half_spread: self.spreads.1 / self.spreads.0,
            volatility: (self.squares / self.seconds).sqrt(),
            volume_per_second: self.volume / span,
            permanent,
            slope,
            refill_seconds,
        })
    }
}

/// What a venue charges for each volume unit, in currency per price unit; below zero for a rebate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fees {
    /// For what rests.
    pub maker: Price,
    /// For what takes.
    pub taker: Price,
}

impl Fees {
    /// Of a unit of which the share `taken` is taken and the rest rests.
    #[must_use]
    pub fn mean(&self, taken: f64) -> f64 {
        taken * self.taker.to_f64() + (1.0 - taken) * self.maker.to_f64()
    }
}

/// What a parent order is expected to cost against the price of arrival, for each volume unit, in
/// currency per price unit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CostForecast {
    /// Of crossing the spread, with what rests.
    pub spread: f64,
    /// Of moving the market.
    pub impact: f64,
    /// Standard deviation: the market moves while the order waits.
    pub deviation: f64,
    /// Fees of the venue, beside the price.
    pub fees: f64,
    /// Own volume over the market's, where the market's is known.
    pub participation: f64,
}

impl CostForecast {
    /// Spread and impact, in the price; fees come on top.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.spread + self.impact
    }

    /// `arrival` and the mean cost on top, as a price.
    #[must_use]
    pub fn price(&self, side: Side, arrival: f64) -> f64 {
        arrival + side.sign() as f64 * self.mean()
    }
}

/// The cost of `terms` worked by `rule` in a market like `model`, with the share `taken` of the volume
/// taken and the rest resting, which is counted as free but for its fee: what it earns of the spread it loses
/// to those who know more.
///
/// Almgren and Chriss (2000), eqs. (4), (5), (6): permanent impact γX/2, temporary impact
/// Ση(n/τ)n / X, variance σ²Στx² / X².
#[must_use]
pub fn forecast_cost(
    model: &MarketModel,
    terms: &ParentTerms,
    rule: &dyn Rule,
    taken: f64,
    fees: Fees,
) -> CostForecast {
    const STEPS: i64 = 200;
    let volume = terms.volume.to_f64();
    let seconds = terms.duration_ns() as f64 / 1e9;
    let step = seconds / STEPS as f64;
    let (mut temporary, mut variance, mut before) = (0.0, 0.0, 0.0);
    for index in 1..=STEPS {
        let gone = i128::from(terms.duration_ns()) * i128::from(index) / i128::from(STEPS);
        let share = rule.planned(terms, terms.starts.plus_nanos(gone as i64));
        let traded = (share - before).max(0.0) * volume;
        temporary += model.temporary() * traded / step * traded;
        variance += step * (1.0 - share).powi(2);
        before = share;
    }
    let market = model.volume_per_second * seconds;
    CostForecast {
        spread: taken * model.half_spread,
        impact: model.permanent * volume / 2.0 + taken * temporary / volume,
        deviation: model.volatility * variance.sqrt(),
        fees: fees.mean(taken),
        participation: if market > 0.0 {
            volume / market
        } else {
            f64::NAN
        },
    }
}
