//! One deterministic order of everything that happens around the engine.

mod edge;
mod netting;

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use wattbook_domain::market::{MarketEvent, ReferencePrice};
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::report::VenueReport;
use wattbook_domain::{Command, Event, Input, InstrumentId, Sequenced, Timestamp, VenueId};
use wattbook_engine::{Engine, EventSink};
use wattbook_strategy::{Context, Forecast, Identity, Observation, Strategy};

use crate::agent::{Agent, Agents};
use crate::error::SimError;
use crate::histogram::Histogram;
use crate::log::RunLog;
use crate::venue::{Arrival, Venue};
use netting::Netting;

pub use edge::{EDGE, Outward, PERSON};

/// Sees every input and every event, in order.
pub trait Tap: Send {
    /// An input is about to be applied.
    fn on_input(&mut self, input: &Sequenced);

    /// The engine answered `input` with `event`.
    fn on_event(&mut self, input: &Sequenced, event: &Event);
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The simulated time.
    pub now: Timestamp,
    /// Inputs so far.
    pub sequence: u64,
    /// Events so far.
    pub events: u64,
    /// Whether nothing is left before the time asked for.
    pub is_done: bool,
    /// Whether a resumed run is still within what was journaled.
    pub is_replaying: bool,
}

/// What happens besides the venues: known before the run.
#[derive(Debug, Default)]
struct Agenda {
    recorded: VecDeque<Arrival>,
    /// Reference data that become known while the run goes on. Not with what is recorded: prices that
    /// are received later may come before them.
    references: VecDeque<Arrival>,
    /// What began anew on an earlier resumption, by the number that it has in the journal.
    interrupts: VecDeque<(u64, Arrival)>,
    forecasts: VecDeque<(Timestamp, Forecast)>,
    alarms: BTreeSet<Timestamp>,
}

/// To ask the clock twice costs as much as an eighth of an input. A prime, so that of what comes in turns
/// nothing is always left out.
pub const MEASURED_EVERY: u64 = 31;

/// Collects the events of one input.
#[derive(Debug, Default)]
struct Collected(Vec<Event>);

impl EventSink for Collected {
    #[inline]
    fn on_event(&mut self, _sequence: u64, event: &Event) {
        self.0.push(event.clone());
    }
}

/// Merges reference data, recorded market data, venues, forecasts, strategies and time into sequenced
/// inputs, journals each, applies it to the engine and hands the events on.
///
/// At one instant the order is: commands that wait, recorded data, venues by their order of addition,
/// forecasts, time. A command enters the engine at the instant of the observation that caused it; its
/// way to the venue takes the venue's latency.
pub struct Backtest {
    engine: Engine,
    log: Box<dyn RunLog>,
    venues: Vec<Box<dyn Venue>>,
    /// Index of the simulated venue of each instrument.
    venue_of: Vec<Option<usize>>,
    agents: Agents,
    agenda: Agenda,
    commands: VecDeque<(usize, Command)>,
    collected: Collected,
    /// Where opposite orders cross within the desk; none where all go to the street.
    netting: Option<Netting>,
    tap: Option<Box<dyn Tap>>,
    latency: Option<Histogram>,
    now: Timestamp,
    /// What concerns venues that are not simulated, by the input that caused it; none where all are.
    outward: Option<VecDeque<(u64, Outward)>>,
    /// What the engine says to what a person asks.
    said: Option<Vec<Event>>,
    /// The last input that is durable.
    committed: u64,
    /// Up to here everything has happened: what comes from outside now comes later.
    settled: Timestamp,
    sequence: u64,
    events: u64,
    is_started: bool,
}

impl Backtest {
    /// A backtest of `engine` that starts at `start` and journals to `log`.
    #[must_use]
    pub fn new(engine: Engine, log: Box<dyn RunLog>, start: Timestamp) -> Self {
        Self {
            engine,
            log,
            venues: Vec::new(),
            venue_of: Vec::new(),
            agents: Agents::default(),
            agenda: Agenda::default(),
            commands: VecDeque::new(),
            collected: Collected::default(),
            netting: None,
            tap: None,
            latency: None,
            now: start,
            settled: start,
            outward: None,
            said: None,
            committed: 0,
            sequence: 0,
            events: 0,
            is_started: false,
        }
    }

