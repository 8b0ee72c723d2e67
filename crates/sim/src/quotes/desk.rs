//! A strategy on a quote file: its orders pass the gate and the journal and meet the quotes.

use wattbook_domain::market::MarketEvent;
use wattbook_domain::{Command, Event, Input, Timestamp};
use wattbook_engine::{InputLog, JournaledEngine};
use wattbook_strategy::{Context, Observation, Strategy};

use super::reader::QuoteFile;
use super::venue::QuoteVenue;
use crate::error::SimError;

/// What a replay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Quotes seen.
    pub quotes: u64,
    /// Orders that passed the gate.
    pub orders: u64,
    /// Fills booked.
    pub fills: u64,
}

/// An engine behind its journal, a venue that trades at the quotes, and one strategy between them.
///
/// The quotes themselves are not journaled: the file is their record. Orders, and what the venue
/// answers, are.
#[derive(Debug)]
pub struct QuoteDesk<L: InputLog> {
    engine: JournaledEngine<L>,
    venue: QuoteVenue,
    client_sequence: u64,
    commands: Vec<Command>,
    done: Replayed,
}

/// Hands events to the venue and the strategy as the engine emits them.
struct Dispatch<'a, S> {
    venue: &'a mut QuoteVenue,
    strategy: &'a mut S,
    context: &'a mut Context,
    done: &'a mut Replayed,
    now: Timestamp,
}

impl<S: Strategy> Dispatch<'_, S> {
    #[inline]
    fn on_event(&mut self, event: &Event) {
        match event {
            Event::OrderRouted(routed) => {
                self.done.orders += 1;
                self.venue.on_order(self.now, routed);
            }
            Event::AmendRouted(routed) => self.venue.on_amend(self.now, *routed),
            Event::CancelRouted(routed) => self.venue.on_cancel(self.now, *routed),
            Event::Filled(_) => self.done.fills += 1,
            _ => {}
        }
        let observation = Observation::Event(event);
        self.context.observe(self.now, &observation);
        self.strategy.on_event(&observation, self.context);
    }
}

impl<L: InputLog> QuoteDesk<L> {
    /// A desk of `engine`, which knows the file's instrument and its limits; messages to the venue and
    /// back take `latency_ns` each way.
    #[must_use]
    pub fn new(engine: JournaledEngine<L>, latency_ns: i64) -> Self {
        Self {
            engine,
            venue: QuoteVenue::new(latency_ns),
            client_sequence: 0,
            commands: Vec::with_capacity(64),
            done: Replayed::default(),
        }
    }

    /// The engine behind its journal.
    #[must_use]
    pub const fn engine(&self) -> &JournaledEngine<L> {
        &self.engine
    }

    /// Lets `strategy` see every quote of `file`, and carries out what it asks for.
    ///
    /// # Errors
    /// [`SimError::QuoteFile`] for a damaged block, [`SimError::Engine`] when the journal fails.
    pub fn run<S: Strategy>(
        &mut self,
        file: &QuoteFile,
        strategy: &mut S,
        context: &mut Context,
    ) -> Result<Replayed, SimError> {
        self.start(strategy, context)?;
        for block in file.blocks() {
            for row in block?.rows() {
                let event = MarketEvent::Quote(file.quote(&row));
                self.show(row.ts, &event, strategy, context)?;
                self.tell(row.ts, &event, strategy, context)?;
            }
        }
        self.finish()
    }

    /// Calls the strategy's `on_start` and carries out what it asks for.
    ///
    /// # Errors
    /// [`SimError::Engine`] when the journal fails.
    pub fn start<S: Strategy>(
        &mut self,
        strategy: &mut S,
        context: &mut Context,
    ) -> Result<(), SimError> {
        let now = self.engine.engine().now();
        context.observe(now, &Observation::Time);
        strategy.on_start(context);
        self.carry_out(now, strategy, context)
    }

