//! Local wall-clock stamps to delivery periods in UTC.

use wattbook_domain::delivery::Zone;
use wattbook_domain::{Timestamp, delivery::Date};

use super::columns::NO_TIME;
use super::error::NormalizationError;
use super::table::SECOND;

/// What a stamp marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The first instant of the delivery period.
    Start,
    /// The first instant after it, as the clock would show it without a change: hour ending.
    End,
}

/// Which of two instants a stamp means that clocks show twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// The first, always.
    First,
    /// The second, always.
    Second,
    /// The first; and the second when the stamp before meant the first or a later instant. For rows
    /// in order of time.
    InOrder,
}

/// Delivery periods of local stamps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalPeriods {
    /// ns UTC; [`NO_TIME`] where clocks never showed the stamp.
    pub delivery_start: Vec<i64>,
    /// ns UTC; [`NO_TIME`] where clocks never showed the stamp.
    pub delivery_end: Vec<i64>,
    /// Whether clocks showed the stamp twice.
    pub is_ambiguous: Vec<bool>,
}

/// The delivery periods of `stamps`, ns since 1970-01-01T00:00 on the clock of `zone`, each `length`
/// ns long. [`NO_TIME`] among them stays what it is.
///
/// A stamp that marks the end is a label, as the field's "hour ending" is: it is moved back by
/// `length` on the clock. On the morning when clocks go forward at 02:00 there is no hour ending
/// 03:00, and when they go back the hour ending 02:00 comes twice (seen in PJM's hourly loads).
///
/// # Errors
/// [`NormalizationError::TimeZone`] for an unknown zone.
pub fn local_periods(
    stamps: &[i64],
    zone: &str,
    mark: Mark,
    length: i64,
    fold: Fold,
) -> Result<LocalPeriods, NormalizationError> {
    let clock = Zone::new(zone).map_err(|_| NormalizationError::TimeZone {
        found: zone.to_owned(),
    })?;
    let mut out = LocalPeriods::default();
    let mut hour = Hour::default();
    let mut before = i64::MIN;
    for stamp in stamps {
        let shown = match mark {
            Mark::Start => *stamp,
            Mark::End => stamp.saturating_sub(length),
        };
        let found = if *stamp == NO_TIME {
            [None, None]
        } else {
            hour.instants(&clock, shown)
        };
        let instant = match (found, fold) {
            ([Some(first), None], _) | ([Some(first), Some(_)], Fold::First) => Some(first),
            ([Some(_), Some(second)], Fold::Second) => Some(second),
            ([Some(first), Some(second)], Fold::InOrder) => {
                Some(if before >= first { second } else { first })
            }
            ([None, _], _) => None,
        };
        if let Some(instant) = instant {
            before = instant;
        }
        let end = instant.map_or(NO_TIME, |it| it.saturating_add(length));
        out.delivery_start.push(instant.unwrap_or(NO_TIME));
        out.delivery_end.push(end);
        out.is_ambiguous.push(found[1].is_some());
    }
    Ok(out)
}

/// Offsets that clocks may have had in a quarter of an hour of wall time; looked up once for the
/// stamps of it that follow each other.
#[derive(Default)]
struct Hour {
    quarter: Option<i64>,
    /// In ns, the earlier instant first.
    offsets: [Option<i64>; 2],
}

const QUARTER: i64 = 900 * SECOND;

impl Hour {
    /// The instants at which clocks show `stamp`.
    fn instants(&mut self, zone: &Zone, stamp: i64) -> [Option<i64>; 2] {
        let quarter = stamp.div_euclid(QUARTER);
        if self.quarter != Some(quarter) {
            self.quarter = Some(quarter);
            self.offsets = offsets(zone, quarter.saturating_mul(QUARTER));
        }
        self.offsets
            .map(|offset| offset.and_then(|offset| stamp.checked_sub(offset)))
    }
}

/// The offsets for which the clock shows `stamp`, the larger (earlier instant) first.
fn offsets(zone: &Zone, stamp: i64) -> [Option<i64>; 2] {
    // An offset in force within a day around the stamp is one of those in force at the day's ends
    // or at the stamp taken for UTC.
    let around = [-24, -12, 0, 12, 24].map(|hours| {
        let at = stamp.saturating_add(hours * 3_600 * SECOND);
        zone.offset_seconds(Timestamp::from_nanos(at)) * SECOND
    });
    let mut found = [None, None];
    let mut candidates = around;
    candidates.sort_unstable_by(|a, b| b.cmp(a));
    let mut last = None;
    for offset in candidates {
        if last == Some(offset) {
            continue;
        }
        last = Some(offset);
        let Some(instant) = stamp.checked_sub(offset) else {
            continue;
        };
        let shows = zone.offset_seconds(Timestamp::from_nanos(instant)) * SECOND == offset;
        if shows {
            let place = usize::from(found[0].is_some());
            found[place] = Some(offset);
        }
    }
    found
}

