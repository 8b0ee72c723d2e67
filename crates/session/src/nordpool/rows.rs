//! Rows of the API's topics, as read from JSON. Prices are in 0.01 EUR/MWh, quantities in kW.

use std::str::FromStr;

use wattbook_codec::json::{Document, JsonError, Kind, Limits, Value};
use wattbook_domain::Timestamp;

use crate::venue::MESSAGE_BYTES_MAX;

/// What a destination publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Delivery areas.
    Areas,
    /// Contracts.
    Contracts,
    /// The order books of an area.
    LocalView,
    /// Public trades.
    Ticker,
    /// Transfer capacities of an area.
    Capacities,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A delivery area: number and EIC.
    Area(i64, String),
    /// A contract.
    Contract(Contract),
    /// A book.
    LocalView(LocalView),
    /// A trade.
    Trade(Trade),
    /// A transfer capacity.
    Capacity(Capacity),
}

/// A contract and where it trades.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contract {
    /// The venue's code of it.
    pub id: String,
    /// Name: `PH-20261125-13`.
    pub name: String,
    /// First instant of delivery.
    pub delivery_start: Timestamp,
    /// First instant after it.
    pub delivery_end: Timestamp,
    /// Whether the venue lists it by itself.
    pub is_predefined: bool,
    /// Whether it is no longer listed.
    pub is_deleted: bool,
    /// Area, state as written and when trading ends.
    pub areas: Vec<(i64, String, Option<Timestamp>)>,
}

/// What a message says of a book.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalView {
    /// Of which contract.
    pub contract: String,
    /// In which area.
    pub area: i64,
    /// The revision after it.
    pub revision: u64,
    /// When it changed.
    pub ts_event: Option<Timestamp>,
    /// Whether it holds all-or-none orders, which have a view of their own.
    pub is_all_or_none: bool,
    /// Order, whether it buys, price and quantity; quantity 0 takes the order out.
    pub orders: Vec<(u64, bool, i64, i64)>,
}

/// A public trade.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trade {
    /// The venue's number of it.
    pub id: u64,
    /// When it was made.
    pub ts_event: Timestamp,
    /// Whether it stands.
    pub is_valid: bool,
    /// Contract, area, whether it buys, whether it took, price and quantity.
    pub legs: Vec<(String, i64, bool, bool, i64, i64)>,
}

/// A transfer capacity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capacity {
    /// Areas on both sides.
    pub areas: (i64, i64),
    /// First instant of the period.
    pub delivery_start: Timestamp,
    /// First instant after it.
    pub delivery_end: Timestamp,
    /// Out of the first area, kW.
    pub forward: i64,
    /// Into it, kW.
    pub backward: i64,
}

/// A row that cannot be trusted; the others stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// First byte of the row.
    pub offset: usize,
    /// What was found and what was expected.
    pub reason: String,
}

/// Reads the rows of a message on `topic`; an object stands for one row.
///
/// # Errors
/// [`JsonError`] when the text is no sound JSON within bounds; nothing of it can be trusted then.
pub fn rows(topic: Topic, bytes: &[u8], faults: &mut Vec<Fault>) -> Result<Vec<Row>, JsonError> {
    let limits = Limits {
        bytes_max: MESSAGE_BYTES_MAX,
        depth_max: 16,
    };
    let document = Document::parse(bytes, limits)?;
    let root = document.root();
    let mut rows = Vec::new();
    let mut take = |value: Value<'_, '_>| match row(topic, value) {
        Ok(row) => rows.push(row),
        Err(reason) => faults.push(Fault {
            offset: value.offset(),
            reason,
        }),
    };
    if root.kind() == Kind::Array {
        root.elements().for_each(take);
    } else {
        take(root);
    }
    Ok(rows)
}

fn row(topic: Topic, value: Value<'_, '_>) -> Result<Row, String> {
    if value.kind() != Kind::Object {
        return Err("no object where a row stands".to_owned());
    }
    Ok(match topic {
        Topic::Areas => Row::Area(whole(value, "deliveryAreaId")?, text(value, "eicCode")?),
        Topic::Contracts => Row::Contract(contract(value)?),
        Topic::LocalView => Row::LocalView(local_view(value)?),
        Topic::Ticker => Row::Trade(trade(value)?),
        Topic::Capacities => Row::Capacity(capacity(value)?),
    })
}

fn contract(row: Value<'_, '_>) -> Result<Contract, String> {
    let id = text(row, "contractId")?;
    let states = row.get("dlvryAreaState").map(Value::elements);
    let areas = states.into_iter().flatten().map(|state| {
        let end = state.get("closedAt").or_else(|| state.get("closeAt"));
        let end = end
            .filter(|end| !end.is_null())
            .map(|end| instant(end, "closedAt"));
        Ok((
            whole(state, "dlvryAreaId")?,
            text(state, "state")?,
            end.transpose()?,
        ))
    });
    Ok(Contract {
        name: text(row, "contractName").unwrap_or_else(|_| id.clone()),
        id,
        delivery_start: time(row, "dlvryStart")?,
        delivery_end: time(row, "dlvryEnd")?,
        is_predefined: truth(row, "predefined", true)?,
        is_deleted: truth(row, "deleted", false)?,
        areas: areas.collect::<Result<_, String>>()?,
    })
}

