//! American options by the approximations that books and papers state; the exact value is
//! [`American`]'s.
//!
//! Each is written for any [`Real`]: with doubles it gives the value, with jets the Greeks as well.

use crate::american::{American, AmericanMethod};
use crate::jet::{Jet, Real};
use crate::qd_plus::qd_plus;

/// Newton steps for the price at which exercise begins.
const MOST_STEPS: usize = 100;
/// Interest over the whole time below which a series stands in for a quotient that cancels.
const LITTLE_INTEREST: f64 = 1e-5;

/// What an American option is on; the strike may be what moves, for a call is a put on it.
#[derive(Clone, Copy)]
pub(crate) struct Terms<T> {
    pub(crate) sign: f64,
    pub(crate) spot: T,
    pub(crate) strike: T,
    pub(crate) time: T,
    pub(crate) volatility: T,
    pub(crate) rate: T,
    pub(crate) carry_yield: T,
}

/// Places of the inputs in a jet of an American option.
pub(crate) const SPOT: usize = 0;
pub(crate) const TIME: usize = 1;
pub(crate) const VOLATILITY: usize = 2;
pub(crate) const RATE: usize = 3;
pub(crate) const CARRY_YIELD: usize = 4;

/// Value of an American option with slopes by its inputs and the second derivative by its spot price.
pub(crate) type AmericanJet = Jet<5, 1>;

impl From<&American> for Terms<f64> {
    fn from(option: &American) -> Self {
        Self {
            sign: option.sign,
            spot: option.spot,
            strike: option.strike,
            time: option.time,
            volatility: option.volatility,
            rate: option.rate,
            carry_yield: option.carry_yield,
        }
    }
}

impl From<&American> for Terms<AmericanJet> {
    fn from(option: &American) -> Self {
        Self {
            sign: option.sign,
            spot: Jet::input(option.spot, SPOT),
            strike: Jet::of(option.strike),
            time: Jet::input(option.time, TIME),
            volatility: Jet::input(option.volatility, VOLATILITY),
            rate: Jet::input(option.rate, RATE),
            carry_yield: Jet::input(option.carry_yield, CARRY_YIELD),
        }
    }
}

impl<T: Real> Terms<T> {
    fn values(&self) -> Terms<f64> {
        Terms {
            sign: self.sign,
            spot: self.spot.value(),
            strike: self.strike.value(),
            time: self.time.value(),
            volatility: self.volatility.value(),
            rate: self.rate.value(),
            carry_yield: self.carry_yield.value(),
        }
    }

    /// European value on a price with a yield.
    fn european(&self, spot: T) -> T {
        let upper = self.upper(spot);
        let lower = upper - self.deviation();
        let struck = self.strike * (-self.rate * self.time).exp();
        let held = spot * (-self.carry_yield * self.time).exp();
        (held * (upper * self.sign).normal() - struck * (lower * self.sign).normal()) * self.sign
    }

    fn deviation(&self) -> T {
        self.volatility * self.time.sqrt()
    }

    fn upper(&self, spot: T) -> T {
        let drift = (self.rate - self.carry_yield) * self.time;
        ((spot / self.strike).ln() + drift) / self.deviation() + self.deviation() * 0.5
    }

    fn exercised(&self, spot: T) -> T {
        (spot - self.strike) * self.sign
    }

    /// Whether waiting is never worse: then the European value is the American one.
    fn is_european(&self) -> bool {
        let earned = if self.sign > 0.0 {
            self.carry_yield
        } else {
            self.rate
        };
        earned.value() <= 0.0
    }
}

/// Value of an option that moves by an approximation: at least what exercise brings, now or in the end alone.
pub(crate) fn approximated<T: Real>(method: AmericanMethod, terms: &Terms<T>) -> T {
    let value = match method {
        AmericanMethod::BaroneAdesiWhaley => barone_adesi_whaley(terms),
        AmericanMethod::JuZhong => ju_zhong(terms),
        AmericanMethod::BjerksundStensland => bjerksund_stensland(terms),
        AmericanMethod::QdPlus => qd_plus(terms),
        AmericanMethod::Exact | AmericanMethod::Binomial => {
            unreachable!("neither is a formula of its inputs")
        }
    };
    value.at_least(least(terms))
}

