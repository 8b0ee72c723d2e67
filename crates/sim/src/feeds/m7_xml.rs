//! The market in M7's XML.

use std::fmt::Write;

use wattbook_domain::{Side, Timestamp};

use super::market::{FeedContract, FeedMarket, FeedOrder, FeedStep, OwnChange, OwnFill};

/// The one product of the simulated market.
pub(super) const PRODUCT: &str = "XBID_Hour_Power";
const HEADER: &str = "<StandardHeader marketId=\"SIM\"/>";
const NAMESPACE: &str = "xmlns=\"http://www.deutsche-boerse.com/m7/v6\"";

pub(super) fn message(name: &str, attributes: &str, inner: &str) -> String {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
    format!("{head}<{name} {NAMESPACE}{attributes}>{HEADER}{inner}</{name}>")
}

pub(super) fn logged_in(session: u64) -> String {
    message("UserRprt", &format!(" sessionId=\"{session}\""), "")
}

pub(super) fn logged_out() -> String {
    message("LogoutRprt", "", "")
}

pub(super) fn market_state() -> String {
    message("MktStateRprt", " state=\"ACTI\" revisionNo=\"1\"", "")
}

pub(super) fn refused(words: &str) -> String {
    message(
        "ErrResp",
        "",
        &format!("<Error errCode=\"101\" err=\"{words}\"/>"),
    )
}

