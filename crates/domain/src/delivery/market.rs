//! The delivery calendars of the markets, as data.

use jiff::civil::{Date, Weekday};

use crate::delivery::days::{DayStart, DeliveryDays, Numbering};
use crate::delivery::peak::{Holidays, PeakRule, peak_periods, rest_of};
use crate::delivery::period::DeliveryPeriod;
use crate::delivery::zone::Zone;
use crate::error::DomainError;
use crate::instrument::{Commodity, Load};

/// How a market delivers: its clock, when its days start, when it peaks, and where.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct MarketCalendar {
    /// Its short name.
    pub name: &'static str,
    /// What is delivered.
    pub commodity: Commodity,
    /// IANA zone of its clock.
    pub time_zone: &'static str,
    /// When its delivery days start, oldest rule first.
    pub day_starts: &'static [DayStart],
    /// How the parts of a day are numbered.
    pub numbering: Numbering,
    /// Its peak hours; none where no peak is traded.
    pub peaks: &'static [PeakRule],
    /// Whether a day has six EFA blocks of four hours.
    pub has_efa_blocks: bool,
    /// Bidding zones and hubs that deliver by it.
    pub places: &'static [&'static str],
    /// Where the rules are written.
    pub source: &'static str,
}

impl MarketCalendar {
    /// Its delivery days.
    ///
    /// # Errors
    /// [`DomainError::UnknownTimeZone`] for a zone that the built-in database lacks.
    pub fn days(&self) -> Result<DeliveryDays, DomainError> {
        let zone = Zone::new(self.time_zone)?;
        Ok(DeliveryDays::dated(zone, self.day_starts, self.numbering))
    }
}

const fn always(minutes: i32) -> DayStart {
    DayStart {
        from: Date::MIN,
        minutes,
    }
}

const MIDNIGHT: &[DayStart] = &[always(0)];

const fn peak(
    last_weekday: Weekday,
    holidays: Holidays,
    (from_hour, to_hour): (i8, i8),
    source: &'static str,
) -> PeakRule {
    PeakRule {
        // Names begin with the year 2000, whose first GB day begins on the evening before.
        valid_from: Date::constant(1999, 12, 31),
        valid_to: None,
        last_weekday,
        holidays,
        from_hour,
        to_hour,
        source,
    }
}

const EEX_PEAK: &[PeakRule] = &[peak(
    Weekday::Friday,
    Holidays::None,
    (8, 20),
    "EEX Contract Specifications: peak load Monday to Friday, 08:00 to 20:00, holidays included",
)];
const GB_PEAK: &[PeakRule] = &[peak(
    Weekday::Friday,
    Holidays::None,
    (7, 19),
    "GB power: EFA blocks 3, 4 and 5 of weekdays, bank holidays included",
)];
const EASTERN_PEAK: &[PeakRule] = &[peak(
    Weekday::Friday,
    Holidays::Nerc,
    (7, 23),
    "ICE Futures U.S., PJM Western Hub peak: hours ending 0800-2300 EPT, no NERC holidays",
)];
const ERCOT_PEAK: &[PeakRule] = &[peak(
    Weekday::Friday,
    Holidays::Nerc,
    (6, 22),
    "ICE NGX, ERCOT North 345kV peak: hours ending 0700-2200 CPT, no NERC holidays",
)];
const WECC_PEAK: &[PeakRule] = &[peak(
    Weekday::Saturday,
    Holidays::Nerc,
    (6, 22),
    "NYMEX rule 942: Monday to Saturday, hours ending 0700-2200 PPT, no NERC holidays",
)];

const VICTORIA_PEAK: &[PeakRule] = &[PeakRule {
    valid_from: Date::constant(2016, 1, 1),
    // The holiday before the football final is proclaimed year by year; the last trading day of 2026
    // ends on New Year's Day.
    valid_to: Some(Date::constant(2027, 1, 2)),
    ..peak(
        Weekday::Friday,
        Holidays::Victoria,
        (7, 22),
        "ASX 24, Australian Electricity Peak Load, Victoria: weekdays 07:00 to 22:00 but holidays",
    )
}];

const POWER: MarketCalendar = MarketCalendar {
    name: "",
    commodity: Commodity::Power,
    time_zone: "Etc/UTC",
    day_starts: MIDNIGHT,
    numbering: Numbering::Clock,
    peaks: &[],
    has_efa_blocks: false,
    places: &[],
    source: "",
};

const GAS: MarketCalendar = MarketCalendar {
    commodity: Commodity::Gas,
    numbering: Numbering::Position,
    ..POWER
};

const NEM_DAY: &str =
    "National Electricity Rules, ch. 10: trading day from 04:00 Eastern Standard Time";

