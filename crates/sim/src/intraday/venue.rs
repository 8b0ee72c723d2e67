//! The intraday market as the engine meets it: our orders in, reports and market data out.

use std::collections::BTreeMap;

use wattbook_book::{Amend, BookEvent, CoupledEvent, Lifetime, NewOrder, Span, TopOfBook};
use wattbook_domain::event::{AmendRouted, CancelRouted, OrderRouted};
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::{MarketEvent, Phase, Trade};
use wattbook_domain::report::{AmendRejected, CancelRejected, VenueReason, VenueReport};
use wattbook_domain::{Event, InstrumentId, OrderId, Side, Timestamp, VenueId};

use super::market::IntradaySink;
use super::simulation::{IntradaySimulation, SimulationPlan};
use crate::book_venue::feed::{Feed, Translation};
use crate::book_venue::linked::LinkedSets;
use crate::convert::Grids;
use crate::error::SimError;
use crate::latency::{Latencies, Line};
use crate::rng::Rng;
use crate::venue::{Arrival, Depth, Outbox, Venue, earlier};

/// An instrument of ours: a contract in a zone.
#[derive(Debug, Clone)]
pub struct ListedContract {
    /// The instrument; its grids are the market's.
    pub instrument: Instrument,
    /// Which contract of the day.
    pub contract: usize,
    /// In which zone we trade it.
    pub zone: usize,
}

/// What travels to the venue.
#[derive(Debug, Clone)]
enum Routed {
    Order(OrderRouted),
    Amend(AmendRouted),
    Cancel(CancelRouted),
}

/// What is known of an instrument of ours.
#[derive(Debug)]
struct Listed {
    instrument: InstrumentId,
    span: Span,
    zone: usize,
    /// Its quarter-hours, one bit each.
    periods: u128,
    /// The quote that was published last.
    quoted: TopOfBook,
}

/// A day of intraday trading as a venue. Our orders stand in the same books as those of the
/// participants, in every zone that capacity reaches.
#[derive(Debug)]
pub struct IntradayVenue {
    venue: VenueId,
    latencies: Latencies,
    simulation: IntradaySimulation,
    grids: Grids,
    listed: Vec<Listed>,
    by_instrument: BTreeMap<InstrumentId, usize>,
    by_place: BTreeMap<(u16, usize), usize>,
    /// By contract: its quarter-hours, one bit each.
    periods: Vec<u128>,
    inbound: Line<Routed>,
    outbox: Outbox,
    feed: Feed,
    told: Told,
}

/// What the market told since we last listened.
#[derive(Debug, Default)]
struct Told {
    events: Vec<(Timestamp, TellEvent)>,
}

#[derive(Debug, Clone, Copy)]
enum TellEvent {
    Book(CoupledEvent),
    Opened { contract: usize, zone: usize },
}

impl IntradaySink for Told {
    fn on_event(&mut self, at: Timestamp, event: &CoupledEvent) {
        self.events.push((at, TellEvent::Book(*event)));
    }

    fn on_open(&mut self, at: Timestamp, contract: usize, zone: usize) {
        self.events.push((at, TellEvent::Opened { contract, zone }));
    }
}

impl IntradayVenue {
    /// The venue of `plan`, where a desk trades `listed`.
    ///
    /// # Errors
    /// As [`IntradaySimulation::new`]; [`SimError::Parameter`] for an instrument of no contract or zone
    /// of the day, or one listed twice.
    pub fn new(
        venue: VenueId,
        plan: SimulationPlan,
        listed: &[ListedContract],
        latencies: Latencies,
    ) -> Result<Self, SimError> {
        let stream = u64::from(venue.0) << 32;
        let (seed, grids) = (plan.seed, plan.market.grids);
        let simulation = IntradaySimulation::new(plan)?;
        let contracts = &simulation.market().plan().contracts;
        let bits = |contract: &super::plan::IntradayContract| {
            let periods = contract.periods;
            (0..periods.periods).fold(0_u128, |bits, nth| bits | 1 << (periods.first + nth))
        };
        let mut this = Self {
            venue,
            latencies,
            grids,
            listed: Vec::with_capacity(listed.len()),
            by_instrument: BTreeMap::new(),
            by_place: BTreeMap::new(),
            periods: contracts.iter().map(bits).collect(),
            inbound: Line::new(Rng::new(seed, 2 * stream + 2)),
            outbox: Outbox::new(&latencies, seed, stream),
            feed: Feed::new(venue),
            told: Told::default(),
            simulation,
        };
        for each in listed {
            this.list(each)?;
        }
        Ok(this)
    }

