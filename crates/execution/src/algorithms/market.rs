//! What an execution knows of its market.

use wattbook_domain::market::{MarketEvent, Phase};
use wattbook_domain::{Price, Side, Timestamp, Volume};

/// The market of one instrument as its feed told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketState {
    /// Highest price bid and its volume.
    pub bid: Option<(Price, Volume)>,
    /// Lowest price asked and its volume.
    pub ask: Option<(Price, Volume)>,
    /// Last phase that was told; continuous where the venue tells none.
    pub phase: Phase,
    /// Last trade.
    pub last_trade: Option<Price>,
    /// Traded in the market since the execution began, own trades included.
    pub traded: Volume,
    /// When anything was told last.
    pub last_seen: Option<Timestamp>,
}

impl Default for MarketState {
    fn default() -> Self {
        Self {
            bid: None,
            ask: None,
            phase: Phase::Continuous,
            last_trade: None,
            traded: Volume::ZERO,
            last_seen: None,
        }
    }
}

impl MarketState {
    /// Takes `event` of this instrument over.
    #[inline]
    pub fn apply(&mut self, now: Timestamp, event: &MarketEvent) {
        match event {
            MarketEvent::Quote(quote) => {
                let level = |price, volume| (volume > Volume::ZERO).then_some((price, volume));
                self.bid = level(quote.bid_price, quote.bid_volume);
                self.ask = level(quote.ask_price, quote.ask_volume);
            }
            MarketEvent::Trade(trade) => {
                self.last_trade = Some(trade.price);
                self.traded += trade.volume.max(Volume::ZERO);
            }
            MarketEvent::SessionPhase(phase) => self.phase = phase.phase,
            _ => return,
        }
        self.last_seen = Some(now);
    }

    /// Best price and volume on the side of an order.
    #[must_use]
    pub const fn own(&self, side: Side) -> Option<(Price, Volume)> {
        match side {
            Side::Buy => self.bid,
            Side::Sell => self.ask,
        }
    }

    /// Best price and volume that an order could take.
    #[must_use]
    pub const fn opposite(&self, side: Side) -> Option<(Price, Volume)> {
        self.own(side.opposite())
    }

    /// Middle of both sides, rounded down to 1e-6.
    #[must_use]
    pub fn mid(&self) -> Option<Price> {
        let (bid, ask) = (self.bid?.0.millionths(), self.ask?.0.millionths());
        Some(Price::from_millionths(bid + (ask - bid).div_euclid(2)))
    }

    /// Whether orders match as they come.
    #[must_use]
    pub const fn is_continuous(&self) -> bool {
        matches!(self.phase, Phase::Continuous)
    }
}
