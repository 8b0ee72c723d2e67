//! What a strategy knows and how it acts.

use std::collections::VecDeque;

use wattbook_domain::command::{
    AmendOrder, CancelAll, CancelOrder, Direction, RecordSignal, Scope, SubmitOffer, SubmitOrder,
    SubmitSchedule,
};
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::parent::{EndParent, ExplainOrder, OpenParent};
use wattbook_domain::{
    ClientId, Command, Event, InstrumentId, Order, OrderId, Owner, Price, Side, SignalId,
    Timestamp, Volume,
};

use crate::observation::{Forecast, Observation};
use crate::signal::DEFAULT_THRESHOLD_PPM;

/// Who a strategy trades as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Identity {
    /// The source of its commands; no two strategies share one.
    pub client: ClientId,
    /// Whose its orders and positions are.
    pub owner: Owner,
}

/// Best bid and ask of an instrument; a side without orders is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Top {
    /// Highest price bid and its volume.
    pub bid: Option<(Price, Volume)>,
    /// Lowest price asked and its volume.
    pub ask: Option<(Price, Volume)>,
}

impl Top {
    /// Middle of bid and ask, rounded down to 1e-6, or `None` when a side is empty.
    #[must_use]
    pub fn mid(&self) -> Option<Price> {
        let (bid, ask) = (self.bid?.0.millionths(), self.ask?.0.millionths());
        Some(Price::from_millionths(bid + (ask - bid).div_euclid(2)))
    }

    /// What `quote` tells.
    #[must_use]
    pub fn of(quote: &Quote) -> Self {
        let side = |price, volume| (volume > Volume::ZERO).then_some((price, volume));
        Self {
            bid: side(quote.bid_price, quote.bid_volume),
            ask: side(quote.ask_price, quote.ask_volume),
        }
    }
}

/// An order that has not ended, by its number.
#[derive(Debug, Clone, Copy)]
struct Working {
    instrument: InstrumentId,
    side: Side,
    open: Volume,
    /// Whether the gate let it pass; a refusal after that is of an amendment or a cancel.
    is_routed: bool,
}

/// A strategy's time, market, positions and orders, and the buffer of its commands.
///
/// Ids are given out here, so that an order can be cancelled in the same breath. The buffer is reused:
/// the driver drains it after each observation.
#[derive(Debug, Clone)]
pub struct Context {
    now: Timestamp,
    identity: Identity,
    threshold_ppm: u32,
    commands: Vec<Command>,
    tops: Vec<Top>,
    positions: Vec<Volume>,
    working_volume: Vec<Volume>,
    /// Orders from number `first_working` on; those that ended before all others are gone.
    working: VecDeque<Option<Working>>,
    first_working: u64,
    last_signal: u64,
    wakes: Vec<Timestamp>,
}

