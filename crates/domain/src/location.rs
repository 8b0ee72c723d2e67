//! The bidding zones and hubs that are known by name.

use crate::delivery::Place;
use crate::error::DomainError;
use crate::venue::{Location, LocationKind};

/// Bidding zones and control areas with their Energy Identification Codes.
///
/// Source: ENTSO-E, list of approved EIC codes, function "bidding zone" or "control area".
const ZONES: [(&str, &str); 42] = [
    ("DE-LU", "10Y1001A1001A82H"),
    ("AT", "10YAT-APG------L"),
    ("BE", "10YBE----------2"),
    ("BG", "10YCA-BULGARIA-R"),
    ("CH", "10YCH-SWISSGRIDZ"),
    ("CZ", "10YCZ-CEPS-----N"),
    ("DK1", "10YDK-1--------W"),
    ("DK2", "10YDK-2--------M"),
    ("EE", "10Y1001A1001A39I"),
    ("ES", "10YES-REE------0"),
    ("FI", "10YFI-1--------U"),
    ("FR", "10YFR-RTE------C"),
    ("GB", "10YGB----------A"),
    ("GR", "10YGR-HTSO-----Y"),
    ("HR", "10YHR-HEP------M"),
    ("HU", "10YHU-MAVIR----U"),
    ("IT-NORD", "10Y1001A1001A73I"),
    ("LT", "10YLT-1001A0008Q"),
    ("LV", "10YLV-1001A00074"),
    ("NL", "10YNL----------L"),
    ("NO1", "10YNO-1--------2"),
    ("NO2", "10YNO-2--------T"),
    ("NO3", "10YNO-3--------J"),
    ("NO4", "10YNO-4--------9"),
    ("NO5", "10Y1001A1001A48H"),
    ("PL", "10YPL-AREA-----S"),
    ("PT", "10YPT-REN------W"),
    ("RO", "10YRO-TEL------P"),
    ("RS", "10YCS-SERBIATSOV"),
    ("SE1", "10Y1001A1001A44P"),
    ("SE2", "10Y1001A1001A45N"),
    ("SE3", "10Y1001A1001A46L"),
    ("SE4", "10Y1001A1001A47J"),
    ("SI", "10YSI-ELES-----O"),
    ("SK", "10YSK-SEPS-----K"),
    ("50HZ", "10YDE-VE-------2"),
    ("AMP", "10YDE-RWENET---I"),
    ("TBW", "10YDE-ENBW-----N"),
    ("TTG", "10YDE-EON------1"),
    // Regions of the NEM are bidding zones without a European code.
    ("NSW1", ""),
    ("QLD1", ""),
    ("VIC1", ""),
];

/// Places with one price of their own that are no trading hub, beside [`ZONES`].
const OTHER_ZONES: [&str; 9] = [
    "SA1",
    "TAS1",
    "N.Y.C.",
    "LONGIL",
    "LZ_HOUSTON",
    "LZ_NORTH",
    "LZ_SOUTH",
    "LZ_WEST",
    "GB-SETTLEMENT",
];

impl Location {
    /// The bidding zone or hub called `name`, as [`Place`] knows it.
    ///
    /// # Errors
    /// [`DomainError::UnknownName`] with the names that exist.
    pub fn known(name: &str) -> Result<Self, DomainError> {
        let place = Place::new(name)?;
        let zone = ZONES.iter().find(|(zone, _)| *zone == place.name);
        let eic = zone.map_or("", |(_, eic)| eic);
        let is_zone = zone.is_some() || OTHER_ZONES.contains(&place.name);
        Ok(Self {
            name: place.name.to_owned(),
            kind: if is_zone {
                LocationKind::BiddingZone
            } else {
                LocationKind::Hub
            },
            eic: (!eic.is_empty()).then(|| eic.to_owned()),
            time_zone: place.calendar.time_zone.to_owned(),
        })
    }
}

/// Whether `text` is an Energy Identification Code with its right check character.
///
/// Source: ENTSO-E, The Energy Identification Coding Scheme reference manual, section on the check
/// character: characters count 0 to 36, weighted 16 down to 2; the sum less one, modulo 37, is
/// taken from 36.
#[must_use]
pub fn is_eic(text: &str) -> bool {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        b'-' => Some(36),
        _ => None,
    };
    let values: Option<Vec<u32>> = text.bytes().map(value).collect();
    match values.as_deref() {
        Some([code @ .., check]) if code.len() == 15 => {
            let sum: u32 = code
                .iter()
                .zip((2..=16).rev())
                .map(|(it, weight)| it * weight)
                .sum();
            36 - (sum + 36) % 37 == *check
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::MARKET_CALENDARS;

    #[test]
    fn every_code_of_the_table_has_its_check_character() {
        for (zone, eic) in ZONES.iter().filter(|(_, eic)| !eic.is_empty()) {
            assert!(is_eic(eic), "{zone} {eic}");
        }
        assert!(!is_eic("10YFR-RTE------D"));
        assert!(!is_eic("10YFR-RTE-----C"));
    }

    #[test]
    fn every_zone_delivers_by_a_calendar() {
        for name in ZONES.iter().map(|(name, _)| *name).chain(OTHER_ZONES) {
            assert_eq!(
                Location::known(name).unwrap().kind,
                LocationKind::BiddingZone
            );
        }
        for place in MARKET_CALENDARS.iter().flat_map(|calendar| calendar.places) {
            assert_eq!(Location::known(place).unwrap().name, *place);
        }
        assert!(Location::known("ATLANTIS").is_err());
        assert_eq!(Location::known("TTF").unwrap().kind, LocationKind::Hub);
    }
}
