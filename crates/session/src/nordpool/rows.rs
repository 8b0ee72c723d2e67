//! Rows of the API's topics, as read from JSON. Prices are in 0.01 EUR/MWh, quantities in kW.

use wattbook_codec::json::{Document, JsonError, Kind, Limits, Value};
use wattbook_domain::Timestamp;

use super::member::{instant, order_number, text, time, truth, whole};
use super::private::{self, PrivateOrder, PrivateTrade};
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
    /// Reports on orders of our own.
    OwnOrders,
    /// Trades of our own.
    OwnTrades,
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
    /// An order of our own.
    OwnOrder(PrivateOrder),
    /// Our side of a trade.
    OwnTrade(PrivateTrade),
    /// Why a request or an order of ours was refused.
    Refusal(Refusal),
    /// A request of ours, by its GUID, was taken.
    Answered(String),
}

/// Why a request of ours, or an order in it, was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// GUID of the request (`requestId`).
    pub request: String,
    /// Our name of the order; empty where it is about the request.
    pub client_order: String,
    /// The venue's code (`errorCode`).
    pub code: String,
    /// Its words (`errorMessage`).
    pub words: String,
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
    let take = |value: Value<'_, '_>| {
        for (offset, read) in told(topic, value) {
            match read {
                Ok(row) => rows.push(row),
                Err(reason) => faults.push(Fault { offset, reason }),
            }
        }
    };
    if root.kind() == Kind::Array {
        root.elements().for_each(take);
    } else {
        [root].into_iter().for_each(take);
    }
    Ok(rows)
}

/// A row, or why it cannot be trusted, and where it begins.
pub(super) type Read = (usize, Result<Row, String>);

/// What `value` tells: what is our own comes with several to an object.
fn told(topic: Topic, value: Value<'_, '_>) -> Vec<Read> {
    let one = |read: Result<Row, String>| vec![(value.offset(), read)];
    if value.kind() != Kind::Object {
        return one(Err("no object where a row stands".to_owned()));
    }
    match topic {
        Topic::Areas => one(area(value)),
        Topic::Contracts => one(contract(value).map(Row::Contract)),
        Topic::LocalView => one(local_view(value).map(Row::LocalView)),
        Topic::Ticker => one(trade(value).map(Row::Trade)),
        Topic::Capacities => one(capacity(value).map(Row::Capacity)),
        Topic::OwnOrders => private::report(value),
        Topic::OwnTrades => private::trade(value),
    }
}

fn area(row: Value<'_, '_>) -> Result<Row, String> {
    Ok(Row::Area(
        whole(row, "deliveryAreaId")?,
        text(row, "eicCode")?,
    ))
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
