//! Random but sensible trading: commands, reports that fit and reports that do not.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use proptest::prelude::*;
use wattbook_domain::command::{AmendOrder, CancelAll, CancelOrder, Scope};
use wattbook_domain::market::{
    BookAction, BookDelta, MarketEvent, PriceKind, Quote, ReferencePrice,
};
use wattbook_domain::reference::{ReferenceEvent, SetFees, SetFxRate};
use wattbook_domain::report::{
    AmendRejected, CancelRejected, OrderAccepted, OrderAmended, OrderCancelled, OrderFilled,
    OrderRejected, OrderStanding, StandingChanged, VenueReason, VenueReport,
};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{
    Command, Currency, Input, InstrumentId, Order, OrderId, Price, Side, TradeId, TradingBookId,
    VenueId, Volume,
};

mod wide;

pub use wide::play_wide;

use crate::common::{CLIENT, Desk, hour, limit, owner, price};

/// One step: what, of which order, at which tick, how many lots.
pub type Step = (u8, u16, i16, u8);

pub fn any_flow(steps: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(any::<Step>(), 1..steps)
}

/// A fixed flow of `count` steps, another one from each `first`.
pub fn sample(first: u64, count: u64) -> Vec<Step> {
    let step = |index: u64| {
        let draw = index.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23) ^ index;
        let draw = draw.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (
            (draw >> 56) as u8,
            (draw >> 40) as u16,
            (draw >> 24) as i16,
            (draw >> 16) as u8,
        )
    };
    (first..first + count).map(step).collect()
}

/// Plays `steps` on a desk with two instruments in two currencies.
pub fn play(steps: &[Step]) -> Desk {
    let mut desk = desk();
    for step in steps {
        take(&mut desk, *step);
    }
    desk
}

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.venue(1, MarketModel::ContinuousBook);
    desk.reference(ReferenceEvent::SetFees(SetFees {
        venue: VenueId(1),
        maker: price("-0.003"),
        taker: price("0.017"),
    }));
    desk.reference(ReferenceEvent::SetFxRate(SetFxRate {
        from: Currency::GBP,
        to: Currency::EUR,
        rate_billionths: 1_187_654_321,
    }));
    desk.instrument(hour(0, 1));
    let mut pounds = hour(1, 1);
    pounds.currency = Currency::GBP;
    desk.instrument(pounds);
    desk
}

fn take(desk: &mut Desk, step: Step) {
    let (what, which, tick, lots) = step;
    let ticks = 5_000 + i64::from(tick % 300);
    let at = Price::from_millionths(ticks * 10_000);
    let volume = Volume::from_millionths((i64::from(lots % 50) + 1) * 100_000);
    let number = u64::from(which) % (desk.orders + 2);
    let order_id = OrderId::new(CLIENT, number);
    match what % 16 {
        0..=4 => {
            let side = side(lots);
            let order = Order {
                instrument: InstrumentId(u32::from(which % 2)),
                owner: owner(1 + which % 3),
                price: at,
                volume,
                ..limit(side, "0", "1")
            };
            desk.submit(order);
        }
        5 => drop(desk.command(Command::CancelOrder(CancelOrder { order_id }))),
        6 => {
            let (price, volume) = (at, volume);
            let amend = AmendOrder {
                order_id,
                price,
                volume,
                ..AmendOrder::default()
            };
            desk.command(Command::AmendOrder(amend));
        }
        7 if which % 4 == 0 => {
            let scope = Scope {
                trading_book: Some(TradingBookId(1 + which % 3)),
                ..Scope::default()
            };
            desk.command(Command::CancelAll(CancelAll { scope }));
        }
        7..=9 => drop(desk.feed(Input::Market(market(step, at, volume)))),
        _ => drop(desk.report(report(step, order_id, at, volume))),
    }
}

fn side(lots: u8) -> Side {
    if lots.is_multiple_of(2) {
        Side::Buy
    } else {
        Side::Sell
    }
}

fn market((what, which, _, lots): Step, at: Price, volume: Volume) -> MarketEvent {
    let instrument = InstrumentId(u32::from(which % 2));
    match what % 16 {
        9 if lots.is_multiple_of(2) => MarketEvent::BookDelta(BookDelta {
            instrument,
            action: [BookAction::Add, BookAction::Modify, BookAction::Delete]
                [usize::from(which % 3)],
            side: side(lots / 2),
            // Instrument 0 is fed by price, instrument 1 by order.
            venue_order: u64::from(which % 2) * u64::from(1 + which / 8 % 16),
            price: at,
            volume,
        }),
        9 => MarketEvent::ReferencePrice(ReferencePrice {
            instrument,
            kind: PriceKind::Mark,
            run: SettlementRun::Initial,
            price: price("49.99"),
        }),
        _ => MarketEvent::Quote(Quote {
            instrument,
            bid_price: at,
            ask_price: Price::from_millionths(at.millionths() + 20_000),
            bid_volume: volume,
            ask_volume: volume,
        }),
    }
}

fn report(step: Step, order_id: OrderId, price: Price, volume: Volume) -> VenueReport {
    let (what, which, _, lots) = step;
    let is_even = lots.is_multiple_of(2);
    match what % 16 {
        10 => VenueReport::OrderAccepted(OrderAccepted { order_id }),
        11 | 12 => VenueReport::OrderFilled(OrderFilled {
            order_id,
            trade: TradeId(u64::from(which / 7)),
            price,
            volume,
            is_maker: is_even,
        }),
        13 => {
            let reason = VenueReason::Requested;
            VenueReport::OrderCancelled(OrderCancelled { order_id, reason })
        }
        14 if is_even => VenueReport::OrderAmended(OrderAmended {
            order_id,
            price,
            volume,
        }),
        14 => {
            let reason = VenueReason::UnknownOrder;
            if lots % 8 == 3 {
                let standing = [
                    OrderStanding::Working,
                    OrderStanding::Suspended,
                    OrderStanding::Stopped,
                    OrderStanding::DoneForDay,
                    OrderStanding::AcceptedForBidding,
                ][usize::from(which % 5)];
                VenueReport::StandingChanged(StandingChanged { order_id, standing })
            } else if lots % 4 == 1 {
                VenueReport::AmendRejected(AmendRejected { order_id, reason })
            } else {
                VenueReport::CancelRejected(CancelRejected { order_id, reason })
            }
        }
        _ => {
            let reason = VenueReason::NotTrading;
            VenueReport::OrderRejected(OrderRejected { order_id, reason })
        }
    }
}
