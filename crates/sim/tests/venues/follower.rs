//! A consumer of a session: keeps its books and compares them with the venue's.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::MarketEvent;
use wattbook_domain::{Price, Side, Timestamp, Volume};
use wattbook_feed::venue::LiveSession;
use wattbook_session::Session;
use wattbook_session::venue::{
    OwnOrder, OwnOrderState, OwnTrade, Quarantined, SessionState, VenueBooks, VenueEvent,
};
use wattbook_sim::feeds::{FeedContract, FeedControl, FeedMarket, FeedOrder};

/// On a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// `file` of a simulated venue with such long waits that a loaded machine is not taken for a silent venue.
pub(crate) fn patient(file: &str) -> String {
    let waits = [
        ("answer_seconds = 5", "answer_seconds = 60"),
        ("heartbeat_seconds = 1\n", "heartbeat_seconds = 60\n"),
        ("silence_seconds = 2", "silence_seconds = 120"),
    ];
    waits
        .into_iter()
        .fold(file.to_owned(), |file, (short, long)| {
            file.replace(short, long)
        })
}

/// What a session said.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) books: VenueBooks,
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) states: Vec<SessionState>,
    pub(crate) quarantined: Vec<Quarantined>,
    pub(crate) gaps: usize,
    pub(crate) trades: Vec<u64>,
    pub(crate) capacities: usize,
    pub(crate) phases: usize,
    pub(crate) notices: Vec<String>,
    /// Orders of our own that stand, by the venue's number.
    pub(crate) own_orders: BTreeMap<u64, OwnOrder>,
    /// Whether they are all that stand.
    pub(crate) is_own_whole: bool,
    pub(crate) own_trades: Vec<OwnTrade>,
}

impl Heard {
    pub(crate) fn hear(&mut self, event: &VenueEvent) {
        self.books.apply(event);
        match event {
            VenueEvent::State(state) => {
                if *state == SessionState::LoggedIn {
                    self.own_orders.clear();
                    self.is_own_whole = false;
                }
                self.states.push(state.clone());
            }
            VenueEvent::Defined(definition) => self.instruments.push(definition.instrument.clone()),
            VenueEvent::Gap { .. } => self.gaps += 1,
            VenueEvent::Quarantined(part) => self.quarantined.push(part.clone()),
            VenueEvent::Capacity(_) => self.capacities += 1,
            VenueEvent::Notice(words) => self.notices.push(words.clone()),
            VenueEvent::OwnOrder(order) => {
                if order.state == OwnOrderState::Active {
                    self.own_orders.insert(order.venue_order, (**order).clone());
                } else {
                    self.own_orders.remove(&order.venue_order);
                }
            }
            VenueEvent::OwnOrdersWhole => self.is_own_whole = true,
            VenueEvent::OwnTrade(trade) => self.own_trades.push((**trade).clone()),
            VenueEvent::Market {
                event: MarketEvent::Trade(trade),
                ..
            } => self.trades.push(trade.trade.0),
            VenueEvent::Market {
                event: MarketEvent::SessionPhase(_),
                ..
            } => self.phases += 1,
            _ => {}
        }
    }

    fn listed(&self, contract: &FeedContract) -> Result<&Instrument, String> {
        let start = Timestamp::from_seconds(contract.delivery_start);
        let mut all = self.instruments.iter();
        let listed =
            all.find(|listed| listed.delivery_start == start && listed.location == contract.area);
        listed.ok_or_else(|| {
            format!(
                "contract {} of {} is not listed",
                contract.id, contract.area
            )
        })
    }

    /// Compares every order of every book with the venue's.
    pub(crate) fn agrees(&self, market: &FeedMarket) -> Result<(), String> {
        for contract in market.contracts() {
            let listed = self.listed(contract)?;
            let book = self.books.book(listed.instrument).ok_or("no book")?;
            assert_eq!(book.anomalies(), 0, "contract {}", contract.id);
            let mut orders = Vec::new();
            for side in [Side::Buy, Side::Sell] {
                let of_side = book.orders(side);
                orders.extend(
                    of_side
                        .into_iter()
                        .map(|(id, price, volume)| (id, side, price, volume)),
                );
            }
            orders.sort_unstable_by_key(|order| order.0);
            let theirs = contract.orders.iter();
            let theirs: Vec<_> = theirs
                .map(|(id, order)| (*id, order.side, price(order), volume(order)))
                .collect();
            if orders != theirs || !book.is_synced() {
                return Err(format!(
                    "contract {} at {} of {}, synced {}: {} orders of {}",
                    contract.id,
                    book.revision(),
                    contract.revision,
                    book.is_synced(),
                    orders.len(),
                    theirs.len()
                ));
            }
        }
        Ok(())
    }