    /// Adds a simulated venue.
    ///
    /// # Errors
    /// [`SimError::VenueTwice`].
    pub fn add_venue(&mut self, venue: Box<dyn Venue>) -> Result<(), SimError> {
        let number = venue.venue();
        if self.venues.iter().any(|known| known.venue() == number) {
            return Err(SimError::VenueTwice { venue: number });
        }
        self.venues.push(venue);
        Ok(())
    }

    /// Says that orders in `instrument` go to `venue`, which must have been added.
    ///
    /// # Errors
    /// [`SimError::NotListed`] when it was not.
    pub fn route(&mut self, instrument: InstrumentId, venue: VenueId) -> Result<(), SimError> {
        let known = self.venues.iter().position(|known| known.venue() == venue);
        let Some(index) = known else {
            return Err(SimError::NotListed { instrument, venue });
        };
        let place = instrument.0 as usize;
        if place >= self.venue_of.len() {
            self.venue_of.resize(place + 1, None);
        }
        self.venue_of[place] = Some(index);
        Ok(())
    }

    /// Adds a strategy that trades as `identity` and needs signals above `threshold_ppm`.
    pub fn add_strategy(
        &mut self,
        strategy: Box<dyn Strategy + Send>,
        identity: Identity,
        threshold_ppm: u32,
    ) {
        let context = Context::new(identity).with_threshold(threshold_ppm);
        self.agents.push(Agent {
            strategy,
            context,
            client_sequence: 0,
        });
    }

    /// Adds reference data, known at the start in the order of addition.
    pub fn add_reference(&mut self, event: ReferenceEvent) {
        let now = self.now;
        let input = Input::Reference(event);
        self.agenda.recorded.push_back(Arrival {
            ts_event: now,
            ts_recv: now,
            input,
        });
    }

    /// Adds reference data that become known at `at`, before anything else of that instant. Time is
    /// told once all of an instant are known.
    pub fn add_reference_at(&mut self, at: Timestamp, event: ReferenceEvent) {
        if at <= self.now {
            return self.add_reference(event);
        }
        let references = &mut self.agenda.references;
        let place = references.partition_point(|known| known.ts_recv <= at);
        let input = Input::Reference(event);
        references.insert(
            place,
            Arrival {
                ts_event: at,
                ts_recv: at,
                input,
            },
        );
        self.agenda.alarms.insert(at);
    }

    /// Adds recorded inputs; those of one instant keep their order.
    pub fn add_recorded(&mut self, inputs: impl IntoIterator<Item = Arrival>) {
        let recorded = &mut self.agenda.recorded;
        recorded.extend(inputs);
        recorded
            .make_contiguous()
            .sort_by_key(|arrival| arrival.ts_recv);
    }

    /// Adds forecasts with the time at which each is published.
    pub fn add_forecasts(&mut self, forecasts: impl IntoIterator<Item = (Timestamp, Forecast)>) {
        let known = &mut self.agenda.forecasts;
        known.extend(forecasts);
        known.make_contiguous().sort_by_key(|(at, _)| *at);
    }

    /// Lets time be told at `instants`: gates, deliveries, a regular clock.
    pub fn add_alarms(&mut self, instants: impl IntoIterator<Item = Timestamp>) {
        self.agenda.alarms.extend(instants);
    }

    /// Hands every input and event to `tap`.
    pub fn set_tap(&mut self, tap: Box<dyn Tap>) {
        self.tap = Some(tap);
    }

    /// Measures the time that inputs spend in the engine, one of [`MEASURED_EVERY`]. It is no part of the
    /// state.
    pub fn measure_latency(&mut self) {
        self.latency = Some(Histogram::default());
    }

    /// The engine.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Time of inputs in the engine, if it is measured.
    #[must_use]
    pub const fn latency(&self) -> Option<&Histogram> {
        self.latency.as_ref()
    }

    /// The venues, in order of addition.
    #[must_use]
    pub fn venues(&self) -> &[Box<dyn Venue>] {
        &self.venues
    }

    /// The venues, in order of addition, to look into where a look takes room to work in.
    pub fn venues_mut(&mut self) -> &mut [Box<dyn Venue>] {
        &mut self.venues
    }

