//! The gate: approves an order or names the limit that it breaks.

use wattbook_domain::command::{
    AmendOrder, FreezeInstrument, RecordSignal, SetTrading, SubmitOffer, SubmitSchedule,
};
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::SessionPhase;
use wattbook_domain::reference::{SetApproval, SetLimits, SetOrderRate, SetThreshold};
use wattbook_domain::{
    ClientId, InstrumentId, Order, OrderId, OrderType, Owner, Price, Refusal, Side, SignalId,
    Timestamp, Volume,
};
use wattbook_portfolio::{Portfolio, PositionSlot};

use crate::approved::{ApprovedAmendment, ApprovedOffer, ApprovedOrder, ApprovedSchedule};
use crate::blocks::{Blocks, Leg};
use crate::hierarchy::{Hierarchy, Notice};
use crate::holds::Holds;
use crate::limits::{Limits, OpenVolume, Terms};
use crate::rate::Client;
use crate::schedule::{check_terms, is_nearer, of_balance, opening};
use crate::scope::{KillSwitch, covers};
use crate::signals::Signals;
use crate::terms::{check_conditions, check_plain, has_limit};
use crate::trading::{Ask, Trading, value, worst_size};

/// The confidence that a signal must be above when its strategy has no threshold of its own.
pub const DEFAULT_THRESHOLD_PPM: u32 = 800_000;

/// What the gate must know of an open order to let it be amended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOrder {
    /// The position that its fills go to.
    pub slot: PositionSlot,
    /// Buy or sell.
    pub side: Side,
    /// How it is priced.
    pub order_type: OrderType,
    /// Limit, in currency per price unit.
    pub price: Price,
    /// Total volume, filled part included, in volume units.
    pub volume: Volume,
    /// Filled so far, in volume units.
    pub filled: Volume,
    /// The signal that asked for it; 0 for none.
    pub signal: SignalId,
}

/// Pre-trade limits and what is open against them.
#[derive(Debug, Clone)]
pub struct LimitGate {
    pub(crate) default_threshold_ppm: u32,
    pub(crate) terms: Vec<Terms>,
    /// By trading book; `None` for books without limits.
    pub(crate) limits: Vec<Option<Limits>>,
    /// By client.
    pub(crate) clients: Vec<Client>,
    /// By holding of a trading book in an instrument, as the portfolio numbers them.
    pub(crate) open: Vec<OpenVolume>,
    /// The same by position.
    pub(crate) open_by_slot: Vec<OpenVolume>,
    /// Block orders among it.
    pub(crate) blocks: Blocks,
    pub(crate) hierarchy: Hierarchy,
    /// What is to be told of limits; empty between inputs.
    pub(crate) notices: Vec<Notice>,
    pub(crate) kill_switch: KillSwitch,
    pub(crate) holds: Holds,
    pub(crate) signals: Signals,
}

impl LimitGate {
    /// A gate without limits, at which a signal must be above `default_threshold_ppm`.
    #[must_use]
    pub fn new(default_threshold_ppm: u32) -> Self {
        Self {
            default_threshold_ppm,
            terms: Vec::new(),
            limits: Vec::new(),
            clients: Vec::new(),
            open: Vec::new(),
            open_by_slot: Vec::new(),
            blocks: Blocks::default(),
            hierarchy: Hierarchy::default(),
            notices: Vec::new(),
            kill_switch: KillSwitch::default(),
            holds: Holds::default(),
            signals: Signals::default(),
        }
    }

    /// Takes over an instrument that the portfolio has taken over before.
    ///
    /// # Errors
    /// [`Refusal::Reference`] for a tick or lot of zero or a number that leaves a gap.
    pub fn define_instrument(&mut self, instrument: &Instrument) -> Result<(), Refusal> {
        let terms = Terms::new(instrument)?;
        let number = instrument.instrument.0;
        let count = self.terms.len();
        match self.terms.get_mut(number as usize) {
            Some(known) => {
                let phase = known.phase;
                *known = Terms { phase, ..terms };
            }
            None if number as usize == count => self.terms.push(terms),
            None => {
                return Err(Refusal::Reference {
                    number,
                    field: "instrument",
                    fix: "number instruments from 0 in order of definition",
                });
            }
        }
        Ok(())
    }

