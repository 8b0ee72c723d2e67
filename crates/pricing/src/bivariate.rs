//! The standard normal distribution of two correlated variables.

use std::f64::consts::PI;
use std::sync::OnceLock;

use crate::elementary::{exp, normal};
use crate::quadrature::gauss_legendre;

const POINTS: usize = 20;
/// From this correlation on the density is a ridge, and what is left of it is expanded.
const RIDGE: f64 = 0.925;

fn rule() -> &'static [(f64, f64)] {
    static RULE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    RULE.get_or_init(|| gauss_legendre(POINTS))
}

fn below(z: f64) -> f64 {
    normal(z).0
}

/// Probability that one variable is at most `first` and the other at most `second`.
///
/// A. Genz, "Numerical computation of rectangular bivariate and trivariate normal and t
/// probabilities", Statistics and Computing 14 (2004), 251-260, with 20 points throughout.
pub(crate) fn normal_pair(first: f64, second: f64, correlation: f64) -> f64 {
    // Genz counts from above: P(X > h, Y > k) of the mirrored pair.
    let (h, k) = (-first, -second);
    let product = h * k;
    if correlation.abs() < RIDGE {
        let half_squares = 0.5 * (h * h + k * k);
        let half_angle = 0.5 * correlation.asin();
        let sum: f64 = rule()
            .iter()
            .map(|&(position, weight)| {
                let sine = (half_angle * (position + 1.0)).sin();
                weight * exp((sine * product - half_squares) / (1.0 - sine * sine))
            })
            .sum();
        return sum * half_angle / (2.0 * PI) + below(-h) * below(-k);
    }
    let (k, product) = if correlation < 0.0 {
        (-k, -product)
    } else {
        (k, product)
    };
    let rest = ridge(h, k, product, correlation.abs());
    if correlation > 0.0 {
        rest + below(-h.max(k))
    } else {
        (below(k) - below(h)).max(0.0) - rest
    }
}

/// What correlations below one take from the ridge's value.
fn ridge(h: f64, k: f64, product: f64, correlation: f64) -> f64 {
    let square = (1.0 - correlation) * (1.0 + correlation);
    if square <= 0.0 {
        return 0.0;
    }
    let width = square.sqrt();
    let gap = (h - k) * (h - k);
    let (c, d) = ((4.0 - product) / 8.0, (12.0 - product) / 16.0);
    let exponent = -0.5 * (gap / square + product);
    let mut sum = width
        * exp(exponent)
        * (1.0 - c * (gap - square) * (1.0 - d * gap / 5.0) / 3.0 + c * d * square * square / 5.0);
    if product > -100.0 {
        let distance = gap.sqrt();
        let tail = (2.0 * PI).sqrt() * below(-distance / width);
        sum -=
            exp(-0.5 * product) * tail * distance * (1.0 - c * gap * (1.0 - d * gap / 5.0) / 3.0);
    }
    let half = 0.5 * width;
    for &(position, weight) in rule() {
        let place = half * (position + 1.0);
        let place = place * place;
        let exponent = -0.5 * (gap / place + product);
        if exponent > -100.0 {
            let root = (1.0 - place).sqrt();
            let expansion = 1.0 + c * place * (1.0 + d * place);
            let exact = exp(-product * (1.0 - root) / (2.0 * (1.0 + root))) / root;
            sum += half * weight * exp(exponent) * (exact - expansion);
        }
    }
    -sum / (2.0 * PI)
}

#[cfg(test)]
mod tests {
    use super::normal_pair;
    use crate::elementary::{density, normal};
    use crate::quadrature::gauss_legendre;

    /// The distribution of one given the other, integrated over the other in short pieces.
    fn integrated(first: f64, second: f64, correlation: f64) -> f64 {
        let rule = gauss_legendre(40);
        let low = -9.0;
        let pieces = 200;
        let width = (first - low) / f64::from(pieces);
        let spread = (1.0 - correlation * correlation).sqrt();
        (0..pieces)
            .flat_map(|piece| {
                rule.iter()
                    .map(move |&(position, weight)| (piece, position, weight))
            })
            .map(|(piece, position, weight)| {
                let x = low + width * (f64::from(piece) + 0.5 * (position + 1.0));
                0.5 * width * weight * density(x) * normal((second - correlation * x) / spread).0
            })
            .sum()
    }

    #[test]
    fn it_is_the_integral_of_the_conditional_distribution() {
        for correlation in [-0.999, -0.95, -0.6, 0.0, 0.3, 0.9, 0.93, 0.9995] {
            for first in [-2.5, -0.4, 0.0, 1.3] {
                for second in [-3.0, -0.4, 0.2, 2.0] {
                    let (ours, theirs) = (
                        normal_pair(first, second, correlation),
                        integrated(first, second, correlation),
                    );
                    assert!(
                        (ours - theirs).abs() < 1e-13,
                        "{first} {second} {correlation}: {ours} {theirs}"
                    );
                }
            }
        }
        assert!((normal_pair(0.3, 0.7, 1.0) - normal(0.3).0).abs() < 1e-16);
        assert!((normal_pair(0.3, -0.1, -1.0) - (normal(0.3).0 - normal(0.1).0)).abs() < 1e-16);
        assert!(normal_pair(-0.3, -0.1, -1.0).abs() < 1e-16);
    }
}
