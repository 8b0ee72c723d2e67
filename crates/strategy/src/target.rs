//! From a wanted position to an order.

use wattbook_domain::market::PriceKind;
use wattbook_domain::{
    InstrumentId, Order, OrderId, OrderType, Side, SignalId, TimeInForce, Volume,
};

use crate::context::Context;
use crate::sampler::Sampling;

/// How a strategy gets to the position that it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrderStyle {
    /// Takes the best opposite price; what it does not fill is cancelled.
    #[default]
    TakeBest,
    /// Joins the best price of its own side until the end of the session.
    JoinBest,
    /// Trades at the next settlement, whatever it is.
    AtClose,
}

impl OrderStyle {
    /// The style that fits where the prices come from: settlements are traded at the close.
    #[must_use]
    pub const fn of(sampling: Sampling) -> Self {
        match sampling {
            Sampling::Record(PriceKind::Settlement) => Self::AtClose,
            _ => Self::TakeBest,
        }
    }
}

/// Sends what is missing to a net position of `target` in `instrument`, orders that still work
/// included. Sends nothing when nothing is missing or the book has no price to trade at.
pub fn trade_to(
    context: &mut Context,
    instrument: InstrumentId,
    target: Volume,
    style: OrderStyle,
    signal: SignalId,
) -> Option<OrderId> {
    let missing = target - context.position(instrument) - context.working(instrument);
    if missing == Volume::ZERO {
        return None;
    }
    let side = if missing > Volume::ZERO {
        Side::Buy
    } else {
        Side::Sell
    };
    let top = context.top(instrument);
    let plain = Order {
        instrument,
        side,
        volume: missing.abs(),
        signal,
        ..Order::default()
    };
    let order = match (style, side) {
        (OrderStyle::AtClose, _) => Order {
            order_type: OrderType::Market,
            time_in_force: TimeInForce::AtClose,
            ..plain
        },
        (OrderStyle::TakeBest, Side::Buy) => take(plain, top.ask?.0),
        (OrderStyle::TakeBest, Side::Sell) => take(plain, top.bid?.0),
        (OrderStyle::JoinBest, Side::Buy) => join(plain, top.bid?.0),
        (OrderStyle::JoinBest, Side::Sell) => join(plain, top.ask?.0),
    };
    Some(context.submit(order))
}

fn take(order: Order, price: wattbook_domain::Price) -> Order {
    Order {
        price,
        time_in_force: TimeInForce::ImmediateOrCancel,
        ..order
    }
}

fn join(order: Order, price: wattbook_domain::Price) -> Order {
    Order {
        price,
        time_in_force: TimeInForce::GoodForSession,
        ..order
    }
}
