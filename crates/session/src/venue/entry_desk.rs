//! Orders over a venue's session, in the terms of the adapter kit.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use wattbook_domain::report::VenueReason;
use wattbook_domain::{InstrumentId, Price, TimeInForce, Timestamp, TradeId, Volume};

use super::entry::{EntryRefused, OrderEntry, TOO_MANY_REQUESTS};
use super::entry_order::{Asked, Placed};
use super::event::{SessionState, VenueEvent};
use super::own::{OwnOrder, OwnOrderState, OwnTrade};
use crate::adapter::Heard;
use crate::fix::orders::{
    Answer, Cancel, ChangeRejected, ExecType, Execution, MassPart, NewOrder, OrdStatus, Request,
    StandingOrder, Status, reason_of,
};

/// Orders that have ended and are remembered, for a trade that comes late.
const ENDED_MAX: usize = 10_000;

/// What was told since the login.
#[derive(Debug, Default)]
struct Listed {
    is_live: bool,
    has_orders: bool,
    has_trades: bool,
}

/// What the kit asks, as entries for a session; and what the session tells, as answers to the kit.
///
/// A session in the manner of M7 or of Nord Pool numbers nothing that we send: what was on its way when a
/// connection broke either arrived or not. So after each login the venue's lists of our standing orders and
/// of our trades are taken first; an order that neither of them knows is refused, and taken back should the
/// venue take it later. Only when everything that was unsure is answered the link counts as up. Symbols are `CONTRACT@AREA`, by the venue's codes.
#[derive(Debug, Default)]
pub struct EntryDesk {
    orders: BTreeMap<String, Placed>,
    /// Orders by the name of each request about them.
    names: HashMap<String, String>,
    /// Orders by each code that the venue gave them.
    codes: HashMap<String, String>,
    /// Codes that were told since the last call of [`Self::take_codes`].
    new_codes: Vec<(String, String)>,
    /// Orders with something to be sent.
    due: VecDeque<String>,
    ended: VecDeque<String>,
    trades: HashSet<TradeId>,
    /// Trades that were booked, by this process or an earlier one, by the name of the order.
    booked: HashSet<(String, TradeId)>,
    booked_trades: HashSet<TradeId>,
    is_resumed: bool,
    /// Names of contracts, by the session's number.
    symbols: HashMap<InstrumentId, String>,
    /// Trades of no order that was told yet.
    unclaimed: Vec<OwnTrade>,
    /// Standing orders of ours that this desk did not send, by code.
    foreign: BTreeMap<String, OwnOrder>,
    heard: VecDeque<Heard>,
    logins: u64,
    listed: Listed,
    is_settled: bool,
    is_up: bool,
    /// How often the venue took no more requests since the last look.
    throttled: u32,
    /// Orders that were sent and not answered, since the last look: only the venue's lists tell what became
    /// of them.
    doubts: u32,
    reports: u64,
}

impl EntryDesk {
    /// Takes over orders and booked trades of an earlier process, and the venue's codes that it was told,
    /// before the first login. What had not arrived there is refused, not sent again.
    pub fn resume(
        &mut self,
        orders: impl IntoIterator<Item = StandingOrder>,
        booked: impl IntoIterator<Item = (String, TradeId)>,
        codes: impl IntoIterator<Item = (String, String)>,
    ) {
        self.is_resumed = true;
        self.codes.extend(codes);
        for order in orders {
            let requests = [&order.name, &order.id].into_iter();
            for id in requests.chain(order.changes.iter().map(|(id, _)| id)) {
                self.names.insert(id.clone(), order.name.clone());
            }
            self.orders
                .insert(order.name.clone(), Placed::resumed(order));
        }
        self.booked = booked.into_iter().collect();
        self.booked_trades = self.booked.iter().map(|(_, trade)| *trade).collect();
    }

