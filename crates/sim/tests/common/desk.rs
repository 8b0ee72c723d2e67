//! A desk with two hours of power on one venue of books, around the engine.

use std::sync::{Arc, Mutex};

use wattbook_domain::command::Direction;
use wattbook_domain::market::MarketEvent;
use wattbook_domain::reference::{ReferenceEvent, SetLimits};
use wattbook_domain::venue::{MarketModel, Venue};
use wattbook_domain::{
    Currency, Event, Input, InstrumentId, Money, Order, OrderId, Owner, Price, Sequenced, SignalId,
    StrategyId, Timestamp, TraderId, TradingBookId, VenueId,
};
use wattbook_journal::{JournalConfig, MemoryStorage};
use wattbook_sim::{Backtest, FeedLevel, JournalLog, Latencies, Participants, Plan, Session, Tap};
use wattbook_strategy::{Context, Observation, Strategy};

use super::{at, hour};

/// The two instruments.
pub(crate) const HOURS: [InstrumentId; 2] = [InstrumentId(0), InstrumentId(1)];

/// Sends groups of orders, each group at its time.
pub(crate) struct Script {
    pub(crate) groups: Vec<(Timestamp, Vec<Order>)>,
}

impl Strategy for Script {
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        if !matches!(observation, Observation::Time) {
            return;
        }
        let now = context.now();
        for (_, orders) in self.groups.extract_if(.., |(due, _)| *due <= now) {
            for order in orders {
                let certain = (Direction::Rise, 1_000_000);
                let signal: SignalId =
                    context.record_signal(order.instrument, certain, Price::ZERO, Timestamp::MAX);
                context.submit(Order { signal, ..order });
            }
        }
    }
}

/// Everything that went into the engine and came out of it.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    pub(crate) inputs: Arc<Mutex<Vec<Sequenced>>>,
    pub(crate) events: Arc<Mutex<Vec<(Timestamp, Event)>>>,
}

impl Tap for Seen {
    fn on_input(&mut self, input: &Sequenced) {
        self.inputs.lock().unwrap().push(input.clone());
    }

    fn on_event(&mut self, input: &Sequenced, event: &Event) {
        let event = (input.ts_recv, event.clone());
        self.events.lock().unwrap().push(event);
    }
}

impl Seen {
    /// The market data, in order.
    pub(crate) fn market(&self) -> Vec<MarketEvent> {
        let inputs = self.inputs.lock().unwrap();
        let market = inputs.iter().filter_map(|input| match &input.input {
            Input::Market(event) => Some(event.clone()),
            _ => None,
        });
        market.collect()
    }

    /// What became of the order `number` of the script, in order.
    pub(crate) fn of(&self, number: u64) -> Vec<(Timestamp, Event)> {
        let is_own = |order_id: OrderId| order_id.number() == number && order_id.client().0 == 1;
        let events = self.events.lock().unwrap();
        let own = events.iter().filter(|(_, event)| match event {
            Event::Refused(one) => is_own(one.order_id),
            Event::OrderRouted(one) => is_own(one.order_id),
            Event::OrderStateChanged(one) => is_own(one.order_id),
            Event::Filled(one) => is_own(one.order_id),
            _ => false,
        });
        own.cloned().collect()
    }
}

/// How a desk's venue behaves.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) session: Session,
    pub(crate) participants: Participants,
    pub(crate) feed: FeedLevel,
    pub(crate) latencies: Latencies,
}

/// A backtest of one script on both hours, told the time every second.
pub(crate) fn desk(
    setup: &Setup,
    groups: Vec<(Timestamp, Vec<Order>)>,
    last_second: i64,
) -> (Backtest, Seen) {
    desk_of(setup, vec![groups], last_second, &[], 0)
}

/// The same of several scripts, strategies 1, 2, …, of which some net, for so many seconds.
pub(crate) fn desk_of(
    setup: &Setup,
    scripts: Vec<Vec<(Timestamp, Vec<Order>)>>,
    last_second: i64,
    netted: &[u16],
    wait_seconds: i64,
) -> (Backtest, Seen) {
    let mut plan = Plan::new(5, Currency::EUR, at(-60));
    plan.add_reference(ReferenceEvent::DefineVenue(Venue {
        venue: VenueId(0),
        name: "Made up".to_owned(),
        market_model: MarketModel::ContinuousBook,
        time_zone: "Europe/Berlin".to_owned(),
        is_synthetic: true,
    }));
    plan.add_reference(ReferenceEvent::SetLimits(SetLimits {
        trading_book: TradingBookId(1),
        order_volume: "100".parse().unwrap(),
        order_value: Money::from_millionths(10_000_000_000_000),
        position_volume: "500".parse().unwrap(),
        loss: Money::from_millionths(10_000_000_000_000),
        price_collar: "20000".parse().unwrap(),
    }));
    plan.set_latencies(VenueId(0), setup.latencies);
    for instrument in HOURS {
        let terms = Box::new(hour(instrument.0, 0));
        plan.add_reference(ReferenceEvent::DefineInstrument(terms));
        let points = [(at(0), "50".parse().unwrap())];
        let (participants, feed) = (setup.participants, setup.feed);
        plan.add_book(instrument, setup.session, points, participants, feed)
            .unwrap();
    }
    plan.add_alarms((0..=last_second).map(at));
    for (groups, strategy) in scripts.into_iter().zip(1..) {
        let owner = Owner {
            trading_book: TradingBookId(1),
            trader: TraderId(1),
            strategy: StrategyId(strategy),
        };
        plan.add_strategy(Box::new(Script { groups }), owner);
    }
    if !netted.is_empty() {
        let strategies = netted.iter().copied().map(StrategyId);
        plan.net(strategies, wait_seconds * 1_000_000_000);
    }
    let storage = MemoryStorage::default();
    let (log, _) = JournalLog::open(storage, JournalConfig::default()).unwrap();
    let mut backtest = plan.build(Box::new(log)).unwrap();
    let seen = Seen::default();
    backtest.set_tap(Box::new(seen.clone()));
    (backtest, seen)
}
