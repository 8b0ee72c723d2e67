//! What the programme does on books that a person can check.

use super::*;
use proptest::prelude::*;

fn limits(efficiency: f64) -> StoreLimits {
    StoreLimits {
        charge_mw: 5.0,
        discharge_mw: 5.0,
        floor_mwh: 0.0,
        ceiling_mwh: 10.0,
        charge_efficiency: efficiency,
        discharge_efficiency: efficiency,
    }
}

fn level(price: f64, lots: i64) -> Level {
    Level { price, lots }
}

fn battery(efficiency: f64, cost: f64, products: usize) -> RollingIntrinsic {
    let costs = TradingCosts {
        fee: cost,
        wear: 0.0,
    };
    RollingIntrinsic::new(
        limits(efficiency),
        products,
        11,
        costs,
        IntrinsicRules::EveryChange,
        0.0,
    )
    .unwrap()
}

fn show(battery: &mut RollingIntrinsic, product: usize, bids: &[Level], asks: &[Level]) {
    battery.set_book(product, Some(Depth { bids, asks }));
}

fn done(battery: &mut RollingIntrinsic) -> (f64, Vec<(usize, i64)>) {
    let mut found = Vec::new();
    let gain = battery.trades(&mut found);
    (
        gain,
        found.iter().map(|one| (one.product, one.lots)).collect(),
    )
}

#[test]
fn power_bought_cheap_is_sold_dear_as_far_as_the_power_goes() {
    let mut battery = battery(1.0, 0.0, 2);
    let (bid, ask) = ([level(9.0, 80)], [level(10.0, 80)]);
    show(&mut battery, 0, &bid, &ask);
    let (bid, ask) = ([level(100.0, 80)], [level(101.0, 80)]);
    show(&mut battery, 1, &bid, &ask);
    let (gain, found) = done(&mut battery);
    assert_eq!(found, [(0, 50), (1, -50)]);
    assert!((gain - 450.0).abs() < 1e-9);
}

#[test]
fn a_sale_is_rounded_to_lots_that_the_cells_hold() {
    let mut battery = battery(0.95, 4.09, 2);
    let (bid, ask) = ([level(9.0, 80)], [level(10.0, 80)]);
    show(&mut battery, 0, &bid, &ask);
    let (bid, ask) = ([level(100.0, 80)], [level(101.0, 80)]);
    show(&mut battery, 1, &bid, &ask);
    // 5 MWh bought are 4.75 stored and 4.5125 sold, of which 4.5 are whole lots.
    assert_eq!(done(&mut battery).1, [(0, 50), (1, -45)]);
}

#[test]
fn values_between_points_of_the_grid_are_straight_lines() {
    let mut battery = battery(1.0, 0.0, 2);
    let (bid, ask) = (
        [level(9.0, 9)],
        [level(10.0, 13), level(20.0, 14), level(90.0, 90)],
    );
    show(&mut battery, 0, &bid, &ask);
    let (bid, ask) = ([level(100.0, 21)], [level(3_000.0, 9)]);
    show(&mut battery, 1, &bid, &ask);
    // From 2 to 3 MWh only 0.1 sell: the line between says 10 a MWh, less than the next ask.
    assert_eq!(done(&mut battery).1, [(0, 20), (1, -20)]);
}

#[test]
fn a_position_that_cannot_be_traded_back_is_run() {
    let mut battery = battery(1.0, 0.0, 3);
    for (product, price) in [(0, 10.0), (1, 40.0), (2, 60.0)] {
        let (bid, ask) = ([level(price, 50)], [level(price + 1.0, 50)]);
        show(&mut battery, product, &bid, &ask);
    }
    assert_eq!(done(&mut battery).1, [(0, 50), (2, -50)]);
    battery.set_book(0, None);
    battery.deliver_before(1);
    assert!((battery.stored_mwh() - 5.0).abs() < 1e-9);
    // The dearest hour is gone: what is stored goes to the hour that is left, bought back here.
    let (bid, ask) = ([level(90.0, 50)], [level(91.0, 50)]);
    show(&mut battery, 1, &bid, &ask);
    assert_eq!(done(&mut battery).1, [(1, -50), (2, 50)]);
}

