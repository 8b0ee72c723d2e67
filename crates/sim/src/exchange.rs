//! A simulated exchange: the books of a [`BookVenue`], traded over FIX by its members.

mod order;
mod seat;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use wattbook_domain::event::{AmendRouted, CancelRouted, OrderRouted};
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::order::Conditions;
use wattbook_domain::report::{VenueReason, VenueReport};
use wattbook_domain::{
    ClientId, Event, Input, InstrumentId, Lots, Order, OrderId, Side, Timestamp, Volume,
};
use wattbook_session::fix::orders::{Answer, ExecType, MassPart, NewOrder, QuoteUpdate, Request};

use crate::book_venue::BookVenue;
use crate::venue::Venue as _;

use order::{Asked, Placed, refused};

pub use seat::Seat;

/// What a member has traded in one instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// Bought so far, in volume units.
    pub bought: Volume,
    /// Sold so far.
    pub sold: Volume,
    /// How often.
    pub fills: u64,
}

/// One who trades here.
#[derive(Debug)]
struct Member {
    name: String,
    /// Its orders by every `ClOrdID` (11) that they had.
    ids: HashMap<String, OrderId>,
    answers: VecDeque<Answer>,
    last_fill: Option<Answer>,
    /// Symbols whose best prices it is told.
    subscribed: BTreeSet<String>,
    /// Best prices that it is still to be told, by symbol: the last ones only.
    quotes: BTreeMap<String, QuoteUpdate>,
    accounts: BTreeMap<InstrumentId, Account>,
}

/// Books, members and their orders. Time comes in as an argument.
#[derive(Debug)]
pub struct Exchange {
    venue: BookVenue,
    /// Begins every `ExecID` (17): two lives of an exchange give no number twice.
    tag: String,
    symbols: BTreeMap<InstrumentId, String>,
    members: Vec<Member>,
    /// What waits for each reader of copies: whose report it is, and the report.
    copies: Vec<VecDeque<(usize, Answer)>>,
    orders: BTreeMap<OrderId, Placed>,
    quotes: BTreeMap<String, QuoteUpdate>,
    now: Timestamp,
    last_order: u64,
    last_execution: u64,
}

