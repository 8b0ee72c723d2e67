//! Orders and trades of our own, element by element.

use wattbook_codec::xml::Element;
use wattbook_domain::Side;

use super::attribute::{number, optional, optional_number, optional_time, text, time};
use super::message::{PrivateOrder, PrivateTrade};
use crate::venue::{OwnOrderAction, OwnOrderState};

/// An `Ordr` of an `OrdrExeRprt`.
pub(super) fn order(element: &Element<'_>) -> Result<PrivateOrder, String> {
    let id = above_zero(element, "ordrId")?;
    let shown: i64 = number(element, "qty")?;
    let hidden: i64 = optional_number(element, "hiddenQty")?.unwrap_or(0);
    let volume = shown
        .checked_add(hidden)
        .filter(|_| shown >= 0 && hidden >= 0);
    Ok(PrivateOrder {
        offset: element.offset,
        id,
        first_id: optional_number(element, "initialOrdrId")?.unwrap_or(id),
        client_order: optional(element, "clOrdrId").unwrap_or_default(),
        contract: text(element, "contractId")?,
        area: text(element, "dlvryAreaId")?,
        side: side(&text(element, "side")?)?,
        price: number(element, "px")?,
        volume: volume.ok_or_else(|| {
            format!("quantities {shown} and {hidden}; both must not be below zero")
        })?,
        display: display(element)?,
        state: state(&text(element, "state")?)?,
        action: action(optional(element, "action").unwrap_or_default()),
        revision: number(element, "revisionNo")?,
        ts_event: optional_time(element, "timestmp")?,
    })
}

/// What an iceberg (`type="I"`) shows at a time.
fn display(element: &Element<'_>) -> Result<Option<i64>, String> {
    if optional(element, "type").as_deref() != Some("I") {
        return Ok(None);
    }
    optional_number(element, "displayQty")
}

/// A `Trade` of a `TradeCaptureRprt`, without what only its sides tell.
pub(super) fn trade(element: &Element<'_>) -> Result<PrivateTrade, String> {
    Ok(PrivateTrade {
        offset: element.offset,
        id: above_zero(element, "tradeId")?,
        order: 0,
        client_order: String::new(),
        contract: text(element, "contractId")?,
        area: String::new(),
        side: Side::Buy,
        price: number(element, "px")?,
        volume: number(element, "qty")?,
        is_taker: None,
        is_valid: is_valid(&text(element, "state")?)?,
        revision: number(element, "revisionNo")?,
        ts_event: time(element, "execTime")?,
    })
}

/// `trade` from the side (`Buy`, `Sell`) that `element` tells.
pub(super) fn leg(trade: &PrivateTrade, element: &Element<'_>) -> Result<PrivateTrade, String> {
    Ok(PrivateTrade {
        offset: element.offset,
        order: above_zero(element, "ordrId")?,
        client_order: optional(element, "clOrdrId").unwrap_or_default(),
        area: text(element, "dlvryAreaId")?,
        side: side(element.name)?,
        is_taker: match optional(element, "aggressorIndicator").as_deref() {
            Some("Y") => Some(true),
            Some("N") => Some(false),
            _ => None,
        },
        ..trade.clone()
    })
}

fn above_zero(element: &Element<'_>, name: &str) -> Result<u64, String> {
    match number(element, name)? {
        0 => Err(format!(
            "{name} of {} is 0; numbers begin with 1",
            element.name
        )),
        found => Ok(found),
    }
}

fn side(word: &str) -> Result<Side, String> {
    match word {
        "BUY" | "Buy" => Ok(Side::Buy),
        "SELL" | "Sell" => Ok(Side::Sell),
        other => Err(format!("the side {other:.20?}; known are BUY and SELL")),
    }
}

fn state(word: &str) -> Result<OwnOrderState, String> {
    match word {
        "ACTI" => Ok(OwnOrderState::Active),
        "HIBE" => Ok(OwnOrderState::Hibernated),
        "IACT" => Ok(OwnOrderState::Inactive),
        other => Err(format!(
            "the order state {other:.20?}; known are ACTI, HIBE and IACT"
        )),
    }
}

/// No public document lists the words; these are the initials of Nord Pool's.
fn action(word: String) -> OwnOrderAction {
    match word.as_str() {
        "UADD" => OwnOrderAction::UserAdded,
        "UMOD" => OwnOrderAction::UserModified,
        "UHIB" => OwnOrderAction::UserHibernated,
        "UDEL" => OwnOrderAction::UserDeleted,
        "SMOD" => OwnOrderAction::SystemModified,
        "SHIB" => OwnOrderAction::SystemHibernated,
        "SDEL" => OwnOrderAction::SystemDeleted,
        "PEXE" => OwnOrderAction::PartlyExecuted,
        "FEXE" => OwnOrderAction::Executed,
        "IADD" => OwnOrderAction::SliceAdded,
        _ => OwnOrderAction::Other(word),
    }
}

/// Of a recall only its grant ends a trade.
fn is_valid(word: &str) -> Result<bool, String> {
    match word {
        "ACTI" | "RREQ" | "RREJ" => Ok(true),
        "CNCL" | "RGRA" => Ok(false),
        other => Err(format!(
            "the trade state {other:.20?}; known are ACTI, RREQ, RREJ, CNCL and RGRA"
        )),
    }
}
