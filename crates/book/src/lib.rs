//! Order books L1 to L3, matching and call auction.
//!
//! [`OrderBook`] is a venue's book of one contract: it takes every order type, tells every change
//! to a [`BookSink`] and keeps price-time priority over any range of prices. `docs/order-book.md`
//! states its rules. [`CoupledBooks`] are the books of a day's
//! contracts in several zones.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod amend;
mod auction;
mod auction_self_trade;
mod book;
mod config;
mod coupled;
mod dark;
mod enter;
mod event;
mod execute;
mod extra;
mod feed;
mod iceberg;
mod index;
mod ladder;
mod linked;
mod node;
mod order;
mod phases;
mod plan;
mod queue;
mod rank;
mod saved;
mod saved_terms;
mod settle;
mod submit;
mod sweep;
mod table;
mod tree;
mod triggers;

pub use book::{DepthLevel, OrderBook, RestingOrder};
pub use config::{AmendRules, BookConfig, CollarBreach, Collars};
pub use coupled::CoupledBooks;
pub use coupled::basket::BasketLeg;
pub use coupled::config::{CoupledConfig, CoupledContract, CoupledLink, CoupledRules, Span};
pub use coupled::event::{CoupledEvent, CoupledFault, CoupledSink, LinkState, UnsupportedTerm};
pub use event::{BookEvent, BookFill, BookSink, TopOfBook};
pub use feed::{
    Anomalies, Anomaly, L1Book, L2Book, L3Book, L3Change, L3Delta, L3Order, L3Publisher,
    QueueChange, QueuePosition,
};
pub use linked::{LinkedBooks, LinkedFault, LinkedLeg, LinkedSink};
pub use order::{Amend, Display, Lifetime, NewOrder, Pricing, Quantity, Terms};
pub use rank::{MARKET_BUY, MARKET_SELL};
