//! Books rebuilt from market data: best prices, price levels, single orders; and what tells them.

mod anomaly;
mod l1;
mod l2;
mod l3;
mod position;
mod publisher;

pub use anomaly::{Anomalies, Anomaly};
pub use l1::L1Book;
pub use l2::L2Book;
pub use l3::{L3Book, L3Change, L3Delta, L3Order};
pub use position::{QueueChange, QueuePosition};
pub use publisher::L3Publisher;