fn local_view(row: Value<'_, '_>) -> Result<LocalView, String> {
    let mut view = LocalView {
        contract: text(row, "contractId")?,
        area: whole(row, "deliveryAreaId")?,
        revision: whole(row, "revisionNo")?,
        ts_event: row
            .get("updatedAt")
            .map(|time| instant(time, "updatedAt"))
            .transpose()?,
        is_all_or_none: row
            .get("orderExecutionRestriction")
            .and_then(Value::text)
            .is_some_and(|text| text == "AON"),
        orders: Vec::new(),
    };
    for (list, is_buy) in [("buyOrders", true), ("sellOrders", false)] {
        for order in row.get(list).into_iter().flat_map(Value::elements) {
            let is_deleted = truth(order, "deleted", false)?;
            let volume: i64 = if is_deleted { 0 } else { whole(order, "qty")? };
            if volume < 0 {
                return Err(format!(
                    "an order of quantity {volume}; it must be above zero"
                ));
            }
            let number = order_number(&text(order, "orderId")?);
            view.orders
                .push((number, is_buy, whole(order, "price")?, volume));
        }
    }
    Ok(view)
}

fn trade(row: Value<'_, '_>) -> Result<Trade, String> {
    let legs = row.get("legs").map(Value::elements);
    let legs = legs.into_iter().flatten().map(|leg| {
        let is_buy = text(leg, "side")? == "BUY";
        let aggressor = leg.get("aggressor").and_then(Value::truth);
        Ok((
            text(leg, "contractId")?,
            whole(leg, "deliveryAreaId")?,
            is_buy,
            aggressor.unwrap_or(false),
            whole(leg, "unitPrice")?,
            whole(leg, "quantity")?,
        ))
    });
    let is_deleted = truth(row, "deleted", false)?;
    Ok(Trade {
        id: order_number(&text(row, "tradeId")?),
        ts_event: time(row, "tradeTime")?,
        is_valid: !is_deleted && text(row, "state").is_ok_and(|state| state == "COMPLETED"),
        legs: legs.collect::<Result<_, String>>()?,
    })
}

fn capacity(row: Value<'_, '_>) -> Result<Capacity, String> {
    Ok(Capacity {
        areas: (
            whole(row, "deliveryAreaFrom")?,
            whole(row, "deliveryAreaTo")?,
        ),
        delivery_start: time(row, "deliveryStart")?,
        delivery_end: time(row, "deliveryEnd")?,
        forward: whole(row, "outCapacity")?,
        backward: whole(row, "inCapacity")?,
    })
}

/// The venue's code of an order as a number: itself if it is one above zero, else its 64-bit FNV-1a,
/// which gives two orders of a book the same number once in some 10^13 books of 1,000 orders.
fn order_number(code: &str) -> u64 {
    if let Ok(number) = code.parse::<u64>()
        && number > 0
    {
        return number;
    }
    let hash = code.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    hash.max(1)
}

fn member<'d, 'a>(row: Value<'d, 'a>, key: &str) -> Result<Value<'d, 'a>, String> {
    row.get(key)
        .filter(|value| !value.is_null())
        .ok_or_else(|| format!("no {key}"))
}

fn text(row: Value<'_, '_>, key: &str) -> Result<String, String> {
    let value = member(row, key)?;
    let text = value.text().map(std::borrow::Cow::into_owned);
    let text = text.or_else(|| value.number().map(str::to_owned));
    text.filter(|text| !text.is_empty())
        .ok_or_else(|| format!("{key} is no text"))
}

fn whole<T: FromStr>(row: Value<'_, '_>, key: &str) -> Result<T, String> {
    let value = member(row, key)?;
    let parsed = value.number_or_text().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| format!("{key} is {:.40}, no whole number in range", value.raw()))
}

fn truth(row: Value<'_, '_>, key: &str, absent: bool) -> Result<bool, String> {
    match row.get(key) {
        None => Ok(absent),
        Some(value) if value.is_null() => Ok(absent),
        Some(value) => value
            .truth()
            .ok_or_else(|| format!("{key} is neither true nor false")),
    }
}

fn time(row: Value<'_, '_>, key: &str) -> Result<Timestamp, String> {
    instant(member(row, key)?, key)
}

/// ISO 8601, or ms since 1970 UTC.
fn instant(value: Value<'_, '_>, key: &str) -> Result<Timestamp, String> {
    let fault = || format!("{key} is {:.40}, no time", value.raw());
    if let Some(number) = value.number() {
        let ms: Option<i64> = number.parse().ok();
        let nanos = ms.and_then(|ms| ms.checked_mul(1_000_000));
        return nanos.map(Timestamp::from_nanos).ok_or_else(fault);
    }
    let text = value.text().ok_or_else(fault)?;
    text.parse().map_err(|_| fault())
}
