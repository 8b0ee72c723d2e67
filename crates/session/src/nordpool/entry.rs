//! Requests about orders as JSON, and those that wait for their answer.

use std::collections::BTreeMap;

use wattbook_codec::json::text as quoted;
use wattbook_domain::{Side, TimeInForce, Timestamp};
use xxhash_rust::xxh3::xxh3_128;

use crate::stomp::Frame;
use crate::venue::{EntryAct, OrderEntry, Written};

/// Requests without an answer, by their GUID: our name of each, and since when it waits.
#[derive(Debug, Default)]
pub(super) struct Entries {
    asked: BTreeMap<String, (String, Timestamp)>,
}

impl Entries {
    /// Writes a request, which then waits for its answer; its price is `written` in 0.01 EUR/MWh and its
    /// quantities in kW.
    pub(super) fn ask(
        &mut self,
        now: Timestamp,
        entry: &OrderEntry,
        portfolio: &str,
        written: Written,
    ) -> Frame {
        let request = guid(&format!("{}@{}", entry.id, entry.login));
        self.asked.insert(request.clone(), (entry.id.clone(), now));
        frame(entry, portfolio, &request, written)
    }

    /// Our name of the request that a report with this GUID answers.
    pub(super) fn answered(&mut self, request: &str) -> Option<String> {
        self.asked.remove(request).map(|(id, _)| id)
    }

    /// Since when the longest wait lasts.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.asked.values().map(|(_, since)| *since).min()
    }

    /// Nothing was read until `now`: the wait begins anew.
    pub(super) fn excuse(&mut self, now: Timestamp) {
        for (_, since) in self.asked.values_mut() {
            *since = now;
        }
    }

    pub(super) fn clear(&mut self) {
        self.asked.clear();
    }
}

/// A GUID that follows from `name`: version 8 of RFC 9562.
fn guid(name: &str) -> String {
    let mut bytes = xxh3_128(name.as_bytes()).to_be_bytes();
    bytes[6] = bytes[6] & 0x0F | 0x80;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

fn json_text(text: &str) -> String {
    let mut out = String::new();
    quoted(text, &mut out);
    out
}

/// The name of an order stands in `text`, because `clientOrderId` takes GUIDs alone.
///
/// An iceberg has `clipSize`; its change of price between slices (`clipPriceChange`) is left out, which is
/// none. `quantity` is all of it, shown or not.
fn frame(entry: &OrderEntry, portfolio: &str, request: &str, written: Written) -> Frame {
    let side = match entry.side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    };
    let Written { price, volume, .. } = written;
    let kind = match written.display {
        Some(display) => format!("\"orderType\":\"ICEBERG\",\"clipSize\":{display}"),
        None => "\"orderType\":\"LIMIT\"".to_owned(),
    };
    let shared = format!(
        "\"portfolioId\":{},\"contractIds\":[{}],\"deliveryAreaId\":{},\"side\":\"{side}\",\
         {kind},\"unitPrice\":{price},\"quantity\":{volume},\
         \"clientOrderId\":\"{}\",\"text\":{}",
        json_text(portfolio),
        json_text(&entry.contract),
        entry.area,
        guid(&entry.client_order),
        json_text(&entry.client_order),
    );
    let (destination, body) = match &entry.act {
        EntryAct::Add { time_in_force } => {
            let (life, restriction) = words(*time_in_force);
            let body = format!(
                "{{\"requestId\":\"{request}\",\"rejectPartially\":false,\"linkedBasket\":false,\
                 \"orders\":[{{{shared},\"timeInForce\":\"{life}\",\
                 \"executionRestriction\":\"{restriction}\",\"state\":\"ACTI\"}}]}}"
            );
            ("/v1/orderEntryRequest", body)
        }
        EntryAct::Modify(standing) | EntryAct::Delete(standing) => {
            let word = if matches!(entry.act, EntryAct::Delete(_)) {
                "DELE"
            } else {
                "MODI"
            };
            let (order, revision) = (json_text(&standing.order), standing.revision);
            let body = format!(
                "{{\"requestId\":\"{request}\",\"orderModificationType\":\"{word}\",\
                 \"orders\":[{{{shared},\"orderId\":{order},\"revisionNo\":{revision}}}]}}"
            );
            ("/v1/orderModificationRequest", body)
        }
    };
    let headers = [
        ("destination", destination),
        ("content-type", "application/json;charset=UTF-8"),
    ];
    Frame::new("SEND", &headers).with_body(body.as_bytes())
}

/// Time in force and restriction of execution.
const fn words(life: TimeInForce) -> (&'static str, &'static str) {
    match life {
        TimeInForce::ImmediateOrCancel => ("IOC", "NON"),
        TimeInForce::FillOrKill => ("FOK", "NON"),
        _ => ("GFS", "NON"),
    }
}

#[cfg(test)]
mod tests {
    use wattbook_domain::{Price, Volume};

    use super::*;

    #[test]
    fn an_iceberg_says_its_clip_and_a_limit_order_none() {
        let entry = OrderEntry {
            id: "T-1-7".to_owned(),
            login: 1,
            contract: "NX_1000".to_owned(),
            area: "2".to_owned(),
            client_order: "T-1-7".to_owned(),
            side: Side::Buy,
            price: Price::ZERO,
            volume: Volume::ZERO,
            display_volume: None,
            act: EntryAct::Add {
                time_in_force: TimeInForce::Day,
            },
        };
        let body = |display| {
            let written = Written {
                price: -1_250,
                volume: 50_000,
                display,
            };
            let frame = frame(&entry, "P", "request", written);
            String::from_utf8_lossy(&frame.body).into_owned()
        };
        let iceberg = body(Some(5_000));
        let terms = r#""orderType":"ICEBERG","clipSize":5000,"unitPrice":-1250,"quantity":50000"#;
        assert!(iceberg.contains(terms), "{iceberg}");
        assert!(body(None).contains(r#""orderType":"LIMIT","unitPrice""#));
        assert!(!body(None).contains("clipSize"));
    }

    #[test]
    fn a_guid_follows_from_its_name() {
        let one = guid("T-1-7");
        assert_eq!(one, guid("T-1-7"));
        assert_ne!(one, guid("T-1-8"));
        assert_eq!(one.len(), 36);
        assert_eq!(&one[14..15], "8");
    }
}
