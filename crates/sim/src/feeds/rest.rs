//! A venue of REST and WebSocket with a plain JSON of its own, for sessions that a file describes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use wattbook_codec::json::{Document, Limits};
use wattbook_domain::{Side, Timestamp};
use wattbook_session::http::{Request, Response};
use wattbook_session::websocket::Message;

use super::amqp::now;
use super::control::{FeedControl, FeedFault};
use super::market::{FeedContract, FeedMarket, FeedOrder};
use super::web::{Desk, Hub, News, SocketStream, Told, WebServer};

/// A running venue; ends, with its connections, when dropped.
#[derive(Debug)]
pub struct RestVenue {
    server: WebServer,
}

impl RestVenue {
    /// Listens on loopback at `port`, 0 for any: `/contracts`, `/books/SYMBOL` and the stream at
    /// `/stream`. Both want the header `X-Key: key`.
    ///
    /// # Errors
    /// When it cannot listen or the system has no thread left.
    pub fn start(port: u16, key: &str, control: FeedControl) -> std::io::Result<Self> {
        let desk = RestDesk {
            key: key.to_owned(),
            spoils_snapshot: AtomicBool::new(false),
            cuts_snapshot: AtomicBool::new(false),
        };
        let server = WebServer::start(port, control, desk)?;
        Ok(Self { server })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The file that describes it.
    #[must_use]
    pub fn description(&self) -> String {
        DESCRIPTION.replace("{address}", &self.address().to_string())
    }
}

/// How a session finds its way.
const DESCRIPTION: &str = r#"kind = "generic"
answer_seconds = 5
retry_ms = [50, 300]

[stream]
url = "ws://{address}/stream"
headers = { X-Key = "{password}" }
subscribe = ['{"op":"subscribe","symbol":"{symbol}"}']
ping_seconds = 1
silence_seconds = 2

[listing]
url = "http://{address}/contracts"
headers = { X-Key = "{password}" }
rows = "/contracts"
symbol = "/symbol"
location = "/area"
delivery_start = "/from"
delivery_end = "/to"
terms = { tick = "0.01", lot = "0.1" }

[snapshot]
url = "http://{address}/books/{symbol}"
headers = { X-Key = "{password}" }
revision = "/sequence"
time = "/time"
bids = "/bids"
asks = "/asks"
order = "/id"
price = "/price"
volume = "/volume"

[[message]]
kind = "book"
when = { "/type" = "changes" }
symbol = "/symbol"
revision = "/sequence"
time = "/time"
bids = "/bids"
asks = "/asks"
order = "/id"
price = "/price"
volume = "/volume"

[[message]]
kind = "trade"
when = { "/type" = "trades" }
rows = "/trades"
symbol = "/symbol"
id = "/id"
price = "/price"
volume = "/volume"
side = "/side"
time = "/time"

[[message]]
kind = "ignore"
when = { "/type" = "subscribed" }
"#;

struct RestDesk {
    key: String,
    spoils_snapshot: AtomicBool,
    cuts_snapshot: AtomicBool,
}

impl RestDesk {
    fn is_known(&self, request: &Request) -> bool {
        wattbook_session::http::header(&request.headers, "x-key") == Some(&self.key)
    }
}

impl Desk for RestDesk {
    fn answer(&self, hub: &Hub, request: &Request) -> Option<Response> {
        if !self.is_known(request) {
            return Some(response(401, "{\"error\":\"unknown key\"}".to_owned()));
        }
        if request.path == "/contracts" {
            return Some(response(200, hub.control.look(contracts)));
        }
        let symbol = request.path.strip_prefix("/books/")?;
        if self.cuts_snapshot.swap(false, Ordering::SeqCst) {
            return None;
        }
        let book = hub.control.look(|market| find(market, symbol).map(whole));
        let Some(mut book) = book else {
            return Some(response(404, "{\"error\":\"unknown symbol\"}".to_owned()));
        };
        hub.control.sent_snapshot();
        if self.spoils_snapshot.swap(false, Ordering::SeqCst) {
            book.truncate(book.len() / 2);
        }
        Some(response(200, book))
    }

    fn serve(
        &self,
        hub: &Hub,
        request: &Request,
        stream: &mut SocketStream,
    ) -> std::io::Result<()> {
        if !self.is_known(request) {
            stream
                .socket
                .send(&Message::Close(4_001, "unknown key".to_owned()));
            return stream.flush();
        }
        hub.control.logged_in();
        let news = hub.listen();
        let mut subscribed: BTreeMap<String, u64> = BTreeMap::new();
        let mut is_silent = false;
        while !hub.is_over() {
            if is_silent {
                // Else a client that has left would be told of everything for ever.
                stream.hear()?;
            } else {
                stream.turn()?;
            }
            while let Some(message) = stream.socket.message() {
                match message {
                    Message::Text(text) => {
                        if let Some(symbol) = symbol_of(&text) {
                            let from = hub.control.look(|_| hub.last_step());
                            stream
                                .socket
                                .send(&Message::Text("{\"type\":\"subscribed\"}".to_owned()));
                            subscribed.insert(symbol, from);
                        }
                    }
                    Message::Close(..) => return stream.flush(),
                    _ => {}
                }
            }
            while let Ok(next) = news.try_recv() {
                match next {
                    News::Step(_) if is_silent => {}
                    News::Step(told) => tell(stream, &subscribed, &told),
                    News::Fault(FeedFault::Disconnect) => {
                        return Err(std::io::ErrorKind::ConnectionAborted.into());
                    }
                    News::Fault(FeedFault::Silence(silent)) => is_silent = silent,
                    News::Fault(FeedFault::SpoilSnapshot) => {
                        self.spoils_snapshot.store(true, Ordering::SeqCst);
                    }
                    News::Fault(FeedFault::CutSnapshot) => {
                        self.cuts_snapshot.store(true, Ordering::SeqCst);
                    }
                    News::Fault(FeedFault::Publish(bytes)) => {
                        let text = String::from_utf8_lossy(&bytes).into_owned();
                        stream.socket.send(&Message::Text(text));
                    }
                    News::Fault(_) => {}
                }
            }
        }
        Ok(())
    }
}

fn response(status: u16, body: String) -> Response {
    Response {
        status,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: body.into_bytes(),
    }
}

fn symbol(contract: &FeedContract) -> String {
    let area: String = contract
        .area
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    format!("{}.{area}", contract.id)
}

fn find<'a>(market: &'a FeedMarket, name: &str) -> Option<&'a FeedContract> {
    market
        .contracts()
        .iter()
        .find(|contract| symbol(contract) == name)
}

