//! Requests as XML.

use wattbook_domain::Timestamp;

/// Name space of version 6.
const NAMESPACE: &str = "http://www.deutsche-boerse.com/m7/v6";

/// `text` as it stands in an attribute or between tags.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

pub(super) fn request(
    name: &str,
    attributes: &[(&str, &str)],
    market: &str,
    inner: &str,
) -> Vec<u8> {
    let attributes = attributes.iter();
    let attributes: Vec<_> = attributes
        .map(|(name, value)| format!(" {name}=\"{}\"", escaped(value)))
        .collect();
    let attributes = attributes.concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <{name} xmlns=\"{NAMESPACE}\"{attributes}>\
         <StandardHeader marketId=\"{}\"/>{inner}</{name}>",
        escaped(market)
    )
    .into_bytes()
}

fn products(names: &[String]) -> String {
    let names = names.iter();
    let names: Vec<_> = names
        .map(|name| format!("<prodName>{}</prodName>", escaped(name)))
        .collect();
    names.concat()
}

pub(super) fn login(market: &str, user: &str) -> Vec<u8> {
    let attributes = [
        ("user", user),
        ("force", "true"),
        ("disconnectAction", "NO"),
    ];
    request("LoginReq", &attributes, market, "")
}

pub(super) fn logout(market: &str, session: &str) -> Vec<u8> {
    request("LogoutReq", &[("sessionId", session)], market, "")
}

pub(super) fn market_state(market: &str) -> Vec<u8> {
    request("MktStateReq", &[], market, "")
}

pub(super) fn product_info(market: &str, names: &[String]) -> Vec<u8> {
    request("ProdInfoReq", &[], market, &products(names))
}

pub(super) fn contract_info(market: &str, names: &[String]) -> Vec<u8> {
    request("ContractInfoReq", &[], market, &products(names))
}

pub(super) fn order_books(market: &str, names: &[String]) -> Vec<u8> {
    request("PblcOrdrBooksReq", &[], market, &products(names))
}

pub(super) fn hub_to_hub(market: &str) -> Vec<u8> {
    request("HubToHubReq", &[], market, "")
}

pub(super) fn own_orders(market: &str) -> Vec<u8> {
    request("OrdrReq", &[], market, "")
}

/// Our trades from `start` to `end`, s since 1970 UTC.
pub(super) fn own_trades(market: &str, accounts: &[String], [start, end]: [i64; 2]) -> Vec<u8> {
    let [start, end] = [start, end].map(|second| Timestamp::from_seconds(second).to_string());
    let attributes = [("startDate", start.as_str()), ("endDate", end.as_str())];
    let accounts = accounts.iter();
    let accounts: Vec<_> = accounts
        .map(|account| format!("<acctId>{}</acctId>", escaped(account)))
        .collect();
    request("TradeCaptureReq", &attributes, market, &accounts.concat())
}