    /// Compares what is our own with the venue's: orders that stand, and each trade once.
    pub(crate) fn own_agrees(&self, market: &FeedMarket) -> Result<(), String> {
        let contract = |place: usize| &market.contracts()[place];
        let mut theirs = BTreeMap::new();
        for (place, number, order) in market.own_orders() {
            let id = self.listed(contract(place))?.instrument;
            theirs.insert(number, (id, order.side, price(&order), volume(&order)));
        }
        let ours = self.own_orders.iter();
        let ours: BTreeMap<_, _> = ours
            .map(|(number, own)| (*number, (own.instrument, own.side, own.price, own.volume)))
            .collect();
        if ours != theirs || !self.is_own_whole {
            return Err(format!("orders {ours:?} of {theirs:?}"));
        }
        let mut fills = Vec::new();
        for fill in market.own_fills() {
            let id = self.listed(contract(fill.contract))?.instrument;
            let traded = &fill.traded;
            fills.push((
                id,
                fill.trade,
                fill.order,
                traded.side,
                price(traded),
                volume(traded),
            ));
        }
        let trades = self.own_trades.iter();
        let mut trades: Vec<_> = trades
            .map(|own| {
                (
                    own.instrument,
                    own.trade.0,
                    own.venue_order,
                    own.side,
                    own.price,
                    own.volume,
                )
            })
            .collect();
        // What was missed is told again behind what came meanwhile.
        trades.sort_unstable_by_key(|trade| trade.1);
        if trades == fills {
            return Ok(());
        }
        Err(format!("trades {trades:?} of {fills:?}"))
    }
}

fn price(order: &FeedOrder) -> Price {
    Price::from_millionths(order.price_cents * 10_000)
}

fn volume(order: &FeedOrder) -> Volume {
    Volume::from_millionths(order.volume_tenths * 100_000)
}

pub(crate) struct Follower {
    pub(crate) live: LiveSession,
    heard: Heard,
}

impl Deref for Follower {
    type Target = Heard;

    fn deref(&self) -> &Heard {
        &self.heard
    }
}

impl DerefMut for Follower {
    fn deref_mut(&mut self) -> &mut Heard {
        &mut self.heard
    }
}

impl Follower {
    pub(crate) fn start(session: Box<dyn Session>, room: usize) -> Self {
        Self::of(LiveSession::start(session, room).unwrap())
    }

    pub(crate) fn of(live: LiveSession) -> Self {
        Self {
            live,
            heard: Heard::default(),
        }
    }

    /// Takes what waits, for at most a moment.
    pub(crate) fn turn(&mut self) {
        let events = self.live.take(4_096, Duration::from_millis(20));
        for event in events.expect("the session ended by itself") {
            self.heard.hear(&event);
        }
    }

    pub(crate) fn until(&mut self, what: &str, mut is_it: impl FnMut(&Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_it(self) {
            assert!(
                Instant::now() < until,
                "not {what} within {PATIENCE:?}: {:?}",
                self.states
            );
            self.turn();
        }
    }

    pub(crate) fn until_live(&mut self) {
        self.until("live", |follower| {
            follower
                .states
                .iter()
                .rev()
                .find(|state| **state != SessionState::Renewed)
                == Some(&SessionState::Live)
        });
    }

    /// Waits until every order of every book is the venue's.
    pub(crate) fn agrees_with(&mut self, control: &FeedControl) {
        self.settles(control, Heard::agrees);
    }

    /// Waits until what is our own is the venue's.
    pub(crate) fn own_agrees_with(&mut self, control: &FeedControl) {
        self.settles(control, Heard::own_agrees);
    }

    fn settles(
        &mut self,
        control: &FeedControl,
        compare: impl Fn(&Heard, &FeedMarket) -> Result<(), String>,
    ) {
        self.until("idle", |_| control.is_idle());
        let market = control.market();
        let until = Instant::now() + PATIENCE;
        while let Err(left) = compare(self, &market) {
            assert!(
                Instant::now() < until,
                "what is followed differs: {left}\n{:?}",
                self.states
            );
            self.turn();
        }
    }

    /// The same once the venue has made further steps: what was lost at the very end of a book shows
    /// with its next change.
    pub(crate) fn agrees_with_more(&mut self, control: &FeedControl) {
        self.until("idle", |_| control.is_idle());
        control.step(200);
        self.agrees_with(control);
    }
}
