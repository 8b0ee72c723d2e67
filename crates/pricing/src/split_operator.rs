//! Options on differences by operator splitting.
//!
//! C. F. Lo, "Pricing spread options by the operator splitting method", Wilmott 2015 (79), 64-67:
//! Kirk's formula is the solution of one part of the pricing operator; the other part acts on it twice.
//!
//! Let `x` be the logarithm of the first price over the second and the strike, `y` that of the
//! second and the strike, and `w(y)` the variance of Kirk's formula `G(x, w)`. The other part is
//! then `s^2 / 2 (d_yy + d_y) + c d_xy` with `s` and `c` polynomials of the strike's share
//! `u = K e^-y`, for which `d_y = -u d_u`. As `G_w = H G` with `H = (d_xx - d_x) / 2`, every
//! term is a polynomial of `u` times powers of `d_x` and `H` of one normal density, whose
//! derivatives are Hermite polynomials.

use crate::jet::Real;

/// A polynomial of the strike's share, lowest power first.
#[derive(Clone)]
struct OfShare<T>(Vec<T>);

impl<T: Real> OfShare<T> {
    fn plus(&self, other: &Self) -> Self {
        let part = |from: &Self, power: usize| from.0.get(power).copied().unwrap_or(T::of(0.0));
        let powers = 0..self.0.len().max(other.0.len());
        Self(
            powers
                .map(|power| part(self, power) + part(other, power))
                .collect(),
        )
    }

    fn times(&self, other: &Self) -> Self {
        let mut found = vec![T::of(0.0); self.0.len() + other.0.len() - 1];
        for (one, &own) in self.0.iter().enumerate() {
            for (two, &its) in other.0.iter().enumerate() {
                found[one + two] = found[one + two] + own * its;
            }
        }
        Self(found)
    }

    fn scaled(&self, by: f64) -> Self {
        Self(self.0.iter().map(|&part| part * by).collect())
    }

    /// Its slope by the logarithm of the second price and the strike.
    fn by_log(&self) -> Self {
        let powers = (0_u32..).zip(&self.0);
        Self(
            powers
                .map(|(power, &part)| part * -f64::from(power))
                .collect(),
        )
    }

    fn at(&self, share: T) -> T {
        let rest = self.0.iter().rev();
        rest.fold(T::of(0.0), |value, &part| value * share + part)
    }
}

/// A polynomial before powers of `d_x` and of `H`.
struct Term<T> {
    along: usize,
    heat: usize,
    factor: OfShare<T>,
}

/// Correction of Kirk's call by two orders, undiscounted, in units of second price plus strike: of the first
/// price and the strike in these units, volatilities times the root of the time, and the correlation of the
/// logarithms. It is 0 where Kirk's variance is nothing.
pub(crate) fn split_correction<T: Real>(
    moneyness: T,
    share: T,
    deviations: [T; 2],
    correlation: T,
) -> T {
    let [first, second] = deviations;
    let slope = OfShare(vec![second, -second]);
    let square = slope.times(&slope);
    let joint = correlation * first;
    let cross = OfShare(vec![joint]).plus(&slope.scaled(-1.0)).times(&slope);
    let twice_joint = slope.times(&OfShare(vec![joint * -2.0]));
    let variance = square
        .plus(&twice_joint)
        .plus(&OfShare(vec![first * first]));
    let known = variance.at(share);
    if known.value() <= 0.0 {
        return T::of(0.0);
    }
    let steepness = variance.by_log();
    let bent = steepness.by_log().plus(&steepness);
    let steepness_squared = steepness.times(&steepness);
    let half = square.scaled(0.5);
    let term = |along: usize, heat: usize, factor: OfShare<T>| Term {
        along,
        heat,
        factor,
    };
    let acted = vec![
        term(0, 0, half.times(&bent)),
        term(0, 1, half.times(&steepness_squared)),
        term(1, 0, cross.times(&steepness)),
    ];
    let mut again = Vec::new();
    for Term {
        along,
        heat,
        factor,
    } in &acted
    {
        let moved = factor.by_log();
        let turned = moved.by_log().plus(&moved);
        let mixed = moved
            .times(&steepness)
            .scaled(2.0)
            .plus(&factor.times(&bent));
        let (one, two) = (heat + 1, heat + 2);
        again.push(term(*along, *heat, half.times(&turned)));
        again.push(term(*along, one, half.times(&mixed)));
        again.push(term(
            *along,
            two,
            half.times(factor).times(&steepness_squared),
        ));
        again.push(term(along + 1, *heat, cross.times(&moved)));
        again.push(term(along + 1, one, cross.times(factor).times(&steepness)));
    }
    let deviation = known.sqrt();
    let lower = moneyness.ln() / deviation - deviation * 0.5;
    let density = lower.density() / deviation * 0.5;
    let derivatives = hermite(lower, T::of(-1.0) / deviation);
    let sum = |terms: &[Term<T>]| {
        terms.iter().fold(T::of(0.0), |total, term| {
            let powers = powers(term.along, term.heat);
            let pairs = powers.iter().zip(&derivatives);
            let acted = pairs.fold(T::of(0.0), |sum, (&power, &one)| sum + one * power);
            total + term.factor.at(share) * acted
        })
    };
    density * (sum(&acted) / 2.0 + sum(&again) / 8.0)
}

/// Most derivatives that the terms have of the density.
const MOST: usize = 6;

/// Derivatives of a normal density over it: its Hermite polynomials at `lower`, by powers of `scale`.
fn hermite<T: Real>(lower: T, scale: T) -> [T; MOST + 1] {
    let mut found = [T::of(1.0); MOST + 1];
    found[1] = lower;
    for order in 2..=MOST {
        #[expect(clippy::cast_precision_loss, reason = "a few")]
        let before = found[order - 2] * (order - 1) as f64;
        found[order] = lower * found[order - 1] - before;
    }
    let mut power = T::of(1.0);
    for one in &mut found {
        *one = *one * power;
        power = power * scale;
    }
    found
}

/// `d_x^along H^heat` in powers of `d_x`.
fn powers(along: usize, heat: usize) -> [f64; MOST + 1] {
    let mut found = [0.0; MOST + 1];
    found[along] = 1.0;
    for _ in 0..heat {
        let before = found;
        for power in 0..=MOST {
            let steepness = if power > 0 { before[power - 1] } else { 0.0 };
            let twice = if power > 1 { before[power - 2] } else { 0.0 };
            found[power] = 0.5 * (twice - steepness);
        }
    }
    found
}
