//! The router over random markets, fills, rejects and halts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use wattbook_domain::market::Phase;
use wattbook_domain::{InstrumentId, Price, Side, Timestamp, Volume};
use wattbook_execution::algorithms::Grids;
use wattbook_execution::router::{
    Kind, Left, Outcome, PlaceTerms, RouteNo, RouteOrder, Router, RouterCare, Slice, SliceNo,
    SliceReport, Why,
};

const PLACES: u32 = 3;

fn price(ticks: i64) -> Price {
    Price::from_millionths(ticks * 10_000)
}

fn volume(lots: i64) -> Volume {
    Volume::from_millionths(lots * 100_000)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn place(number: u32, taker_ticks: i64, maker_ticks: i64) -> PlaceTerms {
    PlaceTerms {
        instrument: InstrumentId(number),
        grids: Grids {
            tick: price(1),
            lot: volume(1),
        },
        taker_fee: price(taker_ticks),
        maker_fee: price(maker_ticks),
        latency_ns: 1_000_000,
    }
}

fn buy(lots: i64, limit: i64, rests: bool) -> RouteOrder {
    RouteOrder {
        side: Side::Buy,
        volume: volume(lots),
        limit: price(limit),
        rests,
    }
}

fn slices(out: &[Outcome]) -> Vec<&Slice> {
    out.iter()
        .filter_map(|outcome| match outcome {
            Outcome::Place(slice) => Some(slice),
            _ => None,
        })
        .collect()
}

#[derive(Debug, Clone)]
enum Step {
    Quote(u32, bool, Vec<(i64, i64)>),
    /// From a feed that tells best prices alone.
    Best(u32, bool, i64, i64),
    Proceed,
    Route(bool, i64, i64, bool),
    Fill(usize, i64),
    Reject(usize),
    End(usize),
    Phase(u32, u8),
    Capacity(u32, Option<i64>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let level = (95..106_i64, 0..30_i64);
    let step = prop_oneof![
        3 => (0..PLACES, any::<bool>(), prop::collection::vec(level, 0..4))
            .prop_map(|(number, is_buy, levels)| Step::Quote(number, is_buy, levels)),
        3 => (0..PLACES, any::<bool>(), 95..106_i64, 0..30_i64)
            .prop_map(|(number, is_buy, ticks, lots)| Step::Best(number, is_buy, ticks, lots)),
        2 => Just(Step::Proceed),
        3 => (any::<bool>(), 1..60_i64, 94..107_i64, any::<bool>())
            .prop_map(|(is_buy, lots, limit, rests)| Step::Route(is_buy, lots, limit, rests)),
        4 => (any::<usize>(), 1..20_i64).prop_map(|(which, lots)| Step::Fill(which, lots)),
        1 => any::<usize>().prop_map(Step::Reject),
        2 => any::<usize>().prop_map(Step::End),
        1 => (0..PLACES, 0..4_u8).prop_map(|(number, phase)| Step::Phase(number, phase)),
        1 => (0..PLACES, prop::option::of(0..40_i64))
            .prop_map(|(number, most)| Step::Capacity(number, most)),
    ];
    prop::collection::vec(step, 1..120)
}

const fn side(is_buy: bool) -> Side {
    if is_buy { Side::Buy } else { Side::Sell }
}

fn waiting(router: &Router, orders: &[(RouteNo, RouteOrder)]) -> Volume {
    let all = orders
        .iter()
        .filter_map(|(route, _)| router.progress(*route));
    all.fold(Volume::ZERO, |sum, told| sum + told.waiting)
}

proptest! {
    /// Filled, open, waiting and left over are the volume of an order at every moment, so never more than it is in
    /// the market, and each rejected slice is placed again or stated; no slice is beyond the limit.
    #[test]
    fn nothing_of_an_order_is_lost_or_doubled(steps in steps()) {
        let care = RouterCare::default();
        let places = [place(0, 1, -1), place(1, 0, 0), place(2, -1, 2)];
        let mut router = Router::new(places, care);
        let mut open: BTreeMap<SliceNo, (Slice, i64)> = BTreeMap::new();
        let mut orders = Vec::new();
        for (second, step) in steps.into_iter().enumerate() {
            let now = at(second as i64);
            let mut out = Vec::new();
            let pick = |which: usize| {
                let known: Vec<SliceNo> = open.keys().copied().collect();
                (!known.is_empty()).then(|| known[which % known.len()])
            };
            match step {
                Step::Quote(number, is_buy, levels) => {
                    let levels: Vec<_> =
                        levels.iter().map(|(ticks, lots)| (price(*ticks), volume(*lots))).collect();
                    router.set_levels(InstrumentId(number), side(is_buy), &levels);
                }
                Step::Best(number, is_buy, ticks, lots) => {
                    let best = (price(ticks), volume(lots));
                    router.set_best(InstrumentId(number), side(is_buy), best);
                }
                Step::Proceed => router.proceed(now, &mut out),
                Step::Route(is_buy, lots, limit, rests) => {
                    let order = RouteOrder {
                        side: side(is_buy),
                        volume: volume(lots),
                        limit: price(limit),
                        rests,
                    };
                    orders.push((router.route(now, order, &mut out), order));
                }
                Step::Fill(which, lots) => {
                    if let Some(slice) = pick(which) {
                        let (known, left) = open.get_mut(&slice).unwrap();
                        let lots = lots.min(*left);
                        *left -= lots;
                        if *left == 0 {
                            let slice = known.slice;
                            open.remove(&slice);
                        }
                        let report = SliceReport::Filled { volume: volume(lots) };
                        router.on_report(now, slice, report, &mut out);
                    }
                }
                Step::Reject(which) => {
                    if let Some(slice) = pick(which) {
                        let (_, left) = open.remove(&slice).unwrap();
                        let before = waiting(&router, &orders);
                        router.on_report(now, slice, SliceReport::Rejected, &mut out);
                        let again = slices(&out).iter().map(|it| it.volume.millionths()).sum::<i64>();
                        let stated = out.iter().map(|it| match it {
                            Outcome::LeftOver { volume, .. } => volume.millionths(),
                            _ => 0,
                        });
                        let waits = (waiting(&router, &orders) - before).millionths();
                        let all = again + stated.sum::<i64>() + waits;
                        prop_assert_eq!(all, volume(left).millionths());
                    }
                }
                Step::End(which) => {
                    if let Some(slice) = pick(which) {
                        open.remove(&slice);
                        router.on_report(now, slice, SliceReport::Ended, &mut out);
                    }
                }
                Step::Phase(number, phase) => {
                    let phases =
                        [Phase::Continuous, Phase::Halted, Phase::Closed, Phase::OpeningCall];
                    router.set_phase(InstrumentId(number), phases[usize::from(phase)], &mut out);
                }
                Step::Capacity(number, most) => {
                    router.set_capacity(InstrumentId(number), Side::Buy, most.map(volume));
                }
            }
            for slice in slices(&out) {
                let order = orders[slice.route.0 as usize].1;
                let beyond = slice.price.millionths() - order.limit.millionths();
                prop_assert!(beyond * order.side.sign() <= 0, "{slice:?}");
                prop_assert!(slice.volume > Volume::ZERO);
                prop_assert!(!slice.decision.to_string().is_empty());
                open.insert(slice.slice, (slice.clone(), slice.volume.millionths() / 100_000));
            }
            for (route, order) in &orders {
                let told = router.progress(*route).unwrap();
                let all = told.filled + told.open + told.waiting + told.left_over;
                prop_assert_eq!(all, order.volume);
                let own = open.values().filter(|(slice, _)| slice.route == *route);
                let known: i64 = own.map(|(_, left)| *left).sum();
                prop_assert_eq!(told.open, volume(known));
            }
        }
    }

    /// Whatever is displayed where: no level that costs less after fees is left while a dearer one is taken.
    #[test]
    fn the_best_price_after_fees_comes_first(
        levels in prop::collection::vec((0..PLACES, 95..106_i64, 1..30_i64), 1..9),
        fees in prop::collection::vec(-2..3_i64, 3),
        lots in 1..80_i64,
    ) {
        let mut router =
            Router::new((0..PLACES).map(|it| place(it, fees[it as usize], 0)), RouterCare::default());
        let mut shown: Vec<(i64, u32, i64, i64)> = Vec::new();
        for number in 0..PLACES {
            let own = levels.iter().filter(|(at, ..)| *at == number);
            let mut own: Vec<_> = own.map(|(_, ticks, lots)| (*ticks, *lots)).collect();
            own.sort_unstable();
            own.dedup_by_key(|(ticks, _)| *ticks);
            let asks: Vec<_> =
                own.iter().map(|(ticks, lots)| (price(*ticks), volume(*lots))).collect();
            router.set_levels(InstrumentId(number), Side::Sell, &asks);
            let cost = |ticks: i64| ticks + fees[number as usize];
            shown.extend(own.iter().map(|(ticks, lots)| (cost(*ticks), number, *ticks, *lots)));
        }
        let mut out = Vec::new();
        router.route(at(0), buy(lots, 200, false), &mut out);
        // What a slice reaches for, level by level.
        let mut total = 0;
        let mut dearest = i64::MIN;
        let mut left_at = i64::MAX;
        let placed = slices(&out);
        for number in 0..PLACES {
            let slice = placed.iter().find(|slice| slice.instrument.0 == number);
            let mut want = slice.map_or(0, |slice| slice.volume.millionths() / 100_000);
            total += want;
            let mut own: Vec<_> = shown.iter().filter(|(_, at, ..)| *at == number).collect();
            own.sort_unstable_by_key(|(cost, ..)| *cost);
            for (cost, _, _, lots) in own {
                let taken = want.min(*lots);
                want -= taken;
                if taken > 0 {
                    dearest = dearest.max(*cost);
                }
                if taken < *lots {
                    left_at = left_at.min(*cost);
                }
            }
            prop_assert_eq!(want, 0);
        }
        let available: i64 = shown.iter().map(|(.., lots)| lots).sum();
        prop_assert_eq!(total, lots.min(available));
        prop_assert!(left_at >= dearest, "{left_at} left, {dearest} taken");
    }
}

#[test]
fn a_rejected_slice_goes_to_the_next_place_and_the_first_is_left_alone_for_a_while() {
    let mut router = Router::new([place(0, 0, 0), place(1, 0, 0)], RouterCare::default());
    router.set_levels(InstrumentId(0), Side::Sell, &[(price(100), volume(10))]);
    router.set_levels(InstrumentId(1), Side::Sell, &[(price(101), volume(10))]);
    let mut out = Vec::new();
    router.route(at(0), buy(10, 105, false), &mut out);
    let first = slices(&out)[0].clone();
    assert_eq!((first.instrument.0, first.price), (0, price(100)));
    assert_eq!(first.decision.why, Why::Cheapest);
    out.clear();
    router.on_report(at(0), first.slice, SliceReport::Rejected, &mut out);
    let second = slices(&out)[0].clone();
    assert_eq!((second.instrument.0, second.price), (1, price(101)));
    assert_eq!(second.decision.why, Why::Rerouted);
    assert!(
        second.decision.to_string().contains("rerouted"),
        "{}",
        second.decision
    );
    // The second rejects as well: nothing is left to try, and that is said.
    out.clear();
    router.on_report(at(0), second.slice, SliceReport::Rejected, &mut out);
    let [
        Outcome::LeftOver {
            route,
            volume: left,
            why,
            scores,
        },
    ] = &out[..]
    else {
        panic!("{out:?}");
    };
    assert_eq!(
        (*route, *left, *why),
        (second.route, volume(10), Left::NoPlace)
    );
    let told: Vec<String> = scores.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["#0 shut after a reject", "#1 shut after a reject"]);
}

#[test]
fn what_is_behind_the_best_price_is_taken_once_a_feed_of_best_prices_has_told_it() {
    let mut router = Router::new([place(0, 0, 0)], RouterCare::default());
    let first = InstrumentId(0);
    router.set_best(first, Side::Sell, (price(100), volume(4)));
    let mut out = Vec::new();
    let route = router.route(at(0), buy(10, 105, false), &mut out);
    let slice = slices(&out)[0].clone();
    assert_eq!((slice.volume, slice.price), (volume(4), price(100)));
    assert_eq!(out.len(), 1, "nothing is left over yet: {out:?}");
    assert_eq!(router.progress(route).unwrap().waiting, volume(6));
    // The old price is told again before the fill: it is not asked for twice.
    out.clear();
    router.set_best(first, Side::Sell, (price(100), volume(4)));
    router.proceed(at(0), &mut out);
    assert_eq!(out, []);
    let filled = SliceReport::Filled { volume: volume(4) };
    router.on_report(at(0), slice.slice, filled, &mut out);
    router.set_best(first, Side::Sell, (price(102), volume(5)));
    router.proceed(at(0), &mut out);
    let slice = slices(&out)[0].clone();
    assert_eq!((slice.volume, slice.price), (volume(5), price(102)));
    // Nothing more comes within a second: the rest is stated.
    out.clear();
    let filled = SliceReport::Filled { volume: volume(5) };
    router.on_report(at(1), slice.slice, filled, &mut out);
    assert_eq!((&out[..], router.wake()), (&[][..], Some(at(2))));
    router.proceed(at(2), &mut out);
    let [Outcome::LeftOver { volume: left, .. }] = out[..] else {
        panic!("{out:?}");
    };
    assert_eq!(left, volume(1));
    assert_eq!(router.progress(route).unwrap().left_over, left);
}

#[test]
fn a_halted_place_is_named_and_nothing_goes_there() {
    let mut router = Router::new([place(0, 0, 0), place(1, 0, 0)], RouterCare::default());
    router.set_levels(InstrumentId(0), Side::Sell, &[(price(99), volume(50))]);
    router.set_levels(InstrumentId(1), Side::Sell, &[(price(100), volume(50))]);
    let mut out = Vec::new();
    router.set_phase(InstrumentId(0), Phase::Halted, &mut out);
    router.route(at(0), buy(10, 105, false), &mut out);
    let placed = slices(&out);
    assert_eq!(placed[0].instrument, InstrumentId(1));
    let why = placed[0].decision.to_string();
    assert!(why.ends_with("; #0 halted"), "{why}");
}

#[test]
fn a_forecast_counts_what_is_displayed_and_what_is_behind_it() {
    let mut router = Router::new([place(0, 0, 0)], RouterCare::default());
    let first = InstrumentId(0);
    let levels = [(price(100), volume(10)), (price(102), volume(10))];
    router.set_levels(first, Side::Sell, &levels);
    let told = router.forecast(at(0), &buy(20, 105, false), None, |_| None);
    assert!((told.unwrap().price - 1.01).abs() < 1e-9, "{told:?}");
    // Of a feed of best prices: 1 behind the best at 0.01 a unit, so that it ends 0.02 higher.
    router.set_best(first, Side::Sell, (price(100), volume(10)));
    let told = router.forecast(at(0), &buy(20, 105, false), None, |_| Some(0.01));
    let told = told.unwrap();
    assert!((told.price - 1.005).abs() < 1e-9, "{told:?}");
    assert_eq!((told.displayed, told.beyond, told.left), (1.0, 1.0, 0.0));
    // Fees come on top: what takes pays, what would rest gets its rebate.
    let mut router = Router::new([place(0, 4, -2)], RouterCare::default());
    router.set_levels(first, Side::Sell, &[(price(100), volume(10))]);
    let order = buy(20, 105, true);
    let told = router.forecast(at(0), &order, Some(price(98)), |_| None);
    let told = told.unwrap();
    assert!((told.price - 0.99).abs() < 1e-9, "{told:?}");
    assert!((told.fees - 0.01).abs() < 1e-9, "{told:?}");
    router.set_best(first, Side::Sell, (price(100), volume(10)));
    let told = router.forecast(at(0), &buy(20, 105, false), None, |_| Some(0.01));
    assert!((told.unwrap().fees - 0.04).abs() < 1e-9, "{told:?}");
    // Without knowing how dear it becomes there is no forecast.
    let told = router.forecast(at(0), &buy(20, 105, false), None, |_| None);
    assert_eq!(told, None);
}

#[test]
fn a_halt_takes_the_rest_back_and_sends_it_elsewhere() {
    let mut router = Router::new([place(0, 0, -2), place(1, 0, 0)], RouterCare::default());
    let mut out = Vec::new();
    router.route(at(0), buy(10, 100, true), &mut out);
    let resting = slices(&out)[0].clone();
    // The rebate decides where it rests.
    assert_eq!(
        (resting.instrument.0, resting.decision.kind),
        (0, Kind::Rest)
    );
    out.clear();
    router.set_phase(InstrumentId(0), Phase::Halted, &mut out);
    assert_eq!(out, [Outcome::Cancel(resting.slice)]);
    out.clear();
    router.on_report(at(1), resting.slice, SliceReport::Ended, &mut out);
    assert_eq!(slices(&out)[0].instrument.0, 1);
}

#[test]
fn hidden_volume_that_was_found_is_asked_for_again() {
    let mut router = Router::new([place(0, 0, 0), place(1, 0, 0)], RouterCare::default());
    assert!(router.learned(InstrumentId(0)).unwrap().hidden < 1e-9);
    // Nothing is displayed and nothing known: a fill of a resting order tells nothing of what is hidden.
    let mut out = Vec::new();
    router.route(at(0), buy(10, 100, false), &mut out);
    assert!(slices(&out).is_empty());
    out.clear();
    router.learn_hidden(InstrumentId(1), volume(4));
    router.route(at(1), buy(10, 100, false), &mut out);
    let ping = slices(&out)[0].clone();
    assert_eq!((ping.instrument.0, ping.decision.kind), (1, Kind::Ping));
    assert_eq!(ping.volume, volume(4));
    // It finds nothing: the place is asked for less and less.
    router.on_report(at(1), ping.slice, SliceReport::Ended, &mut out);
    assert!(router.learned(InstrumentId(1)).unwrap().hidden < 0.4);
}

#[test]
fn a_call_that_is_expected_to_clear_better_gets_what_the_market_does_not_give_for_less() {
    let mut router = Router::new([place(0, 0, 0), place(1, 0, 0)], RouterCare::default());
    let mut out = Vec::new();
    router.set_levels(
        InstrumentId(0),
        Side::Sell,
        &[(price(99), volume(3)), (price(103), volume(50))],
    );
    router.set_phase(InstrumentId(1), Phase::OpeningCall, &mut out);
    router.set_indicative(InstrumentId(1), Some(price(101)));
    router.route(at(0), buy(10, 105, false), &mut out);
    let placed: Vec<_> = slices(&out)
        .iter()
        .map(|it| (it.instrument.0, it.decision.kind, it.volume))
        .collect();
    assert_eq!(
        placed,
        [(1, Kind::Auction, volume(7)), (0, Kind::Sweep, volume(3))]
    );
}

#[test]
fn capacity_cuts_what_goes_across_a_border() {
    let mut router = Router::new([place(0, 0, 0), place(1, 0, 0)], RouterCare::default());
    router.set_levels(InstrumentId(0), Side::Sell, &[(price(99), volume(50))]);
    router.set_levels(InstrumentId(1), Side::Sell, &[(price(100), volume(50))]);
    router.set_capacity(InstrumentId(0), Side::Buy, Some(volume(4)));
    let mut out = Vec::new();
    router.route(at(0), buy(10, 105, false), &mut out);
    let placed: Vec<_> = slices(&out)
        .iter()
        .map(|it| (it.instrument.0, it.volume))
        .collect();
    assert_eq!(placed, [(0, volume(4)), (1, volume(6))]);
}
