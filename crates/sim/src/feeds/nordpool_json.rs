//! The market in the JSON of Nord Pool's topics.

use std::fmt::Write;

use wattbook_domain::{Side, Timestamp};

use super::market::{FeedContract, FeedMarket, FeedOrder, OwnChange, OwnFill};
use super::web::Told;

/// The number of an area: its place among the areas of the first contract, from 1.
pub(super) fn area_number(market: &FeedMarket, area: &str) -> usize {
    areas(market)
        .iter()
        .position(|known| *known == area)
        .map_or(0, |place| place + 1)
}

pub(super) fn areas(market: &FeedMarket) -> Vec<&str> {
    let first = market.contracts().first().map(|contract| contract.id);
    let of_first = market
        .contracts()
        .iter()
        .filter(|contract| Some(contract.id) == first);
    of_first.map(|contract| contract.area.as_str()).collect()
}

fn list(rows: impl Iterator<Item = String>) -> String {
    format!("[{}]", rows.collect::<Vec<_>>().join(","))
}

pub(super) fn area_rows(market: &FeedMarket) -> String {
    let rows = areas(market).into_iter().enumerate().map(|(place, area)| {
        let number = place + 1;
        format!("{{\"deliveryAreaId\":{number},\"eicCode\":\"{area}\",\"currencyCode\":\"EUR\",\"deleted\":false}}")
    });
    list(rows)
}

pub(super) fn contract_rows(market: &FeedMarket) -> String {
    let areas = areas(market);
    let mut contracts: Vec<&FeedContract> = market.contracts().iter().collect();
    contracts.dedup_by_key(|contract| contract.id);
    let rows = contracts.into_iter().map(|contract| {
        let [start, end, gate] = [0, contract.delivery_end - contract.delivery_start, -3_600]
            .map(|seconds| Timestamp::from_seconds(contract.delivery_start + seconds));
        let states = (1..=areas.len()).map(|number| {
            format!("{{\"dlvryAreaId\":{number},\"state\":\"ACTI\",\"closedAt\":\"{gate}\"}}")
        });
        format!(
            "{{\"contractId\":\"NX_{id}\",\"contractName\":\"PH-{start}\",\"state\":\"ACTI\",\
             \"predefined\":true,\"deleted\":false,\"dlvryStart\":\"{start}\",\"dlvryEnd\":\"{end}\",\
             \"dlvryAreaState\":{}}}",
            list(states),
            id = contract.id,
        )
    });
    list(rows)
}

pub(super) fn view_row(
    contract: &FeedContract,
    orders: &[(u64, FeedOrder)],
    area: usize,
    now: Timestamp,
) -> String {
    let side = |side: Side| {
        let of_side = orders.iter().filter(|(_, order)| order.side == side);
        list(of_side.map(|(number, order)| {
            let (price, qty) = (order.price_cents, order.volume_tenths * 100);
            let deleted = qty == 0;
            format!(
                "{{\"orderId\":\"{number}\",\"price\":{price},\"qty\":{qty},\"deleted\":{deleted}}}"
            )
        }))
    };
    let (id, revision) = (contract.id, contract.revision);
    format!(
        "{{\"contractId\":\"NX_{id}\",\"deliveryAreaId\":{area},\"orderExecutionRestriction\":\"NON\",\
         \"revisionNo\":{revision},\"updatedAt\":\"{now}\",\"buyOrders\":{},\"sellOrders\":{}}}",
        side(Side::Buy),
        side(Side::Sell)
    )
}

/// The books of `area`; contracts without orders have no row.
pub(super) fn view_rows(market: &FeedMarket, area: &str, now: Timestamp) -> String {
    let number = area_number(market, area);
    let of_area = market
        .contracts()
        .iter()
        .filter(|contract| contract.area == area);
    let filled = of_area.filter(|contract| !contract.orders.is_empty());
    list(filled.map(|contract| {
        let orders: Vec<_> = contract
            .orders
            .iter()
            .map(|(number, order)| (*number, *order))
            .collect();
        view_row(contract, &orders, number, now)
    }))
}