    /// The venue's codes of orders that have been told since the last call, each with our name of the
    /// order: another process needs them where the venue's trades do not repeat our names.
    pub fn take_codes(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.new_codes)
    }

    /// Takes a request of the kit.
    pub fn request(&mut self, request: &Request) {
        match request {
            Request::New(new) => {
                self.names.insert(new.id.clone(), new.id.clone());
                self.orders.insert(new.id.clone(), Placed::new(new));
                if is_spoken(new) {
                    self.due.push_back(new.id.clone());
                } else {
                    let reason = VenueReason::InvalidTerms;
                    self.with(&new.id, |order, _, out| order.refuse(reason, out));
                }
            }
            Request::Replace(change) => {
                let asked = Asked::Modify {
                    id: change.id.clone(),
                    price: change.price,
                    volume: change.volume,
                };
                self.change(&change.id, &change.original, asked);
            }
            Request::Cancel(cancel) => {
                self.adopt(cancel);
                let id = cancel.id.clone();
                self.change(&cancel.id, &cancel.original, Asked::Delete { id });
            }
            Request::Status(status) => self.tell_status(status),
            Request::MassStatus(asked) => self.tell_all(&asked.id),
        }
    }

    /// Takes what the session tells.
    pub fn told(&mut self, event: VenueEvent) {
        match event {
            VenueEvent::State(state) => self.take_state(state),
            VenueEvent::OwnOrder(order) => self.take_order(*order),
            VenueEvent::OwnTrade(trade) => self.take_trade(&trade),
            VenueEvent::Defined(told) => {
                let instrument = told.instrument.instrument;
                self.symbols.insert(instrument, told.symbol());
            }
            VenueEvent::OwnOrdersWhole => self.listed.has_orders = true,
            VenueEvent::OwnTradesWhole => self.listed.has_trades = true,
            VenueEvent::EntryRefused(refused) => self.take_refusal(&refused),
            VenueEvent::Quarantined(part) => self.heard.push_back(Heard::Unreadable {
                reason: format!("{}: {}", part.place, part.reason),
                message: String::from_utf8_lossy(&part.raw).into_owned(),
            }),
            _ => return,
        }
        self.settle();
    }

    /// The session is over; another one may follow. An order that has not arrived by then is refused, not
    /// sent again.
    pub fn leave(&mut self) {
        self.fall("logged out");
        self.begin_session();
        for order in self.orders.values_mut() {
            order.leave();
        }
    }

    /// Whether the venue took no more requests since the last call: what it refused so is to be sent again
    /// after a while.
    pub const fn take_throttled(&mut self) -> bool {
        std::mem::replace(&mut self.throttled, 0) > 0
    }

    /// Whether an order of ours has not reached the venue yet.
    #[must_use]
    pub fn is_unsent(&self, id: &str) -> bool {
        let name = self.names.get(id);
        let order = name.and_then(|name| self.orders.get(name));
        order.is_some_and(Placed::is_unsent)
    }

    /// Whether the lists of the venue are to be taken again since the last call, by another login: it has
    /// left an order without an answer.
    pub const fn take_doubt(&mut self) -> bool {
        std::mem::replace(&mut self.doubts, 0) > 0
    }

    /// The session ends for another login, which is to tell what became of what was sent.
    pub fn log_in_again(&mut self) {
        self.fall("an order was not answered; the venue's lists are taken again");
        self.begin_session();
    }

    /// Another session is next: it counts its own logins and drops what names others, and its first list
    /// tells of our trades too.
    const fn begin_session(&mut self) {
        self.is_resumed |= self.logins > 0;
        self.logins = 0;
    }

    /// What the session is to send next.
    pub fn entry(&mut self) -> Option<OrderEntry> {
        if !self.is_settled {
            return None;
        }
        while let Some(name) = self.due.pop_front() {
            let order = self.orders.get_mut(&name);
            let entry = order.and_then(|order| order.entry(self.logins));
            if entry.is_some() {
                return entry;
            }
        }
        None
    }

    /// What the kit hears next.
    pub fn heard(&mut self) -> Option<Heard> {
        self.heard.pop_front()
    }

    /// Takes over the order that `cancel` is about where it was not sent from here.
    fn adopt(&mut self, cancel: &Cancel) {
        let name = &cancel.original;
        if name.is_empty() || self.names.contains_key(name) {
            return;
        }
        let mut foreign = self.foreign.iter();
        let found = foreign.find(|(_, order)| order.client_order == *name);
        if let Some((code, order)) = found {
            let placed = Placed::foreign(order, cancel.symbol.clone());
            self.names.insert(name.clone(), name.clone());
            self.codes.insert(code.clone(), name.clone());
            self.orders.insert(name.clone(), placed);
            self.foreign.remove(&code.clone());
        }
    }

    fn change(&mut self, id: &str, original: &str, asked: Asked) {
        let name = self.names.get(original).cloned();
        let order = name.as_ref().and_then(|name| self.orders.get_mut(name));
        let Some((name, order)) = name.as_ref().zip(order.filter(|order| !order.is_over())) else {
            let answer = ChangeRejected {
                order: "NONE".to_owned(),
                id: id.to_owned(),
                original: original.to_owned(),
                status: OrdStatus::Rejected,
                was_replace: matches!(asked, Asked::Modify { .. }),
                reason: VenueReason::UnknownOrder,
            };
            return self.answer([Answer::ChangeRejected(answer)]);
        };
        order.asked.push_back(asked);
        self.names.insert(id.to_owned(), name.clone());
        self.due.push_back(name.clone());
    }

    fn take_state(&mut self, state: SessionState) {
        match state {
            SessionState::LoggedIn => {
                self.logins += 1;
                self.fall("another login");
                self.foreign.clear();
                for order in self.orders.values_mut() {
                    order.suspend();
                }
            }
            SessionState::Live => self.listed.is_live = true,
            SessionState::Lost { error, .. } => self.fall(&error.to_string()),
            SessionState::Stopped => self.fall("logged out"),
            SessionState::Connecting | SessionState::Renewed => {}
        }
    }

    fn fall(&mut self, why: &str) {
        (self.listed, self.is_settled) = (Listed::default(), false);
        if std::mem::take(&mut self.is_up) {
            self.heard.push_back(Heard::Down(why.to_owned()));
        }
    }

    /// Once everything is told that the venue knows: settles what is unsure, and is up when no answer is
    /// missing any more.
    fn settle(&mut self) {
        let Listed {
            is_live,
            has_orders,
            has_trades,
        } = self.listed;
        let is_told = is_live && has_orders && has_trades;
        if is_told && !self.is_settled {
            for trade in std::mem::take(&mut self.unclaimed) {
                match self.claim(&trade) {
                    Some(name) => self.book_trade(&name, &trade),
                    None => self.tell_foreign_trade(&trade),
                }
            }
            self.is_settled = true;
            let mut answers = Vec::new();
            let mut over = Vec::new();
            for (name, order) in &mut self.orders {
                let was_over = order.is_over();
                order.settle(&mut answers);
                if order.is_asking() {
                    self.due.push_back(name.clone());
                }
                if order.is_over() && !was_over {
                    over.push(name.clone());
                }
            }
            self.answer(answers);
            for name in &over {
                self.forget_later(name);
            }
        }
        let is_sure = || self.orders.values().all(|order| !order.is_asking());
        if self.is_settled && !self.is_up && is_sure() {
            self.is_up = true;
            self.heard.push_back(Heard::Up);
        }
    }

    fn answer(&mut self, answers: impl IntoIterator<Item = Answer>) {
        let heard = answers.into_iter().map(|answer| Heard::Answer {
            answer: Box::new(answer),
            repeats: false,
        });
        self.heard.extend(heard);
    }

    /// Lets `act` change an order; what it then answers is told, and what it asks is sent.
    fn with(&mut self, name: &str, act: impl FnOnce(&mut Placed, bool, &mut Vec<Answer>)) {
        let is_loading = !self.is_settled;
        let Some(order) = self.orders.get_mut(name) else {
            return;
        };
        let (was_over, mut answers) = (order.is_over(), Vec::new());
        act(order, is_loading, &mut answers);
        let has_ended = order.is_over() && !was_over;
        if order.is_asking() {
            self.due.push_back(name.to_owned());
        }
        self.answer(answers);
        if has_ended {
            self.forget_later(name);
        }
    }

    fn forget_later(&mut self, name: &str) {
        self.ended.push_back(name.to_owned());
        if self.ended.len() <= ENDED_MAX {
            return;
        }
        if let Some(first) = self.ended.pop_front() {
            self.orders.remove(&first);
            self.names.retain(|_, name| *name != first);
            self.codes.retain(|_, name| *name != first);
        }
    }

    fn take_order(&mut self, order: OwnOrder) {
        let by_name = self.names.get(&order.client_order);
        let name = by_name
            .or_else(|| self.codes.get(&order.order))
            .or_else(|| self.codes.get(&order.first_order))
            .cloned();
        let Some(name) = name else {
            if order.state == OwnOrderState::Inactive {
                self.foreign.remove(&order.order);
            } else {
                self.foreign.insert(order.order.clone(), order);
            }
            return;
        };
        for code in [&order.order, &order.first_order] {
            if self.codes.insert(code.clone(), name.clone()).is_none() {
                self.new_codes.push((code.clone(), name.clone()));
            }
        }
        let symbol = self.symbols.get(&order.instrument).cloned();
        self.with(&name, |placed, is_loading, out| {
            if let Some(symbol) = symbol {
                placed.symbol = symbol;
            }
            placed.told(&order, is_loading, out);
        });
    }

    fn take_trade(&mut self, trade: &OwnTrade) {
        if let Some(name) = self.claim(trade) {
            self.book_trade(&name, trade);
        } else if self.is_settled {
            self.tell_foreign_trade(trade);
        } else if self.logins > 1 || self.is_resumed {
            // Its order may be told behind it. The first list tells of trades from before a new desk.
            self.unclaimed.push(trade.clone());
        }
    }

    /// The name of the order that `trade` is of, if it was sent from here.
    fn claim(&self, trade: &OwnTrade) -> Option<String> {
        let by_code = self.codes.get(&trade.order);
        let name = by_code.or_else(|| self.names.get(&trade.client_order));
        name.cloned()
    }

    /// Tells of a trade of an order that was not sent from here, which nobody here can book.
    fn tell_foreign_trade(&mut self, trade: &OwnTrade) {
        if self.booked_trades.contains(&trade.trade) {
            return;
        }
        let symbol = self.symbols.get(&trade.instrument).cloned();
        let answer = Execution {
            order: trade.order.clone(),
            id: trade.client_order.clone(),
            execution: trade.trade.to_string(),
            exec_type: ExecType::Trade,
            symbol: symbol.unwrap_or_default(),
            side: trade.side,
            last: Some((trade.price, trade.volume)),
            at: Some(trade.ts_event),
            reason: None,
            ..self.nothing(OrdStatus::Filled)
        };
        self.answer([Answer::Execution(Box::new(answer))]);
    }

    fn book_trade(&mut self, name: &str, trade: &OwnTrade) {
        // By this process or an earlier one: another session tells its lists from the beginning.
        if trade.is_valid && !self.booked.insert((name.to_owned(), trade.trade)) {
            return;
        }
        let TradeId(number) = trade.trade;
        if !trade.is_valid {
            let Some(order) = self.orders.get_mut(name) else {
                return;
            };
            // A trade that is taken back is the operator's.
            let answer = Execution {
                exec_type: ExecType::Other(b'H'),
                ..order.standing()
            };
            return self.answer([Answer::Execution(Box::new(answer))]);
        }
        // With itself: the other side has the same number.
        let execution = if self.trades.insert(trade.trade) {
            number.to_string()
        } else {
            format!("{number}/{}", trade.order)
        };
        self.with(name, |placed, is_loading, out| {
            placed.traded(trade, execution, is_loading, out);
        });
    }

    fn take_refusal(&mut self, refused: &EntryRefused) {
        let Some(name) = self.names.get(&refused.id).cloned() else {
            return;
        };
        if refused.words == TOO_MANY_REQUESTS {
            self.throttled += 1;
            return self.with(&name, |placed, _, _| placed.throttled(&refused.id));
        }
        let reason = reason_of(&refused.words).unwrap_or(VenueReason::InvalidTerms);
        self.with(&name, |placed, _, out| {
            placed.refused(&refused.id, reason, out);
        });
    }

    fn tell_status(&mut self, status: &Status) {
        let name = self.names.get(&status.id);
        let order = name.and_then(|name| self.orders.get_mut(name));
        if let Some(order) = order.as_ref().filter(|order| order.is_unanswered()) {
            // What this desk knows of it is only what was asked.
            self.doubts += u32::from(order.is_on_its_way());
            return;
        }
        let mut answer = match order {
            Some(order) => order.standing(),
            None => self.nothing(OrdStatus::Rejected),
        };
        answer.id.clone_from(&status.id);
        self.answer([Answer::Execution(Box::new(answer))]);
    }

    /// Tells of every order that stands, and of those of ours that were not sent from here.
    fn tell_all(&mut self, id: &str) {
        let open = self.orders.values_mut().filter(|order| order.is_open());
        let mut told: Vec<Execution> = open.map(Placed::standing).collect();
        for order in self.foreign.clone().into_values() {
            let symbol = self.symbols.get(&order.instrument).cloned();
            told.push(Execution {
                order: order.order,
                id: order.client_order,
                symbol: symbol.unwrap_or_default(),
                side: order.side,
                price: Some(order.price),
                open: order.volume,
                ..self.nothing(OrdStatus::New)
            });
        }
        let total = told.len() as u64;
        if told.is_empty() {
            told.push(self.nothing(OrdStatus::Rejected));
        }
        let last = told.len();
        for (nth, execution) in (1..).zip(&mut told) {
            execution.mass = Some(MassPart {
                id: id.to_owned(),
                total,
                is_last: nth == last,
            });
        }
        let answers = told.into_iter();
        self.answer(answers.map(|execution| Answer::Execution(Box::new(execution))));
    }

    fn nothing(&mut self, status: OrdStatus) -> Execution {
        self.reports += 1;
        Execution {
            order: "NONE".to_owned(),
            execution: format!("status/{}", self.reports),
            id: String::new(),
            original: None,
            exec_type: ExecType::Status,
            status,
            symbol: String::new(),
            side: wattbook_domain::Side::Buy,
            price: None,
            volume: None,
            last: None,
            filled: Volume::ZERO,
            open: Volume::ZERO,
            mean_price: Price::ZERO,
            is_maker: false,
            reason: Some(VenueReason::UnknownOrder),
            at: None::<Timestamp>,
            mass: None,
        }
    }
}

/// Whether entries of these venues can say it: they have no words for an order that waits for an auction,
/// and an iceberg rests and shows a part.
fn is_spoken(new: &NewOrder) -> bool {
    let is_shown = new.display_volume != Some(Volume::ZERO);
    match new.time_in_force {
        TimeInForce::AtOpen | TimeInForce::AtClose => false,
        TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill => new.display_volume.is_none(),
        _ => is_shown,
    }
}