    /// Shows one quote to the venue, and what comes of it to the strategy.
    ///
    /// # Errors
    /// [`SimError::Engine`] when the journal fails.
    #[inline]
    pub fn show<S: Strategy>(
        &mut self,
        ts: Timestamp,
        event: &MarketEvent,
        strategy: &mut S,
        context: &mut Context,
    ) -> Result<(), SimError> {
        if self.venue.is_due(ts) {
            self.deliver(ts, strategy, context)?;
        }
        if let MarketEvent::Quote(quote) = event {
            if self.venue.would_trade(quote) {
                self.venue.trade(ts, quote);
                self.deliver(ts, strategy, context)?;
            }
            self.venue.set_quote(quote);
        }
        self.done.quotes += 1;
        context.observe(ts, &Observation::Market(event));
        Ok(())
    }

    /// Tells the strategy the quote that was shown, and carries out what it asks for.
    ///
    /// # Errors
    /// [`SimError::Engine`] when the journal fails.
    #[inline]
    pub fn tell<S: Strategy>(
        &mut self,
        ts: Timestamp,
        event: &MarketEvent,
        strategy: &mut S,
        context: &mut Context,
    ) -> Result<(), SimError> {
        strategy.on_event(&Observation::Market(event), context);
        self.act(ts, strategy, context)
    }

    /// Carries out what the strategy has asked for.
    ///
    /// # Errors
    /// [`SimError::Engine`] when the journal fails.
    #[inline]
    pub fn act<S: Strategy>(
        &mut self,
        now: Timestamp,
        strategy: &mut S,
        context: &mut Context,
    ) -> Result<(), SimError> {
        if context.has_commands() {
            self.carry_out(now, strategy, context)
        } else {
            Ok(())
        }
    }

    /// Whether nothing of ours is under way or rests, so that no quote can trade.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.venue.is_idle()
    }

    /// Counts quotes that were seen but not shown; right only while [`Self::is_idle`].
    pub const fn skip(&mut self, quotes: usize) {
        self.done.quotes += quotes as u64;
    }

    /// Makes every input durable; returns what was done.
    ///
    /// # Errors
    /// [`SimError::Engine`] when the journal fails.
    pub fn finish(&mut self) -> Result<Replayed, SimError> {
        self.engine.commit()?;
        Ok(self.done)
    }

    /// Lets messages to the venue and back arrive until `until`.
    fn deliver<S: Strategy>(
        &mut self,
        until: Timestamp,
        strategy: &mut S,
        context: &mut Context,
    ) -> Result<(), SimError> {
        while let Some((ts_event, ts_recv, report)) = self.venue.receive(until) {
            let Self {
                engine,
                venue,
                done,
                ..
            } = self;
            let mut dispatch = Dispatch {
                venue,
                strategy,
                context,
                done,
                now: ts_recv,
            };
            let mut sink = |_: u64, event: &Event| dispatch.on_event(event);
            engine.submit(ts_event, ts_recv, &Input::Report(report), &mut sink)?;
            if context.has_commands() {
                self.carry_out(ts_recv, strategy, context)?;
            }
        }
        Ok(())
    }

    fn carry_out<S: Strategy>(
        &mut self,
        now: Timestamp,
        strategy: &mut S,
        context: &mut Context,
    ) -> Result<(), SimError> {
        let client = context.identity().client;
        while context.has_commands() {
            let mut commands = std::mem::take(&mut self.commands);
            context.swap_commands(&mut commands);
            for command in commands.drain(..) {
                self.client_sequence += 1;
                let client_sequence = self.client_sequence;
                let input = Input::Command {
                    client,
                    client_sequence,
                    command,
                };
                let Self {
                    engine,
                    venue,
                    done,
                    ..
                } = self;
                let mut dispatch = Dispatch {
                    venue,
                    strategy,
                    context,
                    done,
                    now,
                };
                let mut sink = |_: u64, event: &Event| dispatch.on_event(event);
                engine.submit(now, now, &input, &mut sink)?;
            }
            self.commands = commands;
        }
        Ok(())
    }
}
