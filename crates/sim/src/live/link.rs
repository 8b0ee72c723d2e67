//! What a live run needs of a link beside orders: prices, listings, and to go on after a restart.

use std::fmt::Debug;

use wattbook_domain::InstrumentId;
use wattbook_domain::market::Quote;
use wattbook_feed::venue::VenueOrders;
use wattbook_gateway::rest_orders::RestOrders;
use wattbook_session::adapter::OrderLink;
use wattbook_session::fix::StoreError;
use wattbook_session::fix::orders::OrderDesk;
use wattbook_session::venue::Definition;

/// A link that a run trades over.
pub(super) trait LiveLink: OrderLink + Debug + Send {
    /// Takes over what an earlier process knew, before it connects; whether what that one left unanswered
    /// is settled by the link itself.
    ///
    /// # Errors
    /// [`StoreError`]: what it kept cannot be read.
    fn resume(&mut self, desk: &OrderDesk) -> Result<bool, StoreError>;

    /// Contracts that were listed since the last call, by the venue's names.
    fn take_listed(&mut self) -> Vec<(String, Definition)> {
        Vec::new()
    }

    /// Best prices since the last call, by the venue's names of the contracts.
    fn take_quotes(&mut self) -> Vec<(String, Quote)>;

    /// Requests that the venue has not taken yet.
    fn waiting(&self) -> usize {
        0
    }

    /// Everything that was handed over is durable.
    ///
    /// # Errors
    /// [`StoreError`]: that cannot be kept.
    fn confirm(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl LiveLink for VenueOrders {
    fn resume(&mut self, desk: &OrderDesk) -> Result<bool, StoreError> {
        Self::resume(self, desk.standing(), desk.booked().collect::<Vec<_>>())?;
        Ok(true)
    }

    fn confirm(&mut self) -> Result<(), StoreError> {
        Self::confirm(self)
    }

    fn take_listed(&mut self) -> Vec<(String, Definition)> {
        Self::take_listed(self)
    }

    fn take_quotes(&mut self) -> Vec<(String, Quote)> {
        Self::take_quotes(self)
    }
}

impl LiveLink for RestOrders {
    fn resume(&mut self, _desk: &OrderDesk) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn take_quotes(&mut self) -> Vec<(String, Quote)> {
        let quotes = Self::take_quotes(self).into_iter();
        let row = |update: wattbook_session::fix::orders::QuoteUpdate| {
            let quote = Quote {
                instrument: InstrumentId::default(),
                bid_price: update.bid.0,
                ask_price: update.ask.0,
                bid_volume: update.bid.1,
                ask_volume: update.ask.1,
            };
            (update.symbol, quote)
        };
        quotes.map(row).collect()
    }

    fn waiting(&self) -> usize {
        Self::waiting(self)
    }

    fn confirm(&mut self) -> Result<(), StoreError> {
        Self::confirm(self)
    }
}
