//! The engine: state, clock and the one way in.

use wattbook_domain::event::GateClosed;
use wattbook_domain::market::MarketEvent;
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::report::VenueReport;
use wattbook_domain::{
    ClientId, Currency, Event, Input, InstrumentId, OrderId, Owner, Refusal, Stamp, Timestamp,
};
use wattbook_execution::{HeldOrders, OfferTable, OrderTable};
use wattbook_portfolio::{Expiry, Portfolio, Settlement};
use wattbook_risk::{DEFAULT_THRESHOLD_PPM, LimitGate, LimitUse, Notice};

use crate::error::EngineError;
use crate::market::{Market, TopOfBook};
use crate::schedule::{Due, Schedule};
use crate::sink::EventSink;

/// What an engine starts with. Everything else it learns from its inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineConfig {
    /// Limits are held and P&L is reported in it.
    pub desk_currency: Currency,
    /// A signal must be above it where its strategy has no threshold; in 1e-6 of certainty.
    pub default_threshold_ppm: u32,
}

impl EngineConfig {
    /// A desk that reports in `desk_currency`, with the default threshold of 0.8.
    #[must_use]
    pub const fn new(desk_currency: Currency) -> Self {
        Self {
            desk_currency,
            default_threshold_ppm: DEFAULT_THRESHOLD_PPM,
        }
    }
}

/// The deterministic state machine of a desk.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(crate) sequence: u64,
    pub(crate) now: Timestamp,
    /// By client, the last command that was taken.
    pub(crate) client_sequences: Vec<u64>,
    pub(crate) portfolio: Portfolio,
    pub(crate) gate: LimitGate,
    pub(crate) orders: OrderTable,
    pub(crate) held: HeldOrders,
    pub(crate) offers: OfferTable,
    pub(crate) market: Market,
    pub(crate) schedule: Schedule,
}

impl Engine {
    /// An engine before its first input.
    #[must_use]
    pub fn new(config: EngineConfig) -> Self {
        Self {
            sequence: 0,
            now: Timestamp::MIN,
            client_sequences: Vec::new(),
            portfolio: Portfolio::new(config.desk_currency),
            gate: LimitGate::new(config.default_threshold_ppm),
            orders: OrderTable::default(),
            held: HeldOrders::default(),
            offers: OfferTable::default(),
            market: Market::default(),
            schedule: Schedule::default(),
        }
    }

    /// Applies the next input: the clock goes to its `ts_recv`, what is due happens, then the input
    /// itself. Every event goes to `sink`.
    ///
    /// # Errors
    /// [`EngineError::SequenceGap`] or [`EngineError::TimeFell`]; the engine is then unchanged.
    #[inline(always)]
    pub fn apply(
        &mut self,
        stamp: Stamp,
        input: &Input,
        sink: &mut impl EventSink,
    ) -> Result<(), EngineError> {
        if stamp.sequence != self.sequence.wrapping_add(1) {
            return Err(EngineError::SequenceGap {
                last: self.sequence,
                found: stamp.sequence,
            });
        }
        if stamp.ts_recv < self.now {
            return Err(EngineError::TimeFell {
                sequence: stamp.sequence,
                now: self.now,
                ts_recv: stamp.ts_recv,
            });
        }
        self.sequence = stamp.sequence;
        self.now = stamp.ts_recv;
        if self.schedule.is_due(self.now) {
            self.fire(sink);
        }
        match input {
            Input::Command {
                client,
                client_sequence,
                command,
            } if self.is_new(*client, *client_sequence) => self.command(*client, command, sink),
            Input::Report(report) => self.report(report, sink),
            Input::Market(event) => self.market(event, stamp.ts_event, sink),
            Input::Reference(event) => self.reference(event, sink),
            Input::Deal(deal) => self.deal(deal, sink),
            // A repeated command is dropped; time that goes on has done its work above.
            _ => {}
        }
        if self.gate.has_scope_limits() {
            self.watch_limits(input, sink);
        }
        Ok(())
    }

