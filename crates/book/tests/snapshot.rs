//! A book restored from its bytes goes on as the one that never stopped.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod random;

use proptest::prelude::*;
use random::{Command, apply, cases, commands, config};
use wattbook_book::{BookConfig, BookEvent, NewOrder, OrderBook};
use wattbook_domain::market::Phase;
use wattbook_domain::order::Side;
use wattbook_domain::state::State;
use wattbook_domain::{Lots, OrderId, Ticks};

fn bytes(book: &OrderBook) -> Vec<u8> {
    let mut out = Vec::new();
    book.save(&mut out);
    out
}

fn restored(bytes: &[u8]) -> OrderBook {
    let mut input = bytes;
    let book = OrderBook::load(&mut input).expect("a book loads from its own bytes");
    assert!(input.is_empty(), "every byte belongs to the book");
    book
}

fn events_of(book: &mut OrderBook, command: &Command) -> Vec<BookEvent> {
    let mut events = Vec::new();
    apply(book, command, &mut events);
    events
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_restored_book_tells_the_same_events_as_an_uninterrupted_one(
        config in config(), commands in commands(), every in 1_usize..9,
    ) {
        let mut whole = OrderBook::new(config);
        let mut stopped = OrderBook::new(config);
        for (at, command) in commands.iter().enumerate() {
            if at % every == 0 {
                stopped = restored(&bytes(&stopped));
            }
            let told = events_of(&mut whole, command);
            prop_assert_eq!(&told, &events_of(&mut stopped, command), "command {}: {:?}", at, command);
            prop_assert_eq!(bytes(&whole), bytes(&stopped), "after {}: {:?}", at, command);
        }
    }

    #[test]
    fn no_damaged_bytes_panic(
        config in config(), commands in commands(), cut in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut book = OrderBook::new(config);
        for command in &commands {
            events_of(&mut book, command);
        }
        let mut saved = bytes(&book);
        prop_assert!(OrderBook::load(&mut &saved[..cut.index(saved.len())]).is_none());
        let at = place.index(saved.len());
        saved[at] = byte;
        let _ = OrderBook::load(&mut saved.as_slice());
    }
}

#[test]
fn the_way_to_a_book_leaves_no_trace_in_its_bytes() {
    let order = |number, ticks| {
        NewOrder::limit(OrderId(number), Side::Buy, Ticks::new(ticks), Lots::new(5))
    };
    let mut events: Vec<BookEvent> = Vec::new();
    let mut straight = OrderBook::new(BookConfig::default());
    straight.set_phase(Phase::Continuous, &mut events);
    let mut detour = straight.clone();
    straight.submit(&order(1, -3), &mut events);
    straight.submit(&order(2, 9), &mut events);
    for number in 10..200 {
        detour.submit(&order(number, number as i64 * 1_000), &mut events);
    }
    detour.cancel_all(None, &mut events);
    detour.submit(&order(1, -3), &mut events);
    detour.submit(&order(2, 9), &mut events);
    assert_eq!(bytes(&straight), bytes(&detour));
}