/// A random book; bids below asks.
fn book() -> impl Strategy<Value = (Vec<Level>, Vec<Level>)> {
    let steps = prop::collection::vec((1_u32..20, 1_i64..40), 1..5);
    (5.0..120.0_f64, steps.clone(), steps).prop_map(|(mid, down, up)| {
        let side = |steps: Vec<(u32, i64)>, sign: f64| {
            let mut price = mid;
            let levels = steps.into_iter().map(|(step, lots)| {
                price += sign * f64::from(step);
                level(price, lots)
            });
            levels.collect::<Vec<_>>()
        };
        (side(down, -1.0), side(up, 1.0))
    })
}

/// Cash of a trade against a book.
fn cash(levels: &[Level], lots: i64, cost: f64) -> f64 {
    let mut left = lots.abs();
    let mut total = 0.0;
    for level in levels {
        let taken = left.min(level.lots);
        let sign = -lots.signum() as f64;
        total += taken as f64 * LOT_MW * (sign * level.price - cost);
        left -= taken;
    }
    assert_eq!(left, 0, "more traded than rests");
    total
}

proptest! {
    #[test]
    fn the_trades_are_the_best_of_all(
        books in prop::collection::vec(book(), 3),
        held in prop::collection::vec(-1_i64..=1, 3),
        cost in 0.0..6.0_f64,
    ) {
        // Each lot is a point of the grid, so that nothing is between points.
        let store = StoreLimits { charge_mw: 0.3, discharge_mw: 0.3, ceiling_mwh: 0.6, ..limits(1.0) };
        let costs = TradingCosts { fee: cost, wear: 0.0 };
        let rules = IntrinsicRules::EveryChange;
        let mut battery = RollingIntrinsic::new(store, 3, 7, costs, rules, 0.3).unwrap();
        for (stage, lots) in battery.stages.iter_mut().zip(&held) {
            stage.position = *lots;
        }
        for (product, (bids, asks)) in books.iter().enumerate() {
            battery.set_book(product, Some(Depth { bids, asks }));
        }
        let reach = |product: usize| {
            let ((bids, asks), held) = (&books[product], held[product]);
            let rests = |levels: &[Level]| levels.iter().map(|level| level.lots).sum::<i64>();
            let (low, high) = (held - rests(bids), held + rests(asks));
            (low.max(-3)..=high.min(3)).map(move |lots| {
                let change = lots - held;
                (lots, cash(if change > 0 { asks } else { bids }, change, cost))
            })
        };
        let mut best = 0.0_f64;
        for (first, one) in reach(0) {
            for (second, two) in reach(1) {
                for (third, three) in reach(2) {
                    let energies = [3 + first, 3 + first + second, 3 + first + second + third];
                    if energies.iter().all(|energy| (0..=6).contains(energy)) {
                        best = best.max(one + two + three);
                    }
                }
            }
        }
        let held = [3 + held[0], 3 + held[0] + held[1], 3 + held.iter().sum::<i64>()];
        prop_assume!(held.iter().all(|energy| (0..=6).contains(energy)));
        let gain = battery.trades(&mut Vec::new());
        prop_assert!((gain - best).abs() < 1e-6, "{} {}", gain, best);
    }

    #[test]
    fn trades_pay_what_they_promise_and_can_be_run(
        books in prop::collection::vec(book(), 2..9),
        efficiency in prop_oneof![Just(1.0), 0.85..1.0_f64],
        cost in 0.0..6.0_f64,
        rounds in 1_usize..4,
    ) {
        let mut battery = battery(efficiency, cost, books.len());
        for (product, (bids, asks)) in books.iter().enumerate() {
            battery.set_book(product, Some(Depth { bids, asks }));
        }
        let mut found = Vec::new();
        for round in 0..rounds {
            let gain = battery.trades(&mut found);
            let mut earned = 0.0;
            for trade in &found {
                let (bids, asks) = &books[trade.product];
                earned += cash(if trade.lots > 0 { asks } else { bids }, trade.lots, cost);
            }
            prop_assert!((earned - gain).abs() < 1e-6, "{earned} {gain}");
            let mut energy = 0.0;
            for product in 0..books.len() {
                let lots = battery.position(product);
                prop_assert!((-50..=50).contains(&lots));
                energy += battery.cells.stored(lots);
                prop_assert!((-1e-9..=10.0 + 1e-9).contains(&energy), "{round}: {energy}");
            }
            // The books are as before, as if all were filled up again.
            for (product, (bids, asks)) in books.iter().enumerate() {
                battery.set_book(product, Some(Depth { bids, asks }));
            }
        }
    }

    #[test]
    fn nothing_is_bought_that_only_stays_in_the_cells(
        books in prop::collection::vec(book(), 2..6),
        power in 3_u32..40,
        ceiling_mwh in 0.3..3.0_f64,
        efficiency in prop_oneof![Just(1.0), 0.85..1.0_f64],
    ) {
        let power = f64::from(power) * LOT_MW;
        let store = StoreLimits {
            charge_mw: power, discharge_mw: power, ceiling_mwh, ..limits(efficiency)
        };
        let costs = TradingCosts { fee: 0.0, wear: 0.0 };
        let rules = IntrinsicRules::EveryChange;
        let mut battery = RollingIntrinsic::new(store, books.len(), 11, costs, rules, 0.0).unwrap();
        for (product, (bids, asks)) in books.iter().enumerate() {
            battery.set_book(product, Some(Depth { bids, asks }));
        }
        battery.trades(&mut Vec::new());
        let earned = |product: usize, lots: i64| {
            let (bids, asks) = &books[product];
            cash(if lots > 0 { asks } else { bids }, lots, 0.0)
        };
        let mut least = f64::INFINITY;
        let stored = |product: usize| battery.cells.stored(battery.position(product));
        let mut energy = (0..books.len()).map(stored).sum::<f64>();
        for product in (0..books.len()).rev() {
            least = least.min(energy);
            prop_assert!(least >= -1e-5, "{least}");
            let lots = battery.position(product);
            let sold = books[product].0.iter().map(|level| level.lots).sum::<i64>();
            if lots > -sold && lots > battery.cells.least {
                let released = battery.cells.stored(lots) - battery.cells.stored(lots - 1);
                let is_worse = earned(product, lots - 1) <= earned(product, lots) + 1e-6;
                prop_assert!(released > least - 1e-9 || is_worse, "{product} {least}");
            }
            energy -= stored(product);
        }
    }

    #[test]
    fn values_kept_from_before_are_those_made_anew(
        books in prop::collection::vec(book(), 3..9),
        changes in prop::collection::vec((0_usize..9, book()), 1..12),
    ) {
        let mut books = books;
        let mut kept = battery(0.95, 1.0, books.len());
        let mut found = Vec::new();
        for (product, (bids, asks)) in books.iter().enumerate() {
            kept.set_book(product, Some(Depth { bids, asks }));
        }
        kept.trades(&mut found);
        for (product, (bids, asks)) in changes {
            let product = product % books.len();
            kept.set_book(product, Some(Depth { bids: &bids, asks: &asks }));
            books[product] = (bids, asks);
            let mut fresh = kept.clone();
            for stage in &mut fresh.stages {
                stage.is_changed = true;
            }
            let mut others = Vec::new();
            let gains = (kept.trades(&mut found), fresh.trades(&mut others));
            prop_assert!((gains.0 - gains.1).abs() < 1e-9);
            prop_assert_eq!(&found, &others);
            for trade in &found {
                let (bids, asks) = &books[trade.product];
                kept.set_book(trade.product, Some(Depth { bids, asks }));
            }
        }
    }
}

