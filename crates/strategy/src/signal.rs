//! From a score to a confidence.

use wattbook_domain::command::Direction;

/// Certainty in the 1e-6 scale of confidences.
pub const CERTAIN_PPM: u32 = 1_000_000;

/// The confidence that a strategy needs to trade unless told otherwise, in 1e-6.
pub const DEFAULT_THRESHOLD_PPM: u32 = 800_000;

/// How sure a score of `z` standard deviations makes us, in 1e-6.
///
/// One minus Cantelli's bound on exceeding `z` by chance, `z² / (1 + z²)`: it holds for any distribution,
/// so a fat tail cannot fake certainty. Two standard deviations give exactly 800,000.
#[must_use]
pub fn confidence_ppm(z: f64) -> u32 {
    if z.is_nan() {
        return 0;
    }
    if z.is_infinite() {
        return CERTAIN_PPM;
    }
    let square = z * z;
    (1e6 * (square / (1.0 + square))) as u32
}

/// A view and how sure it is: towards the sign of `z`, or flat when `z` is small enough that chance
/// explains it better.
#[must_use]
pub fn view(z: f64) -> (Direction, u32) {
    let moved = confidence_ppm(z);
    let still = CERTAIN_PPM - moved;
    if z.is_nan() || still > moved {
        (Direction::Flat, if z.is_nan() { 0 } else { still })
    } else if z > 0.0 {
        (Direction::Rise, moved)
    } else {
        (Direction::Fall, moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_standard_deviations_are_the_default_threshold() {
        assert_eq!(confidence_ppm(2.0), DEFAULT_THRESHOLD_PPM);
        assert_eq!(confidence_ppm(-2.0), DEFAULT_THRESHOLD_PPM);
        assert_eq!(confidence_ppm(f64::NAN), 0);
        assert_eq!(confidence_ppm(f64::INFINITY), CERTAIN_PPM);
    }

    #[test]
    fn a_small_score_is_a_flat_view() {
        assert_eq!(view(0.25).0, Direction::Flat);
        assert_eq!(view(3.0), (Direction::Rise, 900_000));
        assert_eq!(view(-3.0), (Direction::Fall, 900_000));
        assert_eq!(view(f64::NAN), (Direction::Flat, 0));
    }
}
