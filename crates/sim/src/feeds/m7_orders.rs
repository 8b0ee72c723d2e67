//! Order entry in M7's XML, from the venue's side.

use std::fmt::Write as _;

use wattbook_codec::xml::{Element, Limits, XmlEvent, XmlReader};
use wattbook_domain::{Price, Side, TimeInForce, Volume};

use super::floor::{FloorAction, FloorNews, FloorOrder, FloorRequest, FloorTrade, OrderFloor};
use super::m7_xml::{self as xml, message};

/// What a client is told: the answer to the request with a correlation id, or what is its own.
pub(super) enum ToClient {
    Answer(String, String),
    Own(String),
}

/// Carries out `OrdrEntry` and `OrdrModify`; the answer to one that cannot be read.
pub(super) fn enter(floor: &OrderFloor, correlation_id: &str, body: &[u8]) -> Option<String> {
    match requests(body) {
        Ok(requests) => {
            for request in requests {
                floor.enter(correlation_id, request);
            }
            None
        }
        Err(reason) => Some(xml::refused(&reason)),
    }
}

pub(super) fn told(news: FloorNews) -> ToClient {
    match news {
        FloorNews::Taken(tag) => ToClient::Answer(tag, message("AckResp", "", "")),
        FloorNews::Refused(tag, words) => ToClient::Answer(tag, xml::refused(words)),
        FloorNews::Order(order) => ToClient::Own(orders(&[order])),
        FloorNews::Trade(trade) => ToClient::Own(trades(&[trade])),
    }
}

fn requests(body: &[u8]) -> Result<Vec<FloorRequest>, String> {
    let mut reader = XmlReader::new(body, Limits::default()).map_err(|fault| fault.to_string())?;
    let (mut requests, mut act) = (Vec::new(), String::new());
    loop {
        match reader.read().map_err(|fault| fault.to_string())? {
            XmlEvent::Start(element) if element.name == "OrdrEntry" => "ADD".clone_into(&mut act),
            XmlEvent::Start(element) if element.name == "OrdrModify" => {
                act = text(&element, "ordrModType")?;
            }
            XmlEvent::Start(element) if element.name == "Ordr" => {
                requests.push(request(&act, &element)?);
            }
            XmlEvent::Eof => return Ok(requests),
            _ => {}
        }
    }
}

fn request(act: &str, order: &Element<'_>) -> Result<FloorRequest, String> {
    // Cents and kW.
    let price = Price::from_millionths(number(order, "px")? * 10_000);
    let volume = Volume::from_millionths(number(order, "qty")? * 1_000);
    let display = display(order)?;
    if act == "ADD" {
        return Ok(FloorRequest::Add {
            name: text(order, "clOrdrId")?,
            contract: number(order, "contractId")? as u64,
            area: text(order, "dlvryAreaId")?,
            side: match text(order, "side")?.as_str() {
                "BUY" => Side::Buy,
                "SELL" => Side::Sell,
                other => return Err(format!("side {other}")),
            },
            life: match text(order, "ordrExeRestriction")?.as_str() {
                "IOC" => TimeInForce::ImmediateOrCancel,
                "FOK" => TimeInForce::FillOrKill,
                _ => TimeInForce::GoodForSession,
            },
            price,
            volume,
            display,
        });
    }
    let (order, revision) = (
        number(order, "ordrId")? as u64,
        number(order, "revisionNo")? as u64,
    );
    match act {
        "MODI" => Ok(FloorRequest::Modify {
            number: order,
            revision,
            price,
            open: volume,
            display,
        }),
        "DELE" => Ok(FloorRequest::Delete {
            number: order,
            revision,
        }),
        other => Err(format!("ordrModType {other}")),
    }
}

/// What an iceberg shows at a time; its slices all have the one price here.
fn display(order: &Element<'_>) -> Result<Option<Volume>, String> {
    match order.attribute("type").as_deref() {
        None | Some("O") => Ok(None),
        Some("I") => {
            if order.attribute("ppd").is_some_and(|delta| delta != "0") {
                return Err("a ppd other than 0".to_owned());
            }
            let kilowatts = number(order, "displayQty")?;
            Ok(Some(Volume::from_millionths(kilowatts * 1_000)))
        }
        Some(other) => Err(format!("type {other}")),
    }
}

fn text(element: &Element<'_>, name: &str) -> Result<String, String> {
    let found = element.attribute(name);
    let found = found.map(std::borrow::Cow::into_owned);
    found.ok_or_else(|| format!("{} has no {name}", element.name))
}

fn number(element: &Element<'_>, name: &str) -> Result<i64, String> {
    let text = text(element, name)?;
    text.parse()
        .map_err(|_| format!("{name} of {} is no number", element.name))
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

const fn action(action: FloorAction) -> &'static str {
    match action {
        FloorAction::Added => "UADD",
        FloorAction::Modified => "UMOD",
        FloorAction::SystemModified => "SMOD",
        FloorAction::SliceAdded => "IADD",
        FloorAction::Deleted => "UDEL",
        FloorAction::SystemDeleted => "SDEL",
        FloorAction::PartlyExecuted => "PEXE",
        FloorAction::Executed => "FEXE",
    }
}

pub(super) fn orders(orders: &[FloorOrder]) -> String {
    let mut list = String::from("<OrdrList>");
    for order in orders {
        let kilowatts = |volume: Volume| volume.millionths() / 1_000;
        let (px, open) = (order.price.millionths() / 10_000, kilowatts(order.open));
        let (qty, kind) = match order.iceberg {
            None => (open, "type=\"O\"".to_owned()),
            Some(slice) => {
                let shown = kilowatts(slice.shown).min(open);
                let (hidden, display) = (open - shown, kilowatts(slice.display));
                let kind = format!("type=\"I\" hiddenQty=\"{hidden}\" displayQty=\"{display}\"");
                (shown, kind)
            }
        };
        let state = if order.is_standing { "ACTI" } else { "IACT" };
        // Writing to a string cannot fail.
        let _ok = write!(
            list,
            "<Ordr ordrId=\"{number}\" initialOrdrId=\"{number}\" clOrdrId=\"{}\" contractId=\"{}\" \
             dlvryAreaId=\"{}\" side=\"{}\" px=\"{px}\" qty=\"{qty}\" {kind} state=\"{state}\" \
             action=\"{}\" revisionNo=\"{}\" timestmp=\"{}\"/>",
            order.name,
            order.contract,
            order.area,
            side(order.side),
            action(order.action),
            order.revision,
            order.at,
            number = order.number,
        );
    }
    list.push_str("</OrdrList>");
    message("OrdrExeRprt", "", &list)
}

pub(super) fn trades(trades: &[FloorTrade]) -> String {
    let mut list = String::from("<TradeList>");
    for trade in trades {
        let (px, qty) = (
            trade.price.millionths() / 10_000,
            trade.volume.millionths() / 1_000,
        );
        let leg = match trade.side {
            Side::Buy => "Buy",
            Side::Sell => "Sell",
        };
        let took = if trade.is_taker { "Y" } else { "N" };
        let _ok = write!(
            list,
            "<Trade tradeId=\"{}\" contractId=\"{}\" px=\"{px}\" qty=\"{qty}\" state=\"ACTI\" \
             revisionNo=\"1\" execTime=\"{}\"><{leg} dlvryAreaId=\"{}\" ordrId=\"{}\" clOrdrId=\"{}\" \
             aggressorIndicator=\"{took}\"/></Trade>",
            trade.number, trade.contract, trade.at, trade.area, trade.order, trade.name,
        );
    }
    list.push_str("</TradeList>");
    message("TradeCaptureRprt", "", &list)
}
