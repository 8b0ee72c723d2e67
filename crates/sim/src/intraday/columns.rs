//! Events of the intraday market in columns, one event a row.

use wattbook_book::{BookEvent, BookFill, CoupledEvent, Span};
use wattbook_domain::Timestamp;
use wattbook_domain::order::Side;

use super::market::IntradaySink;
use crate::convert::Grids;

/// Columns of equal length. Prices and volumes are in 1e-6 of their units; a number that a kind of
/// event does not have is 0, a zone -1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventColumns {
    grids: Grids,
    /// When, in ns UTC.
    pub ts: Vec<i64>,
    /// What, by place in [`EventColumns::KINDS`].
    pub kind: Vec<u8>,
    /// Of which contract; the first of a block or of the quarter-hours of a capacity.
    pub contract: Vec<u16>,
    /// How many contracts from it on.
    pub count: Vec<u16>,
    /// In which zone: of the order, of the older order of a trade, or the zone that delivers.
    pub zone: Vec<i16>,
    /// Of the younger order of a trade, or the zone that receives.
    pub to_zone: Vec<i16>,
    /// Number of the order, of the older of a trade.
    pub order: Vec<u64>,
    /// Number of the younger order of a trade.
    pub taker: Vec<u64>,
    /// 1 buy, 2 sell: of the order, of the younger of a trade.
    pub side: Vec<u8>,
    /// Price.
    pub price: Vec<i64>,
    /// Volume.
    pub volume: Vec<i64>,
    /// Number of the trade.
    pub trade: Vec<u64>,
    /// Why, by number of its `VenueReason`; 0 for none.
    pub reason: Vec<u8>,
}

/// A row before it is written.
#[derive(Default)]
struct Row {
    kind: u8,
    span: (u16, u16),
    zones: Option<(usize, Option<usize>)>,
    orders: (u64, u64),
    side: Option<Side>,
    price: i64,
    volume: i64,
    trade: u64,
    reason: u8,
}

impl EventColumns {
    /// Names of the kinds, by number.
    pub const KINDS: [&'static str; 15] = [
        "opened",
        "accepted",
        "rejected",
        "rested",
        "filled",
        "cancelled",
        "amended",
        "amend rejected",
        "replenished",
        "self-trade decremented",
        "gate closed",
        "flowed",
        "capacity",
        "allocating",
        "not allocating",
    ];

    /// Names of the reasons, by number; 0 is none.
    pub const REASONS: [&'static str; 14] = [
        "",
        "requested",
        "expired",
        "unfilled",
        "self_trade",
        "one_cancels_other",
        "not_trading",
        "gate_closed",
        "outside_collar",
        "unknown_order",
        "linked_unfilled",
        "off_tick",
        "off_lot",
        "invalid_terms",
    ];

    /// Whether events of a kind are of contracts; a flow has those of its trade, and a capacity has
    /// quarter-hours.
    #[must_use]
    pub const fn has_contract(kind: u8) -> bool {
        kind != 11 && kind != 12
    }

    /// No rows; prices and volumes of a market of `grids`.
    #[must_use]
    pub const fn new(grids: Grids) -> Self {
        Self {
            grids,
            ts: Vec::new(),
            kind: Vec::new(),
            contract: Vec::new(),
            count: Vec::new(),
            zone: Vec::new(),
            to_zone: Vec::new(),
            order: Vec::new(),
            taker: Vec::new(),
            side: Vec::new(),
            price: Vec::new(),
            volume: Vec::new(),
            trade: Vec::new(),
            reason: Vec::new(),
        }
    }