/// What an American option is worth at least.
pub(crate) fn least<T: Real>(terms: &Terms<T>) -> T {
    terms
        .exercised(terms.spot)
        .at_least(terms.european(terms.spot))
        .at_least(T::of(0.0))
}

/// Interest of a year over the share that lapses in `time`, `rate / (1 - e^(-rate time))`.
pub(crate) fn strength<T: Real>(rate: T, time: T) -> T {
    let passed = rate * time;
    if passed.value().abs() > LITTLE_INTEREST {
        rate / (-(-passed).exp() + 1.0)
    } else {
        // 1 - x/2 + x^2/6, of which it is the inverse.
        T::of(1.0) / (time * (passed * (passed / 6.0 - 0.5) + 1.0))
    }
}

/// Power of the exercise premium in the spot price, and twice it plus what the drift adds.
struct Power<T> {
    value: T,
    root: T,
}

fn power<T: Real>(terms: &Terms<T>) -> Power<T> {
    let variance = terms.volatility * terms.volatility;
    let drift = (terms.rate - terms.carry_yield) * 2.0 / variance - 1.0;
    let strength = strength(terms.rate, terms.time) * 2.0 / variance;
    let root = (drift * drift + strength * 4.0).sqrt();
    Power {
        value: (root * terms.sign - drift) * 0.5,
        root,
    }
}

/// What exercise at `spot` gains over the premium that begins there, and its slope by the price.
fn gap<T: Real>(terms: &Terms<T>, power: T, spot: T) -> (T, T) {
    let upper = terms.upper(spot);
    let yielded = (-terms.carry_yield * terms.time).exp();
    let slope = -yielded * (upper * terms.sign).normal() + 1.0;
    let gap = terms.exercised(spot) - terms.european(spot) - slope * spot / power * terms.sign;
    let bell = yielded * upper.density() / terms.deviation();
    let change = slope * terms.sign - (slope - bell * terms.sign) / power * terms.sign;
    (gap, change)
}

/// Price at which exercise begins: where the premium and its slope meet the payoff's.
fn trigger<T: Real>(terms: &Terms<T>, power: T) -> T {
    let known = terms.values();
    let (mut spot, mut change) = (
        known.strike * (1.0 + known.sign * 0.5 * known.deviation()).max(0.5),
        1.0,
    );
    for _ in 0..MOST_STEPS {
        let gap = gap(&known, power.value(), spot);
        change = gap.1;
        // Not `clamp`, which has no answer to what is no number: the caller looks for that.
        let next = (spot - gap.0 / change).max(0.3 * spot).min(3.0 * spot);
        let is_found = (next - spot).abs() < 1e-13 * known.strike;
        spot = next;
        if is_found {
            break;
        }
    }
    follow(spot, gap(terms, power, T::of(spot)).0, change)
}

/// The root `at` of a function as its inputs move it: `gap` is the function there, `change` its slope by the root.
///
/// Exact in slopes, and in second derivatives where the function does not depend on the inputs that have them.
pub(crate) fn follow<T: Real>(at: f64, gap: T, change: f64) -> T {
    T::of(at) - (gap - gap.value()) / change
}

/// G. Barone-Adesi and R. Whaley, "Efficient analytic approximation of American option values",
/// Journal of Finance 42 (1987), 301-320.
fn barone_adesi_whaley<T: Real>(terms: &Terms<T>) -> T {
    let value = terms.european(terms.spot);
    if terms.is_european() {
        return value;
    }
    let power = power(terms).value;
    let trigger = trigger(terms, power);
    if terms.sign * (terms.spot.value() - trigger.value()) >= 0.0 {
        return terms.exercised(terms.spot);
    }
    let premium = terms.exercised(trigger) - terms.european(trigger);
    value + premium * (power * (terms.spot / trigger).ln()).exp()
}

