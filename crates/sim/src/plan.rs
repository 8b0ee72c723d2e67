//! Everything a simulation is made of, gathered before it starts.

use std::collections::{BTreeMap, BTreeSet};

use wattbook_domain::instrument::{DeliveryKind, Instrument};
use wattbook_domain::limit::SetSensitivities;
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::{
    ClientId, Currency, InstrumentId, Owner, Price, StrategyId, Timestamp, VenueId,
};
use wattbook_engine::{Engine, EngineConfig};
use wattbook_strategy::signal::DEFAULT_THRESHOLD_PPM;
use wattbook_strategy::{Forecast, Identity, Strategy};

use crate::auction_venue::{
    AuctionSession, AuctionVenue, Clearer, Deliveries, Metering, Production,
};
use crate::backtest::Backtest;
use crate::book_venue::{BookVenue, ListedBook};
use crate::error::SimError;
use crate::exchange::Exchange;
use crate::intraday::{IntradayVenue, ListedContract, SharedBorders, SimulationPlan};
use crate::latency::Latencies;
use crate::log::RunLog;
use crate::pool::{DispatchInterval, PoolVenue};
use crate::recorded_venue::{RecordedBook, RecordedVenue};
use crate::settlement::{DailySettlement, SettlementVenue};
use crate::two_settlement::{AwaitedPeriod, SettledPeriod, TwoSettlementVenue};
use crate::venue::Arrival;

mod books;

/// The recorded prices of a two-settlement period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwoPrices {
    /// Last instant at which a day-ahead offer is taken.
    pub gate: Timestamp,
    /// When the day-ahead result is published.
    pub day_ahead_published: Timestamp,
    /// Day-ahead price, in currency per `MWh`.
    pub day_ahead: Price,
    /// When the real-time price and the meter are known.
    pub real_time_published: Timestamp,
    /// Real-time price, the mean over the period, in currency per `MWh`.
    pub real_time: Price,
}

/// What one venue trades.
#[derive(Debug, Default)]
struct Listings {
    latencies: Latencies,
    cost: Price,
    books: Vec<ListedBook>,
    recorded: Option<RecordedBook>,
    intervals: Vec<DispatchInterval>,
    periods: Vec<SettledPeriod>,
    awaited_dispatch: Vec<(InstrumentId, Timestamp)>,
    awaited_periods: Vec<AwaitedPeriod>,
    settlements: Vec<DailySettlement>,
    intraday: Option<(SimulationPlan, Vec<ListedContract>)>,
    borders: Option<SharedBorders>,
    auctions: Vec<AuctionSession>,
    clearer: Option<Box<dyn Clearer>>,
    deliveries: Deliveries,
}

/// A strategy and whom it trades for.
struct Entrant {
    strategy: Box<dyn Strategy + Send>,
    owner: Owner,
}

/// A simulation before it starts. One seed makes everything random in it.
pub struct Plan {
    seed: u64,
    config: EngineConfig,
    start: Timestamp,
    references: Vec<ReferenceEvent>,
    /// What becomes known later, in order of addition.
    later: Vec<(Timestamp, ReferenceEvent)>,
    instruments: BTreeMap<InstrumentId, Instrument>,
    thresholds: BTreeMap<StrategyId, u32>,
    venues: BTreeMap<VenueId, Listings>,
    /// When the closing calls of venues outside begin.
    calls_outside: BTreeMap<InstrumentId, Timestamp>,
    /// Strategies whose opposite orders cross within the desk.
    netted: Option<(BTreeSet<StrategyId>, i64)>,
    recorded: Vec<Arrival>,
    forecasts: Vec<(Timestamp, Forecast)>,
    alarms: Vec<Timestamp>,
    entrants: Vec<Entrant>,
}

impl Plan {
    /// An empty plan of a desk that reports in `desk_currency`, from `start` on.
    #[must_use]
    pub fn new(seed: u64, desk_currency: Currency, start: Timestamp) -> Self {
        Self {
            seed,
            config: EngineConfig::new(desk_currency),
            start,
            references: Vec::new(),
            later: Vec::new(),
            instruments: BTreeMap::new(),
            thresholds: BTreeMap::new(),
            venues: BTreeMap::new(),
            calls_outside: BTreeMap::new(),
            netted: None,
            recorded: Vec::new(),
            forecasts: Vec::new(),
            alarms: Vec::new(),
            entrants: Vec::new(),
        }
    }

    /// What the engine starts with: what a replay of the journal needs.
    #[must_use]
    pub const fn engine_config(&self) -> EngineConfig {
        self.config
    }