pub(super) fn products() -> String {
    let product = format!(
        "<ProdList><Prod prodName=\"{PRODUCT}\" currency=\"EUR\" decShftPx=\"2\" decShftQty=\"3\" \
         tickSize=\"1\" lotSize=\"100\" minPx=\"-999900\" maxPx=\"999900\"/></ProdList>"
    );
    message("ProdInfoRprt", "", &product)
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

pub(super) fn contracts(market: &FeedMarket) -> String {
    let mut list = String::from("<ContractList>");
    let mut open = 0;
    for contract in market.contracts() {
        if contract.id != open {
            if open != 0 {
                list.push_str("</Contract>");
            }
            open = contract.id;
            let (start, end) = (time(contract.delivery_start), time(contract.delivery_end));
            // Writing to a string cannot fail.
            let _ok = write!(
                list,
                "<Contract contractId=\"{open}\" name=\"{start}-{end}\" prod=\"{PRODUCT}\" \
                 dlvryStart=\"{start}\" dlvryEnd=\"{end}\" predefined=\"true\" state=\"ACTI\">"
            );
        }
        let (area, end) = (&contract.area, time(contract.delivery_start - 300));
        let _ok = write!(
            list,
            "<DlvryAreaState dlvryAreaId=\"{area}\" state=\"ACTI\" tradingPhase=\"CONT\" \
             tradingPhaseEnd=\"{end}\"/>"
        );
    }
    list.push_str("</Contract></ContractList>");
    message("ContractInfoRprt", "", &list)
}

pub(super) fn capacities(market: &FeedMarket) -> String {
    let mut list = String::from("<HubToHubList>");
    let first = market.contracts().first();
    if let Some(first) = first {
        for other in market
            .contracts()
            .iter()
            .filter(|other| other.id == first.id && other.area != first.area)
        {
            let (start, end) = (time(first.delivery_start), time(first.delivery_end));
            let _ok = write!(
                list,
                "<HubToHub fromDlvryAreaId=\"{}\" toDlvryAreaId=\"{}\" dlvryStart=\"{start}\" \
                 dlvryEnd=\"{end}\" outCapacity=\"1500000\" inCapacity=\"800000\"/>",
                first.area, other.area
            );
        }
    }
    list.push_str("</HubToHubList>");
    message("HubToHubResp", "", &list)
}

fn book(out: &mut String, contract: &FeedContract, orders: &[(u64, FeedOrder)], now: Timestamp) {
    let (id, area, revision) = (contract.id, &contract.area, contract.revision);
    let _ok = write!(
        out,
        "<OrdrBook contractId=\"{id}\" dlvryAreaId=\"{area}\" revisionNo=\"{revision}\">"
    );
    for (side, name) in [(Side::Sell, "SellOrdrList"), (Side::Buy, "BuyOrdrList")] {
        let of_side = orders.iter().filter(|(_, order)| order.side == side);
        let mut list = String::new();
        for (number, order) in of_side {
            let (px, qty) = (order.price_cents, order.volume_tenths * 100);
            let _ok = write!(
                list,
                "<OrdrBookEntry ordrId=\"{number}\" qty=\"{qty}\" px=\"{px}\" ordrEntryTime=\"{now}\"/>"
            );
        }
        if !list.is_empty() {
            let _ok = write!(out, "<{name}>{list}</{name}>");
        }
    }
    out.push_str("</OrdrBook>");
}

pub(super) fn books(market: &FeedMarket, now: Timestamp) -> String {
    let mut list = String::from("<OrdrbookList>");
    for contract in market.contracts() {
        let orders: Vec<_> = contract
            .orders
            .iter()
            .map(|(number, order)| (*number, *order))
            .collect();
        book(&mut list, contract, &orders, now);
    }
    list.push_str("</OrdrbookList>");
    message("PblcOrdrBooksResp", "", &list)
}

pub(super) fn changes(market: &FeedMarket, step: &FeedStep, now: Timestamp) -> String {
    let mut list = String::from("<OrdrbookList>");
    book(
        &mut list,
        &market.contracts()[step.contract],
        &step.changes,
        now,
    );
    list.push_str("</OrdrbookList>");
    message("PblcOrdrBooksDeltaRprt", "", &list)
}

pub(super) fn trade(market: &FeedMarket, step: &FeedStep, now: Timestamp) -> Option<String> {
    let (number, px, tenths) = step.trade?;
    let contract = &market.contracts()[step.contract];
    let (id, area, qty) = (contract.id, &contract.area, tenths * 100);
    let trade = format!(
        "<TradeList><PblcTradeConf tradeId=\"{number}\" contractId=\"{id}\" buyDlvryAreaId=\"{area}\" \
         sellDlvryAreaId=\"{area}\" px=\"{px}\" qty=\"{qty}\" state=\"ACTI\" revisionNo=\"1\" \
         tradeExecTime=\"{now}\"/></TradeList>"
    );
    Some(message("PblcTradeConfRprt", "", &trade))
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

const fn action(change: OwnChange) -> &'static str {
    match change {
        OwnChange::Added => "UADD",
        OwnChange::Modified => "UMOD",
        OwnChange::Deleted => "UDEL",
        OwnChange::PartlyExecuted => "PEXE",
        OwnChange::Executed => "FEXE",
    }
}

/// Orders of the client's own: contract by its place, number, order and what happened to it.
pub(super) fn own_orders(
    market: &FeedMarket,
    orders: impl Iterator<Item = (usize, u64, FeedOrder, OwnChange)>,
    now: Timestamp,
) -> String {
    let mut list = String::from("<OrdrList>");
    for (place, number, order, change) in orders {
        let contract = &market.contracts()[place];
        let (id, area, revision) = (contract.id, &contract.area, contract.revision);
        let (px, qty, side) = (
            order.price_cents,
            order.volume_tenths * 100,
            side(order.side),
        );
        let state = if qty == 0 { "IACT" } else { "ACTI" };
        let action = action(change);
        let _ok = write!(
            list,
            "<Ordr ordrId=\"{number}\" initialOrdrId=\"{number}\" clOrdrId=\"wb-{number}\" \
             contractId=\"{id}\" dlvryAreaId=\"{area}\" side=\"{side}\" px=\"{px}\" qty=\"{qty}\" \
             initialQty=\"{qty}\" type=\"O\" state=\"{state}\" action=\"{action}\" acctId=\"ACC\" \
             usrCode=\"USR\" txt=\"\" revisionNo=\"{revision}\" timestmp=\"{now}\"/>"
        );
    }
    list.push_str("</OrdrList>");
    message("OrdrExeRprt", "", &list)
}

/// Trades of the client's own orders.
pub(super) fn own_trades(market: &FeedMarket, fills: &[OwnFill]) -> String {
    let mut list = String::from("<TradeList>");
    for fill in fills {
        let contract = &market.contracts()[fill.contract];
        let (id, area, number, order) = (contract.id, &contract.area, fill.trade, fill.order);
        let (px, qty) = (fill.traded.price_cents, fill.traded.volume_tenths * 100);
        // The same whenever it is told.
        let moment = time(contract.delivery_start - 3_600);
        let leg = match fill.traded.side {
            Side::Buy => "Buy",
            Side::Sell => "Sell",
        };
        let _ok = write!(
            list,
            "<Trade tradeId=\"{number}\" contractId=\"{id}\" px=\"{px}\" qty=\"{qty}\" state=\"ACTI\" \
             revisionNo=\"1\" execTime=\"{moment}\"><{leg} dlvryAreaId=\"{area}\" ordrId=\"{order}\" \
             clOrdrId=\"wb-{order}\" aggressorIndicator=\"N\" usrCode=\"USR\" txt=\"\"/></Trade>"
        );
    }
    list.push_str("</TradeList>");
    message("TradeCaptureRprt", "", &list)
}
