//! `SockJS` frames, in which some brokers wrap STOMP.

use wattbook_codec::json::{Document, Kind, Limits, text};

/// What a server's frame says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SockJs {
    /// The session is open (`o`).
    Open,
    /// A sign of life (`h`).
    Heartbeat,
    /// Parts of the stream within (`a[…]`).
    Parts(Vec<String>),
    /// The session is over (`c[code,"reason"]`).
    Close(u16, String),
}

impl SockJs {
    /// Reads a server's frame.
    ///
    /// # Errors
    /// What was found and what was expected.
    pub fn decode(frame: &str) -> Result<Self, String> {
        let (kind, rest) = frame.split_at_checked(1).unwrap_or(("", ""));
        let limits = Limits {
            bytes_max: frame.len().max(1),
            depth_max: 2,
        };
        let list = || {
            let document = Document::parse(rest.as_bytes(), limits);
            document.map_err(|error| format!("no SockJS array: {error}"))
        };
        match (kind, rest) {
            ("o", "") => Ok(Self::Open),
            ("h", "") => Ok(Self::Heartbeat),
            ("a", _) => {
                let document = list()?;
                let root = document.root();
                let parts: Option<Vec<String>> = (root.kind() == Kind::Array)
                    .then(|| {
                        root.elements()
                            .map(|part| Some(part.text()?.into_owned()))
                            .collect()
                    })
                    .flatten();
                parts
                    .map(Self::Parts)
                    .ok_or_else(|| "a SockJS array that holds no strings".to_owned())
            }
            ("c", _) => {
                let document = list()?;
                let code = document
                    .root()
                    .at("/0")
                    .and_then(|code| code.number()?.parse().ok());
                let reason = document
                    .root()
                    .at("/1")
                    .and_then(|reason| Some(reason.text()?.into_owned()));
                Ok(Self::Close(code.unwrap_or(0), reason.unwrap_or_default()))
            }
            _ => Err(format!("the unknown SockJS frame {kind:?}")),
        }
    }
}

/// `part` as a client's `SockJS` frame.
#[must_use]
pub fn sockjs(part: &str) -> String {
    let mut frame = String::with_capacity(part.len() + 8);
    frame.push('[');
    text(part, &mut frame);
    frame.push(']');
    frame
}
