//! The edge of a live run with a venue that is not spoken to by FIX: orders over its own session.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use wattbook_domain::market::MarketEvent;
use wattbook_domain::{Input, InstrumentId, Timestamp};
use wattbook_feed::venue::{OpenSession, TlsClient, VenueOrders};
use wattbook_gateway::rest_orders::RestOrders;
use wattbook_session::Session;
use wattbook_session::adapter::{AdapterTold, OrderAdapter, VenueAdapter};
use wattbook_session::fix::orders::InDoubt;
use wattbook_session::fix::{Rate, Schedule};

use super::link::LiveLink;
use super::{Aside, LiveError, LiveStatus, freeze};
use crate::backtest::{Backtest, Outward};
use crate::venue::Arrival;

/// First and one past the last instant of a delivery period.
pub type Period = (Timestamp, Timestamp);

/// A venue that is not spoken to by FIX and that a run trades with: in the manner of M7 or of Nord Pool, or
/// by REST and WebSocket.
///
/// The contracts of a session become those of the run by their delivery period, in one area: an order in a
/// contract that the venue has not listed is refused. A REST venue names them as the run does.
#[derive(Debug)]
pub struct NativeVenue {
    adapter: OrderAdapter<Box<dyn LiveLink>>,
    area: String,
    periods: BTreeMap<Period, InstrumentId>,
    status: LiveStatus,
    /// When the venue is traded with; always without.
    hours: Option<Schedule>,
    began: Instant,
    /// The run has asked for a connection.
    is_wanted: bool,
    is_open: bool,
    /// When the hours begin again, while it is outside of them.
    closed: Option<String>,
}

impl NativeVenue {
    /// A venue behind `session`, whose TLS connections are made by `tls`. `tag` begins each name of an
    /// order, `area` is the venue's code of the delivery area, `periods` are what is traded. `open` makes
    /// another session when the hours begin again; `codes` is the file that keeps the venue's codes of
    /// orders.
    #[must_use]
    pub fn new(
        session: Box<dyn Session>,
        tls: TlsClient,
        tag: String,
        area: String,
        periods: impl IntoIterator<Item = (Period, InstrumentId)>,
        open: OpenSession,
        codes: PathBuf,
    ) -> Self {
        let link = VenueOrders::new(session, tls);
        let link = link.reopened_by(open).kept_at(codes);
        Self {
            area,
            periods: periods.into_iter().collect(),
            ..Self::over(Box::new(link), tag, [])
        }
    }

    /// A venue behind `link`; `symbols` are its names of what is traded.
    #[must_use]
    pub fn by_rest(
        link: RestOrders,
        tag: String,
        symbols: impl IntoIterator<Item = (InstrumentId, String)>,
    ) -> Self {
        Self::over(Box::new(link), tag, symbols)
    }

    fn over(
        link: Box<dyn LiveLink>,
        tag: String,
        symbols: impl IntoIterator<Item = (InstrumentId, String)>,
    ) -> Self {
        Self {
            adapter: OrderAdapter::new(link, tag, symbols),
            area: String::new(),
            periods: BTreeMap::new(),
            status: LiveStatus::default(),
            hours: None,
            began: Instant::now(),
            is_wanted: false,
            is_open: false,
            closed: None,
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

    /// The same, connected within `hours` of the run's clock only; outside nothing leaves.
    #[must_use]
    pub fn with_hours(self, hours: Schedule) -> Self {
        Self {
            hours: Some(hours),
            ..self
        }
    }

    /// Takes over what a resumed run has met of its journal, before it connects. What had not arrived at
    /// the venue, as its lists will tell, is refused then.
    ///
    /// # Errors
    /// [`LiveError::Store`]: what the earlier process kept cannot be read.
    pub fn resume(&mut self, backtest: &mut Backtest) -> Result<(), LiveError> {
        for outward in backtest.take_outward() {
            match outward {
                // One that was taken back and whose end is not in the journal counts as one that never left.
                Outward::Routed(event) | Outward::Withdrawn(event) => {
                    drop(self.adapter.desk_mut().routed(&event));
                }
                Outward::Reported(report) => self.adapter.desk_mut().apply(&report),
                Outward::Booked(_) => {}
            }
        }
        let desk = self.adapter.desk().clone();
        if !self.adapter.link().resume(&desk)? {
            self.adapter.settle();
        }
        Ok(())
    }

    /// Asks the venue to take back an order that it told of and this run does not work, by its name;
    /// `false` where it told of none.
    pub fn cancel_foreign(&mut self, name: &str, now: Timestamp) -> bool {
        self.adapter.cancel_foreign(name, now)
    }

    /// Connects, and again whenever the connection is lost; with hours once they are known to have begun.
    pub fn connect(&mut self) {
        self.is_wanted = true;
        if self.hours.is_none() {
            self.is_open = true;
            self.adapter.connect();
        }
    }

    /// Connects when the hours begin, and disconnects when they end: what has not left by then never
    /// leaves.
    fn keep_hours(&mut self, now: Timestamp) {
        let Some(hours) = self.hours.as_ref().filter(|_| self.is_wanted) else {
            return;
        };
        let is_open = hours.period(now).is_some();
        self.closed = (!is_open).then(|| {
            let next = hours.next_start(now);
            let next = next.map_or_else(String::new, |at| format!("; they begin again at {at}"));
            format!("outside the session's hours{next}")
        });
        if is_open && !self.is_open {
            self.adapter.connect();
        } else if self.is_open && !is_open {
            self.adapter.stop();
            self.adapter.settle();
        }
        self.is_open = is_open;
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
        self.keep_hours(now);
        // What a listing names is known before any answer that may be about it is heard.
        self.name_listed();
        let passed = i64::try_from(self.began.elapsed().as_nanos()).unwrap_or(i64::MAX);
        self.adapter
            .ask_after_silence(Timestamp::from_nanos(passed));
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
            let symbol = self.adapter.desk().symbol(instrument);
            aside.push(freeze(backtest, now, (instrument, &symbol), &reason)?);
        }
        self.status.set_aside += aside.len() as u64;
        Ok(aside)
    }

    /// Sends what `backtest` has routed and committed. While nobody is logged in, cancels wait and the
    /// rest is refused. Answers whose inputs are durable need not come again.
    ///
    /// # Errors
    /// [`LiveError::Store`]: that cannot be kept.
    pub fn send(&mut self, backtest: &mut Backtest) -> Result<(), LiveError> {
        if backtest.has_met_all() {
            self.adapter.link().confirm()?;
        }
        for outward in backtest.take_outward() {
            match outward {
                Outward::Routed(event) => {
                    self.status.sent += 1;
                    self.adapter.route(&event);
                }
                Outward::Withdrawn(event) => self.adapter.withdraw(&event),
                Outward::Reported(_) | Outward::Booked(_) => {}
            }
        }
        Ok(())
    }

    /// Whether no order is open.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.adapter.is_quiet()
    }

    /// Where the connection stands.
    #[must_use]
    pub fn status(&mut self) -> LiveStatus {
        let waiting = self.adapter.waiting() + self.adapter.link().waiting();
        let (logons, last_end) = self.adapter.connections();
        let last_end = self.closed.as_deref().or(last_end);
        LiveStatus {
            is_logged_on: self.adapter.is_connected(),
            open_orders: self.adapter.desk().open(),
            waiting,
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
