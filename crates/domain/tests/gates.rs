//! Until when deliveries can be traded.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_domain::DomainError;
use wattbook_domain::delivery::{Date, DeliveryProduct, Place};
use wattbook_domain::gate::{
    Areas, GATE_RULES, GateKey, GateKind, OPENING_RULES, PAUSE_RULES, gate, opening, pauses,
};

fn closure(venue: &str, kind: GateKind, from: &str, to: &str, product: &str) -> String {
    let key = GateKey {
        venue,
        kind,
        from: Place::new(from).unwrap(),
        to: Place::new(to).unwrap(),
    };
    let product: DeliveryProduct = product.parse().unwrap();
    match gate(GATE_RULES, key, product.period()) {
        Ok(gate) => gate.closure.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn cross_zonal_trade_ended_an_hour_before_delivery_until_2026_and_half_an_hour_since() {
    let gate =
        |product: &str| closure("EPEX", GateKind::IntradayContinuous, "DE-LU", "FR", product);
    assert_eq!(gate("DE-LU 2025-12-31 H24"), "2025-12-31T21:00:00Z");
    assert_eq!(gate("DE-LU 2026-01-01 H01"), "2025-12-31T22:30:00Z");
    let baltic = closure(
        "NORD-POOL",
        GateKind::IntradayContinuous,
        "EE",
        "FI",
        "EE 2025-06-01 H12",
    );
    assert_eq!(baltic, "2025-06-01T08:30:00Z");
}

#[test]
fn within_an_area_trade_goes_on_until_five_minutes_before() {
    let gate = |from, to| {
        closure(
            "EPEX",
            GateKind::IntradayContinuous,
            from,
            to,
            "DE-LU 2026-06-01 QH49",
        )
    };
    assert_eq!(gate("AMP", "AMP"), "2026-06-01T09:55:00Z");
    assert_eq!(gate("AMP", "TTG"), "2026-06-01T09:30:00Z");
    assert_eq!(gate("NL", "NL"), "2026-06-01T09:55:00Z");
}

/// The auction closes at 12:00 wall-clock time, in winter as in summer and on the eve of both
/// clock changes.
#[test]
fn the_day_ahead_auction_closes_at_noon_of_the_day_before() {
    let gate = |day: &str| {
        closure(
            "EPEX",
            GateKind::DayAhead,
            "DE-LU",
            "DE-LU",
            &format!("DE-LU {day} Base"),
        )
    };
    assert_eq!(gate("2026-01-16"), "2026-01-15T11:00:00Z");
    assert_eq!(gate("2026-07-16"), "2026-07-15T10:00:00Z");
    assert_eq!(gate("2026-03-29"), "2026-03-28T11:00:00Z");
    assert_eq!(gate("2026-03-30"), "2026-03-29T10:00:00Z");
    assert_eq!(gate("2026-10-25"), "2026-10-24T10:00:00Z");
}

#[test]
fn american_day_ahead_markets_close_in_the_morning_before() {
    assert_eq!(
        closure(
            "ERCOT",
            GateKind::DayAhead,
            "HB_NORTH",
            "HB_NORTH",
            "HB_NORTH 2026-07-16 H01"
        ),
        "2026-07-15T15:00:00Z"
    );
    assert_eq!(
        closure(
            "NYISO",
            GateKind::DayAhead,
            "N.Y.C.",
            "N.Y.C.",
            "N.Y.C. 2026-01-16 H24"
        ),
        "2026-01-15T10:00:00Z"
    );
    assert_eq!(
        closure(
            "ISO-NE",
            GateKind::DayAhead,
            "ISO-NE",
            "ISO-NE",
            "ISO-NE 2026-01-16 H24"
        ),
        "2026-01-15T15:30:00Z"
    );
    assert_eq!(
        closure(
            "NYISO",
            GateKind::RealTime,
            "N.Y.C.",
            "N.Y.C.",
            "N.Y.C. 2026-01-16 H24"
        ),
        "2026-01-17T02:45:00Z"
    );
}

#[test]
fn the_gates_of_pjm_miso_and_caiso_are_on_local_clocks() {
    let gate = |venue: &str, kind, place: &str, product: &str| {
        closure(venue, kind, place, place, &format!("{place} {product}"))
    };
    let pjm = |day: &str| gate("PJM", GateKind::DayAhead, "PJM-WEST", &format!("{day} H24"));
    assert_eq!(pjm("2016-04-01"), "2016-03-31T16:00:00Z");
    assert_eq!(pjm("2016-04-02"), "2016-04-01T14:30:00Z");
    assert!(pjm("2019-07-01").contains("PJM has no day-ahead gate"));
    assert_eq!(pjm("2026-01-16"), "2026-01-15T16:00:00Z");
    // MISO's days keep standard time, its deadline does not.
    let miso = |day: &str| {
        gate(
            "MISO",
            GateKind::DayAhead,
            "INDIANA.HUB",
            &format!("{day} H01"),
        )
    };
    assert_eq!(miso("2026-07-16"), "2026-07-15T14:30:00Z");
    assert_eq!(miso("2026-01-16"), "2026-01-15T15:30:00Z");
    let caiso = |kind| gate("CAISO", kind, "SP15", "2026-07-16 H01");
    assert_eq!(caiso(GateKind::DayAhead), "2026-07-15T17:00:00Z");
    assert_eq!(caiso(GateKind::RealTime), "2026-07-16T05:45:00Z");
}

/// A dispatch interval before 04:00 belongs to the trading day of the day before.
#[test]
fn a_nem_offer_closes_at_half_past_twelve_before_its_trading_day() {
    let offer = |product: &str| closure("NEM", GateKind::DailyOffer, "VIC1", "VIC1", product);
    assert_eq!(offer("VIC1 2026-07-16 DI001"), "2026-07-15T02:30:00Z");
    assert_eq!(offer("VIC1 2026-07-16 DI288"), "2026-07-15T02:30:00Z");
    assert_eq!(
        closure(
            "NEM",
            GateKind::Rebid,
            "VIC1",
            "VIC1",
            "VIC1 2026-07-16 DI288"
        ),
        "2026-07-16T17:55:00Z"
    );
}

#[test]
fn the_third_intraday_auction_trades_the_afternoon_only() {
    let gate = |product: &str| closure("EPEX", GateKind::IntradayAuction3, "FR", "FR", product);
    assert_eq!(gate("FR 2026-01-16 QH49"), "2026-01-16T09:00:00Z");
    assert!(gate("FR 2026-01-16 QH48").contains("no intraday auction 3 gate"));
}

fn opens(venue: &str, from: &str, to: &str, product: &str) -> String {
    let places = (Place::new(from).unwrap(), Place::new(to).unwrap());
    let product: DeliveryProduct = product.parse().unwrap();
    match opening(OPENING_RULES, venue, places, product.period()) {
        Ok(opening) => opening.opens.to_string(),
        Err(error) => error.to_string(),
    }
}

/// Auction and both ends of each pause.
fn paused(from: &str, to: &str, product: &str) -> Vec<(GateKind, String, String)> {
    let places = (Place::new(from).unwrap(), Place::new(to).unwrap());
    let product: DeliveryProduct = product.parse().unwrap();
    let found = pauses(PAUSE_RULES, "EPEX", places, product.period()).unwrap();
    let row = |pause: &wattbook_domain::gate::Pause<'_>| {
        let ends = (pause.begins.to_string(), pause.ends.to_string());
        (pause.rule.auction, ends.0, ends.1)
    };
    found.iter().map(row).collect()
}

#[test]
fn intraday_trading_opens_in_the_afternoon_before_by_the_length_of_the_delivery() {
    let german = |product| opens("EPEX", "DE-LU", "DE-LU", product);
    assert_eq!(german("DE-LU 2026-01-16 H01"), "2026-01-15T14:00:00Z");
    assert_eq!(german("DE-LU 2026-01-16 HH01"), "2026-01-15T14:30:00Z");
    assert_eq!(german("DE-LU 2026-01-16 QH01"), "2026-01-15T15:00:00Z");
    // The clocks go forward before delivery and back before delivery.
    assert_eq!(german("DE-LU 2026-03-29 H24"), "2026-03-28T14:00:00Z");
    assert_eq!(german("DE-LU 2026-10-25 H03B"), "2026-10-24T13:00:00Z");
    let border = |product| opens("EPEX", "DE-LU", "FR", product);
    assert_eq!(border("DE-LU 2026-07-16 QH01"), "2026-07-15T13:00:00Z");
    assert!(border("DE-LU 2024-06-01 H01").contains("no intraday opening gate"));
    assert!(opens("EPEX", "GB", "GB", "GB 2026-07-16 H01").contains("for GB to GB"));
}

#[test]
fn borders_pause_from_20_minutes_before_to_20_minutes_after_each_auction_that_trades_the_delivery()
{
    use GateKind::{IntradayAuction1, IntradayAuction2, IntradayAuction3};
    let row = |kind, begins: &str, ends: &str| (kind, begins.to_owned(), ends.to_owned());
    let morning = vec![
        row(
            IntradayAuction1,
            "2026-01-15T13:40:00Z",
            "2026-01-15T14:20:00Z",
        ),
        row(
            IntradayAuction2,
            "2026-01-15T20:40:00Z",
            "2026-01-15T21:20:00Z",
        ),
    ];
    assert_eq!(paused("DE-LU", "FR", "DE-LU 2026-01-16 QH48"), morning);
    let third = row(
        IntradayAuction3,
        "2026-01-16T08:40:00Z",
        "2026-01-16T09:20:00Z",
    );
    let noon = [morning, vec![third]].concat();
    assert_eq!(paused("DE-LU", "FR", "DE-LU 2026-01-16 QH49"), noon);
    assert_eq!(paused("DE-LU", "DE-LU", "DE-LU 2026-01-16 QH49"), []);
    assert_eq!(paused("AMP", "TTG", "DE-LU 2026-01-16 QH49"), []);
    assert_eq!(paused("DE-LU", "FR", "DE-LU 2024-06-13 H20"), []);
}

/// The day before a 23-hour day is in winter time, the day itself in summer time from 03:00 on.
#[test]
fn pauses_keep_to_the_clock_on_days_of_23_and_25_hours() {
    let begins = |product: &str| -> Vec<String> {
        let found = paused("DE-LU", "NL", product).into_iter();
        found.map(|(_, begins, _)| begins).collect()
    };
    let spring = [
        "2026-03-28T13:40:00Z",
        "2026-03-28T20:40:00Z",
        "2026-03-29T07:40:00Z",
    ];
    assert_eq!(begins("DE-LU 2026-03-29 H13"), spring);
    assert_eq!(begins("DE-LU 2026-03-29 H12"), spring[..2]);
    let autumn = [
        "2026-10-24T12:40:00Z",
        "2026-10-24T19:40:00Z",
        "2026-10-25T08:40:00Z",
    ];
    assert_eq!(begins("DE-LU 2026-10-25 H13"), autumn);
    assert_eq!(begins("DE-LU 2026-10-25 H12"), autumn[..2]);
}

#[test]
fn areas_whose_trade_ends_with_their_borders_close_an_hour_before() {
    let gate = |venue: &str, area: &str| {
        let product = format!("{area} 2026-07-16 H12");
        closure(venue, GateKind::IntradayContinuous, area, area, &product)
    };
    for area in ["SE3", "DK1", "LV", "PL", "ES"] {
        assert_eq!(gate("EPEX", area), "2026-07-16T08:00:00Z", "{area}");
    }
    assert_eq!(gate("NORD-POOL", "NO2"), "2026-07-16T08:00:00Z");
    assert!(gate("EPEX", "NO2").contains("EPEX has no intraday continuous gate"));
    assert!(gate("EPEX", "FI").contains("for FI to FI"));
}

#[test]
fn a_contract_without_a_rule_is_refused_by_name() {
    let place = Place::new("WECC").unwrap();
    let key = GateKey {
        venue: "WECC",
        kind: GateKind::DayAhead,
        from: place,
        to: place,
    };
    let product: DeliveryProduct = "WECC 2026-01-16 H24".parse().unwrap();
    let error = gate(GATE_RULES, key, product.period()).unwrap_err();
    let refused = DomainError::NoGateRule {
        venue: "WECC".to_owned(),
        contract: "day-ahead",
        from: "WECC",
        to: "WECC",
        day: Date::constant(2026, 1, 16),
    };
    assert_eq!(error, refused);
}

proptest! {
    #[test]
    fn a_gate_closes_before_its_delivery_starts(nth in 0_i64..7_305, hour in 4_u16..24) {
        let day = Date::constant(2020, 1, 1).checked_add(jiff::Span::new().days(nth)).unwrap();
        for rule in GATE_RULES {
            let (Areas::Within(areas)
                | Areas::Across(areas)
                | Areas::Among(areas)
                | Areas::Bordering(areas, _)) = rule.areas;
            let (from, to) = (areas[0], *areas.last().unwrap());
            let key = GateKey {
                venue: rule.venues[0], kind: rule.kind,
                from: Place::new(from).unwrap(), to: Place::new(to).unwrap(),
            };
            let product: DeliveryProduct = format!("{from} {day} H{hour:02}").parse().unwrap();
            if let Ok(found) = gate(GATE_RULES, key, product.period()) {
                prop_assert!(found.closure <= product.period().start());
            }
        }
    }

    #[test]
    fn every_gate_kind_reads_back_from_its_name(nth in 0_usize..9) {
        let kind = GateKind::ALL[nth];
        prop_assert_eq!(kind.name().parse::<GateKind>().unwrap(), kind);
    }
}
