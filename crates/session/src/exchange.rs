//! A question by HTTP over a connection of its own, and its answer.

use wattbook_domain::Timestamp;

use crate::error::SessionError;
use crate::http::{Reader, Response};
use crate::session::Input;

/// As much of a refusal's words as is kept.
const WORDS_MAX: usize = 200;

/// How far it is.
#[derive(Debug)]
pub(crate) enum Progress {
    /// The connection is there: these bytes are to be sent.
    Asks(Vec<u8>),
    /// Nothing new.
    Waits,
    /// The answer (status 200), or why there is none.
    Done(Result<Response, SessionError>),
}

/// A request whose connection is asked for.
#[derive(Debug)]
pub(crate) struct Exchange {
    request: Vec<u8>,
    reader: Reader,
    since: Timestamp,
}

impl Exchange {
    /// Sends `request` once connected and takes an answer of at most `body_bytes_max`.
    pub(crate) fn new(now: Timestamp, request: Vec<u8>, body_bytes_max: usize) -> Self {
        Self {
            request,
            reader: Reader::new(body_bytes_max),
            since: now,
        }
    }

    /// Since when it is under way.
    pub(crate) const fn since(&self) -> Timestamp {
        self.since
    }

    /// The answer was not read until `now`: the wait begins anew.
    pub(crate) const fn excuse(&mut self, now: Timestamp) {
        self.since = now;
    }

    /// Takes what the edge tells of its connection.
    pub(crate) fn hear(&mut self, input: Input<'_>) -> Progress {
        match input {
            Input::Connected(_) => Progress::Asks(std::mem::take(&mut self.request)),
            Input::Received(_, bytes) => {
                self.reader.push(bytes);
                match self.reader.response() {
                    Ok(None) => Progress::Waits,
                    Ok(Some(response)) if response.status == 200 => Progress::Done(Ok(response)),
                    Ok(Some(response)) => Progress::Done(Err(refusal(&response))),
                    Err(error) => Progress::Done(Err(error)),
                }
            }
            Input::Closed(_, reason) => Progress::Done(Err(SessionError::Closed {
                reason: reason.to_owned(),
            })),
            Input::Time => Progress::Waits,
        }
    }
}

fn refusal(response: &Response) -> SessionError {
    let words = String::from_utf8_lossy(&response.body);
    SessionError::Refused {
        code: response.status,
        text: words.chars().take(WORDS_MAX).collect(),
    }
}
