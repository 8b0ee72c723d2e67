//! The broker in front of the venue, whichever AMQP it speaks.

use std::borrow::Cow;

use wattbook_domain::Timestamp;

use super::over_10::Over10;
use super::over_091::Over091;
use super::settings::{M7Settings, Protocol};
use crate::connection::Connection;
use crate::error::SessionError;
use crate::gunzip::gunzip;
use crate::sasl::Credentials;
use crate::venue::MESSAGE_BYTES_MAX;

/// MIME type of requests.
pub(super) const REQUEST_TYPE: &str = "x-m7/request; version=6.0";
/// Routing key of requests that change nothing.
pub(super) const INQUIRY: &str = "m7.request.inquiry";
/// Routing key of requests about orders.
pub(super) const MANAGEMENT: &str = "m7.request.management";
/// Headers of the venue.
pub(super) const GROUP_ID: &str = "x-m7-group-id";
pub(super) const GROUP_SEQUENCE: &str = "x-m7-group-sequence";
pub(super) const SERVER_TIMESTAMP: &str = "server-timestamp";

/// A message of the venue.
#[derive(Debug, Clone, Default)]
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

impl Parcel {
    /// The XML.
    pub(super) fn unpacked(&self) -> Result<Cow<'_, [u8]>, String> {
        if self.is_gzip {
            return gunzip(&self.body, MESSAGE_BYTES_MAX).map(Cow::Owned);
        }
        Ok(Cow::Borrowed(&self.body))
    }

    /// Takes over what the message says of its body.
    pub(super) fn set_kind(&mut self, content_type: Option<&str>, encoding: Option<&str>) {
        self.is_gzip = encoding == Some("gzip");
        self.is_heartbeat = content_type.is_some_and(|kind| kind.contains("heartbeat"));
    }
}

/// What is known of an unpacked parcel beside what its XML says.
pub(super) struct Letter<'a> {
    pub(super) sent: Timestamp,
    pub(super) correlation_id: &'a str,
    /// As unpacked.
    pub(super) body: &'a [u8],
    /// Whether nothing of it was set aside.
    pub(super) is_sound: bool,
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
    /// What speaks the protocol.
    fn connection(&mut self) -> &mut dyn Connection;

    /// When the connection must be looked after again.
    fn deadline(&self) -> Option<Timestamp>;

    /// What the broker tells next.
    fn event(&mut self, now: Timestamp) -> Option<BrokerEvent>;

    /// Sends a request by its routing key; its answer bears `correlation_id`.
    fn request(&mut self, routing_key: &str, correlation_id: &str, body: &[u8]);

    /// Tells that every message up to `tag` is processed.
    fn acknowledge(&mut self, tag: u64);

    /// Ends the connection over something that its protocol allows and the session cannot bear.
    fn give_up(&mut self, now: Timestamp, code: u16, text: String) -> BrokerEvent {
        self.connection().close(now);
        BrokerEvent::Closed(SessionError::Refused { code, text })
    }
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
