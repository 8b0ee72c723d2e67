//! What every client of a messaging protocol is to its session.

use wattbook_domain::Timestamp;

/// A connection as a state machine: its transport's bytes and time go in, bytes to send come out.
/// What it hears is told by the client's own events.
pub trait Connection {
    /// The transport is there: begins to speak.
    fn connected(&mut self, now: Timestamp);

    /// Takes bytes as they came.
    fn received(&mut self, now: Timestamp, bytes: &[u8]);

    /// The transport is gone.
    fn disconnected(&mut self, reason: &str);

    /// Sends what is due and notices what did not come.
    fn tick(&mut self, now: Timestamp);

    /// What came was not read for want of room: the silence until `now` is ours, not the peer's.
    fn excuse(&mut self, now: Timestamp);

    /// When [`Connection::tick`] has something to do next.
    fn deadline(&self) -> Option<Timestamp>;

    /// What to send.
    fn take_output(&mut self, now: Timestamp) -> Option<Vec<u8>>;

    /// Ends the connection in order.
    fn close(&mut self, now: Timestamp);
}
