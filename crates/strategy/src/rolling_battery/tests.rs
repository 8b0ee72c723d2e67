//! A battery that trades two and more quoted periods, followed on paper.

use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};
use wattbook_domain::Command;
use wattbook_domain::event::{OrderStateChanged, PositionChanged};
use wattbook_domain::market::Quote;

use super::*;
use crate::context::Identity;

/// Bids nothing.
struct Nobody;

impl Strategy for Nobody {
    fn on_event(&mut self, _: &Observation<'_>, _: &mut Context) {}
}

const QUARTER_NS: i64 = 900_000_000_000;

fn config(count: u32) -> RollingConfig {
    let period = |at: u32| RollingPeriod {
        book: InstrumentId(at),
        auctions: vec![InstrumentId(100 + at)],
        delivery_start: Timestamp::from_nanos(i64::from(at + 4) * QUARTER_NS),
        trades_until: Timestamp::from_nanos(i64::from(at + 3) * QUARTER_NS),
        nominated_at: Timestamp::from_nanos(i64::from(at + 3) * QUARTER_NS),
    };
    RollingConfig {
        limits: StoreLimits {
            charge_mw: 4.0,
            discharge_mw: 4.0,
            floor_mwh: 0.0,
            ceiling_mwh: 2.0,
            charge_efficiency: 1.0,
            discharge_efficiency: 1.0,
        },
        initial_mwh: 0.0,
        cycles: 24.0,
        hours: 0.25,
        costs: TradingCosts {
            fee: 0.5,
            wear: 0.0,
        },
        states: 21,
        periods: (0..count).map(period).collect(),
    }
}

fn start(config: RollingConfig) -> (RollingBattery, Context) {
    let battery = RollingBattery::new(config, Box::new(Nobody)).unwrap();
    (battery, Context::new(Identity::default()))
}

fn orders(context: &mut Context) -> Vec<(OrderId, Order)> {
    let order = |command| match command {
        Command::SubmitOrder(submit) => Some((submit.order_id, submit.order)),
        _ => None,
    };
    context.drain().filter_map(order).collect()
}

/// Quotes 100 MW each side, half a price unit apart, and returns what the battery sends.
fn quote(
    battery: &mut RollingBattery,
    context: &mut Context,
    book: u32,
    mid: i64,
) -> Vec<(OrderId, Order)> {
    let at = |millionths: i64| Price::from_millionths(millionths);
    let volume = Volume::from_millionths(100_000_000);
    let event = MarketEvent::Quote(Quote {
        instrument: InstrumentId(book),
        bid_price: at(mid * 1_000_000 - 250_000),
        bid_volume: volume,
        ask_price: at(mid * 1_000_000 + 250_000),
        ask_volume: volume,
    });
    let observation = Observation::Market(&event);
    context.observe(context.now().max(Timestamp::from_nanos(0)), &observation);
    battery.on_event(&observation, context);
    orders(context)
}

fn tell(battery: &mut RollingBattery, context: &mut Context, event: &Event) {
    let observation = Observation::Event(event);
    context.observe(context.now(), &observation);
    battery.on_event(&observation, context);
}

fn end(order_id: OrderId, state: OrderState) -> Event {
    Event::OrderStateChanged(OrderStateChanged {
        order_id,
        state,
        ..OrderStateChanged::default()
    })
}

fn position(instrument: u32, mw: i64) -> Event {
    Event::PositionChanged(PositionChanged {
        instrument: InstrumentId(instrument),
        volume: Volume::from_millionths(mw * 1_000_000),
        ..PositionChanged::default()
    })
}

#[test]
fn a_spread_is_traded_as_one_set_and_again_only_when_it_failed() {
    let (mut battery, mut context) = start(config(2));
    assert!(quote(&mut battery, &mut context, 0, 10).is_empty());
    let sent = quote(&mut battery, &mut context, 1, 90);
    let told: Vec<_> = sent
        .iter()
        .map(|(_, order)| (order.instrument.0, order.side))
        .collect();
    assert_eq!(told, [(0, Side::Buy), (1, Side::Sell)]);
    for (_, order) in &sent {
        assert_eq!(order.volume, Volume::from_millionths(4_000_000));
        assert_eq!(order.time_in_force, TimeInForce::FillOrKill);
        let linked = order.conditions.as_ref().unwrap();
        assert_eq!((linked.linked, linked.linked_orders), (Some(1), Some(2)));
    }
    // While the set is on its way it waits.
    assert!(quote(&mut battery, &mut context, 1, 95).is_empty());
    for (order_id, _) in &sent {
        tell(
            &mut battery,
            &mut context,
            &end(*order_id, OrderState::Cancelled),
        );
    }
    let again = quote(&mut battery, &mut context, 1, 90);
    assert_eq!(again.len(), 2);
    for (at, (order_id, _)) in again.iter().enumerate() {
        tell(
            &mut battery,
            &mut context,
            &position(at as u32, if at == 0 { 4 } else { -4 }),
        );
        tell(
            &mut battery,
            &mut context,
            &end(*order_id, OrderState::Filled),
        );
    }
    assert!(quote(&mut battery, &mut context, 1, 90).is_empty());
}

#[test]
fn what_auctions_bought_is_sold_and_a_begun_period_is_not_traded() {
    let (mut battery, mut context) = start(config(3));
    tell(&mut battery, &mut context, &position(100, 4));
    context.observe(Timestamp::from_nanos(4 * QUARTER_NS), &Observation::Time);
    battery.on_event(&Observation::Time, &mut context);
    assert!(quote(&mut battery, &mut context, 0, 900).is_empty());
    let sent = quote(&mut battery, &mut context, 2, 80);
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].1.instrument.0, sent[0].1.side), (2, Side::Sell));
}

#[test]
fn cycles_of_the_day_forbid_more() {
    let (mut battery, mut context) = start(RollingConfig {
        cycles: 0.25,
        ..config(2)
    });
    quote(&mut battery, &mut context, 0, 10);
    assert!(quote(&mut battery, &mut context, 1, 90).is_empty());
}

#[test]
fn a_length_that_is_none_is_refused() {
    let bad = RollingConfig {
        hours: 0.0,
        ..config(2)
    };
    let refusal = RollingBattery::new(bad, Box::new(Nobody)).err().unwrap();
    assert!(refusal.to_string().contains("hours"), "{refusal}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is quoted and however sets end: what is held can always be run.
    #[test]
    fn what_is_held_can_always_be_run(
        quotes in prop::collection::vec((0_u32..6, -50_i64..200, any::<bool>()), 1..60),
    ) {
        let (mut battery, mut context) = start(config(6));
        let mut held = [0_i64; 6];
        for (book, mid, is_filled) in quotes {
            let sent = quote(&mut battery, &mut context, book, mid);
            for (order_id, order) in sent {
                let at = order.instrument.0;
                if is_filled {
                    held[at as usize] += order.side.sign() * order.volume.millionths();
                    let changed = Event::PositionChanged(PositionChanged {
                        instrument: order.instrument,
                        volume: Volume::from_millionths(held[at as usize]),
                        ..PositionChanged::default()
                    });
                    tell(&mut battery, &mut context, &changed);
                }
                let state = if is_filled { OrderState::Filled } else { OrderState::Cancelled };
                tell(&mut battery, &mut context, &end(order_id, state));
            }
            let programme: Vec<f64> = held.iter().map(|lots| -(*lots as f64) / 1e6).collect();
            prop_assert!(runs(&config(6), &programme), "{programme:?}");
        }
    }
}
