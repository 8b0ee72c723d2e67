//! Elementary functions without branches, so that a loop over them runs in vector registers.
//!
//! Every step is one IEEE 754 operation or a fused multiply-add, in one fixed order: a value is
//! the same on every processor and for every length of batch. The polynomials are Chebyshev
//! interpolants, written in powers; each is accurate to the last bits of a double.

use std::f64::consts::LOG2_E;

/// Leading part of ln 2, with zeros behind it, so that a whole multiple of it is exact.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Added to a small number, this leaves its nearest integer in the low bits.
const ROUNDING: f64 = 6_755_399_441_055_744.0;
/// Below this `exp` is zero: its values would leave the normal doubles.
const EXP_LOWEST: f64 = -708.0;
const EXP_HIGHEST: f64 = 709.0;
const SQRT_HALF_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;
const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;
/// Exponent field that makes an integer below 2^52 readable as a double.
const TWO_52_BITS: u64 = 0x4330_0000_0000_0000;
const TWO_52_AND_BIAS: f64 = 4_503_599_627_370_496.0 + 1023.0;
/// Beyond this many standard deviations a normal tail is zero in a double.
const TAIL: f64 = 38.0;
/// Powers of a larger number than this leave the doubles.
const FARTHEST: f64 = 1e25;

/// `(exp(r) - 1 - r) / r^2` for `|r| <= ln 2 / 2`.
#[rustfmt::skip]
const EXP: [f64; 10] = [
    0.500_000_000_000_000_1, 0.166_666_666_666_666_7, 0.041_666_666_666_624_16, 0.008_333_333_333_326_141,
    0.001_388_888_891_719_858_8, 0.000_198_412_698_748_021_73, 2.480_152_131_987_967_2e-5,
    2.755_725_542_387_984e-6, 2.762_007_691_611_333e-7, 2.510_520_706_464_425e-8,
];

/// `(atanh(s) / s - 1) / s^2` in powers of `s^2`, for `s` of mantissas between sqrt(1/2) and sqrt(2).
#[rustfmt::skip]
const ATANH: [f64; 8] = [
    0.333_333_333_333_333_3, 0.200_000_000_000_004_4, 0.142_857_142_854_005_6, 0.111_111_111_961_110_8,
    0.090_908_977_953_809_53, 0.076_931_210_821_742_21, 0.066_343_561_446_666_31, 0.065_436_085_157_894_94,
];

/// Above and below the line of `(1 - Phi(z)) exp(z^2 / 2)` for `z >= 0`, in powers of `z`: the rational
/// function that equals it at 22 Chebyshev nodes of `(z - k) / (z + k)`, `k = 2.5 sqrt(2)`; within 6e-17 of
/// it. Every coefficient is above zero, so that nothing cancels.
#[rustfmt::skip]
const TAIL_ABOVE: [f64; 11] = [
    0.5, 0.851_665_009_514_691_9, 0.716_991_489_815_091_1, 0.386_417_052_686_761_6,
    0.146_409_345_624_111_54, 0.040_590_348_684_708_004, 0.008_332_134_522_782_832, 0.001_252_723_358_308_769,
    0.000_132_621_056_410_657_18, 8.999_897_693_191_703e-6, 3.015_780_733_390_472e-7,
];
#[rustfmt::skip]
const TAIL_BELOW: [f64; 12] = [
    1.0, 2.501_214_579_832_249_4, 2.929_663_476_133_347_5, 2.125_721_591_680_074_2,
    1.064_294_223_914_402_6, 0.387_222_064_510_356_23, 0.104_839_908_707_152_82, 0.021_216_483_784_033_662,
    0.003_162_671_188_257_457, 0.000_333_187_633_936_009_6, 2.255_939_802_654_067_4e-5, 7.559_441_256_403_973e-7,
];

