//! The edge: sockets, clocks, recovery over the network, and the loop that drives a handler.

mod clock;
mod live;
mod recovery;
mod server;
mod service;
mod socket;
mod tcp;
mod udp;

pub use clock::{now_ns, pin_to_core};
pub use live::{LiveFeed, Recorder, Source, Waiting};
pub use recovery::Recovery;
pub use server::{RecoveryServer, RecoveryStore};
pub use service::{FeedService, FeedView};
pub use tcp::TcpReceiver;
pub use udp::{Received, Stamping, UdpConfig, UdpReceiver};
