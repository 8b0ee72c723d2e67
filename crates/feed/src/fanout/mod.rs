//! From one feed to its consumers, each at its own pace.
//!
//! A consumer asks for all events, and gets all, or for a conflated view: the latest quote of each
//! instrument, quotes at most so often, bars. Each has a ring or table of its own; none waits for
//! another. What a consumer of all has not read goes to a file once its ring is full, or, where it asked
//! for that, holds the reader of the feed up.

mod bars;
mod latest;
mod publisher;
mod quote;
mod ring;
mod spill;
mod throttle;

pub use bars::{Bar, BarBuilder, BarRule};
pub use latest::{LatestReader, LatestWriter, latest};
pub use publisher::{AllReader, ConsumerStatistics, Overflow, Publisher};
pub use quote::FeedQuote;
pub use ring::{Carried, RingReader, RingWriter, ring};
pub use throttle::Throttle;
