//! Sweeps against the strategies themselves and against a slow, obvious account.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::{InstrumentId, Price, Timestamp, Volume};
use wattbook_strategy::sweep::{FillModel, QuoteColumns, SweepRule, fill_paths, sweep};
use wattbook_strategy::{Context, EmaCross, EmaCrossConfig, Identity, Observation, Strategy as _};

/// Bids and asks from moves and spreads in ticks of 0.01.
fn columns(steps: &[(i64, i64)]) -> (Vec<f64>, Vec<f64>) {
    let mut bid = 5_000;
    steps
        .iter()
        .map(|(step, spread)| {
            bid += step;
            (bid as f64 / 100.0, (bid + spread) as f64 / 100.0)
        })
        .unzip()
}

fn steps() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((-5..=5_i64, 0..4_i64), 20..400)
}

fn rules() -> Vec<SweepRule> {
    let mut rules = Vec::new();
    for window in [2, 5, 11] {
        rules.push(SweepRule::EmaCross {
            fast: window,
            slow: 3 * window,
        });
        rules.push(SweepRule::Momentum {
            window,
            entry: 0.03,
        });
        rules.push(SweepRule::MeanReversion {
            window,
            entry: 1.2,
            exit: 0.3,
        });
    }
    rules
}

proptest! {
    /// Parts add up to the P&L, the P&L is what the middle earned less half spreads and fees, and the number
    /// of threads changes nothing.
    #[test]
    fn parts_add_up_and_costs_explain_the_rest(steps in steps(), parts in 1..7_usize) {
        let (bid, ask) = columns(&steps);
        let quotes = QuoteColumns { bid: &bid, ask: &ask };
        let rules = rules();
        let mut one = vec![0.0; rules.len() * parts];
        let mut three = one.clone();
        let results = sweep(quotes, &rules, 0.004, 1, &mut one).unwrap();
        prop_assert_eq!(&results, &sweep(quotes, &rules, 0.004, 3, &mut three).unwrap());
        prop_assert_eq!(&one, &three);
        for (result, by_part) in results.iter().zip(one.chunks(parts)) {
            let sum: f64 = by_part.iter().sum();
            prop_assert!((sum - result.pnl).abs() < 1e-9);
            // Half of the widest spread is three half ticks.
            let spread = result.gross - result.fees - result.pnl;
            prop_assert!(spread > -1e-9 && spread <= 0.015 * result.turnover + 1e-9, "{result:?}");
            prop_assert!((result.fees - 0.004 * result.turnover).abs() < 1e-9);
            prop_assert!(result.drawdown >= -1e-12 && (0.0..=1.0).contains(&result.exposure));
        }
    }

    /// The EMA cross of the sweep takes sides as the strategy in the engine does.
    #[test]
    fn the_ema_cross_turns_as_the_strategy_does(steps in steps()) {
        let (bid, ask) = columns(&steps);
        let rule = SweepRule::EmaCross { fast: 3, slow: 9 };
        let quotes = QuoteColumns { bid: &bid, ask: &ask };
        let result = sweep(quotes, &[rule], 0.0, 1, &mut [0.0]).unwrap()[0];
        let config = EmaCrossConfig {
            instrument: InstrumentId(0),
            rolls: Vec::new(),
            fast: 3,
            slow: 9,
            volume: Volume::ZERO,
        };
        let mut strategy = EmaCross::new(config).unwrap();
        let mut context = Context::new(Identity::default());
        for (at, (bid, ask)) in bid.iter().zip(&ask).enumerate() {
            let event = MarketEvent::Quote(Quote {
                instrument: InstrumentId(0),
                bid_price: Price::from_f64(*bid).unwrap(),
                ask_price: Price::from_f64(*ask).unwrap(),
                bid_volume: Volume::from_millionths(1),
                ask_volume: Volume::from_millionths(1),
            });
            let observation = Observation::Market(&event);
            context.observe(Timestamp::from_seconds(at as i64), &observation);
            strategy.on_event(&observation, &mut context);
        }
        prop_assert_eq!(result.trades, strategy.turns());
    }

    /// The mean reversion of the sweep against one that reckons each window anew.
    #[test]
    fn mean_reversion_is_that_of_a_window_reckoned_anew(steps in steps()) {
        let (bid, ask) = columns(&steps);
        let rule = SweepRule::MeanReversion { window: 7, entry: 1.2, exit: 0.3 };
        let quotes = QuoteColumns { bid: &bid, ask: &ask };
        let result = sweep(quotes, &[rule], 0.0, 1, &mut [0.0]).unwrap()[0];
        let mids: Vec<f64> = bid.iter().zip(&ask).map(|(bid, ask)| (bid + ask) * 0.5).collect();
        let (mut position, mut trades) = (0.0, 0);
        let mut is_close_call = false;
        for at in 0..mids.len() {
            let mut wanted = 0.0;
            if at >= 6 {
                let window = &mids[at - 6..=at];
                let mean = window.iter().sum::<f64>() / 7.0;
                let variance = window.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / 7.0;
                if variance > 1e-9 {
                    let score = (mids[at] - mean) / variance.sqrt();
                    // Rounding may decide such a case either way.
                    is_close_call |= [1.2, 0.3, 0.0].iter().any(|it| (score.abs() - it).abs() < 1e-6);
                    wanted = if score.abs() >= 1.2 {
                        -score.signum()
                    } else if score.abs() <= 0.3 || score * position > 0.0 {
                        0.0
                    } else {
                        position
                    };
                }
            }
            trades += u64::from((wanted - position).abs() > 0.5);
            position = wanted;
        }
        prop_assert!(is_close_call || result.trades == trades, "{} {trades}", result.trades);
    }
}

