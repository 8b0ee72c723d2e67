//! Requests about orders as XML: `OrdrEntry` and `OrdrModify`.

use wattbook_domain::{Side, TimeInForce};

use super::request::{escaped, request};
use crate::venue::{EntryAct, OrderEntry, Written};

/// `entry`, for `account`, with its price and quantities as the product writes them.
///
/// An iceberg has `type="I"` and `displayQty`; its price delta between slices (`ppd`) is left out, which is
/// none. `qty` is all of it, shown or not.
pub(super) fn request_of(
    market: &str,
    account: &str,
    entry: &OrderEntry,
    written: Written,
) -> Vec<u8> {
    let Written { price, volume, .. } = written;
    let kind = match written.display {
        Some(display) => format!("type=\"I\" displayQty=\"{display}\""),
        None => "type=\"O\"".to_owned(),
    };
    let side = match entry.side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    };
    let shared = format!(
        "acctId=\"{}\" clOrdrId=\"{}\" contractId=\"{}\" dlvryAreaId=\"{}\" side=\"{side}\" \
         px=\"{price}\" qty=\"{volume}\" {kind}",
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
                "ordrExeRestriction=\"{restriction}\" validityRes=\"{validity}\" \
                 state=\"ACTI\" preArranged=\"false\""
            );
            request("OrdrEntry", &[], market, &list(own))
        }
        EntryAct::Modify(standing) | EntryAct::Delete(standing) => {
            let (order, revision) = (escaped(&standing.order), standing.revision);
            let own = format!("ordrId=\"{order}\" revisionNo=\"{revision}\"");
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

#[cfg(test)]
mod tests {
    use wattbook_domain::{Price, Volume};

    use super::*;
    use crate::venue::Standing;

    fn written(act: EntryAct, display: Option<i64>) -> String {
        let entry = OrderEntry {
            id: "T-1-7".to_owned(),
            login: 1,
            contract: "1000".to_owned(),
            area: "DE".to_owned(),
            client_order: "T-1-7".to_owned(),
            side: Side::Buy,
            price: Price::ZERO,
            volume: Volume::ZERO,
            display_volume: None,
            act,
        };
        let written = Written {
            price: -1_250,
            volume: 50_000,
            display,
        };
        String::from_utf8_lossy(&request_of("EPEX", "ACC", &entry, written)).into_owned()
    }

    #[test]
    fn an_iceberg_is_entered_and_changed_by_its_own_type() {
        let add = || EntryAct::Add {
            time_in_force: TimeInForce::Day,
        };
        let entered = written(add(), Some(5_000));
        let terms = r#"px="-1250" qty="50000" type="I" displayQty="5000" ordrExeRestriction="NON""#;
        assert!(entered.contains(terms), "{entered}");
        let standing = Standing {
            order: "71".to_owned(),
            revision: 3,
        };
        let changed = written(EntryAct::Modify(standing), Some(5_000));
        let terms = r#"type="I" displayQty="5000" ordrId="71" revisionNo="3""#;
        assert!(changed.contains(terms), "{changed}");
        let plain = written(add(), None);
        assert!(plain.contains(r#"type="O" ordrExe"#), "{plain}");
        assert!(!plain.contains("displayQty"), "{plain}");
    }
}
