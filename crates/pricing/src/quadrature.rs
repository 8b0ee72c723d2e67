//! Points and weights of Gauss quadrature.

use std::sync::OnceLock;

/// Positions between -1 and 1 and weights of the Gauss-Legendre rule with `count` points, by
/// Newton's method on the Legendre polynomial from its asymptotic roots.
pub(crate) fn gauss_legendre(count: usize) -> Vec<(f64, f64)> {
    let degree = count as f64;
    (0..count)
        .rev()
        .map(|point| {
            let mut root = (std::f64::consts::PI * (point as f64 + 0.75) / (degree + 0.5)).cos();
            let mut slope = 0.0;
            for _ in 0..20 {
                let (mut before, mut value) = (1.0, root);
                for term in 2..=count {
                    let term = term as f64;
                    (before, value) = (
                        value,
                        ((2.0 * term - 1.0) * root * value - (term - 1.0) * before) / term,
                    );
                }
                slope = degree * (root * value - before) / (root * root - 1.0);
                root -= value / slope;
            }
            (root, 2.0 / ((1.0 - root * root) * slope * slope))
        })
        .collect()
}

/// Largest rule for a normal variable.
pub(crate) const MOST_HERMITE_POINTS: usize = 128;

/// The rule of [`gauss_hermite`], found once; `count` from 1 to [`MOST_HERMITE_POINTS`].
pub(crate) fn hermite_rule(count: usize) -> &'static [(f64, f64)] {
    static RULES: [OnceLock<Vec<(f64, f64)>>; MOST_HERMITE_POINTS] =
        [const { OnceLock::new() }; MOST_HERMITE_POINTS];
    RULES[count - 1].get_or_init(|| gauss_hermite(count))
}

/// Positions and weights of the rule with `count` points for a standard normal variable, rising:
/// the weights sum to 1. Newton's method on the orthonormal Hermite polynomial, each root from the
/// ones before it (W. Press and others, Numerical Recipes, 2007, section 4.6).
fn gauss_hermite(count: usize) -> Vec<(f64, f64)> {
    let degree = count as f64;
    let mut rule = vec![(0.0, 0.0); count];
    let mut root = 0.0;
    for point in 0..count.div_ceil(2) {
        root = match point {
            0 => (2.0 * degree + 1.0).sqrt() - 1.855_75 * (2.0 * degree + 1.0).powf(-1.0 / 6.0),
            1 => root - 1.14 * degree.powf(0.426) / root,
            2 => 1.86 * root - 0.86 * rule[count - 1].0 / std::f64::consts::SQRT_2,
            3 => 1.91 * root - 0.91 * rule[count - 2].0 / std::f64::consts::SQRT_2,
            _ => 2.0 * root - rule[count + 1 - point].0 / std::f64::consts::SQRT_2,
        };
        let mut slope = 0.0;
        for _ in 0..30 {
            let (mut before, mut value) = (0.0, std::f64::consts::PI.powf(-0.25));
            for term in 0..count {
                let term = term as f64;
                let next = root * (2.0 / (term + 1.0)).sqrt() * value
                    - (term / (term + 1.0)).sqrt() * before;
                (before, value) = (value, next);
            }
            slope = (2.0 * degree).sqrt() * before;
            let step = value / slope;
            root -= step;
            if step.abs() < 1e-15 * root.abs().max(1.0) {
                break;
            }
        }
        let weight = 2.0 / (slope * slope) / std::f64::consts::PI.sqrt();
        let position = root * std::f64::consts::SQRT_2;
        rule[count - 1 - point] = (position, weight);
        rule[point] = (-position, weight);
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::{gauss_hermite, gauss_legendre};

    #[test]
    fn polynomials_of_twice_the_points_are_exact() {
        for count in [2, 12, 16, 64] {
            let rule = gauss_legendre(count);
            assert!(rule.is_sorted_by(|one, other| one.0 < other.0));
            for power in [0, 2, 2 * count as i32 - 2] {
                let integral: f64 = rule
                    .iter()
                    .map(|&(position, weight)| weight * position.powi(power))
                    .sum();
                assert!(
                    (integral - 2.0 / f64::from(power + 1)).abs() < 1e-14,
                    "{count} {power}"
                );
            }
        }
    }

    #[test]
    fn moments_of_the_normal_law_are_exact() {
        for count in [1, 2, 3, 7, 16, 33, 48, 128] {
            let rule = gauss_hermite(count);
            assert!(rule.is_sorted_by(|one, other| one.0 < other.0), "{count}");
            let moment = |power: i32| {
                rule.iter()
                    .map(|&(position, weight)| weight * position.powi(power))
                    .sum::<f64>()
            };
            assert!(
                (moment(0) - 1.0).abs() < 1e-13 && moment(1).abs() < 1e-13,
                "{count}"
            );
            let mut expected = 1.0;
            for half in 1..count.min(8) {
                expected *= 2.0 * half as f64 - 1.0;
                assert!(
                    (moment(2 * half as i32) / expected - 1.0).abs() < 1e-11,
                    "{count} {half}"
                );
            }
        }
    }
}
