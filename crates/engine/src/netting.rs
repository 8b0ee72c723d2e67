//! Internal deals: orders of two strategies that crossed within the desk.

use wattbook_domain::event::QuarantineReason;
use wattbook_domain::report::{OrderFilled, OrdersNetted};
use wattbook_domain::{Money, Side, Volume};
use wattbook_execution::OrderView;

use crate::engine::Engine;
use crate::sink::EventSink;

impl Engine {
    /// Books both sides of an internal deal without a fee, or sets both aside.
    #[cold]
    pub(crate) fn orders_netted(&mut self, netted: &OrdersNetted, sink: &mut impl EventSink) {
        let [bought, sold] = [netted.buy, netted.sell].map(|order_id| OrderFilled {
            order_id,
            trade: netted.trade,
            price: netted.price,
            volume: netted.volume,
            is_maker: false,
        });
        if let Err(reason) = self.check_netted(netted) {
            self.quarantine_fill(&bought, reason, sink);
            return self.quarantine_fill(&sold, reason, sink);
        }
        for fill in [bought, sold] {
            match self.orders.filled(&fill) {
                Ok(booked) => self.book_fill(&fill, &booked, Money::ZERO, sink),
                Err(reason) => self.quarantine_fill(&fill, reason, sink),
            }
        }
    }

    /// Whether both orders can take the deal, so that one is never booked without the other.
    fn check_netted(&self, netted: &OrdersNetted) -> Result<(), QuarantineReason> {
        let side = |order_id, side| {
            let order = self.orders.get(order_id);
            let order: OrderView = order.ok_or(QuarantineReason::UnknownOrder)?;
            let fits = order.side == side && order.instrument == netted.instrument;
            if !fits || netted.volume <= Volume::ZERO {
                return Err(QuarantineReason::Unexpected);
            }
            if netted.volume > order.volume - order.filled {
                return Err(QuarantineReason::Overfill);
            }
            Ok(self.portfolio.position(order.slot).owner.strategy)
        };
        let (buyer, seller) = (side(netted.buy, Side::Buy)?, side(netted.sell, Side::Sell)?);
        if buyer == seller {
            return Err(QuarantineReason::Unexpected);
        }
        Ok(())
    }
}