/// Midnight of a day as a stamp, ns since 1970-01-01T00:00 on the same clock.
#[must_use]
pub fn midnight(day: Date) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    day.duration_since(epoch).as_secs().saturating_mul(SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600 * SECOND;
    const ZONES: [&str; 5] = [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Etc/GMT-10",
        "Asia/Kolkata",
    ];

    proptest! {
        #[test]
        fn what_clocks_show_is_read_back(
            zone in prop::sample::select(ZONES.to_vec()), day in 0_i64..25_000, quarter in 0_i64..96,
        ) {
            let instant = (day * 86_400 + quarter * 900) * SECOND;
            let clock = Zone::new(zone).unwrap();
            let stamp = instant + clock.offset_seconds(Timestamp::from_nanos(instant)) * SECOND;
            let read = |fold| {
                let periods = local_periods(&[stamp], zone, Mark::Start, 900 * SECOND, fold).unwrap();
                (periods.delivery_start[0], periods.is_ambiguous[0])
            };
            let (first, ambiguous) = read(Fold::First);
            let (second, _) = read(Fold::Second);
            prop_assert!(first == instant || second == instant);
            prop_assert_eq!(first != second, ambiguous);
        }
    }

    #[test]
    fn days_of_23_and_25_hours_come_out_whole() {
        let hours = |day: Date, skipped: Option<i64>, twice: Option<i64>| {
            let base = midnight(day);
            let mut stamps: Vec<i64> = (0..24).map(|hour| base + hour * HOUR).collect();
            stamps.retain(|it| skipped.is_none_or(|hour| *it != base + hour * HOUR));
            if let Some(hour) = twice {
                let at = stamps
                    .iter()
                    .position(|it| *it == base + hour * HOUR)
                    .unwrap();
                stamps.insert(at, base + hour * HOUR);
            }
            local_periods(&stamps, "Europe/Berlin", Mark::Start, HOUR, Fold::InOrder).unwrap()
        };
        for (day, skipped, twice, count) in [
            (Date::constant(2026, 3, 29), Some(2), None, 23),
            (Date::constant(2026, 10, 25), None, Some(2), 25),
        ] {
            let found = hours(day, skipped, twice);
            assert_eq!(found.delivery_start.len(), count);
            let steps = found
                .delivery_start
                .windows(2)
                .map(|pair| pair[1] - pair[0]);
            assert!(steps.into_iter().all(|step| step == HOUR), "{day}");
        }
    }

    #[test]
    fn a_time_that_clocks_skip_has_no_period() {
        let skipped = midnight(Date::constant(2026, 3, 29)) + 2 * HOUR + HOUR / 2;
        let stamps = [skipped, NO_TIME];
        let found =
            local_periods(&stamps, "Europe/Berlin", Mark::Start, HOUR, Fold::First).unwrap();
        assert_eq!(found.delivery_start, [NO_TIME, NO_TIME]);
        assert!(local_periods(&[], "Mars/Olympus", Mark::Start, HOUR, Fold::First).is_err());
    }

    #[test]
    fn hours_ending_follow_each_other_through_both_changes() {
        let ending = |day: Date, hours: &[i64]| {
            let stamps: Vec<i64> = hours
                .iter()
                .map(|hour| midnight(day) + hour * HOUR)
                .collect();
            local_periods(&stamps, "America/New_York", Mark::End, HOUR, Fold::InOrder).unwrap()
        };
        let spring = ending(Date::constant(2016, 3, 13), &[1, 2, 4, 5]);
        let autumn = ending(Date::constant(2016, 11, 6), &[1, 2, 2, 3]);
        for found in [spring, autumn] {
            assert!(
                found
                    .delivery_start
                    .windows(2)
                    .all(|pair| pair[1] - pair[0] == HOUR)
            );
        }
        let skipped = ending(Date::constant(2016, 3, 13), &[3]);
        assert_eq!(skipped.delivery_start, [NO_TIME]);
    }
}