/// N. Ju and R. Zhong, "An approximate formula for pricing American options", Journal of
/// Derivatives 7 (1999), 31-40.
fn ju_zhong<T: Real>(terms: &Terms<T>) -> T {
    if terms.is_european() || terms.rate.value() <= 0.0 {
        return barone_adesi_whaley(terms);
    }
    let Power { value: power, root } = power(terms);
    let trigger = trigger(terms, power);
    let Terms {
        sign,
        spot,
        strike,
        time,
        volatility,
        rate,
        carry_yield,
    } = *terms;
    if sign * (spot.value() - trigger.value()) >= 0.0 {
        return terms.exercised(spot);
    }
    let interest = rate * 2.0 / (volatility * volatility);
    let lapsed = rate / strength(rate, time);
    let premium = terms.exercised(trigger) - terms.european(trigger);
    let upper = terms.upper(trigger);
    let growth = ((rate - carry_yield) * time).exp();
    let slope = trigger * upper.density() * volatility * growth / (rate * time.sqrt() * 2.0)
        - carry_yield * trigger * (upper * sign).normal() * growth / rate * sign
        + strike * ((upper - terms.deviation()) * sign).normal() * sign;
    let change = -interest / (lapsed * lapsed * root) * sign;
    let spread = root * sign;
    let left = (-lapsed + 1.0) * interest;
    let square = left * change / (spread * 2.0);
    let linear = -left / spread * (slope / premium + T::of(1.0) / lapsed + change / spread);
    let distance = (spot / trigger).ln();
    let bent = -(square * distance + linear) * distance + 1.0;
    terms.european(spot) + premium * (power * distance).exp() / bent
}

/// P. Bjerksund and G. Stensland, "Closed-form approximation of American options", Scandinavian
/// Journal of Management 9 (1993), S87-S99: exercise at one flat price.
fn bjerksund_stensland<T: Real>(terms: &Terms<T>) -> T {
    if terms.sign < 0.0 {
        return bjerksund_stensland(&Terms {
            sign: 1.0,
            spot: terms.strike,
            strike: terms.spot,
            rate: terms.carry_yield,
            carry_yield: terms.rate,
            ..*terms
        });
    }
    if terms.is_european() {
        return terms.european(terms.spot);
    }
    let Terms {
        spot,
        strike,
        time,
        volatility,
        rate,
        carry_yield,
        ..
    } = *terms;
    let (drift, variance) = (rate - carry_yield, volatility * volatility);
    let shift = drift / variance - 0.5;
    let power = (shift * shift + rate * 2.0 / variance).sqrt() - shift;
    let endless = power / (power - 1.0) * strike;
    let soonest = strike.at_least(rate / carry_yield * strike);
    let approach = -(drift * time + terms.deviation() * 2.0) * soonest / (endless - soonest);
    let trigger = soonest + (endless - soonest) * (-approach.exp() + 1.0);
    if spot.value() >= trigger.value() {
        return spot - strike;
    }
    let part = |power: T, above: T| flat_barrier(terms, power, above, trigger);
    let (one, none) = (T::of(1.0), T::of(0.0));
    let rise = (power * (spot / trigger).ln()).exp();
    let lost = part(power, trigger) / (power * trigger.ln()).exp();
    (trigger - strike) * (rise - lost) + part(one, trigger)
        - part(one, strike)
        - strike * part(none, trigger)
        + strike * part(none, strike)
}

/// Value of `S^power`, paid at expiry if it ends at most at `above`, lost at `trigger` before.
fn flat_barrier<T: Real>(terms: &Terms<T>, power: T, above: T, trigger: T) -> T {
    let Terms {
        spot,
        time,
        volatility,
        rate,
        carry_yield,
        ..
    } = *terms;
    let (drift, variance) = (rate - carry_yield, volatility * volatility);
    let growth = power * drift - rate + power * (power - 1.0) * variance * 0.5;
    let reflected = drift * 2.0 / variance + power * 2.0 - 1.0;
    let distance = |price: T| {
        -((price / above).ln() + (drift + (power - 0.5) * variance) * time) / terms.deviation()
    };
    let direct = distance(spot).normal();
    let mirrored = distance(trigger * trigger / spot).normal();
    (growth * time + power * spot.ln()).exp()
        * (direct - (reflected * (trigger / spot).ln()).exp() * mirrored)
}