    /// How many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ts.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ts.is_empty()
    }

    fn push(&mut self, at: Timestamp, row: &Row) {
        let (zone, to_zone) = row.zones.map_or((-1, -1), |(from, to)| {
            (from as i16, to.map_or(-1, |to| to as i16))
        });
        self.ts.push(at.nanos());
        self.kind.push(row.kind);
        self.contract.push(row.span.0);
        self.count.push(row.span.1);
        self.zone.push(zone);
        self.to_zone.push(to_zone);
        self.order.push(row.orders.0);
        self.taker.push(row.orders.1);
        self.side.push(row.side.map_or(0, |side| match side {
            Side::Buy => 1,
            Side::Sell => 2,
        }));
        self.price.push(row.price);
        self.volume.push(row.volume);
        self.trade.push(row.trade);
        self.reason.push(row.reason);
    }

    /// What an event about an order says; none for what coupled books never tell.
    fn order_row(&self, zone: usize, span: Span, event: &BookEvent) -> Option<Row> {
        let lot = self.grids.lot;
        let base = Row {
            span: (span.first, span.count),
            zones: Some((zone, None)),
            ..Row::default()
        };
        let of = |kind, order_id: wattbook_domain::OrderId| Row {
            kind,
            orders: (order_id.0, 0),
            ..base
        };
        let millionths = |lots| lot.volume(lots).millionths();
        Some(match *event {
            BookEvent::Accepted {
                order_id,
                side,
                volume,
            } => Row {
                side: Some(side),
                volume: millionths(volume),
                ..of(1, order_id)
            },
            BookEvent::Rejected { order_id, reason } => Row {
                reason: reason as u8,
                ..of(2, order_id)
            },
            BookEvent::Rested {
                order_id,
                side,
                price,
                volume,
            } => Row {
                side: Some(side),
                price: self.grids.tick.price(price).millionths(),
                volume: millionths(volume),
                ..of(3, order_id)
            },
            BookEvent::Cancelled {
                order_id,
                volume,
                reason,
            } => Row {
                volume: millionths(volume),
                reason: reason as u8,
                ..of(5, order_id)
            },
            BookEvent::Amended {
                order_id, volume, ..
            } => Row {
                volume: millionths(volume),
                ..of(6, order_id)
            },
            BookEvent::AmendRejected { order_id, reason } => Row {
                reason: reason as u8,
                ..of(7, order_id)
            },
            BookEvent::Replenished { order_id, volume } => Row {
                volume: millionths(volume),
                ..of(8, order_id)
            },
            BookEvent::SelfTradeDecremented {
                maker,
                taker,
                volume,
                ..
            } => Row {
                orders: (maker.0, taker.0),
                volume: millionths(volume),
                ..of(9, maker)
            },
            BookEvent::GateClosed => Row { kind: 10, ..base },
            _ => return None,
        })
    }

    fn fill_row(&self, span: Span, fill: &BookFill, zones: (usize, usize)) -> Row {
        Row {
            kind: 4,
            span: (span.first, span.count),
            zones: Some((zones.0, Some(zones.1))),
            orders: (fill.maker.0, fill.taker.0),
            side: fill.aggressor,
            price: self.grids.tick.price(fill.price).millionths(),
            volume: self.grids.lot.volume(fill.volume).millionths(),
            trade: fill.trade.0,
            reason: 0,
        }
    }
}

impl IntradaySink for EventColumns {
    fn on_event(&mut self, at: Timestamp, event: &CoupledEvent) {
        let row = match *event {
            CoupledEvent::Order { zone, span, event } => self.order_row(zone, span, &event),
            CoupledEvent::Filled {
                span,
                fill,
                maker_zone,
                taker_zone,
            } => Some(self.fill_row(span, &fill, (maker_zone, taker_zone))),
            CoupledEvent::Flowed {
                trade,
                from,
                to,
                volume,
            } => Some(Row {
                kind: 11,
                zones: Some((from, Some(to))),
                volume: self.grids.lot.volume(volume).millionths(),
                trade: trade.0,
                ..Row::default()
            }),
            CoupledEvent::CapacityChanged {
                from,
                to,
                first_period,
                periods,
                capacity,
            } => Some(Row {
                kind: 12,
                span: (first_period as u16, periods as u16),
                zones: Some((from, Some(to))),
                volume: self.grids.lot.volume(capacity).millionths(),
                ..Row::default()
            }),
            CoupledEvent::AllocationChanged {
                zones,
                contract,
                is_allocating,
            } => Some(Row {
                kind: if is_allocating { 13 } else { 14 },
                span: (contract as u16, 1),
                zones: Some((zones[0], Some(zones[1]))),
                ..Row::default()
            }),
            // A cancel or amendment of no live order is refused before the books see it.
            _ => None,
        };
        if let Some(row) = row {
            self.push(at, &row);
        }
    }

    fn on_open(&mut self, at: Timestamp, contract: usize, zone: usize) {
        let row = Row {
            span: (contract as u16, 1),
            zones: Some((zone, None)),
            ..Row::default()
        };
        self.push(at, &row);
    }
}

#[cfg(test)]
mod tests {
    use wattbook_domain::report::VenueReason;

    use super::*;

    #[test]
    fn every_reason_stands_at_its_number() {
        let last = VenueReason::InvalidTerms;
        assert_eq!(last as usize + 1, EventColumns::REASONS.len());
        for reason in [VenueReason::Requested, VenueReason::GateClosed, last] {
            // GateClosed is told as gate_closed.
            let told = EventColumns::REASONS[reason as usize].replace('_', "");
            assert_eq!(told, format!("{reason:?}").to_lowercase());
        }
    }
}
