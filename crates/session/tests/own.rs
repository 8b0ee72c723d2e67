//! Orders and trades of our own: what the venues' words say, and what is set aside.
#![allow(clippy::unwrap_used, clippy::panic)]

use wattbook_domain::{Side, Timestamp};
use wattbook_session::m7;
use wattbook_session::nordpool::{self, Row, Topic};
use wattbook_session::venue::{OwnOrderAction, OwnOrderState};

/// After the samples of public clients: an iceberg that traded in part, and one whose side is unknown.
const M7_ORDERS: &str = r#"<OrdrExeRprt xmlns="http://www.deutsche-boerse.com/m7/v6">
<StandardHeader marketId="EPEX"/><OrdrList>
<Ordr ordrId="71" initialOrdrId="70" clOrdrId="a&amp;b" contractId="1000" dlvryAreaId="10YDE-EON------1"
 side="SELL" px="-1250" qty="5000" hiddenQty="45000" displayQty="5000" initialQty="60000" type="I"
 state="ACTI" action="PEXE" acctId="ACC" usrCode="USR" txt="" revisionNo="3" timestmp="2026-11-25T12:00:00.5Z"/>
<Ordr ordrId="72" contractId="1000" dlvryAreaId="10YDE-EON------1" side="BOTH" px="1" qty="1" state="ACTI"
 revisionNo="1"/>
<Ordr ordrId="73" contractId="1000" dlvryAreaId="10YDE-EON------1" side="BUY" px="1" qty="0" state="IACT"
 action="XYZZ" revisionNo="1"/>
</OrdrList></OrdrExeRprt>"#;

const M7_TRADES: &str = r#"<TradeCaptureRprt xmlns="http://www.deutsche-boerse.com/m7/v6"><TradeList>
<Trade tradeId="9" contractId="1000" px="4000" qty="1000" state="RGRA" revisionNo="2" execTime="2026-11-25T12:00:00Z">
<Buy dlvryAreaId="A" ordrId="71" aggressorIndicator="Y" usrCode="U" txt=""/>
<Sell dlvryAreaId="B" ordrId="72" aggressorIndicator="N" usrCode="U" txt=""/></Trade>
<Trade tradeId="10" contractId="1000" px="4000" qty="1000" state="LOST" revisionNo="1" execTime="2026-11-25T12:00:00Z">
<Buy dlvryAreaId="A" ordrId="74"/></Trade>
<Trade tradeId="11" contractId="1000" px="4000" qty="1000" state="ACTI" revisionNo="1" execTime="2026-11-25T12:00:00Z">
<Buy dlvryAreaId="A" ordrId="0"/><Sell dlvryAreaId="A" ordrId="75" aggressorIndicator="U"/></Trade>
</TradeList></TradeCaptureRprt>"#;

#[test]
fn m7_orders_say_what_their_words_mean() {
    let mut faults = Vec::new();
    let read = m7::decode(M7_ORDERS.as_bytes(), &mut faults).unwrap();
    let m7::Message::OwnOrders(orders) = read else {
        panic!("{read:?}");
    };
    let [first, last] = &orders[..] else {
        panic!("{orders:?}");
    };
    assert_eq!((first.id, first.first_id, first.revision), (71, 70, 3));
    assert_eq!(first.client_order, "a&b");
    let sale = (Side::Sell, -1_250, 50_000);
    assert_eq!((first.side, first.price, first.volume), sale);
    assert_eq!((first.display, last.display), (Some(5_000), None));
    let cut = (OwnOrderState::Active, OwnOrderAction::PartlyExecuted);
    assert_eq!((first.state, first.action.clone()), cut);
    let moment: Timestamp = "2026-11-25T12:00:00.5Z".parse().unwrap();
    assert_eq!(first.ts_event, Some(moment));
    // A word that nobody documents is kept; where it stands is what counts.
    assert_eq!(last.action, OwnOrderAction::Other("XYZZ".to_owned()));
    assert_eq!((last.first_id, last.ts_event), (73, None));
    assert_eq!(faults.len(), 1);
    assert_eq!(
        Some(faults[0].offset),
        M7_ORDERS.find("<Ordr ordrId=\"72\"")
    );
    assert!(faults[0].reason.contains("BOTH"), "{faults:?}");
}

