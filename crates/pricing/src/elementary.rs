//! Elementary functions without branches, so that a loop over them runs in vector registers.
//!
//! Every step is one IEEE 754 operation or a fused multiply-add, in one fixed order: a value is
//! the same on every processor and for every length of batch. The polynomials are Chebyshev
//! interpolants, written in powers; each is accurate to the last bits of a double.

use std::f64::consts::{FRAC_1_SQRT_2, LOG2_E};

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

/// `(1 + 2x) exp(x^2) erfc(x)` in powers of `(x - 3.75) / (x + 3.75)`; the form is that of
/// M. M. Shepherd and J. G. Laframboise, Mathematics of Computation 36 (1981), 249-253.
#[rustfmt::skip]
const SCALED_ERFC: [f64; 24] = [
    1.237_512_630_837_827_5, -0.140_240_598_585_546_97, 0.003_585_415_485_479_025_7, 0.082_276_738_490_145_2,
    -0.108_803_930_142_444_62, 0.092_304_321_160_377_48, -0.058_693_398_576_649_34, 0.028_362_277_418_956_406,
    -0.009_746_579_683_265_262, 0.001_755_625_852_895_295_4, 0.000_293_714_378_044_958, -0.000_290_154_080_540_841_7,
    5.164_652_974_177_416e-5, 2.238_423_915_508_223e-5, -1.143_804_803_334_689_4e-5, -9.735_598_967_367_75e-7,
    1.741_982_158_622_481_6e-6, -5.721_823_060_322_408_6e-8, -2.485_712_624_801_674_5e-7, 2.326_350_870_885_912_4e-8,
    3.197_926_671_666_804e-8, -3.744_210_080_962_018e-9, -2.623_107_347_133_476e-9, 3.111_433_380_979_925_4e-10,
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

/// As [`polynomial`], in four chains, for what waits for nothing else.
#[inline(always)]
fn long_polynomial<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    const { assert!(N.is_multiple_of(4)) };
    let square = x * x;
    let fourth = square * square;
    let mut chains = [N - 4, N - 3, N - 2, N - 1].map(|power| coefficients[power]);
    for four in coefficients[..N - 4].rchunks_exact(4) {
        for (chain, next) in chains.iter_mut().zip(four) {
            *chain = chain.mul_add(fourth, *next);
        }
    }
    let [first, second, third, last] = chains;
    last.mul_add(x, third)
        .mul_add(square, second.mul_add(x, first))
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
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let atanh = (s * square).mul_add(polynomial(&ATANH, square), s);
    exponent.mul_add(LN_2_HIGH, exponent.mul_add(LN_2_LOW, 2.0 * atanh))
}

/// `exp(x^2) erfc(x)` for `x >= 0`, with one division for both of its quotients.
#[inline(always)]
pub(crate) fn scaled_erfc(x: f64) -> f64 {
    let (moved, slope) = (x + 3.75, 2.0f64.mul_add(x, 1.0));
    let inverse = 1.0 / (moved * slope);
    long_polynomial(&SCALED_ERFC, (x - 3.75) * (inverse * slope)) * (inverse * moved)
}

/// Standard normal distribution and density at `z`, which may be infinite.
#[inline(always)]
pub(crate) fn normal(z: f64) -> (f64, f64) {
    let size = z.abs().min(TAIL);
    let bell = exp(-0.5 * size * size);
    let tail = 0.5 * bell * scaled_erfc(size * FRAC_1_SQRT_2);
    let below = if z > 0.0 { 1.0 - tail } else { tail };
    (below, bell * INVERSE_SQRT_TWO_PI)
}

/// Where the polynomial of [`scaled_erfc`] is taken for two distributions, and its factor for each.
#[derive(Clone, Copy)]
pub(crate) struct Tails {
    pub at: f64,
    pub factor: f64,
    pub other_at: f64,
    pub other_factor: f64,
}

/// Prepares the normal distributions at `one` and `other` for [`normal_pair`]; one division serves both.
#[inline(always)]
pub(crate) fn tails(one: f64, other: f64) -> Tails {
    let (x, y) = (
        one.abs().min(TAIL) * FRAC_1_SQRT_2,
        other.abs().min(TAIL) * FRAC_1_SQRT_2,
    );
    let (moved, slope) = (x + 3.75, 2.0f64.mul_add(x, 1.0));
    let (other_moved, other_slope) = (y + 3.75, 2.0f64.mul_add(y, 1.0));
    let (first, second) = (moved * slope, other_moved * other_slope);
    let inverse = 1.0 / (first * second);
    let (per_first, per_second) = (inverse * second, inverse * first);
    Tails {
        at: (x - 3.75) * (per_first * slope),
        factor: per_first * moved,
        other_at: (y - 3.75) * (per_second * other_slope),
        other_factor: per_second * other_moved,
    }
}

/// Standard normal distribution at `one` and `other`, whose [`tails`] are given, and the density at
/// `one`, where the density at `other` is `ratio` times that. One exponential serves both.
#[inline(always)]
pub(crate) fn normal_pair(one: f64, other: f64, ratio: f64, tails: Tails) -> (f64, f64, f64) {
    let size = one.abs().min(TAIL);
    let bell = exp(-0.5 * size * size);
    let tail = 0.5 * bell * (long_polynomial(&SCALED_ERFC, tails.at) * tails.factor);
    let other_erfc = long_polynomial(&SCALED_ERFC, tails.other_at) * tails.other_factor;
    let other_tail = 0.5 * (bell * ratio) * other_erfc;
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
    use super::{exp, ln, normal};

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
