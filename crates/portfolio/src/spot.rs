//! Financial contracts that settle on the average of spot prices over their delivery.
//!
//! A contract averages every spot period of its location and currency within the hours of its load:
//! all of its delivery for base, by the peak rule of the location for peak and off-peak. The venue
//! and length of the first one decide which series counts, so hours and quarter-hours of one market
//! are not counted twice. A swap averages the prices of the index that it names, and so does an
//! option on an average, which then pays what the average is worth above its strike.

use std::collections::BTreeMap;

use wattbook_domain::instrument::{DeliveryKind, Instrument};
use wattbook_domain::market::{PriceKind, ReferencePrice};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::time::NANOS_PER_SECOND;
use wattbook_domain::{InstrumentId, Money, Price, Timestamp, VenueId, Volume, state};

use crate::delivery::Leg;
use crate::portfolio::{Portfolio, PositionSlot};
use crate::position::divide_half_even;
use crate::settle::Settlement;

/// Spot prices gathered for one financial contract or swap.
#[derive(Debug, Clone, Default)]
pub(crate) struct SpotAverage {
    /// Venue and length of the spot periods that count.
    series: Option<(VenueId, u8)>,
    /// The hours of the load, in order and apart; none for a swap.
    stretches: Vec<(Timestamp, Timestamp)>,
    /// Prices by start of delivery, for a swap by time of publication, with the seconds they hold.
    prices: BTreeMap<Timestamp, (SettlementRun, (Price, i64))>,
    /// Σ price × seconds.
    sum: i128,
    /// Σ seconds.
    seconds: i64,
    run: Option<SettlementRun>,
}

state!(SpotAverage {
    series,
    stretches,
    prices,
    sum,
    seconds,
    run
});

impl SpotAverage {
    /// Seconds of the delivery `start` to `end` that lie in the hours of the load.
    fn seconds_within(&self, start: Timestamp, end: Timestamp) -> i64 {
        let first = self.stretches.partition_point(|(_, after)| *after <= start);
        let stretches = self.stretches[first..].iter();
        let within = stretches.take_while(|(from, _)| *from < end);
        within
            .map(|(from, after)| end.min(*after).nanos() - start.max(*from).nanos())
            .sum::<i64>()
            / NANOS_PER_SECOND
    }

    /// Takes over a price; `None` when a later run of it is known.
    fn record(
        &mut self,
        at: Timestamp,
        run: SettlementRun,
        price: Price,
        seconds: i64,
    ) -> Option<()> {
        let weighted =
            |price: Price, seconds: i64| i128::from(price.millionths()) * i128::from(seconds);
        if let Some((known, (old, held))) = self.prices.get(&at).copied() {
            if known > run {
                return None;
            }
            self.sum -= weighted(old, held);
            self.seconds -= held;
        }
        self.prices.insert(at, (run, (price, seconds)));
        self.sum += weighted(price, seconds);
        self.seconds += seconds;
        self.run = self.run.max(Some(run));
        Some(())
    }
}

impl Portfolio {
    /// Starts to gather spot prices for a new financial contract. A peak or off-peak contract whose
    /// hours are not those of its location's calendar is left to the exchange's own average.
    pub(crate) fn watch_spot(&mut self, instrument: &Instrument) {
        let stretches = if instrument.averaging().is_some() {
            Vec::new()
        } else if instrument.delivery_kind == DeliveryKind::SpotAverage {
            let Ok(periods) = instrument.load_periods() else {
                return;
            };
            let seconds: i64 = periods.iter().map(|period| period.seconds()).sum();
            if seconds != instrument.delivery_seconds {
                return;
            }
            let bounds = periods.iter().map(|period| (period.start(), period.end()));
            bounds.collect()
        } else {
            return;
        };
        let average = SpotAverage {
            stretches,
            ..SpotAverage::default()
        };
        self.averages.insert(instrument.instrument, average);
    }

    /// Adds a published price to every average that it belongs to and settles those that are
    /// complete. `None` when it is an earlier run of a known price.
    pub(crate) fn average(
        &mut self,
        published: &ReferencePrice,
        ts_event: Timestamp,
        now: Timestamp,
        settled: &mut Vec<Settlement>,
    ) -> Option<()> {
        if self.averages.is_empty() {
            return Some(());
        }
        let spot = &self.contracts[published.instrument.0 as usize];
        let is_spot = spot.is_spot(published.kind);
        let mut complete = Vec::new();
        for (instrument, average) in &mut self.averages {
            let contract = &self.contracts[instrument.0 as usize];
            let (at, seconds) = if let Some((index, (start, end))) = contract.averages {
                let is_record = published.kind != PriceKind::Mark;
                let is_index = is_record && index == published.instrument;
                if !is_index || ts_event < start || ts_event >= end {
                    continue;
                }
                (ts_event, 1)
            } else {
                let fits = is_spot
                    && (spot.location, spot.currency, spot.commodity)
                        == (contract.location, contract.currency, contract.commodity)
                    && spot.delivery_start >= contract.delivery_start
                    && spot.delivery_end <= contract.delivery_end;
                let (start, series) = (spot.delivery_start, (spot.venue, spot.tenor));
                let seconds = average.seconds_within(start, spot.delivery_end);
                if !fits || seconds == 0 || *average.series.get_or_insert(series) != series {
                    continue;
                }
                (start, seconds)
            };
            average.record(at, published.run, published.price, seconds)?;
            complete.push(*instrument);
        }
        for instrument in complete {
            self.settle_average(instrument, now, settled);
        }
        Some(())
    }

    /// Settles a financial contract whose average is complete: all of delivery is priced, or the
    /// averaging of a swap has ended.
    pub fn settle_average(
        &mut self,
        instrument: InstrumentId,
        now: Timestamp,
        settled: &mut Vec<Settlement>,
    ) {
        let (Some(average), Some(contract)) = (
            self.averages.get(&instrument),
            self.contracts.get(instrument.0 as usize),
        ) else {
            return;
        };
        let is_complete = match contract.averages {
            Some((_, (_, end))) => now >= end && average.seconds > 0,
            None => average.seconds == contract.delivery_seconds,
        };
        let Some(run) = average.run.filter(|_| is_complete) else {
            return;
        };
        let parts = i128::from(average.seconds);
        let sum = match self.options.get(&instrument) {
            Some(option) => option.payoff(average.sum, average.seconds),
            None => average.sum,
        };
        let price = Price::from_millionths(divide_half_even(sum, parts) as i64);
        let whole = i128::from(contract.delivery_seconds);
        for slot in contract.slots.clone().into_iter().map(PositionSlot) {
            let known = self.deliveries.get(&slot.0);
            let before = known.map_or(Volume::ZERO, |delivery| delivery.traded);
            let volume = before + self.position(slot).volume;
            // Exact where the parts fill the delivery, as they do for every contract on spot.
            let total = sum * i128::from(volume.millionths());
            let units = if parts == whole {
                total
            } else {
                total.div_euclid(parts) * whole
                    + divide_half_even(total.rem_euclid(parts) * whole, parts)
            };
            let (kind, amount) = (PriceKind::Settlement, Money::from_units(units));
            let leg = Leg {
                kind,
                run,
                volume,
                price,
                amount,
            };
            settled.extend(self.book_balance(slot, volume, leg));
        }
    }
}