#[test]
fn m7_trades_are_told_by_each_side_of_ours() {
    let mut faults = Vec::new();
    let read = m7::decode(M7_TRADES.as_bytes(), &mut faults).unwrap();
    let m7::Message::OwnTrades(trades) = read else {
        panic!("{read:?}");
    };
    let told: Vec<_> = trades
        .iter()
        .map(|trade| {
            (
                trade.id,
                trade.order,
                trade.side,
                trade.is_taker,
                trade.is_valid,
            )
        })
        .collect();
    let expected = [
        (9, 71, Side::Buy, Some(true), false),
        (9, 72, Side::Sell, Some(false), false),
        (11, 75, Side::Sell, None, true),
    ];
    assert_eq!(told, expected);
    let reasons: Vec<_> = faults.iter().map(|fault| fault.reason.as_str()).collect();
    assert!(
        reasons[0].contains("LOST") && reasons[1].contains("ordrId"),
        "{reasons:?}"
    );
}

/// With the names of the venue's public data classes, of both versions.
const NORDPOOL_ORDERS: &str = r#"[{"requestId":"r-1","errors":[{"errorCode":1012,"errorMessage":"too late"}],
"orders":[
{"orderId":"NX1","originalOrderId":"NX0","clientOrderId":"c-1","revisionNo":7,"contractIds":["NX_1"],
 "deliveryAreaId":2,"side":"BUY","orderType":"ICEBERG","clipSize":10,"unitPrice":-5,"quantity":100,
 "remainingQuantity":40,"state":"ACTI",
 "action":"PARTIAL_EXECUTION","updatedAt":"2026-11-25T12:00:00Z"},
{"orderId":"NX2","revisionNo":1,"contractIds":["NX_1","NX_2"],"deliveryAreaId":2,"side":"BUY","unitPrice":1,
 "quantity":1,"state":"ACTI"},
{"orderId":"NX3","revisionNo":1,"contractId":"NX_2","deliveryAreaId":2,"side":"SELL","unitPrice":1,
 "quantity":300,"state":"REJECTED","clientOrderId":"c-3","errors":[{"errorCode":7,"errorMessage":"no"}]}]}]"#;

#[test]
fn nordpool_reports_tell_orders_and_refusals_one_by_one() {
    let mut faults = Vec::new();
    let bytes = NORDPOOL_ORDERS.as_bytes();
    let rows = nordpool::rows(Topic::OwnOrders, bytes, &mut faults).unwrap();
    let refused = |row: &Row| match row {
        Row::Refusal(refusal) => Some((
            refusal.request.clone(),
            refusal.client_order.clone(),
            format!("{} {}", refusal.code, refusal.words),
        )),
        _ => None,
    };
    let refused: Vec<_> = rows.iter().filter_map(refused).collect();
    let refusal = |client_order: &str, words: &str| {
        ("r-1".to_owned(), client_order.to_owned(), words.to_owned())
    };
    let expected = [refusal("", "1012 too late"), refusal("c-3", "7 no")];
    assert_eq!(refused, expected);
    let answered = Row::Answered("r-1".to_owned());
    assert!(rows.contains(&answered), "{rows:?}");
    let told = |row: &Row| match row {
        Row::OwnOrder(order) => Some((
            order.id.clone(),
            order.contract.clone(),
            order.price,
            order.volume,
            order.display,
            order.state,
        )),
        _ => None,
    };
    let told: Vec<_> = rows.iter().filter_map(told).collect();
    let text = str::to_owned;
    let expected = [
        (
            text("NX1"),
            text("NX_1"),
            -5,
            40,
            Some(10),
            OwnOrderState::Active,
        ),
        (
            text("NX3"),
            text("NX_2"),
            1,
            300,
            None,
            OwnOrderState::Rejected,
        ),
    ];
    assert_eq!(told, expected);
    assert_eq!(faults.len(), 1);
    assert_eq!(
        Some(faults[0].offset),
        NORDPOOL_ORDERS.find("{\"orderId\":\"NX2\"")
    );
    assert!(faults[0].reason.contains("several contracts"));
}

