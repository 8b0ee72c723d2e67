//! FIX sessions over TCP.

mod acceptor;
mod connection;
mod echo;

pub use acceptor::{Acceptor, AcceptorError};
pub use connection::{Connection, Ended};
pub use echo::Echo;
