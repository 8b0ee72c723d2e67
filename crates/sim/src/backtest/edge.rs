//! The edge of a run that goes with a clock: what arrives from outside while it runs.

use std::collections::VecDeque;

use wattbook_domain::command::{CancelAll, FreezeInstrument, Scope, SetTrading};
use wattbook_domain::event::Filled;
use wattbook_domain::report::VenueReport;
use wattbook_domain::{
    ClientId, Command, Event, Input, InstrumentId, OrderId, StrategyId, Timestamp, VenueId,
};
use wattbook_strategy::Forecast;

use crate::backtest::Backtest;
use crate::error::SimError;
use crate::journaled::Outside;
use crate::venue::Arrival;

/// The client that the edge itself is; strategies are numbered from 1.
pub const EDGE: ClientId = ClientId(0);

/// The client that persons at the desk are, for orders by hand; strategies have the numbers below.
pub const PERSON: ClientId = ClientId(1_000);

/// What passes between the engine and a venue that is not simulated.
#[derive(Debug, Clone, PartialEq)]
pub enum Outward {
    /// It goes to the venue.
    Routed(Event),
    /// An order that was routed and taken back before it left: the edge ends it.
    Withdrawn(Event),
    /// The engine was told it.
    Reported(VenueReport),
    /// The engine has booked it.
    Booked(Filled),
}

impl Backtest {
    /// Keeps what is routed to instruments without a simulated venue, for [`Self::take_outward`].
    pub fn trade_outside(&mut self) {
        self.outward = Some(VecDeque::new());
    }

    /// What was routed outside and reported from there since the last call, in order, as far as its
    /// inputs are durable: what leaves the process must not be forgotten.
    pub fn take_outward(&mut self) -> Vec<Outward> {
        let committed = self.committed;
        let outward = self.outward.iter_mut();
        outward
            .flat_map(|kept| {
                let ready = kept.partition_point(|(sequence, _)| *sequence <= committed);
                kept.drain(..ready)
            })
            .map(|(_, outward)| outward)
            .collect()
    }

    /// Whether everything that was received is applied and durable.
    #[must_use]
    pub fn has_met_all(&self) -> bool {
        self.agenda.recorded.is_empty() && self.committed == self.sequence
    }

    /// Takes an input that reached us from outside at `ts_recv`, and returns the time it is stamped with:
    /// never earlier than what was received before, and later than everything that has happened, so that
    /// a run fed as time passes is the run that knows its arrivals beforehand.
    pub fn receive(&mut self, mut arrival: Arrival) -> Timestamp {
        let last = self.agenda.recorded.back().map(|last| last.ts_recv);
        arrival.ts_recv = self
            .outside_time(arrival.ts_recv)
            .max(last.unwrap_or(Timestamp::MIN));
        let ts_recv = arrival.ts_recv;
        self.agenda.recorded.push_back(arrival);
        ts_recv
    }

    /// Takes a forecast that was made at `at` from what had been received by then.
    pub fn receive_forecast(&mut self, at: Timestamp, forecast: Forecast) {
        let at = self.outside_time(at);
        self.add_forecasts([(at, forecast)]);
    }

    /// Adds what an earlier life of this run received from outside, as its journal holds it.
    pub fn remember(&mut self, outside: Outside) {
        self.add_recorded(outside.received);
        self.agenda.interrupts.extend(outside.interrupts);
    }

    /// Begins a new session at `now`, after a resumed run has met its whole journal: what lies between
    /// its last input and `now` was missed, and every open order at the `venues` of continuous books is
    /// taken back, as one does after the connection was lost. The cancel is journaled and marks the
    /// place, so that a later resumption begins the session at the same input.
    ///
    /// Offers stay: an operator keeps them whatever happens to a connection.
    ///
    /// # Errors
    /// [`SimError`] of the journal.
    pub fn begin_session(&mut self, now: Timestamp, venues: &[VenueId]) -> Result<(), SimError> {
        let scopes = venues.iter().map(|venue| Scope {
            venue: Some(*venue),
            ..Scope::default()
        });
        let mut scopes: Vec<Scope> = scopes.collect();
        if scopes.is_empty() {
            // The mark is needed all the same; no strategy has the number 0, so it covers nothing.
            scopes.push(Scope {
                strategy: Some(StrategyId(0)),
                ..Scope::default()
            });
        }
        for scope in scopes {
            self.command(now, Command::CancelAll(CancelAll { scope }))?;
        }
        self.commit()
    }

