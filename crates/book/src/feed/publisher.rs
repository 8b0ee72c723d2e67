//! What a venue with a level-3 feed tells: its displayed orders, one by one.

use std::collections::BTreeMap;

use wattbook_domain::id::OrderId;
use wattbook_domain::market::BookAction;
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, Ticks};

use crate::event::{BookEvent, BookFill};
use crate::feed::l3::L3Delta;
use crate::rank::{MARKET_BUY, MARKET_SELL};

/// Turns the events of an [`crate::OrderBook`] into the messages from which an [`crate::L3Book`]
/// rebuilds its displayed orders, queues included.
///
/// Market orders that wait in a call have no price and are not told. A larger volume that keeps its
/// place ([`crate::AmendRules::increase_keeps_priority`]) cannot be told in this form: a reader takes
/// the order to the end of its queue.
///
/// # Examples
/// ```
/// use wattbook_book::{BookConfig, BookEvent, L3Book, L3Publisher, NewOrder, OrderBook};
/// use wattbook_domain::{Lots, OrderId, Ticks, market::Phase, order::Side};
///
/// let mut book = OrderBook::new(BookConfig::default());
/// let (mut publisher, mut rebuilt) = (L3Publisher::default(), L3Book::new());
/// let mut events: Vec<BookEvent> = Vec::new();
/// book.set_phase(Phase::Continuous, &mut events);
/// for number in 1..=2 {
///     let (price, volume) = (Ticks::new(-5), Lots::new(10));
///     book.submit(&NewOrder::limit(OrderId(number), Side::Buy, price, volume), &mut events);
/// }
/// for event in &events {
///     publisher.hear(event, |delta| assert!(rebuilt.apply(&delta).is_ok()));
/// }
/// assert_eq!(rebuilt.volume_ahead(2), Some(Lots::new(10)));
/// ```
#[derive(Debug, Clone, Default)]
pub struct L3Publisher {
    shown: BTreeMap<OrderId, Shown>,
}

/// A displayed order. The volume is zero between two slices of an iceberg.
#[derive(Debug, Clone, Copy)]
struct Shown {
    side: Side,
    price: Ticks,
    volume: Lots,
}

impl Shown {
    const fn delta(self, order_id: OrderId, action: BookAction) -> L3Delta {
        L3Delta {
            action,
            order_id: order_id.0,
            side: self.side,
            price: self.price,
            volume: self.volume,
        }
    }
}

impl L3Publisher {
    /// Takes the next event of the book and tells what it changed in the displayed queues.
    pub fn hear(&mut self, event: &BookEvent, mut tell: impl FnMut(L3Delta)) {
        match *event {
            BookEvent::Rested {
                order_id,
                side,
                price,
                volume,
            } => {
                self.hide(order_id, &mut tell);
                if price != MARKET_BUY && price != MARKET_SELL {
                    let shown = Shown {
                        side,
                        price,
                        volume,
                    };
                    self.shown.insert(order_id, shown);
                    tell(shown.delta(order_id, BookAction::Add));
                }
            }
            BookEvent::Replenished { order_id, volume } => {
                if let Some(shown) = self.shown.get_mut(&order_id) {
                    shown.volume = volume;
                    tell(shown.delta(order_id, BookAction::Add));
                }
            }
            BookEvent::Filled(fill) => self.fill(&fill, &mut tell),
            BookEvent::SelfTradeDecremented {
                maker,
                taker,
                volume,
                ..
            } => {
                for order_id in [maker, taker] {
                    self.shrink(order_id, volume, &mut tell);
                }
            }
            BookEvent::Cancelled { order_id, .. } => self.hide(order_id, &mut tell),
            BookEvent::Amended {
                order_id,
                displayed,
                keeps_priority,
                ..
            } => {
                if keeps_priority {
                    self.resize(order_id, displayed, &mut tell);
                } else {
                    self.hide(order_id, &mut tell);
                }
            }
            _ => {}
        }
    }

    fn fill(&mut self, fill: &BookFill, tell: &mut impl FnMut(L3Delta)) {
        for (order_id, open) in [(fill.maker, fill.maker_open), (fill.taker, fill.taker_open)] {
            self.shrink(order_id, fill.volume, tell);
            if open == Lots::default() {
                self.hide(order_id, tell);
            }
        }
    }

    fn shrink(&mut self, order_id: OrderId, volume: Lots, tell: &mut impl FnMut(L3Delta)) {
        if let Some(shown) = self.shown.get(&order_id) {
            let left = Lots::new(shown.volume.count() - volume.count());
            self.resize(order_id, left, tell);
        }
    }

    /// Tells the volume that is displayed of `order_id` from now on, if that is another one.
    fn resize(&mut self, order_id: OrderId, volume: Lots, tell: &mut impl FnMut(L3Delta)) {
        let Some(shown) = self.shown.get_mut(&order_id) else {
            return;
        };
        if shown.volume == volume {
            return;
        }
        shown.volume = volume;
        let is_gone = volume == Lots::default();
        let action = if is_gone {
            BookAction::Delete
        } else {
            BookAction::Modify
        };
        tell(shown.delta(order_id, action));
    }

    /// Tells that `order_id` is displayed no more.
    fn hide(&mut self, order_id: OrderId, tell: &mut impl FnMut(L3Delta)) {
        self.resize(order_id, Lots::default(), tell);
        self.shown.remove(&order_id);
    }
}
