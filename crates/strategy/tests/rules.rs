//! What the strategies do with prices that anyone can follow on paper.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use wattbook_assets::{BatterySpec, Energy, ThresholdPolicy};
use wattbook_domain::command::{Command, SignalModel, SubmitOffer};
use wattbook_domain::event::{OrderState, OrderStateChanged, PositionChanged};
use wattbook_domain::market::{MarketEvent, PriceKind, ReferencePrice};
use wattbook_domain::{Event, InstrumentId, Order, OrderId, Price, Side, Timestamp, Volume};
use wattbook_strategy::{
    BatteryConfig, BatteryTrader, Context, Forecast, Identity, MeanReversion, Momentum,
    Observation, OfferRule, OrderStyle, Roll, Sampling, Slot, Strategy, WindowConfig,
};

const MODEL: SignalModel = SignalModel {
    model_version: 0x1122_3344_5566_7788,
    features_hash: 0x99AA_BBCC_DDEE_FF00,
};

fn price(whole: i64) -> Price {
    Price::from_millionths(whole * 1_000_000)
}

fn mw(text: &str) -> Volume {
    text.parse().unwrap()
}

fn config(window: usize, rolls: Vec<Roll>) -> WindowConfig {
    WindowConfig {
        instrument: InstrumentId(0),
        rolls,
        sampling: Sampling::Record(PriceKind::Settlement),
        window,
        volume: mw("5"),
        horizon_ns: 1,
        style: OrderStyle::AtClose,
    }
}

fn settle(
    strategy: &mut impl Strategy,
    context: &mut Context,
    day: i64,
    instrument: u32,
    whole: i64,
) -> Vec<Order> {
    let event = MarketEvent::ReferencePrice(ReferencePrice {
        instrument: InstrumentId(instrument),
        kind: PriceKind::Settlement,
        price: price(whole),
        ..ReferencePrice::default()
    });
    let observation = Observation::Market(&event);
    context.observe(Timestamp::from_seconds(day * 86_400), &observation);
    strategy.on_event(&observation, context);
    let order = |command| match command {
        Command::SubmitOrder(submit) => Some(submit.order),
        _ => None,
    };
    context.drain().filter_map(order).collect()
}

/// Tells the context that its position is `volume` and that its order `number` filled.
fn fill(context: &mut Context, volume: &str, number: u64) {
    let identity = context.identity();
    let changed = Event::PositionChanged(PositionChanged {
        owner: identity.owner,
        volume: mw(volume),
        ..PositionChanged::default()
    });
    let ended = Event::OrderStateChanged(OrderStateChanged {
        order_id: OrderId::new(identity.client, number),
        state: OrderState::Filled,
        ..OrderStateChanged::default()
    });
    for event in [changed, ended] {
        context.observe(context.now(), &Observation::Event(&event));
    }
}

#[test]
fn momentum_buys_a_steady_rise_once_and_sells_a_steady_fall() {
    let mut context = Context::new(Identity::default());
    let mut momentum = Momentum::new(&config(6, vec![])).unwrap();
    let bought: Vec<Order> = (0..10)
        .flat_map(|day| settle(&mut momentum, &mut context, day, 0, -20 + 3 * day))
        .collect();
    assert_eq!(bought.len(), 1);
    assert_eq!((bought[0].side, bought[0].volume), (Side::Buy, mw("5")));
    assert_ne!(bought[0].signal.0, 0);
    fill(&mut context, "5", 1);
    let sold: Vec<Order> = (10..20)
        .flat_map(|day| settle(&mut momentum, &mut context, day, 0, 40 - 3 * day))
        .collect();
    // Flat first while there is no view, then short: ten in all.
    assert!(sold.iter().all(|order| order.side == Side::Sell));
    assert_eq!(
        sold.iter().map(|order| order.volume).sum::<Volume>(),
        mw("10")
    );
}

#[test]
fn mean_reversion_sells_a_spike_and_leaves_a_quiet_market_alone() {
    let mut context = Context::new(Identity::default());
    let mut reversion = MeanReversion::new(&config(10, vec![])).unwrap();
    for day in 0..10 {
        let sent = settle(&mut reversion, &mut context, day, 0, 50 + day % 2);
        assert!(sent.is_empty());
    }
    let sent = settle(&mut reversion, &mut context, 10, 0, 90);
    assert_eq!((sent.len(), sent[0].side), (1, Side::Sell));
}

#[test]
fn a_roll_moves_the_position_to_the_next_contract() {
    let at = Timestamp::from_seconds(10 * 86_400);
    let roll = Roll {
        at,
        instrument: InstrumentId(1),
    };
    let mut context = Context::new(Identity::default());
    let mut momentum = Momentum::new(&config(6, vec![roll])).unwrap();
    for day in 0..10 {
        settle(&mut momentum, &mut context, day, 1, 100 + 3 * day);
        settle(&mut momentum, &mut context, day, 0, 3 * day);
    }
    fill(&mut context, "5", 1);
    let sent = settle(&mut momentum, &mut context, 10, 1, 130);
    let moved: Vec<_> = sent
        .iter()
        .map(|order| (order.instrument.0, order.side, order.volume))
        .collect();
    assert_eq!(moved, [(0, Side::Sell, mw("5")), (1, Side::Buy, mw("5"))]);
}

