//! Hermite polynomials of several standardized factors, and their means a day earlier.

use std::collections::BTreeMap;
use std::ops::Range;

/// Highest degree, by the number of factors less one: about as many polynomials each.
const DEGREES: [usize; super::spot_model::FACTORS_MAX] = [6, 4, 3, 2];

/// The normalized polynomials up to a degree, by degree; the first is the constant.
#[derive(Debug, Clone)]
pub(super) struct Basis {
    factors: usize,
    degree: usize,
    /// Degree in each factor.
    powers: Vec<Vec<usize>>,
    /// The polynomials of each degree.
    blocks: Vec<Range<usize>>,
}

impl Basis {
    pub(super) fn new(factors: usize) -> Self {
        let degree = DEGREES[factors - 1];
        let mut powers: Vec<Vec<usize>> = vec![Vec::new()];
        for _ in 0..factors {
            powers = powers
                .iter()
                .flat_map(|some| {
                    let left = degree - some.iter().sum::<usize>();
                    (0..=left).map(|power| {
                        let mut more = some.clone();
                        more.push(power);
                        more
                    })
                })
                .collect();
        }
        powers.sort_by_key(|some| (some.iter().sum::<usize>(), some.clone()));
        let blocks = (0..=degree)
            .map(|wanted| {
                let of = |some: &Vec<usize>| some.iter().sum::<usize>() < wanted;
                let to = |some: &Vec<usize>| some.iter().sum::<usize>() <= wanted;
                powers.partition_point(of)..powers.partition_point(to)
            })
            .collect();
        Self {
            factors,
            degree,
            powers,
            blocks,
        }
    }

    /// Number of polynomials.
    pub(super) const fn len(&self) -> usize {
        self.powers.len()
    }

    /// Writes the polynomials at `z`.
    pub(super) fn at(&self, z: &[f64], values: &mut [f64]) {
        let mut alone = [[1.0; DEGREES[0] + 1]; super::spot_model::FACTORS_MAX];
        for (one, z) in alone.iter_mut().zip(z) {
            one[1] = *z;
            for degree in 1..self.degree {
                let root = (degree as f64).sqrt();
                one[degree + 1] =
                    (z * one[degree] - root * one[degree - 1]) / (degree as f64 + 1.0).sqrt();
            }
        }
        for (value, powers) in values.iter_mut().zip(&self.powers) {
            *value = powers
                .iter()
                .zip(&alone)
                .map(|(power, one)| one[*power])
                .product();
        }
    }

    /// By block, the shares of a day's polynomials in the means of the next day's: rows are the next day's.
    ///
    /// `pull` is what is left of a day's factors on the next day. The mean of the polynomials' generating
    /// function, the exponential of `t z - t t / 2`, is the same function of `t` times `pull`: degrees do not mix.
    pub(super) fn means(&self, pull: &[f64]) -> Vec<f64> {
        let mut shares = Vec::new();
        for block in &self.blocks {
            let powers = &self.powers[block.clone()];
            let expanded: Vec<_> = powers
                .iter()
                .map(|some| self.expanded(some, pull))
                .collect();
            for wanted in powers {
                for (some, terms) in powers.iter().zip(&expanded) {
                    let found = terms.get(wanted).copied().unwrap_or(0.0);
                    shares.push(found * (factorials(wanted) / factorials(some)).sqrt());
                }
            }
        }
        shares
    }

    /// The product of the powers of `t` times `pull`, by powers of `t`.
    fn expanded(&self, powers: &[usize], pull: &[f64]) -> BTreeMap<Vec<usize>, f64> {
        let mut terms = BTreeMap::from([(vec![0; self.factors], 1.0)]);
        for (column, power) in powers.iter().enumerate() {
            for _ in 0..*power {
                let mut next = BTreeMap::new();
                for (exponents, factor) in &terms {
                    for row in 0..self.factors {
                        let mut more = exponents.clone();
                        more[row] += 1;
                        *next.entry(more).or_insert(0.0) +=
                            factor * pull[row * self.factors + column];
                    }
                }
                terms = next;
            }
        }
        terms
    }

    /// Writes the means of the next day's polynomials, seen where this day's are `values`.
    pub(super) fn seen(&self, shares: &[f64], values: &[f64], seen: &mut [f64]) {
        let mut rest = shares;
        for block in &self.blocks {
            let here = &values[block.clone()];
            for value in &mut seen[block.clone()] {
                let (row, after) = rest.split_at(here.len());
                *value = row
                    .iter()
                    .zip(here)
                    .map(|(share, value)| share * value)
                    .sum();
                rest = after;
            }
        }
    }
}

fn factorials(powers: &[usize]) -> f64 {
    powers
        .iter()
        .map(|power| (1..=*power).map(|number| number as f64).product::<f64>())
        .product()
}

#[cfg(test)]
mod tests {
    use super::Basis;

    /// The mean of a polynomial over two points of equal chance a factor, exact up to degree three.
    #[test]
    fn means_are_those_of_a_quadrature() {
        let basis = Basis::new(2);
        let pull = [0.6, 0.1, -0.2, 0.7];
        // A root of the identity less pull times its mirror.
        let covariance = [
            1.0 - 0.37,
            -(0.6 * -0.2 + 0.1 * 0.7),
            -(0.6 * -0.2 + 0.1 * 0.7),
            1.0 - 0.53,
        ];
        let first = f64::sqrt(covariance[0]);
        let slope = covariance[1] / first;
        let second = (covariance[3] - slope * slope).sqrt();
        let z = [0.4, -1.3];
        let mut here = vec![0.0; basis.len()];
        basis.at(&z, &mut here);
        let mut seen = vec![0.0; basis.len()];
        basis.seen(&basis.means(&pull), &here, &mut seen);
        // Gauss and Hermite's five points: exact up to degree nine.
        let points = [
            (0.0, 8.0 / 15.0),
            (1.355_626_179_974_265_8, 0.222_075_922_005_612_6),
            (-1.355_626_179_974_265_8, 0.222_075_922_005_612_6),
            (2.856_970_013_872_805_6, 0.011_257_411_327_720_688),
            (-2.856_970_013_872_805_6, 0.011_257_411_327_720_688),
        ];
        let mut mean = vec![0.0; basis.len()];
        let mut values = vec![0.0; basis.len()];
        for (one, share) in points {
            for (two, other) in points {
                let next = [
                    pull[0] * z[0] + pull[1] * z[1] + first * one,
                    pull[2] * z[0] + pull[3] * z[1] + slope * one + second * two,
                ];
                basis.at(&next, &mut values);
                for (sum, value) in mean.iter_mut().zip(&values) {
                    *sum += share * other * value;
                }
            }
        }
        for (found, known) in seen.iter().zip(&mean) {
            assert!((found - known).abs() < 1e-9, "{seen:?} is not {mean:?}");
        }
    }

    #[test]
    fn the_first_is_the_constant_and_degrees_rise() {
        for (factors, count) in [(1, 7), (2, 15), (3, 20), (4, 15)] {
            let basis = Basis::new(factors);
            assert_eq!(basis.len(), count);
            let mut values = vec![0.0; count];
            basis.at(&vec![0.3; factors], &mut values);
            assert!((values[0] - 1.0).abs() < 1e-15);
        }
    }
}
