//! Order entry in the JSON of Nord Pool, from the venue's side.

use wattbook_codec::json::{Document, Limits, Value, text as quoted};
use wattbook_domain::{Price, Side, TimeInForce, Volume};

use super::floor::{FloorAction, FloorNews, FloorOrder, FloorRequest, FloorTrade, OrderFloor};

/// Carries out a request that was sent to `destination`; `areas` are the codes of areas by number, from 1.
/// The report on one that cannot be read.
pub(super) fn enter(
    floor: &OrderFloor,
    destination: &str,
    body: &[u8],
    areas: &[String],
) -> Option<String> {
    let document = match Document::parse(body, Limits::default()) {
        Ok(document) => document,
        Err(fault) => return Some(refused("", &fault.to_string())),
    };
    let root = document.root();
    let request = text(root, "requestId").unwrap_or_default();
    let act = if destination.ends_with("orderEntryRequest") {
        Ok("ADD".to_owned())
    } else {
        text(root, "orderModificationType")
    };
    let orders = root.get("orders").into_iter().flat_map(Value::elements);
    let read: Result<Vec<_>, _> =
        act.and_then(|act| orders.map(|order| read(&act, order, areas)).collect());
    match read {
        Ok(requests) => {
            for asked in requests {
                floor.enter(&request, asked);
            }
            None
        }
        Err(reason) => Some(refused(&request, &reason)),
    }
}

fn read(act: &str, order: Value<'_, '_>, areas: &[String]) -> Result<FloorRequest, String> {
    let price = Price::from_millionths(whole(order, "unitPrice")? * 10_000);
    let volume = Volume::from_millionths(whole(order, "quantity")? * 1_000);
    let display = display(order)?;
    let number = || {
        let code = text(order, "orderId")?;
        code.parse().map_err(|_| format!("orderId {code}"))
    };
    let revision = || Ok::<u64, String>(whole(order, "revisionNo")? as u64);
    match act {
        "ADD" => {
            let area = whole(order, "deliveryAreaId")?;
            let place = usize::try_from(area - 1).ok();
            let code = place.and_then(|place| areas.get(place));
            let contracts = order.get("contractIds").map(Value::elements);
            let contract = contracts.and_then(|mut all| all.next()?.text());
            let contract = contract.ok_or("no contractIds")?;
            let contract = contract.strip_prefix("NX_").and_then(|id| id.parse().ok());
            Ok(FloorRequest::Add {
                name: text(order, "text")?,
                contract: contract.ok_or("an unknown contract")?,
                area: code.ok_or("an unknown area")?.clone(),
                side: match text(order, "side")?.as_str() {
                    "BUY" => Side::Buy,
                    "SELL" => Side::Sell,
                    other => return Err(format!("side {other}")),
                },
                life: match text(order, "timeInForce")?.as_str() {
                    "IOC" => TimeInForce::ImmediateOrCancel,
                    "FOK" => TimeInForce::FillOrKill,
                    _ => TimeInForce::GoodForSession,
                },
                price,
                volume,
                display,
            })
        }
        "MODI" => Ok(FloorRequest::Modify {
            number: number()?,
            revision: revision()?,
            price,
            open: volume,
            display,
        }),
        "DELE" => Ok(FloorRequest::Delete {
            number: number()?,
            revision: revision()?,
        }),
        other => Err(format!("orderModificationType {other}")),
    }
}

/// What an iceberg shows at a time; its slices all have the one price here.
fn display(order: Value<'_, '_>) -> Result<Option<Volume>, String> {
    match text(order, "orderType")?.as_str() {
        "LIMIT" => Ok(None),
        "ICEBERG" => {
            if whole(order, "clipPriceChange").is_ok_and(|change| change != 0) {
                return Err("a clipPriceChange other than 0".to_owned());
            }
            let kilowatts = whole(order, "clipSize")?;
            Ok(Some(Volume::from_millionths(kilowatts * 1_000)))
        }
        other => Err(format!("orderType {other}")),
    }
}

fn text(holder: Value<'_, '_>, name: &str) -> Result<String, String> {
    let found = holder.get(name).and_then(Value::text);
    let found = found.map(std::borrow::Cow::into_owned);
    found.ok_or_else(|| format!("no {name}"))
}

fn whole(holder: Value<'_, '_>, name: &str) -> Result<i64, String> {
    let found = holder.get(name).and_then(Value::number);
    let parsed = found.and_then(|digits| digits.parse().ok());
    parsed.ok_or_else(|| format!("no whole number {name}"))
}

fn json_text(text: &str) -> String {
    let mut out = String::new();
    quoted(text, &mut out);
    out
}

