//! A simulated venue of any kind, with the file that describes it to a session.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::control::FeedControl;
use super::m7::{M7Venue, M7VenueSettings};
use super::m7_xml::PRODUCT;
use super::nordpool::{NordPoolVenue, NordPoolVenueSettings};
use super::nordpool_json::areas;
use super::rest::RestVenue;

/// Life of a token, s: long enough to see it renewed within a session of some minutes.
const TOKEN_SECONDS: u16 = 120;

/// How a simulated venue talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedProtocol {
    /// REST and WebSocket, `kind = "generic"`.
    Rest,
    /// JSON over STOMP, `kind = "nordpool"`.
    NordPool,
    /// XML over the AMQP broker at this address, `kind = "m7"`.
    M7(SocketAddr),
}

/// A running venue; ends when dropped.
#[derive(Debug)]
pub struct FeedVenue {
    server: Server,
    file: String,
}

#[derive(Debug)]
enum Server {
    Rest(RestVenue),
    NordPool(NordPoolVenue),
    Broker(#[expect(dead_code, reason = "ends the venue when dropped")] M7Venue),
}

impl FeedVenue {
    /// Starts one on loopback at `port`, 0 for any; `user` and `password` let a session in, or let
    /// the venue into its broker.
    ///
    /// # Errors
    /// When it cannot listen or the system has no thread left.
    pub fn start(
        protocol: FeedProtocol,
        port: u16,
        [user, password]: [&str; 2],
        control: FeedControl,
    ) -> std::io::Result<Self> {
        let (server, file) = match protocol {
            FeedProtocol::Rest => {
                let venue = RestVenue::start(port, password, control)?;
                let file = venue.description();
                (Server::Rest(venue), file)
            }
            FeedProtocol::NordPool => {
                let count = areas(&control.market()).len();
                let settings = NordPoolVenueSettings {
                    port,
                    user: form_encoded(user),
                    password: form_encoded(password),
                    token_seconds: TOKEN_SECONDS,
                    heartbeat_ms: 500,
                };
                let venue = NordPoolVenue::start(settings, control)?;
                let file = nordpool_file(venue.address(), count);
                (Server::NordPool(venue), file)
            }
            FeedProtocol::M7(broker) => {
                let settings = M7VenueSettings {
                    broker,
                    user: user.to_owned(),
                    password: password.to_owned(),
                    request_exchange: format!("m7.requestExchange.{user}"),
                    broadcast_queue: format!("m7.broadcastQueue.{user}"),
                };
                let venue = M7Venue::start(settings, control)?;
                (Server::Broker(venue), m7_file(broker))
            }
        };
        Ok(Self { server, file })
    }

    /// Where it listens; none for a venue behind a broker.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        match &self.server {
            Server::Rest(venue) => Some(venue.address()),
            Server::NordPool(venue) => Some(venue.address()),
            Server::Broker(_) => None,
        }
    }

    /// The file that describes it to a session, without user and password.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }
}

fn nordpool_file(address: SocketAddr, areas: usize) -> String {
    let areas: Vec<_> = (1..=areas).collect();
    format!(
        "kind = \"nordpool\"\n\
         url = \"ws://{address}/user/{{server}}/{{session}}/websocket\"\n\
         token_url = \"http://{address}/connect/token\"\n\
         areas = {areas:?}\n\
         heartbeat_seconds = 1\n\
         renewal_seconds = 30\n\
         answer_seconds = 5\n\
         retry_ms = [50, 1000]\n"
    )
}

fn m7_file(broker: SocketAddr) -> String {
    format!(
        "kind = \"m7\"\n\
         url = \"amqp://{broker}/\"\n\
         market = \"SIM\"\n\
         products = [\"{PRODUCT}\"]\n\
         venue_heartbeat_seconds = 3\n\
         answer_seconds = 5\n\
         retry_ms = [50, 1000]\n"
    )
}

/// `text` as a field of a form holds it.
fn form_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ok = write!(out, "%{byte:02X}");
        }
    }
    out
}