/// Every market calendar.
pub static MARKET_CALENDARS: &[MarketCalendar] = &[
    MarketCalendar {
        name: "CET",
        time_zone: "Europe/Berlin",
        peaks: EEX_PEAK,
        places: &[
            "DE-LU", "AT", "BE", "BG", "CH", "CZ", "DK1", "DK2", "EE", "ES", "FI", "FR", "GR",
            "HR", "HU", "IT-NORD", "LT", "LV", "NL", "NO1", "NO2", "NO3", "NO4", "NO5", "PL", "PT",
            "RO", "RS", "SE1", "SE2", "SE3", "SE4", "SI", "SK", "50HZ", "AMP", "TBW", "TTG",
        ],
        source: "Regulation (EU) 2015/1222, art. 2: market time is central European time",
        ..POWER
    },
    MarketCalendar {
        name: "GB",
        time_zone: "Europe/London",
        day_starts: &[always(-60)],
        peaks: GB_PEAK,
        has_efa_blocks: true,
        places: &["GB"],
        source: "Electricity Forward Agreement calendar: days from 23:00 to 23:00 local time",
        ..POWER
    },
    MarketCalendar {
        name: "GB-SETTLEMENT",
        time_zone: "Europe/London",
        numbering: Numbering::Position,
        places: &["GB-SETTLEMENT"],
        source: "Balancing and Settlement Code: settlement days from midnight, periods 1 to 46/48/50",
        ..POWER
    },
    MarketCalendar {
        name: "NEM",
        time_zone: "Etc/GMT-10",
        day_starts: &[always(240)],
        places: &["NSW1", "QLD1", "SA1", "TAS1"],
        source: NEM_DAY,
        ..POWER
    },
    MarketCalendar {
        name: "NEM-VICTORIA",
        time_zone: "Etc/GMT-10",
        day_starts: &[always(240)],
        peaks: VICTORIA_PEAK,
        places: &["VIC1"],
        source: NEM_DAY,
        ..POWER
    },
    MarketCalendar {
        name: "MISO",
        time_zone: "Etc/GMT+5",
        places: &["MISO", "INDIANA.HUB"],
        source: "MISO, article KA-01025: operating days in Eastern Standard Time all year",
        ..POWER
    },
    MarketCalendar {
        name: "EASTERN",
        time_zone: "America/New_York",
        peaks: EASTERN_PEAK,
        places: &[
            "PJM",
            "PJM-WEST",
            "NYISO",
            "N.Y.C.",
            "LONGIL",
            "ISO-NE",
            ".H.INTERNAL_HUB",
        ],
        source: "PJM, NYISO and ISO-NE operating days: midnight to midnight, eastern prevailing time",
        ..POWER
    },
    MarketCalendar {
        name: "ERCOT",
        time_zone: "America/Chicago",
        peaks: ERCOT_PEAK,
        places: &[
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
        ],
        source: "ERCOT Nodal Protocols, section 2: operating day from midnight, central prevailing time",
        ..POWER
    },
    MarketCalendar {
        name: "WECC",
        time_zone: "America/Los_Angeles",
        peaks: WECC_PEAK,
        places: &["WECC", "MID-C", "NP15", "PALO-VERDE", "SP15"],
        source: "NYMEX rule 942: Pacific prevailing time",
        ..POWER
    },
    MarketCalendar {
        name: "EU-GAS",
        time_zone: "Europe/Berlin",
        day_starts: &[always(360)],
        places: &[
            "TTF", "THE", "PEG", "ZTP", "CEGH", "PSV", "ETF", "VOB", "PVB",
        ],
        source: "Regulation (EU) 2017/459, art. 3(16): gas day 05:00-05:00 UTC, in summer time 04:00-04:00",
        ..GAS
    },
    MarketCalendar {
        name: "GB-GAS",
        time_zone: "Europe/London",
        day_starts: &[
            always(360),
            DayStart {
                from: Date::constant(2015, 10, 1),
                minutes: 300,
            },
        ],
        places: &["NBP"],
        source: "Uniform Network Code, modification 0461: from 05:00 since 2015-10-01, before 06:00",
        ..GAS
    },
    MarketCalendar {
        name: "US-GAS",
        time_zone: "America/Chicago",
        day_starts: &[always(540)],
        places: &["HENRY-HUB"],
        source: "NAESB Wholesale Gas Quadrant standard 1.3.1: from 09:00 Central Clock Time",
        ..GAS
    },
];

/// A bidding zone or hub and the calendar that it delivers by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Its name.
    pub name: &'static str,
    /// Its calendar.
    pub calendar: &'static MarketCalendar,
}

impl Place {
    /// The stretches of `period` that `load` delivers here, in order and apart.
    ///
    /// # Errors
    /// [`DomainError::NoPeakRule`] where no peak is traded.
    pub fn load_periods(
        self,
        load: Load,
        period: DeliveryPeriod,
    ) -> Result<Vec<DeliveryPeriod>, DomainError> {
        if load == Load::Base {
            return Ok(vec![period]);
        }
        let days = self.calendar.days()?;
        let peaks = peak_periods(self.name, self.calendar.peaks, days.zone(), period)?;
        match load {
            Load::OffPeak => rest_of(period, &peaks),
            Load::Base | Load::Peak => Ok(peaks),
        }
    }

    /// The place called `name`.
    ///
    /// # Errors
    /// [`DomainError::UnknownName`] with the names that exist.
    pub fn new(name: &str) -> Result<Self, DomainError> {
        for calendar in MARKET_CALENDARS {
            if let Some(name) = calendar.places.iter().find(|place| **place == name) {
                return Ok(Self { name, calendar });
            }
        }
        let names = MARKET_CALENDARS
            .iter()
            .flat_map(|calendar| calendar.places.iter().copied());
        Err(DomainError::UnknownName {
            kind: "place",
            text: name.to_owned(),
            allowed: names.collect::<Vec<_>>().join(", "),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_calendar_has_a_zone_and_a_source() {
        for calendar in MARKET_CALENDARS {
            calendar.days().unwrap();
            assert!(!calendar.source.is_empty(), "{}", calendar.name);
            assert!(calendar.peaks.iter().all(|rule| !rule.source.is_empty()));
        }
    }

    #[test]
    fn no_place_delivers_by_two_calendars() {
        let mut names: Vec<&str> = MARKET_CALENDARS
            .iter()
            .flat_map(|calendar| calendar.places.iter().copied())
            .collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
