//! What resting orders earned of late, as the market's own trades show it.

use std::collections::VecDeque;

use wattbook_domain::market::MarketEvent;
use wattbook_domain::{Price, Timestamp};

use super::market::MarketState;

/// How long after a trade the middle of the market is compared with its price, in ns: long enough for
/// what the taker knew to show, short enough that other moves count little.
const HORIZON_NS: i64 = 100_000_000;
/// Trades that wait for their comparison; more at once say nothing new.
const PENDING: usize = 64;
/// Trades before anything is concluded.
const LEAST: f64 = 32.0;
/// Trades that the mean remembers.
const MEMORY: f64 = 256.0;

/// The realised half spread of Huang and Stoll (1996), "Dealer versus auction markets": what the resting
/// side of a trade had earned once the market had moved on; below zero where takers knew more.
#[derive(Debug, Clone, Default)]
pub(super) struct RealisedSpread {
    /// Time, price and who took: 1 for a buyer, −1 for a seller.
    pending: VecDeque<(Timestamp, Price, i64)>,
    trades: f64,
    /// Means of what resting earned more than taking would have, in 1e-6, and of its square.
    gain: f64,
    square: f64,
}

impl RealisedSpread {
    /// Takes an event over that `market` knows already.
    #[inline]
    pub(super) fn apply(&mut self, now: Timestamp, event: &MarketEvent, market: &MarketState) {
        if !market.is_continuous() {
            self.pending.clear();
            return;
        }
        while let Some((at, price, sign)) = self.pending.front().copied() {
            if now.nanos() - at.nanos() < HORIZON_NS {
                break;
            }
            self.pending.pop_front();
            if let (Some(bid), Some(ask)) = (market.bid, market.ask) {
                let (bid, ask) = (bid.0.millionths() as f64, ask.0.millionths() as f64);
                let earned = sign as f64 * (price.millionths() as f64 - f64::midpoint(bid, ask));
                self.learn(earned + (ask - bid) / 2.0);
            }
        }
        if let MarketEvent::Trade(trade) = event
            && self.pending.len() < PENDING
        {
            let sign = trade.aggressor.sign();
            self.pending.push_back((now, trade.price, sign));
        }
    }

    fn learn(&mut self, gain: f64) {
        self.trades = (self.trades + 1.0).min(MEMORY);
        self.gain += (gain - self.gain) / self.trades;
        self.square += (gain * gain - self.square) / self.trades;
    }

    /// Whether what rests costs no more than what takes: not so only where trades say it by two standard
    /// errors.
    pub(super) fn pays(&self) -> bool {
        let variance = (self.square - self.gain * self.gain).max(0.0);
        let error = (variance / self.trades.max(1.0)).sqrt();
        self.trades < LEAST || self.gain + 2.0 * error >= 0.0
    }
}
