//! FIX sessions over TCP.

mod acceptor;
mod connection;
mod echo;
mod file_store;
mod initiator;
mod message_log;
mod transport;

pub use acceptor::{Acceptor, AcceptorConfig, AcceptorError};
pub use connection::{Connection, Ended};
pub use echo::Echo;
pub use file_store::{Confirmer, FileStore};
pub use initiator::{Initiator, InitiatorConfig};
pub use transport::TlsPeer;