impl Exchange {
    /// An exchange of the books of `venue`, which are those of `instruments`, for members called
    /// `names`, at `now`.
    #[must_use]
    pub fn new<'a>(
        venue: BookVenue,
        instruments: impl IntoIterator<Item = &'a Instrument>,
        names: impl IntoIterator<Item = String>,
        now: Timestamp,
    ) -> Self {
        let member = |name| Member {
            name,
            ids: HashMap::new(),
            answers: VecDeque::new(),
            last_fill: None,
            subscribed: BTreeSet::new(),
            quotes: BTreeMap::new(),
            accounts: BTreeMap::new(),
        };
        let symbol = |listed: &Instrument| (listed.instrument, listed.symbol.clone());
        Self {
            venue,
            tag: now.nanos().to_string(),
            symbols: instruments.into_iter().map(symbol).collect(),
            members: names.into_iter().map(member).collect(),
            copies: Vec::new(),
            orders: BTreeMap::new(),
            quotes: BTreeMap::new(),
            now,
            last_order: 0,
            last_execution: 0,
        }
    }

    /// Adds a reader of copies of every member's reports; returns its number.
    pub fn add_copies(&mut self) -> usize {
        self.copies.push(VecDeque::new());
        self.copies.len() - 1
    }

    /// Carries out a request of `member` at `now`.
    pub fn request(&mut self, member: usize, request: &Request, now: Timestamp) {
        self.take(member, request, now);
    }

    /// Takes the answers that wait for `member`.
    pub fn take_answers(&mut self, member: usize) -> Vec<Answer> {
        let answers = self.members.get_mut(member);
        let answers = answers.map(|member| std::mem::take(&mut member.answers));
        answers.unwrap_or_default().into()
    }

    /// Orders of `member` that have not ended.
    #[must_use]
    pub fn open_orders(&self, member: usize) -> usize {
        let orders = self.orders.values();
        orders.filter(|order| order.is_open_of(member)).count()
    }

    /// What each open order of `member` shows in its book.
    pub fn shown(&self, member: usize) -> impl Iterator<Item = Lots> {
        let orders = self.orders.values();
        let open = orders.filter(move |order| order.is_open_of(member));
        open.filter_map(|order| {
            let book = self.venue.book(order.instrument)?;
            Some(book.order(order.order_id)?.displayed)
        })
    }

    /// Tells `member` its last fill once more, as exchanges do by mistake; whether it had one.
    pub fn repeat_fill(&mut self, member: usize) -> bool {
        let Some(member) = self.members.get_mut(member) else {
            return false;
        };
        let last = member.last_fill.clone();
        member.answers.extend(last.clone());
        last.is_some()
    }

    /// Takes what waits for the reader of copies `number`.
    pub fn take_copies(&mut self, number: usize) -> Vec<Answer> {
        let copies = self.copies.get_mut(number).map(std::mem::take);
        let copies = copies.unwrap_or_default().into_iter();
        copies.map(|(_, answer)| answer).collect()
    }

    /// What each member has traded: its name, the instrument's symbol, the account.
    pub fn accounts(&self) -> impl Iterator<Item = (&str, &str, Account)> {
        self.members.iter().flat_map(|member| {
            let accounts = member.accounts.iter();
            accounts.map(|(instrument, account)| {
                (member.name.as_str(), self.symbol(*instrument), *account)
            })
        })
    }

    /// How many orders each member has placed, by its name.
    pub fn orders(&self) -> impl Iterator<Item = (&str, usize)> {
        self.members.iter().enumerate().map(|(number, member)| {
            let placed = self.orders.values().filter(|order| order.member == number);
            (member.name.as_str(), placed.count())
        })
    }

    /// Lets everything happen that is due by `now`.
    pub fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        self.venue.advance(self.now);
        while let Some(arrival) = self.venue.poll(self.now) {
            match arrival.input {
                Input::Report(report) => self.report(&report, arrival.ts_event),
                Input::Market(MarketEvent::Quote(quote)) => self.quote(&quote),
                _ => {}
            }
        }
    }

    /// The best prices of every contract that has had any, by symbol.
    pub(crate) const fn best_prices(&self) -> &BTreeMap<String, QuoteUpdate> {
        &self.quotes
    }

    /// Tells `member` the best prices of `symbols` from now on.
    fn subscribe(&mut self, member: usize, symbols: Vec<String>) {
        let member = &mut self.members[member];
        for symbol in symbols {
            if let Some(quote) = self.quotes.get(&symbol) {
                member.quotes.insert(symbol.clone(), quote.clone());
            }
            member.subscribed.insert(symbol);
        }
    }

    /// Forgets what `member` wanted to be told, because its connection has ended.
    fn unsubscribe(&mut self, member: usize) {
        let member = &mut self.members[member];
        member.subscribed.clear();
        member.quotes.clear();
    }

    /// Carries out a request of `member` at `now`.
    fn take(&mut self, member: usize, request: &Request, now: Timestamp) {
        self.advance(now);
        match request {
            Request::New(new) => self.take_new(member, new),
            Request::Replace(change) => {
                let asked = Asked::Replace {
                    id: change.id.clone(),
                    price: change.price,
                    volume: change.volume,
                };
                self.take_change(member, &change.original, asked);
            }
            Request::Cancel(cancel) => {
                let id = cancel.id.clone();
                self.take_change(member, &cancel.original, Asked::Cancel { id });
            }
            Request::Status(status) => {
                let order_id = self.members[member].ids.get(&status.id).copied();
                let execution = self.next_execution();
                let placed = order_id.and_then(|order_id| self.orders.get(&order_id));
                let answer = match placed {
                    Some(order) => order.status(&status.id, execution, self.now),
                    None => order::unknown(status, execution, self.now),
                };
                self.answer(member, answer);
            }
            Request::MassStatus(asked) => self.take_mass_status(member, &asked.id),
        }
        self.advance(now);
    }

    /// Tells `member` of all its orders that have not ended.
    fn take_mass_status(&mut self, member: usize, id: &str) {
        let open = self
            .orders
            .iter()
            .filter(|(_, order)| order.is_open_of(member));
        let open: Vec<OrderId> = open.map(|(order_id, _)| *order_id).collect();
        if open.is_empty() {
            let execution = self.next_execution();
            let answer = order::no_orders(id, execution, self.now);
            return self.answer(member, answer);
        }
        let total = open.len() as u64;
        for (nth, order_id) in (1..).zip(open) {
            let execution = self.next_execution();
            let part = MassPart {
                id: id.to_owned(),
                total,
                is_last: nth == total,
            };
            let answer = self.orders[&order_id].mass_status(part, execution, self.now);
            self.answer(member, answer);
        }
    }

    fn take_new(&mut self, member: usize, new: &NewOrder) {
        let listed = self.symbols.iter().find(|(_, known)| **known == new.symbol);
        let instrument = listed.map(|(instrument, _)| *instrument);
        let is_known = self.members[member].ids.contains_key(&new.id);
        let Some(instrument) = instrument.filter(|_| !is_known) else {
            let reason = if is_known {
                VenueReason::InvalidTerms
            } else {
                VenueReason::NotTrading
            };
            let execution = self.next_execution();
            let answer = refused(new, execution, reason, self.now);
            return self.answer(member, answer);
        };
        self.last_order += 1;
        // Members are clients from 1 on.
        let order_id = OrderId::new(ClientId(member as u16 + 1), self.last_order);
        self.members[member].ids.insert(new.id.clone(), order_id);
        self.orders
            .insert(order_id, Placed::new(order_id, member, instrument, new));
        let shown = |volume| {
            Box::new(Conditions {
                display_volume: Some(volume),
                ..Conditions::default()
            })
        };
        let order = Order {
            conditions: new.display_volume.map(shown),
            instrument,
            side: new.side,
            time_in_force: new.time_in_force,
            price: new.price,
            volume: new.volume,
            ..Order::default()
        };
        let routed = Event::OrderRouted(OrderRouted { order_id, order });
        self.venue.on_routed(&routed, self.now);
    }

    fn take_change(&mut self, member: usize, original: &str, asked: Asked) {
        let known = self.members[member].ids.get(original).copied();
        let placed = known.and_then(|order_id| self.orders.get_mut(&order_id));
        let Some(order) = placed.filter(|order| order.ended.is_none()) else {
            let answer = asked.refused("NONE", original, None, VenueReason::UnknownOrder);
            return self.answer(member, answer);
        };
        let (order_id, instrument) = (order.order_id, order.instrument);
        let routed = match &asked {
            Asked::Replace { price, volume, .. } => Event::AmendRouted(AmendRouted {
                order_id,
                instrument,
                price: *price,
                volume: *volume,
                trigger: None,
            }),
            Asked::Cancel { .. } => Event::CancelRouted(CancelRouted {
                order_id,
                instrument,
            }),
        };
        self.members[member]
            .ids
            .insert(asked.id().to_owned(), order_id);
        order.pending.push_back(asked);
        self.venue.on_routed(&routed, self.now);
    }

    /// Answers the member whose order the venue reports on.
    fn report(&mut self, report: &VenueReport, at: Timestamp) {
        let Some(order_id) = order::reported(report) else {
            return;
        };
        let execution = self.next_execution();
        let Some(order) = self.orders.get_mut(&order_id) else {
            return;
        };
        let (member, instrument) = (order.member, order.instrument);
        if let VenueReport::OrderFilled(filled) = report {
            let account = self.members[member].accounts.entry(instrument).or_default();
            account.fills += 1;
            match order.side {
                Side::Buy => account.bought += filled.volume,
                Side::Sell => account.sold += filled.volume,
            }
        }
        if let Some(answer) = order.apply(report, execution, at) {
            self.answer(member, answer);
        }
    }

    fn quote(&mut self, quote: &Quote) {
        let update = QuoteUpdate {
            symbol: self.symbol(quote.instrument).to_owned(),
            bid: (quote.bid_price, quote.bid_volume),
            ask: (quote.ask_price, quote.ask_volume),
        };
        for member in &mut self.members {
            if member.subscribed.contains(&update.symbol) {
                member.quotes.insert(update.symbol.clone(), update.clone());
            }
        }
        self.quotes.insert(update.symbol.clone(), update);
    }

    fn answer(&mut self, member: usize, answer: Answer) {
        // An answer to a question is of no interest to others.
        if let Answer::Execution(execution) = &answer
            && execution.exec_type != ExecType::Status
        {
            for copies in &mut self.copies {
                copies.push_back((member, answer.clone()));
            }
        }
        if let Answer::Execution(execution) = &answer
            && execution.exec_type == ExecType::Trade
        {
            self.members[member].last_fill = Some(answer.clone());
        }
        self.members[member].answers.push_back(answer);
    }

    fn next_execution(&mut self) -> String {
        self.last_execution += 1;
        format!("{}-{}", self.tag, self.last_execution)
    }

    fn symbol(&self, instrument: InstrumentId) -> &str {
        self.symbols.get(&instrument).map_or("", String::as_str)
    }
}
