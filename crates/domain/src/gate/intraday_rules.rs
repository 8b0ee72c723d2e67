//! The openings and pauses of continuous intraday trading that are known, as data.

use super::rules::{BRUSSELS, COUPLED, EUROPEAN_VENUES, GERMAN_CONTROL_AREAS, day, the_day_before};
use super::{Areas, GateKind, OpeningRule, PauseRule, RuleTime};

const HOURS: &str = "EPEX SPOT, product page for Belgium: contracts of the next day open at 15:00";

const AREA: OpeningRule = OpeningRule {
    venues: &["EPEX"],
    areas: Areas::Within(COUPLED),
    minutes: None,
    valid_from: day(2018, 6, 13),
    valid_to: None,
    opens: the_day_before(15, 0, BRUSSELS),
    source: HOURS,
};

/// The openings that are known, exceptions first.
pub static OPENING_RULES: &[OpeningRule] = &[
    OpeningRule {
        areas: Areas::Among(GERMAN_CONTROL_AREAS),
        minutes: Some(30),
        opens: the_day_before(15, 30, BRUSSELS),
        source: "EPEX SPOT: German half-hours open at 15:30; not held against the text",
        ..AREA
    },
    OpeningRule {
        areas: Areas::Among(GERMAN_CONTROL_AREAS),
        minutes: Some(15),
        opens: the_day_before(16, 0, BRUSSELS),
        source: "EPEX SPOT: German quarter-hours open at 16:00; not held against the text",
        ..AREA
    },
    OpeningRule {
        areas: Areas::Among(GERMAN_CONTROL_AREAS),
        ..AREA
    },
    AREA,
    OpeningRule {
        venues: &["NORD-POOL"],
        source: "Nord Pool opens areas with their borders, 15:00; not held against the text",
        ..AREA
    },
    OpeningRule {
        venues: EUROPEAN_VENUES,
        areas: Areas::Bordering(COUPLED, GERMAN_CONTROL_AREAS),
        // Before the intraday auctions many borders opened later than the decision asks for, each at
        // its own time, so earlier days have no rule.
        valid_from: day(2024, 6, 14),
        source: "ACER Decision 04/2018, annex I: cross-zonal trade opens at 15:00 on the day before",
        ..AREA
    },
];

const AROUND: PauseRule = PauseRule {
    venues: EUROPEAN_VENUES,
    auction: GateKind::IntradayAuction1,
    areas: Areas::Bordering(COUPLED, GERMAN_CONTROL_AREAS),
    valid_from: day(2024, 6, 14),
    valid_to: None,
    from_hour: 0,
    begins: the_day_before(14, 40, BRUSSELS),
    minutes: 40,
    source: "BSP SouthPool, Intraday auctions: allocation is suspended for 40 minutes from 20 minutes \
             before each auction",
};

/// The pauses that are known.
pub static PAUSE_RULES: &[PauseRule] = &[
    AROUND,
    PauseRule {
        auction: GateKind::IntradayAuction2,
        begins: the_day_before(21, 40, BRUSSELS),
        ..AROUND
    },
    PauseRule {
        auction: GateKind::IntradayAuction3,
        from_hour: 12,
        begins: RuleTime::At {
            days_before: 0,
            hour: 9,
            minute: 40,
            time_zone: BRUSSELS,
        },
        ..AROUND
    },
];