/// Even and odd powers apart: two short chains of additions run beside each other.
#[inline(always)]
fn polynomial<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    const { assert!(N.is_multiple_of(2)) };
    let square = x * x;
    let (mut even, mut odd) = (coefficients[N - 2], coefficients[N - 1]);
    for pair in coefficients[..N - 2].rchunks_exact(2) {
        even = even.mul_add(square, pair[0]);
        odd = odd.mul_add(square, pair[1]);
    }
    odd.mul_add(x, even)
}

/// Powers from the highest down: the fewest operations, for what is computed beside other rows.
#[inline(always)]
fn horner<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let mut value = coefficients[N - 1];
    for coefficient in coefficients[..N - 1].iter().rev() {
        value = value.mul_add(x, *coefficient);
    }
    value
}

/// `e^x`: zero below -708, and its value at 709 above that, so that it is always finite.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let within = x.clamp(EXP_LOWEST, EXP_HIGHEST);
    let shifted = within.mul_add(LOG2_E, ROUNDING);
    let whole = shifted - ROUNDING;
    let rest = (-whole).mul_add(LN_2_LOW, (-whole).mul_add(LN_2_HIGH, within));
    let scale = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    let value = (rest * rest).mul_add(polynomial(&EXP, rest), rest) + 1.0;
    if x < EXP_LOWEST { 0.0 } else { value * scale }
}

/// Natural logarithm of a positive, normal, finite number.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    let moved = x.to_bits().wrapping_add(ONE_BITS - SQRT_HALF_BITS);
    let exponent = f64::from_bits((moved >> 52) | TWO_52_BITS) - TWO_52_AND_BIAS;
    let mantissa = f64::from_bits((moved & MANTISSA) + SQRT_HALF_BITS);
    of_parts(exponent, (mantissa - 1.0) / (mantissa + 1.0))
}

/// Natural logarithm of `above / below`, which is near `ratio`; all are positive, normal, finite numbers and so is
/// their sum. It keeps its digits where both are nearly the same and their quotient has rounded them away.
#[inline(always)]
pub(crate) fn ln_of_ratio(above: f64, below: f64, ratio: f64) -> f64 {
    let moved = ratio.to_bits().wrapping_add(ONE_BITS - SQRT_HALF_BITS);
    let exponent = f64::from_bits((moved >> 52) | TWO_52_BITS) - TWO_52_AND_BIAS;
    // Times a power of two nothing is rounded, and what is left of two such near numbers is exact.
    let scaled = below * f64::from_bits(moved & !MANTISSA);
    of_parts(exponent, (above - scaled) / (above + scaled))
}

/// Logarithm of `2^exponent (1 + s) / (1 - s)`.
#[inline(always)]
fn of_parts(exponent: f64, s: f64) -> f64 {
    let square = s * s;
    let atanh = (s * square).mul_add(polynomial(&ATANH, square), s);
    exponent.mul_add(LN_2_HIGH, exponent.mul_add(LN_2_LOW, 2.0 * atanh))
}

/// Numerator and denominator of [`scaled_tail`] at `z` from 0 to [`FARTHEST`].
#[inline(always)]
fn tail_parts(z: f64) -> (f64, f64) {
    (horner(&TAIL_ABOVE, z), horner(&TAIL_BELOW, z))
}

/// Probability that a standard normal variable is above `z >= 0`, over `exp(-z^2 / 2)`: J. P. Mills'
/// ratio, over `sqrt(2 pi)`.
#[inline(always)]
pub(crate) fn scaled_tail(z: f64) -> f64 {
    let (above, below) = tail_parts(z.min(FARTHEST));
    above / below
}

/// Standard normal distribution and density at `z`, which may be infinite.
#[inline(always)]
pub(crate) fn normal(z: f64) -> (f64, f64) {
    let size = z.abs().min(TAIL);
    let bell = exp(-0.5 * size * size);
    let tail = bell * scaled_tail(size);
    let below = if z > 0.0 { 1.0 - tail } else { tail };
    (below, bell * INVERSE_SQRT_TWO_PI)
}

