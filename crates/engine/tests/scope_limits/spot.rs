//! Spot trading: what open bids and unpaid deliveries take of the headroom at a clearing member.

use proptest::prelude::*;
use wattbook_domain::command::{AmendOrder, Command};
use wattbook_domain::instrument::{ContractForm, Instrument};
use wattbook_domain::limit::{LimitMeasure, LimitScope, SetScopeLimit};
use wattbook_domain::reference::{ReferenceEvent, SetFxRate};
use wattbook_domain::report::{OrderAmended, OrderCancelled, VenueReason, VenueReport};
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{Currency, InstrumentId, Order, OrderId, OrderType, Side, TradingBookId};
use wattbook_engine::Engine;

use crate::common::*;
use crate::{MILLION, broken, order};

const DOLLAR: u32 = 3;
const FUTURE: u32 = 4;

/// Three hours in euro, one in dollars and a future, at a member whose limit is `hard` in `currency`.
fn desk(hard: i64, currency: Option<Currency>) -> Desk {
    let mut desk = crate::desk();
    let usd: Currency = "USD".parse().unwrap();
    desk.reference(ReferenceEvent::SetFxRate(SetFxRate {
        from: usd,
        to: Currency::EUR,
        rate_billionths: 500_000_000,
    }));
    desk.instrument(Instrument {
        currency: usd,
        ..hour(DOLLAR, 1)
    });
    desk.venue(2, MarketModel::ContinuousBook);
    desk.instrument(Instrument {
        form: ContractForm::Future,
        ..hour(FUTURE, 2)
    });
    let set = spot(1, hard, currency);
    assert_eq!(desk.reference(set), []);
    desk
}

fn spot(limit: u32, hard: i64, currency: Option<Currency>) -> ReferenceEvent {
    ReferenceEvent::SetScopeLimit(SetScopeLimit {
        limit,
        scope: LimitScope {
            trading_book: Some(TradingBookId(1)),
            currency,
            ..LimitScope::default()
        },
        measure: LimitMeasure::SpotTrading,
        soft_millionths: hard * MILLION,
        hard_millionths: hard * MILLION,
        confidence_ppm: 0,
        floor_millionths: 0,
        payment_seconds: 2 * HOUR,
    })
}

fn used(desk: &Desk) -> i64 {
    desk.engine.limit_use()[0].value_millionths.unwrap()
}

#[test]
fn bids_count_at_their_limit_and_deliveries_until_they_are_paid() {
    let mut desk = desk(1_000, None);
    // Ten megawatts at 50 for an hour, then a sale that pays for nothing but its own hour.
    let bought = desk.passed(order(0, 1, Side::Buy, "10"));
    let sold = desk.passed(order(1, 1, Side::Sell, "10"));
    assert_eq!(used(&desk), 500 * MILLION);
    desk.fill(bought, 1, "40", "10");
    desk.fill(sold, 2, "60", "10");
    assert_eq!(used(&desk), 400 * MILLION);
    assert_eq!(
        broken(desk.refused(order(2, 1, Side::Buy, "12.1"))),
        (1, 1_005, 1_000)
    );
    desk.passed(order(2, 2, Side::Buy, "100"));
    // Who sells below zero pays; a sale at 60 does not.
    let order_id = desk.passed(Order {
        price: price("-10"),
        ..order(2, 1, Side::Sell, "60")
    });
    assert_eq!(used(&desk), 1_000 * MILLION);
    desk.refused(order(2, 1, Side::Buy, "0.1"));
    desk.report(VenueReport::OrderCancelled(OrderCancelled {
        order_id,
        reason: VenueReason::Expired,
    }));
    // Delivered after an hour, paid two hours later.
    desk.advance(START + 3 * HOUR - 1);
    assert_eq!(used(&desk), 400 * MILLION);
    desk.advance(START + 3 * HOUR);
    assert_eq!(used(&desk), 0);
}

