//! The intraday market as the engine meets it: our orders in, reports and market data out.

mod borders;
mod orders;
mod pictures;

use std::collections::{BTreeMap, BTreeSet};

use wattbook_book::{BookEvent, CoupledEvent, Span, TopOfBook};
use wattbook_domain::event::AmendRouted;
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::{MarketEvent, Phase, Trade};
use wattbook_domain::{Event, InstrumentId, OrderId, Side, Timestamp, VenueId};

use self::borders::FlowBook;
use super::market::{IntradayMarket, IntradaySink};
use super::shared::SharedBorders;
use super::simulation::{IntradaySimulation, SimulationPlan};
use crate::book_venue::feed::{Feed, Translation};
use crate::book_venue::linked::{LinkedSets, SetId};
use crate::convert::Grids;
use crate::error::SimError;
use crate::latency::Latencies;
use crate::order_line::OrderLine;
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
    simulation: IntradaySimulation,
    grids: Grids,
    listed: Vec<Listed>,
    by_instrument: BTreeMap<InstrumentId, usize>,
    by_place: BTreeMap<(u16, usize), usize>,
    /// By contract: its quarter-hours, one bit each.
    periods: Vec<u128>,
    /// What it shares of the borders with auctions.
    borders: Option<FlowBook>,
    /// When which instrument's book is shown level by level.
    pictures: BTreeSet<(Timestamp, usize)>,
    linked: LinkedSets,
    /// When which set of linked orders has waited long enough.
    give_up: BTreeSet<(Timestamp, SetId)>,
    inbound: OrderLine,
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
            grids,
            listed: Vec::with_capacity(listed.len()),
            by_instrument: BTreeMap::new(),
            by_place: BTreeMap::new(),
            periods: contracts.iter().map(bits).collect(),
            borders: None,
            pictures: BTreeSet::new(),
            linked: LinkedSets::default(),
            give_up: BTreeSet::new(),
            inbound: OrderLine::new(latencies, seed, stream),
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

    /// Lets it share the day's borders with auctions.
    #[must_use]
    pub fn sharing(mut self, borders: Option<SharedBorders>) -> Self {
        let plan = self.simulation.market().plan();
        self.borders = borders.map(|shared| FlowBook::new(shared, plan));
        self
    }

    /// When something happens at the venue next, our messages left aside.
    fn next_step(&self) -> Option<Timestamp> {
        let picture = self.pictures.first().map(|(at, _)| *at);
        let left = self.borders.as_ref().and_then(FlowBook::next_time);
        let give_up = self.give_up.first().map(|(at, _)| *at);
        earlier(
            earlier(self.simulation.next_time(), picture),
            earlier(left, give_up),
        )
    }

    /// Lets the venue go on to `until`, instant by instant, and tells each: what auctions left counts
    /// first, then others act, then sets of orders are given up, then books are shown.
    fn trade(&mut self, until: Timestamp) {
        while let Some(at) = self.next_step().filter(|at| *at <= until) {
            self.take_over_borders(at);
            // Participants obey the rules of the market, so nothing of theirs is refused.
            let done = self.simulation.run(at, u64::MAX, &mut self.told);
            assert!(
                done.is_ok(),
                "a simulated participant broke a rule: {done:?}"
            );
            self.tell(None);
            self.give_up(at);
            self.show_books(at);
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
                    let place = (contract as u16, zone);
                    self.tell_phase(at, place, Phase::Continuous);
                    if let Some(index) = self.by_place.get(&place).copied() {
                        self.plan_picture(at, index);
                    }
                }
                TellEvent::Book(event) => {
                    if let Some(borders) = &mut self.borders {
                        borders.note(&event, &self.periods, &self.grids);
                    }
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

/// The local view of a contract of ours.
fn depth_of(market: &mut IntradayMarket, listed: &Listed, grids: &Grids, levels: usize) -> Depth {
    let mut side = |side: Side| {
        let found = market.depth(listed.zone, listed.span, side, levels);
        let found = found.unwrap_or_default();
        let level = |level: &wattbook_book::DepthLevel| {
            (
                grids.tick.price(level.price),
                grids.lot.volume(level.volume),
            )
        };
        found.iter().map(level).collect()
    };
    Depth {
        bids: side(Side::Buy),
        asks: side(Side::Sell),
    }
}

impl Venue for IntradayVenue {
    fn venue(&self) -> VenueId {
        self.venue
    }

    fn on_routed(&mut self, event: &Event, now: Timestamp) {
        self.inbound.send(event, now);
    }

    fn next_time(&self) -> Option<Timestamp> {
        earlier(
            earlier(self.next_step(), self.inbound.next_arrival()),
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

    fn depth(&mut self, instrument: InstrumentId, levels: usize) -> Option<Depth> {
        let listed = &self.listed[*self.by_instrument.get(&instrument)?];
        let market = self.simulation.market_mut();
        Some(depth_of(market, listed, &self.grids, levels))
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