    /// Stops order entry at `venues`, or allows it again, at `now`; cancels pass all the same.
    ///
    /// # Errors
    /// [`SimError`] of the journal.
    pub fn set_trading(
        &mut self,
        now: Timestamp,
        venues: &[VenueId],
        allowed: bool,
    ) -> Result<(), SimError> {
        for venue in venues {
            let scope = Scope {
                venue: Some(*venue),
                ..Scope::default()
            };
            self.command(now, Command::SetTrading(SetTrading { scope, allowed }))?;
        }
        self.commit()
    }

    /// Stops order entry in `instrument` at `now`, or resumes it; cancels pass all the same.
    ///
    /// # Errors
    /// [`SimError`] of the journal.
    pub fn freeze(
        &mut self,
        now: Timestamp,
        instrument: InstrumentId,
        is_frozen: bool,
    ) -> Result<(), SimError> {
        self.order(
            now,
            Command::FreezeInstrument(FreezeInstrument {
                instrument,
                is_frozen,
            }),
        )
    }

    /// Applies and makes durable what somebody at the desk asks for at `now`.
    ///
    /// # Errors
    /// [`SimError`] of the journal.
    pub fn order(&mut self, now: Timestamp, command: Command) -> Result<(), SimError> {
        self.command(now, command)?;
        self.commit()
    }

    /// The number of the next order that a person enters.
    #[must_use]
    pub fn next_by_hand(&self) -> OrderId {
        OrderId::new(PERSON, self.engine.client_sequence(PERSON) + 1)
    }

    /// Applies what persons ask for at `now` and makes all of it durable at once; what the engine says to
    /// each. Orders by hand are those of [`PERSON`]; everything else is the edge's, so that the second
    /// person of an order is never the client that sent it.
    ///
    /// What was due by `now` happens before, under the same commit. Where orders go outside it does not: a
    /// stop there waits for nothing.
    ///
    /// # Errors
    /// [`SimError`] of the journal.
    pub fn ask(
        &mut self,
        now: Timestamp,
        commands: impl IntoIterator<Item = Command>,
    ) -> Result<Vec<Vec<Event>>, SimError> {
        if self.outward.is_none() {
            self.settle(now)?;
        }
        let mut answers = Vec::new();
        for command in commands {
            let by_hand = matches!(
                command,
                Command::SubmitOrder(_) | Command::AmendOrder(_) | Command::CancelOrder(_)
            );
            self.said = Some(Vec::new());
            let done = self.command_of(if by_hand { PERSON } else { EDGE }, now, command);
            answers.push(self.said.take().unwrap_or_default());
            done?;
        }
        self.commit()?;
        Ok(answers)
    }

    /// Applies a command of the edge itself.
    fn command(&mut self, now: Timestamp, command: Command) -> Result<(), SimError> {
        self.command_of(EDGE, now, command)
    }

    fn command_of(
        &mut self,
        client: ClientId,
        now: Timestamp,
        command: Command,
    ) -> Result<(), SimError> {
        self.now = self.now.max(now);
        let client_sequence = self.engine.client_sequence(client) + 1;
        self.apply(Arrival {
            ts_event: self.now,
            ts_recv: self.now,
            input: Input::Command {
                client,
                client_sequence,
                command,
            },
        })
    }

    /// The session that an earlier life of this run began at the next input, if it did. A run that has
    /// left its journal has other numbers: there what persons asked for comes at its instant.
    pub(super) fn due_interrupt(&mut self) -> Option<Arrival> {
        let next = self.sequence + 1;
        let interrupts = &self.agenda.interrupts;
        let (sequence, asked) = interrupts.front()?;
        let is_due = if self.log.has_diverged() {
            let is_before = self.next_time().is_none_or(|at| at > asked.ts_recv);
            is_before && self.commands.is_empty()
        } else {
            *sequence <= next
        };
        let (_, arrival) = self.agenda.interrupts.pop_front_if(|_| is_due)?;
        self.now = self.now.max(arrival.ts_recv);
        Some(arrival)
    }

    fn outside_time(&self, at: Timestamp) -> Timestamp {
        let earliest = if self.is_started {
            self.settled.max(self.now).plus_nanos(1)
        } else {
            self.now
        };
        at.max(earliest)
    }
}
