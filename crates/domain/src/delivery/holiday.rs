//! The holidays that US power markets trade as off-peak days.

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
