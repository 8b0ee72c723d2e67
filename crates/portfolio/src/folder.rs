//! A trading book's equity, kept up to date for its loss limit.

use wattbook_domain::{Money, TradingBookId, state};

/// Equity of a trading book: now by currency, at the last close in the desk's.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) trading_book: TradingBookId,
    pub(crate) equity: Vec<Money>,
    /// At the rates of the close: what a currency loses afterwards is a loss.
    pub(crate) at_close: Money,
}

state!(Folder {
    trading_book,
    equity,
    at_close
});

impl Folder {
    pub(crate) fn new(trading_book: TradingBookId) -> Self {
        Self {
            trading_book,
            equity: Vec::new(),
            at_close: Money::ZERO,
        }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, currency: usize, change: Money) {
        if currency >= self.equity.len() {
            self.equity.resize(currency + 1, Money::ZERO);
        }
        self.equity[currency] += change;
    }
}
