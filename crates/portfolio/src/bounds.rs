//! How far numbers may go, so that exact sums in 128 bits cannot overflow.
//!
//! Price × volume × seconds stays below 4e35 units and the largest conversion below 4e33 whole
//! currency, while 128 bits hold 1.7e38 units: sums have room for hundreds of extreme positions.

use wattbook_domain::{Money, Price, Volume};

/// The largest absolute price, in currency per price unit: one million.
pub const PRICE_MAX: Price = Price::from_millionths(1_000_000_000_000);
/// The largest absolute volume of an order, fill or position, in volume units: one billion.
pub const VOLUME_MAX: Volume = Volume::from_millionths(1_000_000_000_000_000);
/// The longest delivery, in seconds: more than twelve years.
pub const DELIVERY_SECONDS_MAX: i64 = 400_000_000;
/// The largest absolute amount that a settlement may name: that of the longest delivery at the largest
/// volume and price.
pub(crate) const AMOUNT_MAX: Money =
    Money::of_delivery(PRICE_MAX, VOLUME_MAX, DELIVERY_SECONDS_MAX);
/// The highest conversion rate, in 1e-9: one hundred thousand to one.
pub const FX_RATE_MAX: i64 = 100_000_000_000_000;

/// Whether `price` is small enough to be booked.
#[must_use]
#[inline]
pub(crate) const fn price_fits(price: Price) -> bool {
    price.millionths().unsigned_abs() <= PRICE_MAX.millionths() as u64
}

/// Whether `volume` is small enough to be booked.
#[must_use]
#[inline]
pub(crate) const fn volume_fits(volume: Volume) -> bool {
    volume.millionths().unsigned_abs() <= VOLUME_MAX.millionths() as u64
}
