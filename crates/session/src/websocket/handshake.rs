//! The opening handshake: RFC 6455, section 4.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::error::SessionError;
use crate::http::{Headers, Reader, Request, Response, header};

/// Section 1.3.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// An answer to the handshake has no body to speak of; the words of a refusal fit.
const REFUSAL_BYTES_MAX: usize = 65_536;

/// A handshake under way.
#[derive(Debug)]
pub struct ClientHandshake {
    key: String,
    reader: Reader,
}

impl ClientHandshake {
    /// Begins with the bytes to send. `nonce` should not be guessed.
    ///
    /// # Errors
    /// [`SessionError::Setting`] when path or headers hold control characters.
    pub fn new(
        host: &str,
        path: &str,
        headers: &Headers,
        nonce: [u8; 16],
    ) -> Result<(Self, Vec<u8>), SessionError> {
        let key = STANDARD.encode(nonce);
        let mut request = Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
            headers: [
                ("Host", host),
                ("Upgrade", "websocket"),
                ("Connection", "Upgrade"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", key.as_str()),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            body: Vec::new(),
        };
        request.headers.extend(headers.iter().cloned());
        let bytes = request.encode()?;
        let reader = Reader::new(REFUSAL_BYTES_MAX);
        Ok((Self { key, reader }, bytes))
    }

    /// Takes bytes; once the server has agreed, those that follow its answer.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when the server does not agree, [`SessionError::Protocol`] when its
    /// answer is none.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, SessionError> {
        self.reader.push(bytes);
        let Some(response) = self.reader.response()? else {
            return Ok(None);
        };
        if response.status != 101 {
            return Err(SessionError::Refused {
                code: response.status,
                text: String::from_utf8_lossy(&response.body).into_owned(),
            });
        }
        let answer = header(&response.headers, "sec-websocket-accept");
        if answer != Some(accept_key(&self.key).as_str()) {
            return Err(SessionError::Protocol {
                protocol: "WebSocket",
                offset: 0,
                reason: format!("the accept key {answer:?} does not answer ours"),
            });
        }
        let reader = std::mem::replace(&mut self.reader, Reader::new(0));
        Ok(Some(reader.rest()))
    }
}

/// A server's answer to `request`, if that asks for a WebSocket.
#[must_use]
pub fn accept(request: &Request) -> Option<Response> {
    let upgrade = header(&request.headers, "upgrade")?;
    let key = header(&request.headers, "sec-websocket-key")?;
    upgrade.eq_ignore_ascii_case("websocket").then(|| Response {
        status: 101,
        headers: [
            ("Upgrade", "websocket".to_owned()),
            ("Connection", "Upgrade".to_owned()),
            ("Sec-WebSocket-Accept", accept_key(key)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec(),
        body: Vec::new(),
    })
}

fn accept_key(key: &str) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(GUID);
    STANDARD.encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6455, section 1.3.
    #[test]
    fn the_standards_key_has_the_standards_answer() {
        assert_eq!(
            accept_key("dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }
}
