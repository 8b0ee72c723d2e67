//! Orders that passed the gate and wait for a second person.

use std::collections::BTreeMap;

use wattbook_domain::{InstrumentId, Order, OrderId, Refusal, TraderId, state};
use wattbook_risk::ApprovedOrder;

/// Every held order. None of them is exposure: the gate looks at it again before it goes out.
#[derive(Debug, Clone, Default)]
pub struct HeldOrders {
    orders: BTreeMap<OrderId, Order>,
}

state!(HeldOrders { orders });

impl HeldOrders {
    /// Holds an order whose exposure was released; the approval is used up.
    pub fn hold(&mut self, approved: ApprovedOrder) -> (OrderId, Order) {
        let order_id = approved.order_id();
        let order = approved.into_order();
        self.orders.insert(order_id, order.clone());
        (order_id, order)
    }

    /// The held order.
    #[must_use]
    pub fn get(&self, order_id: OrderId) -> Option<&Order> {
        self.orders.get(&order_id)
    }

    /// Takes the order out that `trader` lets pass.
    ///
    /// # Errors
    /// [`Refusal::UnknownOrder`] when it is not held, [`Refusal::SecondPerson`] when `trader` answers
    /// for it; it then still waits.
    pub fn approve(&mut self, order_id: OrderId, trader: TraderId) -> Result<Order, Refusal> {
        let held = self.orders.get(&order_id);
        let order = held.ok_or(Refusal::UnknownOrder { order_id })?;
        if order.owner.trader == trader {
            return Err(Refusal::SecondPerson { order_id, trader });
        }
        self.remove(order_id)
            .ok_or(Refusal::UnknownOrder { order_id })
    }

    /// Takes an order out.
    pub fn remove(&mut self, order_id: OrderId) -> Option<Order> {
        self.orders.remove(&order_id)
    }

    /// Every held order, in order of its number.
    pub fn iter(&self) -> impl Iterator<Item = (OrderId, &Order)> {
        self.orders
            .iter()
            .map(|(order_id, order)| (*order_id, order))
    }

    /// The held orders in `instrument`.
    #[must_use]
    pub fn of_instrument(&self, instrument: InstrumentId) -> Vec<OrderId> {
        let of = self
            .iter()
            .filter(|(_, order)| order.instrument == instrument);
        of.map(|(order_id, _)| order_id).collect()
    }
}
