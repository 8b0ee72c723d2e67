//! Orders of an earlier life of the process, for a link that keeps its own in memory.

use wattbook_domain::{InstrumentId, Price, Side, TimeInForce, TradeId, Volume};

use super::desk::OrderDesk;
use super::working::Change;

/// An order that had not ended when the process did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingOrder {
    /// Name of its first request.
    pub name: String,
    /// Name of the last change that was granted; of the first request where none was.
    pub id: String,
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// How long it lives.
    pub time_in_force: TimeInForce,
    /// Limit, in currency per price unit.
    pub price: Price,
    /// Total, in volume units.
    pub volume: Volume,
    /// Iceberg: what it shows at a time, in volume units.
    pub display_volume: Option<Volume>,
    /// What of it has traded, in volume units.
    pub filled: Volume,
    /// Whether the venue had taken it.
    pub is_accepted: bool,
    /// Changes that wait for their answer: the name of each, and its limit and total volume; none for
    /// a cancel.
    pub changes: Vec<(String, Option<(Price, Volume)>)>,
}

impl OrderDesk {
    /// Orders that have not ended.
    #[must_use]
    pub fn standing(&self) -> Vec<StandingOrder> {
        let orders = self.working.iter().map(|(order_id, order)| StandingOrder {
            name: self.id(*order_id, 0),
            id: self.id(*order_id, order.current),
            instrument: order.instrument,
            side: order.side,
            time_in_force: order.time_in_force,
            price: order.price,
            volume: order.volume,
            display_volume: order.display_volume,
            filled: order.filled,
            is_accepted: !order.is_unanswered(),
            changes: order
                .pending()
                .map(|(number, change)| match change {
                    Change::Amend { price, volume } => {
                        (self.id(*order_id, number), Some((price, volume)))
                    }
                    Change::Cancel => (self.id(*order_id, number), None),
                })
                .collect(),
        });
        orders.collect()
    }

    /// Fills that were booked: the name of the order and the number of the trade.
    pub fn booked(&self) -> impl Iterator<Item = (String, TradeId)> {
        let fills = self.fills.keys();
        fills.map(|(order_id, trade)| (self.id(*order_id, 0), *trade))
    }
}