    /// Runs until nothing is left before or at `until`, or `max_inputs` were applied. What was applied
    /// is durable when it returns.
    ///
    /// # Errors
    /// [`SimError`] of the journal, or [`SimError::Diverged`] of a resumed run.
    pub fn run_until(&mut self, until: Timestamp, max_inputs: u64) -> Result<Progress, SimError> {
        self.start();
        let last = self.sequence.saturating_add(max_inputs);
        let mut is_done = false;
        while self.sequence < last && !is_done {
            is_done = !self.next_step(until)?;
        }
        self.commit()?;
        Ok(Progress {
            now: self.now,
            sequence: self.sequence,
            events: self.events,
            is_done,
            is_replaying: self.log.remaining() > 0,
        })
    }

    /// Lets everything happen that is due by `until`; the next commit makes it durable.
    fn settle(&mut self, until: Timestamp) -> Result<(), SimError> {
        self.start();
        while self.next_step(until)? {}
        Ok(())
    }

    fn commit(&mut self) -> Result<(), SimError> {
        self.log.commit(self.now)?;
        self.committed = self.sequence;
        Ok(())
    }

    fn start(&mut self) {
        if !self.is_started {
            self.is_started = true;
            self.agents.start(self.now);
            self.agents
                .take_commands(&mut self.commands, &mut self.agenda.alarms);
        }
    }

    /// Does the next thing; `false` when nothing is left until `until`.
    fn next_step(&mut self, until: Timestamp) -> Result<bool, SimError> {
        if let Some(arrival) = self.due_interrupt() {
            self.apply(arrival)?;
            return Ok(true);
        }
        let now = self.now;
        if let Some(arrival) = self
            .agenda
            .references
            .pop_front_if(|next| next.ts_recv <= now)
        {
            self.apply(arrival)?;
            return Ok(true);
        }
        // Reference data of the start comes before the first command.
        let has_reference = self.agenda.recorded.front().is_some_and(|next| {
            matches!(next.input, Input::Reference(_)) && next.ts_recv <= self.now
        });
        if !has_reference && let Some((agent, command)) = self.commands.pop_front() {
            let input = self.agents.stamp(agent, command);
            self.apply(Arrival {
                ts_event: self.now,
                ts_recv: self.now,
                input,
            })?;
            return Ok(true);
        }
        if self.settle_netting()? {
            return Ok(true);
        }
        let Some(at) = self.next_time().filter(|at| *at <= until) else {
            self.now = self.now.max(until);
            self.settled = self.now;
            return Ok(false);
        };
        self.now = self.now.max(at);
        let now = self.now;
        if (self.agenda.references.front()).is_some_and(|next| next.ts_recv <= now) {
            return Ok(true);
        }
        if let Some(arrival) = self
            .agenda
            .recorded
            .pop_front_if(|next| next.ts_recv <= now)
        {
            let price = outside_price(&arrival);
            self.apply(arrival)?;
            if let Some(price) = price {
                self.tell_venue(&price)?;
            }
            return Ok(true);
        }
        for venue in &mut self.venues {
            if venue.next_time().is_some_and(|at| at <= now) {
                venue.advance(now);
                check_failure(venue.as_ref())?;
                if let Some(arrival) = venue.poll(now) {
                    self.apply(arrival)?;
                }
                return Ok(true);
            }
        }
        if let Some((_, forecast)) = self.agenda.forecasts.pop_front_if(|(at, _)| *at <= now) {
            self.agents
                .observe_all(now, &Observation::Forecast(&forecast));
            self.agents
                .take_commands(&mut self.commands, &mut self.agenda.alarms);
            return Ok(true);
        }
        if self
            .agenda
            .alarms
            .first()
            .is_some_and(|alarm| *alarm <= now)
        {
            self.agenda.alarms.pop_first();
            self.apply(Arrival {
                ts_event: now,
                ts_recv: now,
                input: Input::TimeAdvanced,
            })?;
        }
        Ok(true)
    }

    fn next_time(&self) -> Option<Timestamp> {
        let recorded = self.agenda.recorded.front().map(|arrival| arrival.ts_recv);
        let reference = self.agenda.references.front();
        let reference = reference.map(|arrival| arrival.ts_recv);
        let forecast = self.agenda.forecasts.front().map(|(at, _)| *at);
        let alarm = self.agenda.alarms.first().copied();
        let venues = self.venues.iter().filter_map(|venue| venue.next_time());
        let netting = self.netting.as_ref().and_then(Netting::next_time);
        let others = recorded.into_iter().chain(reference);
        let others = others.chain(forecast).chain(alarm);
        venues.chain(others).chain(netting).min()
    }

