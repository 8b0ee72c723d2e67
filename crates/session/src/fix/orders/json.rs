//! Requests and answers of order entry as JSON, for venues that take orders by REST and answer over a
//! WebSocket. `docs/adapters.md` lists the fields.

use std::fmt::Write as _;

use wattbook_codec::json::{Document, Limits, Value, text as quoted};
use wattbook_domain::{Price, Side, TimeInForce, Timestamp, Volume};

use super::answer::{Answer, ChangeRejected, ExecType, Execution, MassPart, OrdStatus};
use super::reason::{change_code, reason, words};
use super::request::{Cancel, MassStatus, NewOrder, Replace, Request, Status};

/// Bounds of a message.
const LIMITS: Limits = Limits {
    bytes_max: 1 << 20,
    depth_max: 8,
};

/// A message that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: found {found}, expected {expected}")]
pub struct JsonFault {
    /// Which field; the whole message where it is empty.
    pub field: &'static str,
    /// As found.
    pub found: String,
    /// What it is not.
    pub expected: &'static str,
}

fn fault(field: &'static str, found: impl Into<String>, expected: &'static str) -> JsonFault {
    let found = found.into();
    JsonFault {
        field,
        found,
        expected,
    }
}

/// An object that is written field by field.
pub(super) struct Object(String);

impl Object {
    pub(super) fn new() -> Self {
        Self("{".to_owned())
    }

    pub(super) fn raw(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        let _infallible = write!(self.0, "\"{name}\":{value}");
        self
    }

    pub(super) fn text(&mut self, name: &str, value: &str) -> &mut Self {
        let mut out = String::new();
        quoted(value, &mut out);
        self.raw(name, out)
    }

    pub(super) fn end(&mut self) -> String {
        self.0.push('}');
        std::mem::take(&mut self.0)
    }
}

const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

const LIVES: [(TimeInForce, &str); 6] = [
    (TimeInForce::Day, "day"),
    (TimeInForce::GoodTillCancelled, "good_till_cancelled"),
    (TimeInForce::ImmediateOrCancel, "immediate_or_cancel"),
    (TimeInForce::FillOrKill, "fill_or_kill"),
    (TimeInForce::AtOpen, "at_open"),
    (TimeInForce::AtClose, "at_close"),
];

impl Request {
    /// Where a REST venue takes it, and its body.
    #[must_use]
    pub fn to_json(&self) -> (&'static str, String) {
        let mut body = Object::new();
        body.text("id", self.id());
        let path = match self {
            Self::New(new) => {
                let lives = LIVES.iter().find(|(life, _)| *life == new.time_in_force);
                body.text("symbol", &new.symbol)
                    .text("side", side_word(new.side));
                body.raw("price", new.price).raw("volume", new.volume);
                write_display(&mut body, new.display_volume);
                body.text("time_in_force", lives.map_or("day", |(_, word)| *word));
                "/orders"
            }
            Self::Replace(change) => {
                body.text("original", &change.original)
                    .text("symbol", &change.symbol)
                    .text("side", side_word(change.side));
                body.raw("price", change.price).raw("volume", change.volume);
                write_display(&mut body, change.display_volume);
                "/orders/replace"
            }
            Self::Cancel(cancel) => {
                body.text("original", &cancel.original)
                    .text("symbol", &cancel.symbol)
                    .text("side", side_word(cancel.side));
                body.raw("volume", cancel.volume);
                "/orders/cancel"
            }
            Self::Status(status) => {
                body.text("symbol", &status.symbol)
                    .text("side", side_word(status.side));
                "/orders/status"
            }
            Self::MassStatus(_) => "/orders/open",
        };
        (path, body.end())
    }

    /// The request that came to `path`.
    ///
    /// # Errors
    /// [`JsonFault`]: the field at fault.
    pub fn from_json(path: &str, body: &[u8]) -> Result<Self, JsonFault> {
        let document = parse(body)?;
        let root = document.root();
        let id = word(root, "id")?;
        if path == "/orders/open" {
            return Ok(Self::MassStatus(MassStatus { id }));
        }
        let (symbol, side) = (word(root, "symbol")?, side(root)?);
        Ok(match path {
            "/orders" => Self::New(NewOrder {
                id,
                symbol,
                side,
                time_in_force: life(root)?,
                price: price(root, "price")?,
                volume: volume(root, "volume")?,
                display_volume: display_volume(root)?,
            }),
            "/orders/replace" => Self::Replace(Replace {
                id,
                original: word(root, "original")?,
                symbol,
                side,
                price: price(root, "price")?,
                volume: volume(root, "volume")?,
                display_volume: display_volume(root)?,
            }),
            "/orders/cancel" => Self::Cancel(Cancel {
                id,
                original: word(root, "original")?,
                symbol,
                side,
                volume: volume(root, "volume")?,
            }),
            "/orders/status" => Self::Status(Status { id, symbol, side }),
            other => return Err(fault("", other, "a path under /orders")),
        })
    }
}

