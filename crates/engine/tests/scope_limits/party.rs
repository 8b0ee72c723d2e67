//! Scopes of a counterparty and of a clearing member: of a venue, and of a book that has its own.

use proptest::prelude::*;
use wattbook_domain::command::{CancelAll, Command, Scope, SetTrading};
use wattbook_domain::limit::{LimitMeasure, LimitScope};
use wattbook_domain::reference::{ReferenceEvent, SetClearing};
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{CounterpartyId, Event, Refusal, Side, TradingBookId, VenueId};
use wattbook_engine::Engine;

use crate::common::*;
use crate::{MILLION, broken, mark, order, set};

const HOUSE: CounterpartyId = CounterpartyId(1);
const UTILITY: CounterpartyId = CounterpartyId(2);
const BANK: CounterpartyId = CounterpartyId(3);

/// An exchange with instruments 0 to 2 and a bilateral venue with 3 to 5. The exchange clears at its
/// house, book 1 through a bank and the others by themselves; the other venue is one utility.
fn desk() -> Desk {
    let mut desk = crate::desk();
    desk.venue(2, MarketModel::Bilateral);
    for number in 3..6 {
        desk.instrument(hour(number, 2));
        mark(&mut desk, number, "50");
    }
    for (venue, book, counterparty, member) in [
        (1, None, HOUSE, None),
        (1, Some(1), HOUSE, Some(BANK)),
        (2, None, UTILITY, None),
    ] {
        assert_eq!(clear(&mut desk, venue, book, counterparty, member), []);
    }
    desk
}

fn clear(
    desk: &mut Desk,
    venue: u16,
    book: Option<u16>,
    counterparty: CounterpartyId,
    member: Option<CounterpartyId>,
) -> Vec<Event> {
    desk.reference(ReferenceEvent::SetClearing(SetClearing {
        venue: VenueId(venue),
        trading_book: book.map(TradingBookId),
        counterparty,
        member,
    }))
}

fn with(counterparty: CounterpartyId) -> LimitScope {
    LimitScope {
        counterparty: Some(counterparty),
        ..LimitScope::default()
    }
}

fn through(member: CounterpartyId) -> LimitScope {
    LimitScope {
        member: Some(member),
        ..LimitScope::default()
    }
}

#[test]
fn a_counterparty_is_held_over_books_and_others_are_not() {
    let mut desk = desk();
    set(
        &mut desk,
        1,
        with(UTILITY),
        LimitMeasure::Notional,
        (500, 500),
    );
    set(&mut desk, 2, through(BANK), LimitMeasure::Volume, (10, 10));
    desk.passed(order(3, 1, Side::Buy, "6"));
    desk.passed(order(0, 2, Side::Buy, "90"));
    desk.passed(order(0, 1, Side::Buy, "7"));
    assert_eq!(
        broken(desk.refused(order(4, 2, Side::Sell, "5"))),
        (1, 550, 500)
    );
    assert_eq!(
        broken(desk.refused(order(1, 1, Side::Sell, "4"))),
        (2, 11, 10)
    );
    desk.passed(order(4, 2, Side::Sell, "4"));
    desk.passed(order(1, 2, Side::Sell, "50"));
}

#[test]
fn a_stop_of_a_member_leaves_others_to_trade() {
    let mut desk = desk();
    let bought = desk.passed(order(0, 1, Side::Buy, "1"));
    desk.passed(order(0, 2, Side::Buy, "1"));
    let scope = Scope {
        member: Some(BANK),
        ..Scope::default()
    };
    let allowed = false;
    desk.command(Command::SetTrading(SetTrading { scope, allowed }));
    assert_eq!(
        desk.refused(order(0, 1, Side::Buy, "1")),
        Refusal::TradingStopped
    );
    desk.passed(order(0, 2, Side::Buy, "1"));
    desk.passed(order(3, 1, Side::Buy, "1"));
    let taken = desk.command(Command::CancelAll(CancelAll { scope }));
    let routed = taken.iter().filter_map(|event| match event {
        Event::CancelRouted(routed) => Some(routed.order_id),
        _ => None,
    });
    assert_eq!(routed.collect::<Vec<_>>(), [bought]);
    let scope = Scope {
        counterparty: Some(UTILITY),
        ..Scope::default()
    };
    desk.command(Command::SetTrading(SetTrading { scope, allowed }));
    assert_eq!(
        desk.refused(order(3, 1, Side::Buy, "1")),
        Refusal::TradingStopped
    );
}

#[test]
fn whom_an_unknown_venue_trades_with_is_refused() {
    let refused = refusal(&clear(&mut desk(), 9, None, HOUSE, None));
    assert_eq!(
        refused.to_string(),
        "reference data of 9: venue cannot be used; define the venue before whom its trades are \
         made with"
    );
}

proptest! {
    #[test]
    fn use_by_party_is_that_of_all_trades_anew(
        trades in proptest::collection::vec((0_u32..6, 1_u16..4, any::<bool>(), 1_i64..90), 1..40),
        moved in 0_usize..40,
    ) {
        let mut desk = desk();
        let plenty = MILLION;
        let both = LimitScope { counterparty: Some(HOUSE), ..through(BANK) };
        let scopes = [with(HOUSE), with(UTILITY), through(BANK), both];
        for (number, scope) in (1..).zip(scopes) {
            set(&mut desk, number, scope, LimitMeasure::Volume, (plenty, plenty));
        }
        let mut held = [[0_i64; 4]; 6];
        let mut second = None;
        for (count, (instrument, book, buys, lots)) in (0_usize..).zip(trades) {
            if count == moved {
                // What book 2 holds at the exchange moves to the bank too.
                second = Some(BANK);
                clear(&mut desk, 1, Some(2), HOUSE, second);
            }
            let side = if buys { Side::Buy } else { Side::Sell };
            let text = format!("{}.{}", lots / 10, lots % 10);
            let order_id = desk.passed(order(instrument, book, side, &text));
            desk.fill(order_id, count as u64 + 1, "50", &text);
            held[instrument as usize][usize::from(book)] += if buys { lots } else { -lots };
            let of = |instruments: std::ops::Range<usize>, books: &[usize]| {
                let net = |each: usize| books.iter().map(|book| held[each][*book]).sum::<i64>();
                instruments.map(|each| net(each).abs()).sum::<i64>() * MILLION / 10
            };
            let of_bank: &[usize] = if second.is_some() { &[1, 2] } else { &[1] };
            let anew = [
                of(0..3, &[1, 2, 3]), of(3..6, &[1, 2, 3]), of(0..3, of_bank), of(0..3, of_bank),
            ];
            let used = desk.engine.limit_use().iter().map(|one| one.value_millionths).collect::<Vec<_>>();
            prop_assert_eq!(used, anew.map(Some));
        }
        let snapshot = desk.engine.snapshot();
        let restored = Engine::restore(&snapshot).unwrap();
        prop_assert_eq!(restored.limit_use(), desk.engine.limit_use());
        prop_assert_eq!(restored.snapshot(), snapshot);
    }
}
