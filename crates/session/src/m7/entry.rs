//! Requests about orders as XML: `OrdrEntry` and `OrdrModify`.

use wattbook_domain::{Side, TimeInForce};

use super::request::{escaped, request};
use crate::venue::{EntryAct, OrderEntry};

/// `entry`, for `account`, with its price and quantity as the product writes them.
pub(super) fn request_of(
    market: &str,
    account: &str,
    entry: &OrderEntry,
    (price, volume): (i64, i64),
) -> Vec<u8> {
    let side = match entry.side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    };
    let shared = format!(
        "acctId=\"{}\" clOrdrId=\"{}\" contractId=\"{}\" dlvryAreaId=\"{}\" side=\"{side}\" \
         px=\"{price}\" qty=\"{volume}\"",
        escaped(account),
        escaped(&entry.client_order),
        escaped(&entry.contract),
        escaped(&entry.area),
    );
    let list = |own: String| format!("<OrdrList><Ordr {shared} {own}/></OrdrList>");
    match &entry.act {
        EntryAct::Add { time_in_force } => {
            let (restriction, validity) = words(*time_in_force);
            let own = format!(
                "type=\"O\" ordrExeRestriction=\"{restriction}\" validityRes=\"{validity}\" \
                 state=\"ACTI\" preArranged=\"false\""
            );
            request("OrdrEntry", &[], market, &list(own))
        }
        EntryAct::Modify(standing) | EntryAct::Delete(standing) => {
            let (order, revision) = (escaped(&standing.order), standing.revision);
            let own = format!("type=\"O\" ordrId=\"{order}\" revisionNo=\"{revision}\"");
            let word = if matches!(entry.act, EntryAct::Delete(_)) {
                "DELE"
            } else {
                "MODI"
            };
            request("OrdrModify", &[("ordrModType", word)], market, &list(own))
        }
    }
}

/// Restriction of execution and of validity. A contract's session ends with it, so that all that rests is
/// good for it.
const fn words(life: TimeInForce) -> (&'static str, &'static str) {
    match life {
        TimeInForce::ImmediateOrCancel => ("IOC", "NON"),
        TimeInForce::FillOrKill => ("FOK", "NON"),
        _ => ("NON", "GFS"),
    }
}
