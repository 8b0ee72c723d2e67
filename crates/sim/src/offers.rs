//! Offers that wait for a clearing, shared by the venues that clear offers rather than match orders.

use std::collections::BTreeMap;

use wattbook_domain::command::SubmitOffer;
use wattbook_domain::event::CancelRouted;
use wattbook_domain::report::{
    CancelRejected, OfferAwarded, OrderAccepted, OrderCancelled, OrderRejected, VenueReason,
    VenueReport,
};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{InstrumentId, Owner, Price, Side, Timestamp, TradeId, VenueId, Volume};

/// Whose block, and the client's number of it.
pub(crate) type BlockKey = (u16, u64);

/// The block of which `offer` is a leg.
pub(crate) fn block_key(offer: &SubmitOffer) -> Option<BlockKey> {
    let client = offer.order_id.client().0;
    offer.block.map(|number| (client, number))
}

/// The offers of one venue, by delivery period, each with its gate.
#[derive(Debug, Clone)]
pub(crate) struct OfferDesk {
    gates: BTreeMap<InstrumentId, Timestamp>,
    offers: BTreeMap<InstrumentId, Vec<SubmitOffer>>,
    last_trade: u64,
    takes_blocks: bool,
}

impl OfferDesk {
    pub(crate) fn new(venue: VenueId) -> Self {
        Self {
            gates: BTreeMap::new(),
            offers: BTreeMap::new(),
            takes_blocks: false,
            // Numbers of two venues never meet.
            last_trade: u64::from(venue.0) << 48,
        }
    }

    /// The desk of a venue that takes block orders.
    pub(crate) fn with_blocks(venue: VenueId) -> Self {
        let takes_blocks = true;
        Self {
            takes_blocks,
            ..Self::new(venue)
        }
    }

    pub(crate) fn set_gate(&mut self, instrument: InstrumentId, gate: Timestamp) {
        self.gates.insert(instrument, gate);
    }

    /// Takes `offer` in at `now`, or refuses it.
    pub(crate) fn submit(&mut self, offer: SubmitOffer, now: Timestamp) -> VenueReport {
        let order_id = offer.order_id;
        let reason = match self.gates.get(&offer.instrument) {
            None => VenueReason::NotTrading,
            Some(gate) if now > *gate => VenueReason::GateClosed,
            Some(_) if !self.takes(&offer) => VenueReason::InvalidTerms,
            Some(_) => {
                self.offers.entry(offer.instrument).or_default().push(offer);
                return VenueReport::OrderAccepted(OrderAccepted { order_id });
            }
        };
        VenueReport::OrderRejected(OrderRejected { order_id, reason })
    }

    /// Whether the terms of `offer` fit each other and the venue.
    fn takes(&self, offer: &SubmitOffer) -> bool {
        let is_block = offer.block.is_some();
        let is_tied = offer.parent_block.is_some() || offer.exclusive_group.is_some();
        match offer.block_legs {
            Some(legs) => self.takes_blocks && is_block && legs > 0 && self.fits_its_block(offer),
            None => !is_block && !is_tied,
        }
    }

    /// Whether `offer` says of its block what the legs before it said.
    fn fits_its_block(&self, offer: &SubmitOffer) -> bool {
        let key = block_key(offer);
        let terms = |leg: &SubmitOffer| {
            let tied = (leg.parent_block, leg.exclusive_group);
            (leg.price, leg.owner, leg.block_legs, tied)
        };
        let mut legs = self.offers.values().flatten();
        legs.find(|leg| block_key(leg) == key)
            .is_none_or(|leg| terms(leg) == terms(offer))
    }

    /// Takes the offers of `instruments` out, in order of instrument and arrival.
    pub(crate) fn take(&mut self, instruments: &[InstrumentId]) -> Vec<SubmitOffer> {
        let mut taken = Vec::new();
        for instrument in instruments {
            taken.extend(self.offers.remove(instrument).unwrap_or_default());
        }
        taken
    }

    /// The number of the next award.
    pub(crate) fn next_trade(&mut self) -> TradeId {
        self.last_trade += 1;
        TradeId(self.last_trade)
    }

    /// Takes an offer back at `now`, or refuses to.
    pub(crate) fn cancel(&mut self, cancel: &CancelRouted, now: Timestamp) -> VenueReport {
        let order_id = cancel.order_id;
        let is_late = self
            .gates
            .get(&cancel.instrument)
            .is_some_and(|gate| now > *gate);
        let offers = self.offers.entry(cancel.instrument).or_default();
        match offers.iter().position(|offer| offer.order_id == order_id) {
            Some(at) if !is_late => {
                offers.remove(at);
                let reason = VenueReason::Requested;
                VenueReport::OrderCancelled(OrderCancelled { order_id, reason })
            }
            Some(_) => {
                let reason = VenueReason::GateClosed;
                VenueReport::CancelRejected(CancelRejected { order_id, reason })
            }
            None => {
                let reason = VenueReason::UnknownOrder;
                VenueReport::CancelRejected(CancelRejected { order_id, reason })
            }
        }
    }

    /// Clears the offers of `instrument` at `price`: a sell at or below it and a buy at or above it are
    /// awarded in whole, the others nothing. Returns the awards and the net award of each owner,
    /// delivered above zero. We are small: our offers do not move the price.
    pub(crate) fn clear(
        &mut self,
        instrument: InstrumentId,
        price: Price,
    ) -> (Vec<OfferAwarded>, BTreeMap<Owner, Volume>) {
        let mut net = BTreeMap::<Owner, Volume>::new();
        let mut awards = Vec::new();
        for offer in self.offers.remove(&instrument).unwrap_or_default() {
            let (is_awarded, sign) = match offer.side {
                Side::Buy => (offer.price >= price, -1),
                Side::Sell => (offer.price <= price, 1),
            };
            let volume = if is_awarded {
                offer.volume
            } else {
                Volume::ZERO
            };
            let trade = self.next_trade();
            awards.push(OfferAwarded {
                order_id: offer.order_id,
                trade,
                price,
                volume,
                run: SettlementRun::Initial,
            });
            let delivered = Volume::from_millionths(volume.millionths() * sign);
            *net.entry(offer.owner).or_default() += delivered;
        }
        (awards, net)
    }
}
