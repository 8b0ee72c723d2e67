//! Gates: until when a delivery can be traded, as data.
//!
//! A rule holds for venues, a kind of contract, a pair of delivery areas and the delivery days of
//! its validity. The first rule of the table that fits decides, so an exception stands above the
//! rule that it breaks. Refusing what comes after the gate is the engine's.

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
}

impl Areas {
    fn contain(self, from: &str, to: &str) -> bool {
        let (Self::Within(names) | Self::Across(names) | Self::Among(names)) = self;
        let fits = match self {
            Self::Within(_) => from == to,
            Self::Across(_) => from != to,
            Self::Among(_) => true,
        };
        fits && names.contains(&from) && names.contains(&to)
    }
}

/// When a gate closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
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
    pub closing: Closing,
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
            && rule.valid_from <= day
            && rule.valid_to.is_none_or(|after| day < after)
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
    let closure = match rule.closing {
        Closing::BeforeDelivery(minutes) => delivery
            .start()
            .plus_nanos(-minutes * 60 * NANOS_PER_SECOND),
        Closing::At {
            days_before,
            hour,
            minute,
            time_zone,
        } => {
            let minutes = (i32::from(hour) - 24 * i32::from(days_before)) * 60 + i32::from(minute);
            Zone::new(time_zone)?.instant(day, minutes)?
        }
    };
    Ok(Gate { closure, rule })
}

const fn day(year: i16, month: i8, day: i8) -> Date {
    Date::constant(year, month, day)
}

const fn the_day_before(hour: i8, minute: i8, time_zone: &'static str) -> Closing {
    Closing::At {
        days_before: 1,
        hour,
        minute,
        time_zone,
    }
}

/// Zones of the European day-ahead and intraday coupling.
const COUPLED: &[&str] = &[
    "DE-LU", "AT", "BE", "BG", "CZ", "DK1", "DK2", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IT-NORD", "LT", "LV", "NL", "NO1", "NO2", "NO3", "NO4", "NO5", "PL", "PT", "RO", "SE1", "SE2",
    "SE3", "SE4", "SI", "SK", "50HZ", "AMP", "TBW", "TTG",
];
const GERMAN_CONTROL_AREAS: &[&str] = &["DE-LU", "50HZ", "AMP", "TBW", "TTG"];
const WESTERN: &[&str] = &["AT", "BE", "FR", "NL"];
const NEM: &[&str] = &["NSW1", "QLD1", "SA1", "TAS1", "VIC1"];
const ERCOT: &[&str] = &[
    "ERCOT",
    "HB_BUSAVG",
    "HB_HOUSTON",
    "HB_HUBAVG",
    "HB_NORTH",
    "HB_PAN",
    "HB_SOUTH",
    "HB_WEST",
    "LZ_HOUSTON",
    "LZ_NORTH",
    "LZ_SOUTH",
    "LZ_WEST",
];
const NYISO: &[&str] = &["NYISO", "N.Y.C.", "LONGIL"];
const ISO_NE: &[&str] = &["ISO-NE", ".H.INTERNAL_HUB"];
const EUROPEAN_VENUES: &[&str] = &["EPEX", "NORD-POOL"];

const BRUSSELS: &str = "Europe/Brussels";
const LONDON: &str = "Europe/London";
const NEW_YORK: &str = "America/New_York";

const CROSS_ZONAL_60: &str =
    "ACER Decision 04/2018, annex I: 60 minutes before the market time unit";
const CROSS_ZONAL_30: &str =
    "Regulation (EU) 2019/943, art. 8(1), as amended by (EU) 2024/1747: 30 minutes from 2026-01-01";
const INTRADAY_AUCTIONS: &str = "SIDC intraday auctions since 2024-06-13";

const EPEX: GateRule = GateRule {
    venues: EUROPEAN_VENUES,
    kind: GateKind::IntradayContinuous,
    areas: Areas::Among(COUPLED),
    valid_from: Date::constant(2018, 6, 13),
    valid_to: None,
    from_hour: 0,
    closing: Closing::BeforeDelivery(60),
    source: "",
};

