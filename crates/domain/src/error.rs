//! What can be wrong with a domain value.

use jiff::civil::Date;

use crate::price::Price;
use crate::time::Timestamp;
use crate::volume::Volume;

/// A value that the domain cannot represent; says what was found and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DomainError {
    /// A price text that is not a decimal number.
    #[error("price {text:?} is not a decimal number; write it like -37.63, with a point")]
    PriceNotANumber {
        /// As found.
        text: String,
    },
    /// A price text finer than 1e-6.
    #[error("price {text:?} has more than 6 decimals; round it to the instrument's tick first")]
    PriceTooPrecise {
        /// As found.
        text: String,
    },
    /// A price text beyond 64 bits of 1e-6.
    #[error("price {text:?} is beyond ±9,223,372,036,854; check its unit")]
    PriceTooLarge {
        /// As found.
        text: String,
    },
    /// A float that is no price.
    #[error("price {value} is not finite or too large; drop the row or mend its source")]
    PriceNotFinite {
        /// As found.
        value: f64,
    },
    /// A volume text that is not a decimal number.
    #[error("volume {text:?} is not a decimal number; write it like 12.5, with a point")]
    VolumeNotANumber {
        /// As found.
        text: String,
    },
    /// A volume text finer than 1e-6.
    #[error("volume {text:?} has more than 6 decimals; round it to the instrument's lot first")]
    VolumeTooPrecise {
        /// As found.
        text: String,
    },
    /// A volume text beyond 64 bits of 1e-6.
    #[error("volume {text:?} is beyond ±9,223,372,036,854; check its unit")]
    VolumeTooLarge {
        /// As found.
        text: String,
    },
    /// A float that is no volume.
    #[error("volume {value} is not finite or too large; drop the row or mend its source")]
    VolumeNotFinite {
        /// As found.
        value: f64,
    },
    /// A tick of zero or less.
    #[error("tick {tick} is not above zero; give the smallest price step of the instrument")]
    TickNotPositive {
        /// As found.
        tick: Price,
    },
    /// A lot of zero or less.
    #[error("lot {lot} is not above zero; give the smallest volume step of the instrument")]
    LotNotPositive {
        /// As found.
        lot: Volume,
    },
    /// A currency that is not three capital letters.
    #[error("currency {text:?} is not an ISO 4217 code; write three capital letters such as EUR")]
    CurrencyCode {
        /// As found.
        text: String,
    },
    /// A text that is no order id.
    #[error("order id {text:?} is not CLIENT-NUMBER, such as 1-7, of 16 and 48 bits")]
    OrderIdText {
        /// As found.
        text: String,
    },
    /// A text that is no instant.
    #[error(
        "time {text:?} is not ISO 8601 with Z or an offset, from 1678 to 2261; write it like \
         2026-03-29T01:00:00Z"
    )]
    TimestampText {
        /// As found.
        text: String,
    },
    /// A name that an enumeration does not have.
    #[error("{kind} {text:?} is unknown; use one of {allowed}")]
    UnknownName {
        /// What was to be named.
        kind: &'static str,
        /// As found.
        text: String,
        /// The names that exist.
        allowed: String,
    },
    /// Two units that measure different things.
    #[error("{from} cannot be converted to {to}; {fix}")]
    Unconvertible {
        /// Unit given.
        from: &'static str,
        /// Unit asked for.
        to: &'static str,
        /// What would make it possible.
        fix: &'static str,
    },
    /// An energy content that no fuel has.
    #[error("calorific value of {nano_megawatt_hours}e-9 MWh in one {fuel} cannot be; {fix}")]
    CalorificValue {
        /// Unit of the fuel.
        fuel: &'static str,
        /// As found, in 1e-9 `MWh`.
        nano_megawatt_hours: i64,
        /// What to do.
        fix: &'static str,
    },
    /// A delivery period without length.
    #[error("delivery period {start}/{end} is empty; its end must lie after its start")]
    EmptyDeliveryPeriod {
        /// As found.
        start: Timestamp,
        /// As found.
        end: Timestamp,
    },
    /// A delivery period that starts or ends within a second.
    #[error("delivery period {start}/{end} is not in whole seconds; round to the market's grid")]
    DeliveryNotWholeSeconds {
        /// As found.
        start: Timestamp,
        /// As found.
        end: Timestamp,
    },
    /// A zone that the built-in time zone database lacks.
    #[error("time zone {text:?} is unknown; use an IANA name such as Europe/Berlin")]
    UnknownTimeZone {
        /// As found.
        text: String,
    },
    /// A day beyond the range of timestamps.
    #[error("day {day} is outside the years 1678 to 2261; check it")]
    DayOutOfRange {
        /// As found.
        day: Date,
    },
    /// A day that a zone's calendar jumped over.
    #[error("{zone} had no delivery day {day}; its calendar jumped over it, take the next day")]
    NoSuchDeliveryDay {
        /// The zone.
        zone: String,
        /// As found.
        day: Date,
    },
    /// A length that does not divide a day.
    #[error("{minutes} minutes do not divide a day; use 5, 15, 30 or 60")]
    IntervalLength {
        /// As found.
        minutes: i64,
    },
    /// A delivery period that does not exist at the place.
    #[error("{place} has no delivery period {period}; {fix}")]
    NoSuchDeliveryPeriod {
        /// Where.
        place: &'static str,
        /// As found.
        period: String,
        /// What does exist.
        fix: String,
    },
    /// A delivery period whose name occurs twice, because the clock goes back.
    #[error("{place} has {period} twice, the clock goes back; write {period}A or {period}B")]
    AmbiguousDeliveryPeriod {
        /// Where.
        place: &'static str,
        /// As found.
        period: String,
    },
    /// A product without an hour of its load.
    #[error("{product} has no such hours; take base, or a period with peak days")]
    NoDeliveryHours {
        /// As found.
        product: String,
    },
    /// A product that the tenor does not divide.
    #[error("{product} does not divide into {tenor}s; take a tenor that fits into it")]
    NotDivisible {
        /// What was to be divided.
        product: String,
        /// Into what.
        tenor: String,
    },
    /// A market without peak hours on a day.
    #[error("{place} has no peak rule for {day}; take base, or add the rule to its calendar")]
    NoPeakRule {
        /// Where.
        place: String,
        /// When.
        day: Date,
    },
    /// A contract without a gate rule.
    #[error(
        "{venue} has no {contract} gate for {from} to {to} on {day}; add its rule to the table"
    )]
    NoGateRule {
        /// The venue.
        venue: String,
        /// The contract kind.
        contract: &'static str,
        /// Delivery area of one side.
        from: &'static str,
        /// Delivery area of the other.
        to: &'static str,
        /// The delivery day.
        day: Date,
    },
    /// A text that names no delivery.
    #[error(
        "delivery {text:?} is unreadable; write it like DE-LU 2026-03-29 H04 or DE-LU Cal-27 Base"
    )]
    DeliveryText {
        /// As found.
        text: String,
    },
    /// An instrument whose parts contradict each other.
    #[error("instrument {symbol}: {field} is {value}; {fix}")]
    Instrument {
        /// Its symbol.
        symbol: String,
        /// The field at fault.
        field: &'static str,
        /// As found.
        value: String,
        /// What to do.
        fix: &'static str,
    },
}
