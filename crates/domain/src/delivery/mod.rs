//! Delivery periods and the calendars that make them.
//!
//! A market names its deliveries by wall clock; a [`DeliveryPeriod`] is half-open in UTC. Between
//! them stand the [`Zone`] with its clock changes, the [`DeliveryDays`] of a market (a gas day
//! starts at 06:00, a GB power day at 23:00), and the [`MarketCalendar`]s as data.

mod days;
mod holiday;
mod market;
mod peak;
mod period;
mod product;
mod span;
mod text;
mod zone;

pub use days::{DayStart, DeliveryDays, Interval, Numbering, Occurrence};
pub use holiday::{is_nerc_holiday, is_victorian_holiday, nerc_holidays};
pub use jiff::civil::{Date, Weekday};
pub use market::{MARKET_CALENDARS, MarketCalendar, Place};
pub use peak::{Holidays, PeakRule, peak_periods, rest_of};
pub use period::DeliveryPeriod;
pub use product::DeliveryProduct;
pub use span::{Season, Span, interval_minutes};
pub use zone::Zone;
