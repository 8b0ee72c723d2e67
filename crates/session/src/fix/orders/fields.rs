//! Fields of order entry, read exactly.

use wattbook_codec::fix::{Lookup, MessageWriter, Precision, Value};
use wattbook_domain::{Price, Side, TimeInForce, Timestamp, Volume};

/// A field that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// It is not there.
    #[error("{name} ({tag}) is missing")]
    Missing {
        /// Which field.
        tag: u32,
        /// Its name.
        name: &'static str,
    },
    /// Its value says nothing that we know.
    #[error("{name} ({tag}) is {found:?}, which is {wanted}")]
    Value {
        /// Which field.
        tag: u32,
        /// Its name.
        name: &'static str,
        /// As found.
        found: String,
        /// What it is not.
        wanted: &'static str,
    },
    /// A type of message that order entry does not have.
    #[error("MsgType (35) {0:?} is no message of order entry")]
    MsgType(String),
}

/// A field by tag and name.
pub(super) type Field = (u32, &'static str);

pub(super) const ID: Field = (11, "ClOrdID");
pub(super) const ORIGINAL: Field = (41, "OrigClOrdID");
pub(super) const SYMBOL: Field = (55, "Symbol");
pub(super) const SIDE: Field = (54, "Side");
pub(super) const PRICE: Field = (44, "Price");
pub(super) const VOLUME: Field = (38, "OrderQty");
pub(super) const DISPLAY: Field = (111, "MaxFloor");
pub(super) const MASS_ID: Field = (584, "MassStatusReqID");
pub(super) const MASS_TYPE: Field = (585, "MassStatusReqType");
pub(super) const TRANSACTED: Field = (60, "TransactTime");

fn fault((tag, name): Field, value: Value<'_>, wanted: &'static str) -> Unreadable {
    let found = String::from_utf8_lossy(value.bytes()).into_owned();
    Unreadable::Value {
        tag,
        name,
        found,
        wanted,
    }
}

fn needed<'a>(message: &Lookup<'a>, (tag, name): Field) -> Result<Value<'a>, Unreadable> {
    message.get(tag).ok_or(Unreadable::Missing { tag, name })
}

pub(super) fn text(message: &Lookup<'_>, field: Field) -> Result<String, Unreadable> {
    let value = needed(message, field)?;
    let text = value
        .text()
        .map_err(|_| fault(field, value, "no plain text"))?;
    Ok(text.to_owned())
}

pub(super) fn char(message: &Lookup<'_>, field: Field) -> Result<u8, Unreadable> {
    let value = needed(message, field)?;
    value
        .char()
        .map_err(|_| fault(field, value, "no single character"))
}

pub(super) fn price(message: &Lookup<'_>, field: Field) -> Result<Price, Unreadable> {
    let value = needed(message, field)?;
    value
        .price()
        .map_err(|_| fault(field, value, "no price of at most 6 decimals"))
}

pub(super) fn count(message: &Lookup<'_>, field: Field) -> Result<u64, Unreadable> {
    let value = needed(message, field)?;
    value
        .count()
        .map_err(|_| fault(field, value, "no number from 0 up"))
}

/// A volume, zero or above.
pub(super) fn volume(message: &Lookup<'_>, field: Field) -> Result<Volume, Unreadable> {
    let value = needed(message, field)?;
    let volume = value.volume().ok().filter(|volume| *volume >= Volume::ZERO);
    volume.ok_or_else(|| fault(field, value, "no volume of at most 6 decimals"))
}

pub(super) fn time(message: &Lookup<'_>, field: Field) -> Result<Timestamp, Unreadable> {
    let value = needed(message, field)?;
    value
        .timestamp()
        .map_err(|_| fault(field, value, "no UTC time"))
}

pub(super) fn side(message: &Lookup<'_>) -> Result<Side, Unreadable> {
    match needed(message, SIDE)? {
        value if value.bytes() == b"1" => Ok(Side::Buy),
        value if value.bytes() == b"2" => Ok(Side::Sell),
        value => Err(fault(SIDE, value, "neither 1 (buy) nor 2 (sell)")),
    }
}

pub(super) const fn side_char(side: Side) -> u8 {
    match side {
        Side::Buy => b'1',
        Side::Sell => b'2',
    }
}

/// `TimeInForce` (59); without it an order is for the day.
pub(super) fn time_in_force(message: &Lookup<'_>) -> Result<TimeInForce, Unreadable> {
    const FIELD: Field = (59, "TimeInForce");
    let Some(value) = message.get(59) else {
        return Ok(TimeInForce::Day);
    };
    match value.bytes() {
        b"0" => Ok(TimeInForce::Day),
        b"1" => Ok(TimeInForce::GoodTillCancelled),
        b"2" => Ok(TimeInForce::AtOpen),
        b"3" => Ok(TimeInForce::ImmediateOrCancel),
        b"4" => Ok(TimeInForce::FillOrKill),
        b"7" => Ok(TimeInForce::AtClose),
        _ => Err(fault(FIELD, value, "none of 0, 1, 2, 3, 4 and 7")),
    }
}

/// The code of `TimeInForce` (59); none for one that order entry does not speak. The gate of a
/// contract ends its trading day, so an order for the session is one for the day.
pub(super) const fn time_in_force_char(time_in_force: TimeInForce) -> Option<u8> {
    match time_in_force {
        TimeInForce::Day | TimeInForce::GoodForSession => Some(b'0'),
        TimeInForce::GoodTillCancelled => Some(b'1'),
        TimeInForce::ImmediateOrCancel => Some(b'3'),
        TimeInForce::FillOrKill => Some(b'4'),
        TimeInForce::AtOpen => Some(b'2'),
        TimeInForce::AtClose => Some(b'7'),
        TimeInForce::GoodTillDate => None,
    }
}

/// Writes `Symbol` (55), `Side` (54) and `TransactTime` (60).
pub(super) fn write_instrument(
    body: &mut MessageWriter<'_>,
    symbol: &str,
    side: Side,
    at: Option<Timestamp>,
) {
    body.text(SYMBOL.0, symbol).char(SIDE.0, side_char(side));
    if let Some(at) = at {
        body.timestamp(TRANSACTED.0, at, Precision::Millis);
    }
}
