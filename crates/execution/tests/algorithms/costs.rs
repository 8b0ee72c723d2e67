//! What a market costs, and what is forecast of it.

use crate::made::{at, quote, terms, trade};
use wattbook_domain::{Price, Side};
use wattbook_execution::algorithms::{
    AlgorithmError, Care, CostForecast, Execution, Fees, MarketFit, MarketModel, ParentTerms,
    Setup, Trajectory, Twap, forecast_cost,
};

/// The fit finds what made the feed: spread, volatility, volume, impact.
#[test]
fn a_market_fit_finds_what_made_the_feed() {
    let mut fit = MarketFit::default();
    let mut mid = 1_000;
    for step in 0..2_000_i64 {
        // A buy of `lots` every 5 s moves the middle by as many ticks; the sell after it moves it back.
        let (sign, side) = if step % 2 == 0 {
            (1, Side::Buy)
        } else {
            (-1, Side::Sell)
        };
        let lots = 1 + (step / 2) % 4;
        let now = at(5 * step);
        fit.apply(now, &quote(mid - 2, mid + 2, 50));
        fit.apply(
            now.plus_nanos(1),
            &trade(mid + sign * (2 + lots), lots, side),
        );
        mid += sign * lots;
    }
    let model = fit.model(10.0).unwrap();
    assert!((model.half_spread - 0.02).abs() < 1e-9, "{model:?}");
    assert!((model.volume_per_second - 0.05).abs() < 1e-3, "{model:?}");
    // A tick for a lot: 0.01 for 0.1.
    assert!((model.slope - 0.1).abs() < 1e-6, "{model:?}");
    assert!((model.permanent - 0.1).abs() < 1e-3, "{model:?}");
    // Moves of 1 to 4 ticks in 5 s: mean square 7.5.
    assert!(
        (model.volatility - (7.5e-4_f64 / 5.0).sqrt()).abs() < 1e-4,
        "{model:?}"
    );
}

/// By hand from eqs. (4) and (5) of Almgren and Chriss (2000) for an even schedule.
#[test]
fn a_cost_forecast_of_an_even_schedule_is_that_of_the_formulas() {
    let model = MarketModel {
        half_spread: 0.5,
        volatility: 0.1,
        volume_per_second: 2.0,
        permanent: 0.01,
        slope: 0.02,
        refill_seconds: 10.0,
    };
    let terms = terms(Side::Buy, 300, None);
    let charged = Fees {
        maker: Price::from_millionths(-40_000),
        taker: Price::from_millionths(80_000),
    };
    let CostForecast {
        spread,
        impact,
        deviation,
        fees,
        participation,
    } = forecast_cost(&model, &terms, &Twap::default(), 0.75, charged);
    // 30 units in 300 s: a tenth a second, at 0.2 for each unit a second.
    assert!((spread - 0.375).abs() < 1e-12);
    // Three quarters take at 0.08, the rest rests at a rebate of 0.04.
    assert!((fees - 0.05).abs() < 1e-12, "{fees}");
    assert!(
        (impact - (0.01 * 15.0 + 0.75 * 0.2 * 0.1)).abs() < 1e-9,
        "{impact}"
    );
    assert!(
        (deviation - 0.1 * (300.0_f64 / 3.0).sqrt()).abs() < 0.01,
        "{deviation}"
    );
    assert!((participation - 30.0 / 600.0).abs() < 1e-12);
}

/// More risk aversion means a faster start; κ is that of the paper.
#[test]
fn the_optimal_trajectory_has_the_kappa_of_the_paper() {
    let trajectory = Trajectory::optimal(1e-6, 0.95, 2.5e-6, 5.0).unwrap();
    // Almgren and Chriss (2000), section 3: κ ≈ √(λσ²/η) = 0.6 a day.
    assert!(
        (trajectory.urgency() / 5.0 - 0.6).abs() < 0.01,
        "{trajectory:?}"
    );
    assert!(
        Trajectory::optimal(4e-6, 0.95, 2.5e-6, 5.0)
            .unwrap()
            .share(0.2)
            > trajectory.share(0.2)
    );
}

#[test]
fn wrong_parameters_are_refused_by_name() {
    let text = |name: &str, parameter: (&str, f64)| {
        let parameters = [(parameter.0.to_owned(), parameter.1)];
        Setup::new(name, parameters, None).unwrap_err().to_string()
    };
    assert!(text("twap", ("rate", 0.1)).contains("twap has no parameter \"rate\""));
    assert!(text("participation", ("rate", 0.0)).contains("rate is 0"));
    assert!(text("tvap", ("rate", 0.0)).contains("\"tvap\" is no algorithm"));
    let short = ParentTerms {
        ends: at(10),
        ..terms(Side::Buy, 1, None)
    };
    let refused = Execution::new(short, Box::new(Twap::default()), Care::default());
    assert!(matches!(refused, Err(AlgorithmError::Times { .. })));
}
