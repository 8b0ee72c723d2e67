//! How to reach the API and what to follow.

use crate::session::Endpoint;
use crate::venue::{CONTRACTS_MAX, Secrets};

/// How often the venue publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every change.
    Streaming,
    /// Changes of a moment together.
    Conflated,
}

impl Mode {
    /// Its word in a destination.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Streaming => "streaming",
            Self::Conflated => "conflated",
        }
    }
}

/// Settings of a session.
#[derive(Debug, Clone)]
pub struct NordPoolSettings {
    /// Where STOMP is spoken.
    pub endpoint: Endpoint,
    /// Path of the WebSocket; `{server}` and `{session}` are filled in for each connection.
    pub path: String,
    /// Whether STOMP comes in `SockJS` frames.
    pub is_sockjs: bool,
    /// Where tokens are given out.
    pub token_endpoint: Endpoint,
    /// Path of the token service.
    pub token_path: String,
    /// User and password of the client application for HTTP Basic; empty for none.
    pub client: Secrets,
    /// Who we are; the user also stands in destinations.
    pub secrets: Secrets,
    /// Streaming or conflated.
    pub mode: Mode,
    /// Delivery areas to follow, by the venue's number.
    pub areas: Vec<i64>,
    /// Whether orders and trades of our own are followed.
    pub follows_own: bool,
    /// The portfolio for which orders are entered; empty where none are.
    pub portfolio: String,
    /// Between two signs of life, s.
    pub heartbeat_seconds: u16,
    /// How long before its end a token is renewed, s; half of its life at most.
    pub renewal_seconds: u16,
    /// Longest wait for an answer, s.
    pub answer_seconds: u16,
    /// First and longest wait before a reconnect, ms.
    pub retry_ms: (u64, u64),
    /// The venue's number in the engine's registry.
    pub venue: u16,
    /// Number of the first instrument that is listed.
    pub first_instrument: u32,
    /// Contracts that are listed in the life of the session, at most; further ones are set aside.
    pub contracts_max: usize,
    /// Orders, and as many trades, of our own whose told revisions are remembered, at most.
    pub own_told_max: usize,
    /// For how long a told one is
    /// remembered, h.
    pub own_trades_hours: u16,
    /// Decides jitter, masks and nonces.
    pub seed: u64,
}

impl NordPoolSettings {
    /// What the venue's public examples use.
    #[must_use]
    pub fn new(
        endpoint: Endpoint,
        token_endpoint: Endpoint,
        secrets: Secrets,
        areas: &[i64],
    ) -> Self {
        Self {
            endpoint,
            path: "/user/{server}/{session}/websocket".to_owned(),
            is_sockjs: true,
            token_endpoint,
            token_path: "/connect/token".to_owned(),
            client: Secrets::default(),
            secrets,
            mode: Mode::Streaming,
            areas: areas.to_vec(),
            follows_own: false,
            portfolio: String::new(),
            heartbeat_seconds: 10,
            renewal_seconds: 300,
            answer_seconds: 15,
            retry_ms: (1_000, 60_000),
            venue: 0,
            first_instrument: 0,
            contracts_max: CONTRACTS_MAX,
            own_told_max: 100_000,
            own_trades_hours: 24,
            seed: 0,
        }
    }
}