    /// Takes over the phase of an instrument.
    ///
    /// # Errors
    /// [`Refusal::UnknownInstrument`].
    pub fn set_phase(&mut self, change: &SessionPhase) -> Result<(), Refusal> {
        let instrument = change.instrument;
        let terms = self.terms.get_mut(instrument.0 as usize);
        terms
            .ok_or(Refusal::UnknownInstrument { instrument })?
            .phase = change.phase;
        Ok(())
    }

    /// Takes over the limits of a trading book.
    pub fn set_limits(&mut self, set: &SetLimits) {
        let book = usize::from(set.trading_book.0);
        if book >= self.limits.len() {
            self.limits.resize(book + 1, None);
        }
        self.limits[book] = Some(set.into());
    }

    /// Takes over the order rate of a client.
    pub fn set_order_rate(&mut self, set: &SetOrderRate) {
        client_of(&mut self.clients, set.client).set_limit(set.orders_per_second);
    }

    /// Takes over the confidence threshold of a strategy.
    pub fn set_threshold(&mut self, set: &SetThreshold) {
        self.signals.set_threshold(set.strategy, set.confidence_ppm);
    }

    /// Stops or resumes order entry in a scope.
    pub fn set_trading(&mut self, change: SetTrading) {
        self.kill_switch.set(change);
    }

    /// Stops order entry in an instrument, or resumes it; whether that changed anything.
    ///
    /// # Errors
    /// [`Refusal::UnknownInstrument`].
    pub fn freeze(&mut self, change: &FreezeInstrument) -> Result<bool, Refusal> {
        self.known_terms(change.instrument)?;
        Ok(self.holds.freeze(*change))
    }

    /// Whether order entry in `instrument` waits for its release.
    #[must_use]
    pub fn is_frozen(&self, instrument: InstrumentId) -> bool {
        self.holds.is_frozen(instrument)
    }

    /// Takes over which orders of a trading book need a second person.
    pub fn set_approval(&mut self, set: &SetApproval) {
        self.holds.set_approval(set);
    }

    /// Takes over a signal.
    ///
    /// # Errors
    /// A [`Refusal`] for a confidence out of range, a number in use, or an end that has passed.
    pub fn record_signal(&mut self, signal: &RecordSignal, now: Timestamp) -> Result<(), Refusal> {
        self.signals.record(signal, now)
    }

    /// The highest order number that `client` has used, in its own series; 0 for none.
    #[must_use]
    #[inline]
    pub fn last_number(&self, client: ClientId) -> u64 {
        self.clients
            .get(usize::from(client.0))
            .map_or(0, |client| client.last_number)
    }

    /// Approves `order` as `order_id`, or names the limit that it breaks. The number is used up
    /// either way; the approved volume counts as open until it is [released](Self::release).
    ///
    /// # Errors
    /// The first [`Refusal`] that applies.
    #[inline(always)]
    pub fn check(
        &mut self,
        client: ClientId,
        order_id: OrderId,
        order: &Order,
        now: Timestamp,
        portfolio: &mut Portfolio,
    ) -> Result<ApprovedOrder, Refusal> {
        client_of(&mut self.clients, client).take_number(client, order_id)?;
        self.check_numbered(order_id, order, now, portfolio)
    }

    /// Approves a held order that a second person lets pass: everything but its number is checked
    /// again, at what is known now.
    ///
    /// # Errors
    /// The first [`Refusal`] that applies.
    pub fn check_held(
        &mut self,
        order_id: OrderId,
        order: &Order,
        now: Timestamp,
        portfolio: &mut Portfolio,
    ) -> Result<ApprovedOrder, Refusal> {
        self.check_numbered(order_id, order, now, portfolio)
    }

