//! A venue of one book, told what to do in a line.

use wattbook_book::{BookConfig, BookEvent, NewOrder, OrderBook, Pricing};
use wattbook_domain::market::Phase;
use wattbook_domain::order::Side;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, OrderId, Ticks};

pub(crate) struct Venue {
    pub(crate) book: OrderBook,
    pub(crate) events: Vec<BookEvent>,
    pub(crate) next: u64,
}

/// Maker, taker, price, volume.
pub(crate) type Trade = (u64, u64, i64, i64);

impl Venue {
    pub(crate) fn new(config: BookConfig) -> Self {
        let mut venue = Self {
            book: OrderBook::new(config),
            events: Vec::new(),
            next: 0,
        };
        venue.phase(Phase::Continuous);
        venue
    }

    pub(crate) fn open() -> Self {
        Self::new(BookConfig::default())
    }

    pub(crate) fn phase(&mut self, phase: Phase) {
        self.book.set_phase(phase, &mut self.events);
    }

    pub(crate) fn send(&mut self, side: Side, volume: i64, pricing: Pricing) -> u64 {
        self.send_with(side, volume, pricing, |_| {})
    }

    pub(crate) fn send_with(
        &mut self,
        side: Side,
        volume: i64,
        pricing: Pricing,
        terms: impl FnOnce(&mut NewOrder),
    ) -> u64 {
        self.next += 1;
        let mut order = NewOrder::new(OrderId(self.next), side, Lots::new(volume), pricing);
        terms(&mut order);
        self.book.submit(&order, &mut self.events);
        self.next
    }

    pub(crate) fn trades(&self) -> Vec<Trade> {
        let fill = |event: &BookEvent| match event {
            BookEvent::Filled(fill) => Some((
                fill.maker.0,
                fill.taker.0,
                fill.price.count(),
                fill.volume.count(),
            )),
            _ => None,
        };
        self.events.iter().filter_map(fill).collect()
    }

    pub(crate) fn ended(&self, id: u64) -> Option<VenueReason> {
        self.events.iter().find_map(|event| match event {
            BookEvent::Cancelled {
                order_id, reason, ..
            }
            | BookEvent::Rejected { order_id, reason }
                if order_id.0 == id =>
            {
                Some(*reason)
            }
            _ => None,
        })
    }

    /// Ids and displayed volumes of `side` in priority order.
    pub(crate) fn queue(&self, side: Side) -> Vec<(u64, i64)> {
        self.book
            .orders(side)
            .map(|order| (order.order_id.0, order.displayed.count()))
            .collect()
    }
}

pub(crate) fn limit(price: i64) -> Pricing {
    Pricing::Limit(Ticks::new(price))
}
