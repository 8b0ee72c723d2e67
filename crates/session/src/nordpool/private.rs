//! Orders and trades of our own, as read from JSON. Prices are in 0.01 EUR/MWh, quantities in kW.

use wattbook_codec::json::Value;
use wattbook_domain::{Side, Timestamp};

use super::member::{instant, text, time, whole};
use super::rows::{Read, Refusal, Row};
use crate::venue::{OwnOrderAction, OwnOrderState};

/// An order of our own (`OrderExecutionEntry`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateOrder {
    /// First byte in the message.
    pub offset: usize,
    /// The venue's code of it (`orderId`).
    pub id: String,
    /// Code of the order from which it was made by changes (`originalOrderId`).
    pub first_id: String,
    /// Our own name of it (`text`, else `clientOrderId`); empty where it has none.
    pub client_order: String,
    /// Of which contract (`contractId`, or the one of `contractIds`).
    pub contract: String,
    /// In which area.
    pub area: i64,
    /// Buy or sell.
    pub side: Side,
    /// Price.
    pub price: i64,
    /// Open quantity (`remainingQuantity`, else `quantity`).
    pub volume: i64,
    /// Iceberg: what it shows at a time (`clipSize`).
    pub display: Option<i64>,
    /// Where it stands.
    pub state: OwnOrderState,
    /// What happened to it.
    pub action: OwnOrderAction,
    /// Its revision.
    pub revision: u64,
    /// When it happened (`updatedAt`).
    pub ts_event: Option<Timestamp>,
}

/// Our side of a trade (a leg of a `PrivateTradeRow` that names our order).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateTrade {
    /// First byte of the leg in the message.
    pub offset: usize,
    /// The venue's code of the trade.
    pub id: String,
    /// Code of our order (`refOrderId`).
    pub order: String,
    /// Of which contract.
    pub contract: String,
    /// In which area.
    pub area: i64,
    /// What we did.
    pub side: Side,
    /// Price.
    pub price: i64,
    /// Quantity.
    pub volume: i64,
    /// Whether our order took, where the venue tells.
    pub is_taker: Option<bool>,
    /// Whether it stands.
    pub is_valid: bool,
    /// Its revision; 0 where it has none.
    pub revision: u64,
    /// When it was made.
    pub ts_event: Timestamp,
}

/// What an `OrderExecutionReport` tells: refusals, that the request was taken, and orders one by one.
pub(super) fn report(report: Value<'_, '_>) -> Vec<Read> {
    let request = text(report, "requestId").unwrap_or_default();
    let mut rows = refusals(report, &request, "");
    let orders = report.get("orders").filter(|orders| !orders.is_null());
    if orders.is_none() && rows.is_empty() {
        let reason = "a report without orders and errors".to_owned();
        rows.push((report.offset(), Err(reason)));
    }
    for entry in orders.into_iter().flat_map(Value::elements) {
        let client_order = text(entry, "clientOrderId").unwrap_or_default();
        let told = refusals(entry, &request, &client_order);
        // Of an order that was refused when it was entered, the refusal tells all.
        let has_order = told.is_empty() || text(entry, "orderId").is_ok();
        rows.extend(told);
        if has_order {
            rows.push((entry.offset(), order(entry).map(Row::OwnOrder)));
        }
    }
    if !request.is_empty() {
        rows.push((report.offset(), Ok(Row::Answered(request))));
    }
    rows
}

/// The words of `errors`.
fn refusals(holder: Value<'_, '_>, request: &str, client_order: &str) -> Vec<Read> {
    let errors = holder.get("errors").filter(|errors| !errors.is_null());
    let errors = errors.into_iter().flat_map(Value::elements);
    let told = errors.map(|error| {
        let word = |key: &str| text(error, key).unwrap_or_default();
        let refusal = Refusal {
            request: request.to_owned(),
            client_order: client_order.to_owned(),
            code: word("errorCode"),
            words: word("errorMessage"),
        };
        (error.offset(), Ok(Row::Refusal(refusal)))
    });
    told.collect()
}

fn order(entry: Value<'_, '_>) -> Result<PrivateOrder, String> {
    let optional = |key: &str| entry.get(key).filter(|value| !value.is_null());
    let id = text(entry, "orderId")?;
    let open = if optional("remainingQuantity").is_some() {
        "remainingQuantity"
    } else {
        "quantity"
    };
    let volume = whole(entry, open)?;
    if volume < 0 {
        return Err(format!("{open} is {volume}, below zero"));
    }
    let updated = optional("updatedAt").map(|time| instant(time, "updatedAt"));
    let is_iceberg = text(entry, "orderType").is_ok_and(|word| word == "ICEBERG");
    let display = optional("clipSize").filter(|_| is_iceberg);
    Ok(PrivateOrder {
        offset: entry.offset(),
        first_id: text(entry, "originalOrderId").unwrap_or_else(|_| id.clone()),
        id,
        client_order: text(entry, "text")
            .or_else(|_| text(entry, "clientOrderId"))
            .unwrap_or_default(),
        contract: the_contract(entry)?,
        area: whole(entry, "deliveryAreaId")?,
        side: side(entry)?,
        price: whole(entry, "unitPrice")?,
        volume,
        display: display.map(|_| whole(entry, "clipSize")).transpose()?,
        state: state(&text(entry, "state")?)?,
        action: action(text(entry, "action").unwrap_or_default()),
        revision: whole(entry, "revisionNo")?,
        ts_event: updated.transpose()?,
    })
}

