//! What a strategy observes reaches its router: hidden volume, calls, rejects and halts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{LOT, TICK, at};
use proptest::prelude::*;
use wattbook_domain::event::{OrderState, OrderStateChanged, Refused};
use wattbook_domain::market::{MarketEvent, Phase, Quote, SessionPhase, Trade};
use wattbook_domain::{
    ClientId, Command, Event, InstrumentId, OrderId, Price, Refusal, Side, SignalId, TimeInForce,
    Volume,
};
use wattbook_execution::algorithms::Grids;
use wattbook_execution::router::{PlaceTerms, RouteOrder, RouterCare};
use wattbook_sim::RoutedOrders;
use wattbook_strategy::{Context, Identity, Observation};

const LEFT: InstrumentId = InstrumentId(0);
const RIGHT: InstrumentId = InstrumentId(1);

fn price(ticks: i64) -> Price {
    Price::from_millionths(ticks * TICK)
}

fn volume(lots: i64) -> Volume {
    Volume::from_millionths(lots * LOT)
}

/// An order that was sent: its number, place, how it is worked, lots.
type Sent = (OrderId, InstrumentId, TimeInForce, i64);

/// A strategy's routed orders over two places, told of events by hand.
struct Told {
    orders: RoutedOrders,
    context: Context,
    explained: Vec<String>,
    cancelled: Vec<OrderId>,
}

impl Told {
    fn new() -> Self {
        let place = |instrument| PlaceTerms {
            instrument,
            grids: Grids {
                tick: price(1),
                lot: volume(1),
            },
            taker_fee: Price::ZERO,
            maker_fee: Price::ZERO,
            latency_ns: 1_000_000,
        };
        Self {
            orders: RoutedOrders::new([place(LEFT), place(RIGHT)], RouterCare::default()),
            context: Context::new(Identity {
                client: ClientId(1),
                ..Identity::default()
            }),
            explained: Vec::new(),
            cancelled: Vec::new(),
        }
    }

    fn observe(&mut self, observation: &Observation<'_>) {
        self.context.observe(at(600), observation);
        self.orders.observe(observation, &mut self.context);
    }

    fn market(&mut self, event: &MarketEvent) {
        self.observe(&Observation::Market(event));
    }

    /// A best ask of `lots`; nobody bids.
    fn asks(&mut self, instrument: InstrumentId, ticks: i64, lots: i64) {
        self.market(&MarketEvent::Quote(Quote {
            instrument,
            bid_price: price(ticks - 100),
            bid_volume: volume(1),
            ask_price: price(ticks),
            ask_volume: volume(lots),
        }));
    }

    fn trades(&mut self, instrument: InstrumentId, ticks: i64, lots: i64) {
        self.market(&MarketEvent::Trade(Trade {
            instrument,
            aggressor: Side::Buy,
            price: price(ticks),
            volume: volume(lots),
            ..Trade::default()
        }));
    }

    fn phase(&mut self, instrument: InstrumentId, phase: Phase) {
        self.market(&MarketEvent::SessionPhase(SessionPhase {
            instrument,
            phase,
        }));
    }

    fn buy(&mut self, lots: i64, limit: i64, rests: bool) {
        let order = RouteOrder {
            side: Side::Buy,
            volume: volume(lots),
            limit: price(limit),
            rests,
        };
        self.orders
            .route(LEFT, order, SignalId(0), &mut self.context);
    }

    fn ends(&mut self, order_id: OrderId, state: OrderState) {
        let changed = Event::OrderStateChanged(OrderStateChanged {
            order_id,
            state,
            ..OrderStateChanged::default()
        });
        self.observe(&Observation::Event(&changed));
    }

    /// What was sent since the last call.
    fn sent(&mut self) -> Vec<Sent> {
        let mut sent = Vec::new();
        for command in self.context.drain() {
            match command {
                Command::SubmitOrder(submit) => {
                    let order = submit.order;
                    let lots = order.volume.millionths() / LOT;
                    sent.push((submit.order_id, order.instrument, order.time_in_force, lots));
                }
                Command::ExplainOrder(told) => self.explained.push(told.text),
                Command::CancelOrder(cancel) => self.cancelled.push(cancel.order_id),
                _ => {}
            }
        }
        sent
    }

    fn places(&mut self) -> Vec<(InstrumentId, TimeInForce, i64)> {
        let sent = self.sent();
        sent.into_iter()
            .map(|(_, place, force, lots)| (place, force, lots))
            .collect()
    }
}

