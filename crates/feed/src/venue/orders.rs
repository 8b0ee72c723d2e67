//! Orders over a venue's session: the link of venues in the manner of M7 and of Nord Pool.

use std::time::Duration;

use wattbook_domain::Timestamp;
use wattbook_gateway::tls::TlsClient;
use wattbook_session::Session;
use wattbook_session::adapter::{Heard, OrderLink};
use wattbook_session::fix::orders::Request;
use wattbook_session::venue::EntryDesk;

use super::live::LiveSession;

/// Events that may wait for the link, and that it takes at a time.
const ROOM: usize = 65_536;

/// A session by which orders are entered; it logs out when dropped. What it tells of the market is left
/// out: whoever follows books has a session of their own.
pub struct VenueOrders {
    desk: EntryDesk,
    /// Until it connects.
    session: Option<(Box<dyn Session>, TlsClient)>,
    live: Option<LiveSession>,
    /// Why it could not begin.
    failed: Option<String>,
}

impl std::fmt::Debug for VenueOrders {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("VenueOrders")
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

impl VenueOrders {
    /// A link over `session`, which follows orders and trades of our own, and whose TLS connections are
    /// made by `tls`.
    #[must_use]
    pub fn new(session: Box<dyn Session>, tls: TlsClient) -> Self {
        Self {
            desk: EntryDesk::default(),
            session: Some((session, tls)),
            live: None,
            failed: None,
        }
    }

    fn enter(&mut self) {
        if let Some(live) = &self.live {
            live.enter(std::iter::from_fn(|| self.desk.entry()));
        }
    }
}

impl OrderLink for VenueOrders {
    fn connect(&mut self) {
        if let Some((session, tls)) = self.session.take() {
            match LiveSession::start_with(session, tls, ROOM) {
                Ok(live) => self.live = Some(live),
                Err(error) => self.failed = Some(format!("no thread: {error}")),
            }
        }
    }

    fn send(&mut self, request: &Request, _now: Timestamp) {
        self.desk.request(request);
        self.enter();
    }

    fn heard(&mut self) -> Option<Heard> {
        if let Some(heard) = self.desk.heard() {
            return Some(heard);
        }
        let events = self.live.as_ref()?.take(ROOM, Duration::ZERO);
        for event in events.unwrap_or_default() {
            self.desk.told(event);
        }
        self.enter();
        self.desk
            .heard()
            .or_else(|| self.failed.take().map(Heard::Down))
    }

    fn stop(&mut self) {
        self.live = None;
    }
}
