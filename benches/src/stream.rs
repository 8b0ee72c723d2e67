//! The desk's stream under load: readers of a desk that is served, and a burst of updates.

use std::io::Read;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use wattbook_stream::{Column, ColumnKind, Front, FrontConfig, Hub, HubPlan, Row};

use crate::Arguments;
use crate::harness::{Report, Seconds};

const INSTRUMENTS: i64 = 1_000;
const UPDATES_PER_SECOND: u64 = 100_000;
const PUSHES_PER_SECOND: u64 = 1_000;
const BURST_READERS: usize = 8;
const BURST: Duration = Duration::from_secs(5);
const COLUMNS: [(&str, ColumnKind); 6] = [
    ("bid_price", ColumnKind::F8),
    ("ask_price", ColumnKind::F8),
    ("bid_volume", ColumnKind::F8),
    ("ask_volume", ColumnKind::F8),
    ("ts_event", ColumnKind::I8),
    ("ts_recv", ColumnKind::I8),
];

fn unix_nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_nanos() as u64
}

/// What one reader saw: delays in ns, and how many messages.
#[derive(Default)]
struct Seen {
    delays: Vec<u64>,
    messages: u64,
}

/// Reads until `until`; a number that does not follow the one before ends the benchmark.
async fn read(
    address: String,
    cookie: String,
    until: Instant,
    delays: fn(&[u8], &mut Vec<u64>),
) -> Seen {
    let stream = TcpStream::connect(&address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let target = format!("ws://{address}/v1/stream");
    let mut request = target.into_client_request().unwrap();
    if !cookie.is_empty() {
        let cookie = cookie.parse().unwrap();
        request.headers_mut().insert("cookie", cookie);
    }
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    let (mut seen, mut last) = (Seen::default(), None);
    while Instant::now() < until {
        let Ok(Some(message)) = tokio::time::timeout(BURST, socket.next()).await else {
            panic!("the stream fell silent");
        };
        let Message::Binary(bytes) = message.unwrap() else {
            continue;
        };
        let first = number(&bytes, "first");
        if let Some(last) = last {
            assert_eq!(first, last + 1, "a number was lost");
            delays(&bytes, &mut seen.delays);
        }
        last = Some(number(&bytes, "last"));
        seen.messages += 1;
        socket.send(Message::text("taken")).await.unwrap();
    }
    seen
}

/// A whole number of the header.
fn number(message: &[u8], name: &str) -> u64 {
    let length = u32::from_le_bytes(message[..4].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&message[4..4 + length]).unwrap();
    let place = header.find(&format!("\"{name}\":")).unwrap() + name.len() + 3;
    let digits = header[place..].split(|one: char| !one.is_ascii_digit());
    digits.into_iter().next().unwrap().parse().unwrap()
}

fn since_sent(message: &[u8], delays: &mut Vec<u64>) {
    delays.push(unix_nanos().saturating_sub(number(message, "sent_ms") * 1_000_000));
}

/// The last column says when each row was pushed.
fn since_pushed(message: &[u8], delays: &mut Vec<u64>) {
    let (rows, now) = (number(message, "rows") as usize, unix_nanos());
    let column = &message[message.len() - 8 * rows..];
    let pushed = column
        .chunks_exact(8)
        .map(|bits| u64::from_le_bytes(bits.try_into().unwrap()));
    delays.extend(pushed.map(|pushed| now.saturating_sub(pushed)));
}

fn readers(
    address: &str,
    cookie: &str,
    count: usize,
    lasts: Duration,
    delays: fn(&[u8], &mut Vec<u64>),
) -> Seen {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let until = Instant::now() + lasts;
        let reading: Vec<_> = (0..count)
            .map(|_| tokio::spawn(read(address.to_owned(), cookie.to_owned(), until, delays)))
            .collect();
        let mut all = Seen::default();
        for one in reading {
            let seen = one.await.unwrap();
            all.delays.extend(seen.delays);
            all.messages += seen.messages;
        }
        all
    })
}

