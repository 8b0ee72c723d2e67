//! How a month ends: on the average of the spot price, or by delivery.

use wattbook_domain::delivery::{DeliveryPeriod, DeliveryProduct, Interval};
use wattbook_domain::instrument::Tenor;
use wattbook_domain::{Money, Price, Volume};

use crate::error::CurveError;

/// A spot price and the delivery that it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpotPrice {
    /// When it delivers.
    pub period: DeliveryPeriod,
    /// In currency per `MWh`.
    pub price: Price,
}

/// The average of the spot price over delivery, weighted by time; exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpotAverage {
    /// Price in 1e-6 times seconds, summed.
    weighted: i128,
    /// Seconds with delivery.
    seconds: i64,
}

impl SpotAverage {
    /// The average over the stretches `delivery` of a product, from `spot` in the order of time.
    /// Prices outside delivery do not count, so a peak product takes the whole day's prices.
    ///
    /// # Errors
    /// [`CurveError::SpotMissing`] for the first gap; [`CurveError::SpotOutOfOrder`] for prices that
    /// overlap; [`CurveError::LegsUnequal`] for no delivery at all.
    pub fn over(delivery: &[DeliveryPeriod], spot: &[SpotPrice]) -> Result<Self, CurveError> {
        for pair in spot.windows(2) {
            if pair[1].period.start() < pair[0].period.end() {
                let start = pair[1].period.start();
                return Err(CurveError::SpotOutOfOrder { start });
            }
        }
        let (mut weighted, mut seconds) = (0_i128, 0_i64);
        for stretch in delivery {
            let first = spot.partition_point(|price| price.period.end() <= stretch.start());
            let mut at = stretch.start();
            for price in &spot[first..] {
                if at >= stretch.end() || price.period.start() > at {
                    break;
                }
                let until = price.period.end().min(stretch.end());
                let part = DeliveryPeriod::new(at, until)?.seconds();
                weighted += i128::from(price.price.millionths()) * i128::from(part);
                seconds += part;
                at = until;
            }
            if at < stretch.end() {
                let next = spot
                    .iter()
                    .map(|price| price.period.start())
                    .find(|start| *start > at);
                let end = next.map_or(stretch.end(), |next| next.min(stretch.end()));
                return Err(CurveError::SpotMissing { start: at, end });
            }
        }
        if seconds == 0 {
            return Err(CurveError::LegsUnequal {
                legs: 0,
                contract: 0,
            });
        }
        Ok(Self { weighted, seconds })
    }

    /// Seconds that it averages over.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// The average, rounded half to even to 1e-6 currency per `MWh`.
    #[must_use]
    pub fn price(self) -> Price {
        Price::from_millionths(self.steps(1) as i64)
    }

    /// The average, rounded half to even to `step_millionths` 1e-6 currency per `MWh`, as an
    /// exchange publishes its final settlement price.
    ///
    /// # Errors
    /// [`CurveError::StepNotPositive`].
    pub fn rounded(self, step_millionths: i64) -> Result<Price, CurveError> {
        if step_millionths <= 0 {
            return Err(CurveError::StepNotPositive { step_millionths });
        }
        let steps = self.steps(step_millionths) as i64;
        Ok(Price::from_millionths(steps * step_millionths))
    }

    /// What `volume` MW (signed) entered at `entry_price` are worth against the unrounded average.
    #[must_use]
    pub fn settlement(self, volume: Volume, entry_price: Price) -> Money {
        let paid = i128::from(entry_price.millionths()) * i128::from(self.seconds);
        Money::from_units((self.weighted - paid) * i128::from(volume.millionths()))
    }

    /// The average in steps of `step` 1e-6, half to even.
    fn steps(self, step: i64) -> i128 {
        let divisor = i128::from(self.seconds) * i128::from(step);
        let (floor, rest) = (
            self.weighted.div_euclid(divisor),
            self.weighted.rem_euclid(divisor),
        );
        let up = rest * 2 > divisor || (rest * 2 == divisor && floor % 2 != 0);
        floor + i128::from(up)
    }
}

/// Power to be delivered in an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// When.
    pub interval: Interval,
    /// In MW; signed as the position, so a long position receives.
    pub volume: Volume,
}

/// What a physical position of `volume` MW in `product` delivers, by intervals of `tenor`.
///
/// # Errors
/// [`CurveError::Domain`] when `tenor` is no part of a day.
pub fn deliveries(
    product: DeliveryProduct,
    volume: Volume,
    tenor: Tenor,
) -> Result<Vec<Delivery>, CurveError> {
    let intervals = product.intervals(tenor)?;
    let delivery = |interval| Delivery { interval, volume };
    Ok(intervals.into_iter().map(delivery).collect())
}