#[test]
fn a_rising_market_by_hand() {
    let bid: Vec<f64> = (0..10).map(f64::from).collect();
    let ask: Vec<f64> = bid.iter().map(|bid| bid + 0.5).collect();
    let rule = SweepRule::Momentum {
        window: 2,
        entry: 1.0,
    };
    let mut by_part = [0.0; 2];
    let quotes = QuoteColumns {
        bid: &bid,
        ask: &ask,
    };
    let result = sweep(quotes, &[rule], 0.1, 2, &mut by_part).unwrap()[0];
    // Bought at 2.5 for a fee of 0.1, marked at 9.25 at the end and at 4.25 after the first five quotes.
    assert!((result.pnl - 6.65).abs() < 1e-12, "{result:?}");
    assert!((by_part[0] - 1.65).abs() < 1e-12 && (by_part[1] - 5.0).abs() < 1e-12);
    assert_eq!((result.trades, result.exposure), (1, 0.8));
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let text = |bid: &[f64], ask: &[f64], rule| {
        let quotes = QuoteColumns { bid, ask };
        sweep(quotes, &[rule], 0.0, 1, &mut [0.0])
            .unwrap_err()
            .to_string()
    };
    let sound = SweepRule::EmaCross { fast: 1, slow: 2 };
    let wrong = SweepRule::EmaCross { fast: 2, slow: 2 };
    assert!(text(&[1.0], &[1.0], wrong).contains("fast is 2"));
    assert!(text(&[1.0], &[], sound).contains("number of asks is 0"));
    assert!(text(&[1.0, 2.0], &[1.0, 1.0], sound).contains("quote is 1"));
    assert!(text(&[f64::NAN], &[1.0], sound).contains("quote is 0"));
    assert!(text(&[], &[], sound).contains("number of parts"));
}

#[test]
fn sure_fills_are_the_sweep_and_unsure_ones_cost() {
    let steps: Vec<(i64, i64)> = (0..500).map(|at| ((at * 7) % 11 - 5, 1 + at % 3)).collect();
    let (bid, ask) = columns(&steps);
    let quotes = QuoteColumns {
        bid: &bid,
        ask: &ask,
    };
    let rule = SweepRule::EmaCross { fast: 2, slow: 5 };
    let exact = sweep(quotes, &[rule], 0.01, 1, &mut [0.0]).unwrap()[0];
    let paths = |probability, worse, threads| {
        let model = FillModel { probability, worse };
        fill_paths(quotes, rule, 0.01, model, &[1, 2, 3], threads).unwrap()
    };
    assert_eq!(paths(1.0, 0.0, 1), [exact; 3]);
    let slipped = paths(1.0, 0.02, 1);
    assert!(slipped.iter().all(|it| it.pnl < exact.pnl), "{slipped:?}");
    assert_ne!(slipped[0], slipped[1]);
    assert_eq!(paths(0.5, 0.02, 1), paths(0.5, 0.02, 2));
    let none = FillModel {
        probability: 0.0,
        worse: 0.0,
    };
    assert!(fill_paths(quotes, rule, 0.0, none, &[1], 1).is_err());
}