    /// Adds reference data, known at the start. An instrument's gate and delivery become alarms.
    pub fn add_reference(&mut self, event: ReferenceEvent) {
        match &event {
            ReferenceEvent::DefineInstrument(instrument) => {
                self.alarms.extend([
                    instrument.gate_closure,
                    instrument.delivery_start,
                    instrument.delivery_end,
                ]);
                self.instruments
                    .insert(instrument.instrument, (**instrument).clone());
            }
            ReferenceEvent::SetThreshold(change) => {
                self.thresholds
                    .insert(change.strategy, change.confidence_ppm);
            }
            _ => {}
        }
        self.references.push(event);
    }

    /// Adds what the scenarios of an instrument are from `at` on.
    pub fn add_sensitivities_at(&mut self, at: Timestamp, set: SetSensitivities) {
        self.later.push((at, ReferenceEvent::SetSensitivities(set)));
    }

    /// An instrument that was defined before.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`].
    pub fn instrument(&self, instrument: InstrumentId) -> Result<&Instrument, SimError> {
        self.instruments
            .get(&instrument)
            .ok_or(SimError::UnknownInstrument { instrument })
    }

    /// The instruments that were defined so far.
    pub fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.instruments.values()
    }

    /// Sets how long messages travel between us and `venue`.
    pub fn set_latencies(&mut self, venue: VenueId, latencies: Latencies) {
        self.venues.entry(venue).or_default().latencies = latencies;
    }

    /// Sets how much worse than a settlement price `venue` fills, in currency per price unit.
    pub fn set_settlement_cost(&mut self, venue: VenueId, cost: Price) {
        self.venues.entry(venue).or_default().cost = cost;
    }

    /// Lets a pool dispatch `instrument` at `price`, known at `published`; its gate is the instrument's.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`].
    pub fn add_dispatch(
        &mut self,
        instrument: InstrumentId,
        published: Timestamp,
        price: Price,
    ) -> Result<(), SimError> {
        let (venue, gate) = {
            let terms = self.instrument(instrument)?;
            (terms.venue, terms.gate_closure)
        };
        let interval = DispatchInterval {
            instrument,
            gate,
            published,
            price,
        };
        self.venues
            .entry(venue)
            .or_default()
            .intervals
            .push(interval);
        Ok(())
    }

    /// Lets a two-settlement market clear and settle `instrument` at `prices`.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`].
    pub fn add_two_settlement(
        &mut self,
        instrument: InstrumentId,
        prices: &TwoPrices,
    ) -> Result<(), SimError> {
        let terms = self.instrument(instrument)?;
        let (venue, delivery_start) = (terms.venue, terms.delivery_start);
        let period = SettledPeriod {
            instrument,
            is_virtual: terms.delivery_kind == DeliveryKind::Virtual,
            gate: prices.gate,
            day_ahead_published: prices.day_ahead_published,
            day_ahead: prices.day_ahead,
            delivery_start,
            real_time_published: prices.real_time_published,
            real_time: prices.real_time,
        };
        self.venues.entry(venue).or_default().periods.push(period);
        Ok(())
    }

    /// Lets a pool dispatch `instrument` when its price comes from outside; its gate is the instrument's.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`].
    pub fn await_dispatch(&mut self, instrument: InstrumentId) -> Result<(), SimError> {
        let terms = self.instrument(instrument)?;
        let (venue, gate) = (terms.venue, terms.gate_closure);
        let listings = self.venues.entry(venue).or_default();
        listings.awaited_dispatch.push((instrument, gate));
        Ok(())
    }

    /// Lets a two-settlement market clear and settle `instrument` when its prices come from outside; its
    /// day-ahead gate is the instrument's.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`].
    pub fn await_two_settlement(&mut self, instrument: InstrumentId) -> Result<(), SimError> {
        let terms = self.instrument(instrument)?;
        let (venue, period) = (
            terms.venue,
            AwaitedPeriod {
                instrument,
                is_virtual: terms.delivery_kind == DeliveryKind::Virtual,
                gate: terms.gate_closure,
                delivery_start: terms.delivery_start,
            },
        );
        let listings = self.venues.entry(venue).or_default();
        listings.awaited_periods.push(period);
        Ok(())
    }

    /// Lets a futures exchange settle `instrument` at `price`, known at `published`.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`].
    pub fn add_settlement(
        &mut self,
        instrument: InstrumentId,
        published: Timestamp,
        price: Price,
    ) -> Result<(), SimError> {
        let venue = self.instrument(instrument)?.venue;
        let settlement = DailySettlement {
            instrument,
            published,
            price,
        };
        self.venues
            .entry(venue)
            .or_default()
            .settlements
            .push(settlement);
        Ok(())
    }

    /// Lets `venue` hold `auctions`, numbered in their order, which `clearer` clears.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`], [`SimError::NotListed`] for an instrument of another venue,
    /// [`SimError::SoldTwice`], [`SimError::EarlyResult`], [`SimError::MixedVenue`] for a second set of
    /// auctions.
    pub fn add_auctions(
        &mut self,
        venue: VenueId,
        auctions: Vec<AuctionSession>,
        clearer: Box<dyn Clearer>,
    ) -> Result<(), SimError> {
        let mut starts = BTreeMap::new();
        for auction in &auctions {
            let (gate, published) = (auction.gate, auction.published);
            if published <= gate {
                return Err(SimError::EarlyResult { gate, published });
            }
            for instrument in auction.instruments.iter().copied() {
                let terms = self.instrument(instrument)?;
                if terms.venue != venue {
                    return Err(SimError::NotListed { instrument, venue });
                }
                if starts.insert(instrument, terms.delivery_start).is_some() {
                    return Err(SimError::SoldTwice { instrument });
                }
            }
        }
        let listings = self.venues.entry(venue).or_default();
        if listings.clearer.is_some() {
            return Err(SimError::MixedVenue { venue });
        }
        listings.auctions = auctions;
        listings.clearer = Some(clearer);
        listings.deliveries.starts = starts;
        Ok(())
    }

    /// Lets the auctions of one venue and the intraday day of another share the day's borders: an auction
    /// clears beside the flows of continuous trades, and what it leaves is their capacity from its
    /// publication on.
    ///
    /// # Errors
    /// [`SimError::NotShared`] when either is not there yet.
    pub fn share_borders(&mut self, auctions: VenueId, intraday: VenueId) -> Result<(), SimError> {
        let day = self.venues.get(&intraday);
        let day = day.and_then(|listings| listings.intraday.as_ref());
        let places = day.map(|(plan, _)| plan.market.borders.len() * plan.market.periods);
        let holder = self.venues.get_mut(&auctions);
        let holder = holder.filter(|listings| !listings.auctions.is_empty());
        let (Some(places), Some(holder)) = (places, holder) else {
            return Err(SimError::NotShared { auctions, intraday });
        };
        let borders = SharedBorders::new(places);
        holder.borders = Some(borders.clone());
        self.venues.entry(intraday).or_default().borders = Some(borders);
        Ok(())
    }

    /// Lets an asset produce in the delivery period of an auction.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`].
    pub fn add_production(&mut self, production: Production) -> Result<(), SimError> {
        let venue = self.instrument(production.instrument)?.venue;
        let listings = self.venues.entry(venue).or_default();
        listings.deliveries.production.push(production);
        Ok(())
    }

    /// Settles periods of the auctions of `venue` by what a meter reads when their imbalance price comes.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`].
    pub fn add_metering(&mut self, venue: VenueId, metering: Metering) -> Result<(), SimError> {
        for instrument in &metering.instruments {
            self.instrument(*instrument)?;
        }
        let listings = self.venues.entry(venue).or_default();
        listings.deliveries.meterings.push(metering);
        Ok(())
    }

    /// Adds recorded inputs.
    pub fn add_recorded(&mut self, inputs: impl IntoIterator<Item = Arrival>) {
        self.recorded.extend(inputs);
    }

    /// Adds forecasts with the time at which each is published.
    pub fn add_forecasts(&mut self, forecasts: impl IntoIterator<Item = (Timestamp, Forecast)>) {
        self.forecasts.extend(forecasts);
    }

    /// Lets time be told at `instants`.
    pub fn add_alarms(&mut self, instants: impl IntoIterator<Item = Timestamp>) {
        self.alarms.extend(instants);
    }

    /// Adds a strategy that trades for `owner`. Strategies are clients 1, 2, … in order of addition.
    pub fn add_strategy(&mut self, strategy: Box<dyn Strategy + Send>, owner: Owner) {
        self.entrants.push(Entrant { strategy, owner });
    }

    /// Lets opposite orders of these strategies cross within the desk, see [`Backtest::net`].
    pub fn net(&mut self, strategies: impl IntoIterator<Item = StrategyId>, wait_ns: i64) {
        self.netted = Some((strategies.into_iter().collect(), wait_ns));
    }

    /// The exchange of the books at `venue`, for members called `names`, at `now`. Messages take the
    /// time that they take.
    ///
    /// # Errors
    /// [`SimError::NoBooks`] when nothing is listed there.
    pub fn exchange(
        mut self,
        venue: VenueId,
        names: impl IntoIterator<Item = String>,
        now: Timestamp,
    ) -> Result<Exchange, SimError> {
        let books = self.venues.remove(&venue).unwrap_or_default().books;
        if books.is_empty() {
            return Err(SimError::NoBooks { venue });
        }
        let listed = books.iter().map(|book| &book.instrument);
        let instruments: Vec<Instrument> = listed.cloned().collect();
        let venue = BookVenue::new(venue, books, Latencies::default(), self.seed)?;
        Ok(Exchange::new(venue, &instruments, names, now))
    }

    /// The backtest that follows the plan and journals to `log`.
    ///
    /// # Errors
    /// [`SimError::MixedVenue`] when a venue has listings of two kinds.
    pub fn build(self, log: Box<dyn RunLog>) -> Result<Backtest, SimError> {
        let mut backtest = Backtest::new(Engine::new(self.config), log, self.start);
        self.references
            .into_iter()
            .for_each(|event| backtest.add_reference(event));
        for (at, event) in self.later {
            backtest.add_reference_at(at, event);
        }
        for (venue, listings) in self.venues {
            add_venue(&mut backtest, venue, listings, self.seed)?;
        }
        backtest.add_recorded(self.recorded);
        backtest.add_forecasts(self.forecasts);
        // What lies before the start has happened.
        backtest.add_alarms(self.alarms.into_iter().filter(|alarm| *alarm >= self.start));
        for (index, Entrant { strategy, owner }) in self.entrants.into_iter().enumerate() {
            let client = ClientId(index as u16 + 1);
            let threshold = self.thresholds.get(&owner.strategy).copied();
            let identity = Identity { client, owner };
            backtest.add_strategy(
                strategy,
                identity,
                threshold.unwrap_or(DEFAULT_THRESHOLD_PPM),
            );
        }
        if let Some((strategies, wait_ns)) = self.netted {
            backtest.net(strategies, wait_ns);
        }
        Ok(backtest)
    }
}