/// Standard normal distribution at `one` and `other`, and the density at `one`, where the density at
/// `other` is `ratio` times that. One exponential and one division serve both.
#[inline(always)]
pub(crate) fn normal_pair(one: f64, other: f64, ratio: f64) -> (f64, f64, f64) {
    let size = one.abs().min(TAIL);
    let bell = exp(-0.5 * size * size);
    let (above, below) = tail_parts(size);
    let (other_above, other_below) = tail_parts(other.abs().min(TAIL));
    let shared = bell / (below * other_below);
    let tail = above * (shared * other_below);
    let other_tail = other_above * (shared * below) * ratio;
    (
        if one > 0.0 { 1.0 - tail } else { tail },
        if other > 0.0 {
            1.0 - other_tail
        } else {
            other_tail
        },
        bell * INVERSE_SQRT_TWO_PI,
    )
}

/// Standard normal density at `z`.
#[inline(always)]
pub(crate) fn density(z: f64) -> f64 {
    INVERSE_SQRT_TWO_PI * exp(-0.5 * z * z)
}

/// `1 / sqrt(2 pi)`.
pub(crate) const INVERSE_SQRT_TWO_PI: f64 = 0.398_942_280_401_432_7;

#[cfg(test)]
mod tests {
    use super::{exp, ln, ln_of_ratio, normal};

    fn close(ours: f64, theirs: f64, relative: f64) -> bool {
        (ours - theirs).abs() <= relative * theirs.abs()
    }

    #[test]
    fn exponential_and_logarithm_agree_with_the_standard_library() {
        for step in -70_000..70_000 {
            let x = f64::from(step) * 0.01007;
            assert!(close(exp(x), x.exp(), 4e-16) || x < -708.0, "exp {x}");
            let y = (f64::from(step) * 0.0089).exp();
            assert!(
                (ln(y) - y.ln()).abs() <= 4e-16 * y.ln().abs().max(1e-3),
                "ln {y}"
            );
        }
        assert_eq!(
            (exp(-800.0), exp(f64::NEG_INFINITY), exp(0.0), ln(1.0)),
            (0.0, 0.0, 1.0, 0.0)
        );
        assert!(exp(800.0).is_finite());
    }

    #[test]
    fn the_logarithm_of_near_numbers_keeps_their_difference() {
        for step in 1..2_000 {
            let above = 60.0 + f64::from(step) * 1e-13;
            // Exact: neighbours differ by a multiple of the last bit. Of what follows, a third of 1e-23.
            let gap = (above - 60.0) / 60.0;
            let exact = gap - 0.5 * gap * gap;
            assert!(close(ln_of_ratio(above, 60.0, above / 60.0), exact, 4e-16));
            let (far, near) = (f64::from(step) * 3.7, f64::from(step * 7) + 0.3);
            let expected = far.ln() - near.ln();
            assert!((ln_of_ratio(far, near, far / near) - expected).abs() < 4e-15);
        }
    }

    /// Values of the distribution to 20 digits, computed with 50.
    #[test]
    fn the_normal_distribution_is_exact_in_its_tails() {
        for (z, below) in [
            (-1.0, 0.158_655_253_931_457_05),
            (-8.0, 6.220_960_574_271_784e-16),
            (-20.0, 2.753_624_118_606_233_7e-89),
            (0.5, 0.691_462_461_274_013_1),
            (3.0, 0.998_650_101_968_369_9),
        ] {
            let (ours, density) = normal(z);
            assert!(close(ours, below, 2e-15), "{z}: {ours}");
            let direct = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
            assert!(close(density, direct, 1e-13), "{z}: {density}");
        }
        assert_eq!(
            (normal(f64::INFINITY), normal(f64::NEG_INFINITY)),
            ((1.0, 0.0), (0.0, 0.0))
        );
        assert!(close(normal(0.0).0, 0.5, 2e-16));
    }
}
