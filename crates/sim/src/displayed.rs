//! What the feed of one place has told of its book.

use wattbook_book::{L3Book, L3Delta};
use wattbook_domain::market::{BookAction, BookDelta, MarketEvent, Phase, Trade};
use wattbook_domain::{LotSize, Price, Side, TickSize, Timestamp, Volume};
use wattbook_execution::algorithms::{Grids, MarketFit};

use crate::parents::REFILL_SECONDS;

/// The displayed orders of a place whose feed tells them one by one, else its last picture of levels; and
/// what trading there costs.
#[derive(Debug)]
pub(crate) struct Displayed {
    grids: Option<(TickSize, LotSize)>,
    orders: Option<Box<L3Book>>,
    /// Levels of bids and asks as last pictured, the best first; soon old.
    picture: [Vec<(Price, Volume)>; 2],
    /// Best bid and ask as last told, and what has traded there since.
    best: [Option<(Price, Volume)>; 2],
    printed: [Volume; 2],
    /// Whether the orders changed since the levels were asked for.
    is_news: bool,
    fit: MarketFit,
}

const fn index(side: Side) -> usize {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

impl Displayed {
    pub(crate) fn new(grids: Grids) -> Self {
        let steps = TickSize::new(grids.tick)
            .ok()
            .zip(LotSize::new(grids.lot).ok());
        Self {
            grids: steps,
            orders: None,
            picture: [Vec::new(), Vec::new()],
            best: [None; 2],
            printed: [Volume::ZERO; 2],
            is_news: false,
            fit: MarketFit::default(),
        }
    }

    /// Takes a change of the book over.
    fn apply(&mut self, delta: &BookDelta) {
        if delta.venue_order != 0 && self.orders.is_none() {
            self.orders = Some(Box::default());
        }
        let (Some(orders), Some((tick, lot))) = (&mut self.orders, self.grids) else {
            return self.draw(delta);
        };
        // What leaves needs no price, and what is off the grid has none.
        let told = L3Delta {
            action: delta.action,
            order_id: delta.venue_order,
            side: delta.side,
            price: tick.ticks(delta.price).unwrap_or_default(),
            volume: lot.lots(delta.volume).unwrap_or_default(),
        };
        // The book counts what does not fit.
        let _anomaly = orders.apply(&told).err();
        self.is_news = true;
    }

    fn draw(&mut self, delta: &BookDelta) {
        match delta.action {
            BookAction::Clear => self.picture.iter_mut().for_each(Vec::clear),
            BookAction::Add => {
                self.picture[index(delta.side)].push((delta.price, delta.volume));
            }
            _ => {}
        }
    }

    /// Whether every displayed order is told.
    pub(crate) const fn tells_orders(&self) -> bool {
        self.orders.is_some()
    }

    /// All levels of bids and asks, the best first, where every order is told and something changed since the
    /// last call.
    pub(crate) fn news(&mut self) -> Option<[Vec<(Price, Volume)>; 2]> {
        if !std::mem::replace(&mut self.is_news, false) {
            return None;
        }
        let (orders, (tick, lot)) = (self.orders.as_ref()?, self.grids?);
        let levels = |side| {
            let levels = orders.depth(side);
            levels
                .map(|level| (tick.price(level.price), lot.volume(level.volume)))
                .collect()
        };
        Some([levels(Side::Buy), levels(Side::Sell)])
    }

    /// How much dearer a unit becomes on average for each unit that an order of `side` takes: half the price
    /// range of the last picture over its volume, else as trades had it.
    pub(crate) fn slope(&self, side: Side) -> Option<f64> {
        let levels = &self.picture[index(side.opposite())];
        let volume: f64 = levels.iter().map(|(_, volume)| volume.to_f64()).sum();
        let range = levels.first().zip(levels.last()).map(|(best, worst)| {
            let range = worst.0.to_f64() - best.0.to_f64();
            range.abs()
        });
        match range.filter(|range| *range > 0.0 && volume > 0.0) {
            Some(range) => Some(range / volume / 2.0),
            None => Some(self.fit.model(REFILL_SECONDS)?.slope),
        }
    }

    /// The last trade.
    pub(crate) const fn last_trade(&self) -> Option<Price> {
        self.fit.state().last_trade
    }

    /// The phase of the place.
    pub(crate) const fn phase(&self) -> Phase {
        self.fit.state().phase
    }

    /// What a trade at the best price shows to have been hidden there: more has traded than was displayed.
    fn hidden(&mut self, trade: &Trade) -> Option<Volume> {
        let at = index(trade.aggressor.opposite());
        let (_, displayed) = self.best[at].filter(|(price, _)| *price == trade.price)?;
        self.printed[at] += trade.volume;
        let more = self.printed[at] - displayed;
        (more > Volume::ZERO && self.phase() == Phase::Continuous).then_some(more)
    }

    /// Takes a market event of the place over; returns what it shows to have been hidden.
    pub(crate) fn observe(&mut self, now: Timestamp, event: &MarketEvent) -> Option<Volume> {
        let mut hidden = None;
        match event {
            MarketEvent::BookDelta(delta) => self.apply(delta),
            MarketEvent::Quote(quote) => {
                let bid = (quote.bid_price, quote.bid_volume);
                let ask = (quote.ask_price, quote.ask_volume);
                self.best = [Some(bid), Some(ask)];
                self.printed = [Volume::ZERO; 2];
            }
            MarketEvent::Trade(trade) => hidden = self.hidden(trade),
            _ => {}
        }
        self.fit.apply(now, event);
        hidden
    }
}
