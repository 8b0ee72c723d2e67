//! What a venue tells of its books: market data to all, reports to us.

use std::collections::BTreeMap;

use wattbook_book::{BookEvent, BookFill, L3Delta, TopOfBook};
use wattbook_domain::event::AmendRouted;
use wattbook_domain::market::{BookDelta, MarketEvent, Phase, Quote, SessionPhase, Trade};
use wattbook_domain::report::{
    AmendRejected, CancelRejected, OrderAccepted, OrderAmended, OrderCancelled, OrderFilled,
    OrderRejected, VenueReport,
};
use wattbook_domain::{
    InstrumentId, Lots, OrderId, Price, Side, Ticks, Timestamp, TradeId, VenueId,
};

use super::BookVenue;
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
    /// Limits of our orders as last asked for; what the venue changes by itself keeps them.
    limits: BTreeMap<OrderId, Price>,
}

impl Feed {
    pub(crate) fn new(venue: VenueId) -> Self {
        // Numbers of two venues never meet.
        Self {
            last_trade: u64::from(venue.0) << 48,
            limits: BTreeMap::new(),
        }
    }

    /// Notes the limit that we ask for with an order or an amendment.
    pub(crate) fn note_limit(&mut self, order_id: OrderId, price: Price) {
        self.limits.insert(order_id, price);
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

    /// A change of one order of a book.
    fn delta(instrument: InstrumentId, grids: &Grids, delta: &L3Delta) -> BookDelta {
        BookDelta {
            instrument,
            action: delta.action,
            side: delta.side,
            venue_order: delta.order_id,
            price: grids.tick.price(delta.price),
            volume: grids.lot.volume(delta.volume),
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
            BookEvent::SelfTradeDecremented {
                maker,
                taker,
                maker_total,
                taker_total,
                ..
            } => {
                let shrunk = |order_id, total| self.shrunk(grids, order_id, total);
                return Translation {
                    market: None,
                    reports: [shrunk(maker, maker_total), shrunk(taker, taker_total)],
                };
            }
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
                self.limits.remove(&order_id);
                VenueReport::OrderRejected(OrderRejected { order_id, reason })
            }
            BookEvent::Cancelled { reason, .. } => {
                self.limits.remove(&order_id);
                VenueReport::OrderCancelled(OrderCancelled { order_id, reason })
            }
            BookEvent::CancelRejected { reason, .. } => {
                VenueReport::CancelRejected(CancelRejected { order_id, reason })
            }
            BookEvent::AmendRejected { reason, .. } => {
                VenueReport::AmendRejected(AmendRejected { order_id, reason })
            }
            _ => {
                let Some(AmendRouted { price, volume, .. }) = amended else {
                    return Translation::default();
                };
                self.limits.insert(order_id, price);
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

    /// The report on an order of ours that shrank instead of trading with another of its book.
    fn shrunk(&self, grids: &Grids, order_id: OrderId, total: Lots) -> Option<VenueReport> {
        let price = *self.limits.get(&order_id)?;
        let volume = grids.lot.volume(total);
        Some(VenueReport::OrderAmended(OrderAmended {
            order_id,
            price,
            volume,
        }))
    }

    fn fill(&mut self, instrument: InstrumentId, grids: &Grids, fill: &BookFill) -> Translation {
        self.last_trade += 1;
        let trade = TradeId(self.last_trade);
        let (price, volume) = (grids.tick.price(fill.price), grids.lot.volume(fill.volume));
        for (order_id, open) in [(fill.maker, fill.maker_open), (fill.taker, fill.taker_open)] {
            if open == Lots::new(0) {
                self.limits.remove(&order_id);
            }
        }
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

impl BookVenue {
    /// Tells what the book of market `index` did: market data to all, reports about our orders to us.
    /// Best prices are told once, as they stand after the whole act.
    pub(super) fn tell(&mut self, index: usize, now: Timestamp, amended: Option<AmendRouted>) {
        let market = &mut self.markets[index];
        let outbox = &mut self.outbox;
        let mut has_halted = false;
        for event in self.events.drain(..) {
            match event {
                BookEvent::TopChanged(top) => market.top = top,
                BookEvent::PhaseChanged { phase } => {
                    market.phase = phase;
                    has_halted |= phase == Phase::Halted;
                }
                _ => {}
            }
            let (instrument, grids) = (market.instrument, &market.grids);
            let Translation {
                market: public,
                reports,
            } = self.feed.translate(instrument, grids, &event, amended);
            if let Some(public) = public {
                outbox.publish(now, public);
            }
            if let Some(publisher) = &mut market.publisher {
                publisher.hear(&event, |delta| {
                    let delta = Feed::delta(instrument, grids, &delta);
                    outbox.publish(now, MarketEvent::BookDelta(delta));
                });
            }
            for report in reports.into_iter().flatten() {
                outbox.report(now, report);
            }
        }
        let top = market.visible_top();
        if market.quoted != top {
            market.quoted = top;
            let quote = Feed::quote(market.instrument, &market.grids, top);
            outbox.publish(now, MarketEvent::Quote(quote));
        }
        if has_halted {
            self.on_halt(now, index);
        }
    }
}

fn is_ours(order_id: OrderId) -> bool {
    order_id.client() != PARTICIPANT
}
