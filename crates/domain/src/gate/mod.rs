//! Gates: until when a delivery can be traded, as data.
//!
//! A rule holds for venues, a kind of contract, a pair of delivery areas and the delivery days of
//! its validity. The first rule of the table that fits decides, so an exception stands above the
//! rule that it breaks. Refusing what comes after the gate is the engine's.

mod intraday;
mod intraday_rules;
mod rules;

pub use intraday::{Opening, OpeningRule, Pause, PauseRule, opening, pauses};
pub use intraday_rules::{OPENING_RULES, PAUSE_RULES};
pub use rules::GATE_RULES;

use jiff::civil::Date;

use crate::delivery::{DeliveryPeriod, Place, Zone};
use crate::error::DomainError;
use crate::time::{NANOS_PER_SECOND, Timestamp};

/// What is traded at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GateKind {
    /// The day-ahead auction.
    DayAhead,
    /// The GB half-hour auction of the afternoon.
    DayAheadHalfHour,
    /// The first intraday auction.
    IntradayAuction1,
    /// The second intraday auction.
    IntradayAuction2,
    /// The third intraday auction, for the afternoon.
    IntradayAuction3,
    /// Continuous intraday trading.
    IntradayContinuous,
    /// The offer for a pool's trading day, whose price bands are then fixed.
    DailyOffer,
    /// A change of the volumes of a pool's offer.
    Rebid,
    /// The offer into a real-time market.
    RealTime,
}

impl GateKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::DayAhead,
        Self::DayAheadHalfHour,
        Self::IntradayAuction1,
        Self::IntradayAuction2,
        Self::IntradayAuction3,
        Self::IntradayContinuous,
        Self::DailyOffer,
        Self::Rebid,
        Self::RealTime,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DayAhead => "day-ahead",
            Self::DayAheadHalfHour => "day-ahead half-hour",
            Self::IntradayAuction1 => "intraday auction 1",
            Self::IntradayAuction2 => "intraday auction 2",
            Self::IntradayAuction3 => "intraday auction 3",
            Self::IntradayContinuous => "intraday continuous",
            Self::DailyOffer => "daily offer",
            Self::Rebid => "rebid",
            Self::RealTime => "real-time",
        }
    }
}

impl std::str::FromStr for GateKind {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| DomainError::UnknownName {
            kind: "gate",
            text: text.to_owned(),
            allowed: Self::ALL.map(Self::name).join(", "),
        })
    }
}

/// Which pairs of delivery areas a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Areas {
    /// Both sides in one area of the list.
    Within(&'static [&'static str]),
    /// The two sides in two areas of the list.
    Across(&'static [&'static str]),
    /// Both sides in areas of the list, the same or not.
    Among(&'static [&'static str]),
    /// The two sides in two areas of the first list, not both in the second, whose areas are of one
    /// zone.
    Bordering(&'static [&'static str], &'static [&'static str]),
}

impl Areas {
    fn contain(self, from: &str, to: &str) -> bool {
        let both = |names: &[&str]| names.contains(&from) && names.contains(&to);
        match self {
            Self::Within(names) => from == to && both(names),
            Self::Across(names) => from != to && both(names),
            Self::Among(names) => both(names),
            Self::Bordering(names, zone) => from != to && both(names) && !both(zone),
        }
    }
}

/// An instant that a rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleTime {
    /// Minutes before delivery starts.
    BeforeDelivery(i64),
    /// At a wall-clock time on a day before the delivery day, or on it.
    At {
        /// Days before the delivery day.
        days_before: i8,
        /// Wall-clock hour.
        hour: i8,
        /// Wall-clock minute.
        minute: i8,
        /// IANA zone of the clock.
        time_zone: &'static str,
    },
}

impl RuleTime {
    /// The instant for a delivery that starts at `start` on the delivery day `day`.
    fn instant(self, start: Timestamp, day: Date) -> Result<Timestamp, DomainError> {
        match self {
            Self::BeforeDelivery(minutes) => Ok(start.plus_nanos(-minutes * 60 * NANOS_PER_SECOND)),
            Self::At {
                days_before,
                hour,
                minute,
                time_zone,
            } => {
                let hours = i32::from(hour) - 24 * i32::from(days_before);
                Zone::new(time_zone)?.instant(day, hours * 60 + i32::from(minute))
            }
        }
    }
}

/// Whether a rule valid from `from` up to, not including, `to` holds on `day`.
fn holds(from: Date, to: Option<Date>, day: Date) -> bool {
    from <= day && to.is_none_or(|after| day < after)
}

/// A gate of some venues, with the delivery days that it is valid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateRule {
    /// Where.
    pub venues: &'static [&'static str],
    /// For what.
    pub kind: GateKind,
    /// Between which areas.
    pub areas: Areas,
    /// First delivery day.
    pub valid_from: Date,
    /// First delivery day after the rule; `None` while it is in force.
    pub valid_to: Option<Date>,
    /// First hour of the day that is traded at it.
    pub from_hour: i8,
    /// When it closes.
    pub closing: RuleTime,
    /// Where the rule is written.
    pub source: &'static str,
}

/// A contract as far as its gate goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateKey<'a> {
    /// Venue of the order.
    pub venue: &'a str,
    /// Kind of contract.
    pub kind: GateKind,
    /// Delivery area of the order.
    pub from: Place,
    /// Delivery area of the other side; the same for trade within an area.
    pub to: Place,
}

/// A gate found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate<'r> {
    /// First instant at which the delivery cannot be traded.
    pub closure: Timestamp,
    /// The rule that says so.
    pub rule: &'r GateRule,
}

/// The gate of `delivery` by the first of `rules` that fits `key`; [`GATE_RULES`] are the known.
///
/// # Errors
/// [`DomainError::NoGateRule`] when none fits, and what [`Zone::instant`] refuses.
pub fn gate<'r>(
    rules: &'r [GateRule],
    key: GateKey<'_>,
    delivery: DeliveryPeriod,
) -> Result<Gate<'r>, DomainError> {
    let days = key.from.calendar.days()?;
    let day = days.day_of(delivery.start())?;
    let fits = |rule: &&GateRule| -> bool {
        rule.kind == key.kind
            && rule.venues.contains(&key.venue)
            && rule.areas.contain(key.from.name, key.to.name)
            && holds(rule.valid_from, rule.valid_to, day)
    };
    let none = || DomainError::NoGateRule {
        contract: key.kind.name(),
        venue: key.venue.to_owned(),
        from: key.from.name,
        to: key.to.name,
        day,
    };
    let rule = rules.iter().find(fits).ok_or_else(none)?;
    let first_traded = days.zone().instant(day, i32::from(rule.from_hour) * 60)?;
    if rule.from_hour > 0 && delivery.start() < first_traded {
        return Err(none());
    }
    let closure = rule.closing.instant(delivery.start(), day)?;
    Ok(Gate { closure, rule })
}
