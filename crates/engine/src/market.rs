//! The top of each book, for marks, collars and arrival prices.

use wattbook_domain::event::QuarantineReason;
use wattbook_domain::market::{BookDelta, Quote, Trade};
use wattbook_domain::{InstrumentId, Price, Volume, state};

use crate::depth::{Depth, Grid};

/// Best prices of an instrument as last told. A side without orders has volume zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TopOfBook {
    /// Highest price bid, in currency per price unit.
    pub bid_price: Price,
    /// Lowest price asked, in currency per price unit.
    pub ask_price: Price,
    /// Volume at the bid, in volume units.
    pub bid_volume: Volume,
    /// Volume at the ask, in volume units.
    pub ask_volume: Volume,
}

state!(TopOfBook {
    bid_price,
    ask_price,
    bid_volume,
    ask_volume
});

impl TopOfBook {
    /// The middle of bid and ask, rounded down to 1e-6; `None` unless both are there.
    #[must_use]
    #[inline]
    pub fn mid(&self) -> Option<Price> {
        if self.bid_volume <= Volume::ZERO || self.ask_volume <= Volume::ZERO {
            return None;
        }
        let (bid, ask) = (self.bid_price.millionths(), self.ask_price.millionths());
        Some(Price::from_millionths((bid & ask) + ((bid ^ ask) >> 1)))
    }

    /// Whether the bid is above the ask.
    fn is_crossed(&self) -> bool {
        let has_both = self.bid_volume > Volume::ZERO && self.ask_volume > Volume::ZERO;
        has_both && self.bid_price > self.ask_price
    }
}

/// What the market shows of an instrument.
#[derive(Debug, Clone)]
struct View {
    top: TopOfBook,
    grid: Grid,
    depth: Option<Depth>,
}

state!(View { top, grid, depth });

/// Views by instrument.
#[derive(Debug, Clone, Default)]
pub(crate) struct Market {
    views: Vec<View>,
}

state!(Market { views });

type Mark = Result<Option<Price>, QuarantineReason>;

impl Market {
    /// Takes over the next instrument, or the grid of a known one.
    pub(crate) fn define(&mut self, instrument: InstrumentId, grid: Grid) {
        if let Some(view) = self.views.get_mut(instrument.0 as usize) {
            view.grid = grid;
            return;
        }
        self.views.push(View {
            top: TopOfBook::default(),
            grid,
            depth: None,
        });
    }

    pub(crate) fn count(&self) -> usize {
        self.views.len()
    }

    pub(crate) fn top(&self, instrument: InstrumentId) -> Option<&TopOfBook> {
        self.views.get(instrument.0 as usize).map(|view| &view.top)
    }

    #[inline]
    fn view(&mut self, instrument: InstrumentId) -> Result<&mut View, QuarantineReason> {
        let view = self.views.get_mut(instrument.0 as usize);
        view.ok_or(QuarantineReason::UnknownInstrument)
    }

    /// Takes over a quote and returns the mark that it makes.
    #[inline]
    pub(crate) fn quote(&mut self, quote: &Quote) -> Mark {
        let top = &mut self.view(quote.instrument)?.top;
        *top = TopOfBook {
            bid_price: quote.bid_price,
            ask_price: quote.ask_price,
            bid_volume: quote.bid_volume,
            ask_volume: quote.ask_volume,
        };
        Ok(top.mid())
    }

    /// Takes over a trade: it is the mark where no middle is known.
    #[inline]
    pub(crate) fn trade(&mut self, trade: &Trade) -> Mark {
        let top = &self.view(trade.instrument)?.top;
        Ok(top.mid().is_none().then_some(trade.price))
    }

    /// Takes over a change of a book and returns the mark that it makes.
    pub(crate) fn delta(&mut self, delta: &BookDelta) -> Mark {
        let view = self.view(delta.instrument)?;
        let depth = view.depth.get_or_insert_with(|| Depth::of(delta));
        depth.apply(delta, view.grid)?;
        let top = depth.top(view.grid);
        // A book that gathers orders for an auction may cross: it then has no price to trade at.
        view.top = if top.is_crossed() {
            TopOfBook::default()
        } else {
            top
        };
        Ok(view.top.mid())
    }
}