#[test]
fn a_nordpool_report_may_hold_no_order() {
    let read = |text: &str| {
        let mut faults = Vec::new();
        let rows = nordpool::rows(Topic::OwnOrders, text.as_bytes(), &mut faults).unwrap();
        (rows.len(), faults.len())
    };
    assert_eq!(read("[]"), (0, 0));
    assert_eq!(read(r#"[{"orders":[],"errors":null}]"#), (0, 0));
    assert_eq!(read(r#"[{"orders":null}]"#), (0, 1));
    assert_eq!(read(r#"[{"orders":[7]}]"#), (0, 1));
}

#[test]
fn nordpool_trades_are_told_by_the_leg_that_names_our_order() {
    let trade = |state: &str, order: &str| {
        format!(
            r#"{{"tradeId":"T1","tradeTime":1764072000000,"state":"{state}","revisionNo":2,"legs":[
            {{"contractId":"NX_1","side":"BUY","unitPrice":4000,"quantity":500,"deliveryAreaId":2,
              "aggressor":null,"refOrderId":{order}}},
            {{"contractId":"NX_1","side":"SELL","unitPrice":4000,"quantity":500,"deliveryAreaId":3,
              "aggressor":null,"refOrderId":null}}]}}"#
        )
    };
    let read = |state: &str, order: &str| {
        let mut faults = Vec::new();
        let text = trade(state, order);
        let rows = nordpool::rows(Topic::OwnTrades, text.as_bytes(), &mut faults).unwrap();
        (rows, faults)
    };
    for (state, stands) in [
        ("COMPLETED", true),
        ("DISPUTED", true),
        ("CANCELLED", false),
    ] {
        let (rows, faults) = read(state, "\"NX1\"");
        let [Row::OwnTrade(trade)] = &rows[..] else {
            panic!("{rows:?}");
        };
        assert_eq!(
            (trade.is_valid, trade.is_taker, trade.revision),
            (stands, None, 2)
        );
        assert_eq!(
            (trade.side, trade.order.as_str(), faults.len()),
            (Side::Buy, "NX1", 0)
        );
    }
    for (state, order) in [("GUESSED", "\"NX1\""), ("COMPLETED", "null")] {
        let (rows, faults) = read(state, order);
        assert_eq!((rows.len(), faults.len()), (0, 1), "{faults:?}");
    }
}

/// Every decoder of a venue's documents refuses what would cost memory or time without bound.
#[test]
fn oversize_deep_and_entity_declaring_documents_are_refused() {
    let limit = 64 << 20;
    let long = " ".repeat(limit + 1);
    let refused = |bytes: &[u8]| m7::decode(bytes, &mut Vec::new()).is_err();
    for root in ["OrdrExeRprt", "TradeCaptureRprt", "PblcOrdrBooksResp"] {
        let plain = format!("<{root}><A/></{root}>");
        assert!(!refused(plain.as_bytes()));
        assert!(
            refused(format!("{plain}{long}").as_bytes()),
            "{root} too long"
        );
        let deep = format!("<{root}>{}{}</{root}>", "<A>".repeat(16), "</A>".repeat(16));
        assert!(refused(deep.as_bytes()), "{root} too deep");
        for declared in ["<!ENTITY a 'b'>", "<!ENTITY a SYSTEM 'file:///etc/passwd'>"] {
            let bomb = format!("<!DOCTYPE {root} [{declared}]><{root}>&a;</{root}>");
            assert!(refused(bomb.as_bytes()), "{root} with an entity");
        }
        assert!(refused(format!("<{root}>&a;</{root}>").as_bytes()));
    }
    let topics = [
        Topic::Areas,
        Topic::Contracts,
        Topic::LocalView,
        Topic::Ticker,
        Topic::Capacities,
        Topic::OwnOrders,
        Topic::OwnTrades,
    ];
    for topic in topics {
        let refused = |text: &str| nordpool::rows(topic, text.as_bytes(), &mut Vec::new()).is_err();
        assert!(!refused("[]"));
        assert!(refused(&format!("[]{long}")), "{topic:?} too long");
        let deep = format!("{}{}", "[".repeat(17), "]".repeat(17));
        assert!(refused(&deep), "{topic:?} too deep");
    }
}
