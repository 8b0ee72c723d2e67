//! The file that describes a venue.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::SessionError;
use crate::file;
use crate::session::Endpoint;
use crate::url;
use crate::venue::CONTRACTS_MAX;

/// A JSON Pointer, RFC 6901: `/data/0/price`; empty for the value itself.
type Pointer = String;

/// HTTP headers by name. `{user}` and `{password}` are filled in.
pub type Header = BTreeMap<String, String>;

/// A venue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// `generic`.
    pub kind: String,
    /// What follows the market.
    pub stream: Stream,
    /// Where whole books are got; none where the stream tells them.
    pub snapshot: Option<Snapshot>,
    /// Where contracts are listed; none where `instrument` lists them.
    pub listing: Option<Listing>,
    /// Contracts that are known beforehand.
    #[serde(default)]
    pub instrument: Vec<ListedInstrument>,
    /// What messages of the stream mean; of several that fit, the first.
    pub message: Vec<Rule>,
    /// How numbers and times are written.
    #[serde(default)]
    pub units: Units,
    /// Longest wait for an answer, s.
    #[serde(default = "fifteen")]
    pub answer_seconds: u16,
    /// First and longest wait before a reconnect, ms.
    #[serde(default = "retries")]
    pub retry_ms: [u64; 2],
    /// The venue's number in the engine's registry.
    #[serde(default)]
    pub venue: u16,
    /// Number of the first instrument that is listed.
    #[serde(default)]
    pub first_instrument: u32,
    /// Contracts that are listed in the life of the session, at most; further ones are set aside.
    #[serde(default = "contracts")]
    pub contracts_max: usize,
    /// Certificates and keys, which the edge reads.
    #[serde(default)]
    pub tls: Option<serde::de::IgnoredAny>,
}

/// The WebSocket.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// `ws://` or `wss://`.
    pub url: String,
    /// Headers of the handshake.
    #[serde(default)]
    pub headers: Header,
    /// Sent once when connected: logging in, say.
    #[serde(default)]
    pub open: Vec<String>,
    /// Sent for each contract, for which `{symbol}` stands.
    #[serde(default)]
    pub subscribe: Vec<String>,
    /// Sent before a contract is subscribed again.
    #[serde(default)]
    pub unsubscribe: Vec<String>,
    /// Between two pings, s; 0 for none.
    #[serde(default = "fifteen")]
    pub ping_seconds: u16,
    /// Text to send as a ping, where the venue wants one instead of WebSocket's own.
    pub ping: Option<String>,
    /// Longest silence, s; 0 for no bound.
    #[serde(default = "forty_five")]
    pub silence_seconds: u16,
}

/// Whole books by REST.
#[derive(Debug, Clone, Deserialize)]
pub struct Snapshot {
    /// `http://` or `https://`; `{symbol}` stands for the contract.
    pub url: String,
    /// Headers of the request.
    #[serde(default)]
    pub headers: Header,
    /// Where the answer tells what.
    #[serde(flatten)]
    pub book: BookFields,
}

/// Contracts by REST.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// `http://` or `https://`.
    pub url: String,
    /// Headers of the request.
    #[serde(default)]
    pub headers: Header,
    /// The list of contracts in the answer.
    #[serde(default)]
    pub rows: Pointer,
    /// In a row: the venue's code.
    pub symbol: Pointer,
    /// In a row: delivery area or hub.
    pub location: Pointer,
    /// In a row: first instant of delivery.
    pub delivery_start: Pointer,
    /// In a row: first instant after it.
    pub delivery_end: Pointer,
    /// In a row: when trading ends; the start of delivery without.
    pub gate_closure: Option<Pointer>,
    /// The terms that all share.
    #[serde(default)]
    pub terms: Terms,
}