impl Answer {
    /// The message of a venue that tells this answer as number `sequence` of its stream.
    #[must_use]
    pub fn to_json(&self, sequence: u64) -> String {
        let mut out = Object::new();
        out.raw("sequence", sequence);
        match self {
            Self::Execution(execution) => write_execution(execution, &mut out),
            Self::ChangeRejected(rejected) => {
                out.text("type", "change_rejected");
                out.text("order", &rejected.order).text("id", &rejected.id);
                out.text("original", &rejected.original);
                out.text("status", &code(rejected.status.code()));
                out.raw("was_replace", rejected.was_replace);
                out.raw("reason_code", change_code(rejected.reason));
                out.text("reason", words(rejected.reason).1);
            }
        }
        out.end()
    }
}

/// The answer that a message tells, and its number in the stream.
pub(super) fn answer_of(root: Value<'_, '_>) -> Result<(u64, Answer), JsonFault> {
    let sequence = number(root, "sequence")?;
    let kind = word(root, "type")?;
    if kind == "change_rejected" {
        let told = reason(None, optional(root, "reason").as_deref());
        let unknown = optional(root, "reason_code").as_deref() == Some("1");
        let usual = if unknown {
            wattbook_domain::report::VenueReason::UnknownOrder
        } else {
            wattbook_domain::report::VenueReason::InvalidTerms
        };
        let rejected = ChangeRejected {
            order: word(root, "order")?,
            id: word(root, "id")?,
            original: word(root, "original")?,
            status: OrdStatus::of(char(root, "status")?),
            was_replace: root.get("was_replace").and_then(Value::truth) == Some(true),
            reason: told.unwrap_or(usual),
        };
        return Ok((sequence, Answer::ChangeRejected(rejected)));
    }
    if kind != "execution" {
        return Err(fault("type", kind, "execution or change_rejected"));
    }
    let execution = read_execution(root)?;
    Ok((sequence, Answer::Execution(Box::new(execution))))
}

fn code(code: u8) -> String {
    char::from(code).to_string()
}

fn write_execution(execution: &Execution, out: &mut Object) {
    out.text("type", "execution");
    out.text("order", &execution.order)
        .text("execution", &execution.execution)
        .text("id", &execution.id);
    if let Some(original) = &execution.original {
        out.text("original", original);
    }
    out.text("of", &code(execution.exec_type.code()));
    out.text("status", &code(execution.status.code()));
    out.text("symbol", &execution.symbol)
        .text("side", side_word(execution.side));
    if let Some(price) = execution.price {
        out.raw("price", price);
    }
    if let Some(volume) = execution.volume {
        out.raw("volume", volume);
    }
    if let Some((price, volume)) = execution.last {
        out.raw("last_price", price).raw("last_volume", volume);
        out.raw("is_maker", execution.is_maker);
    }
    out.raw("filled", execution.filled)
        .raw("open", execution.open);
    out.raw("mean_price", execution.mean_price);
    if let Some(why) = execution.reason {
        let (code, text) = words(why);
        out.raw("reason_code", code).text("reason", text);
    }
    if let Some(at) = execution.at {
        out.text("at", &at.to_string());
    }
    if let Some(part) = &execution.mass {
        out.text("asked", &part.id).raw("total", part.total);
        out.raw("is_last", part.is_last);
    }
}