    #[inline(always)]
    fn check_numbered(
        &mut self,
        order_id: OrderId,
        order: &Order,
        now: Timestamp,
        portfolio: &mut Portfolio,
    ) -> Result<ApprovedOrder, Refusal> {
        let trigger = match &order.conditions {
            None => {
                check_plain(order)?;
                None
            }
            Some(conditions) => {
                let terms = self.known_terms(order.instrument)?;
                let grid = (terms.tick, terms.lot, terms.min_price, terms.max_price);
                check_conditions(order, conditions, Some(grid), now)?;
                conditions.trigger
            }
        };
        let mut ask = Ask {
            order_id,
            instrument: order.instrument,
            owner: order.owner,
            side: order.side,
            price: has_limit(order.order_type).then_some(order.price),
            trigger,
            volume: order.volume,
            added: order.volume,
            leg: None,
            is_offer: false,
            signal: order.signal,
            now,
        };
        let (slot, arrival_price) = self.admit(&mut ask, order_id.client(), portfolio)?;
        Ok(ApprovedOrder {
            order_id,
            order: order.clone(),
            slot,
            arrival_price,
            needs_second_person: self.needs_second_person(&ask, portfolio),
        })
    }

    #[inline(always)]
    fn needs_second_person(&self, ask: &Ask, portfolio: &Portfolio) -> bool {
        let Some(approval) = self.holds.approval(ask.owner.trading_book) else {
            return false;
        };
        let terms = self.terms.get(ask.instrument.0 as usize);
        let value = terms.and_then(|terms| value(ask, terms, portfolio));
        !approval.passes_alone(ask.volume, value)
    }

    /// Approves an offer into a pool or auction, or names the limit that it breaks. Legs of blocks count
    /// as the worst that the auction can take of them: of an exclusive group one block, of a family a
    /// child with its parent only.
    ///
    /// # Errors
    /// The first [`Refusal`] that applies.
    pub fn check_offer(
        &mut self,
        client: ClientId,
        offer: &SubmitOffer,
        now: Timestamp,
        portfolio: &mut Portfolio,
    ) -> Result<ApprovedOffer, Refusal> {
        client_of(&mut self.clients, client).take_number(client, offer.order_id)?;
        let leg = Leg::of(offer);
        if let Some(leg) = &leg {
            self.blocks.check(leg)?;
        }
        let mut ask = Ask {
            order_id: offer.order_id,
            instrument: offer.instrument,
            owner: offer.owner,
            side: offer.side,
            price: Some(offer.price),
            trigger: None,
            volume: offer.volume,
            added: offer.volume,
            leg,
            is_offer: true,
            signal: offer.signal,
            now,
        };
        let (slot, _) = self.admit(&mut ask, client, portfolio)?;
        let offer = *offer;
        Ok(ApprovedOffer { offer, slot })
    }

    /// Approves an amendment, or names the limit that it breaks. One that only reduces the volume
    /// passes on its grid alone.
    ///
    /// # Errors
    /// The first [`Refusal`] that applies.
    pub fn check_amendment(
        &mut self,
        client: ClientId,
        amendment: &AmendOrder,
        order: &OpenOrder,
        now: Timestamp,
        portfolio: &mut Portfolio,
    ) -> Result<ApprovedAmendment, Refusal> {
        let volume = amendment.volume;
        if volume <= order.filled {
            let filled = order.filled;
            return Err(Refusal::BelowFilled { volume, filled });
        }
        let position = portfolio.position(order.slot);
        let (instrument, owner) = (position.instrument, position.owner);
        let has_limit = has_limit(order.order_type);
        let added =
            Volume::from_millionths((volume.millionths() - order.volume.millionths()).max(0));
        let is_reduction =
            added == Volume::ZERO && amendment.price == order.price && amendment.trigger.is_none();
        let terms = self.known_terms(instrument)?;
        let is_stop = matches!(order.order_type, OrderType::Stop | OrderType::TrailingStop);
        if let Some(trigger) = amendment.trigger {
            if !is_stop && order.order_type != OrderType::StopLimit {
                return Err(Refusal::Terms {
                    field: "trigger",
                    fix: "leave it out, or amend a stop",
                });
            }
            terms.check_price(trigger)?;
        }
        // An old trigger is not kept, so a stop without limit counts at the venue's farthest price.
        let trigger = amendment
            .trigger
            .or_else(|| is_stop.then(|| terms.farthest_price()));
        let mut ask = Ask {
            order_id: amendment.order_id,
            instrument,
            owner,
            side: order.side,
            price: has_limit.then_some(amendment.price),
            trigger,
            volume,
            added,
            leg: None,
            is_offer: false,
            signal: order.signal,
            now,
        };
        if is_reduction {
            ask.check_grid(self.known_terms(instrument)?)?;
        } else if self.needs_second_person(&ask, portfolio) {
            return Err(Refusal::AmendNeedsApproval { volume });
        } else {
            self.admit(&mut ask, client, portfolio)?;
        }
        Ok(ApprovedAmendment(*amendment))
    }

