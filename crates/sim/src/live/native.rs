//! The edge of a live run with a venue that is not spoken to by FIX: orders over its own session.

use std::collections::BTreeMap;

use wattbook_domain::market::MarketEvent;
use wattbook_domain::{Input, InstrumentId, Timestamp};
use wattbook_feed::venue::{TlsClient, VenueOrders};
use wattbook_session::Session;
use wattbook_session::adapter::{AdapterTold, OrderAdapter, VenueAdapter};
use wattbook_session::fix::Rate;
use wattbook_session::fix::orders::InDoubt;

use super::{Aside, LiveError, LiveStatus};
use crate::backtest::{Backtest, Outward};
use crate::venue::Arrival;

/// First and one past the last instant of a delivery period.
pub type Period = (Timestamp, Timestamp);

/// A venue in the manner of M7 or of Nord Pool that a run trades with.
///
/// Its contracts become those of the run by their delivery period, in one area: an order in a contract
/// that the venue has not listed is refused.
#[derive(Debug)]
pub struct NativeVenue {
    adapter: OrderAdapter<VenueOrders>,
    area: String,
    periods: BTreeMap<Period, InstrumentId>,
    status: LiveStatus,
}

impl NativeVenue {
    /// A venue behind `session`, whose TLS connections are made by `tls`. `tag` begins each name of an
    /// order, `area` is the venue's code of the delivery area, `periods` are what is traded.
    #[must_use]
    pub fn new(
        session: Box<dyn Session>,
        tls: TlsClient,
        tag: String,
        area: String,
        periods: impl IntoIterator<Item = (Period, InstrumentId)>,
    ) -> Self {
        let link = VenueOrders::new(session, tls);
        Self {
            adapter: OrderAdapter::new(link, tag, []),
            area,
            periods: periods.into_iter().collect(),
            status: LiveStatus::default(),
        }
    }

    /// The same, for a venue that takes at most `rate` of messages; what is beyond waits.
    #[must_use]
    pub fn with_rate(self, rate: Rate) -> Self {
        Self {
            adapter: self.adapter.with_rate(rate),
            ..self
        }
    }

    /// Takes over what a resumed run has met of its journal, before it connects. What had not arrived at
    /// the venue, as its lists will tell, is refused then.
    pub fn resume(&mut self, backtest: &mut Backtest) {
        for outward in backtest.take_outward() {
            match outward {
                Outward::Routed(event) => drop(self.adapter.desk_mut().routed(&event)),
                Outward::Reported(report) => self.adapter.desk_mut().apply(&report),
                Outward::Booked(_) => {}
            }
        }
        let desk = self.adapter.desk();
        let (standing, booked) = (desk.standing(), desk.booked().collect::<Vec<_>>());
        self.adapter.link().resume(standing, booked);
    }

    /// Asks the venue to take back an order that it told of and this run does not work, by its name;
    /// `false` where it told of none.
    pub fn cancel_foreign(&mut self, name: &str, now: Timestamp) -> bool {
        self.adapter.cancel_foreign(name, now)
    }

    /// Connects, and again whenever the connection is lost.
    pub fn connect(&mut self) {
        self.adapter.connect();
    }

    /// Hands what has come to `backtest`, whose clock stands at `now`; returns what was set aside. An
    /// instrument in which the venue tells of orders or fills that this run does not know is frozen.
    ///
    /// # Errors
    /// [`LiveError::Run`]: the journal failed.
    pub fn receive(
        &mut self,
        backtest: &mut Backtest,
        now: Timestamp,
    ) -> Result<Vec<Aside>, LiveError> {
        let mut aside = Vec::new();
        // What a listing names is known before any answer that may be about it is heard.
        self.name_listed();
        let told = self.adapter.take(now);
        self.name_listed();
        for told in told {
            match told {
                AdapterTold::Report(report, at) => {
                    self.status.reports += 1;
                    receive(backtest, Input::Report(report), at.unwrap_or(now), now);
                }
                AdapterTold::Aside { reason, message } => aside.push(Aside { reason, message }),
            }
        }
        for (symbol, mut quote) in self.adapter.link().take_quotes() {
            if let Some(instrument) = self.adapter.desk().instrument(&symbol) {
                quote.instrument = instrument;
                let quote = Input::Market(MarketEvent::Quote(quote));
                receive(backtest, quote, now, now);
            }
        }
        for InDoubt { instrument, reason } in self.adapter.desk_mut().take_in_doubt() {
            if !backtest.engine().gate().is_frozen(instrument) {
                backtest.freeze(now, instrument, true)?;
                let symbol = self.adapter.desk().symbol(instrument);
                aside.push(Aside {
                    reason: format!("{symbol} (instrument {instrument}) is frozen: {reason}"),
                    message: String::new(),
                });
            }
        }
        self.status.set_aside += aside.len() as u64;
        Ok(aside)
    }

    /// Sends what `backtest` has routed and committed. While nobody is logged in, cancels wait and the
    /// rest is refused.
    pub fn send(&mut self, backtest: &mut Backtest) {
        for outward in backtest.take_outward() {
            if let Outward::Routed(event) = outward {
                self.status.sent += 1;
                self.adapter.route(&event);
            }
        }
    }

    /// Whether no order is open.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.adapter.is_quiet()
    }

    /// Where the connection stands.
    #[must_use]
    pub fn status(&self) -> LiveStatus {
        let (logons, last_end) = self.adapter.connections();
        LiveStatus {
            is_logged_on: self.adapter.is_connected(),
            open_orders: self.adapter.desk().open(),
            logons,
            last_end: last_end.map(str::to_owned),
            ..self.status.clone()
        }
    }

    /// Logs out.
    pub fn stop(&mut self) {
        self.adapter.stop();
    }

    /// Takes the venue's names of the contracts that are traded here.
    fn name_listed(&mut self) {
        for (symbol, definition) in self.adapter.link().take_listed() {
            let listed = &definition.instrument;
            let period = (listed.delivery_start, listed.delivery_end);
            let own = self.periods.get(&period);
            if let Some(instrument) = own.filter(|_| definition.area == self.area) {
                self.adapter.desk_mut().name(*instrument, symbol);
            }
        }
    }
}

fn receive(backtest: &mut Backtest, input: Input, ts_event: Timestamp, ts_recv: Timestamp) {
    backtest.receive(Arrival {
        ts_event,
        ts_recv,
        input,
    });
}
