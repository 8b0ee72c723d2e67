//! American options by the approximations that books and papers state; the exact value is
//! [`American`]'s.

use crate::american::American;
use crate::elementary::{density, exp, ln, normal};

/// Newton steps for the price at which exercise begins.
const MOST_STEPS: usize = 100;

/// European value of a call (1) or put (-1) on a price with a yield.
fn european(option: &American, spot: f64) -> f64 {
    let American {
        sign,
        strike,
        time,
        rate,
        carry_yield,
        ..
    } = *option;
    let upper = upper(option, spot);
    let lower = upper - deviation(option);
    sign * (spot * exp(-carry_yield * time) * normal(sign * upper).0
        - strike * exp(-rate * time) * normal(sign * lower).0)
}

/// What an American option is worth at least: exercised now, or at the end alone.
pub(crate) fn least(option: &American) -> f64 {
    let now = option.sign * (option.spot - option.strike);
    now.max(european(option, option.spot)).max(0.0)
}

fn deviation(option: &American) -> f64 {
    option.volatility * option.time.sqrt()
}

fn upper(option: &American, spot: f64) -> f64 {
    let drift = (option.rate - option.carry_yield) * option.time;
    (ln(spot / option.strike) + drift) / deviation(option) + 0.5 * deviation(option)
}

/// Power of the exercise premium in the spot price, and twice it plus what the drift adds.
struct Power {
    value: f64,
    root: f64,
    interest: f64,
    lapsed: f64,
}

fn power(option: &American) -> Power {
    let variance = option.volatility * option.volatility;
    let interest = 2.0 * option.rate / variance;
    let drift = 2.0 * (option.rate - option.carry_yield) / variance - 1.0;
    let lapsed = 1.0 - exp(-option.rate * option.time);
    // Without interest its ratio to what has lapsed has a limit.
    let strength = if lapsed.abs() < 1e-8 {
        2.0 / (variance * option.time)
    } else {
        interest / lapsed
    };
    let root = (drift * drift + 4.0 * strength).sqrt();
    Power {
        value: 0.5 * (option.sign * root - drift),
        root,
        interest,
        lapsed,
    }
}

/// Price at which exercise begins: where the premium and its slope meet the payoff's.
fn trigger(option: &American, power: f64) -> f64 {
    let American {
        sign,
        strike,
        time,
        carry_yield,
        ..
    } = *option;
    let yielded = exp(-carry_yield * time);
    let mut spot = strike * (1.0 + sign * 0.5 * deviation(option)).max(0.5);
    for _ in 0..MOST_STEPS {
        let (above, bell) = normal(sign * upper(option, spot));
        let slope = 1.0 - yielded * above;
        let gap = sign * (spot - strike) - european(option, spot) - sign * slope * spot / power;
        let change =
            sign * slope - sign * (slope - sign * yielded * bell / deviation(option)) / power;
        // Not `clamp`, which has no answer to what is no number: the caller looks for that.
        let next = (spot - gap / change).max(0.3 * spot).min(3.0 * spot);
        let is_found = (next - spot).abs() < 1e-13 * strike;
        spot = next;
        if is_found {
            break;
        }
    }
    spot
}

/// Whether waiting is never worse: then the European value is the American one.
fn is_european(option: &American) -> bool {
    let earned = if option.sign > 0.0 {
        option.carry_yield
    } else {
        option.rate
    };
    earned <= 0.0
}

/// G. Barone-Adesi and R. Whaley, "Efficient analytic approximation of American option values",
/// Journal of Finance 42 (1987), 301-320.
pub(crate) fn barone_adesi_whaley(option: &American) -> f64 {
    let value = european(option, option.spot);
    if is_european(option) {
        return value;
    }
    let power = power(option).value;
    let trigger = trigger(option, power);
    let American {
        sign, spot, strike, ..
    } = *option;
    if sign * (spot - trigger) >= 0.0 {
        return sign * (spot - strike);
    }
    let premium = sign * (trigger - strike) - european(option, trigger);
    value + premium * exp(power * ln(spot / trigger))
}