    /// Journals and applies one input, then tells venues and strategies what came of it.
    fn apply(&mut self, arrival: Arrival) -> Result<(), SimError> {
        self.sequence += 1;
        let Arrival {
            ts_event,
            ts_recv,
            input,
        } = arrival;
        // A message that arrived earlier than something already applied is received now.
        let ts_recv = ts_recv.max(self.now);
        let input = Sequenced {
            sequence: self.sequence,
            ts_event,
            ts_recv,
            input,
        };
        self.log.append(&input)?;
        if let Some(tap) = &mut self.tap {
            tap.on_input(&input);
        }
        let is_measured = self.sequence.is_multiple_of(MEASURED_EVERY);
        let started = self
            .latency
            .as_ref()
            .filter(|_| is_measured)
            .map(|_| Instant::now());
        self.engine
            .apply(input.stamp(), &input.input, &mut self.collected)?;
        if let (Some(histogram), Some(started)) = (&mut self.latency, started) {
            histogram.add(started.elapsed().as_nanos() as u64);
        }
        self.hand_on(&input);
        self.agents
            .take_commands(&mut self.commands, &mut self.agenda.alarms);
        Ok(())
    }

    /// Sends what was routed to its venue.
    fn send(&mut self, event: &Event) {
        let Some(instrument) = routed_instrument(event) else {
            return;
        };
        let venue = self.venue_of.get(instrument.0 as usize).copied().flatten();
        if let Some(index) = venue {
            self.venues[index].on_routed(event, self.now);
        } else if let Some(outward) = &mut self.outward {
            outward.push_back((self.sequence, Outward::Routed(event.clone())));
        }
    }

    /// Hands a price from outside to the venue that is simulated around it.
    fn tell_venue(&mut self, price: &ReferencePrice) -> Result<(), SimError> {
        let place = price.instrument.0 as usize;
        let Some(index) = self.venue_of.get(place).copied().flatten() else {
            return Ok(());
        };
        self.venues[index].on_price(price, self.now);
        check_failure(self.venues[index].as_ref())
    }

    fn hand_on(&mut self, input: &Sequenced) {
        let is_internal = matches!(&input.input, Input::Report(VenueReport::OrdersNetted(_)));
        if let (Some(outward), Input::Report(report), false) =
            (&mut self.outward, &input.input, is_internal)
        {
            outward.push_back((input.sequence, Outward::Reported(report.clone())));
        }
        self.events += self.collected.0.len() as u64;
        let mut collected = std::mem::take(&mut self.collected.0);
        for event in collected.drain(..) {
            if let Some(tap) = &mut self.tap {
                tap.on_event(input, &event);
            }
            if let Some(said) = &mut self.said {
                said.push(event.clone());
            }
            self.route_out(&event);
            // No exchange has a copy of an internal deal.
            if let (Event::Filled(filled), Some(outward), false) =
                (&event, &mut self.outward, is_internal)
            {
                outward.push_back((input.sequence, Outward::Booked(*filled)));
            }
            self.agents.observe_event(self.now, &event);
        }
        self.collected.0 = collected;
        match &input.input {
            Input::Market(event) => {
                if let Some(netting) = &mut self.netting {
                    netting.observe(event);
                }
                self.agents
                    .observe_all(self.now, &Observation::Market(event));
            }
            Input::TimeAdvanced => self.agents.observe_all(self.now, &Observation::Time),
            _ => {}
        }
    }
}

/// Ends the run where a venue cannot go on.
fn check_failure(venue: &dyn Venue) -> Result<(), SimError> {
    venue.failure().map_or(Ok(()), |reason| {
        let (venue, reason) = (venue.venue(), reason.to_owned());
        Err(SimError::VenueFailed { venue, reason })
    })
}

/// The price of record that `arrival` is, if it is one.
fn outside_price(arrival: &Arrival) -> Option<ReferencePrice> {
    match &arrival.input {
        Input::Market(MarketEvent::ReferencePrice(price)) => Some(*price),
        _ => None,
    }
}

/// The instrument of an event that goes to a venue.
fn routed_instrument(event: &Event) -> Option<InstrumentId> {
    match event {
        Event::OrderRouted(routed) => Some(routed.order.instrument),
        Event::AmendRouted(routed) => Some(routed.instrument),
        Event::CancelRouted(routed) => Some(routed.instrument),
        Event::OfferRouted(offer) => Some(offer.instrument),
        Event::ScheduleRouted(schedule) => Some(schedule.instrument),
        _ => None,
    }
}
