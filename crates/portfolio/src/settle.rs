//! Settlement of deliveries: awards, meters, prices and their runs.
//!
//! One rule covers the markets: awards are settled at their own price; the balance, metered −
//! awarded + traded, is settled at the price that the market settles deliveries on. A two-settlement
//! market thus pays award × day-ahead + (metered − award) × real-time; a pool pays dispatched ×
//! price, corrected to the meter; a virtual has no meter and pays its award back at real-time; an
//! open position of a spot or intraday contract goes into the imbalance.

use wattbook_domain::event::{PositionChanged, Settled};
use wattbook_domain::instrument::DeliveryKind;
use wattbook_domain::market::{PriceKind, ReferencePrice};
use wattbook_domain::report::{MeterRead, ReservesSettled};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{InstrumentId, Money, Price, Refusal, Side, Timestamp, Volume};

use crate::bounds::{AMOUNT_MAX, price_fits, volume_fits};
use crate::contract::Published;
use crate::delivery::Leg;
use crate::option::Expiry;
use crate::portfolio::{Portfolio, PositionSlot};

/// What an award changes: the version before it, if any, and the one that replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Award {
    /// Buy to consume, sell to deliver.
    pub side: Side,
    /// The run that published it.
    pub run: SettlementRun,
    /// Price and volume that were booked for this offer before.
    pub before: Option<(Price, Volume)>,
    /// Clearing price, in currency per price unit.
    pub price: Price,
    /// Awarded volume, zero or above, in volume units.
    pub volume: Volume,
}

/// A settlement and the position that it changed.
pub type Settlement = (Settled, PositionChanged);

/// What a price of record books, in this order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Booked {
    /// Options on the instrument that came to their end.
    pub expired: Vec<Expiry>,
    /// Deliveries and averages that it settles.
    pub settled: Vec<Settlement>,
}

impl Portfolio {
    /// Books what an offer was awarded in a pool or two-settlement market, and of a virtual the venue's taker
    /// fee: what the market charges for it.
    pub fn award(&mut self, slot: PositionSlot, award: &Award) -> Settlement {
        let instrument = self.position(slot).instrument;
        let contract = &self.contracts[instrument.0 as usize];
        let kind = if contract.market_model == MarketModel::Pool {
            PriceKind::RealTime
        } else {
            PriceKind::DayAhead
        };
        let delivered =
            |volume: Volume| Volume::from_millionths(-award.side.sign() * volume.millionths());
        let worth = |(price, volume): (Price, Volume)| contract.value(price, delivered(volume));
        let before = award.before.unwrap_or_default();
        let change = worth((award.price, award.volume)) - worth(before);
        let delivery = self.deliveries.entry(slot.0).or_default();
        let more = delivered(award.volume) - delivered(before.1);
        delivery.awarded += more;
        delivery.award += change;
        let (volume, amount) = (delivery.awarded, delivery.award);
        // What the market charges for virtual bids; a physical award pays no fee for trading.
        let fee = if contract.delivery_kind == DeliveryKind::Virtual {
            contract.value(contract.taker_fee, award.volume - before.1)
        } else {
            Money::ZERO
        };
        if delivery.scheduled.is_some() {
            let group = self.positions[slot.0 as usize].group;
            self.groups[group as usize].volume -= more;
        }
        self.change(slot, |position| {
            position.realised += change;
            position.fees += fee;
        });
        let settled = Settled {
            instrument,
            owner: self.position(slot).owner,
            kind,
            run: award.run,
            volume,
            price: award.price,
            amount,
        };
        (settled, self.changed(slot))
    }

    /// What the balance of the trading book behind `slot` changes by when its owner schedules
    /// `volume`. Without a schedule an award is taken to be delivered as awarded.
    #[must_use]
    pub fn schedule_change(&self, slot: PositionSlot, volume: Volume) -> Volume {
        match self.deliveries.get(&slot.0) {
            None => volume,
            Some(delivery) => volume - delivery.scheduled.unwrap_or(delivery.awarded),
        }
    }

    /// Notes what an asset will deliver, in MW; the gate has checked it.
    pub fn schedule(&mut self, slot: PositionSlot, volume: Volume) {
        let change = self.schedule_change(slot, volume);
        self.deliveries.entry(slot.0).or_default().scheduled = Some(volume);
        let group = self.positions[slot.0 as usize].group;
        self.groups[group as usize].volume += change;
    }

    /// Takes over a meter reading and settles what it allows. `None` when a later run is booked.
    ///
    /// # Errors
    /// [`Refusal::UnknownInstrument`], [`Refusal::NoFxRate`], or [`Refusal::OrderVolume`] for a
    /// reading beyond the range.
    pub fn meter(
        &mut self,
        read: &MeterRead,
        now: Timestamp,
    ) -> Result<Option<Vec<Settlement>>, Refusal> {
        if !volume_fits(read.volume) {
            return Err(Refusal::OrderVolume {
                volume: read.volume,
                limit: crate::bounds::VOLUME_MAX,
            });
        }
        self.check_rate(read.instrument)?;
        let slot = self.slot(read.instrument, read.owner)?;
        let delivery = self.deliveries.entry(slot.0).or_default();
        if delivery.metered.is_some_and(|(run, _)| run > read.run) {
            return Ok(None);
        }
        delivery.metered = Some((read.run, read.volume));
        Ok(Some(self.settle(slot, now).into_iter().collect()))
    }