/// A contract that is known beforehand.
#[derive(Debug, Clone, Deserialize)]
pub struct ListedInstrument {
    /// The venue's code.
    pub symbol: String,
    /// Delivery area or hub.
    pub location: String,
    /// First instant of delivery, ISO 8601 with zone.
    pub delivery_start: String,
    /// First instant after it.
    pub delivery_end: String,
    /// When trading ends; the start of delivery without.
    pub gate_closure: Option<String>,
    /// Its terms.
    #[serde(flatten)]
    pub terms: Terms,
}

/// Terms of contracts, in the venue's currency per `MWh` and MW.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// ISO 4217.
    pub currency: String,
    /// Smallest price step.
    pub tick: String,
    /// Smallest volume step, MW.
    pub lot: String,
    /// Lowest price.
    pub min_price: String,
    /// Highest price.
    pub max_price: String,
}

impl Default for Terms {
    fn default() -> Self {
        let [currency, tick, lot, min_price, max_price] =
            ["EUR", "0.01", "0.1", "-9999", "9999"].map(str::to_owned);
        Self {
            currency,
            tick,
            lot,
            min_price,
            max_price,
        }
    }
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageKind {
    /// Changes of a book.
    Book,
    /// A whole book.
    Snapshot,
    /// Trades.
    Trade,
    /// A word that needs no answer: a pong, a confirmation.
    Ignore,
    /// The venue refuses something; its words are in `text`.
    Refusal,
}

/// A kind of message and where it tells what.
#[derive(Debug, Clone, Deserialize)]
pub struct Rule {
    /// What it is about.
    pub kind: MessageKind,
    /// Values by their place that a message of this kind has.
    #[serde(default)]
    pub when: BTreeMap<Pointer, String>,
    /// A list of which each element is such a message.
    pub rows: Option<Pointer>,
    /// Words of a refusal.
    pub text: Option<Pointer>,
    /// Number of a trade.
    pub id: Option<Pointer>,
    /// Which side took in a trade.
    pub side: Option<Pointer>,
    /// The word for a buyer who took.
    #[serde(default = "buy")]
    pub buy: String,
    /// Where a book or trade tells what.
    #[serde(flatten)]
    pub book: BookFields,
}

/// Where a message or answer tells what. Prices and volumes are looked for in each entry of a
/// side's list, and for trades in the message.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct BookFields {
    /// The contract.
    pub symbol: Option<Pointer>,
    /// The revision after the message; none where the venue counts nothing.
    pub revision: Option<Pointer>,
    /// The revision before it; one less without.
    pub follows: Option<Pointer>,
    /// When it happened.
    pub time: Option<Pointer>,
    /// List of the buying side.
    pub bids: Option<Pointer>,
    /// List of the selling side.
    pub asks: Option<Pointer>,
    /// Number of an order; none where the venue tells price levels.
    pub order: Option<Pointer>,
    /// A price.
    pub price: Option<Pointer>,
    /// A volume; 0 takes the order or level out.
    pub volume: Option<Pointer>,
}

/// How times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// ISO 8601 with zone.
    #[default]
    Iso,
    /// Seconds since 1970 UTC.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
}

/// How numbers and times are written.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Units {
    /// Decimals that whole numbers for prices stand for: 2 for cents.
    pub price_decimals: u32,
    /// Decimals that whole numbers for volumes stand for: 3 for kW.
    pub volume_decimals: u32,
    /// How times are written.
    pub time: TimeUnit,
}

const fn contracts() -> usize {
    CONTRACTS_MAX
}

const fn fifteen() -> u16 {
    15
}

const fn forty_five() -> u16 {
    45
}

const fn retries() -> [u64; 2] {
    [1_000, 60_000]
}

fn buy() -> String {
    "BUY".to_owned()
}

impl Description {
    /// Reads a description.
    ///
    /// # Errors
    /// [`SessionError::Setting`] naming what does not fit and where.
    pub fn from_toml(text: &str) -> Result<Self, SessionError> {
        let description: Self = file::parse(text)?;
        check_keys(text)?;
        description.check()?;
        Ok(description)
    }

    /// Where the stream is, and its path.
    pub(super) fn stream_address(&self) -> Result<(Endpoint, String), SessionError> {
        url::parse(&self.stream.url, ["ws", "wss"])
    }