/// The contract of an order; an order over several is not understood.
fn the_contract(entry: Value<'_, '_>) -> Result<String, String> {
    let Some(all) = entry.get("contractIds").filter(|all| !all.is_null()) else {
        return text(entry, "contractId");
    };
    let mut all = all.elements();
    match (all.next(), all.next()) {
        (Some(one), None) => {
            let code = one.text().map(std::borrow::Cow::into_owned);
            code.filter(|code| !code.is_empty())
                .ok_or_else(|| "contractIds holds no text".to_owned())
        }
        (None, _) => Err("contractIds is empty".to_owned()),
        _ => Err("an order over several contracts; one is expected".to_owned()),
    }
}

/// What a `PrivateTradeRow` tells: our legs one by one.
pub(super) fn trade(row: Value<'_, '_>) -> Vec<Read> {
    let legs = row.get("legs").filter(|legs| !legs.is_null());
    let legs = legs.into_iter().flat_map(Value::elements);
    let ours = legs.filter(|leg| text(*leg, "refOrderId").is_ok());
    let rows: Vec<Read> = ours
        .map(|one| (one.offset(), leg(row, one).map(Row::OwnTrade)))
        .collect();
    if rows.is_empty() {
        let reason = "a trade of our own without a leg that names our order".to_owned();
        return vec![(row.offset(), Err(reason))];
    }
    rows
}

fn leg(row: Value<'_, '_>, leg: Value<'_, '_>) -> Result<PrivateTrade, String> {
    let revision = row.get("revisionNo").filter(|value| !value.is_null());
    Ok(PrivateTrade {
        offset: leg.offset(),
        id: text(row, "tradeId")?,
        order: text(leg, "refOrderId")?,
        contract: text(leg, "contractId")?,
        area: whole(leg, "deliveryAreaId")?,
        side: side(leg)?,
        price: whole(leg, "unitPrice")?,
        volume: whole(leg, "quantity")?,
        is_taker: leg.get("aggressor").and_then(Value::truth),
        is_valid: is_valid(&text(row, "state")?)?,
        revision: revision.map_or(Ok(0), |_| whole(row, "revisionNo"))?,
        ts_event: time(row, "tradeTime")?,
    })
}

fn side(holder: Value<'_, '_>) -> Result<Side, String> {
    match text(holder, "side")?.as_str() {
        "BUY" => Ok(Side::Buy),
        "SELL" => Ok(Side::Sell),
        other => Err(format!("the side {other:.20?}; known are BUY and SELL")),
    }
}

fn state(word: &str) -> Result<OwnOrderState, String> {
    match word {
        "PENDING" => Ok(OwnOrderState::Pending),
        "ACTI" => Ok(OwnOrderState::Active),
        "HIBE" => Ok(OwnOrderState::Hibernated),
        "IACT" => Ok(OwnOrderState::Inactive),
        "REJECTED" => Ok(OwnOrderState::Rejected),
        other => Err(format!(
            "the order state {other:.20?}; known are PENDING, ACTI, HIBE, IACT and REJECTED"
        )),
    }
}

fn action(word: String) -> OwnOrderAction {
    match word.as_str() {
        "USER_ADDED" => OwnOrderAction::UserAdded,
        "USER_MODIFIED" => OwnOrderAction::UserModified,
        "USER_HIBERNATED" => OwnOrderAction::UserHibernated,
        "USER_DELETED" => OwnOrderAction::UserDeleted,
        "SYSTEM_MODIFIED" => OwnOrderAction::SystemModified,
        "SYSTEM_HIBERNATED" => OwnOrderAction::SystemHibernated,
        "SYSTEM_DELETED" => OwnOrderAction::SystemDeleted,
        "PARTIAL_EXECUTION" => OwnOrderAction::PartlyExecuted,
        "FULL_EXECUTION" => OwnOrderAction::Executed,
        "ICEBERG_SLICE_ADDED" => OwnOrderAction::SliceAdded,
        _ => OwnOrderAction::Other(word),
    }
}

/// A trade stands until its cancellation is done.
fn is_valid(word: &str) -> Result<bool, String> {
    match word {
        "COMPLETED" | "DISPUTED" | "NOT_CANCELLED" => Ok(true),
        "CANCELLED" => Ok(false),
        other => Err(format!(
            "the trade state {other:.20?}; known are COMPLETED, DISPUTED, NOT_CANCELLED and CANCELLED"
        )),
    }
}