fn list(rows: impl Iterator<Item = String>) -> String {
    format!("[{}]", rows.collect::<Vec<_>>().join(","))
}

fn report(request: &str, errors: &str, orders: &str) -> String {
    let request = json_text(request);
    format!(
        "[{{\"requestId\":{request},\"memberId\":\"m\",\"errors\":{errors},\"orders\":{orders}}}]"
    )
}

fn refused(request: &str, words: &str) -> String {
    let words = json_text(words);
    let errors = format!("[{{\"errorCode\":1000,\"errorMessage\":{words}}}]");
    report(request, &errors, "[]")
}

/// What is told on which topic.
pub(super) fn told(news: &FloorNews, areas: &[String]) -> (&'static str, String) {
    const ORDERS: &str = "orderExecutionReport";
    match news {
        FloorNews::Taken(tag) => (ORDERS, report(tag, "null", "[]")),
        FloorNews::Refused(tag, words) => (ORDERS, refused(tag, words)),
        FloorNews::Order(order) => (ORDERS, orders(std::slice::from_ref(order), areas)),
        FloorNews::Trade(trade) => ("privateTrade", trades(std::slice::from_ref(trade), areas)),
    }
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

const fn action(action: FloorAction) -> &'static str {
    match action {
        FloorAction::Added => "USER_ADDED",
        FloorAction::Modified => "USER_MODIFIED",
        FloorAction::SystemModified => "SYSTEM_MODIFIED",
        FloorAction::SliceAdded => "ICEBERG_SLICE_ADDED",
        FloorAction::Deleted => "USER_DELETED",
        FloorAction::SystemDeleted => "SYSTEM_DELETED",
        FloorAction::PartlyExecuted => "PARTIAL_EXECUTION",
        FloorAction::Executed => "FULL_EXECUTION",
    }
}

fn area_number(areas: &[String], code: &str) -> usize {
    let place = areas.iter().position(|known| known == code);
    place.map_or(0, |place| place + 1)
}

/// A report on orders.
pub(super) fn orders(orders: &[FloorOrder], areas: &[String]) -> String {
    let rows = orders.iter().map(|order| {
        let (price, open) = (order.price.millionths() / 10_000, order.open.millionths() / 1_000);
        let kind = match order.iceberg {
            None => "\"orderType\":\"LIMIT\"".to_owned(),
            Some(slice) => {
                let clip = slice.display.millionths() / 1_000;
                format!("\"orderType\":\"ICEBERG\",\"clipSize\":{clip}")
            }
        };
        let state = if order.is_standing { "ACTI" } else { "IACT" };
        format!(
            "{{\"orderId\":\"{number}\",\"originalOrderId\":\"{number}\",\"text\":{},\"revisionNo\":{},\
             \"contractIds\":[\"NX_{}\"],\"deliveryAreaId\":{},\"side\":\"{}\",{kind},\
             \"unitPrice\":{price},\"quantity\":{open},\"remainingQuantity\":{open},\"state\":\"{state}\",\
             \"action\":\"{}\",\"updatedAt\":\"{}\",\"errors\":null}}",
            json_text(&order.name),
            order.revision,
            order.contract,
            area_number(areas, &order.area),
            side(order.side),
            action(order.action),
            order.at,
            number = order.number,
        )
    });
    report("", "null", &list(rows))
}

/// Trades; what the other side's order is stays unsaid.
pub(super) fn trades(trades: &[FloorTrade], areas: &[String]) -> String {
    list(trades.iter().map(|trade| {
        let (price, quantity) = (
            trade.price.millionths() / 10_000,
            trade.volume.millionths() / 1_000,
        );
        let shared = format!(
            "\"contractId\":\"NX_{}\",\"deliveryAreaId\":{},\"unitPrice\":{price},\"quantity\":{quantity}",
            trade.contract,
            area_number(areas, &trade.area),
        );
        let (ours, theirs, takes) = (trade.side, trade.side.opposite(), trade.is_taker);
        format!(
            "{{\"tradeId\":\"{}\",\"tradeTime\":\"{}\",\"state\":\"COMPLETED\",\"currency\":\"EUR\",\
             \"revisionNo\":1,\"deleted\":false,\"legs\":[\
             {{{shared},\"side\":\"{}\",\"aggressor\":{takes},\"refOrderId\":\"{}\"}},\
             {{{shared},\"side\":\"{}\",\"aggressor\":{},\"refOrderId\":null}}]}}",
            trade.number,
            trade.at,
            side(ours),
            trade.order,
            side(theirs),
            !takes,
        )
    }))
}
