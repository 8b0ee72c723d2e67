//! A session from a file.

use serde::Deserialize;

use crate::error::SessionError;
use crate::generic::{Description, GenericSession};
use crate::m7::{M7Session, M7Settings, Protocol};
use crate::nordpool::{Mode, NordPoolSession, NordPoolSettings};
use crate::session::{Endpoint, Session};
use crate::url;
use crate::venue::Secrets;

/// What a file of kind `m7` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct M7File {
    #[allow(dead_code)]
    kind: String,
    /// `amqp://host:port/virtual-host` or `amqps://`.
    url: String,
    market: String,
    products: Vec<String>,
    protocol: Option<String>,
    is_external: Option<bool>,
    accounts: Option<Vec<String>>,
    request_exchange: Option<String>,
    response_queue: Option<String>,
    broadcast_queue: Option<String>,
    prefetch: Option<u16>,
    heartbeat_seconds: Option<u16>,
    venue_heartbeat_seconds: Option<u16>,
    answer_seconds: Option<u16>,
    retry_ms: Option<[u64; 2]>,
    price_decimals: Option<u32>,
    volume_decimals: Option<u32>,
    venue: Option<u16>,
    first_instrument: Option<u32>,
    contracts_max: Option<usize>,
    own_told_max: Option<usize>,
    own_trades_hours: Option<u16>,
    /// Of the edge.
    #[allow(dead_code)]
    tls: Option<serde::de::IgnoredAny>,
}

/// What a file of kind `nordpool` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NordPoolFile {
    #[allow(dead_code)]
    kind: String,
    /// `ws://` or `wss://`, with `{server}` and `{session}` in its path.
    url: String,
    /// `http://` or `https://`.
    token_url: String,
    areas: Vec<i64>,
    mode: Option<String>,
    is_sockjs: Option<bool>,
    follows_own: Option<bool>,
    client_id: Option<String>,
    client_secret: Option<String>,
    heartbeat_seconds: Option<u16>,
    portfolio: Option<String>,
    renewal_seconds: Option<u16>,
    answer_seconds: Option<u16>,
    retry_ms: Option<[u64; 2]>,
    venue: Option<u16>,
    first_instrument: Option<u32>,
    contracts_max: Option<usize>,
    own_told_max: Option<usize>,
    own_trades_hours: Option<u16>,
    /// Of the edge.
    #[allow(dead_code)]
    tls: Option<serde::de::IgnoredAny>,
}

/// Opens the session that `text` (TOML) describes: its `kind` is `m7`, `nordpool` or `generic`, and
/// `docs/venues.md` tells the other fields. `seed` decides jitter, masks and nonces.
///
/// # Errors
/// [`SessionError::Setting`] naming the field or line that does not fit.
///
/// # Examples
/// ```
/// use wattbook_session::{open, venue::Secrets};
///
/// let file = "kind = 'm7'\nurl = 'amqp://127.0.0.1:5672/'\nmarket = 'EPEX'\nproducts = ['XBID_Hour_Power']";
/// assert!(open(file, Secrets::default(), 7).is_ok());
/// assert!(open("kind = 'm8'", Secrets::default(), 7).is_err());
/// ```
pub fn open(text: &str, secrets: Secrets, seed: u64) -> Result<Box<dyn Session>, SessionError> {
    let table: toml::Table = parse(text)?;
    let kind = table
        .get("kind")
        .and_then(toml::Value::as_str)
        .unwrap_or_default();
    match kind {
        "m7" => Ok(Box::new(M7Session::new(m7(parse(text)?, secrets, seed)?))),
        "nordpool" => Ok(Box::new(NordPoolSession::new(nordpool(
            parse(text)?,
            secrets,
            seed,
        )?))),
        "generic" => {
            let description = Description::from_toml(text)?;
            Ok(Box::new(GenericSession::new(description, secrets, seed)))
        }
        other => Err(SessionError::setting(
            "kind",
            other,
            "use m7, nordpool or generic",
        )),
    }
}

/// Reads `text`; a fault is told with its line.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, SessionError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        let field = format!("line {line}");
        SessionError::setting(&field, error.message(), "see docs/venues.md for the fields")
    })
}

fn set<T>(field: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *field = given;
    }
}

