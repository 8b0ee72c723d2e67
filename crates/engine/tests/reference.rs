//! Cascades, deals and reference data that contradict what is known are refused.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use wattbook_domain::deal::Deal;
use wattbook_domain::instrument::{Commodity, DeliveryKind, Instrument, Load};
use wattbook_domain::reference::{Cascade, ReferenceEvent};
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{
    Currency, Input, InstrumentId, Money, Price, Refusal, Side, Timestamp, Volume,
};

const BUY: Side = Side::Buy;

#[test]
fn a_cascade_that_would_change_the_delivery_is_refused() {
    let mut desk = Desk::trading();
    desk.instrument(hour(1, 1));
    desk.instrument(future(2, 1, 3, DeliveryKind::Cascade));
    let cascade = |into: &[u32]| {
        ReferenceEvent::Cascade(Cascade {
            from: InstrumentId(2),
            into: into.iter().copied().map(InstrumentId).collect(),
            settlement_price: price("50"),
        })
    };
    let events = desk.reference(cascade(&[0, 1]));
    assert_eq!(
        text(refusal(&events)),
        "instrument 2 delivers 10800 s, the contracts it becomes 7200 s; name all of them, once"
    );
    let events = desk.reference(cascade(&[0, 0, 1]));
    assert!(matches!(
        refusal(&events),
        Refusal::Reference { field: "into", .. }
    ));
    let events = desk.reference(cascade(&[0, 1, 5]));
    assert!(matches!(
        refusal(&events),
        Refusal::UnknownInstrument { .. }
    ));
}

#[test]
fn a_deal_is_booked_once_a_version() {
    let mut desk = Desk::trading();
    let deal = |version, volume: &str| {
        Input::Deal(Deal {
            deal: 7,
            part: 1,
            version,
            counterparty: "Stadtwerke".to_owned(),
            owner: owner(1),
            price: price("60"),
            volume: self::volume(volume),
            ..Deal::default()
        })
    };
    assert!(matches!(
        refusal(&desk.feed(deal(1, "0"))),
        Refusal::VolumeNotPositive { .. }
    ));
    assert_eq!(desk.feed(deal(1, "5")).len(), 2);
    assert_eq!(
        text(refusal(&desk.feed(deal(1, "6")))),
        "version 1 of deal 7 part 1 is not above 1; count it up"
    );
    desk.feed(deal(2, "8"));
    let position = desk
        .engine
        .portfolio()
        .position_of(InstrumentId(0), owner(1))
        .unwrap();
    assert_eq!(
        (position.volume, position.cost.to_string()),
        (volume("8"), "480.00".to_owned())
    );
    desk.feed(deal(3, "0"));
    let position = desk
        .engine
        .portfolio()
        .position_of(InstrumentId(0), owner(1))
        .unwrap();
    assert_eq!(
        (position.volume, position.cash()),
        (Volume::ZERO, Money::ZERO)
    );
}

type Change = fn(&mut Instrument);

#[test]
fn reference_data_that_contradicts_itself_is_refused() {
    let mut desk = Desk::trading();
    let mut define = |instrument| {
        let define = ReferenceEvent::DefineInstrument(Box::new(instrument));
        text(refusal(&desk.reference(define)))
    };
    let mut gap = hour(5, 1);
    gap.symbol = "H5".to_owned();
    assert_eq!(
        define(gap),
        "reference data of 5: instrument cannot be used; number instruments from 0 in order of \
         definition"
    );
    let mut flat = hour(1, 1);
    flat.tick = Price::ZERO;
    assert!(define(flat).contains("tick"));
    assert!(define(hour(1, 9)).contains("define the venue"));
    let mut longer = hour(0, 1);
    longer.delivery_seconds = 1_800;
    assert!(define(longer).contains("delivery_seconds cannot be used; define a new instrument"));
    let changes: [(&str, Change); 9] = [
        ("symbol", |it| it.symbol.push('x')),
        ("location", |it| it.location = "FR".to_owned()),
        ("commodity", |it| it.commodity = Commodity::Gas),
        ("load", |it| it.load = Load::Peak),
        ("delivery_kind", |it| {
            it.delivery_kind = DeliveryKind::Virtual;
        }),
        ("currency", |it| it.currency = Currency::GBP),
        ("tick", |it| it.tick = price("0.1")),
        ("lot", |it| it.lot = volume("1")),
        ("max_price", |it| it.max_price = price("5000")),
    ];
    for (field, change) in changes {
        let mut other = hour(0, 1);
        change(&mut other);
        let refused = define(other);
        assert!(
            refused.contains(&format!("{field} cannot be used; define a new")),
            "{field}: {refused}"
        );
    }
    desk.venue(2, MarketModel::ContinuousBook);
    let moved = ReferenceEvent::DefineInstrument(Box::new(hour(0, 2)));
    assert!(text(refusal(&desk.reference(moved))).contains("venue cannot be used; define a new"));
    let mut earlier = hour(0, 1);
    earlier.gate_closure = Timestamp::from_seconds(START - HOUR);
    desk.instrument(earlier);
    desk.advance(START - HOUR);
    assert!(matches!(
        desk.refused(limit(BUY, "50", "1")),
        Refusal::GateClosed { .. }
    ));
}