#[test]
fn a_market_order_counts_at_the_highest_price_of_its_venue_and_futures_do_not() {
    let mut desk = desk(1_000, None);
    let market = Order {
        order_type: OrderType::Market,
        price: price("0"),
        ..order(0, 1, Side::Buy, "0.3")
    };
    assert_eq!(broken(desk.refused(market)), (1, 1_200, 1_000));
    desk.passed(order(FUTURE, 1, Side::Buy, "900"));
    assert_eq!(used(&desk), 0);
}

#[test]
fn a_member_has_its_limit_in_each_currency() {
    let mut own = desk(1_000, Some("USD".parse().unwrap()));
    own.passed(order(0, 1, Side::Buy, "900"));
    own.passed(order(DOLLAR, 1, Side::Buy, "20"));
    assert_eq!(
        broken(own.refused(order(DOLLAR, 1, Side::Buy, "0.2"))),
        (1, 1_010, 1_000)
    );
    let mut all = desk(1_000, None);
    all.passed(order(DOLLAR, 1, Side::Buy, "20"));
    assert_eq!(used(&all), 500 * MILLION);
}

#[test]
fn an_amended_bid_counts_at_the_dearer_price_and_once() {
    let mut desk = desk(1_000, None);
    let order_id = desk.passed(order(0, 1, Side::Buy, "10"));
    let amend = |at: &str, lots: &str| {
        Command::AmendOrder(AmendOrder {
            order_id,
            price: price(at),
            volume: volume(lots),
            trigger: None,
        })
    };
    let refused = refusal(&desk.command(amend("70", "15")));
    assert_eq!(broken(refused), (1, 1_050, 1_000));
    desk.command(amend("70", "12"));
    assert_eq!(used(&desk), 840 * MILLION);
    desk.report(VenueReport::OrderAmended(OrderAmended {
        order_id,
        price: price("70"),
        volume: volume("12"),
    }));
    desk.fill(order_id, 1, "65", "4");
    assert_eq!(used(&desk), (560 + 260) * MILLION);
    desk.report(VenueReport::OrderCancelled(OrderCancelled {
        order_id,
        reason: VenueReason::Requested,
    }));
    assert_eq!(used(&desk), 260 * MILLION);
}

proptest! {
    #[test]
    fn headroom_is_that_of_orders_and_trades_anew(
        orders in proptest::collection::vec(
            (0_u32..3, any::<bool>(), -40_i64..80, 1_i64..90, 0_u8..3), 1..40
        ),
        late in 0_usize..40,
    ) {
        let mut desk = desk(1_000_000, None);
        let mut open: Vec<(OrderId, i64)> = Vec::new();
        let mut paid = [0_i64; 3];
        for (count, (instrument, buys, at, lots, end)) in (1..).zip(orders) {
            if count == late {
                // A second limit sees what is held and open already.
                desk.reference(spot(2, 1_000_000, None));
            }
            let side = if buys { Side::Buy } else { Side::Sell };
            let sign = if buys { 1 } else { -1 };
            let text = format!("{}.{}", lots / 10, lots % 10);
            let order_id = desk.passed(Order {
                instrument: InstrumentId(instrument),
                price: price(&at.to_string()),
                ..order(instrument, 1, side, &text)
            });
            match end {
                0 => open.push((order_id, (sign * at).max(0) * lots)),
                1 => {
                    // Filled a unit better than its limit.
                    desk.fill(order_id, count as u64, &(at - sign).to_string(), &text);
                    paid[instrument as usize] += sign * (at - sign) * lots;
                }
                _ => {
                    desk.report(VenueReport::OrderCancelled(OrderCancelled {
                        order_id,
                        reason: VenueReason::Requested,
                    }));
                }
            }
            let bids: i64 = open.iter().map(|(_, pays)| pays).sum();
            let unpaid: i64 = paid.iter().map(|paid| (*paid).max(0)).sum();
            for known in desk.engine.limit_use() {
                prop_assert_eq!(known.value_millionths, Some((bids + unpaid) * MILLION / 10));
            }
        }
        let snapshot = desk.engine.snapshot();
        let restored = Engine::restore(&snapshot).unwrap();
        prop_assert_eq!(restored.limit_use(), desk.engine.limit_use());
        prop_assert_eq!(restored.snapshot(), snapshot);
    }
}