fn read_execution(root: Value<'_, '_>) -> Result<Execution, JsonFault> {
    let exec_type = ExecType::of(char(root, "of")?);
    let last = match exec_type {
        ExecType::Trade => Some((price(root, "last_price")?, volume(root, "last_volume")?)),
        _ => None,
    };
    let has = |name| root.get(name).is_some();
    let mass = if has("asked") {
        Some(MassPart {
            id: word(root, "asked")?,
            total: number(root, "total")?,
            is_last: root.get("is_last").and_then(Value::truth) == Some(true),
        })
    } else {
        None
    };
    let reason_code = optional(root, "reason_code").and_then(|code| code.parse().ok());
    Ok(Execution {
        order: word(root, "order")?,
        execution: word(root, "execution")?,
        id: word(root, "id")?,
        original: optional(root, "original"),
        exec_type,
        status: OrdStatus::of(char(root, "status")?),
        symbol: word(root, "symbol")?,
        side: side(root)?,
        price: has("price").then(|| price(root, "price")).transpose()?,
        volume: has("volume").then(|| volume(root, "volume")).transpose()?,
        last,
        filled: volume(root, "filled")?,
        open: volume(root, "open")?,
        mean_price: price(root, "mean_price")?,
        is_maker: root.get("is_maker").and_then(Value::truth) == Some(true),
        reason: reason(reason_code, optional(root, "reason").as_deref()),
        at: has("at").then(|| time(root, "at")).transpose()?,
        mass,
    })
}

pub(super) fn parse(bytes: &[u8]) -> Result<Document<'_>, JsonFault> {
    Document::parse(bytes, LIMITS).map_err(|error| fault("", error.to_string(), "a JSON object"))
}

fn found<'d, 'a>(root: Value<'d, 'a>, field: &'static str) -> Result<Value<'d, 'a>, JsonFault> {
    let value = root.get(field).filter(|value| !value.is_null());
    value.ok_or_else(|| fault(field, "nothing", "a value"))
}

pub(super) fn word(root: Value<'_, '_>, field: &'static str) -> Result<String, JsonFault> {
    let value = found(root, field)?;
    let text = value.text();
    text.map(std::borrow::Cow::into_owned)
        .ok_or_else(|| fault(field, value.raw(), "a text"))
}

fn optional(root: Value<'_, '_>, field: &str) -> Option<String> {
    let value = root.get(field)?;
    let text = value.text().map(std::borrow::Cow::into_owned);
    text.or_else(|| value.number().map(str::to_owned))
}

fn char(root: Value<'_, '_>, field: &'static str) -> Result<u8, JsonFault> {
    let text = word(root, field)?;
    match text.as_bytes() {
        [code] => Ok(*code),
        _ => Err(fault(field, text, "one character")),
    }
}

fn digits<T: std::str::FromStr>(
    root: Value<'_, '_>,
    field: &'static str,
    expected: &'static str,
) -> Result<T, JsonFault> {
    let value = found(root, field)?;
    let parsed = value.number().and_then(|digits| digits.parse().ok());
    parsed.ok_or_else(|| fault(field, value.raw(), expected))
}

pub(super) fn number(root: Value<'_, '_>, field: &'static str) -> Result<u64, JsonFault> {
    digits(root, field, "a number from 0 up")
}

pub(super) fn price(root: Value<'_, '_>, field: &'static str) -> Result<Price, JsonFault> {
    digits(root, field, "a price of at most 6 decimals")
}

pub(super) fn volume(root: Value<'_, '_>, field: &'static str) -> Result<Volume, JsonFault> {
    let expected = "a volume from 0 up, of at most 6 decimals";
    let volume: Volume = digits(root, field, expected)?;
    if volume >= Volume::ZERO {
        return Ok(volume);
    }
    Err(fault(field, volume.to_string(), expected))
}

fn time(root: Value<'_, '_>, field: &'static str) -> Result<Timestamp, JsonFault> {
    let text = word(root, field)?;
    text.parse()
        .map_err(|_| fault(field, text, "a time such as 2026-06-30T12:00:00Z"))
}

fn side(root: Value<'_, '_>) -> Result<Side, JsonFault> {
    match word(root, "side")?.as_str() {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        other => Err(fault("side", other, "buy or sell")),
    }
}

fn write_display(body: &mut Object, volume: Option<Volume>) {
    if let Some(volume) = volume {
        body.raw("display_volume", volume);
    }
}

fn display_volume(root: Value<'_, '_>) -> Result<Option<Volume>, JsonFault> {
    let field = "display_volume";
    let is_given = root.get(field).is_some_and(|value| !value.is_null());
    is_given.then(|| volume(root, field)).transpose()
}

fn life(root: Value<'_, '_>) -> Result<TimeInForce, JsonFault> {
    let word = word(root, "time_in_force")?;
    let known = LIVES.iter().find(|(_, name)| *name == word);
    known.map(|(life, _)| *life).ok_or_else(|| {
        let expected =
            "day, good_till_cancelled, immediate_or_cancel, fill_or_kill, at_open or at_close";
        fault("time_in_force", word, expected)
    })
}
