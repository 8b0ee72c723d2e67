//! Random numbers from one seed: the same on every machine and in every version.

/// A xoshiro256++ generator. All draws are integer arithmetic.
///
/// Source: Blackman and Vigna (2021), Scrambled linear pseudorandom number generators, section 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The generator of `seed` for the `stream`-th user of it: streams do not disturb each other, so a
    /// participant draws the same numbers whatever the others do.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut mixer = SplitMix(seed ^ SplitMix(stream).next());
        Self {
            state: std::array::from_fn(|_| mixer.next()),
        }
    }

    /// The next 64 bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let drawn = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        drawn
    }

    /// A whole number from 0 to below `limit`, each as likely but for a bias below `limit` / 2^64; 0 when
    /// `limit` is 0.
    #[inline]
    pub fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(limit)) >> 64) as u64
    }

    /// A whole number from `low` to `high`, both included; `low` when `high` is below it.
    #[inline]
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.saturating_sub(low).saturating_add(1).max(1);
        low.saturating_add(self.below(span as u64) as i64)
    }

    /// An exponential waiting time of mean `mean_ns`, in ns: the gaps of a Poisson process. At least 1.
    #[inline]
    pub fn exponential_ns(&mut self, mean_ns: i64) -> i64 {
        // −ln u = (64 − log2 x) · ln 2 for x = u · 2^64, in 2^-32; ln 2 = 2977044472 / 2^32.
        let bits = (64_u64 << 32) - log2_q32(self.next_u64() | 1);
        let scaled = (u128::from(bits) * 2_977_044_472) >> 32;
        let wait = (u128::from(mean_ns.max(1) as u64) * scaled) >> 32;
        i64::try_from(wait).unwrap_or(i64::MAX).max(1)
    }
}

/// Base-2 logarithm of `value` (at least 1) in 2^-32, exact to 2^-16: one bit a squaring.
fn log2_q32(value: u64) -> u64 {
    let whole = 63 - u64::from(value.leading_zeros());
    // The mantissa in [1, 2) as 2^-31.
    let mut mantissa = (value << (63 - whole)) >> 32;
    let mut fraction = 0_u64;
    for bit in 0..16 {
        mantissa = (mantissa * mantissa) >> 31;
        if mantissa >> 32 != 0 {
            mantissa >>= 1;
            fraction |= 1 << (31 - bit);
        }
    }
    (whole << 32) | fraction
}

/// Spreads a seed over the state.
///
/// Source: Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_numbers() {
        // The first outputs of xoshiro256++ from state 1, 2, 3, 4, as its authors' C code prints them.
        let mut rng = Rng {
            state: [1, 2, 3, 4],
        };
        let drawn: Vec<u64> = (0..4).map(|_| rng.next_u64()).collect();
        assert_eq!(
            drawn,
            [
                41_943_041,
                58_720_359,
                3_588_806_011_781_223,
                3_591_011_842_654_386
            ]
        );
    }

    #[test]
    fn waiting_times_have_the_mean_and_spread_of_an_exponential() {
        let mut rng = Rng::new(1, 0);
        let waits: Vec<f64> = (0..200_000)
            .map(|_| rng.exponential_ns(1_000_000) as f64 / 1e6)
            .collect();
        let mean = waits.iter().sum::<f64>() / waits.len() as f64;
        let above = waits.iter().filter(|wait| **wait > 1.0).count() as f64 / waits.len() as f64;
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
        assert!((above - (-1.0_f64).exp()).abs() < 0.005, "{above}");
    }

    #[test]
    fn streams_of_a_seed_differ_and_repeat() {
        let draw = |seed, stream| Rng::new(seed, stream).next_u64();
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
        let mut rng = Rng::new(3, 3);
        assert!((0..1_000).all(|_| (-2..=5).contains(&rng.between(-2, 5))));
        assert_eq!(rng.between(4, 3), 4);
        assert_eq!(rng.below(0), 0);
    }
}
