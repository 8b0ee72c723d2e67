//! The gates that are known, as data.

use jiff::civil::Date;

use super::{Areas, GateKind, GateRule, RuleTime};

pub(super) const fn day(year: i16, month: i8, day: i8) -> Date {
    Date::constant(year, month, day)
}

pub(super) const fn the_day_before(hour: i8, minute: i8, time_zone: &'static str) -> RuleTime {
    RuleTime::At {
        days_before: 1,
        hour,
        minute,
        time_zone,
    }
}

/// Zones of the European day-ahead and intraday coupling.
pub(super) const COUPLED: &[&str] = &[
    "DE-LU", "AT", "BE", "BG", "CZ", "DK1", "DK2", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IT-NORD", "LT", "LV", "NL", "NO1", "NO2", "NO3", "NO4", "NO5", "PL", "PT", "RO", "SE1", "SE2",
    "SE3", "SE4", "SI", "SK", "50HZ", "AMP", "TBW", "TTG",
];
pub(super) const GERMAN_CONTROL_AREAS: &[&str] = &["DE-LU", "50HZ", "AMP", "TBW", "TTG"];
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
const PJM: &[&str] = &["PJM", "PJM-WEST"];
const CAISO: &[&str] = &["NP15", "SP15"];
pub(super) const EUROPEAN_VENUES: &[&str] = &["EPEX", "NORD-POOL"];

pub(super) const BRUSSELS: &str = "Europe/Brussels";
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
    closing: RuleTime::BeforeDelivery(60),
    source: "",
};

/// The gates that are known, exceptions first.
pub static GATE_RULES: &[GateRule] = &[
    GateRule {
        areas: Areas::Within(GERMAN_CONTROL_AREAS),
        valid_from: day(2017, 6, 14),
        closing: RuleTime::BeforeDelivery(5),
        source: "EPEX SPOT Operational Rules: lead time within a German control area",
        ..EPEX
    },
    GateRule {
        areas: Areas::Across(GERMAN_CONTROL_AREAS),
        valid_from: day(2015, 7, 16),
        closing: RuleTime::BeforeDelivery(30),
        source: "EPEX SPOT Operational Rules: lead time between German control areas",
        ..EPEX
    },
    GateRule {
        areas: Areas::Within(WESTERN),
        valid_from: day(2020, 1, 1),
        closing: RuleTime::BeforeDelivery(5),
        source: "EPEX SPOT Operational Rules: lead time within an area",
        ..EPEX
    },
    GateRule {
        areas: Areas::Within(&["SE1", "SE2", "SE3", "SE4"]),
        source: "Svenska kraftnät, questions on 15 minutes: zones of Sweden close 60 minutes before",
        ..EPEX
    },
    GateRule {
        areas: Areas::Within(&["DK1", "DK2"]),
        source: "Energinet, Intraday market: trade up to one hour before delivery",
        ..EPEX
    },
    GateRule {
        areas: Areas::Within(&["LT", "LV"]),
        source: "Litgrid, Intraday market launched: trade until one hour before delivery",
        ..EPEX
    },
    GateRule {
        areas: Areas::Within(&["NO1", "NO2", "NO3", "NO4", "NO5"]),
        venues: &["NORD-POOL"],
        source: "Nord Pool, Intraday market: around the clock until one hour before delivery",
        ..EPEX
    },
    GateRule {
        areas: Areas::Within(&["ES", "IT-NORD", "PL", "PT"]),
        source: "trade within the zone ends with its borders, 60 minutes; not held against the text",
        ..EPEX
    },
    GateRule {
        areas: Areas::Among(&["GB"]),
        valid_from: day(2015, 1, 1),
        closing: RuleTime::BeforeDelivery(15),
        source: "EPEX SPOT Operational Rules: GB half-hours close 15 minutes before delivery",
        ..EPEX
    },
    GateRule {
        areas: Areas::Across(&["EE", "FI"]),
        closing: RuleTime::BeforeDelivery(30),
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
        closing: RuleTime::BeforeDelivery(30),
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
        source: "EEX Transparency, glossary: the day-ahead auction for Switzerland closes at 11:00",
        ..EPEX
    },
    GateRule {
        venues: &["EPEX"],
        kind: GateKind::DayAhead,
        areas: Areas::Within(&["GB"]),
        valid_from: day(2021, 1, 1),
        closing: the_day_before(9, 20, LONDON),
        source: "ECC Clearing Circular 51/2020: GB auction, order book closure at 10:20 CET on D-1",
        ..EPEX
    },
    GateRule {
        venues: &["NORD-POOL"],
        kind: GateKind::DayAhead,
        areas: Areas::Within(&["GB"]),
        valid_from: day(2021, 1, 1),
        closing: the_day_before(9, 50, LONDON),
        source: "Nord Pool, About the N2EX Day Ahead Auction: gate closure 09:50",
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
        closing: RuleTime::At {
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
        closing: RuleTime::BeforeDelivery(0),
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
        closing: RuleTime::BeforeDelivery(75),
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
        source: "ISO-NE Market Rule 1, day-ahead offers by 10:00, in effect since 23 May 2013",
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
    GateRule {
        venues: &["PJM"],
        kind: GateKind::DayAhead,
        areas: Areas::Among(PJM),
        valid_from: day(2000, 6, 2),
        valid_to: Some(day(2016, 4, 2)),
        closing: the_day_before(12, 0, NEW_YORK),
        source: "PJM, day-ahead offers by noon until the tariff change of 1 April 2016",
        ..EPEX
    },
    GateRule {
        venues: &["PJM"],
        kind: GateKind::DayAhead,
        areas: Areas::Among(PJM),
        valid_from: day(2016, 4, 2),
        // Offers were due at 10:30 when intraday offers began on this day. Later manuals moved the
        // hour; the day of the move is not known here, so no rule fits between.
        valid_to: Some(day(2017, 11, 2)),
        closing: the_day_before(10, 30, NEW_YORK),
        source: "PJM Inside Lines, Tariff Changes Align Gas and Electric Day-Ahead Markets: 10:30",
        ..EPEX
    },
    GateRule {
        venues: &["PJM"],
        kind: GateKind::DayAhead,
        areas: Areas::Among(PJM),
        valid_from: day(2022, 1, 1),
        closing: the_day_before(11, 0, NEW_YORK),
        source: "PJM Manual 11, section 2: day-ahead offers by 11:00; not held against the text",
        ..EPEX
    },
    GateRule {
        venues: &["MISO"],
        kind: GateKind::DayAhead,
        areas: Areas::Among(&["MISO", "INDIANA.HUB"]),
        valid_from: day(2017, 1, 1),
        closing: the_day_before(10, 30, NEW_YORK),
        source: "MISO, articles KA-01016 and KA-01025: 10:30 Eastern prevailing time; BPM-002",
        ..EPEX
    },
    GateRule {
        venues: &["CAISO"],
        kind: GateKind::DayAhead,
        areas: Areas::Among(CAISO),
        valid_from: day(2009, 4, 1),
        closing: the_day_before(10, 0, "America/Los_Angeles"),
        source: "CAISO Tariff, section 31: day-ahead market close at 10:00; not held against the text",
        ..EPEX
    },
    GateRule {
        venues: &["CAISO"],
        kind: GateKind::RealTime,
        areas: Areas::Among(CAISO),
        valid_from: day(2009, 4, 1),
        closing: RuleTime::BeforeDelivery(75),
        source: "CAISO Tariff, section 34: bids until 75 minutes before the operating hour",
        ..EPEX
    },
];