fn add_venue(
    backtest: &mut Backtest,
    venue: VenueId,
    listings: Listings,
    seed: u64,
) -> Result<(), SimError> {
    let Listings {
        latencies,
        cost,
        books,
        recorded,
        intervals,
        periods,
        awaited_dispatch,
        awaited_periods,
        settlements,
        intraday,
        borders,
        auctions,
        clearer,
        deliveries,
    } = listings;
    let kinds = [
        books.is_empty(),
        intervals.is_empty() && awaited_dispatch.is_empty(),
        periods.is_empty() && awaited_periods.is_empty(),
        settlements.is_empty(),
        auctions.is_empty() && deliveries.production.is_empty() && deliveries.meterings.is_empty(),
        intraday.is_none(),
        recorded.is_none(),
    ];
    if kinds.iter().filter(|is_empty| !**is_empty).count() > 1 {
        return Err(SimError::MixedVenue { venue });
    }
    let mut listed: Vec<InstrumentId> = Vec::new();
    if !books.is_empty() {
        listed.extend(books.iter().map(|book| book.instrument.instrument));
        backtest.add_venue(Box::new(BookVenue::new(venue, books, latencies, seed)?))?;
    } else if let Some(book) = recorded {
        listed.push(book.instrument);
        backtest.add_venue(Box::new(RecordedVenue::new(venue, book, latencies, seed)))?;
    } else if !kinds[1] {
        listed.extend(intervals.iter().map(|interval| interval.instrument));
        listed.extend(awaited_dispatch.iter().map(|(instrument, _)| *instrument));
        let mut pool = PoolVenue::new(venue, intervals, latencies, seed);
        for (instrument, gate) in awaited_dispatch {
            pool.await_price(instrument, gate);
        }
        backtest.add_venue(Box::new(pool))?;
    } else if !kinds[2] {
        listed.extend(periods.iter().map(|period| period.instrument));
        listed.extend(awaited_periods.iter().map(|period| period.instrument));
        let mut market = TwoSettlementVenue::new(venue, periods, latencies, seed);
        for period in awaited_periods {
            market.await_prices(period);
        }
        backtest.add_venue(Box::new(market))?;
    } else if let Some((plan, contracts)) = intraday {
        listed.extend(contracts.iter().map(|each| each.instrument.instrument));
        let market = IntradayVenue::new(venue, plan, &contracts, latencies)?.sharing(borders);
        backtest.add_venue(Box::new(market))?;
    } else if !settlements.is_empty() {
        listed.extend(settlements.iter().map(|settlement| settlement.instrument));
        let exchange = SettlementVenue::new(venue, settlements, cost, latencies, seed);
        backtest.add_venue(Box::new(exchange))?;
    } else if !kinds[4] {
        let clearer = clearer.ok_or(SimError::NoClearer { venue })?;
        let sold = auctions.iter().flat_map(|auction| &auction.instruments);
        listed.extend(sold.copied());
        let market = AuctionVenue::new(venue, auctions, clearer, deliveries, latencies, seed);
        let market = market.sharing(borders);
        backtest.add_venue(Box::new(market))?;
    }
    for instrument in listed {
        backtest.route(instrument, venue)?;
    }
    Ok(())
}
