//! Blocks of an auction count against the limits as the worst that the auction can take of them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use wattbook_domain::command::SubmitOffer;
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::report::{OfferAwarded, OrderRejected, VenueReason, VenueReport};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{Command, Event, InstrumentId, OrderId, Refusal, Side, TradeId, Volume};
use wattbook_engine::Engine;
use wattbook_portfolio::PositionSlot;

/// A desk with limits (orders of 50 MW, positions of 60 MW) before an auction of two hours.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.venue(1, MarketModel::Auction);
    for number in 0..2 {
        desk.instrument(hour(number, 1));
    }
    desk.reference(ReferenceEvent::SetLimits(limits(1)));
    desk
}

struct Leg {
    block: Option<u64>,
    parent: Option<u64>,
    group: Option<u64>,
    volume: &'static str,
}

fn loose(volume: &'static str) -> Leg {
    Leg {
        block: None,
        parent: None,
        group: None,
        volume,
    }
}

fn of_group(block: u64, volume: &'static str) -> Leg {
    Leg {
        block: Some(block),
        parent: None,
        group: Some(1),
        volume,
    }
}

fn below(block: u64, parent: u64, volume: &'static str) -> Leg {
    Leg {
        block: Some(block),
        parent: Some(parent),
        group: None,
        volume,
    }
}

fn submit(desk: &mut Desk, leg: &Leg) -> (OrderId, Vec<Event>) {
    let order_id = desk.next_order();
    let offer = SubmitOffer {
        order_id,
        instrument: InstrumentId(0),
        side: Side::Sell,
        owner: owner(1),
        price: price("10"),
        volume: volume(leg.volume),
        block: leg.block,
        block_legs: leg.block.map(|_| 1),
        parent_block: leg.parent,
        exclusive_group: leg.group,
        ..SubmitOffer::default()
    };
    (order_id, desk.command(Command::SubmitOffer(offer)))
}

fn offer(desk: &mut Desk, leg: &Leg) -> OrderId {
    let (order_id, events) = submit(desk, leg);
    assert!(matches!(events[..], [Event::OfferRouted(_)]), "{events:?}");
    order_id
}

fn open(engine: &Engine) -> Volume {
    let (_, sell) = engine
        .gate()
        .open_volume(PositionSlot(0), engine.portfolio());
    sell
}

#[test]
fn of_an_exclusive_group_the_largest_block_counts() {
    let mut desk = desk();
    let group: Vec<_> = (1..=12)
        .map(|block| {
            offer(
                &mut desk,
                &of_group(block, if block == 5 { "45" } else { "40" }),
            )
        })
        .collect();
    assert_eq!(open(&desk.engine), volume("45"));
    offer(&mut desk, &loose("15"));
    let (_, events) = submit(&mut desk, &loose("0.1"));
    let (position, limit) = (volume("-60.1"), volume("60"));
    assert_eq!(
        refusal(&events),
        Refusal::PositionVolume { position, limit }
    );
    // The venue refuses the largest, the auction takes the first: the others stay possible until told.
    let reason = VenueReason::InvalidTerms;
    let order_id = group[4];
    desk.report(VenueReport::OrderRejected(OrderRejected {
        order_id,
        reason,
    }));
    assert_eq!(open(&desk.engine), volume("55"));
    for (number, order_id) in group.iter().enumerate().filter(|(number, _)| *number != 4) {
        let taken = if number == 0 { "40" } else { "0" };
        desk.report(VenueReport::OfferAwarded(OfferAwarded {
            order_id: *order_id,
            trade: TradeId(number as u64 + 1),
            price: price("12"),
            volume: volume(taken),
            run: SettlementRun::Initial,
        }));
    }
    assert_eq!(open(&desk.engine), volume("15"));
}

#[test]
fn a_later_run_of_an_award_frees_no_open_volume_again() {
    let mut desk = desk();
    let taken = offer(&mut desk, &of_group(1, "40"));
    offer(&mut desk, &of_group(2, "30"));
    for (trade, run) in [(1, SettlementRun::Initial), (2, SettlementRun::Final)] {
        desk.report(VenueReport::OfferAwarded(OfferAwarded {
            order_id: taken,
            trade: TradeId(trade),
            price: price("12"),
            volume: volume("40"),
            run,
        }));
        assert_eq!(open(&desk.engine), volume("30"));
    }
}

#[test]
fn children_of_blocks_that_exclude_each_other_do_not_add_up() {
    let mut desk = desk();
    for leg in [
        of_group(1, "20"),
        below(2, 1, "15"),
        of_group(3, "10"),
        below(4, 3, "30"),
    ] {
        offer(&mut desk, &leg);
    }
    assert_eq!(open(&desk.engine), volume("40"));
    offer(&mut desk, &below(5, 1, "25"));
    assert_eq!(open(&desk.engine), volume("60"));
    let (_, events) = submit(&mut desk, &below(6, 1, "0.1"));
    let (position, limit) = (volume("-60.1"), volume("60"));
    assert_eq!(
        refusal(&events),
        Refusal::PositionVolume { position, limit }
    );
    let (_, events) = submit(&mut desk, &of_group(4, "1"));
    let refused = refusal(&events);
    assert!(matches!(
        refused,
        Refusal::BlockTerms {
            block: 4,
            field: "parent_block",
            ..
        }
    ));
}

#[test]
fn blocks_survive_a_snapshot() {
    let mut desk = desk();
    for leg in [of_group(1, "20"), below(2, 1, "15"), of_group(3, "10")] {
        offer(&mut desk, &leg);
    }
    let saved = desk.engine.snapshot();
    let loaded = Engine::restore(&saved).unwrap();
    assert_eq!(open(&loaded), volume("35"));
    assert_eq!(loaded.state_hash(), desk.engine.state_hash());
}
