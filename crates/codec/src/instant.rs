//! Times as publishers write them, to nanoseconds.

const SECOND: i64 = 1_000_000_000;

/// A time as written: what the clock shows as if it were UTC, and how far it is ahead of UTC where the
/// text says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Nanoseconds since 1970 of the digits, taken as UTC.
    pub wall: i64,
    /// Seconds that the clock is ahead of UTC.
    pub offset_seconds: Option<i64>,
}

/// The time that `text` writes: `2025-03-31T08:40:00.5Z`, `2018/04/01 00:05:00`, `03/31/2025 08:40`,
/// `2022-10-31T11`, `2025-03-10 1:00:00 PM`, `2025-03-10`; with `Z` or an offset where it has one. Months
/// stand before days when the year stands last. Years 1900 to 2261.
#[must_use]
pub fn written(text: &[u8]) -> Option<Written> {
    let mut rest = text;
    let first = digits(&mut rest)?;
    let separator = *rest.first()?;
    if !matches!(separator, b'-' | b'/') {
        return None;
    }
    rest = rest.get(1..)?;
    let second = digits(&mut rest)?;
    rest = rest.strip_prefix(&[separator])?;
    let third = digits(&mut rest)?;
    let (year, month, day) = match (first.1, third.1) {
        (4, 1..=2) => (first.0, second.0, third.0),
        (1..=2, 4) => (third.0, first.0, second.0),
        _ => return None,
    };
    let days = days(year, month, day)?;
    let mut seconds = 0;
    let mut nanos = 0;
    if let Some(clock) = rest.strip_prefix(b"T").or(rest.strip_prefix(b" ")) {
        rest = clock;
        (seconds, nanos) = time_of_day(&mut rest)?;
    }
    let offset_seconds = match rest {
        [] => None,
        rest => Some(offset(rest)?),
    };
    Some(Written {
        wall: (days * 86_400 + seconds) * SECOND + nanos,
        offset_seconds,
    })
}

/// Value and number of the digits that `rest` begins with, at most nine of them.
fn digits(rest: &mut &[u8]) -> Option<(i64, usize)> {
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 || count > 9 {
        return None;
    }
    let (found, behind) = rest.split_at(count);
    *rest = behind;
    let value = found
        .iter()
        .fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
    Some((value, count))
}

fn time_of_day(rest: &mut &[u8]) -> Option<(i64, i64)> {
    let part = |rest: &mut &[u8], most: i64| {
        let (value, count) = digits(rest)?;
        (value < most && count <= 2).then_some(value)
    };
    let mut hour = part(rest, 24)?;
    let (mut minute, mut second, mut nanos) = (0, 0, 0);
    if let Some(behind) = rest.strip_prefix(b":") {
        *rest = behind;
        minute = part(rest, 60)?;
        if let Some(behind) = rest.strip_prefix(b":") {
            *rest = behind;
            second = part(rest, 60)?;
            if let Some(behind) = rest.strip_prefix(b".") {
                *rest = behind;
                let (value, count) = digits(rest)?;
                nanos = value * 10_i64.pow(9 - count as u32);
            }
        }
    }
    for (mark, added) in [(b" AM", 0), (b" PM", 12)] {
        if let Some(behind) = rest.strip_prefix(mark) {
            *rest = behind;
            hour = (1..=12).contains(&hour).then_some(hour % 12 + added)?;
            break;
        }
    }
    Some((hour * 3_600 + minute * 60 + second, nanos))
}

/// The offset that `rest` writes and nothing else: `Z`, `+10:00`, `+1000`, `+10`.
fn offset(rest: &[u8]) -> Option<i64> {
    let (sign, mut rest) = match rest {
        b"Z" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match digits(&mut rest)? {
        (value, 4) => (value / 100, value % 100),
        (hours, 2) => match rest.strip_prefix(b":") {
            Some(behind) => {
                rest = behind;
                (hours, digits(&mut rest).filter(|found| found.1 == 2)?.0)
            }
            None => (hours, 0),
        },
        _ => return None,
    };
    let is_offset = rest.is_empty() && hours <= 15 && minutes < 60;
    is_offset.then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1900..=2261).contains(&year) || !(1..=longest).contains(&day) {
        return None;
    }
    // Years that begin in March, so that the leap day ends one: 400 of them have 146,097 days.
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(text: &str) -> Option<i64> {
        written(text.as_bytes()).map(|time| time.wall)
    }

    #[test]
    fn every_day_counts_on_from_the_one_before() {
        let mut wanted = -25_567; // 1900-01-01
        for year in 1900..=2261 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(found) = days(year, month, day) {
                        assert_eq!(found, wanted, "{year}-{month}-{day}");
                        wanted += 1;
                    }
                }
            }
        }
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(wanted, days(2261, 12, 31).map_or(0, |day| day + 1));
    }

    #[test]
    fn publishers_write_times_in_many_ways() {
        let second = 1_522_540_800;
        assert_eq!(wall("2018/04/01 00:00:00"), Some(second * SECOND));
        assert_eq!(wall("04/01/2018 00:00"), Some(second * SECOND));
        assert_eq!(wall("2018-04-01"), Some(second * SECOND));
        assert_eq!(wall("2018-04-01T01"), Some((second + 3_600) * SECOND));
        assert_eq!(wall("2018-04-01 12:00:00 AM"), Some(second * SECOND));
        assert_eq!(
            wall("2018-04-01 1:00:00 PM"),
            Some((second + 46_800) * SECOND)
        );
        assert_eq!(
            wall("2018-04-01T00:00:00.5"),
            Some(second * SECOND + SECOND / 2)
        );
        let offset = |text: &str| written(text.as_bytes()).and_then(|time| time.offset_seconds);
        assert_eq!(offset("2025-03-17T00:00:00.000-04:00"), Some(-14_400));
        assert_eq!(offset("2025-03-17T00:00:00Z"), Some(0));
        assert_eq!(offset("2025-03-17T00:00:00+1000"), Some(36_000));
        assert_eq!(offset("2025-03-17T00:00:00"), None);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "2018",
            "2018/04-01",
            "2018/13/01",
            "2018/02/29",
            "2018/04/01 24:00:00",
            "31/12/2018",
            "2018/04/01 00:00:00 XM",
            "2018/04/01 13:00 PM",
            "2018/04/01T",
            "2018/04/01 00:00:00+",
            "2018/04/01 00:00:00.1234567890",
            "12/31/18",
        ] {
            assert_eq!(wall(text), None, "{text}");
        }
    }
}
