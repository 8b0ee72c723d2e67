//! JSON to what it tells, by the description.

use wattbook_codec::json::{Document, JsonError, Kind, Limits, Value};
use wattbook_domain::{Price, Side, Timestamp, Volume};

use crate::venue::MESSAGE_BYTES_MAX;

use super::description::{BookFields, Description, MessageKind, Rule, TimeUnit, Units};

/// What a message of the stream tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Changes of a book, or all of it.
    Book(Book),
    /// A trade.
    Trade(Trade),
    /// The venue refuses something.
    Refusal(String),
    /// Nothing of interest.
    Nothing,
}

/// What is told of a book.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Book {
    /// Of which contract; empty where the answer does not repeat it.
    pub symbol: String,
    /// Whether it is whole.
    pub is_whole: bool,
    /// The revision after it and the one before, where the venue counts.
    pub revision: Option<(u64, u64)>,
    /// When it changed.
    pub ts_event: Option<Timestamp>,
    /// Order (0 for a level), side, price and volume.
    pub entries: Vec<(u64, Side, Price, Volume)>,
}

/// A trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trade {
    /// Of which contract.
    pub symbol: String,
    /// The venue's number of it; 0 where it has none.
    pub id: u64,
    /// Who took.
    pub aggressor: Side,
    /// Price.
    pub price: Price,
    /// Volume.
    pub volume: Volume,
    /// When it was made.
    pub ts_event: Option<Timestamp>,
}

/// A part that cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// First byte of the part.
    pub offset: usize,
    /// What was found and what was expected.
    pub reason: String,
    /// The contract that it concerns, if so much can be read.
    pub symbol: Option<String>,
}

/// Bounds of a message or answer.
pub(super) const LIMITS: Limits = Limits {
    bytes_max: MESSAGE_BYTES_MAX,
    depth_max: 16,
};

/// Reads a message of the stream.
///
/// # Errors
/// [`JsonError`] when the text is no sound JSON within bounds; nothing of it can be trusted then.
pub fn read(
    description: &Description,
    bytes: &[u8],
    faults: &mut Vec<Fault>,
) -> Result<Vec<Told>, JsonError> {
    let document = Document::parse(bytes, LIMITS)?;
    let root = document.root();
    let Some(rule) = description.message.iter().find(|rule| fits(rule, root)) else {
        faults.push(Fault {
            offset: 0,
            reason: "a message that no [[message]] of the description fits".to_owned(),
            symbol: None,
        });
        return Ok(Vec::new());
    };
    let mut told = Vec::new();
    let mut take = |row: Value<'_, '_>| match tell(rule, row, description.units) {
        Ok(one) => told.push(one),
        Err(reason) => faults.push(Fault {
            offset: row.offset(),
            reason,
            symbol: rule
                .book
                .symbol
                .as_ref()
                .and_then(|path| row.at(path))
                .and_then(word),
        }),
    };
    match &rule.rows {
        None => take(root),
        Some(path) => match root.at(path) {
            Some(list) if list.kind() == Kind::Array => list.elements().for_each(take),
            _ => faults.push(Fault {
                offset: 0,
                reason: format!("no list at {path}"),
                symbol: None,
            }),
        },
    }
    Ok(told)
}

/// Reads the answer to a request for a whole book.
///
/// # Errors
/// What was found and what was expected, and where.
pub(super) fn read_book(
    fields: &BookFields,
    units: Units,
    bytes: &[u8],
) -> Result<Book, (usize, String)> {
    let document =
        Document::parse(bytes, LIMITS).map_err(|error| (error.offset(), error.to_string()))?;
    let root = document.root();
    book(fields, root, units, true).map_err(|reason| (root.offset(), reason))
}

fn fits(rule: &Rule, root: Value<'_, '_>) -> bool {
    let mut conditions = rule.when.iter();
    conditions.all(|(path, expected)| root.at(path).and_then(word).as_ref() == Some(expected))
}

fn tell(rule: &Rule, row: Value<'_, '_>, units: Units) -> Result<Told, String> {
    Ok(match rule.kind {
        MessageKind::Ignore => Told::Nothing,
        MessageKind::Refusal => {
            let text = rule
                .text
                .as_ref()
                .and_then(|path| row.at(path))
                .and_then(word);
            Told::Refusal(text.unwrap_or_else(|| row.raw().chars().take(200).collect()))
        }
        MessageKind::Trade => Told::Trade(trade(rule, row, units)?),
        MessageKind::Book => Told::Book(named(book(&rule.book, row, units, false)?)?),
        MessageKind::Snapshot => Told::Book(named(book(&rule.book, row, units, true)?)?),
    })
}

fn named(book: Book) -> Result<Book, String> {
    if book.symbol.is_empty() {
        return Err("no contract".to_owned());
    }
    Ok(book)
}