fn contracts(market: &FeedMarket) -> String {
    let rows = market.contracts().iter().map(|contract| {
        let [from, to] =
            [contract.delivery_start, contract.delivery_end].map(Timestamp::from_seconds);
        let (symbol, area) = (symbol(contract), &contract.area);
        format!(
            "{{\"symbol\":\"{symbol}\",\"area\":\"{area}\",\"from\":\"{from}\",\"to\":\"{to}\"}}"
        )
    });
    format!("{{\"contracts\":[{}]}}", rows.collect::<Vec<_>>().join(","))
}

fn hundredths(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let value = value.abs();
    format!("{sign}{}.{:02}", value / 100, value % 100)
}

fn sides(orders: &[(u64, FeedOrder)]) -> String {
    let side = |side: Side| {
        let of_side = orders.iter().filter(|(_, order)| order.side == side);
        let rows = of_side.map(|(number, order)| {
            let (price, volume) = (
                hundredths(order.price_cents),
                hundredths(order.volume_tenths * 10),
            );
            format!("{{\"id\":{number},\"price\":{price},\"volume\":\"{volume}\"}}")
        });
        rows.collect::<Vec<_>>().join(",")
    };
    format!(
        "\"bids\":[{}],\"asks\":[{}]",
        side(Side::Buy),
        side(Side::Sell)
    )
}

fn whole(contract: &FeedContract) -> String {
    let orders: Vec<_> = contract
        .orders
        .iter()
        .map(|(number, order)| (*number, *order))
        .collect();
    let (sequence, time) = (contract.revision, now());
    format!(
        "{{\"sequence\":{sequence},\"time\":\"{time}\",{}}}",
        sides(&orders)
    )
}

fn tell(stream: &mut SocketStream, subscribed: &BTreeMap<String, u64>, told: &Told) {
    let symbol = symbol(&told.contract);
    let is_told = subscribed
        .get(&symbol)
        .is_some_and(|from| told.number > *from);
    if !is_told || told.is_lost {
        return;
    }
    let (sequence, time) = (told.contract.revision, now());
    let changes = format!(
        "{{\"type\":\"changes\",\"symbol\":\"{symbol}\",\"sequence\":{sequence},\"time\":\"{time}\",{}}}",
        sides(&told.step.changes)
    );
    stream.socket.send(&Message::Text(changes));
    if let Some((number, price, tenths)) = told.step.trade {
        let (price, volume) = (hundredths(price), hundredths(tenths * 10));
        let trade = format!(
            "{{\"type\":\"trades\",\"trades\":[{{\"symbol\":\"{symbol}\",\"id\":{number},\"price\":{price},\
             \"volume\":{volume},\"side\":\"BUY\",\"time\":\"{time}\"}}]}}"
        );
        stream.socket.send(&Message::Text(trade));
    }
}

fn symbol_of(text: &str) -> Option<String> {
    let document = Document::parse(text.as_bytes(), Limits::default()).ok()?;
    let symbol = document.root().get("symbol")?;
    Some(symbol.text()?.into_owned())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_client_that_leaves_a_silent_venue_is_forgotten() -> std::io::Result<()> {
        let control = FeedControl::new(FeedMarket::new(1, 0, 1, &["area"]));
        let venue = RestVenue::start(0, "key", control.clone())?;
        let mut client = TcpStream::connect(venue.address())?;
        client.set_read_timeout(Some(Duration::from_mins(1)))?;
        client.write_all(
            b"GET /stream HTTP/1.1\r\nHost: a\r\nX-Key: key\r\nConnection: Upgrade\r\n\
              Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
              Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )?;
        client.read_exact(&mut [0; 12])?;
        let until = Instant::now() + Duration::from_mins(1);
        let wait_for = |count: usize| {
            while venue.server.readers() != count {
                assert!(Instant::now() < until, "not {count} readers");
                sleep(Duration::from_millis(5));
            }
        };
        wait_for(1);
        control.fail(FeedFault::Silence(true));
        control.step(100);
        while !control.is_idle() {
            sleep(Duration::from_millis(5));
        }
        drop(client);
        wait_for(0);
        Ok(())
    }
}
