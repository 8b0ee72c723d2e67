//! OAuth 2.0 tokens, RFC 6749, section 4.3 (resource owner password).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wattbook_codec::json::{Document, Limits, text};
use wattbook_domain::Timestamp;
use wattbook_domain::time::NANOS_PER_SECOND;

use super::settings::NordPoolSettings;
use crate::error::SessionError;
use crate::http::{Request, Response};

/// A token and when it was given out and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) renew_at: Timestamp,
}

/// What a token's answer may hold, bytes.
pub(super) const ANSWER_BYTES_MAX: usize = 65_536;

/// The bytes that ask for a token.
pub(super) fn request(settings: &NordPoolSettings) -> Result<Vec<u8>, SessionError> {
    let secrets = &settings.secrets;
    let body = format!(
        "grant_type=password&scope=global&username={}&password={}",
        encoded(&secrets.user),
        encoded(&secrets.password)
    );
    let mut headers = vec![
        ("Host".to_owned(), settings.token_endpoint.host.clone()),
        (
            "Content-Type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        ),
        ("Accept".to_owned(), "application/json".to_owned()),
        ("Connection".to_owned(), "close".to_owned()),
    ];
    if !settings.client.user.is_empty() {
        let pair = format!("{}:{}", settings.client.user, settings.client.password);
        let basic = format!("Basic {}", STANDARD.encode(pair));
        headers.push(("Authorization".to_owned(), basic));
    }
    let request = Request {
        method: "POST".to_owned(),
        path: settings.token_path.clone(),
        headers,
        body: body.into_bytes(),
    };
    request.encode()
}

/// The token that `response` gives.
pub(super) fn token(
    response: &Response,
    now: Timestamp,
    renewal_seconds: u16,
) -> Result<Token, SessionError> {
    let refused = |text: String| SessionError::Refused {
        code: response.status,
        text,
    };
    let limits = Limits {
        bytes_max: ANSWER_BYTES_MAX,
        depth_max: 8,
    };
    let document =
        Document::parse(&response.body, limits).map_err(|error| refused(error.to_string()))?;
    let root = document.root();
    let text = root
        .get("access_token")
        .and_then(|token| Some(token.text()?.into_owned()));
    let seconds = root
        .get("expires_in")
        .and_then(|value| value.number_or_text()?.parse::<i64>().ok());
    let (Some(text), Some(seconds)) = (text, seconds) else {
        return Err(refused(
            "an answer without access_token and expires_in".to_owned(),
        ));
    };
    let seconds = seconds.clamp(1, 86_400);
    let nanos = seconds * NANOS_PER_SECOND;
    let before = (i64::from(renewal_seconds) * NANOS_PER_SECOND).min(nanos / 2);
    Ok(Token {
        text,
        renew_at: now.plus_nanos(nanos - before),
    })
}

/// The command that gives the venue `new` in place of `old`.
pub(super) fn renewal(old: &str, new: &str) -> String {
    let mut body = String::from("{\"type\":\"TOKEN_REFRESH\",\"oldToken\":");
    text(old, &mut body);
    body.push_str(",\"newToken\":");
    text(new, &mut body);
    body.push('}');
    body
}

/// Percent-encoding of RFC 3986, everything but unreserved characters.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend(["%", &format!("{byte:02X}")]);
        }
    }
    out
}
