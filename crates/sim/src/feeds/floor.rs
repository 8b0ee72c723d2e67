//! The orders of one client at a simulated venue: an exchange's books behind numbers and revisions, as
//! venues in the manner of M7 and Nord Pool keep them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wattbook_domain::report::VenueReason;
use wattbook_domain::{Price, Side, TimeInForce, Timestamp, Volume};
use wattbook_gateway::wall_clock;
use wattbook_session::fix::orders::{
    Answer, Cancel, ExecType, Execution, NewOrder, Replace, Request, told_as,
};
use wattbook_session::fix::{Rate, RateLimit};
use wattbook_session::venue::TOO_MANY_REQUESTS;

use crate::exchange::Exchange;

/// Tells the exchange's time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FloorAction {
    Added,
    Modified,
    SystemModified,
    SliceAdded,
    Deleted,
    SystemDeleted,
    PartlyExecuted,
    Executed,
}

/// An order as the venue tells it.
#[derive(Debug, Clone)]
pub(super) struct FloorOrder {
    pub(super) number: u64,
    /// The client's own name of it.
    pub(super) name: String,
    pub(super) contract: u64,
    pub(super) area: String,
    pub(super) side: Side,
    pub(super) price: Price,
    pub(super) open: Volume,
    /// Iceberg: what it shows at a time, and what it shows now.
    pub(super) iceberg: Option<Slice>,
    pub(super) revision: u64,
    pub(super) action: FloorAction,
    pub(super) is_standing: bool,
    pub(super) at: Timestamp,
    /// What the exchange calls it now.
    id: String,
    volume: Volume,
}

/// What an iceberg shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    /// At a time.
    pub(super) display: Volume,
    /// Now.
    pub(super) shown: Volume,
}

impl Slice {
    /// The first of `open`.
    fn new(display: Volume, open: Volume) -> Self {
        let shown = display.min(open);
        Self { display, shown }
    }
}

/// A trade of one of the orders.
#[derive(Debug, Clone)]
pub(super) struct FloorTrade {
    pub(super) number: u64,
    pub(super) order: u64,
    pub(super) name: String,
    pub(super) contract: u64,
    pub(super) area: String,
    pub(super) side: Side,
    pub(super) price: Price,
    pub(super) volume: Volume,
    pub(super) is_taker: bool,
    pub(super) at: Timestamp,
}

/// What the client is told; `tag` is that of its request.
#[derive(Debug, Clone)]
pub(super) enum FloorNews {
    Taken(String),
    Refused(String, &'static str),
    Order(FloorOrder),
    Trade(FloorTrade),
}

/// What the client asks.
#[derive(Debug, Clone)]
pub(super) enum FloorRequest {
    Add {
        name: String,
        contract: u64,
        area: String,
        side: Side,
        life: TimeInForce,
        price: Price,
        volume: Volume,
        /// Iceberg: what it shows at a time.
        display: Option<Volume>,
    },
    Modify {
        number: u64,
        revision: u64,
        price: Price,
        open: Volume,
        display: Option<Volume>,
    },
    Delete {
        number: u64,
        revision: u64,
    },
}

#[derive(Default)]
struct Book {
    orders: BTreeMap<u64, FloorOrder>,
    trades: Vec<FloorTrade>,
    /// Orders by what the exchange calls them, and ever called them.
    ids: HashMap<String, u64>,
    /// Requests by what the exchange calls them.
    tags: HashMap<String, String>,
    /// Trades by the exchange's name of the execution.
    executions: HashMap<String, usize>,
    requests: u64,
    news: Vec<FloorNews>,
    /// How many requests it takes; what is beyond is refused.
    limit: Option<RateLimit>,
    /// Requests that were beyond the limit.
    declined: u64,
    /// Requests that wait, while it takes none.
    held: Option<Vec<(String, FloorRequest)>>,
}

/// Where a client's orders are kept, over its connections.
pub struct OrderFloor {
    exchange: Arc<Mutex<Exchange>>,
    member: usize,
    clock: Clock,
    /// The exchange's symbol by contract and area.
    symbols: BTreeMap<(u64, String), String>,
    book: Mutex<Book>,
}

impl std::fmt::Debug for OrderFloor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("OrderFloor")
            .field("member", &self.member)
            .field("symbols", &self.symbols)
            .finish_non_exhaustive()
    }
}

