//! The order table against a slow, obvious model, and its memory over millions of orders.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use wattbook_domain::command::AmendOrder;
use wattbook_domain::event::{OrderState, QuarantineReason};
use wattbook_domain::instrument::{Commodity, ContractForm, DeliveryKind, Instrument, Load, Tenor};
use wattbook_domain::report::{OrderAmended, OrderFilled, OrderStanding, VenueReason};
use wattbook_domain::state::State;
use wattbook_domain::venue::Venue;
use wattbook_domain::{
    ClientId, Currency, InstrumentId, Order, OrderId, Owner, Price, Side, Timestamp, TradeId, Unit,
    VenueId, Volume,
};
use wattbook_execution::OrderTable;
use wattbook_portfolio::{Portfolio, PositionSlot};
use wattbook_risk::LimitGate;

const CLIENT: ClientId = ClientId(3);
const NOW: Timestamp = Timestamp::EPOCH;

struct Desk {
    portfolio: Portfolio,
    gate: LimitGate,
    table: OrderTable,
}

fn lots(count: i64) -> Volume {
    Volume::from_millionths(count * 100_000)
}

fn ticks(count: i64) -> Price {
    Price::from_millionths(count * 10_000)
}

fn desk() -> Desk {
    let (mut portfolio, mut gate) = (Portfolio::new(Currency::EUR), LimitGate::new(800_000));
    portfolio.define_venue(&Venue {
        venue: VenueId(1),
        ..Venue::default()
    });
    let end = Timestamp::from_seconds(3_600);
    let instrument = Instrument {
        instrument: InstrumentId(0),
        symbol: "H0".to_owned(),
        venue: VenueId(1),
        location: "DE-LU".to_owned(),
        commodity: Commodity::Power,
        form: ContractForm::Intraday,
        tenor: Tenor::Hour,
        load: Load::Base,
        delivery_kind: DeliveryKind::Physical,
        delivery_start: Timestamp::EPOCH,
        delivery_end: end,
        delivery_seconds: 3_600,
        gate_closure: end,
        currency: Currency::EUR,
        price_unit: Unit::MegawattHour,
        volume_unit: Unit::Megawatt,
        tick: ticks(1),
        lot: lots(1),
        min_price: ticks(-50_000),
        max_price: ticks(400_000),
        option: None,
        spread: None,
        swap: None,
    };
    portfolio.define_instrument(&instrument).unwrap();
    gate.define_instrument(&instrument).unwrap();
    Desk {
        portfolio,
        gate,
        table: OrderTable::default(),
    }
}

impl Desk {
    fn open(&mut self, number: u64, volume: i64) {
        let order = Order {
            side: side_of(number),
            owner: Owner::default(),
            price: ticks(5_000),
            volume: lots(volume),
            ..Order::default()
        };
        let order_id = OrderId::new(CLIENT, number);
        let approved = self
            .gate
            .check(CLIENT, order_id, &order, NOW, &mut self.portfolio)
            .unwrap();
        let routed = self.table.open(approved);
        assert_eq!((routed.order_id, routed.order), (order_id, order));
    }

    fn last(&self) -> u64 {
        self.gate.last_number(CLIENT)
    }
}

/// An order as one would note it on paper.
#[derive(Debug, Clone, Default, PartialEq)]
struct Noted {
    volume: i64,
    filled: i64,
    is_accepted: bool,
    /// How the venue holds it; nothing while it can trade.
    held: Option<OrderState>,
    is_cancelling: bool,
    amending: Option<i64>,
    trades: BTreeSet<u64>,
    ended: Option<OrderState>,
}

impl Noted {
    fn state(&self) -> OrderState {
        if let Some(end) = self.ended {
            end
        } else if self.is_cancelling {
            OrderState::PendingCancel
        } else if self.amending.is_some() {
            OrderState::PendingAmend
        } else if let Some(held) = self.held {
            held
        } else if self.filled > 0 {
            OrderState::PartiallyFilled
        } else if self.is_accepted {
            OrderState::Accepted
        } else {
            OrderState::PendingNew
        }
    }

    /// What the gate must hold open for it.
    fn reserved(&self) -> i64 {
        match self.ended {
            Some(_) => 0,
            None => self.volume.max(self.amending.unwrap_or(0)) - self.filled,
        }
    }

    fn fill(&mut self, trade: u64, volume: i64) -> Result<(), QuarantineReason> {
        if volume <= 0 {
            return Err(QuarantineReason::Unexpected);
        }
        if self.trades.contains(&trade) {
            return Err(QuarantineReason::RepeatedTrade);
        }
        if self.filled + volume > self.volume {
            match self.amending {
                Some(larger) if self.filled + volume <= larger => self.volume = larger,
                _ => return Err(QuarantineReason::Overfill),
            }
        }
        self.trades.insert(trade);
        self.filled += volume;
        if self.held == Some(OrderState::AcceptedForBidding) {
            self.held = None;
        }
        if self.filled == self.volume {
            self.ended = Some(OrderState::Filled);
        }
        Ok(())
    }