pub(super) fn trade_rows(told: &Told, area: usize, now: Timestamp) -> Option<String> {
    let (number, price, tenths) = told.step.trade?;
    let (id, qty) = (told.contract.id, tenths * 100);
    let mut legs = String::new();
    for (side, aggressor) in [("BUY", "true"), ("SELL", "false")] {
        let comma = if legs.is_empty() { "" } else { "," };
        // Writing to a string cannot fail.
        let _ok = write!(
            legs,
            "{comma}{{\"contractId\":\"NX_{id}\",\"side\":\"{side}\",\"unitPrice\":{price},\
             \"quantity\":{qty},\"deliveryAreaId\":{area},\"aggressor\":{aggressor}}}"
        );
    }
    Some(format!(
        "[{{\"tradeId\":\"{number}\",\"tradeTime\":\"{now}\",\"state\":\"COMPLETED\",\"currency\":\"EUR\",\
         \"deleted\":false,\"legs\":[{legs}]}}]"
    ))
}

pub(super) fn capacity_rows(market: &FeedMarket, area: usize) -> String {
    let Some(first) = market.contracts().first() else {
        return "[]".to_owned();
    };
    let (start, end) = (first.delivery_start * 1_000, first.delivery_end * 1_000);
    let others = (1..=areas(market).len()).filter(|other| *other != area);
    list(others.map(|other| {
        format!(
            "{{\"deliveryAreaFrom\":{area},\"deliveryAreaTo\":{other},\"deliveryStart\":{start},\
             \"deliveryEnd\":{end},\"outCapacity\":1500000,\"inCapacity\":800000}}"
        )
    }))
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

const fn action(change: OwnChange) -> &'static str {
    match change {
        OwnChange::Added => "USER_ADDED",
        OwnChange::Modified => "USER_MODIFIED",
        OwnChange::Deleted => "USER_DELETED",
        OwnChange::PartlyExecuted => "PARTIAL_EXECUTION",
        OwnChange::Executed => "FULL_EXECUTION",
    }
}

/// A report on orders of the client's own: contract, number, order and what happened to it.
pub(super) fn own_report<'a>(
    market: &FeedMarket,
    orders: impl Iterator<Item = (&'a FeedContract, u64, FeedOrder, OwnChange)>,
    now: Timestamp,
) -> String {
    let entries = orders.map(|(contract, number, order, change)| {
        let (id, revision) = (contract.id, contract.revision);
        let area = area_number(market, &contract.area);
        let (price, qty) = (order.price_cents, order.volume_tenths * 100);
        let state = if qty == 0 { "IACT" } else { "ACTI" };
        format!(
            "{{\"orderId\":\"{number}\",\"originalOrderId\":\"{number}\",\"previousOrderId\":null,\
             \"clientOrderId\":\"00000000-0000-0000-0000-{number:012}\",\"revisionNo\":{revision},\
             \"contractIds\":[\"NX_{id}\"],\"deliveryAreaId\":{area},\"side\":\"{}\",\
             \"orderType\":\"LIMIT\",\"unitPrice\":{price},\"quantity\":{qty},\
             \"remainingQuantity\":{qty},\"state\":\"{state}\",\"action\":\"{}\",\
             \"updatedAt\":\"{now}\",\"errors\":null}}",
            side(order.side),
            action(change)
        )
    });
    format!(
        "[{{\"requestId\":\"r\",\"memberId\":\"m\",\"errors\":null,\"orders\":{}}}]",
        list(entries)
    )
}

/// Trades of the client's own orders; what the other side's order is stays unsaid.
pub(super) fn own_trades(market: &FeedMarket, fills: &[OwnFill]) -> String {
    list(fills.iter().map(|fill| {
        let contract = &market.contracts()[fill.contract];
        let area = area_number(market, &contract.area);
        let (id, trade, order) = (contract.id, fill.trade, fill.order);
        let (price, qty) = (fill.traded.price_cents, fill.traded.volume_tenths * 100);
        // The same whenever it is told.
        let moment = Timestamp::from_seconds(contract.delivery_start - 3_600);
        let (ours, theirs) = (fill.traded.side, fill.traded.side.opposite());
        let shared = format!(
            "\"contractId\":\"NX_{id}\",\"deliveryAreaId\":{area},\"unitPrice\":{price},\"quantity\":{qty}"
        );
        format!(
            "{{\"tradeId\":\"{trade}\",\"tradeTime\":\"{moment}\",\"state\":\"COMPLETED\",\
             \"currency\":\"EUR\",\"revisionNo\":1,\"deleted\":false,\"legs\":[\
             {{{shared},\"side\":\"{}\",\"aggressor\":false,\"refOrderId\":\"{order}\"}},\
             {{{shared},\"side\":\"{}\",\"aggressor\":true,\"refOrderId\":null}}]}}",
            side(ours),
            side(theirs)
        )
    }))
}