impl Context {
    /// The context of a strategy that trades as `identity`, with the default confidence threshold.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            now: Timestamp::MIN,
            identity,
            threshold_ppm: DEFAULT_THRESHOLD_PPM,
            commands: Vec::with_capacity(64),
            tops: Vec::new(),
            positions: Vec::new(),
            working_volume: Vec::new(),
            working: VecDeque::with_capacity(64),
            first_working: 1,
            last_signal: 0,
            wakes: Vec::new(),
        }
    }

    /// The same with another confidence threshold, in 1e-6.
    #[must_use]
    pub fn with_threshold(mut self, threshold_ppm: u32) -> Self {
        self.threshold_ppm = threshold_ppm;
        self
    }

    /// The time of the observation.
    #[must_use]
    #[inline]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Who the strategy trades as.
    #[must_use]
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// The strategy's net position in `instrument`, long above zero, in volume units.
    #[must_use]
    #[inline]
    pub fn position(&self, instrument: InstrumentId) -> Volume {
        at(&self.positions, instrument)
    }

    /// What the strategy's orders in `instrument` that have not ended would add to the position, net.
    #[must_use]
    #[inline]
    pub fn working(&self, instrument: InstrumentId) -> Volume {
        at(&self.working_volume, instrument)
    }

    /// Best bid and ask of `instrument`.
    #[must_use]
    #[inline]
    pub fn top(&self, instrument: InstrumentId) -> Top {
        at(&self.tops, instrument)
    }

    /// Whether a signal of this confidence may trade: above, not at, the threshold.
    #[must_use]
    #[inline]
    pub const fn is_sure(&self, confidence_ppm: u32) -> bool {
        confidence_ppm > self.threshold_ppm
    }

    /// Submits `order` as this strategy's; returns its id.
    #[inline]
    pub fn submit(&mut self, mut order: Order) -> OrderId {
        order.owner = self.identity.owner;
        let order_id = self.track(order.instrument, order.side, order.volume);
        self.commands
            .push(Command::SubmitOrder(SubmitOrder { order_id, order }));
        order_id
    }

    /// Asks for another price and total volume of an order, and for another trigger of a stop.
    #[inline]
    pub fn amend(
        &mut self,
        order_id: OrderId,
        price: Price,
        volume: Volume,
        trigger: Option<Price>,
    ) {
        let amend = AmendOrder {
            order_id,
            price,
            volume,
            trigger,
        };
        self.commands.push(Command::AmendOrder(amend));
    }

    /// Takes an order back.
    #[inline]
    pub fn cancel(&mut self, order_id: OrderId) {
        self.commands
            .push(Command::CancelOrder(CancelOrder { order_id }));
    }

    /// Takes every order of this strategy back.
    pub fn cancel_all(&mut self) {
        let strategy = Some(self.identity.owner.strategy);
        let scope = Scope {
            strategy,
            ..Scope::default()
        };
        self.commands.push(Command::CancelAll(CancelAll { scope }));
    }

    /// Hands in a signal of a rule; returns its id for the orders that it causes.
    pub fn record_signal(
        &mut self,
        instrument: InstrumentId,
        view: (Direction, u32),
        forecast_price: Price,
        valid_until: Timestamp,
    ) -> SignalId {
        let forecast = Forecast {
            instrument,
            price: forecast_price,
            confidence_ppm: view.1,
            valid_until,
            ..Forecast::default()
        };
        self.record_forecast(view.0, &forecast)
    }

    /// Hands in the signal that a forecast gave, with the model that made it; returns its id for the
    /// orders that it causes.
    pub fn record_forecast(&mut self, direction: Direction, forecast: &Forecast) -> SignalId {
        self.last_signal += 1;
        // The same scheme as order ids, so that signals of two strategies never share a number.
        let signal = SignalId(OrderId::new(self.identity.client, self.last_signal).0);
        self.commands.push(Command::RecordSignal(RecordSignal {
            signal,
            strategy: self.identity.owner.strategy,
            instrument: forecast.instrument,
            direction,
            forecast_price: forecast.price,
            confidence_ppm: forecast.confidence_ppm,
            valid_until: forecast.valid_until,
            model: forecast.model,
            half_life_ns: forecast.half_life_ns,
        }));
        signal
    }

    /// Begins a parent order as this strategy's; returns its id, which its children name.
    pub fn open_parent(&mut self, mut parent: OpenParent) -> OrderId {
        // It opens no exposure, so its place among the orders stays empty.
        let number = self.first_working + self.working.len() as u64;
        self.working.push_back(None);
        parent.parent = OrderId::new(self.identity.client, number);
        parent.owner = self.identity.owner;
        self.commands.push(Command::OpenParent(parent));
        parent.parent
    }

    /// Ends a parent order.
    pub fn end_parent(&mut self, end: EndParent) {
        self.commands.push(Command::EndParent(end));
    }

    /// Says why an order was placed as it was.
    pub fn explain(&mut self, explained: ExplainOrder) {
        self.commands.push(Command::ExplainOrder(explained));
    }

    /// Asks to be told the time at `at`, unless something is observed at that instant anyway.
    #[inline]
    pub fn wake_at(&mut self, at: Timestamp) {
        self.wakes.push(at);
    }

    /// The instants at which the strategy asked to be told the time, since the last call. For the
    /// driver.
    #[inline]
    pub fn take_wakes(&mut self) -> std::vec::Drain<'_, Timestamp> {
        self.wakes.drain(..)
    }

    /// Offers into a pool or auction; returns the offer's id.
    pub fn submit_offer(
        &mut self,
        instrument: InstrumentId,
        side: Side,
        price: Price,
        volume: Volume,
        signal: SignalId,
    ) -> OrderId {
        self.submit_terms(SubmitOffer {
            instrument,
            side,
            price,
            volume,
            signal,
            ..SubmitOffer::default()
        })
    }

    /// Submits `offer` with all its terms as this strategy's; returns its id.
    pub fn submit_terms(&mut self, mut offer: SubmitOffer) -> OrderId {
        offer.order_id = self.track(offer.instrument, offer.side, offer.volume);
        offer.owner = self.identity.owner;
        self.commands.push(Command::SubmitOffer(offer));
        offer.order_id
    }

    /// States what the strategy's asset will deliver (+) or consume (−), in MW.
    pub fn submit_schedule(&mut self, instrument: InstrumentId, volume: Volume) {
        let owner = self.identity.owner;
        let schedule = SubmitSchedule {
            instrument,
            owner,
            volume,
        };
        self.commands.push(Command::SubmitSchedule(schedule));
    }

    /// What the strategy asked for since the last drain, in order. For the driver.
    #[inline]
    pub fn drain(&mut self) -> std::vec::Drain<'_, Command> {
        self.commands.drain(..)
    }

    /// Swaps what the strategy asked for with `commands`, which should be empty. For a driver that needs
    /// the context while it carries them out.
    #[inline]
    pub fn swap_commands(&mut self, commands: &mut Vec<Command>) {
        std::mem::swap(&mut self.commands, commands);
    }

    /// Whether the strategy asked for anything. For the driver.
    #[must_use]
    #[inline]
    pub fn has_commands(&self) -> bool {
        !self.commands.is_empty()
    }

    /// Takes `observation` at `now` into account. For the driver, before it calls the strategy.
    #[inline]
    pub fn observe(&mut self, now: Timestamp, observation: &Observation<'_>) {
        self.now = now;
        match observation {
            Observation::Market(MarketEvent::Quote(quote)) => {
                *slot(&mut self.tops, quote.instrument) = Top::of(quote);
            }
            Observation::Event(event) => self.observe_event(event),
            _ => {}
        }
    }

    fn observe_event(&mut self, event: &Event) {
        match event {
            Event::PositionChanged(changed) if changed.owner == self.identity.owner => {
                *slot(&mut self.positions, changed.instrument) = changed.volume;
            }
            Event::OrderStateChanged(changed) => {
                let has_ended = changed.has_ended();
                let open = if has_ended {
                    Volume::ZERO
                } else {
                    changed.open
                };
                self.set_open(changed.order_id, open, has_ended);
            }
            Event::OrderRouted(routed) => self.set_routed(routed.order_id),
            Event::OfferRouted(offer) => self.set_routed(offer.order_id),
            Event::Refused(refused) => {
                let working = self.working_mut(refused.order_id);
                if working.is_some_and(|working| !working.is_routed) {
                    self.set_open(refused.order_id, Volume::ZERO, true);
                }
            }
            _ => {}
        }
    }

    #[inline]
    fn track(&mut self, instrument: InstrumentId, side: Side, open: Volume) -> OrderId {
        let number = self.first_working + self.working.len() as u64;
        self.working.push_back(Some(Working {
            instrument,
            side,
            open,
            is_routed: false,
        }));
        let signed = Volume::from_millionths(open.millionths().saturating_mul(side.sign()));
        let volume = slot(&mut self.working_volume, instrument);
        *volume = Volume::from_millionths(volume.millionths().saturating_add(signed.millionths()));
        OrderId::new(self.identity.client, number)
    }

    fn working_mut(&mut self, order_id: OrderId) -> Option<&mut Working> {
        if order_id.client() != self.identity.client {
            return None;
        }
        let index = order_id.number().checked_sub(self.first_working)?;
        self.working.get_mut(index as usize)?.as_mut()
    }

    fn set_routed(&mut self, order_id: OrderId) {
        if let Some(working) = self.working_mut(order_id) {
            working.is_routed = true;
        }
    }

    fn set_open(&mut self, order_id: OrderId, open: Volume, has_ended: bool) {
        let Some(working) = self.working_mut(order_id) else {
            return;
        };
        let change = (open - working.open).millionths() * working.side.sign();
        let instrument = working.instrument;
        working.open = open;
        *slot(&mut self.working_volume, instrument) += Volume::from_millionths(change);
        if has_ended {
            let index = (order_id.number() - self.first_working) as usize;
            self.working[index] = None;
            while matches!(self.working.front(), Some(None)) {
                self.working.pop_front();
                self.first_working += 1;
            }
        }
    }
}

#[inline]
fn at<T: Copy + Default>(values: &[T], instrument: InstrumentId) -> T {
    values
        .get(instrument.0 as usize)
        .copied()
        .unwrap_or_default()
}

#[inline]
fn slot<T: Clone + Default>(values: &mut Vec<T>, instrument: InstrumentId) -> &mut T {
    let index = instrument.0 as usize;
    if index >= values.len() {
        values.resize(index + 1, T::default());
    }
    &mut values[index]
}