#[test]
fn a_position_that_was_traded_elsewhere_is_planned_with() {
    let mut battery = battery(1.0, 0.0, 2);
    let mut found = Vec::new();
    // 5 MW are to be delivered in hour 1 and nothing is stored: only buying in hour 0 can be run.
    battery.set_position(0, 50).unwrap();
    battery.set_position(1, -50).unwrap();
    show(&mut battery, 0, &[level(90.0, 80)], &[level(91.0, 80)]);
    show(&mut battery, 1, &[level(40.0, 80)], &[level(41.0, 80)]);
    let earned = battery.trades(&mut found);
    // Both are traded back: the purchase at 90, the sale at 41.
    assert!((earned - 5.0 * (90.0 - 41.0)).abs() < 1e-9, "{earned}");
    let lots = found.iter().map(|trade| (trade.product, trade.lots));
    assert_eq!(lots.collect::<Vec<_>>(), [(0, -50), (1, 50)]);
    // The venue filled neither.
    battery.set_position(0, 50).unwrap();
    battery.set_position(1, -50).unwrap();
    show(&mut battery, 0, &[level(90.0, 80)], &[level(91.0, 80)]);
    assert!(battery.trades(&mut found).abs() < 1e-12);
    show(&mut battery, 1, &[level(40.0, 80)], &[level(41.0, 80)]);
    assert!((battery.trades(&mut found) - earned).abs() < 1e-9);
    let refused = battery.set_position(0, 51).unwrap_err().to_string();
    assert!(refused.starts_with("position is 51"), "{refused}");
}