    fn check(&self) -> Result<(), SessionError> {
        self.stream_address()?;
        let rest = self.snapshot.iter().map(|snapshot| &snapshot.url);
        for url in rest.chain(self.listing.iter().map(|listing| &listing.url)) {
            url::parse(url, ["http", "https"])?;
        }
        if self.units.price_decimals > 6 || self.units.volume_decimals > 6 {
            let found = self.units.price_decimals.max(self.units.volume_decimals);
            return Err(SessionError::setting(
                "units",
                &found,
                "at most 6 decimals are kept",
            ));
        }
        if self.listing.is_none() && self.instrument.is_empty() {
            return Err(SessionError::setting(
                "listing",
                "",
                "give [listing] or [[instrument]]",
            ));
        }
        let has_books = self
            .message
            .iter()
            .any(|rule| rule.kind == MessageKind::Snapshot);
        if self.snapshot.is_none() && !has_books {
            let fix = "give [snapshot], or a [[message]] of kind snapshot";
            return Err(SessionError::setting("snapshot", "", fix));
        }
        let mut books: Vec<&BookFields> = self
            .snapshot
            .iter()
            .map(|snapshot| &snapshot.book)
            .collect();
        for rule in &self.message {
            let pointers = rule
                .when
                .keys()
                .chain(&rule.rows)
                .chain(&rule.text)
                .chain(&rule.id)
                .chain(&rule.side);
            pointers.map(String::as_str).try_for_each(check_pointer)?;
            if matches!(rule.kind, MessageKind::Book | MessageKind::Snapshot) {
                books.push(&rule.book);
            }
        }
        if let Some(snapshot) = &self.snapshot {
            let rules = self
                .message
                .iter()
                .filter(|rule| rule.kind == MessageKind::Book);
            let counted = rules.map(|rule| &rule.book).chain([&snapshot.book]);
            if counted.into_iter().any(|book| book.revision.is_none()) {
                let fix = "a book by REST fits a stream only by revision; give it for both";
                return Err(SessionError::setting("revision", "", fix));
            }
        }
        for book in books {
            if book.price.is_none()
                || book.volume.is_none()
                || (book.bids.is_none() && book.asks.is_none())
            {
                let fix = "give bids, asks, price and volume of each book";
                return Err(SessionError::setting("book", "", fix));
            }
        }
        Ok(())
    }
}

/// Refuses keys that nothing reads where tables are joined, which the reader lets pass.
fn check_keys(text: &str) -> Result<(), SessionError> {
    const BOOK: &str = "symbol revision follows time bids asks order price volume";
    const RULE: &str = "kind when rows text id side buy";
    const SNAPSHOT: &str = "url headers";
    const INSTRUMENT: &str = "symbol location delivery_start delivery_end gate_closure currency tick lot \
        min_price max_price";
    let Ok(file) = text.parse::<toml::Table>() else {
        return Ok(());
    };
    let tables = |name: &str| match file.get(name) {
        Some(toml::Value::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let known = [
        ("message", [BOOK, RULE].join(" ")),
        ("snapshot", [BOOK, SNAPSHOT].join(" ")),
        ("instrument", INSTRUMENT.to_owned()),
    ];
    for (name, keys) in known {
        for table in tables(name).iter().filter_map(toml::Value::as_table) {
            let unknown = table
                .keys()
                .find(|key| !keys.split(' ').any(|known| known == key.as_str()));
            if let Some(key) = unknown {
                let fix = format!("{name} has no such key; see docs/venues.md");
                return Err(SessionError::setting(name, key, &fix));
            }
        }
    }
    Ok(())
}

fn check_pointer(pointer: &str) -> Result<(), SessionError> {
    if pointer.is_empty() || pointer.starts_with('/') {
        return Ok(());
    }
    Err(SessionError::setting(
        "pointer",
        pointer,
        "begin a JSON Pointer with /",
    ))
}
