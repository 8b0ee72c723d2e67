//! What M7 answers and tells, whichever broker carries it.

use wattbook_domain::Timestamp;

use super::floor::OrderFloor;
use super::m7_orders as orders;
use super::m7_xml as xml;
use super::market::{FeedMarket, FeedStep, OwnChange};

/// MIME types of what the venue sends.
pub(super) const HEARTBEAT_TYPE: &str = "x-m7/heartbeat";
pub(super) const REPORT_TYPE: &str = "x-m7/report; version=6.0";
pub(super) const RESPONSE_TYPE: &str = "x-m7/response; version=6.0";
/// The body of a heartbeat.
pub(super) const HEARTBEAT: &[u8] = b"SYSTEM_ALIVE";

/// What a request is, as far as its venue acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Login,
    Logout,
    Books,
    /// Of an order: answered when the floor has.
    Entry,
    Other,
}

/// The answer to `request`, none where it comes later; `logins` sessions logged in before.
pub(super) fn answer(
    (request, correlation_id): (&[u8], &str),
    market: &FeedMarket,
    floor: Option<&OrderFloor>,
    logins: u64,
    now: Timestamp,
) -> (Asked, Option<String>) {
    let body = String::from_utf8_lossy(request);
    let is = |name: &str| body.contains(&format!("<{name} "));
    if is("LoginReq") {
        (Asked::Login, Some(xml::logged_in(logins + 1)))
    } else if is("LogoutReq") {
        (Asked::Logout, Some(xml::logged_out()))
    } else if is("PblcOrdrBooksReq") {
        (Asked::Books, Some(xml::books(market, now)))
    } else if let Some(floor) = floor.filter(|_| is("OrdrEntry") || is("OrdrModify")) {
        (Asked::Entry, orders::enter(floor, correlation_id, request))
    } else {
        let answer = if is("MktStateReq") {
            xml::market_state()
        } else if is("ProdInfoReq") {
            xml::products()
        } else if is("ContractInfoReq") {
            xml::contracts(market)
        } else if is("HubToHubReq") {
            xml::capacities(market)
        } else if let Some(floor) = floor.filter(|_| is("OrdrReq")) {
            orders::orders(&floor.standing())
        } else if let Some(floor) = floor.filter(|_| is("TradeCaptureReq")) {
            orders::trades(&floor.trades())
        } else if is("OrdrReq") {
            let standing = market.own_orders();
            let standing =
                standing.map(|(place, number, order)| (place, number, order, OwnChange::Added));
            xml::own_orders(market, standing, now)
        } else if is("TradeCaptureReq") {
            xml::own_trades(market, market.own_fills())
        } else {
            xml::refused("unknown request")
        };
        (Asked::Other, Some(answer))
    }
}

/// What a step tells everybody.
pub(super) fn broadcasts(market: &FeedMarket, step: &FeedStep, now: Timestamp) -> Vec<String> {
    let changes = xml::changes(market, step, now);
    let trade = xml::trade(market, step, now);
    [changes].into_iter().chain(trade).collect()
}

/// What a step tells the owner of orders alone.
pub(super) fn private(market: &FeedMarket, step: &FeedStep, now: Timestamp) -> Vec<String> {
    let mut told = Vec::new();
    let mut changes = market.own_changes(step).peekable();
    if changes.peek().is_some() {
        let placed = changes.map(|(number, order, change)| (step.contract, number, order, change));
        told.push(xml::own_orders(market, placed, now));
    }
    if let Some(fill) = market.own_fill_of(step) {
        told.push(xml::own_trades(market, &[fill]));
    }
    told
}
