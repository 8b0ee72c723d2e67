//! Replaces its order on every quote: the load of a benchmark.

use wattbook_domain::market::MarketEvent;
use wattbook_domain::{InstrumentId, Order, OrderId, Price, TimeInForce, Volume};

use crate::Strategy;
use crate::context::Context;
use crate::observation::Observation;

/// On each quote of its instrument, takes its bid back and submits another at a fixed price.
#[derive(Debug, Clone)]
pub struct Churn {
    instrument: InstrumentId,
    price: Price,
    volume: Volume,
    resting: Option<OrderId>,
    submitted: u64,
}

impl Churn {
    /// A churn of bids of `volume` at `price`, which should be far from the market.
    #[must_use]
    pub const fn new(instrument: InstrumentId, price: Price, volume: Volume) -> Self {
        Self {
            instrument,
            price,
            volume,
            resting: None,
            submitted: 0,
        }
    }

    /// Orders submitted so far; all but the last were cancelled.
    #[must_use]
    pub const fn submitted(&self) -> u64 {
        self.submitted
    }
}

impl Strategy for Churn {
    #[inline]
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        let Observation::Market(MarketEvent::Quote(quote)) = observation else {
            return;
        };
        if quote.instrument != self.instrument {
            return;
        }
        if let Some(order_id) = self.resting {
            context.cancel(order_id);
        }
        self.resting = Some(context.submit(Order {
            instrument: self.instrument,
            price: self.price,
            volume: self.volume,
            time_in_force: TimeInForce::GoodTillCancelled,
            ..Order::default()
        }));
        self.submitted += 1;
    }
}
