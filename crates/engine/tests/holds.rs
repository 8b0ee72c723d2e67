//! Four eyes on large orders, instruments whose position is in doubt, and scopes of the kill switch.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use wattbook_domain::command::{
    AmendOrder, ApproveOrder, CancelAll, CancelOrder, FreezeInstrument, Scope, SetTrading,
};
use wattbook_domain::event::{OrderHeld, OrderState};
use wattbook_domain::market::{MarketEvent, Trade};
use wattbook_domain::reference::{ReferenceEvent, SetApproval};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{
    ClientId, Command, Event, Input, InstrumentId, Money, Order, OrderId, Refusal, Side, TradeId,
    TraderId, TradingBookId,
};
use wattbook_engine::Engine;

const BUY: Side = Side::Buy;
const SECOND: ClientId = ClientId(2);

/// A desk on which orders of book 1 above 5 MW or 400 EUR wait for a second person.
fn desk() -> Desk {
    let mut desk = Desk::trading();
    desk.reference(ReferenceEvent::SetApproval(SetApproval {
        trading_book: TradingBookId(1),
        order_volume: volume("5"),
        order_value: Money::from_millionths(400_000_000),
    }));
    desk.reference(ReferenceEvent::SetLimits(limits(1)));
    // A price is known: without one an order is worth what it could be at the venue's farthest.
    desk.feed(Input::Market(MarketEvent::Trade(Trade {
        instrument: InstrumentId(0),
        trade: TradeId(1),
        aggressor: BUY,
        price: price("50"),
        volume: volume("1"),
    })));
    desk
}