    fn list(&mut self, listed: &ListedContract) -> Result<(), SimError> {
        let plan = self.simulation.market().plan();
        let instrument = listed.instrument.instrument;
        let parameter = |field, value: usize, fix| SimError::Parameter {
            field,
            value: value as i64,
            fix,
        };
        let Some(periods) = self.periods.get(listed.contract).copied() else {
            let fix = "the place of a contract of the day";
            return Err(parameter("contract of an instrument", listed.contract, fix));
        };
        if listed.zone >= plan.zones.len() {
            let fix = "the place of a zone of the market";
            return Err(parameter("zone of an instrument", listed.zone, fix));
        }
        let index = self.listed.len();
        let span = Span {
            first: listed.contract as u16,
            count: 1,
        };
        let place = (span.first, listed.zone);
        let is_new = self.by_instrument.insert(instrument, index).is_none();
        if !is_new || self.by_place.insert(place, index).is_some() {
            let (value, fix) = (instrument.0 as usize, "each instrument and contract once");
            return Err(parameter("instrument listed twice", value, fix));
        }
        self.listed.push(Listed {
            instrument,
            span,
            zone: listed.zone,
            periods,
            quoted: TopOfBook::default(),
        });
        Ok(())
    }

    /// The simulation behind it, to look into.
    #[must_use]
    pub const fn simulation(&self) -> &IntradaySimulation {
        &self.simulation
    }

    /// Lets the market go on to `until`, instant by instant, and tells each.
    fn trade(&mut self, until: Timestamp) {
        while let Some(at) = self.simulation.next_time().filter(|at| *at <= until) {
            // Participants obey the rules of the market, so nothing of theirs is refused.
            let done = self.simulation.run(at, u64::MAX, &mut self.told);
            assert!(
                done.is_ok(),
                "a simulated participant broke a rule: {done:?}"
            );
            self.tell(None);
        }
    }

    fn take(&mut self, now: Timestamp, message: Routed) {
        match message {
            Routed::Order(routed) => self.take_order(now, &routed),
            Routed::Amend(routed) => self.take_amend(now, &routed),
            Routed::Cancel(CancelRouted { order_id, .. }) => {
                let done = self.simulation.cancel(now, order_id, &mut self.told);
                self.tell(None);
                if let Err(refusal) = done {
                    let reason = refusal.reason();
                    let report = VenueReport::CancelRejected(CancelRejected { order_id, reason });
                    self.outbox.report(now, report);
                }
            }
        }
    }

    fn take_order(&mut self, now: Timestamp, routed: &OrderRouted) {
        let order_id = routed.order_id;
        let done = self.enter(now, routed);
        self.tell(None);
        if let Err(reason) = done {
            let (instrument, rejected) = (
                routed.order.instrument,
                BookEvent::Rejected { order_id, reason },
            );
            let told = self
                .feed
                .translate(instrument, &self.grids, &rejected, None);
            self.publish(now, told);
        }
    }

    fn enter(&mut self, now: Timestamp, routed: &OrderRouted) -> Result<(), VenueReason> {
        let order_id = routed.order_id;
        if LinkedSets::set_of(routed).is_some() {
            // A basket needs all its orders at once; a desk sends them one by one.
            return Err(VenueReason::InvalidTerms);
        }
        let index = self.by_instrument.get(&routed.order.instrument);
        let listed = &self.listed[*index.ok_or(VenueReason::NotTrading)?];
        let (zone, span) = (listed.zone, listed.span);
        let order = for_session(self.grids.new_order(order_id, &routed.order)?);
        self.feed.note_limit(order_id, routed.order.price);
        let done = self
            .simulation
            .submit(now, zone, span, &order, &mut self.told);
        done.map_err(|refusal| refusal.reason())
    }

