//! What is written is read again.

use crate::made::{AT, SYMBOL, answer, execution, price, sent, tell, trade, volume, working};
use proptest::prelude::*;
use std::collections::HashSet;
use wattbook_domain::report::{VenueReason, VenueReport};
use wattbook_domain::{Price, Side, TimeInForce, Volume};
use wattbook_session::fix::orders::{
    Answer, Cancel, ChangeRejected, ExecType, Execution, NewOrder, OrdStatus, QuoteUpdate, Replace,
    Request, Status, Told, read_subscription, write_subscription,
};

fn decimal() -> impl Strategy<Value = i64> {
    prop_oneof![
        -10_000_000_000_i64..10_000_000_000,
        Just(0),
        Just(1),
        Just(-1)
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let id = "[!-~]{1,20}";
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let lives = prop_oneof![
        Just(TimeInForce::Day),
        Just(TimeInForce::GoodTillCancelled),
        Just(TimeInForce::ImmediateOrCancel),
        Just(TimeInForce::FillOrKill),
        Just(TimeInForce::AtOpen),
        Just(TimeInForce::AtClose)
    ];
    let sizes = 0_i64..1_000_000_000_000;
    let shown = proptest::option::of(sizes.clone());
    (0..4, id, id, side, lives, decimal(), sizes, shown).prop_map(
        |(kind, id, original, side, time_in_force, limit, size, shown)| {
            let display_volume = shown.map(volume);
            let (symbol, price, volume) = (SYMBOL.to_owned(), price(limit), volume(size));
            match kind {
                0 => Request::New(NewOrder {
                    id,
                    symbol,
                    side,
                    time_in_force,
                    price,
                    volume,
                    display_volume,
                }),
                1 => Request::Replace(Replace {
                    id,
                    original,
                    symbol,
                    side,
                    price,
                    volume,
                    display_volume,
                }),
                2 => Request::Cancel(Cancel {
                    id,
                    original,
                    symbol,
                    side,
                    volume,
                }),
                _ => Request::Status(Status { id, symbol, side }),
            }
        },
    )
}

proptest! {
    #[test]
    fn a_request_survives_the_wire(request in request()) {
        let read = sent(
            request.msg_type(),
            false,
            |body| request.write(AT, body),
            Request::read,
        );
        prop_assert_eq!(read, Ok(request));
    }

    #[test]
    fn a_request_survives_json(request in request()) {
        let (path, body) = request.to_json();
        prop_assert_eq!(Request::from_json(path, body.as_bytes()), Ok(request));
    }

    #[test]
    fn a_trade_survives_the_wire(limit in decimal(), size in 1_i64..1_000_000_000_000, maker: bool) {
        let written = Execution {
            last: Some((price(limit), volume(size))),
            filled: volume(size),
            mean_price: price(limit),
            is_maker: maker,
            ..execution(1, "T-1-1", ExecType::Trade, OrdStatus::Filled)
        };
        let written = answer(written);
        let read = sent("8", false, |body| written.write(body), Answer::read);
        prop_assert_eq!(read, Ok(written));
    }

    /// Fills come in any order and any of them again: each is told once, and the sum is right.
    #[test]
    fn every_fill_is_told_once(
        lots in prop::collection::vec(1_i64..1_000_000, 1..5),
        again in prop::collection::vec((0_usize..5, any::<bool>()), 0..20),
        shuffle in any::<u64>(),
    ) {
        let mut desk = working();
        let mut order: Vec<usize> = (0..lots.len()).collect();
        let turn = shuffle as usize % lots.len();
        order.rotate_left(turn);
        let mut all: Vec<(usize, bool)> = order.into_iter().map(|place| (place, false)).collect();
        all.extend(again.into_iter().filter(|(place, _)| *place < lots.len()));
        let mut told = Vec::new();
        for (place, repeats) in all {
            let message = trade(10 + place as u32, lots[place]);
            match tell(&mut desk, &message, repeats) {
                Ok(Told::Report(VenueReport::OrderFilled(filled), _)) => told.push(filled),
                Ok(Told::Repeated) => {}
                other => prop_assert!(false, "{:?}", other),
            }
        }
        let trades: HashSet<_> = told.iter().map(|filled| filled.trade).collect();
        prop_assert_eq!(trades.len(), lots.len());
        let sum: i64 = told.iter().map(|filled| filled.volume.millionths()).sum();
        prop_assert_eq!(sum, lots.iter().sum::<i64>());
    }

    /// No report, whatever its fields, makes the desk panic or tell of an order that is not its own.
    #[test]
    fn strange_reports_are_set_aside(
        id in "(T-)?[0-9.-]{0,8}",
        kind in prop::sample::select(b"03456789ABCDEFGHI".to_vec()),
        status in prop::sample::select(b"01234689ABCDE".to_vec()),
    ) {
        let mut desk = working();
        let strange = Execution {
            last: Some((price(1), volume(1))),
            ..execution(9, &id, ExecType::of(kind), OrdStatus::of(status))
        };
        if id.is_empty() {
            return Ok(());
        }
        let told = tell(&mut desk, &answer(strange), false);
        let is_ours = id == "T-1-1" || id.starts_with("T-1-1.") || id == "T-1-0";
        prop_assert!(is_ours || told.is_err(), "{} {:?}", id, told);
    }
}

#[test]
fn the_answers_are_read_as_they_were_written() {
    let refused = Answer::ChangeRejected(ChangeRejected {
        order: "NONE".into(),
        id: "T-1-1.1".into(),
        original: "T-1-1".into(),
        status: OrdStatus::Rejected,
        was_replace: true,
        reason: VenueReason::UnknownOrder,
    });
    assert_eq!(
        sent("9", false, |body| refused.write(body), Answer::read),
        Ok(refused)
    );
    for reason in 1..=13 {
        let reason = match reason {
            1 => VenueReason::Requested,
            2 => VenueReason::Expired,
            3 => VenueReason::Unfilled,
            4 => VenueReason::SelfTrade,
            5 => VenueReason::OneCancelsOther,
            6 => VenueReason::NotTrading,
            7 => VenueReason::GateClosed,
            8 => VenueReason::OutsideCollar,
            9 => VenueReason::UnknownOrder,
            10 => VenueReason::LinkedUnfilled,
            11 => VenueReason::OffTick,
            12 => VenueReason::OffLot,
            _ => VenueReason::InvalidTerms,
        };
        let written = answer(Execution {
            reason: Some(reason),
            ..execution(1, "T-1-1", ExecType::Rejected, OrdStatus::Rejected)
        });
        assert_eq!(
            sent("8", false, |body| written.write(body), Answer::read),
            Ok(written)
        );
    }
}

#[test]
fn best_prices_and_their_subscription_survive_the_wire() {
    let quote = QuoteUpdate {
        symbol: SYMBOL.into(),
        bid: (price(-68_110_000), volume(1_500_000)),
        ask: (Price::ZERO, Volume::ZERO),
    };
    assert_eq!(
        sent("W", false, |body| quote.write(body), QuoteUpdate::read),
        Ok(quote)
    );
    let symbols = [SYMBOL, "DE 2026-11-25T14:00Z"];
    let read = sent(
        "V",
        false,
        |body| write_subscription("quotes", symbols.into_iter(), body),
        read_subscription,
    );
    assert_eq!(read, symbols);
}