/// N. Ju and R. Zhong, "An approximate formula for pricing American options", Journal of
/// Derivatives 7 (1999), 31-40.
pub(crate) fn ju_zhong(option: &American) -> f64 {
    let value = european(option, option.spot);
    if is_european(option) || option.rate <= 0.0 {
        return if is_european(option) {
            value
        } else {
            barone_adesi_whaley(option)
        };
    }
    let Power {
        value: power,
        root,
        interest,
        lapsed,
    } = power(option);
    let trigger = trigger(option, power);
    let American {
        sign,
        spot,
        strike,
        time,
        volatility,
        rate,
        carry_yield,
    } = *option;
    if sign * (spot - trigger) >= 0.0 {
        return sign * (spot - strike);
    }
    let premium = sign * (trigger - strike) - european(option, trigger);
    let upper = upper(option, trigger);
    let growth = exp((rate - carry_yield) * time);
    let slope = trigger * density(upper) * volatility * growth / (2.0 * rate * time.sqrt())
        - sign * carry_yield * trigger * normal(sign * upper).0 * growth / rate
        + sign * strike * normal(sign * (upper - deviation(option))).0;
    let change = -sign * interest / (lapsed * lapsed * root);
    let spread = sign * root;
    let left = (1.0 - lapsed) * interest;
    let square = left * change / (2.0 * spread);
    let linear = -left / spread * (slope / premium + 1.0 / lapsed + change / spread);
    let distance = ln(spot / trigger);
    value + premium * exp(power * distance) / (1.0 - (square * distance + linear) * distance)
}

/// P. Bjerksund and G. Stensland, "Closed-form approximation of American options", Scandinavian
/// Journal of Management 9 (1993), S87-S99: exercise at one flat price.
pub(crate) fn bjerksund_stensland(option: &American) -> f64 {
    if option.sign < 0.0 {
        let American {
            spot,
            strike,
            rate,
            carry_yield,
            ..
        } = *option;
        let call = American {
            sign: 1.0,
            spot: strike,
            strike: spot,
            rate: carry_yield,
            carry_yield: rate,
            ..*option
        };
        return bjerksund_stensland(&call);
    }
    if is_european(option) {
        return european(option, option.spot);
    }
    let American {
        spot,
        strike,
        time,
        volatility,
        rate,
        carry_yield,
        ..
    } = *option;
    let (drift, variance) = (rate - carry_yield, volatility * volatility);
    let shift = drift / variance - 0.5;
    let power = -shift + (shift * shift + 2.0 * rate / variance).sqrt();
    let endless = power / (power - 1.0) * strike;
    let soonest = strike.max(rate / carry_yield * strike);
    let approach = -(drift * time + 2.0 * deviation(option)) * soonest / (endless - soonest);
    let trigger = soonest + (endless - soonest) * (1.0 - exp(approach));
    if spot >= trigger {
        return spot - strike;
    }
    let part = |power: f64, above: f64| flat_barrier(option, power, above, trigger);
    let scale = trigger - strike;
    scale * (exp(power * ln(spot / trigger)) - part(power, trigger) / exp(power * ln(trigger)))
        + part(1.0, trigger)
        - part(1.0, strike)
        - strike * part(0.0, trigger)
        + strike * part(0.0, strike)
}

/// Value of `S^power`, paid at expiry if it ends at most at `above`, lost at `trigger` before.
fn flat_barrier(option: &American, power: f64, above: f64, trigger: f64) -> f64 {
    let American {
        spot,
        time,
        volatility,
        rate,
        carry_yield,
        ..
    } = *option;
    let (drift, variance) = (rate - carry_yield, volatility * volatility);
    let growth = -rate + power * drift + 0.5 * power * (power - 1.0) * variance;
    let reflected = 2.0 * drift / variance + 2.0 * power - 1.0;
    let distance = |price: f64| {
        -(ln(price / above) + (drift + (power - 0.5) * variance) * time) / deviation(option)
    };
    let direct = normal(distance(spot)).0;
    let mirrored = normal(distance(trigger * trigger / spot)).0;
    exp(growth * time + power * ln(spot))
        * (direct - exp(reflected * ln(trigger / spot)) * mirrored)
}