    fn take_amend(&mut self, now: Timestamp, routed: &AmendRouted) {
        let order_id = routed.order_id;
        let change = self.grids.ticks(routed.price).and_then(|price| {
            Ok(Amend {
                order_id,
                price: Some(price),
                volume: Some(self.grids.lots(routed.volume)?),
                trigger: None,
            })
        });
        let done = change.and_then(|change| {
            let done = self.simulation.amend(now, &change, &mut self.told);
            done.map_err(|refusal| refusal.reason())
        });
        self.tell(Some(*routed));
        if let Err(reason) = done {
            let report = VenueReport::AmendRejected(AmendRejected { order_id, reason });
            self.outbox.report(now, report);
        }
    }

    /// Passes on what the market told: to us what is about our orders, market data of our contracts.
    fn tell(&mut self, amended: Option<AmendRouted>) {
        let mut touched = 0_u128;
        let mut last = None;
        let mut events = std::mem::take(&mut self.told.events);
        for (at, event) in events.drain(..) {
            last = Some(at);
            match event {
                TellEvent::Opened { contract, zone } => {
                    self.tell_phase(at, (contract as u16, zone), Phase::Continuous);
                }
                TellEvent::Book(event) => {
                    touched |= self.touched(&event);
                    self.tell_event(at, &event, amended);
                }
            }
        }
        self.told.events = events;
        if let Some(at) = last {
            self.tell_quotes(at, touched);
        }
    }

    /// The quarter-hours whose local views `event` may change.
    fn touched(&self, event: &CoupledEvent) -> u128 {
        match event {
            CoupledEvent::Order { span, .. } | CoupledEvent::Filled { span, .. } => {
                let first = usize::from(span.first);
                let contracts = &self.periods[first..first + usize::from(span.count)];
                contracts.iter().fold(0, |bits, each| bits | each)
            }
            // A trade that flows is told with its fill before.
            CoupledEvent::Flowed { .. } => 0,
            CoupledEvent::AllocationChanged { contract, .. } => self.periods[*contract],
            _ => u128::MAX,
        }
    }

    fn tell_event(&mut self, at: Timestamp, event: &CoupledEvent, amended: Option<AmendRouted>) {
        match *event {
            CoupledEvent::Order { zone, span, event } => {
                if event == BookEvent::GateClosed {
                    return self.tell_phase(at, (span.first, zone), Phase::Closed);
                }
                if let Some(index) = self.by_place.get(&(span.first, zone)) {
                    let instrument = self.listed[*index].instrument;
                    let told = self
                        .feed
                        .translate(instrument, &self.grids, &event, amended);
                    self.publish(at, told);
                }
            }
            CoupledEvent::Filled {
                span,
                fill,
                maker_zone,
                taker_zone,
            } => {
                let of = |zone| self.by_place.get(&(span.first, zone));
                let (maker, taker) = (of(maker_zone), of(taker_zone));
                let Some(index) = maker.or(taker) else {
                    return;
                };
                let (instrument, other) = (self.listed[*index].instrument, taker.copied());
                let event = BookEvent::Filled(fill);
                let told = self.feed.translate(instrument, &self.grids, &event, None);
                // A trade of two of our zones is a trade in both.
                let second = match (
                    &told.market,
                    other.map(|other| self.listed[other].instrument),
                ) {
                    (Some(MarketEvent::Trade(trade)), Some(other)) if other != instrument => {
                        Some(Trade {
                            instrument: other,
                            ..*trade
                        })
                    }
                    _ => None,
                };
                self.publish(at, told);
                if let Some(trade) = second {
                    self.outbox.publish(at, MarketEvent::Trade(trade));
                }
            }
            _ => {}
        }
    }

    fn publish(&mut self, at: Timestamp, told: Translation) {
        if let Some(public) = told.market {
            self.outbox.publish(at, public);
        }
        for report in told.reports.into_iter().flatten() {
            self.outbox.report(at, report);
        }
    }