fn held(desk: &mut Desk, order: &Order) -> OrderId {
    let (order_id, events) = desk.submit(order.clone());
    let [
        Event::OrderHeld(OrderHeld {
            order_id: found,
            order: kept,
        }),
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!((*found, kept), (order_id, order));
    order_id
}

fn approve(desk: &mut Desk, client: ClientId, order_id: OrderId, trader: u16) -> Vec<Event> {
    let client_sequence = desk.engine.client_sequence(client) + 1;
    if client == CLIENT {
        desk.commands = client_sequence;
    }
    desk.feed(Input::Command {
        client,
        client_sequence,
        command: Command::ApproveOrder(ApproveOrder {
            order_id,
            trader: TraderId(trader),
        }),
    })
}

#[test]
fn a_large_order_waits_until_a_second_person_lets_it_pass() {
    let mut desk = desk();
    desk.passed(limit(BUY, "50", "5"));
    let order_id = held(&mut desk, &limit(BUY, "50", "5.1"));
    assert_eq!(desk.engine.orders().len(), 1);
    let own = limit(BUY, "50", "1").owner.trader.0;
    let same = Refusal::SecondPerson {
        order_id,
        trader: TraderId(own),
    };
    assert_eq!(refusal(&approve(&mut desk, SECOND, order_id, own)), same);
    // The client that sent it is refused under whatever name.
    assert!(matches!(
        refusal(&approve(&mut desk, CLIENT, order_id, 99)),
        Refusal::SecondPerson { .. }
    ));
    let events = approve(&mut desk, SECOND, order_id, 99);
    assert!(
        matches!(&events[..], [Event::OrderApproved(by), Event::OrderRouted(routed)]
            if by.trader == TraderId(99) && routed.order_id == order_id),
        "{events:?}"
    );
    assert_eq!(
        refusal(&approve(&mut desk, SECOND, order_id, 99)),
        Refusal::UnknownOrder { order_id }
    );
    assert_eq!(desk.engine.orders().len(), 2);
}

#[test]
fn a_large_value_waits_as_well_and_is_no_exposure() {
    let mut desk = desk();
    // 5 MW at 85 EUR for an hour are worth 425 EUR.
    held(&mut desk, &limit(BUY, "85", "5"));
    // Sixty MW may be held: the held order does not count.
    for _ in 0..12 {
        desk.passed(limit(BUY, "50", "5"));
    }
    assert!(matches!(
        desk.refused(limit(BUY, "50", "0.1")),
        Refusal::PositionVolume { .. }
    ));
}

#[test]
fn an_approved_order_meets_the_gate_again() {
    let mut desk = desk();
    let order_id = held(&mut desk, &limit(BUY, "50", "10"));
    for _ in 0..11 {
        desk.passed(limit(BUY, "50", "5"));
    }
    let events = approve(&mut desk, SECOND, order_id, 99);
    assert!(
        matches!(&events[..], [Event::OrderApproved(_), Event::Refused(refused)]
            if matches!(refused.refusal, Refusal::PositionVolume { .. })),
        "{events:?}"
    );
    assert_eq!(desk.engine.held().iter().count(), 0);
}

#[test]
fn a_held_order_is_cancelled_alone_in_its_scope_and_by_the_gate() {
    let mut desk = desk();
    let cancelled = |events: &[Event], reason, state| {
        matches!(events, [Event::OrderStateChanged(changed)]
            if changed.reason == Some(reason) && changed.state == state)
    };
    let order_id = held(&mut desk, &limit(BUY, "50", "10"));
    let amend = AmendOrder {
        order_id,
        price: price("50"),
        volume: volume("11"),
        ..AmendOrder::default()
    };
    let events = desk.command(Command::AmendOrder(amend));
    assert!(matches!(refusal(&events), Refusal::Terms { .. }));
    let events = desk.command(Command::CancelOrder(CancelOrder { order_id }));
    assert!(cancelled(
        &events,
        VenueReason::Requested,
        OrderState::Cancelled
    ));
    held(&mut desk, &limit(BUY, "50", "10"));
    let scope = Scope {
        trader: Some(limit(BUY, "50", "1").owner.trader),
        ..Scope::default()
    };
    let other = Scope {
        trader: Some(TraderId(77)),
        ..Scope::default()
    };
    assert_eq!(
        desk.command(Command::CancelAll(CancelAll { scope: other })),
        []
    );
    let events = desk.command(Command::CancelAll(CancelAll { scope }));
    assert!(cancelled(
        &events,
        VenueReason::Requested,
        OrderState::Cancelled
    ));
    held(&mut desk, &limit(BUY, "50", "10"));
    let events = desk.advance(START + 24 * HOUR);
    let [Event::GateClosed(_), rest @ ..] = &events[..] else {
        panic!("{events:?}");
    };
    assert!(cancelled(
        rest,
        VenueReason::GateClosed,
        OrderState::Expired
    ));
}

#[test]
fn an_order_is_not_enlarged_past_the_second_person() {
    let mut desk = desk();
    let order_id = desk.passed(limit(BUY, "50", "5"));
    let amend = |at: &str, total: &str| {
        Command::AmendOrder(AmendOrder {
            order_id,
            price: price(at),
            volume: volume(total),
            ..AmendOrder::default()
        })
    };
    let events = desk.command(amend("50", "6"));
    assert!(matches!(
        refusal(&events),
        Refusal::AmendNeedsApproval { .. }
    ));
    let events = desk.command(amend("90", "5"));
    assert!(matches!(
        refusal(&events),
        Refusal::AmendNeedsApproval { .. }
    ));
    let events = desk.command(amend("50", "4"));
    assert!(
        matches!(&events[..], [Event::AmendRouted(_), _]),
        "{events:?}"
    );
}

#[test]
fn a_frozen_instrument_takes_no_order_but_every_cancel() {
    let mut desk = Desk::trading();
    let instrument = InstrumentId(0);
    let freeze = |is_frozen| {
        Command::FreezeInstrument(FreezeInstrument {
            instrument,
            is_frozen,
        })
    };
    let order_id = desk.passed(limit(BUY, "50", "2"));
    let events = desk.command(freeze(true));
    assert!(matches!(events[..], [Event::InstrumentFrozen(_)]));
    assert_eq!(desk.command(freeze(true)), [], "it is frozen already");
    assert_eq!(
        desk.refused(limit(BUY, "50", "1")),
        Refusal::Frozen { instrument }
    );
    // A wider switch does not lift it.
    desk.command(Command::SetTrading(SetTrading {
        scope: Scope::default(),
        allowed: true,
    }));
    assert_eq!(
        desk.refused(limit(BUY, "50", "1")),
        Refusal::Frozen { instrument }
    );
    let copy = Engine::restore(&desk.engine.snapshot()).unwrap();
    assert!(copy.gate().is_frozen(instrument));
    let events = desk.command(Command::CancelOrder(CancelOrder { order_id }));
    assert!(matches!(events[..], [Event::CancelRouted(_), _]));
    let events = desk.command(freeze(false));
    assert!(matches!(events[..], [Event::InstrumentFrozen(_)]));
    desk.passed(limit(BUY, "50", "1"));
    let unknown = Command::FreezeInstrument(FreezeInstrument {
        instrument: InstrumentId(9),
        is_frozen: true,
    });
    assert!(matches!(
        refusal(&desk.command(unknown)),
        Refusal::UnknownInstrument { .. }
    ));
}

#[test]
fn held_orders_survive_a_snapshot() {
    let mut desk = desk();
    let order_id = held(&mut desk, &limit(BUY, "50", "10"));
    let copy = Engine::restore(&desk.engine.snapshot()).unwrap();
    assert_eq!(copy.state_hash(), desk.engine.state_hash());
    assert_eq!(copy.held().get(order_id), desk.engine.held().get(order_id));
}
