//! One reader of the stream: a WebSocket, the number that it has, and how much it has not taken yet.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::{SinkExt, StreamExt};
use http_body_util::{Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use hyper::upgrade::Upgraded;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::time::{MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};

use crate::access::Asker;
use crate::filter::{Asked, Filter, read};
use crate::front::Served;
use crate::relay::problem;
use crate::upstream::Body;

/// How many messages a reader has not taken yet at most; then it gets the newest rows once it has.
const WINDOW: usize = 3;
/// What a reader says is short.
const SAID_BYTES_MAX: usize = 4_096;
/// How long a message may be on its way into a connection.
const SEND_WITHIN: Duration = Duration::from_secs(30);
/// How often it is asked anew whether a reader may go on.
const ASKED_EVERY: Duration = Duration::from_mins(1);

/// Whether a request asks to become a WebSocket.
pub(crate) fn is_upgrade(request: &Request<Incoming>) -> bool {
    let value = request.headers().get(UPGRADE);
    value.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers the handshake of a reader, and serves it from then on.
pub(crate) async fn open(served: &Arc<Served>, mut request: Request<Incoming>) -> Response<Body> {
    let asker = Asker::of(request.headers());
    if let Err(refusal) = served.admits(&asker).await {
        return *refusal;
    }
    let query = match read(
        request.uri().query().unwrap_or_default(),
        &served.hub.topics(),
    ) {
        Ok(query) => query,
        Err(fault) => return problem(StatusCode::UNPROCESSABLE_ENTITY, &fault.to_string()),
    };
    let version = request.headers().get(SEC_WEBSOCKET_VERSION);
    let is_known = version.is_some_and(|version| version.as_bytes() == b"13");
    let (Some(key), true) = (request.headers().get(SEC_WEBSOCKET_KEY), is_known) else {
        let detail = "the stream speaks WebSocket of RFC 6455, version 13";
        return problem(StatusCode::BAD_REQUEST, detail);
    };
    let accept = derive_accept_key(key.as_bytes());
    let upgrade = hyper::upgrade::on(&mut request);
    let served = Arc::clone(served);
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            Reader::new(served, asker, query).serve(upgraded).await;
        }
    });
    let mut response = Response::new(Either::Left(Full::new(Bytes::new())));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&accept) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

type Socket = WebSocketStream<TokioIo<Upgraded>>;

struct Reader {
    served: Arc<Served>,
    asker: Asker,
    filter: Filter,
    has: Option<u64>,
    untaken: usize,
}

impl Reader {
    fn new(served: Arc<Served>, asker: Asker, query: Asked) -> Self {
        served.counts.readers.fetch_add(1, Ordering::Relaxed);
        let is_same = query.run.as_deref() == Some(served.hub.run());
        Self {
            has: query.after.filter(|_| is_same),
            filter: query.filter,
            untaken: 0,
            served,
            asker,
        }
    }

    async fn serve(mut self, upgraded: Upgraded) {
        let config = WebSocketConfig::default()
            .max_message_size(Some(SAID_BYTES_MAX))
            .max_frame_size(Some(SAID_BYTES_MAX));
        let mut socket =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config))
                .await;
        let code = self.tell(&mut socket).await;
        if let Some(code) = code {
            let reason = "".into();
            let close = Message::Close(Some(CloseFrame { code, reason }));
            let _ = timeout(SEND_WITHIN, socket.send(close)).await;
        }
    }

    /// Sends what the reader lacks until it goes; returns with what to close, if it is still there.
    async fn tell(&mut self, socket: &mut Socket) -> Option<CloseCode> {
        let served = Arc::clone(&self.served);
        let mut rounds = served.hub.rounds();
        let mut forgets = served.access.forgets();
        let mut stops = served.stops();
        let mut asks = interval_at(tokio::time::Instant::now() + ASKED_EVERY, ASKED_EVERY);
        asks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        if *stops.borrow_and_update() {
            return Some(CloseCode::Away);
        }
        loop {
            let round = *rounds.borrow_and_update();
            let is_behind = round > 0 && self.has.is_none_or(|has| has != round);
            let is_sent = is_behind && self.untaken < WINDOW;
            if is_sent && let ControlFlow::Break(()) = self.send(socket).await {
                return None;
            }
            tokio::select! {
                said = socket.next() => {
                    if let ControlFlow::Break(code) = self.hear(said.and_then(Result::ok).as_ref()) {
                        return code;
                    }
                }
                _ = rounds.changed() => {}
                _ = stops.changed() => return Some(CloseCode::Away),
                _ = forgets.changed() => if !self.may_go_on().await { return Some(CloseCode::Policy) },
                _ = asks.tick() => if !self.may_go_on().await { return Some(CloseCode::Policy) },
            }
        }
    }

    async fn send(&mut self, socket: &mut Socket) -> ControlFlow<()> {
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH);
        let now_ms = now_ms.map_or(0, |since| since.as_millis() as u64);
        let Some(message) = self.served.hub.shared(self.has, &self.filter, now_ms) else {
            return ControlFlow::Continue(());
        };
        let bytes = message.bytes.len();
        let sending = socket.send(Message::Binary(message.bytes));
        match timeout(SEND_WITHIN, sending).await {
            Ok(Ok(())) => {
                self.served
                    .counts
                    .message(bytes, self.deltas(message.deltas));
                self.has = Some(message.last);
                self.untaken += 1;
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(()),
        }
    }

    /// How many deltas a message stands for; a snapshot for none but itself.
    fn deltas(&self, deltas: u64) -> u64 {
        if self.has.is_some() { deltas } else { 1 }
    }

    /// Whatever a reader says means that it has taken one more message.
    fn hear(&mut self, said: Option<&Message>) -> ControlFlow<Option<CloseCode>> {
        match said {
            None | Some(Message::Close(_)) => ControlFlow::Break(None),
            Some(Message::Text(_)) if self.untaken > 0 => {
                self.untaken -= 1;
                ControlFlow::Continue(())
            }
            Some(Message::Ping(_) | Message::Pong(_)) => ControlFlow::Continue(()),
            // It says that it took what it was not sent, or says it in bytes.
            Some(_) => ControlFlow::Break(Some(CloseCode::Policy)),
        }
    }

    async fn may_go_on(&self) -> bool {
        self.served.admits(&self.asker).await.is_ok()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.served.counts.readers.fetch_sub(1, Ordering::Relaxed);
    }
}
