//! Continuous books of a plan: made up, recorded, or of all deliveries of a day.

use std::collections::BTreeMap;

use wattbook_domain::instrument::Instrument;
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::volume::LotSize;
use wattbook_domain::{InstrumentId, Price, TickSize, Ticks, Timestamp, VenueId};
use wattbook_execution::algorithms::Fees;

use super::Plan;
use crate::book_venue::ListedBook;
use crate::error::SimError;
use crate::intraday::{ListedContract, SimulationPlan};
use crate::participant::Participants;
use crate::path::ReferencePath;
use crate::recorded_venue::{RecordedBook, RecordedRow};
use crate::session::{FeedLevel, Session};

impl Plan {
    /// Gives `instrument` a book with the day `session`, traded by `participants` around `points` of
    /// the reference price, rounded down to the tick, and told by `feed`.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`], [`SimError::EmptyPath`], [`SimError::PathOrder`],
    /// [`SimError::ShortSession`].
    pub fn add_book(
        &mut self,
        instrument: InstrumentId,
        session: Session,
        points: impl IntoIterator<Item = (Timestamp, Price)>,
        participants: Participants,
        feed: FeedLevel,
    ) -> Result<(), SimError> {
        let terms = self.instrument(instrument)?.clone();
        session.check(instrument, terms.gate_closure)?;
        let tick = TickSize::new(terms.tick)?;
        let ticks = |price| tick.ticks(tick.floor(price)).map_or(0, Ticks::count);
        let points = points
            .into_iter()
            .map(|(at, price)| (at, Ticks::new(ticks(price))));
        let reference = ReferencePath::new(points.collect())?;
        let listings = self.venues.entry(terms.venue).or_default();
        listings.books.push(ListedBook {
            instrument: terms,
            session,
            feed,
            reference,
            participants,
        });
        Ok(())
    }

    /// What the venues told of so far charge for trading each instrument; one without fees is left out.
    pub fn fees(&self) -> impl Iterator<Item = (InstrumentId, Fees)> {
        let mut venues = BTreeMap::new();
        for event in &self.references {
            if let ReferenceEvent::SetFees(told) = event {
                let (maker, taker) = (told.maker, told.taker);
                venues.insert(told.venue, Fees { maker, taker });
            }
        }
        let fees_of =
            move |terms: &Instrument| Some((terms.instrument, *venues.get(&terms.venue)?));
        self.instruments.values().filter_map(fees_of)
    }

    /// Tells when the closing call of `instrument` begins at a venue outside, `lead_ns` before its gate.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`].
    pub fn set_closing_call(
        &mut self,
        instrument: InstrumentId,
        lead_ns: i64,
    ) -> Result<(), SimError> {
        let gate = self.instrument(instrument)?.gate_closure;
        self.calls_outside
            .insert(instrument, gate.plus_nanos(-lead_ns));
        Ok(())
    }

    /// When the closing calls told so far begin; a book without one is left out.
    pub fn closing_calls(&self) -> impl Iterator<Item = (InstrumentId, Timestamp)> {
        let books = self.venues.values().flat_map(|listings| &listings.books);
        let outside = self.calls_outside.iter().map(|(&one, &at)| (one, at));
        let inside = books
            .filter(|book| book.session.closing_call_ns > 0)
            .map(|book| {
                let terms = &book.instrument;
                let begins = book.session.closing_call_begins(terms.gate_closure);
                (terms.instrument, begins)
            });
        inside.chain(outside)
    }

    /// Lists `instrument` in a recorded book, which is played back with our orders in its queues; each
    /// change has a price and a volume. The only instrument of its venue.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`], and [`SimError::MixedVenue`] for a second book of the venue.
    pub fn add_recorded_book(
        &mut self,
        instrument: InstrumentId,
        changes: impl IntoIterator<Item = RecordedRow>,
    ) -> Result<u64, SimError> {
        let terms = self.instrument(instrument)?;
        let venue = terms.venue;
        let (tick, lot) = (TickSize::new(terms.tick)?, LotSize::new(terms.lot)?);
        let mut off_grid = 0;
        let changes = changes.into_iter().filter_map(|row| {
            let change = row.change(tick, lot);
            off_grid += u64::from(change.is_none());
            Some((row.at, change?))
        });
        let changes = changes.collect();
        let listings = self.venues.entry(venue).or_default();
        if listings.recorded.is_some() {
            return Err(SimError::MixedVenue { venue });
        }
        listings.recorded = Some(RecordedBook {
            instrument,
            tick,
            lot,
            changes,
        });
        Ok(off_grid)
    }

    /// Lets `venue` hold a day of intraday trading, in which each instrument listed is a contract in a
    /// zone, both by place. Its seed is the plan's.
    ///
    /// # Errors
    /// [`SimError::UnknownInstrument`], [`SimError::NotListed`] for an instrument of another venue,
    /// [`SimError::MixedVenue`] for a second day, [`SimError::IntradayContract`] for an instrument whose
    /// tick or lot is not the market's.
    pub fn add_intraday(
        &mut self,
        venue: VenueId,
        plan: SimulationPlan,
        listed: impl IntoIterator<Item = (InstrumentId, usize, usize)>,
    ) -> Result<(), SimError> {
        let mut contracts = Vec::new();
        for (instrument, contract, zone) in listed {
            let terms = self.instrument(instrument)?.clone();
            if terms.venue != venue {
                return Err(SimError::NotListed { instrument, venue });
            }
            let grids = plan.market.grids;
            if (terms.tick, terms.lot) != (grids.tick.step(), grids.lot.step()) {
                return Err(SimError::IntradayContract {
                    contract: terms.symbol,
                    what: "has another tick or lot than the market; define it with the same",
                });
            }
            contracts.push(ListedContract {
                instrument: terms,
                contract,
                zone,
            });
        }
        let listings = self.venues.entry(venue).or_default();
        if listings.intraday.is_some() {
            return Err(SimError::MixedVenue { venue });
        }
        let seed = self.seed;
        listings.intraday = Some((SimulationPlan { seed, ..plan }, contracts));
        Ok(())
    }
}