impl OrderFloor {
    /// The orders of member number `member`. `symbols` are the exchange's names of contracts, by the
    /// number and area that they have in the venue's market.
    #[must_use]
    pub fn new(
        exchange: Arc<Mutex<Exchange>>,
        member: usize,
        clock: Clock,
        symbols: impl IntoIterator<Item = ((u64, String), String)>,
    ) -> Arc<Self> {
        Arc::new(Self {
            exchange,
            member,
            clock,
            symbols: symbols.into_iter().collect(),
            book: Mutex::default(),
        })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // Whoever panicked has told so; the book is whole between two requests.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes at most `rate` of requests from now on.
    pub fn limit(&self, rate: Rate) {
        self.book().limit = Some(RateLimit::new(rate));
    }

    /// How many requests were beyond the limit.
    #[must_use]
    pub fn declined(&self) -> u64 {
        self.book().declined
    }

    /// Takes requests from now on, and carries them out only when [`Self::release`] is called: a venue that
    /// is slow.
    pub fn hold(&self) {
        self.book().held.get_or_insert_default();
    }

    /// How many requests wait.
    #[must_use]
    pub fn holds(&self) -> usize {
        self.book().held.as_ref().map_or(0, Vec::len)
    }

    /// Carries out what was held.
    pub fn release(&self) {
        let held = self.book().held.take();
        for (tag, asked) in held.unwrap_or_default() {
            self.enter(&tag, asked);
        }
    }

    /// Carries out a request.
    pub(super) fn enter(&self, tag: &str, asked: FloorRequest) {
        let mut book = self.book();
        if let Some(held) = &mut book.held {
            return held.push((tag.to_owned(), asked));
        }
        let now = wall_clock();
        if book.limit.as_mut().is_some_and(|limit| !limit.take(now)) {
            book.declined += 1;
            let refused = FloorNews::Refused(tag.to_owned(), TOO_MANY_REQUESTS);
            return book.news.push(refused);
        }
        match book.request(asked, &self.symbols) {
            Ok(request) => {
                book.tags.insert(request.id().to_owned(), tag.to_owned());
                let now = (self.clock)();
                let mut exchange = self.exchange.lock().unwrap_or_else(PoisonError::into_inner);
                exchange.request(self.member, &request, now);
            }
            Err(reason) => {
                let words = told_as(reason);
                book.news.push(FloorNews::Refused(tag.to_owned(), words));
            }
        }
        drop(book);
        self.pump();
    }

    /// How much was told so far.
    pub(super) fn told(&self) -> usize {
        self.pump();
        self.book().news.len()
    }

    /// What is told behind the first `told`.
    pub(super) fn news(&self, told: usize) -> Vec<FloorNews> {
        self.pump();
        self.book().news.iter().skip(told).cloned().collect()
    }

    /// The orders that stand.
    pub(super) fn standing(&self) -> Vec<FloorOrder> {
        self.pump();
        let book = self.book();
        let standing = book.orders.values().filter(|order| order.is_standing);
        standing.cloned().collect()
    }

    /// All trades.
    pub(super) fn trades(&self) -> Vec<FloorTrade> {
        self.pump();
        self.book().trades.clone()
    }

    /// Takes the exchange's answers over.
    fn pump(&self) {
        let mut book = self.book();
        let now = (self.clock)();
        let answers = {
            let mut exchange = self.exchange.lock().unwrap_or_else(PoisonError::into_inner);
            exchange.advance(now);
            exchange.take_answers(self.member)
        };
        for answer in answers {
            match answer {
                Answer::Execution(execution) => book.take(&execution, now),
                Answer::ChangeRejected(rejected) => {
                    book.refuse(&rejected.id, rejected.reason);
                }
            }
        }
    }
}

impl Book {
    /// `asked` in the exchange's terms.
    fn request(
        &mut self,
        asked: FloorRequest,
        symbols: &BTreeMap<(u64, String), String>,
    ) -> Result<Request, VenueReason> {
        self.requests += 1;
        let id = format!("floor-{}", self.requests);
        match asked {
            FloorRequest::Add {
                name,
                contract,
                area,
                side,
                life,
                price,
                volume,
                display,
            } => {
                let is_immediate = matches!(
                    life,
                    TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill
                );
                if display.is_some_and(|display| {
                    is_immediate || display <= Volume::ZERO || display > volume
                }) {
                    return Err(VenueReason::InvalidTerms);
                }
                let symbol = symbols.get(&(contract, area.clone()));
                let symbol = symbol.ok_or(VenueReason::NotTrading)?.clone();
                let number = self.orders.len() as u64 + 1;
                self.ids.insert(id.clone(), number);
                let order = FloorOrder {
                    number,
                    name,
                    contract,
                    area,
                    side,
                    price,
                    open: volume,
                    iceberg: display.map(|display| Slice::new(display, volume)),
                    revision: 0,
                    action: FloorAction::Added,
                    is_standing: false,
                    at: Timestamp::EPOCH,
                    id: id.clone(),
                    volume,
                };
                self.orders.insert(number, order);
                Ok(Request::New(NewOrder {
                    id,
                    symbol,
                    side,
                    time_in_force: life,
                    price,
                    volume,
                    display_volume: display,
                }))
            }
            FloorRequest::Modify {
                number,
                revision,
                price,
                open,
                display,
            } => {
                let order = self.standing(number, revision)?;
                // What it shows at a time stays; no more can be shown than is open.
                let kept = order.iceberg.map(|slice| slice.display);
                if display != kept.map(|kept| kept.min(open)) {
                    return Err(VenueReason::InvalidTerms);
                }
                let (original, side) = (order.id.clone(), order.side);
                let volume = order.volume - order.open + open;
                let symbol = symbols[&(order.contract, order.area.clone())].clone();
                self.ids.insert(id.clone(), number);
                Ok(Request::Replace(Replace {
                    id,
                    original,
                    symbol,
                    side,
                    price,
                    volume,
                    display_volume: kept,
                }))
            }
            FloorRequest::Delete { number, revision } => {
                let order = self.standing(number, revision)?;
                let (original, side, volume) = (order.id.clone(), order.side, order.volume);
                let symbol = symbols[&(order.contract, order.area.clone())].clone();
                self.ids.insert(id.clone(), number);
                Ok(Request::Cancel(Cancel {
                    id,
                    original,
                    symbol,
                    side,
                    volume,
                }))
            }
        }
    }