fn book(
    fields: &BookFields,
    row: Value<'_, '_>,
    units: Units,
    is_whole: bool,
) -> Result<Book, String> {
    let symbol = fields
        .symbol
        .as_ref()
        .map(|path| named_word(row, path))
        .transpose()?;
    let number = |path: &String| {
        let value = found(row, path)?;
        let parsed = value
            .number_or_text()
            .and_then(|text| text.parse::<u64>().ok());
        parsed.ok_or_else(|| format!("{path} is {:.40}, no revision", value.raw()))
    };
    let revision = fields.revision.as_ref().map(number).transpose()?;
    let follows = fields.follows.as_ref().map(number).transpose()?;
    let mut book = Book {
        symbol: symbol.unwrap_or_default(),
        is_whole,
        revision: revision.map(|after| (after, follows.unwrap_or(after.saturating_sub(1)))),
        ts_event: fields
            .time
            .as_ref()
            .map(|path| time(found(row, path)?, units.time))
            .transpose()?,
        entries: Vec::new(),
    };
    for (path, side) in [(&fields.bids, Side::Buy), (&fields.asks, Side::Sell)] {
        let list = path.as_ref().and_then(|path| row.at(path));
        for entry in list.into_iter().flat_map(Value::elements) {
            book.entries.push(entry_of(fields, entry, units, side)?);
        }
    }
    Ok(book)
}

fn entry_of(
    fields: &BookFields,
    entry: Value<'_, '_>,
    units: Units,
    side: Side,
) -> Result<(u64, Side, Price, Volume), String> {
    let order = match &fields.order {
        None => 0,
        Some(path) => whole(found(entry, path)?, path)?,
    };
    if fields.order.is_some() && order == 0 {
        return Err("order 0; numbers begin with 1".to_owned());
    }
    let (price, volume) = amounts(fields, entry, units)?;
    Ok((order, side, price, volume))
}

fn amounts(
    fields: &BookFields,
    entry: Value<'_, '_>,
    units: Units,
) -> Result<(Price, Volume), String> {
    let path = |field: &Option<String>| field.clone().unwrap_or_default();
    let (price_at, volume_at) = (path(&fields.price), path(&fields.volume));
    let price = scaled(found(entry, &price_at)?, units.price_decimals)?;
    let volume = scaled(found(entry, &volume_at)?, units.volume_decimals)?;
    if volume < 0 {
        return Err(format!("the volume {volume}, below zero"));
    }
    Ok((
        Price::from_millionths(price),
        Volume::from_millionths(volume),
    ))
}

fn trade(rule: &Rule, row: Value<'_, '_>, units: Units) -> Result<Trade, String> {
    let fields = &rule.book;
    let symbol = fields
        .symbol
        .as_ref()
        .map(|path| named_word(row, path))
        .transpose()?;
    let side = rule
        .side
        .as_ref()
        .map(|path| named_word(row, path))
        .transpose()?;
    let (price, volume) = amounts(fields, row, units)?;
    Ok(Trade {
        symbol: symbol.ok_or("a trade without a contract")?,
        id: rule
            .id
            .as_ref()
            .map(|path| whole(found(row, path)?, path))
            .transpose()?
            .unwrap_or(0),
        aggressor: if side.is_none_or(|side| side == rule.buy) {
            Side::Buy
        } else {
            Side::Sell
        },
        price,
        volume,
        ts_event: fields
            .time
            .as_ref()
            .map(|path| time(found(row, path)?, units.time))
            .transpose()?,
    })
}

/// The value at `path` within `row`.
pub(super) fn found<'d, 'a>(row: Value<'d, 'a>, path: &str) -> Result<Value<'d, 'a>, String> {
    let value = row.at(path).filter(|value| !value.is_null());
    value.ok_or_else(|| format!("nothing at {path:?}"))
}

/// Text, digits or truth as they stand.
fn word(value: Value<'_, '_>) -> Option<String> {
    match value.kind() {
        Kind::Text | Kind::EscapedText => value.text().map(std::borrow::Cow::into_owned),
        Kind::Number | Kind::True | Kind::False => Some(value.raw().to_owned()),
        _ => None,
    }
}

pub(super) fn named_word(row: Value<'_, '_>, path: &str) -> Result<String, String> {
    word(found(row, path)?).ok_or_else(|| format!("no text at {path:?}"))
}

fn whole(value: Value<'_, '_>, path: &str) -> Result<u64, String> {
    let parsed = value.number_or_text().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| format!("{path} is {:.40}, no whole number from 0", value.raw()))
}

/// A number in 1e-6, its last `decimals` digits behind the point; digits beyond are refused.
fn scaled(value: Value<'_, '_>, decimals: u32) -> Result<i64, String> {
    let fault = || {
        format!(
            "{:.40} is no decimal number of at most 6 decimals",
            value.raw()
        )
    };
    let text = value.number_or_text().ok_or_else(fault)?;
    let price: Price = text.parse().map_err(|_| fault())?;
    let divisor = 10_i64.pow(decimals);
    let millionths = price.millionths();
    if millionths % divisor != 0 {
        return Err(fault());
    }
    Ok(millionths / divisor)
}

/// A time as the description says that it is written.
pub(super) fn time(value: Value<'_, '_>, unit: TimeUnit) -> Result<Timestamp, String> {
    let fault = || format!("{:.40} is no time", value.raw());
    let nanos = match unit {
        TimeUnit::Iso => {
            return value
                .text()
                .and_then(|text| text.parse().ok())
                .ok_or_else(fault);
        }
        TimeUnit::S => 1_000_000_000,
        TimeUnit::Ms => 1_000_000,
        TimeUnit::Us => 1_000,
        TimeUnit::Ns => 1,
    };
    let text = value.number_or_text().ok_or_else(fault)?;
    let count: i64 = text.parse().map_err(|_| fault())?;
    count
        .checked_mul(nanos)
        .map(Timestamp::from_nanos)
        .ok_or_else(fault)
}
