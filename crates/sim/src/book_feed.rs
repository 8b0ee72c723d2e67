//! What a venue tells of its books: market data to all, reports to us.

use wattbook_book::{BookEvent, BookFill, TopOfBook};
use wattbook_domain::event::AmendRouted;
use wattbook_domain::market::{MarketEvent, Quote, SessionPhase, Trade};
use wattbook_domain::report::{
    AmendRejected, OrderAccepted, OrderAmended, OrderCancelled, OrderFilled, OrderRejected,
    VenueReport,
};
use wattbook_domain::{InstrumentId, Lots, OrderId, Side, Ticks, TradeId, VenueId};

use crate::convert::Grids;
use crate::participant::PARTICIPANT;

/// What one event of a book becomes.
#[derive(Debug, Default)]
pub(crate) struct Translation {
    /// To all.
    pub(crate) market: Option<MarketEvent>,
    /// To us: of the maker and of the taker.
    pub(crate) reports: [Option<VenueReport>; 2],
}

/// Translates events of the books of one venue and numbers its trades.
#[derive(Debug)]
pub(crate) struct Feed {
    last_trade: u64,
}

impl Feed {
    pub(crate) fn new(venue: VenueId) -> Self {
        // Numbers of two venues never meet.
        Self {
            last_trade: u64::from(venue.0) << 48,
        }
    }

    /// Best prices as a quote; a side without orders has volume zero.
    pub(crate) fn quote(instrument: InstrumentId, grids: &Grids, top: TopOfBook) -> Quote {
        let side = |side: Option<(Ticks, Lots)>| {
            let (price, volume) = side.unwrap_or_default();
            (grids.tick.price(price), grids.lot.volume(volume))
        };
        let ((bid_price, bid_volume), (ask_price, ask_volume)) = (side(top.bid), side(top.ask));
        Quote {
            instrument,
            bid_price,
            ask_price,
            bid_volume,
            ask_volume,
        }
    }

    pub(crate) fn translate(
        &mut self,
        instrument: InstrumentId,
        grids: &Grids,
        event: &BookEvent,
        amended: Option<AmendRouted>,
    ) -> Translation {
        let order_id = match *event {
            BookEvent::Filled(fill) => return self.fill(instrument, grids, &fill),
            BookEvent::PhaseChanged { phase } => {
                let phase = SessionPhase { instrument, phase };
                let market = Some(MarketEvent::SessionPhase(phase));
                return Translation {
                    market,
                    ..Translation::default()
                };
            }
            BookEvent::Accepted { order_id, .. }
            | BookEvent::Rejected { order_id, .. }
            | BookEvent::Cancelled { order_id, .. }
            | BookEvent::CancelRejected { order_id, .. }
            | BookEvent::AmendRejected { order_id, .. }
            | BookEvent::Amended { order_id, .. } => order_id,
            _ => return Translation::default(),
        };
        if !is_ours(order_id) {
            return Translation::default();
        }
        let report = match *event {
            BookEvent::Accepted { .. } => VenueReport::OrderAccepted(OrderAccepted { order_id }),
            BookEvent::Rejected { reason, .. } => {
                VenueReport::OrderRejected(OrderRejected { order_id, reason })
            }
            BookEvent::Cancelled { reason, .. } => {
                VenueReport::OrderCancelled(OrderCancelled { order_id, reason })
            }
            BookEvent::CancelRejected { reason, .. } | BookEvent::AmendRejected { reason, .. } => {
                VenueReport::AmendRejected(AmendRejected { order_id, reason })
            }
            _ => {
                let Some(AmendRouted { price, volume, .. }) = amended else {
                    return Translation::default();
                };
                VenueReport::OrderAmended(OrderAmended {
                    order_id,
                    price,
                    volume,
                })
            }
        };
        Translation {
            market: None,
            reports: [Some(report), None],
        }
    }

    fn fill(&mut self, instrument: InstrumentId, grids: &Grids, fill: &BookFill) -> Translation {
        self.last_trade += 1;
        let trade = TradeId(self.last_trade);
        let (price, volume) = (grids.tick.price(fill.price), grids.lot.volume(fill.volume));
        // An auction has no aggressor; a side must be printed, and the buy is one of the two.
        let aggressor = fill.aggressor.unwrap_or(Side::Buy);
        let report = |order_id, is_maker| {
            is_ours(order_id).then_some(VenueReport::OrderFilled(OrderFilled {
                order_id,
                trade,
                price,
                volume,
                is_maker,
            }))
        };
        Translation {
            market: Some(MarketEvent::Trade(Trade {
                instrument,
                trade,
                aggressor,
                price,
                volume,
            })),
            reports: [
                report(fill.maker, fill.aggressor.is_some()),
                report(fill.taker, false),
            ],
        }
    }
}

fn is_ours(order_id: OrderId) -> bool {
    order_id.client() != PARTICIPANT
}
