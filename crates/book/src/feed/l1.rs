//! Best prices only.

use wattbook_domain::{Lots, Ticks};

use crate::event::TopOfBook;
use crate::feed::anomaly::{Anomalies, Anomaly};

/// The best prices of a feed that tells nothing else.
#[derive(Debug, Clone, Default)]
pub struct L1Book {
    top: TopOfBook,
    messages: u64,
    anomalies: Anomalies,
}

impl L1Book {
    /// An empty book.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes over a quote. A side of volume zero is empty.
    ///
    /// # Errors
    /// [`Anomaly::Volume`] below zero, and the book stays as it was; [`Anomaly::Crossed`] when the
    /// bid reaches the ask, and the quote stands.
    pub fn apply(&mut self, bid: (Ticks, Lots), ask: (Ticks, Lots)) -> Result<(), Anomaly> {
        let message = self.messages;
        self.messages += 1;
        let result = self.replace(bid, ask);
        if let Err(anomaly) = result {
            self.anomalies.add(message, anomaly);
        }
        result
    }

    fn replace(&mut self, bid: (Ticks, Lots), ask: (Ticks, Lots)) -> Result<(), Anomaly> {
        if bid.1.count() < 0 || ask.1.count() < 0 {
            return Err(Anomaly::Volume);
        }
        let filled = |side: (Ticks, Lots)| (side.1.count() > 0).then_some(side);
        self.top = TopOfBook {
            bid: filled(bid),
            ask: filled(ask),
        };
        match (self.top.bid, self.top.ask) {
            (Some(bid), Some(ask)) if bid.0 >= ask.0 => Err(Anomaly::Crossed),
            _ => Ok(()),
        }
    }

    /// Best prices and their volumes.
    #[must_use]
    pub fn top(&self) -> TopOfBook {
        self.top
    }

    /// What did not fit so far.
    #[must_use]
    pub fn anomalies(&self) -> &Anomalies {
        &self.anomalies
    }
}