fn m7(file: M7File, secrets: Secrets, seed: u64) -> Result<M7Settings, SessionError> {
    let (endpoint, path) = amqp_address(&file.url)?;
    let mut settings = M7Settings::new(endpoint, secrets, &file.market, &[]);
    settings.products = file.products;
    // `amqp://host/` is the virtual host "/", `amqp://host/name` is "name".
    let virtual_host = path.trim_start_matches('/');
    if !virtual_host.is_empty() {
        virtual_host.clone_into(&mut settings.virtual_host);
    }
    settings.protocol = match file.protocol.as_deref() {
        None | Some("amqp-0-9-1") => Protocol::Amqp091,
        Some("amqp-1.0") => Protocol::Amqp10,
        Some(other) => {
            return Err(SessionError::setting(
                "protocol",
                other,
                "use amqp-0-9-1 or amqp-1.0",
            ));
        }
    };
    set(&mut settings.is_external, file.is_external);
    set(&mut settings.accounts, file.accounts);
    set(&mut settings.request_exchange, file.request_exchange);
    set(&mut settings.response_queue, file.response_queue);
    set(&mut settings.broadcast_queue, file.broadcast_queue);
    set(&mut settings.prefetch, file.prefetch);
    set(&mut settings.heartbeat_seconds, file.heartbeat_seconds);
    set(
        &mut settings.venue_heartbeat_seconds,
        file.venue_heartbeat_seconds,
    );
    set(&mut settings.answer_seconds, file.answer_seconds);
    set(
        &mut settings.retry_ms,
        file.retry_ms.map(|[first, longest]| (first, longest)),
    );
    set(&mut settings.decimals.0, file.price_decimals);
    set(&mut settings.decimals.1, file.volume_decimals);
    if settings.decimals.0 > 6 || settings.decimals.1 > 6 {
        let found = settings.decimals.0.max(settings.decimals.1);
        return Err(SessionError::setting(
            "decimals",
            &found,
            "at most 6 are kept",
        ));
    }
    set(&mut settings.venue, file.venue);
    set(&mut settings.first_instrument, file.first_instrument);
    set(&mut settings.contracts_max, file.contracts_max);
    set(&mut settings.own_told_max, file.own_told_max);
    set(&mut settings.own_trades_hours, file.own_trades_hours);
    settings.seed = seed;
    Ok(settings)
}

fn amqp_address(text: &str) -> Result<(Endpoint, String), SessionError> {
    let (mut endpoint, path) = url::parse(text, ["amqp", "amqps"])?;
    let has_port = text.split_once("://").is_some_and(|(_, rest)| {
        rest.split('/')
            .next()
            .is_some_and(|authority| authority.contains(':'))
    });
    if !has_port {
        endpoint.port = if endpoint.is_tls { 5_671 } else { 5_672 };
    }
    Ok((endpoint, path))
}

fn nordpool(
    file: NordPoolFile,
    secrets: Secrets,
    seed: u64,
) -> Result<NordPoolSettings, SessionError> {
    let (endpoint, path) = url::parse(&file.url, ["ws", "wss"])?;
    let (token_endpoint, token_path) = url::parse(&file.token_url, ["http", "https"])?;
    let mut settings = NordPoolSettings::new(endpoint, token_endpoint, secrets, &file.areas);
    (settings.path, settings.token_path) = (path, token_path);
    settings.mode = match file.mode.as_deref() {
        None | Some("streaming") => Mode::Streaming,
        Some("conflated") => Mode::Conflated,
        Some(other) => {
            return Err(SessionError::setting(
                "mode",
                other,
                "use streaming or conflated",
            ));
        }
    };
    settings.client = Secrets {
        user: file.client_id.unwrap_or_default(),
        password: file.client_secret.unwrap_or_default(),
    };
    set(&mut settings.is_sockjs, file.is_sockjs);
    set(&mut settings.follows_own, file.follows_own);
    set(&mut settings.heartbeat_seconds, file.heartbeat_seconds);
    set(&mut settings.portfolio, file.portfolio);
    set(&mut settings.renewal_seconds, file.renewal_seconds);
    set(&mut settings.answer_seconds, file.answer_seconds);
    set(
        &mut settings.retry_ms,
        file.retry_ms.map(|[first, longest]| (first, longest)),
    );
    set(&mut settings.venue, file.venue);
    set(&mut settings.first_instrument, file.first_instrument);
    set(&mut settings.contracts_max, file.contracts_max);
    set(&mut settings.own_told_max, file.own_told_max);
    set(&mut settings.own_trades_hours, file.own_trades_hours);
    settings.seed = seed;
    Ok(settings)
}