    fn stand(&mut self, held: Option<OrderState>) -> Result<(), QuarantineReason> {
        let is_bidding = held == Some(OrderState::AcceptedForBidding);
        if held == self.held || (is_bidding && (self.is_accepted || self.filled > 0)) {
            return Err(QuarantineReason::Unexpected);
        }
        self.is_accepted |= !is_bidding;
        self.held = held;
        Ok(())
    }

    fn amended(&mut self, volume: i64) -> Result<(), QuarantineReason> {
        if volume < self.filled {
            return Err(QuarantineReason::Unexpected);
        }
        self.amending = None;
        self.volume = volume;
        if self.filled == self.volume {
            self.ended = Some(OrderState::Filled);
        }
        Ok(())
    }

    fn amend_refused(&mut self) -> Result<(), QuarantineReason> {
        let waits = self.amending.take().is_some();
        waits.then_some(()).ok_or(QuarantineReason::Unexpected)
    }

    fn cancel_refused(&mut self) -> Result<(), QuarantineReason> {
        let waits = std::mem::take(&mut self.is_cancelling);
        waits.then_some(()).ok_or(QuarantineReason::Unexpected)
    }
}

#[derive(Debug, Clone)]
enum Act {
    Open(u8, u8),
    Cancel(u8),
    Amend(u8, u8),
    Accepted(u8),
    Rejected(u8),
    Filled(u8, u8, i8),
    Cancelled(u8, bool),
    Amended(u8, u8),
    AmendRefused(u8),
    CancelRefused(u8),
    Held(u8, u8),
}

/// Ways in which a venue holds an order, and the state that shows it.
const STANDINGS: [(OrderStanding, Option<OrderState>); 5] = [
    (OrderStanding::Working, None),
    (OrderStanding::Suspended, Some(OrderState::Suspended)),
    (OrderStanding::Stopped, Some(OrderState::Stopped)),
    (OrderStanding::DoneForDay, Some(OrderState::DoneForDay)),
    (
        OrderStanding::AcceptedForBidding,
        Some(OrderState::AcceptedForBidding),
    ),
];

fn any_act() -> impl Strategy<Value = Act> {
    let order = || 0_u8..24;
    prop_oneof![
        3 => (1_u8..40, 1_u8..12).prop_map(|(skip, volume)| Act::Open(skip, volume)),
        1 => order().prop_map(Act::Cancel),
        2 => (order(), 1_u8..16).prop_map(|(order, volume)| Act::Amend(order, volume)),
        2 => order().prop_map(Act::Accepted),
        1 => order().prop_map(Act::Rejected),
        5 => (order(), 0_u8..9, -1_i8..7).prop_map(|(order, trade, volume)| Act::Filled(order, trade, volume)),
        1 => (order(), any::<bool>()).prop_map(|(order, expired)| Act::Cancelled(order, expired)),
        1 => (order(), 0_u8..16).prop_map(|(order, volume)| Act::Amended(order, volume)),
        1 => order().prop_map(Act::AmendRefused),
        1 => order().prop_map(Act::CancelRefused),
        3 => (order(), 0_u8..5).prop_map(|(order, nth)| Act::Held(order, nth)),
    ]
}

/// The act on the table and on paper; both must agree on the outcome.
fn act(desk: &mut Desk, paper: &mut BTreeMap<u64, Noted>, act: &Act) -> Result<(), TestCaseError> {
    let number = match act {
        Act::Open(skip, volume) => {
            let number = desk.last() + u64::from(*skip);
            let volume = i64::from(*volume);
            desk.open(number, volume);
            paper.insert(
                number,
                Noted {
                    volume,
                    ..Noted::default()
                },
            );
            return Ok(());
        }
        Act::Cancel(nth)
        | Act::Amend(nth, _)
        | Act::Accepted(nth)
        | Act::Rejected(nth)
        | Act::Filled(nth, ..)
        | Act::Cancelled(nth, _)
        | Act::Amended(nth, _)
        | Act::AmendRefused(nth)
        | Act::CancelRefused(nth)
        | Act::Held(nth, _) => {
            let known = paper.keys().copied().nth(usize::from(*nth));
            known.unwrap_or(u64::from(*nth) + 1_000_000)
        }
    };
    let order_id = OrderId::new(CLIENT, number);
    let mut unknown = Noted {
        ended: Some(OrderState::Filled),
        ..Noted::default()
    };
    let noted = paper.get_mut(&number).unwrap_or(&mut unknown);
    match act {
        Act::Cancel(_) => request_cancel(desk, noted, order_id),
        Act::Amend(_, volume) => request_amend(desk, noted, order_id, i64::from(*volume)),
        _ => report(desk, noted, order_id, act),
    }
}

