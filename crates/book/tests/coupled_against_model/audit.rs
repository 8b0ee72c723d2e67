//! What is told and seen, held against the model and against rules that need none.

use std::collections::BTreeMap;

use wattbook_book::{BookEvent, CoupledBooks, CoupledContract, CoupledEvent, LinkState, Span};
use wattbook_domain::OrderId;
use wattbook_domain::order::Side;

use crate::commands::{PERIODS, SIDES};
use crate::model::Model;

/// What an order asked for and what became of it, from the events alone.
#[derive(Debug)]
pub(crate) struct Told {
    zone: usize,
    span: Span,
    side: Side,
    volume: i64,
    filled: i64,
    gone: i64,
}

/// Holds what is told against rules that need no model.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    told: BTreeMap<OrderId, Told>,
    /// By zone and market time unit: bought less sold, and received less delivered.
    net: BTreeMap<(usize, u16), (i64, i64)>,
}

pub(crate) fn periods(span: Span) -> std::ops::Range<u16> {
    let contracts = CoupledContract::day(PERIODS as u16);
    let first = contracts[usize::from(span.first)];
    first.first..first.first + first.periods * span.count
}

impl Audit {
    pub(crate) fn hear(&mut self, events: &[CoupledEvent]) {
        let mut traded = Span::of(0);
        for event in events {
            match *event {
                CoupledEvent::Order { zone, span, event } => self.hear_order(zone, span, &event),
                CoupledEvent::Filled { span, fill, .. } => {
                    traded = span;
                    for (id, open) in [(fill.maker, fill.maker_open), (fill.taker, fill.taker_open)]
                    {
                        self.hear_fill(id, span, fill.volume.count(), open.count());
                    }
                }
                CoupledEvent::Flowed {
                    from, to, volume, ..
                } => {
                    for period in periods(traded) {
                        self.net.entry((from, period)).or_default().1 -= volume.count();
                        self.net.entry((to, period)).or_default().1 += volume.count();
                    }
                }
                _ => {}
            }
        }
    }

    fn hear_order(&mut self, zone: usize, span: Span, event: &BookEvent) {
        match *event {
            BookEvent::Accepted {
                order_id,
                side,
                volume,
            } => {
                let told = Told {
                    zone,
                    span,
                    side,
                    volume: volume.count(),
                    filled: 0,
                    gone: 0,
                };
                self.told.insert(order_id, told);
            }
            BookEvent::Cancelled {
                order_id, volume, ..
            } => self.told.get_mut(&order_id).unwrap().gone = volume.count(),
            BookEvent::Amended {
                order_id, volume, ..
            } => self.told.get_mut(&order_id).unwrap().volume = volume.count(),
            _ => {}
        }
    }

    fn hear_fill(&mut self, id: OrderId, span: Span, volume: i64, open: i64) {
        let told = self.told.get_mut(&id).unwrap();
        assert!(volume > 0);
        let signed = if told.side == Side::Buy {
            volume
        } else {
            -volume
        };
        for period in periods(span) {
            self.net.entry((told.zone, period)).or_default().0 += signed;
        }
        // A block in its contracts fills once for all of them.
        if span == told.span {
            told.filled += volume;
            assert_eq!(told.volume - told.filled, open, "{id:?}");
        } else {
            told.filled = told.volume - open;
        }
    }

    pub(crate) fn check(&self, books: &CoupledBooks, before: &[LinkState]) {
        for (id, told) in &self.told {
            let open = books.order(*id).map_or(0, |found| found.2.open.count());
            assert_eq!(
                told.volume,
                told.filled + told.gone + open,
                "{id:?}: {told:?}"
            );
        }
        for (place, (bought, received)) in &self.net {
            assert_eq!(bought, received, "{place:?} receives what it bought");
        }
        for (link, before) in states(books).iter().zip(before) {
            let flows = [link.flow.count(), -link.flow.count()];
            let earlier = [before.flow.count(), -before.flow.count()];
            for direction in 0..2 {
                let is_within = flows[direction] <= link.capacity[direction].count();
                // A smaller capacity undoes no trade; what is over it may not grow.
                assert!(
                    is_within || flows[direction] <= earlier[direction],
                    "{link:?}"
                );
            }
        }
    }
}

/// The borders in every market time unit.
pub(crate) fn states(books: &CoupledBooks) -> Vec<LinkState> {
    (0..PERIODS)
        .flat_map(|period| books.links(period))
        .collect()
}

pub(crate) fn check_views(books: &mut CoupledBooks, model: &Model) {
    let zones = model.config.zones;
    let mut spans: Vec<Span> = model.orders.iter().map(|order| order.span).collect();
    spans.sort();
    spans.dedup();
    for (zone, side) in (0..zones).flat_map(|zone| SIDES.map(|side| (zone, side))) {
        for span in &spans {
            let view = books.depth(zone, *span, side, usize::MAX).unwrap();
            let levels = view.iter().map(|level| {
                let (price, volume) = (level.price.count(), level.volume.count());
                (price, volume, level.orders)
            });
            let levels: Vec<(i64, i64, u32)> = levels.collect();
            assert_eq!(
                levels,
                model.view(zone, *span, side),
                "{span:?} {side:?} in {zone}"
            );
            let top = books.top(zone, *span).unwrap();
            let best = if side == Side::Buy { top.bid } else { top.ask };
            let first = view.first().map(|level| (level.price, level.volume));
            assert_eq!(best, first);
            if let (Some(bid), Some(ask)) = (top.bid, top.ask) {
                assert!(bid.0 < ask.0, "{span:?} in zone {zone} is crossed: {top:?}");
            }
            let queue = books.orders(zone, *span, side).unwrap();
            let queue = queue.map(|order| {
                let price = order.price.unwrap().count();
                let (displayed, open) = (order.displayed.count(), order.open.count());
                (order.order_id, price, displayed, open)
            });
            assert_eq!(queue.collect::<Vec<_>>(), model.queue(zone, *span, side));
        }
    }
    let expected = (0..PERIODS).flat_map(|period| {
        let borders = model.borders.iter();
        borders.map(move |border| border.state(period))
    });
    assert_eq!(states(books), expected.collect::<Vec<_>>());
}