    /// Tells which limits of scopes the input passed or cured. Quotes and trades of others only move
    /// marks, which count at the next order, report or tick of the clock. Scenarios of a new day come
    /// instrument by instrument, and between two of them the sum would mix two days: they count at the
    /// next input of another kind.
    #[cold]
    fn watch_limits(&mut self, input: &Input, sink: &mut impl EventSink) {
        let waits = matches!(
            input,
            Input::Market(
                MarketEvent::Quote(_) | MarketEvent::BookDelta(_) | MarketEvent::Trade(_)
            ) | Input::Reference(ReferenceEvent::SetSensitivities(_))
        );
        if !waits {
            let cause = match input {
                Input::Report(VenueReport::OrderFilled(filled)) => filled.order_id,
                _ => OrderId::default(),
            };
            self.gate.watch(self.now, cause, &mut self.portfolio);
        }
        for notice in self.gate.take_notices() {
            let event = match notice {
                Notice::Breached(breached) => Event::LimitBreached(breached),
                Notice::Cured(cured) => Event::LimitCured(cured),
            };
            self.emit(sink, &event);
        }
    }

    /// Notes a command's place in its client's series; `false` for one that was taken before.
    #[inline(always)]
    fn is_new(&mut self, client: ClientId, client_sequence: u64) -> bool {
        let index = usize::from(client.0);
        if index >= self.client_sequences.len() {
            self.client_sequences.resize(index + 1, 0);
        }
        let last = &mut self.client_sequences[index];
        if client_sequence <= *last {
            return false;
        }
        *last = client_sequence;
        true
    }

    /// Lets everything happen that is due.
    #[cold]
    fn fire(&mut self, sink: &mut impl EventSink) {
        while let Some((at, due)) = self.schedule.take(self.now) {
            let mut settled = Vec::new();
            match due {
                Due::Gate(instrument) => {
                    if self.portfolio.gate_closure(instrument) != Some(at) {
                        continue;
                    }
                    self.emit(sink, &Event::GateClosed(GateClosed { instrument }));
                    self.expire_held(instrument, sink);
                    self.portfolio
                        .settle_all(instrument, self.now, &mut settled);
                }
                Due::AveragingEnd(instrument) => {
                    self.portfolio
                        .settle_average(instrument, self.now, &mut settled);
                }
            }
            self.emit_settled(settled, sink);
        }
    }

    #[inline(always)]
    pub(crate) fn emit(&self, sink: &mut impl EventSink, event: &Event) {
        sink.on_event(self.sequence, event);
    }

    pub(crate) fn emit_settled(&self, settled: Vec<Settlement>, sink: &mut impl EventSink) {
        for (settled, changed) in settled {
            self.emit(sink, &Event::Settled(settled));
            self.emit(sink, &Event::PositionChanged(changed));
        }
    }

    pub(crate) fn emit_expired(&self, expired: Vec<Expiry>, sink: &mut impl EventSink) {
        for (expired, changed, entered) in expired {
            self.emit(sink, &Event::OptionExpired(expired));
            self.emit(sink, &Event::PositionChanged(changed));
            if let Some(entered) = entered {
                self.emit(sink, &Event::PositionChanged(entered));
            }
        }
    }

    #[cold]
    pub(crate) fn refuse(
        &self,
        order_id: OrderId,
        owner: Owner,
        refusal: Refusal,
        sink: &mut impl EventSink,
    ) {
        let refused = wattbook_domain::event::Refused {
            order_id,
            owner,
            refusal,
        };
        self.emit(sink, &Event::Refused(refused));
    }

    /// Sequence of the last input; 0 before the first.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The engine's time: `ts_recv` of the last input.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Positions and P&L.
    #[must_use]
    pub fn portfolio(&self) -> &Portfolio {
        &self.portfolio
    }

    /// Limits and what is open against them.
    #[must_use]
    pub fn gate(&self) -> &LimitGate {
        &self.gate
    }

    /// How much of each limit of a scope is used, as of the last look.
    #[must_use]
    pub fn limit_use(&self) -> Vec<LimitUse> {
        self.gate.limit_use(self.now)
    }

    /// Best prices of `instrument` as last told.
    #[must_use]
    pub fn top_of_book(&self, instrument: InstrumentId) -> Option<&TopOfBook> {
        self.market.top(instrument)
    }

    /// Open orders.
    #[must_use]
    pub fn orders(&self) -> &OrderTable {
        &self.orders
    }

    /// Orders that wait for a second person.
    #[must_use]
    pub fn held(&self) -> &HeldOrders {
        &self.held
    }

    /// The last command that was taken from `client`; 0 for none. A gateway goes on from here.
    #[must_use]
    pub fn client_sequence(&self, client: ClientId) -> u64 {
        let known = self.client_sequences.get(usize::from(client.0));
        known.copied().unwrap_or(0)
    }
}
