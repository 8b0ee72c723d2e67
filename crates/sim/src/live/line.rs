//! What the run and the thread of the connection share.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use wattbook_codec::fix::Message;
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::report::VenueReport;
use wattbook_domain::{Event, Input, Timestamp};
use wattbook_session::fix::orders::{
    OrderDesk, Outcome, QuoteUpdate, SetAside, Told, write_subscription,
};
use wattbook_session::fix::{
    Application, BusinessReason, Declined, MessageStore, Outbox, SessionError,
};

use super::{Aside, LiveStatus, locked};

/// How often the line is looked at for orders to send, in ns.
const INTERVAL_NS: i64 = 1_000_000;

/// What came, when, and with which message.
#[derive(Debug)]
pub(super) struct Came {
    pub(super) at: Instant,
    /// None for what was not told by the exchange.
    pub(super) sequence: Option<u64>,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// An input, and when it happened at the exchange.
    Input(Input, Option<Timestamp>),
    Aside(Aside),
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) desk: OrderDesk,
    pub(super) outgoing: VecDeque<Event>,
    pub(super) incoming: VecDeque<Came>,
    /// `ClOrdID`s (11) by the number of their message.
    pub(super) sent: BTreeMap<u64, String>,
    pub(super) status: LiveStatus,
    /// A logon is to be followed by a subscription, and by questions after open orders.
    is_new_logon: bool,
}

impl Shared {
    pub(super) fn new(desk: OrderDesk, sent: Vec<(u64, String)>) -> Self {
        Self {
            desk,
            outgoing: VecDeque::new(),
            incoming: VecDeque::new(),
            sent: sent.into_iter().collect(),
            status: LiveStatus::default(),
            is_new_logon: false,
        }
    }

    /// Takes what the engine routed.
    pub(super) fn route(&mut self, event: Event) {
        if self.status.is_logged_on {
            self.outgoing.push_back(event);
        } else if let Some(report) = self.desk.refuse(&event) {
            self.report(report, None, None);
        }
    }

    fn report(&mut self, report: VenueReport, at: Option<Timestamp>, sequence: Option<u64>) {
        self.status.reports += 1;
        self.came(What::Input(Input::Report(report), at), sequence);
    }

    fn came(&mut self, what: What, sequence: Option<u64>) {
        let at = Instant::now();
        self.incoming.push_back(Came { at, sequence, what });
    }

    fn set_aside(&mut self, reason: &impl ToString, message: &Message<'_>, sequence: Option<u64>) {
        self.status.set_aside += 1;
        let text = String::from_utf8_lossy(message.bytes()).replace('\u{1}', "|");
        let aside = Aside {
            reason: reason.to_string(),
            message: text,
        };
        self.came(What::Aside(aside), sequence);
    }

    /// The refusal of our message number `sequence`.
    fn refused(&mut self, sequence: Option<u64>) -> Result<VenueReport, SetAside> {
        let id = sequence.and_then(|sequence| self.sent.get(&sequence));
        let id = id.cloned().unwrap_or_default();
        self.desk.refused(&id)
    }

    fn quote(&mut self, message: &Message<'_>, sequence: Option<u64>) {
        match QuoteUpdate::read(message) {
            Ok(update) => {
                let Some(instrument) = self.desk.instrument(&update.symbol) else {
                    let reason = format!("symbol {:?} was not asked for", update.symbol);
                    return self.set_aside(&reason, message, sequence);
                };
                let quote = Quote {
                    instrument,
                    bid_price: update.bid.0,
                    bid_volume: update.bid.1,
                    ask_price: update.ask.0,
                    ask_volume: update.ask.1,
                };
                let input = Input::Market(MarketEvent::Quote(quote));
                self.came(What::Input(input, None), sequence);
            }
            Err(fault) => self.set_aside(&fault, message, sequence),
        }
    }
}

/// The desk's end of the connection.
#[derive(Debug)]
pub(super) struct DeskLine {
    shared: Arc<Mutex<Shared>>,
}

impl DeskLine {
    pub(super) const fn new(shared: Arc<Mutex<Shared>>) -> Self {
        Self { shared }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        locked(&self.shared)
    }
}

impl<S: MessageStore> Application<S> for DeskLine {
    fn on_logon(&mut self) {
        let mut shared = self.shared();
        shared.status.is_logged_on = true;
        shared.status.logons += 1;
        shared.is_new_logon = true;
    }

    fn on_message(
        &mut self,
        message: &Message<'_>,
        _outbox: &mut Outbox<S>,
    ) -> Result<(), Declined> {
        let mut shared = self.shared();
        let sequence = message.get(34).and_then(|value| value.count().ok());
        match message.msg_type() {
            b"8" | b"9" => match shared.desk.told(message) {
                Ok(Told::Report(report, at)) => shared.report(report, at, sequence),
                Ok(Told::Repeated) => shared.status.repeated += 1,
                Ok(Told::Nothing) => {}
                Err(reason) => shared.set_aside(&reason, message, sequence),
            },
            b"j" => {
                let refers = message.get(45).and_then(|value| value.count().ok());
                match shared.refused(refers) {
                    Ok(report) => shared.report(report, None, sequence),
                    Err(reason) => shared.set_aside(&reason, message, sequence),
                }
            }
            b"W" => shared.quote(message, sequence),
            _ => return Err(Declined::Business(BusinessReason::UnsupportedMessageType)),
        }
        Ok(())
    }

    fn on_reject(&mut self, sequence: Option<u64>) {
        let mut shared = self.shared();
        // The session has told of the refusal; only that of an order concerns the engine.
        if let Ok(report) = shared.refused(sequence) {
            shared.report(report, None, None);
        }
    }

    fn on_time(&mut self, outbox: &mut Outbox<S>) -> Result<(), SessionError> {
        let mut shared = self.shared();
        let shared = &mut *shared;
        let now = outbox.now();
        if std::mem::take(&mut shared.is_new_logon) {
            let symbols = shared.desk.symbols();
            outbox.send_once("V", |body| write_subscription("quotes", symbols, body))?;
            for question in shared.desk.questions() {
                outbox.send_once(question.msg_type(), |body| question.write(now, body))?;
            }
        }
        while let Some(event) = shared.outgoing.pop_front() {
            match shared.desk.routed(&event) {
                Outcome::Send(request) => {
                    let sequence = outbox.send(request.msg_type(), &[], |body| {
                        request.write(now, body);
                    })?;
                    shared.sent.insert(sequence, request.id().to_owned());
                    shared.status.sent += 1;
                }
                Outcome::Refuse(report) => {
                    shared.desk.apply(&report);
                    shared.report(report, None, None);
                }
                Outcome::Nothing => {}
            }
        }
        Ok(())
    }

    fn interval_ns(&self) -> Option<i64> {
        Some(INTERVAL_NS)
    }

    fn on_disconnect(&mut self) {
        let mut shared = self.shared();
        shared.status.is_logged_on = false;
        while let Some(event) = shared.outgoing.pop_front() {
            if let Some(report) = shared.desk.refuse(&event) {
                shared.report(report, None, None);
            }
        }
    }
}
