//! When continuous intraday trading opens, and when the allocation of borders pauses.

use jiff::civil::Date;

use super::{Areas, GateKind, RuleTime, holds};
use crate::delivery::{DeliveryPeriod, Place};
use crate::error::DomainError;
use crate::time::{NANOS_PER_SECOND, Timestamp};

/// An opening at some venues, with the delivery days that it is valid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpeningRule {
    /// Where.
    pub venues: &'static [&'static str],
    /// Between which areas.
    pub areas: Areas,
    /// How long the deliveries are that it is for, in minutes; `None` for all.
    pub minutes: Option<i64>,
    /// First delivery day.
    pub valid_from: Date,
    /// First delivery day after the rule; `None` while it is in force.
    pub valid_to: Option<Date>,
    /// When trading opens.
    pub opens: RuleTime,
    /// Where the rule is written.
    pub source: &'static str,
}

/// A pause of the allocation of borders around an auction, with the delivery days that it is valid
/// for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PauseRule {
    /// Where.
    pub venues: &'static [&'static str],
    /// Around which auction.
    pub auction: GateKind,
    /// Between which areas.
    pub areas: Areas,
    /// First delivery day.
    pub valid_from: Date,
    /// First delivery day after the rule; `None` while it is in force.
    pub valid_to: Option<Date>,
    /// First hour of the delivery day that the auction trades.
    pub from_hour: i8,
    /// When the pause begins.
    pub begins: RuleTime,
    /// How long it lasts, in minutes.
    pub minutes: i64,
    /// Where the rule is written.
    pub source: &'static str,
}

/// An opening found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening<'r> {
    /// First instant at which the delivery can be traded.
    pub opens: Timestamp,
    /// The rule that says so.
    pub rule: &'r OpeningRule,
}

/// A pause found: no capacity is allocated to continuous trades of the delivery in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause<'r> {
    /// First instant of the pause.
    pub begins: Timestamp,
    /// First instant after it.
    pub ends: Timestamp,
    /// The rule that says so.
    pub rule: &'r PauseRule,
}

/// When continuous trading of `delivery` between two areas opens at `venue`, by the first of `rules`
/// that fits; [`super::OPENING_RULES`] are the known.
///
/// # Errors
/// [`DomainError::NoGateRule`] when none fits, and what [`crate::delivery::Zone::instant`] refuses.
pub fn opening<'r>(
    rules: &'r [OpeningRule],
    venue: &str,
    (from, to): (Place, Place),
    delivery: DeliveryPeriod,
) -> Result<Opening<'r>, DomainError> {
    let day = from.calendar.days()?.day_of(delivery.start())?;
    let minutes = delivery.end().nanos_since(delivery.start()) / (60 * NANOS_PER_SECOND);
    let fits = |rule: &&OpeningRule| -> bool {
        rule.venues.contains(&venue)
            && rule.areas.contain(from.name, to.name)
            && rule.minutes.is_none_or(|length| length == minutes)
            && holds(rule.valid_from, rule.valid_to, day)
    };
    let rule = rules.iter().find(fits);
    let rule = rule.ok_or_else(|| DomainError::NoGateRule {
        contract: "intraday opening",
        venue: venue.to_owned(),
        from: from.name,
        to: to.name,
        day,
    })?;
    let opens = rule.opens.instant(delivery.start(), day)?;
    Ok(Opening { opens, rule })
}

/// The pauses of the border of two areas for `delivery` at `venue`, in order of their beginning, by
/// all of `rules` that fit; [`super::PAUSE_RULES`] are the known. A delivery that no auction trades
/// has none.
///
/// # Errors
/// What [`crate::delivery::Zone::instant`] refuses.
pub fn pauses<'r>(
    rules: &'r [PauseRule],
    venue: &str,
    (from, to): (Place, Place),
    delivery: DeliveryPeriod,
) -> Result<Vec<Pause<'r>>, DomainError> {
    let days = from.calendar.days()?;
    let day = days.day_of(delivery.start())?;
    let mut found = Vec::new();
    for rule in rules {
        let fits = rule.venues.contains(&venue)
            && rule.areas.contain(from.name, to.name)
            && holds(rule.valid_from, rule.valid_to, day);
        if !fits {
            continue;
        }
        let minutes = i32::from(rule.from_hour) * 60;
        if minutes > 0 && delivery.start() < days.zone().instant(day, minutes)? {
            continue;
        }
        let begins = rule.begins.instant(delivery.start(), day)?;
        let ends = begins.plus_nanos(rule.minutes * 60 * NANOS_PER_SECOND);
        found.push(Pause { begins, ends, rule });
    }
    found.sort_by_key(|pause| pause.begins);
    Ok(found)
}