fn request_cancel(
    desk: &mut Desk,
    noted: &mut Noted,
    order_id: OrderId,
) -> Result<(), TestCaseError> {
    let step = desk.table.request_cancel(order_id);
    prop_assert_eq!(step.is_ok(), noted.ended.is_none());
    if let Ok(step) = step {
        prop_assert_eq!(step.is_new, !noted.is_cancelling);
        noted.is_cancelling = true;
        prop_assert_eq!(step.changed.state, noted.state());
    }
    Ok(())
}

fn request_amend(
    desk: &mut Desk,
    noted: &mut Noted,
    order_id: OrderId,
    volume: i64,
) -> Result<(), TestCaseError> {
    let open = desk.table.amendable(order_id);
    let may = noted.ended.is_none() && !noted.is_cancelling && noted.amending.is_none();
    prop_assert_eq!(open.is_ok(), may);
    let Ok(open) = open else { return Ok(()) };
    let (price, asked) = (ticks(5_001), lots(volume));
    let amend = AmendOrder {
        order_id,
        price,
        volume: asked,
        ..AmendOrder::default()
    };
    let approved = desk
        .gate
        .check_amendment(CLIENT, &amend, &open, NOW, &mut desk.portfolio);
    prop_assert_eq!(approved.is_ok(), volume > noted.filled);
    if let Ok(approved) = approved {
        let (_, changed) = desk.table.request_amend(&approved).unwrap();
        noted.amending = Some(volume);
        prop_assert_eq!(changed.state, noted.state());
    }
    Ok(())
}

/// A report on paper: whether it fits.
fn note(noted: &mut Noted, act: &Act) -> Result<(), QuarantineReason> {
    match act {
        Act::Accepted(_) if noted.is_accepted => Err(QuarantineReason::Unexpected),
        Act::Accepted(_) => {
            noted.is_accepted = true;
            if noted.held == Some(OrderState::AcceptedForBidding) {
                noted.held = None;
            }
            Ok(())
        }
        Act::Rejected(_) if noted.is_accepted || noted.filled > 0 => {
            Err(QuarantineReason::Unexpected)
        }
        Act::Filled(_, trade, volume) => noted.fill(u64::from(*trade), i64::from(*volume)),
        Act::Amended(_, volume) => noted.amended(i64::from(*volume)),
        Act::AmendRefused(_) => noted.amend_refused(),
        Act::CancelRefused(_) => noted.cancel_refused(),
        Act::Held(_, nth) => noted.stand(STANDINGS[usize::from(*nth)].1),
        Act::Cancelled(_, true) => {
            noted.ended = Some(OrderState::Expired);
            Ok(())
        }
        Act::Cancelled(_, false) => {
            noted.ended = Some(OrderState::Cancelled);
            Ok(())
        }
        _ => {
            noted.ended = Some(OrderState::Rejected);
            Ok(())
        }
    }
}

/// The same report to the table.
fn tell(table: &mut OrderTable, order_id: OrderId, act: &Act) -> Outcome {
    match act {
        Act::Accepted(_) => outcome(table.accepted(order_id)),
        Act::Filled(_, trade, volume) => {
            let report = OrderFilled {
                order_id,
                trade: TradeId(u64::from(*trade)),
                price: ticks(5_000),
                volume: lots(i64::from(*volume)),
                is_maker: true,
            };
            match table.filled(&report) {
                Ok(fill) => (Ok(()), fill.released, Some(fill.changed.state)),
                Err(fault) => (Err(fault), Volume::ZERO, None),
            }
        }
        Act::Amended(_, volume) => {
            let (price, volume) = (ticks(4_999), lots(i64::from(*volume)));
            outcome(table.amended(&OrderAmended {
                order_id,
                price,
                volume,
            }))
        }
        Act::AmendRefused(_) => outcome(table.amend_rejected(order_id, VenueReason::UnknownOrder)),
        Act::CancelRefused(_) => {
            outcome(table.cancel_rejected(order_id, VenueReason::UnknownOrder))
        }
        Act::Held(_, nth) => outcome(table.held(order_id, STANDINGS[usize::from(*nth)].0)),
        Act::Cancelled(_, true) => outcome(table.cancelled(order_id, VenueReason::Expired)),
        Act::Cancelled(_, false) => outcome(table.cancelled(order_id, VenueReason::Requested)),
        _ => outcome(table.rejected(order_id, VenueReason::OffTick)),
    }
}