fn battery(rule: OfferRule) -> BatteryTrader {
    let energy = |mwh: i64| Energy::from_millionth_megawatt_hours(mwh * 1_000_000);
    let slots = (0..4).map(|hour| Slot {
        instrument: InstrumentId(hour as u32),
        delivery_start: Timestamp::from_seconds(3_600 * (hour + 1)),
        seconds: 3_600,
        day: 0,
        offer_at: Timestamp::from_seconds(match rule {
            OfferRule::Pool { .. } => 3_600 * hour + 1,
            OfferRule::DayAhead { .. } => 1,
        }),
    });
    BatteryTrader::new(BatteryConfig {
        spec: BatterySpec {
            power: mw("10"),
            lot: mw("0.1"),
            capacity: energy(20),
            floor: energy(0),
            ceiling: energy(20),
            initial: energy(10),
            charge_efficiency_ppm: 1_000_000,
            discharge_efficiency_ppm: 1_000_000,
            cycles_per_day_ppm: 5_000_000,
        },
        policy: ThresholdPolicy::new(250_000, 750_000, Price::ZERO).unwrap(),
        rule,
        slots: slots.collect(),
    })
    .unwrap()
}

fn forecast(trader: &mut BatteryTrader, context: &mut Context, confidence_ppm: u32) {
    for (hour, whole) in [10, 20, 80, 90].into_iter().enumerate() {
        let forecast = Forecast {
            instrument: InstrumentId(hour as u32),
            price: price(whole),
            confidence_ppm,
            valid_until: Timestamp::MAX,
            model: MODEL,
            half_life_ns: 7,
        };
        let observation = Observation::Forecast(&forecast);
        context.observe(Timestamp::EPOCH, &observation);
        trader.on_event(&observation, context);
    }
}

fn tell_time(trader: &mut BatteryTrader, context: &mut Context, seconds: i64) -> Vec<Command> {
    context.observe(Timestamp::from_seconds(seconds), &Observation::Time);
    trader.on_event(&Observation::Time, context);
    context.drain().collect()
}

fn offers(commands: Vec<Command>) -> Vec<SubmitOffer> {
    let offer = |command| match command {
        Command::SubmitOffer(offer) => Some(offer),
        _ => None,
    };
    commands.into_iter().filter_map(offer).collect()
}

#[test]
fn a_pool_battery_backs_both_of_its_offers_and_the_next_only_with_the_rest() {
    let mut context = Context::new(Identity::default());
    let mut trader = battery(OfferRule::Pool { horizon: 4 });
    forecast(&mut trader, &mut context, 900_000);
    let first = offers(tell_time(&mut trader, &mut context, 1));
    let terms: Vec<_> = first
        .iter()
        .map(|offer| (offer.side, offer.price, offer.volume))
        .collect();
    assert_eq!(
        terms,
        [
            (Side::Buy, price(20), mw("10")),
            (Side::Sell, price(80), mw("10")),
        ]
    );
    // Neither is awarded yet, so all energy and all room are promised.
    assert!(offers(tell_time(&mut trader, &mut context, 3_601)).is_empty());
}

#[test]
fn the_signal_behind_an_offer_names_the_model_of_its_forecast() {
    let mut context = Context::new(Identity::default());
    let mut trader = battery(OfferRule::Pool { horizon: 4 });
    forecast(&mut trader, &mut context, 900_000);
    let signals: Vec<_> = tell_time(&mut trader, &mut context, 1)
        .into_iter()
        .filter_map(|command| match command {
            Command::RecordSignal(signal) => Some((signal.model, signal.half_life_ns)),
            _ => None,
        })
        .collect();
    assert_eq!(signals, [(MODEL, 7)]);
}

#[test]
fn an_unsure_forecast_offers_nothing() {
    let mut context = Context::new(Identity::default());
    let mut trader = battery(OfferRule::Pool { horizon: 4 });
    forecast(&mut trader, &mut context, 800_000);
    assert!(tell_time(&mut trader, &mut context, 1).is_empty());
}

#[test]
fn a_day_ahead_battery_offers_a_plan_at_any_price_and_schedules_its_award() {
    let (min_price, max_price) = (price(-500), price(4_000));
    let mut context = Context::new(Identity::default());
    let mut trader = battery(OfferRule::DayAhead {
        min_price,
        max_price,
        lead_ns: 0,
    });
    forecast(&mut trader, &mut context, 900_000);
    let offered = offers(tell_time(&mut trader, &mut context, 1));
    let plan: Vec<_> = offered
        .iter()
        .map(|offer| (offer.instrument.0, offer.side, offer.price, offer.volume))
        .collect();
    // Ten in the cells of twenty: room for the first hour only, then energy for both dear hours.
    assert_eq!(
        plan,
        [
            (0, Side::Buy, max_price, mw("10")),
            (2, Side::Sell, min_price, mw("10")),
            (3, Side::Sell, min_price, mw("10")),
        ]
    );
    let awarded = Event::OrderStateChanged(OrderStateChanged {
        order_id: offered[0].order_id,
        state: OrderState::Filled,
        filled: mw("10"),
        ..OrderStateChanged::default()
    });
    trader.on_event(&Observation::Event(&awarded), &mut context);
    let told = tell_time(&mut trader, &mut context, 3_600);
    let [Command::SubmitSchedule(schedule)] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(schedule.volume, -mw("10"));
}

#[test]
fn a_full_battery_still_sells_when_only_dear_hours_are_left() {
    let mut context = Context::new(Identity::default());
    let mut trader = battery(OfferRule::Pool { horizon: 4 });
    forecast(&mut trader, &mut context, 900_000);
    let last = offers(tell_time(&mut trader, &mut context, 3 * 3_600 + 1));
    // The earlier periods have begun; of the last one all energy is offered at the day's threshold.
    let sells: Vec<_> = last
        .iter()
        .filter(|offer| offer.side == Side::Sell)
        .map(|offer| (offer.instrument.0, offer.price, offer.volume))
        .collect();
    assert_eq!(sells, [(3, price(80), mw("10"))]);
}
