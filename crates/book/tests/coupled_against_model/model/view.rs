//! What is seen in one zone.

use wattbook_book::{CoupledEvent, NewOrder, Span};
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, OrderId, Ticks};

use super::{Entry, Model, Stands};

impl Model {
    /// What an endless order against `side` in `zone` would trade of what is displayed: price, volume,
    /// orders.
    pub(crate) fn view(&self, zone: usize, span: Span, side: Side) -> Vec<(i64, i64, u32)> {
        let (taker_side, price) = match side {
            Side::Buy => (Side::Sell, i64::MIN / 1_000),
            Side::Sell => (Side::Buy, i64::MAX / 1_000),
        };
        let mut model = self.clone();
        model.events.clear();
        model.config.rules.implied_matching = false;
        model
            .orders
            .retain(|order| order.stands == Stands::Displayed);
        model.orders.iter_mut().for_each(|order| order.reserve = 0);
        let id = OrderId(u64::MAX);
        let volume = Lots::new(i64::MAX / 2);
        let endless = NewOrder::limit(id, taker_side, Ticks::new(price), volume);
        model.admit(zone, span, &endless, None);
        model.take(id);
        let mut view: Vec<(i64, i64, u32)> = Vec::new();
        let mut seen = Vec::new();
        for event in &model.events {
            let CoupledEvent::Filled { fill, .. } = event else {
                continue;
            };
            let price = fill.price.count();
            if view.last().is_none_or(|level| level.0 != price) {
                view.push((price, 0, 0));
            }
            let level = view.last_mut().unwrap();
            level.1 += fill.volume.count();
            if !seen.contains(&fill.maker) {
                seen.push(fill.maker);
                level.2 += 1;
            }
        }
        view
    }

    /// The orders of `side` for `span` in `zone`: displayed, then all or none, in priority order.
    pub(crate) fn queue(
        &self,
        zone: usize,
        span: Span,
        side: Side,
    ) -> Vec<(OrderId, i64, i64, i64)> {
        let is_here = |order: &&Entry| {
            order.zone == zone && order.side == side && order.span == span && order.basket.is_none()
        };
        let mut orders: Vec<&Entry> = self.orders.iter().filter(is_here).collect();
        orders.sort_by_key(|order| (order.is_whole, order.priority()));
        let displayed = |order: &Entry| if order.is_whole { 0 } else { order.shown };
        let line = |order: &Entry| (order.id, order.price, displayed(order), order.open());
        orders.into_iter().map(line).collect()
    }
}