proptest! {
    /// What trades at the best price beyond what it displayed was hidden there: an order that finds nothing
    /// displayed asks for as much, and nowhere else.
    #[test]
    fn trades_of_others_tell_where_to_ping(
        displayed in 1..20_i64,
        prints in prop::collection::vec(1..15_i64, 1..5),
        lots in 1..60_i64,
    ) {
        let mut told = Told::new();
        told.asks(LEFT, 100, 5);
        told.asks(RIGHT, 100, displayed);
        for print in &prints {
            told.trades(RIGHT, 100, *print);
        }
        for place in [LEFT, RIGHT] {
            told.asks(place, 150, 5);
        }
        told.buy(lots, 120, false);
        // The largest find is remembered.
        let hidden = (prints.iter().sum::<i64>() - displayed).max(0);
        let pinged = if hidden > 0 {
            vec![(RIGHT, TimeInForce::ImmediateOrCancel, hidden.min(lots))]
        } else {
            vec![]
        };
        prop_assert_eq!(told.places(), pinged);
    }

    /// A call gets what the continuous market does not give for less than its last trade, if that is within
    /// the limit; without a trade nobody knows where it would clear.
    #[test]
    fn a_call_competes_at_its_last_trade(
        last in prop::option::of(90..111_i64),
        ask in 90..111_i64,
        shown in 1..30_i64,
        lots in 1..60_i64,
        is_closing in any::<bool>(),
    ) {
        let mut told = Told::new();
        told.asks(RIGHT, 100, 5);
        if let Some(last) = last {
            told.trades(RIGHT, last, 1);
        }
        told.asks(LEFT, ask, shown);
        let (phase, force) = if is_closing {
            (Phase::ClosingCall, TimeInForce::AtClose)
        } else {
            (Phase::OpeningCall, TimeInForce::AtOpen)
        };
        told.phase(RIGHT, phase);
        told.buy(lots, 105, false);
        let elsewhere = last.filter(|last| ask <= *last).map_or(0, |_| shown);
        let auction = last.filter(|last| *last <= 105).map_or(0, |_| (lots - elsewhere).max(0));
        let swept = if ask <= 105 { shown.min(lots - auction) } else { 0 };
        let mut expected = Vec::new();
        if auction > 0 {
            expected.push((RIGHT, force, auction));
        }
        if swept > 0 {
            expected.push((LEFT, TimeInForce::ImmediateOrCancel, swept));
        }
        prop_assert_eq!(told.places(), expected);
    }
}

#[test]
fn what_a_call_leaves_goes_to_the_continuous_market() {
    let mut told = Told::new();
    told.trades(RIGHT, 99, 1);
    told.asks(LEFT, 101, 20);
    told.phase(RIGHT, Phase::OpeningCall);
    told.buy(10, 105, false);
    let [(order, RIGHT, TimeInForce::AtOpen, 10)] = told.sent()[..] else {
        panic!("{:?}", told.explained);
    };
    told.phase(RIGHT, Phase::Continuous);
    told.ends(order, OrderState::Expired);
    let swept = (LEFT, TimeInForce::ImmediateOrCancel, 10);
    assert_eq!(told.places(), [swept], "{:?}", told.explained);
}

#[test]
fn what_the_gate_refuses_or_the_venue_rejects_is_sent_to_the_other_place() {
    for by_gate in [true, false] {
        let mut told = Told::new();
        told.asks(LEFT, 100, 10);
        told.asks(RIGHT, 101, 10);
        told.buy(10, 105, false);
        let [(order, LEFT, _, 10)] = told.sent()[..] else {
            panic!("{:?}", told.explained);
        };
        if by_gate {
            let refused = Event::Refused(Refused {
                order_id: order,
                owner: told.context.identity().owner,
                refusal: Refusal::UnknownInstrument { instrument: LEFT },
            });
            told.observe(&Observation::Event(&refused));
        } else {
            told.ends(order, OrderState::Rejected);
        }
        let again = (RIGHT, TimeInForce::ImmediateOrCancel, 10);
        assert_eq!(told.places(), [again]);
        let last = told.explained.last().unwrap();
        assert!(last.contains("rerouted from a place"), "{last}");
    }
}

#[test]
fn what_rests_at_a_place_that_halts_is_taken_back_and_rests_elsewhere() {
    let mut told = Told::new();
    told.asks(LEFT, 150, 10);
    told.asks(RIGHT, 150, 10);
    told.buy(10, 105, true);
    let [(order, place, TimeInForce::Day, 10)] = told.sent()[..] else {
        panic!("{:?}", told.explained);
    };
    let other = if place == LEFT { RIGHT } else { LEFT };
    told.phase(place, Phase::Halted);
    assert_eq!(told.places(), []);
    assert_eq!(told.cancelled, [order]);
    told.ends(order, OrderState::Cancelled);
    assert_eq!(told.places(), [(other, TimeInForce::Day, 10)]);
}
