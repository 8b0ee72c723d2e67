//! How to reach an M7 and what to ask it for.

use crate::session::Endpoint;
use crate::venue::{CONTRACTS_MAX, Secrets};

/// Which AMQP the broker speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// AMQP 0-9-1, as M7's brokers do.
    Amqp091,
    /// AMQP 1.0 (ISO/IEC 19464), with the addresses of `RabbitMQ` 3.
    Amqp10,
}

/// Settings of a session.
#[derive(Debug, Clone)]
pub struct M7Settings {
    /// The broker.
    pub endpoint: Endpoint,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its virtual host.
    pub virtual_host: String,
    /// Who we are; the user also names queues and exchange.
    pub secrets: Secrets,
    /// Whether the TLS certificate says who we are (SASL EXTERNAL), and no password.
    pub is_external: bool,
    /// The venue's own name of its market: `EPEX`.
    pub market: String,
    /// Products to follow, by name.
    pub products: Vec<String>,
    /// Accounts whose orders and trades are asked for; none for the market alone.
    pub accounts: Vec<String>,
    /// Exchange for requests; `{user}` stands for the user.
    pub request_exchange: String,
    /// Queue for answers.
    pub response_queue: String,
    /// Queue for broadcasts.
    pub broadcast_queue: String,
    /// Messages delivered and not yet processed, at most.
    pub prefetch: u16,
    /// Longest silence of the broker, s.
    pub heartbeat_seconds: u16,
    /// Longest silence of the venue behind its broker, s; 0 for no bound.
    pub venue_heartbeat_seconds: u16,
    /// Longest wait for an answer, s.
    pub answer_seconds: u16,
    /// First and longest wait before a reconnect, ms.
    pub retry_ms: (u64, u64),
    /// Decimals of prices and of quantities in MW where the product does not tell them.
    pub decimals: (u32, u32),
    /// The venue's number in the engine's registry.
    pub venue: u16,
    /// Number of the first instrument that is listed.
    pub first_instrument: u32,
    /// Contracts that are listed in the life of the session, at most; further ones are set aside.
    pub contracts_max: usize,
    /// Orders, and as many trades, of our own whose told revisions are remembered, at most.
    pub own_told_max: usize,
    /// How far back our own trades are asked for with each login, and how long a told one is
    /// remembered, h.
    pub own_trades_hours: u16,
    /// Decides the jitter of reconnects.
    pub seed: u64,
}

impl M7Settings {
    /// What public clients of M7 use; prices in cents, quantities in kW.
    #[must_use]
    pub fn new(endpoint: Endpoint, secrets: Secrets, market: &str, products: &[&str]) -> Self {
        Self {
            endpoint,
            protocol: Protocol::Amqp091,
            virtual_host: "/".to_owned(),
            secrets,
            is_external: false,
            market: market.to_owned(),
            products: products.iter().map(|name| (*name).to_owned()).collect(),
            accounts: Vec::new(),
            request_exchange: "m7.requestExchange.{user}".to_owned(),
            response_queue: "m7.private.responseQueue.{user}.queue1".to_owned(),
            broadcast_queue: "m7.broadcastQueue.{user}".to_owned(),
            prefetch: 256,
            heartbeat_seconds: 30,
            venue_heartbeat_seconds: 30,
            answer_seconds: 15,
            retry_ms: (1_000, 300_000),
            decimals: (2, 3),
            venue: 0,
            first_instrument: 0,
            contracts_max: CONTRACTS_MAX,
            own_told_max: 100_000,
            own_trades_hours: 24,
            seed: 0,
        }
    }

    /// `name` with the user put in.
    pub(crate) fn named(&self, name: &str) -> String {
        name.replace("{user}", &self.secrets.user)
    }
}