    /// Approves a schedule, or names the limit that it breaks. It is held against what it opens: the
    /// balance of the trading book, scheduled less awarded plus traded. One that brings the balance
    /// nearer to zero passes on its time, its grid and its currency alone. It may change until
    /// delivery begins, after the gate for offers.
    ///
    /// # Errors
    /// The first [`Refusal`] that applies.
    pub fn check_schedule(
        &mut self,
        client: ClientId,
        schedule: &SubmitSchedule,
        now: Timestamp,
        portfolio: &mut Portfolio,
    ) -> Result<ApprovedSchedule, Refusal> {
        let (instrument, owner) = (schedule.instrument, schedule.owner);
        let terms = self.known_terms(instrument)?;
        check_terms(schedule, terms, now, portfolio)?;
        let slot = portfolio.slot(instrument, owner)?;
        let change = portfolio.schedule_change(slot, schedule.volume);
        let (group, held) = portfolio.group(slot);
        let schedule = *schedule;
        let approved = ApprovedSchedule { schedule, slot };
        if is_nearer(held, change) {
            return Ok(approved);
        }
        let parties = &self.hierarchy.parties;
        let stops = &self.kill_switch;
        if stops.is_stopped(instrument, terms.venue, owner, parties) {
            return Err(Refusal::TradingStopped);
        }
        let open = self.open.get(group as usize).copied().unwrap_or_default();
        let trading = Trading { held, open };
        let ask = opening(&schedule, held, change, now);
        let book = usize::from(owner.trading_book.0);
        let checked = trading.check_range(&ask).and_then(|()| {
            let Some(Some(limits)) = self.limits.get(book) else {
                return Ok(());
            };
            trading.check(&ask, limits, terms, slot, portfolio)
        });
        checked.map_err(|refusal| of_balance(refusal, &ask))?;
        client_of(&mut self.clients, client).pass(client, now)?;
        Ok(approved)
    }

    #[inline]
    fn known_terms(&self, instrument: InstrumentId) -> Result<&Terms, Refusal> {
        self.terms
            .get(instrument.0 as usize)
            .ok_or(Refusal::UnknownInstrument { instrument })
    }

    /// All checks; then the volume counts as open. Returns the position and the last known price.
    #[inline(always)]
    fn admit(
        &mut self,
        ask: &mut Ask,
        client: ClientId,
        portfolio: &mut Portfolio,
    ) -> Result<(PositionSlot, Option<Price>), Refusal> {
        let instrument = ask.instrument;
        let (Some(terms), Some(contract)) = (
            self.terms.get(instrument.0 as usize),
            portfolio.contract(instrument),
        ) else {
            return Err(Refusal::UnknownInstrument { instrument });
        };
        ask.check_grid(terms)?;
        ask.check_session(terms)?;
        let parties = &self.hierarchy.parties;
        let stops = &self.kill_switch;
        if stops.is_stopped(instrument, terms.venue, ask.owner, parties) {
            return Err(Refusal::TradingStopped);
        }
        if self.holds.is_frozen(instrument) {
            return Err(Refusal::Frozen { instrument });
        }
        let default = self.default_threshold_ppm;
        self.signals
            .check(ask.owner.strategy, ask.signal, default, ask.now)?;
        Ask::check_rate(contract, portfolio)?;
        let mark = contract.mark();
        let slot = portfolio.slot(instrument, ask.owner)?;
        let (group, held) = portfolio.group(slot);
        if group as usize >= self.open.len() {
            self.open
                .resize(portfolio.group_count(), OpenVolume::default());
        }
        if let Some(leg) = &ask.leg {
            ask.added = self.blocks.added(group, ask.side, leg);
        }
        let open = self.open[group as usize];
        let trading = Trading { held, open };
        trading.check_range(ask)?;
        let book = usize::from(ask.owner.trading_book.0);
        if let Some(Some(limits)) = self.limits.get(book) {
            ask.check_collar(limits.price_collar, mark)?;
            trading.check(ask, limits, terms, slot, portfolio)?;
        }
        if self.hierarchy.is_empty() {
            client_of(&mut self.clients, client).pass(client, ask.now)?;
        } else {
            let size = worst_size(ask, terms, mark);
            let (reduces, opens) = (trading.reduces(ask), &self.open_by_slot);
            let at = (slot, terms);
            let hierarchy = &mut self.hierarchy;
            let breaches = hierarchy.check(ask, size, reduces, at, portfolio, opens)?;
            client_of(&mut self.clients, client).pass(client, ask.now)?;
            hierarchy.pass(ask, size, at, &breaches, portfolio);
            self.notices
                .extend(breaches.into_iter().map(Notice::Breached));
        }
        self.add_open(slot, group, ask.side, ask.added);
        if let Some(leg) = &ask.leg {
            self.blocks.insert(group, ask.side, leg, ask.added);
        }
        Ok((slot, mark))
    }

