//! Peak and off-peak, as dated rules.

use jiff::civil::{Date, Weekday};

use crate::delivery::days::following;
use crate::delivery::holiday::{is_nerc_holiday, is_victorian_holiday};
use crate::delivery::period::DeliveryPeriod;
use crate::delivery::zone::Zone;
use crate::error::DomainError;

/// Which days are off-peak although their weekday is a peak day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holidays {
    /// None: holidays trade as their weekday does.
    None,
    /// The six NERC holidays.
    Nerc,
    /// The public holidays of Victoria, Australia.
    Victoria,
}

/// When a market has peak hours, for the days from `valid_from` up to, not including, `valid_to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PeakRule {
    /// First day of the rule.
    pub valid_from: Date,
    /// First day after the rule; `None` while it is in force.
    pub valid_to: Option<Date>,
    /// Last weekday with peak hours; the first is Monday.
    pub last_weekday: Weekday,
    /// Days without, whatever their weekday.
    pub holidays: Holidays,
    /// First wall-clock hour of the peak, 0 to 23.
    pub from_hour: i8,
    /// First wall-clock hour after the peak, 1 to 24.
    pub to_hour: i8,
    /// Where the rule is written.
    pub source: &'static str,
}

impl PeakRule {
    /// Whether `day` has peak hours.
    #[must_use]
    pub fn has_peak(&self, day: Date) -> bool {
        let is_weekday =
            day.weekday().to_monday_zero_offset() <= self.last_weekday.to_monday_zero_offset();
        let is_holiday = match self.holidays {
            Holidays::None => false,
            Holidays::Nerc => is_nerc_holiday(day),
            Holidays::Victoria => is_victorian_holiday(day),
        };
        is_weekday && !is_holiday
    }

    fn is_in_force(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|after| day < after)
    }
}

/// The peak periods within `period`, in order, by the rule in force on each civil day of `zone`.
///
/// # Errors
/// [`DomainError::NoPeakRule`] when a day has no rule; `place` names the market in it.
pub fn peak_periods(
    place: &str,
    rules: &[PeakRule],
    zone: &Zone,
    period: DeliveryPeriod,
) -> Result<Vec<DeliveryPeriod>, DomainError> {
    let mut peaks = Vec::new();
    let mut day = zone.day(period.start());
    let last = zone.day(period.end().plus_nanos(-1));
    while day <= last {
        let rule = rules.iter().find(|rule| rule.is_in_force(day));
        let rule = rule.ok_or_else(|| DomainError::NoPeakRule {
            place: place.to_owned(),
            day,
        })?;
        if rule.has_peak(day) {
            let start = zone.instant(day, i32::from(rule.from_hour) * 60)?;
            let end = zone.instant(day, i32::from(rule.to_hour) * 60)?;
            let (start, end) = (start.max(period.start()), end.min(period.end()));
            if start < end {
                peaks.push(DeliveryPeriod::new(start, end)?);
            }
        }
        day = following(day)?;
    }
    Ok(peaks)
}

/// What `parts`, in order and apart, leave of `period`.
///
/// # Errors
/// Never for parts that lie in the period.
pub fn rest_of(
    period: DeliveryPeriod,
    parts: &[DeliveryPeriod],
) -> Result<Vec<DeliveryPeriod>, DomainError> {
    let mut rest = Vec::with_capacity(parts.len() + 1);
    let mut at = period.start();
    for part in parts {
        if at < part.start() {
            rest.push(DeliveryPeriod::new(at, part.start())?);
        }
        at = at.max(part.end());
    }
    if at < period.end() {
        rest.push(DeliveryPeriod::new(at, period.end())?);
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::days::{DeliveryDays, Numbering};

    fn rule(valid_from: Date, valid_to: Option<Date>, from_hour: i8, to_hour: i8) -> PeakRule {
        PeakRule {
            valid_from,
            valid_to,
            last_weekday: Weekday::Friday,
            holidays: Holidays::None,
            from_hour,
            to_hour,
            source: "a test",
        }
    }

    #[test]
    fn a_peak_follows_the_rule_in_force_on_each_day() {
        let day = |day| Date::constant(2026, 4, day);
        let rules = [
            rule(day(1), Some(day(8)), 8, 20),
            rule(day(8), Some(day(10)), 16, 21),
        ];
        let zone = Zone::new("Europe/Berlin").unwrap();
        let days = DeliveryDays::new(zone.clone(), 0, Numbering::Clock);
        // Tuesday to Thursday; from Friday on there is no rule.
        let week = days.span(day(7), day(10)).unwrap();
        let peaks = peak_periods("here", &rules, &zone, week).unwrap();
        let hours: Vec<i64> = peaks.iter().map(|peak| peak.seconds() / 3_600).collect();
        assert_eq!(hours, [12, 5, 5]);
        let rest: i64 = rest_of(week, &peaks)
            .unwrap()
            .iter()
            .map(|part| part.seconds())
            .sum();
        assert_eq!(rest, (72 - 22) * 3_600);
        let longer = days.span(day(7), day(11)).unwrap();
        assert!(matches!(
            peak_periods("here", &rules, &zone, longer),
            Err(DomainError::NoPeakRule { .. })
        ));
    }
}
