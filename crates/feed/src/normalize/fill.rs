//! Values for delivery periods of which none was observed, made up by a stated method.

use std::str::FromStr;

use super::error::NormalizationError;

/// How a missing value is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// On the straight line between the observations around it.
    Linear,
    /// The last observation.
    LastKnown,
    /// The observation 24 hours before.
    DayBefore,
    /// The observation seven times 24 hours before.
    WeekBefore,
    /// The shape of the week before, scaled by the observations around the gap.
    Shape,
}

const METHODS: [(&str, Method); 5] = [
    ("linear", Method::Linear),
    ("last_known", Method::LastKnown),
    ("day_before", Method::DayBefore),
    ("week_before", Method::WeekBefore),
    ("shape", Method::Shape),
];

impl FromStr for Method {
    type Err = NormalizationError;

    fn from_str(text: &str) -> Result<Self, NormalizationError> {
        let found = METHODS.iter().find(|(name, _)| *name == text);
        found
            .map(|(_, method)| *method)
            .ok_or_else(|| NormalizationError::Name {
                kind: "method",
                found: text.to_owned(),
                allowed: "linear, last_known, day_before, week_before, shape",
            })
    }
}

const DAY: i64 = 86_400_000_000_000;

/// A value that was observed or made up; which of both stays with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Filled {
    /// As observed.
    Observed(f64),
    /// Made up. There is no way from here to a price that is settled or matched on.
    MadeUp(f64),
    /// Neither: the method has nothing to go by, or the gap is longer than allowed.
    Missing,
}

impl Filled {
    /// The number, whichever it is; NaN where there is none. For models.
    #[must_use]
    pub const fn model_value(self) -> f64 {
        match self {
            Self::Observed(value) | Self::MadeUp(value) => value,
            Self::Missing => f64::NAN,
        }
    }

    /// The observation, if it is one: all that settlement and matching may see.
    #[must_use]
    pub const fn observed(self) -> Option<f64> {
        match self {
            Self::Observed(value) => Some(value),
            Self::MadeUp(_) | Self::Missing => None,
        }
    }
}

/// One value for every delivery start from the first of `start` to the last in steps of `step` ns:
/// observations where there are, and for gaps of at most `longest` periods what `method` makes of
/// the observations.
///
/// Only observations are gone by, never values that were made up. `start` rises strictly, and
/// starts off the steps count for nothing; a NaN is a missing value.
///
/// # Errors
/// [`NormalizationError::Name`] where `step` is not above zero or the starts do not rise.
pub fn filled(
    start: &[i64],
    value: &[f64],
    step: i64,
    method: Method,
    longest: usize,
) -> Result<Vec<(i64, Filled)>, NormalizationError> {
    let refused = |found: String, allowed| NormalizationError::Name {
        kind: "series",
        found,
        allowed,
    };
    if step <= 0 {
        return Err(refused(format!("step {step}"), "steps above zero"));
    }
    if start.len() != value.len() || start.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(refused(
            "starts".to_owned(),
            "starts that rise, one for each value",
        ));
    }
    let (Some(first), Some(last)) = (start.first(), start.last()) else {
        return Ok(Vec::new());
    };
    let periods = usize::try_from(last.saturating_sub(*first) / step).unwrap_or(usize::MAX);
    if periods > 10_000_000 {
        return Err(refused(
            format!("{periods} periods"),
            "ten million at most; fill in parts",
        ));
    }
    let mut observed = vec![f64::NAN; periods + 1];
    for (start, value) in start.iter().zip(value) {
        if (start - first) % step == 0 {
            observed[((start - first) / step) as usize] = *value;
        }
    }
    let mut out = Vec::with_capacity(observed.len());
    let mut at = 0;
    while at < observed.len() {
        if observed[at].is_nan() {
            let gap = observed[at..].iter().take_while(|it| it.is_nan()).count();
            for place in at..at + gap {
                let made_up = if gap <= longest {
                    guess(&observed, (at, at + gap), place, step, method)
                } else {
                    None
                };
                out.push(
                    made_up
                        .filter(|it| it.is_finite())
                        .map_or(Filled::Missing, Filled::MadeUp),
                );
            }
            at += gap;
        } else {
            out.push(Filled::Observed(observed[at]));
            at += 1;
        }
    }
    let starts = (0..).map(|place| first + place * step);
    Ok(starts.zip(out).collect())
}

