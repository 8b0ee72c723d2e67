//! A desk for tests: an engine, its inputs so far and its events.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use wattbook_domain::command::SubmitOrder;
use wattbook_domain::instrument::{Commodity, ContractForm, DeliveryKind, Instrument, Load, Tenor};
use wattbook_domain::market::{MarketEvent, PriceKind, ReferencePrice};
use wattbook_domain::order::Conditions;
use wattbook_domain::reference::{ReferenceEvent, SetLimits};
use wattbook_domain::report::{OrderFilled, VenueReport};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::venue::{MarketModel, Venue};
use wattbook_domain::{
    ClientId, Command, Currency, Event, Input, InstrumentId, Money, Order, OrderId, OrderType,
    Owner, Price, Refusal, Sequenced, Side, StrategyId, TimeInForce, Timestamp, TradeId, TraderId,
    TradingBookId, Unit, VenueId, Volume,
};
use wattbook_engine::{Engine, EngineConfig, EventLog};

pub const CLIENT: ClientId = ClientId(1);
pub const HOUR: i64 = 3_600;
/// Start of the first delivery, in seconds.
pub const START: i64 = 1_800_000_000;

pub struct Desk {
    pub engine: Engine,
    pub inputs: Vec<Sequenced>,
    pub log: EventLog,
    pub now: i64,
    pub commands: u64,
    pub orders: u64,
}

impl Desk {
    pub fn new() -> Self {
        Self {
            engine: Engine::new(EngineConfig::new(Currency::EUR)),
            inputs: Vec::new(),
            log: EventLog::default(),
            now: (START - 86_400) * 1_000_000_000,
            commands: 0,
            orders: 0,
        }
    }

    /// A desk that trades hour 0 in euro on a continuous book at venue 1.
    pub fn trading() -> Self {
        let mut desk = Self::new();
        desk.venue(1, MarketModel::ContinuousBook);
        desk.instrument(hour(0, 1));
        desk
    }

    pub fn feed(&mut self, input: Input) -> Vec<Event> {
        self.now += 1_000;
        let at = Timestamp::from_nanos(self.now);
        let sequenced = Sequenced {
            sequence: self.engine.sequence() + 1,
            ts_event: at,
            ts_recv: at,
            input,
        };
        let before = self.log.events.len();
        self.engine
            .apply(sequenced.stamp(), &sequenced.input, &mut self.log)
            .unwrap();
        self.inputs.push(sequenced);
        let new = &self.log.events[before..];
        new.iter().map(|(_, event)| event.clone()).collect()
    }

    /// Lets the clock go to `seconds` since the epoch.
    pub fn advance(&mut self, seconds: i64) -> Vec<Event> {
        self.now = self.now.max(seconds * 1_000_000_000 - 1_000);
        self.feed(Input::TimeAdvanced)
    }

    pub fn venue(&mut self, venue: u16, market_model: MarketModel) {
        let venue = Venue {
            venue: VenueId(venue),
            name: format!("venue {venue}"),
            market_model,
            ..Venue::default()
        };
        assert_eq!(self.reference(ReferenceEvent::DefineVenue(venue)), []);
    }

    pub fn instrument(&mut self, instrument: Instrument) {
        let define = ReferenceEvent::DefineInstrument(Box::new(instrument));
        assert_eq!(self.reference(define), []);
    }

    pub fn reference(&mut self, event: ReferenceEvent) -> Vec<Event> {
        self.feed(Input::Reference(event))
    }

    pub fn command(&mut self, command: Command) -> Vec<Event> {
        self.commands += 1;
        let client_sequence = self.commands;
        self.feed(Input::Command {
            client: CLIENT,
            client_sequence,
            command,
        })
    }

    pub fn next_order(&mut self) -> OrderId {
        self.orders += 1;
        OrderId::new(CLIENT, self.orders)
    }

    pub fn submit(&mut self, order: Order) -> (OrderId, Vec<Event>) {
        let order_id = self.next_order();
        let events = self.command(Command::SubmitOrder(SubmitOrder { order_id, order }));
        (order_id, events)
    }

    /// Submits an order that must pass.
    pub fn passed(&mut self, order: Order) -> OrderId {
        let (order_id, events) = self.submit(order);
        assert!(matches!(events[..], [Event::OrderRouted(_)]), "{events:?}");
        order_id
    }

