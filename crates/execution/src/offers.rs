//! Offers into pools and auctions, and what they were awarded, run by run.

use std::collections::BTreeMap;

use wattbook_domain::command::SubmitOffer;
use wattbook_domain::event::QuarantineReason;
use wattbook_domain::report::OfferAwarded;
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::state::State;
use wattbook_domain::{InstrumentId, OrderId, Price, Side, SignalId, TradeId, Volume, state};
use wattbook_portfolio::{Award, PRICE_MAX, PositionSlot};
use wattbook_risk::ApprovedOffer;

#[derive(Debug, Clone, Copy)]
struct Booked {
    run: SettlementRun,
    trade: TradeId,
    price: Price,
    volume: Volume,
}

state!(Booked {
    run,
    trade,
    price,
    volume
});

#[derive(Debug, Clone, Copy)]
struct Offer {
    instrument: InstrumentId,
    slot: PositionSlot,
    side: Side,
    price: Price,
    volume: Volume,
    signal: SignalId,
    /// The client's number of the block that it is a leg of.
    block: Option<u64>,
    /// Whether its volume counts as open at the gate.
    is_open: bool,
    booked: Option<Booked>,
}

state!(Offer {
    instrument,
    slot,
    side,
    price,
    volume,
    signal,
    block,
    is_open,
    booked
});

/// Every offer: settlement runs come months after the award.
#[derive(Debug, Clone, Default)]
pub struct OfferTable {
    offers: BTreeMap<OrderId, Offer>,
}

/// An offer that ended without award.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferEnded {
    /// The position that its award would have gone to.
    pub slot: PositionSlot,
    /// Its side.
    pub side: Side,
    /// Volume that is no longer open.
    pub released: Volume,
    /// The client's number of the block that it is a leg of.
    pub block: Option<u64>,
}

/// An award that is to be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwardBooked {
    /// The position that it goes to.
    pub slot: PositionSlot,
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// The signal behind the offer; 0 for none.
    pub signal: SignalId,
    /// The client's number of the block that the offer is a leg of.
    pub block: Option<u64>,
    /// Volume that is no longer open.
    pub released: Volume,
    /// What is awarded, and what it replaces.
    pub award: Award,
}

impl OfferTable {
    /// Opens an approved offer and returns what goes to the venue.
    pub fn open(&mut self, approved: ApprovedOffer) -> SubmitOffer {
        let offer = *approved.offer();
        let held = Offer {
            instrument: offer.instrument,
            slot: approved.slot(),
            side: offer.side,
            price: offer.price,
            volume: offer.volume,
            signal: offer.signal,
            block: offer.block,
            is_open: true,
            booked: None,
        };
        self.offers.insert(offer.order_id, held);
        drop(approved);
        offer
    }

    /// Whether `order_id` is an offer.
    #[must_use]
    #[inline]
    pub fn contains(&self, order_id: OrderId) -> bool {
        !self.offers.is_empty() && self.offers.contains_key(&order_id)
    }

    /// The instrument of an offer that was not awarded yet.
    #[must_use]
    pub fn open_instrument(&self, order_id: OrderId) -> Option<InstrumentId> {
        let offer = self.offers.get(&order_id)?;
        offer.is_open.then_some(offer.instrument)
    }

    /// Every offer that is open, in order of its number, with its position.
    pub fn open_offers(&self) -> impl Iterator<Item = (OrderId, InstrumentId, PositionSlot)> + '_ {
        let open = self.offers.iter().filter(|(_, offer)| offer.is_open);
        open.map(|(order_id, offer)| (*order_id, offer.instrument, offer.slot))
    }

    /// Every offer, open or awarded: its instrument and position.
    pub fn all(&self) -> impl Iterator<Item = (InstrumentId, PositionSlot)> + '_ {
        let offers = self.offers.values();
        offers.map(|offer| (offer.instrument, offer.slot))
    }

    /// Ends an offer without award; `None` when it is not open.
    pub fn end(&mut self, order_id: OrderId) -> Option<OfferEnded> {
        let offer = self
            .offers
            .get_mut(&order_id)
            .filter(|offer| offer.is_open)?;
        let ended = OfferEnded {
            slot: offer.slot,
            side: offer.side,
            released: offer.volume,
            block: offer.block,
        };
        self.offers.remove(&order_id);
        Some(ended)
    }

    /// An auction or pool has awarded the offer, or another run has.
    ///
    /// # Errors
    /// Why the report is set aside.
    pub fn awarded(&mut self, report: &OfferAwarded) -> Result<AwardBooked, QuarantineReason> {
        let offer = self
            .offers
            .get_mut(&report.order_id)
            .ok_or(QuarantineReason::UnknownOrder)?;
        let price = report.price.millionths();
        if report.volume < Volume::ZERO
            || price.unsigned_abs() > PRICE_MAX.millionths().unsigned_abs()
        {
            return Err(QuarantineReason::Unexpected);
        }
        if report.volume > offer.volume {
            return Err(QuarantineReason::Overfill);
        }
        if let Some(known) = offer.booked {
            if known.trade == report.trade {
                return Err(QuarantineReason::RepeatedTrade);
            }
            if known.run > report.run {
                return Err(QuarantineReason::SupersededRun);
            }
        }
        let before = offer.booked.map(|known| (known.price, known.volume));
        offer.booked = Some(Booked {
            run: report.run,
            trade: report.trade,
            price: report.price,
            volume: report.volume,
        });
        let was_open = std::mem::replace(&mut offer.is_open, false);
        Ok(AwardBooked {
            slot: offer.slot,
            instrument: offer.instrument,
            signal: offer.signal,
            block: offer.block,
            released: if was_open { offer.volume } else { Volume::ZERO },
            award: Award {
                side: offer.side,
                run: report.run,
                before,
                price: report.price,
                volume: report.volume,
            },
        })
    }
}

impl State for OfferTable {
    fn save(&self, out: &mut Vec<u8>) {
        self.offers.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        State::load(input).map(|offers| Self { offers })
    }
}