/// The value at `place` of the gap `[from, to)`.
fn guess(
    observed: &[f64],
    (from, to): (usize, usize),
    place: usize,
    step: i64,
    method: Method,
) -> Option<f64> {
    let back = |place: usize, days: i64| -> Option<f64> {
        let steps = (days * DAY) / step;
        if (days * DAY) % step != 0 {
            return None;
        }
        let at = place.checked_sub(usize::try_from(steps).ok()?)?;
        observed.get(at).copied().filter(|it| !it.is_nan())
    };
    let before = from.checked_sub(1).map(|at| observed[at]);
    let after = observed.get(to).copied();
    // Share of the way from the observation before the gap to the one after it.
    let share = (place + 1 - from) as f64 / (to + 1 - from) as f64;
    match method {
        Method::Linear => Some(before? + (after? - before?) * share),
        Method::LastKnown => before,
        Method::DayBefore => back(place, 1),
        Method::WeekBefore => back(place, 7),
        Method::Shape => {
            // What the shape is off by at both ends is spread over the gap; a difference and not a
            // ratio, because prices cross zero.
            let off = |at: Option<usize>, value: Option<f64>| Some(value? - back(at?, 7)?);
            let left = off(from.checked_sub(1), before);
            let right = off(Some(to), after);
            let shift = match (left, right) {
                (Some(left), Some(right)) => left + (right - left) * share,
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => return None,
            };
            Some(back(place, 7)? + shift)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000_000_000;

    proptest! {
        #[test]
        fn observations_stay_and_nothing_else_is_called_observed(
            holes in prop::collection::btree_set(1_usize..399, 0..200), longest in 0_usize..60,
            method in prop::sample::select(METHODS.map(|it| it.1).to_vec()),
        ) {
            let kept: Vec<usize> = (0..400).filter(|it| !holes.contains(it)).collect();
            let start: Vec<i64> = kept.iter().map(|it| *it as i64 * HOUR).collect();
            let value: Vec<f64> = kept.iter().map(|it| (*it % 24) as f64 - 12.0).collect();
            let out = filled(&start, &value, HOUR, method, longest).unwrap();
            prop_assert_eq!(out.len(), 400);
            for (place, (start, filled)) in out.iter().enumerate() {
                prop_assert_eq!(*start, place as i64 * HOUR);
                prop_assert_eq!(filled.observed().is_some(), !holes.contains(&place));
                if longest == 0 && holes.contains(&place) {
                    prop_assert_eq!(*filled, Filled::Missing);
                }
            }
        }

        #[test]
        fn a_shape_that_repeats_is_found_again(shift in -5_i32..5) {
            // Two weeks of one daily shape, the second higher by `shift`, with a hole of six hours.
            let shape = |hour: usize| ((hour % 24) as f64 - 7.5).abs();
            let start: Vec<i64> = (0..336).filter(|it| !(250..256).contains(it)).map(|it| it * HOUR).collect();
            let value: Vec<f64> = start
                .iter()
                .map(|it| (it / HOUR) as usize)
                .map(|hour| shape(hour) + if hour >= 168 { f64::from(shift) } else { 0.0 })
                .collect();
            let out = filled(&start, &value, HOUR, Method::Shape, 24).unwrap();
            for (hour, (_, found)) in out.iter().enumerate().skip(250).take(6) {
                let expected = shape(hour) + f64::from(shift);
                prop_assert_eq!(*found, Filled::MadeUp(expected));
            }
        }
    }

    #[test]
    fn each_method_does_what_it_says() {
        let start = [0, 24, 25, 28].map(|it| it * HOUR);
        let value = [7.0, 10.0, 20.0, 50.0];
        let of = |method: &str| {
            let out = filled(&start, &value, HOUR, method.parse().unwrap(), 3).unwrap();
            (out[26].1, out[27].1, out[5].1)
        };
        let made = Filled::MadeUp;
        assert_eq!(of("linear"), (made(30.0), made(40.0), Filled::Missing));
        assert_eq!(of("last_known"), (made(20.0), made(20.0), Filled::Missing));
        assert_eq!(
            of("day_before"),
            (Filled::Missing, Filled::Missing, Filled::Missing)
        );
        assert!("spline".parse::<Method>().is_err());
        assert!(filled(&[1, 1], &[0.0, 0.0], 1, Method::Linear, 1).is_err());
    }
}