    /// Submits an order that must not pass.
    pub fn refused(&mut self, order: Order) -> Refusal {
        refusal(&self.submit(order).1)
    }

    pub fn report(&mut self, report: VenueReport) -> Vec<Event> {
        self.feed(Input::Report(report))
    }

    pub fn fill(&mut self, order_id: OrderId, trade: u64, price: &str, volume: &str) -> Vec<Event> {
        self.report(VenueReport::OrderFilled(OrderFilled {
            order_id,
            trade: TradeId(trade),
            price: self::price(price),
            volume: self::volume(volume),
            is_maker: true,
        }))
    }

    pub fn publish(
        &mut self,
        instrument: u32,
        kind: PriceKind,
        run: SettlementRun,
        text: &str,
    ) -> Vec<Event> {
        self.feed(Input::Market(MarketEvent::ReferencePrice(ReferencePrice {
            instrument: InstrumentId(instrument),
            kind,
            run,
            price: price(text),
        })))
    }
}

pub fn refusal(events: &[Event]) -> Refusal {
    match events {
        [Event::Refused(refused)] => refused.refusal,
        other => panic!("expected one refusal, got {other:?}"),
    }
}

pub fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub fn volume(text: &str) -> Volume {
    text.parse().unwrap()
}

pub fn owner(book: u16) -> Owner {
    Owner {
        trading_book: TradingBookId(book),
        trader: TraderId(book + 10),
        strategy: StrategyId(book + 20),
    }
}

/// A limit order of trading book 1 in instrument 0.
pub fn limit(side: Side, at: &str, volume: &str) -> Order {
    Order {
        instrument: InstrumentId(0),
        side,
        owner: owner(1),
        price: price(at),
        volume: self::volume(volume),
        ..Order::default()
    }
}

/// Hour `number` after the first, as instrument of the same number at `venue`.
pub fn hour(number: u32, venue: u16) -> Instrument {
    let start = Timestamp::from_seconds(START + i64::from(number) * HOUR);
    Instrument {
        instrument: InstrumentId(number),
        symbol: format!("H{number}"),
        venue: VenueId(venue),
        location: "DE-LU".to_owned(),
        commodity: Commodity::Power,
        form: ContractForm::Auction,
        tenor: Tenor::Hour,
        load: Load::Base,
        delivery_kind: DeliveryKind::Physical,
        delivery_start: start,
        delivery_end: start.plus_nanos(HOUR * 1_000_000_000),
        delivery_seconds: HOUR,
        gate_closure: start,
        currency: Currency::EUR,
        price_unit: Unit::MegawattHour,
        volume_unit: Unit::Megawatt,
        tick: price("0.01"),
        lot: volume("0.1"),
        min_price: price("-500"),
        max_price: price("4000"),
        option: None,
        spread: None,
        swap: None,
    }
}

/// A contract over `hours` hours from the first, as instrument `number` at `venue`.
pub fn future(number: u32, venue: u16, hours: i64, delivery_kind: DeliveryKind) -> Instrument {
    let first = hour(0, venue);
    Instrument {
        instrument: InstrumentId(number),
        symbol: format!("F{number}"),
        form: ContractForm::Future,
        tenor: Tenor::Month,
        delivery_kind,
        delivery_end: first
            .delivery_start
            .plus_nanos(hours * HOUR * 1_000_000_000),
        delivery_seconds: hours * HOUR,
        ..first
    }
}

pub fn limits(book: u16) -> SetLimits {
    SetLimits {
        trading_book: TradingBookId(book),
        order_volume: volume("50"),
        order_value: Money::from_millionths(1_000_000_000_000),
        position_volume: volume("60"),
        loss: Money::from_millionths(1_000_000_000),
        price_collar: price("40"),
    }
}

pub fn with_limits() -> Desk {
    let mut desk = Desk::trading();
    desk.reference(ReferenceEvent::SetLimits(limits(1)));
    desk
}

pub fn text(refusal: Refusal) -> String {
    refusal.to_string()
}

pub type Setting = fn(&mut Conditions);

pub fn with(order_type: OrderType, time_in_force: TimeInForce, set: Setting) -> Order {
    let mut conditions = Box::<Conditions>::default();
    set(&mut conditions);
    Order {
        order_type,
        time_in_force,
        conditions: Some(conditions),
        ..limit(Side::Buy, "50", "10")
    }
}
