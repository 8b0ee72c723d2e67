//! One instrument of a venue: those who trade it and what was told of it.

use wattbook_book::{BookConfig, CollarBreach, Collars, L3Publisher, OrderBook, TopOfBook};
use wattbook_domain::market::Phase;
use wattbook_domain::{InstrumentId, LotSize, TickSize, Timestamp};

use super::ListedBook;
use super::day::Step;
use crate::convert::Grids;
use crate::error::SimError;
use crate::participant::{Participant, Participants, participants};
use crate::path::ReferencePath;
use crate::session::{FeedLevel, Session};

/// What surrounds the book of one instrument.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) instrument: InstrumentId,
    pub(super) grids: Grids,
    pub(super) session: Session,
    pub(super) reference: ReferencePath,
    pub(super) config: Participants,
    pub(super) participants: Vec<Participant>,
    pub(super) phase: Phase,
    /// The book's best prices, whatever its phase.
    pub(super) top: TopOfBook,
    /// The quote that was published last.
    pub(super) quoted: TopOfBook,
    /// Tells single orders, where the feed does.
    pub(super) publisher: Option<L3Publisher>,
    pub(super) is_open: bool,
}

impl Market {
    /// The market and the empty book of a listing.
    pub(super) fn open(listed: ListedBook, seed: u64) -> Result<(Self, OrderBook), SimError> {
        let ListedBook {
            instrument,
            session,
            feed,
            mut reference,
            participants: config,
        } = listed;
        let grids = Grids {
            tick: TickSize::new(instrument.tick)?,
            lot: LotSize::new(instrument.lot)?,
        };
        let limit = |price| grids.tick.ticks(grids.tick.floor(price));
        let on_breach = if session.halt_ns > 0 {
            CollarBreach::Halt
        } else {
            CollarBreach::Reject
        };
        let book = OrderBook::new(BookConfig {
            collars: Collars {
                fixed: limit(instrument.min_price).zip(limit(instrument.max_price)),
                dynamic: session.collar,
                on_breach,
            },
            reference: Some(reference.at(session.begins())),
            gate: Some(instrument.gate_closure),
            reports_top: true,
            ..BookConfig::default()
        });
        // Streams of participants lie far above those of the lines, by instrument.
        let stream = (u64::from(instrument.instrument.0) + 1) << 40;
        let market = Self {
            instrument: instrument.instrument,
            grids,
            session,
            reference,
            config,
            participants: participants(&config, seed, stream),
            phase: Phase::Closed,
            top: TopOfBook::default(),
            quoted: TopOfBook::default(),
            publisher: (feed == FeedLevel::L3).then(L3Publisher::default),
            is_open: false,
        };
        Ok((market, book))
    }

    /// The steps of its day that the clock decides; it is the market at `index`.
    pub(super) fn scheduled(&self, index: usize, gate: Timestamp) -> Vec<(Timestamp, Step)> {
        let session = &self.session;
        let enter = |phase| Step::Enter {
            market: index,
            phase,
        };
        let mut steps = vec![
            (session.opens, enter(Phase::Continuous)),
            (gate, Step::Close(index)),
        ];
        if session.opening_call_ns > 0 {
            steps.push((session.begins(), enter(Phase::OpeningCall)));
        }
        if session.closing_call_ns > 0 {
            let begins = session.closing_call_begins(gate);
            steps.push((begins, enter(Phase::ClosingCall)));
        }
        steps
    }

    /// Best prices as others see them: in a call or a halt there are none to trade at.
    pub(super) fn visible_top(&self) -> TopOfBook {
        if self.phase == Phase::Continuous {
            self.top
        } else {
            TopOfBook::default()
        }
    }
}