    /// Takes `volume` of an order off what is open: it was filled, ended or never arrived.
    #[inline(always)]
    pub fn release(
        &mut self,
        order_id: OrderId,
        slot: PositionSlot,
        side: Side,
        volume: Volume,
        portfolio: &Portfolio,
    ) {
        if self.hierarchy.bids.is_kept() {
            self.hierarchy.bids.release(order_id, slot, side, volume);
        }
        self.release_open(slot, side, volume, portfolio);
    }

    #[inline(always)]
    fn release_open(
        &mut self,
        slot: PositionSlot,
        side: Side,
        volume: Volume,
        portfolio: &Portfolio,
    ) {
        let (group, _) = portfolio.group(slot);
        self.add_open(slot, group, side, -volume);
        if !self.hierarchy.is_empty() {
            self.hierarchy.touch(portfolio.position(slot).instrument);
        }
    }

    #[inline(always)]
    fn add_open(&mut self, slot: PositionSlot, group: u32, side: Side, volume: Volume) {
        let place = slot.0 as usize;
        if place >= self.open_by_slot.len() {
            self.open_by_slot.resize(place + 1, OpenVolume::default());
        }
        for open in [
            &mut self.open[group as usize],
            &mut self.open_by_slot[place],
        ] {
            match side {
                Side::Buy => open.buy += volume,
                Side::Sell => open.sell += volume,
            }
        }
    }

    /// Takes an offer off what is open: it was awarded or ended. `block` is the one that it was a leg of.
    pub fn release_offer(
        &mut self,
        order_id: OrderId,
        block: Option<u64>,
        slot: PositionSlot,
        side: Side,
        volume: Volume,
        portfolio: &Portfolio,
    ) {
        if volume == Volume::ZERO {
            return;
        }
        let less = block.map_or(volume, |block| {
            let (group, _) = portfolio.group(slot);
            let key = (order_id.client(), block);
            self.blocks.remove(group, side, key, volume)
        });
        if self.hierarchy.bids.is_kept() {
            self.hierarchy.bids.release(order_id, slot, side, volume);
        }
        self.release_open(slot, side, less, portfolio);
    }

    /// Whether `scope` covers an order of `owner` for `instrument`.
    #[must_use]
    pub fn covers(
        &self,
        scope: &wattbook_domain::command::Scope,
        instrument: InstrumentId,
        owner: Owner,
    ) -> bool {
        let terms = self.terms.get(instrument.0 as usize);
        let parties = &self.hierarchy.parties;
        terms.is_some_and(|terms| covers(scope, instrument, terms.venue, owner, parties))
    }

    /// Open buy and sell volume of the trading book behind `slot` in its instrument.
    #[must_use]
    pub fn open_volume(&self, slot: PositionSlot, portfolio: &Portfolio) -> (Volume, Volume) {
        let (group, _) = portfolio.group(slot);
        let open = self.open.get(group as usize).copied().unwrap_or_default();
        (open.buy, open.sell)
    }
}

#[inline(always)]
fn client_of(clients: &mut Vec<Client>, client: ClientId) -> &mut Client {
    let index = usize::from(client.0);
    if index >= clients.len() {
        clients.resize_with(index + 1, Client::default);
    }
    &mut clients[index]
}
