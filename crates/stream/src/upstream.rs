//! The application behind: HTTP/1.1 over a Unix socket that only we can reach.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use http_body_util::{Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

/// A body that we made, or that comes from elsewhere.
pub(crate) type Body = Either<Full<Bytes>, Incoming>;

/// How many connections wait for a request at most.
const IDLE_MAX: usize = 256;

/// Why the application did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Silent {
    #[error("it cannot be reached: {0}")]
    Io(#[from] io::Error),
    #[error("it broke off: {0}")]
    Http(#[from] hyper::Error),
}

/// Connections to the application.
#[derive(Debug)]
pub(crate) struct Upstream {
    path: PathBuf,
    idle: Mutex<Vec<SendRequest<Body>>>,
}

impl Upstream {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Asks; a request that was certainly not sent is sent again over another connection.
    pub(crate) async fn ask(&self, request: Request<Body>) -> Result<Response<Incoming>, Silent> {
        let mut request = request;
        loop {
            let (mut sender, is_new) = match self.waiting() {
                Some(sender) => (sender, false),
                None => (self.connect().await?, true),
            };
            match sender.try_send_request(request).await {
                Ok(response) => {
                    // It takes the next request once this answer's body was read.
                    self.put_back(sender);
                    return Ok(response);
                }
                Err(mut fault) => match fault.take_message() {
                    Some(unsent) if !is_new => request = unsent,
                    _ => return Err(fault.into_error().into()),
                },
            }
        }
    }

    fn waiting(&self) -> Option<SendRequest<Body>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|sender| !sender.is_closed());
        let place = idle.iter().rposition(SendRequest::is_ready)?;
        Some(idle.swap_remove(place))
    }

    fn put_back(&self, sender: SendRequest<Body>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(sender);
        }
    }

    async fn connect(&self) -> Result<SendRequest<Body>, Silent> {
        let stream = UnixStream::connect(&self.path).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends with the connection; whoever asks meanwhile is told by `sender`.
        tokio::spawn(connection);
        Ok(sender)
    }
}
