//! The holidays that power markets trade as off-peak days.

use jiff::civil::{Date, Weekday};

/// Whether `day` is one of the six NERC holidays.
///
/// New Year's Day, Independence Day and Christmas Day move to Monday when they fall on a Sunday and
/// stay on a Saturday; Memorial Day, Labor Day and Thanksgiving Day have their weekday. NERC,
/// "Additional Off-peak Days", Resources Subcommittee.
#[must_use]
pub fn is_nerc_holiday(day: Date) -> bool {
    let (month, of_month, weekday) = (day.month(), day.day(), day.weekday());
    let is_fixed = |holiday_month, holiday| {
        let moved = weekday == Weekday::Monday && of_month == holiday + 1;
        month == holiday_month && ((of_month == holiday && weekday != Weekday::Sunday) || moved)
    };
    let is_memorial = month == 5 && weekday == Weekday::Monday && of_month > 24;
    let is_labor = month == 9 && weekday == Weekday::Monday && of_month <= 7;
    let is_thanksgiving =
        month == 11 && weekday == Weekday::Thursday && (22..=28).contains(&of_month);
    is_fixed(1, 1)
        || is_fixed(7, 4)
        || is_fixed(12, 25)
        || is_memorial
        || is_labor
        || is_thanksgiving
}

/// The Fridays before the grand final of the Australian football league, by proclamation, and the
/// day of mourning of 2022. Victoria Government Gazette.
const PROCLAIMED: [(i16, i8, i8); 12] = [
    (2016, 9, 30),
    (2017, 9, 29),
    (2018, 9, 28),
    (2019, 9, 27),
    (2020, 10, 23),
    (2021, 9, 24),
    (2022, 9, 22),
    (2022, 9, 23),
    (2023, 9, 29),
    (2024, 9, 27),
    (2025, 9, 26),
    (2026, 9, 25),
];

/// Whether `day`, a weekday from 2016 to 2026, is a public holiday in Victoria, Australia.
///
/// New Year's Day, Australia Day, Christmas Day and Boxing Day move off a weekend, Anzac Day does
/// not. Public Holidays Act 1993 (Vic).
#[must_use]
pub fn is_victorian_holiday(day: Date) -> bool {
    use Weekday::{Friday, Monday, Tuesday};
    let (month, of_month, weekday) = (day.month(), day.day(), day.weekday());
    let is_monday_of =
        |first: i8, last: i8| weekday == Monday && (first..=last).contains(&of_month);
    match (month, of_month) {
        (1, 1 | 26) | (4, 25) | (12, 25 | 26) => true,
        (1, _) => is_monday_of(2, 3) || is_monday_of(27, 28),
        (3 | 6, 8..=14) if weekday == Monday => true,
        (3 | 4, _) => match weekday {
            Friday => is_easter_sunday(day, 2),
            Monday => is_easter_sunday(day, -1),
            _ => false,
        },
        (11, 1..=7) => weekday == Tuesday,
        (12, 27 | 28) => matches!(weekday, Monday | Tuesday),
        _ => PROCLAIMED.contains(&(day.year(), month, of_month)),
    }
}

/// Whether Easter Sunday is so many days after `day`. Meeus, Jones and Butcher's algorithm.
fn is_easter_sunday(day: Date, days_after: i64) -> bool {
    let year = i64::from(day.year());
    let (golden, century, of_century) = (year % 19, year / 100, year % 100);
    let correction = (8 * century + 13) / 25;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let to_sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    let from_march = epact + to_sunday - 7 * late + 114;
    let easter = Date::new(
        day.year(),
        (from_march / 31) as i8,
        (from_march % 31 + 1) as i8,
    );
    let moved = day.checked_add(jiff::ToSpan::days(days_after));
    matches!((easter, moved), (Ok(easter), Ok(moved)) if easter == moved)
}

/// The NERC holidays of `year`, in order.
#[must_use]
pub fn nerc_holidays(year: i16) -> Vec<Date> {
    let Ok(first) = Date::new(year, 1, 1) else {
        return Vec::new();
    };
    let days = first.series(jiff::ToSpan::days(1));
    days.take_while(|day| day.year() == year)
        .filter(|day| is_nerc_holiday(*day))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NERC, "Additional Off-peak Days 2010-2015", the first two years of the list.
    #[test]
    fn the_holidays_of_2010_and_2011_are_those_that_nerc_published() {
        let days = |year| -> Vec<String> {
            nerc_holidays(year)
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        let of_2010 = [
            "2010-01-01",
            "2010-05-31",
            "2010-07-05",
            "2010-09-06",
            "2010-11-25",
            "2010-12-25",
        ];
        let of_2011 = [
            "2011-01-01",
            "2011-05-30",
            "2011-07-04",
            "2011-09-05",
            "2011-11-24",
            "2011-12-26",
        ];
        assert_eq!(days(2010), of_2010);
        assert_eq!(days(2011), of_2011);
    }

    #[test]
    fn every_year_has_six_and_none_on_a_sunday() {
        for year in 2000..2100 {
            let holidays = nerc_holidays(year);
            assert_eq!(holidays.len(), 6, "{year}");
            assert!(holidays.iter().all(|day| day.weekday() != Weekday::Sunday));
        }
    }
}