fn report(mut seen: Seen, wall: f64, unit: &'static str, count: u64, readers: usize) -> Report {
    seen.delays.sort_unstable();
    let at = |permille: usize| seen.delays[seen.delays.len() * permille / 1_000] as f64 / 1e6;
    Report {
        unit,
        count,
        seconds: vec![Seconds { cpu: wall, wall }],
        work: vec![("readers", readers as u64)],
        latency_ns: None,
        extra: vec![
            ("p50_ms", at(500)),
            ("p95_ms", at(950)),
            ("p99_ms", at(990)),
            ("messages", seen.messages as f64),
        ],
    }
}

/// Readers of a desk that is served; the input says where, with which cookie, how many, how long (s).
pub(crate) fn desk(arguments: &Arguments) -> Report {
    let text = std::fs::read_to_string(&arguments.input).unwrap();
    let words: Vec<&str> = text.lines().collect();
    let [address, cookie, count, seconds] = words[..] else {
        panic!("the input has four lines: address, cookie, readers, seconds");
    };
    let (count, lasts) = (count.parse().unwrap(), seconds.parse().unwrap());
    let began = Instant::now();
    let seen = readers(
        address,
        cookie,
        count,
        Duration::from_secs(lasts),
        since_sent,
    );
    let messages = seen.messages;
    report(
        seen,
        began.elapsed().as_secs_f64(),
        "messages/s",
        messages,
        count,
    )
}

/// 100,000 updates a second of 1,000 instruments, in 1,000 pushes a second, to eight readers; a delay is
/// from the push of a row to its reader.
pub(crate) fn burst(_: &Arguments) -> Report {
    let columns = COLUMNS.map(|(name, kind)| Column {
        name: name.to_owned(),
        kind,
    });
    let hub = Arc::new(Hub::new(HubPlan {
        run: "bench".to_owned(),
        columns: columns.into(),
        lists: Vec::new(),
        values: vec!["clock".to_owned()],
    }));
    let folder = std::env::temp_dir().join(format!("wattbook-bench-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let upstream = folder.join("desk");
    lets_everybody_read(UnixListener::bind(&upstream).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let config = FrontConfig {
        listener,
        upstream,
        tls: None,
        bounds: Vec::new(),
    };
    let front = Front::start(Arc::clone(&hub), config).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let source = {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || push(&hub, &stop))
    };
    let began = Instant::now();
    let seen = readers(&address, "", BURST_READERS, BURST, since_pushed);
    let wall = began.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    let pushed = source.join().unwrap();
    front.stop();
    std::fs::remove_dir_all(&folder).unwrap();
    report(seen, wall, "updates/s", pushed, BURST_READERS)
}

/// The application behind, which is not measured here: it lets everybody read.
fn lets_everybody_read(listener: UnixListener) {
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // Each connection for itself: the front keeps them open.
            std::thread::spawn(move || {
                let mut head = [0; 4_096];
                while stream.read(&mut head).is_ok_and(|read| read > 0) {
                    let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
                    std::io::Write::write_all(&mut stream, answer).unwrap();
                }
            });
        }
    });
}

fn push(hub: &Hub, stop: &AtomicBool) -> u64 {
    let (each, began) = (UPDATES_PER_SECOND / PUSHES_PER_SECOND, Instant::now());
    let (mut pushes, mut instrument) = (0_u64, 0_i64);
    while !stop.load(Ordering::Relaxed) {
        let due = Duration::from_secs_f64(pushes as f64 / PUSHES_PER_SECOND as f64);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        let now = unix_nanos() as i64;
        let mut rows = Vec::with_capacity(7 * each as usize);
        for _ in 0..each {
            instrument = (instrument * 31 + 7) % INSTRUMENTS;
            let price = (50.0 + instrument as f64).to_bits() as i64;
            rows.extend([instrument, price, price, price, price, now, now]);
        }
        let clock = Row {
            topic: "clock".to_owned(),
            key: 0,
            instrument: None,
            json: b"0".to_vec(),
        };
        hub.push(false, &rows, vec![clock]).unwrap();
        pushes += 1;
    }
    pushes * each
}
