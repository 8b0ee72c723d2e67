//! The broker in front of the venue, whichever AMQP it speaks.

use wattbook_domain::Timestamp;

use super::over_10::Over10;
use super::over_091::Over091;
use super::settings::{M7Settings, Protocol};
use crate::error::SessionError;
use crate::sasl::Credentials;

/// A message of the venue.
#[derive(Debug, Default)]
pub(super) struct Parcel {
    pub(super) is_broadcast: bool,
    /// What to acknowledge it by.
    pub(super) tag: u64,
    pub(super) correlation_id: String,
    pub(super) is_gzip: bool,
    pub(super) is_heartbeat: bool,
    /// Name and number within the group, to notice lost broadcasts.
    pub(super) group: Option<(String, i64)>,
    /// When the venue sent it, ms since 1970 UTC.
    pub(super) sent_ms: Option<i64>,
    pub(super) body: Vec<u8>,
}

/// What the broker tells.
#[derive(Debug)]
pub(super) enum BrokerEvent {
    /// Queues are consumed: requests may be sent.
    Ready,
    Parcel(Box<Parcel>),
    Closed(SessionError),
}

/// A connection to the broker.
pub(super) trait Broker: std::fmt::Debug + Send {
    fn connected(&mut self, now: Timestamp);
    fn received(&mut self, now: Timestamp, bytes: &[u8]);
    fn disconnected(&mut self, reason: &str);
    fn tick(&mut self, now: Timestamp);
    fn deadline(&self) -> Option<Timestamp>;
    fn take_output(&mut self, now: Timestamp) -> Option<Vec<u8>>;
    fn close(&mut self, now: Timestamp);
    fn event(&mut self, now: Timestamp) -> Option<BrokerEvent>;

    /// Sends a request whose answer bears `correlation_id`.
    fn request(&mut self, correlation_id: &str, body: &[u8]);

    /// Tells that every message up to `tag` is processed.
    fn acknowledge(&mut self, tag: u64);
}

/// A connection by the protocol that the settings name.
pub(super) fn broker(settings: &M7Settings) -> Box<dyn Broker> {
    let credentials = if settings.is_external {
        Credentials::External {
            identity: String::new(),
        }
    } else {
        Credentials::Plain {
            user: settings.secrets.user.clone(),
            password: settings.secrets.password.clone(),
        }
    };
    match settings.protocol {
        Protocol::Amqp091 => Box::new(Over091::new(credentials, settings)),
        Protocol::Amqp10 => Box::new(Over10::new(credentials, settings)),
    }
}