    /// The order of that number, which stands at that revision.
    fn standing(&self, number: u64, revision: u64) -> Result<&FloorOrder, VenueReason> {
        let order = self.orders.get(&number).filter(|order| order.is_standing);
        let order = order.ok_or(VenueReason::UnknownOrder)?;
        if order.revision == revision {
            return Ok(order);
        }
        Err(VenueReason::InvalidTerms)
    }

    fn refuse(&mut self, id: &str, reason: VenueReason) {
        if let Some(tag) = self.tags.remove(id) {
            self.news.push(FloorNews::Refused(tag, told_as(reason)));
        }
    }

    fn take(&mut self, execution: &Execution, now: Timestamp) {
        let at = execution.at.unwrap_or(now);
        if execution.exec_type == ExecType::Rejected {
            let reason = execution.reason.unwrap_or(VenueReason::InvalidTerms);
            return self.refuse(&execution.id, reason);
        }
        let number = self.ids.get(&execution.id).copied();
        let Some(order) = number.and_then(|number| self.orders.get_mut(&number)) else {
            return;
        };
        let asked = self.tags.remove(&execution.id);
        let is_asked = asked.is_some();
        order.id.clone_from(&execution.id);
        order.price = execution.price.unwrap_or(order.price);
        order.volume = execution.volume.unwrap_or(order.volume);
        let action = match execution.exec_type {
            ExecType::New => FloorAction::Added,
            ExecType::Replaced => FloorAction::Modified,
            ExecType::Restated => FloorAction::SystemModified,
            ExecType::Cancelled if is_asked => FloorAction::Deleted,
            ExecType::Cancelled | ExecType::Expired => FloorAction::SystemDeleted,
            ExecType::Trade if execution.open > Volume::ZERO => FloorAction::PartlyExecuted,
            ExecType::Trade => FloorAction::Executed,
            _ => return,
        };
        if let Some(known) = self.executions.get(&execution.execution) {
            // Told once more, as exchanges do by mistake.
            let trade = self.trades[*known].clone();
            return self.news.push(FloorNews::Trade(trade));
        }
        let has_grown = order.show(execution);
        order.open = execution.open;
        order.revision += 1;
        order.action = action;
        order.at = at;
        order.is_standing = matches!(
            action,
            FloorAction::Added
                | FloorAction::Modified
                | FloorAction::SystemModified
                | FloorAction::SliceAdded
                | FloorAction::PartlyExecuted
        );
        self.news.extend(asked.map(FloorNews::Taken));
        if let Some((price, volume)) = execution.last {
            let trade = FloorTrade {
                number: self.trades.len() as u64 + 1,
                order: order.number,
                name: order.name.clone(),
                contract: order.contract,
                area: order.area.clone(),
                side: order.side,
                price,
                volume,
                is_taker: !execution.is_maker,
                at,
            };
            let place = self.trades.len();
            self.executions.insert(execution.execution.clone(), place);
            self.trades.push(trade.clone());
            self.news.push(FloorNews::Trade(trade));
        }
        self.news.push(FloorNews::Order(order.clone()));
        if has_grown && order.is_standing {
            order.revision += 1;
            order.action = FloorAction::SliceAdded;
            self.news.push(FloorNews::Order(order.clone()));
        }
    }
}

impl FloorOrder {
    /// Follows what an iceberg shows after `execution`; whether its next slice has come.
    fn show(&mut self, execution: &Execution) -> bool {
        let Some(slice) = &mut self.iceberg else {
            return false;
        };
        let open = execution.open;
        match (execution.exec_type, execution.last) {
            // One that takes trades as a whole and shows its first slice after that.
            (ExecType::Trade, Some((_, volume))) if execution.is_maker => {
                slice.shown -= volume.min(slice.shown);
                let is_gone = slice.shown == Volume::ZERO;
                if is_gone {
                    *slice = Slice::new(slice.display, open);
                }
                return is_gone;
            }
            (ExecType::Replaced, _) if open < self.open => slice.shown = slice.shown.min(open),
            _ => *slice = Slice::new(slice.display, open),
        }
        false
    }
}
