//! Financial contracts that settle on the average of spot prices over their delivery.
//!
//! Base contracts average every spot period of their location and currency within their delivery;
//! the venue and length of the first one decide which series counts, so hours and quarter-hours of
//! one market are not counted twice. A swap averages the prices of the index that it names.

use std::collections::BTreeMap;

use wattbook_domain::instrument::{DeliveryKind, Load};
use wattbook_domain::market::{PriceKind, ReferencePrice};
use wattbook_domain::settlement::SettlementRun;
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
    prices,
    sum,
    seconds,
    run
});

impl SpotAverage {
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
    /// Starts to gather spot prices for a new financial contract.
    pub(crate) fn watch_spot(&mut self, instrument: InstrumentId) {
        let contract = &self.contracts[instrument.0 as usize];
        let is_average =
            contract.delivery_kind == DeliveryKind::SpotAverage && contract.load == Load::Base;
        if is_average || contract.swap.is_some() {
            self.averages.insert(instrument, SpotAverage::default());
        }
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
        let is_spot = spot.is_spot() && published.kind == PriceKind::DayAhead;
        let mut complete = Vec::new();
        for (instrument, average) in &mut self.averages {
            let contract = &self.contracts[instrument.0 as usize];
            let (at, seconds) = if let Some((index, (start, end))) = contract.swap {
                if index != published.instrument || ts_event < start || ts_event >= end {
                    continue;
                }
                (ts_event, 1)
            } else {
                let fits = is_spot
                    && (spot.location, spot.currency, spot.commodity)
                        == (contract.location, contract.currency, contract.commodity)
                    && spot.delivery_start >= contract.delivery_start
                    && spot.delivery_end <= contract.delivery_end;
                let series = (spot.venue, spot.tenor);
                if !fits || *average.series.get_or_insert(series) != series {
                    continue;
                }
                (spot.delivery_start, spot.delivery_seconds)
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
        let is_complete = match contract.swap {
            Some((_, (_, end))) => now >= end && average.seconds > 0,
            None => average.seconds == contract.delivery_seconds,
        };
        let Some(run) = average.run.filter(|_| is_complete) else {
            return;
        };
        let (sum, parts) = (average.sum, i128::from(average.seconds));
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
