//! What every venue's session is to its edge.

use wattbook_domain::Timestamp;

use crate::venue::{OrderEntry, VenueEvent};

/// One of a session's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link(pub u8);

/// Where a connection goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Whether TLS goes over it.
    pub is_tls: bool,
}

/// What the edge tells a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// The connection is there, with TLS if it was asked for.
    Connected(Link),
    /// Bytes came, in order; any chunks will do.
    Received(Link, &'a [u8]),
    /// The connection is gone, or could not be made, and why.
    Closed(Link, &'a str),
    /// Time has gone on.
    Time,
}

/// What a session asks its edge to do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Connect; answered by [`Input::Connected`] or [`Input::Closed`].
    Connect(Link, Endpoint),
    /// Send bytes.
    Send(Link, Vec<u8>),
    /// Send what was asked for and close; not answered.
    Disconnect(Link),
}

/// A venue's session.
pub trait Session: Send {
    /// Takes what the edge tells at `now`, a time that never goes back.
    fn handle(&mut self, now: Timestamp, input: Input<'_>);

    /// What to do next.
    fn action(&mut self) -> Option<Action>;

    /// What the venue says next. What was taken counts as processed: the venue may be told so.
    fn event(&mut self) -> Option<VenueEvent>;

    /// When [`Session::handle`] must be called again at the latest.
    fn deadline(&self) -> Option<Timestamp>;

    /// Whether the edge may read on; if not, events wait to be taken, and the venue is held up by
    /// its own protocol.
    fn wants_input(&self) -> bool;

    /// Sends a request about an order of ours. What becomes of it is told by
    /// [`VenueEvent::OwnOrder`], [`VenueEvent::OwnTrade`] or [`VenueEvent::EntryRefused`]; one that is for
    /// another login than the present one is dropped.
    fn enter(&mut self, now: Timestamp, entry: &OrderEntry);

    /// Logs out and closes in order.
    fn stop(&mut self, now: Timestamp);
}