fn report(
    desk: &mut Desk,
    noted: &mut Noted,
    order_id: OrderId,
    act: &Act,
) -> Result<(), TestCaseError> {
    let before = noted.clone();
    let (got, released, state) = tell(&mut desk.table, order_id, act);
    let expected = if before.ended.is_some() {
        Err(QuarantineReason::UnknownOrder)
    } else {
        note(noted, act)
    };
    prop_assert_eq!(got, expected);
    if expected.is_err() {
        *noted = before;
        return Ok(());
    }
    prop_assert_eq!(released, lots(before.reserved() - noted.reserved()));
    prop_assert_eq!(state.unwrap_or(before.state()), noted.state());
    let side = side_of(order_id.number());
    desk.gate
        .release(order_id, PositionSlot(0), side, released, &desk.portfolio);
    Ok(())
}

fn side_of(number: u64) -> Side {
    if number.is_multiple_of(2) {
        Side::Buy
    } else {
        Side::Sell
    }
}

type Outcome = (Result<(), QuarantineReason>, Volume, Option<OrderState>);

fn outcome(got: Result<wattbook_execution::Change, QuarantineReason>) -> Outcome {
    match got {
        Ok(change) => (
            Ok(()),
            change.released,
            change.changed.map(|changed| changed.state),
        ),
        Err(fault) => (Err(fault), Volume::ZERO, None),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn the_table_says_what_a_list_on_paper_says(acts in prop::collection::vec(any_act(), 1..120)) {
        let (mut desk, mut paper) = (desk(), BTreeMap::new());
        for step in &acts {
            act(&mut desk, &mut paper, step)?;
            let open: Vec<_> = paper.iter().filter(|(_, noted)| noted.ended.is_none()).collect();
            let listed = desk.table.in_order();
            prop_assert_eq!(listed.len(), open.len());
            for (view, (number, noted)) in listed.iter().zip(&open) {
                prop_assert_eq!(view.order_id, OrderId::new(CLIENT, **number));
                prop_assert_eq!(view.state, noted.state());
                prop_assert_eq!((view.volume, view.filled), (lots(noted.volume), lots(noted.filled)));
                prop_assert_eq!(desk.table.get(view.order_id), Some(*view));
            }
            let open_of = |parity| {
                let noted = open.iter().filter(|(number, _)| **number % 2 == parity);
                lots(noted.map(|(_, noted)| noted.reserved()).sum())
            };
            if !desk.portfolio.positions().is_empty() {
                let held = desk.gate.open_volume(PositionSlot(0), &desk.portfolio);
                prop_assert_eq!(held, (open_of(0), open_of(1)));
            }
        }
        let mut bytes = Vec::new();
        desk.table.save(&mut bytes);
        let loaded = OrderTable::load(&mut bytes.as_slice()).unwrap();
        let mut again = Vec::new();
        loaded.save(&mut again);
        prop_assert_eq!(bytes, again);
    }
}

#[test]
fn memory_follows_the_open_orders_and_not_the_orders_before() {
    let mut desk = desk();
    let mut most = 0;
    for number in 1..=300_000_u64 {
        desk.open(number, 1);
        if number > 500 {
            // Every 97th order stays open for long, the others for 500 orders.
            let end = number
                - if number.is_multiple_of(97) {
                    9_700.min(number - 1)
                } else {
                    500
                };
            let order_id = OrderId::new(CLIENT, end);
            let ended = desk.table.cancelled(order_id, VenueReason::Requested);
            if let Ok(change) = ended {
                let (slot, side) = (change.slot, change.side);
                desk.gate
                    .release(order_id, slot, side, change.released, &desk.portfolio);
            }
        }
        most = most.max(desk.table.bytes_held());
    }
    assert!(most < 16 << 20, "{most} bytes");
    let in_order = desk.table.in_order();
    assert!(in_order.is_sorted_by_key(|order| order.order_id));
    assert_eq!(in_order.len(), desk.table.len());
}

#[test]
fn an_order_that_is_done_for_the_day_has_ended_when_nothing_is_left() {
    let mut desk = desk();
    desk.open(2, 5);
    let order_id = OrderId::new(CLIENT, 2);
    let held = desk.table.held(order_id, OrderStanding::DoneForDay);
    let changed = held.unwrap().changed.unwrap();
    assert_eq!(
        (changed.state, changed.open),
        (OrderState::DoneForDay, lots(5))
    );
    assert!(!changed.has_ended());
    let ended = desk.table.cancelled(order_id, VenueReason::DoneForDay);
    let changed = ended.unwrap().changed.unwrap();
    assert_eq!(changed.state, OrderState::DoneForDay);
    assert!(changed.has_ended() && desk.table.is_empty());
}