/// The gates that are known, exceptions first.
pub static GATE_RULES: &[GateRule] = &[
    GateRule {
        areas: Areas::Within(GERMAN_CONTROL_AREAS),
        valid_from: day(2017, 6, 14),
        closing: Closing::BeforeDelivery(5),
        source: "EPEX SPOT Operational Rules: lead time within a German control area",
        ..EPEX
    },
    GateRule {
        areas: Areas::Across(GERMAN_CONTROL_AREAS),
        valid_from: day(2015, 7, 16),
        closing: Closing::BeforeDelivery(30),
        source: "EPEX SPOT Operational Rules: lead time between German control areas",
        ..EPEX
    },
    GateRule {
        areas: Areas::Within(WESTERN),
        valid_from: day(2020, 1, 1),
        closing: Closing::BeforeDelivery(5),
        source: "EPEX SPOT Operational Rules: lead time within an area",
        ..EPEX
    },
    GateRule {
        areas: Areas::Among(&["GB"]),
        valid_from: day(2015, 1, 1),
        closing: Closing::BeforeDelivery(15),
        source: "EPEX SPOT Operational Rules: GB half-hours close 15 minutes before delivery",
        ..EPEX
    },
    GateRule {
        areas: Areas::Across(&["EE", "FI"]),
        closing: Closing::BeforeDelivery(30),
        source: "ACER Decision 04/2018, annex I: 30 minutes between Estonia and Finland",
        ..EPEX
    },
    GateRule {
        areas: Areas::Across(COUPLED),
        valid_to: Some(day(2026, 1, 1)),
        source: CROSS_ZONAL_60,
        ..EPEX
    },
    GateRule {
        areas: Areas::Across(COUPLED),
        valid_from: day(2026, 1, 1),
        closing: Closing::BeforeDelivery(30),
        source: CROSS_ZONAL_30,
        ..EPEX
    },
    GateRule {
        kind: GateKind::DayAhead,
        valid_from: day(2014, 2, 5),
        closing: the_day_before(12, 0, BRUSSELS),
        source: "SDAC: order books close at 12:00 market time on the day before",
        ..EPEX
    },
    GateRule {
        venues: &["EPEX"],
        kind: GateKind::DayAhead,
        areas: Areas::Within(&["CH"]),
        valid_from: day(2014, 2, 5),
        closing: the_day_before(11, 0, BRUSSELS),
        source: "EPEX SPOT Operational Rules: Swiss auction at 11:00",
        ..EPEX
    },
    GateRule {
        venues: &["EPEX"],
        kind: GateKind::DayAhead,
        areas: Areas::Within(&["GB"]),
        valid_from: day(2021, 1, 1),
        closing: the_day_before(9, 20, LONDON),
        source: "EPEX SPOT Operational Rules: GB hourly auction at 09:20 local time",
        ..EPEX
    },
    GateRule {
        venues: &["NORD-POOL"],
        kind: GateKind::DayAhead,
        areas: Areas::Within(&["GB"]),
        valid_from: day(2021, 1, 1),
        closing: the_day_before(9, 50, LONDON),
        source: "Nord Pool, N2EX day-ahead auction: 09:50 local time",
        ..EPEX
    },
    GateRule {
        venues: &["EPEX"],
        kind: GateKind::DayAheadHalfHour,
        areas: Areas::Within(&["GB"]),
        valid_from: day(2015, 1, 1),
        closing: the_day_before(15, 30, LONDON),
        source: "EPEX SPOT, UK Half Hour Day-Ahead 15:30 Auction",
        ..EPEX
    },
    GateRule {
        kind: GateKind::IntradayAuction1,
        valid_from: day(2024, 6, 14),
        closing: the_day_before(15, 0, BRUSSELS),
        source: INTRADAY_AUCTIONS,
        ..EPEX
    },
    GateRule {
        kind: GateKind::IntradayAuction2,
        valid_from: day(2024, 6, 14),
        closing: the_day_before(22, 0, BRUSSELS),
        source: INTRADAY_AUCTIONS,
        ..EPEX
    },
    GateRule {
        kind: GateKind::IntradayAuction3,
        valid_from: day(2024, 6, 14),
        from_hour: 12,
        closing: Closing::At {
            days_before: 0,
            hour: 10,
            minute: 0,
            time_zone: BRUSSELS,
        },
        source: INTRADAY_AUCTIONS,
        ..EPEX
    },
    GateRule {
        venues: &["NEM"],
        kind: GateKind::DailyOffer,
        areas: Areas::Among(NEM),
        valid_from: day(2000, 1, 1),
        closing: the_day_before(12, 30, "Etc/GMT-10"),
        source: "National Electricity Rules 3.8.6: price bands by 12:30 on the day before",
        ..EPEX
    },
    GateRule {
        venues: &["NEM"],
        kind: GateKind::Rebid,
        areas: Areas::Among(NEM),
        valid_from: day(2000, 1, 1),
        closing: Closing::BeforeDelivery(0),
        source: "National Electricity Rules 3.8.22: volumes until the dispatch interval starts",
        ..EPEX
    },
    GateRule {
        venues: &["ERCOT"],
        kind: GateKind::DayAhead,
        areas: Areas::Among(ERCOT),
        valid_from: day(2010, 12, 1),
        closing: the_day_before(10, 0, "America/Chicago"),
        source: "ERCOT Nodal Protocols, section 4: submissions by 1000 in the Day-Ahead",
        ..EPEX
    },
    GateRule {
        venues: &["NYISO"],
        kind: GateKind::DayAhead,
        areas: Areas::Among(NYISO),
        valid_from: day(2000, 1, 1),
        closing: the_day_before(5, 0, NEW_YORK),
        source: "NYISO Services Tariff 4.2.1.1: by 5 a.m. on the day prior to the Dispatch Day",
        ..EPEX
    },
    GateRule {
        venues: &["NYISO"],
        kind: GateKind::RealTime,
        areas: Areas::Among(NYISO),
        valid_from: day(2005, 2, 1),
        closing: Closing::BeforeDelivery(75),
        source: "NYISO Services Tariff 4.4.1: 75 minutes before the dispatch hour",
        ..EPEX
    },
    GateRule {
        venues: &["ISO-NE"],
        kind: GateKind::DayAhead,
        areas: Areas::Among(ISO_NE),
        valid_from: day(2013, 5, 24),
        valid_to: Some(day(2020, 9, 26)),
        closing: the_day_before(10, 0, NEW_YORK),
        source: "ISO-NE Market Rule 1, as accepted in 2013: day-ahead offers by 10:00",
        ..EPEX
    },
    GateRule {
        venues: &["ISO-NE"],
        kind: GateKind::DayAhead,
        areas: Areas::Among(ISO_NE),
        // Filed in July 2020; the day it came into force is not known here, so no rule fits between.
        valid_from: day(2021, 1, 1),
        closing: the_day_before(10, 30, NEW_YORK),
        source: "ISO-NE Market Rule 1, as filed on 2020-07-27: day-ahead offers by 10:30",
        ..EPEX
    },
];