    /// Books what is paid for reserves in place of what an earlier run paid. `None` when a later run is
    /// booked.
    ///
    /// # Errors
    /// [`Refusal::UnknownInstrument`], [`Refusal::NoFxRate`], or [`Refusal::OrderValue`] for an amount
    /// beyond the range.
    pub fn settle_reserves(
        &mut self,
        settled: &ReservesSettled,
    ) -> Result<Option<PositionChanged>, Refusal> {
        let (amount, run) = (settled.amount, settled.run);
        if !(-AMOUNT_MAX..=AMOUNT_MAX).contains(&amount) {
            return Err(Refusal::OrderValue {
                value: amount,
                limit: AMOUNT_MAX,
            });
        }
        self.check_rate(settled.instrument)?;
        let slot = self.slot(settled.instrument, settled.owner)?;
        let delivery = self.deliveries.entry(slot.0).or_default();
        let (known, paid) = delivery.reserves.unwrap_or_default();
        if known > run {
            return Ok(None);
        }
        delivery.reserves = Some((run, amount));
        self.change(slot, |position| position.realised += amount - paid);
        Ok(Some(self.changed(slot)))
    }

    /// Takes over a price of record, and settles what it allows. `None` when a later run is booked
    /// or the price cannot be.
    pub fn publish(
        &mut self,
        published: &ReferencePrice,
        ts_event: Timestamp,
        now: Timestamp,
    ) -> Option<Booked> {
        let (instrument, kind, run) = (published.instrument, published.kind, published.run);
        let price = published.price;
        let is_averaged = self.averages.contains_key(&instrument);
        let contract = self.contracts.get_mut(instrument.0 as usize)?;
        if !price_fits(price) {
            return None;
        }
        let settles = contract.settles_on(kind, run, is_averaged);
        if settles {
            if contract.settlement.is_some_and(|known| known.run > run) {
                return None;
            }
            contract.settlement = Some(Published { kind, run, price });
        }
        self.mark(instrument, price);
        // Exercised options enter the underlying before it settles on the same price.
        let expired = self.expire_options(published, ts_event);
        let mut settled = Vec::new();
        if settles {
            self.settle_all(instrument, now, &mut settled);
        }
        self.average(published, ts_event, now, &mut settled)?;
        Some(Booked { expired, settled })
    }

    /// Settles every position of `instrument` that can be.
    pub fn settle_all(
        &mut self,
        instrument: InstrumentId,
        now: Timestamp,
        settled: &mut Vec<Settlement>,
    ) {
        let Some(contract) = self.contracts.get(instrument.0 as usize) else {
            return;
        };
        for slot in contract.slots.clone() {
            settled.extend(self.settle(PositionSlot(slot), now));
        }
    }

    /// Settles the balance of one position once gate, price and meter are there.
    fn settle(&mut self, slot: PositionSlot, now: Timestamp) -> Option<Settlement> {
        let position = self.position(slot);
        let instrument = position.instrument;
        let open = position.volume;
        let contract = &self.contracts[instrument.0 as usize];
        if now < contract.gate_closure {
            return None;
        }
        let published = contract.settlement?;
        let seconds = contract.delivery_seconds;
        let delivery = self.deliveries.get(&slot.0).cloned().unwrap_or_default();
        let is_metered = contract.delivery_kind == DeliveryKind::Physical;
        if is_metered && delivery.is_promised() && delivery.metered.is_none() {
            return None;
        }
        let metered = delivery.metered.filter(|_| is_metered);
        let (meter_run, metered) = metered.unwrap_or((SettlementRun::Initial, Volume::ZERO));
        let traded = delivery.traded + open;
        let volume = metered - delivery.awarded + traded;
        let leg = Leg {
            kind: published.kind,
            run: published.run.max(meter_run),
            volume,
            price: published.price,
            amount: Money::of_delivery(published.price, volume, seconds),
        };
        self.book_balance(slot, traded, leg)
    }

    /// Takes the open volume out of the position and books `leg` in place of the one before.
    pub(crate) fn book_balance(
        &mut self,
        slot: PositionSlot,
        traded: Volume,
        leg: Leg,
    ) -> Option<Settlement> {
        let known = self.deliveries.get(&slot.0);
        let before = known.and_then(|delivery| delivery.balance);
        let is_nothing = leg.volume == Volume::ZERO && traded == Volume::ZERO;
        if before == Some(leg) || (before.is_none() && is_nothing && known.is_none()) {
            return None;
        }
        let delivery = self.deliveries.entry(slot.0).or_default();
        delivery.traded = traded;
        delivery.balance = Some(leg);
        let paid = before.map_or(Money::ZERO, |leg| leg.amount);
        self.change(slot, |position| {
            position.deliver();
            position.realised += leg.amount - paid;
        });
        let settled = Settled {
            instrument: self.position(slot).instrument,
            owner: self.position(slot).owner,
            kind: leg.kind,
            run: leg.run,
            volume: leg.volume,
            price: leg.price,
            amount: leg.amount,
        };
        Some((settled, self.changed(slot)))
    }
}
