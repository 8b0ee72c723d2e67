//! Points and weights of Gauss quadrature.

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

#[cfg(test)]
mod tests {
    use super::gauss_legendre;

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
}