    fn tell_phase(&mut self, at: Timestamp, place: (u16, usize), phase: Phase) {
        if let Some(index) = self.by_place.get(&place) {
            let instrument = self.listed[*index].instrument;
            let event = BookEvent::PhaseChanged { phase };
            let told = self.feed.translate(instrument, &self.grids, &event, None);
            self.publish(at, told);
        }
    }

    /// Publishes the best prices of the local view of each of our contracts that may have changed.
    fn tell_quotes(&mut self, at: Timestamp, touched: u128) {
        let market = self.simulation.market_mut();
        for listed in &mut self.listed {
            if listed.periods & touched == 0 {
                continue;
            }
            let top = market.top(listed.zone, listed.span).unwrap_or_default();
            if listed.quoted != top {
                listed.quoted = top;
                let quote = Feed::quote(listed.instrument, &self.grids, top);
                self.outbox.publish(at, MarketEvent::Quote(quote));
            }
        }
    }
}

/// Intraday orders rest until the gate of their contract, however long the desk would let them.
fn for_session(order: NewOrder) -> NewOrder {
    match order.lifetime {
        Lifetime::Day | Lifetime::GoodTillCancelled => NewOrder {
            lifetime: Lifetime::GoodForSession,
            ..order
        },
        _ => order,
    }
}

impl Venue for IntradayVenue {
    fn venue(&self) -> VenueId {
        self.venue
    }

    fn on_routed(&mut self, event: &Event, now: Timestamp) {
        let Latencies {
            submit,
            amend,
            cancel,
            ..
        } = self.latencies;
        match event {
            Event::OrderRouted(order) => {
                self.inbound.send(now, submit, Routed::Order(order.clone()));
            }
            Event::AmendRouted(routed) => self.inbound.send(now, amend, Routed::Amend(*routed)),
            Event::CancelRouted(routed) => self.inbound.send(now, cancel, Routed::Cancel(*routed)),
            _ => {}
        }
    }

    fn next_time(&self) -> Option<Timestamp> {
        earlier(
            earlier(self.simulation.next_time(), self.inbound.next_arrival()),
            self.outbox.next_arrival(),
        )
    }

    fn advance(&mut self, now: Timestamp) {
        // The venue's own steps come before our messages of the same instant.
        while let Some(flight) = self.inbound.receive(now) {
            self.trade(flight.arrival);
            self.take(flight.arrival, flight.message);
        }
        self.trade(now);
    }

    fn poll(&mut self, now: Timestamp) -> Option<Arrival> {
        self.outbox.receive(now)
    }

    fn depth(&self, instrument: InstrumentId, levels: usize) -> Option<Depth> {
        let listed = &self.listed[*self.by_instrument.get(&instrument)?];
        // Views need room to work in, and this one is for people, not for every event.
        let mut market = self.simulation.market().clone();
        let mut side = |side: Side| {
            let found = market.depth(listed.zone, listed.span, side, levels);
            let found = found.unwrap_or_default();
            let level = |level: &wattbook_book::DepthLevel| {
                (
                    self.grids.tick.price(level.price),
                    self.grids.lot.volume(level.volume),
                )
            };
            found.iter().map(level).collect()
        };
        Some(Depth {
            bids: side(Side::Buy),
            asks: side(Side::Sell),
        })
    }

    fn volume_ahead(
        &self,
        instrument: InstrumentId,
        order_id: OrderId,
    ) -> Option<wattbook_domain::Volume> {
        let listed = &self.listed[*self.by_instrument.get(&instrument)?];
        let books = self.simulation.market().books();
        let (zone, _, order) = books.order(order_id)?;
        let queue = books.orders(zone, listed.span, order.side).ok()?;
        let before = queue
            .take_while(|other| other.order_id != order_id)
            .filter(|other| other.price == order.price);
        let lots = before.map(|other| other.displayed.count()).sum();
        Some(self.grids.lot.volume(wattbook_domain::Lots::new(lots)))
    }
}
