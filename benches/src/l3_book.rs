//! Level-3 books: take over the messages of `deltas`.

use wattbook_book::L3Book;
use wattbook_domain::Ticks;

use crate::Arguments;
use crate::harness::{self, Report, Work};
use crate::rows;

fn work(book: &L3Book) -> Work {
    let top = book.top();
    let price = |side: Option<(Ticks, _)>| side.map_or(0, |(price, _)| price.count() as u64);
    vec![("bid_ticks", price(top.bid)), ("ask_ticks", price(top.ask))]
}

/// Applies every message in batches of a thousand.
pub(crate) fn rust(arguments: &Arguments) -> Report {
    let rows = rows::read(&arguments.input);
    let (seconds, work) = harness::measure(arguments.repeats, L3Book::new, |book| {
        for batch in rows.chunks(1_000) {
            assert_eq!(book.apply_rows(batch).total(), 0);
        }
        work(book)
    });
    Report {
        unit: "deltas/s",
        count: rows.len() as u64,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}
