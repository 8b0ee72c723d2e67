//! A long file of quotes, mapped: bytes a quote, and what stays resident while a strategy trades it.

use std::fs;

use wattbook_journal::{BackgroundJournal, FileStorage, JournalConfig};

use crate::Arguments;
use crate::harness::{self, Report};
use crate::quotes::{LATENCY_NS, context, crossing, desk_of, long_quote_file};

/// Trades the crossing of two averages over every quote of a long file, its journal on disk.
pub(crate) fn mapped(arguments: &Arguments) -> Report {
    let (file, bytes) = long_quote_file(arguments);
    let folder = arguments.input.with_file_name("memory-journal");
    let mut anonymous = 0_f64;
    let prepare = || {
        drop(fs::remove_dir_all(&folder));
        let storage = FileStorage::writable(&folder).unwrap();
        let (journal, _) = BackgroundJournal::open(storage, JournalConfig::default()).unwrap();
        (desk_of(journal, LATENCY_NS), crossing(), context())
    };
    let (seconds, work) =
        harness::measure(arguments.repeats, prepare, |(desk, strategy, context)| {
            let done = desk.run(&file, strategy, context).unwrap();
            anonymous = anonymous.max(harness::anonymous_bytes());
            vec![("quotes", done.quotes), ("orders", done.orders)]
        });
    drop(fs::remove_dir_all(&folder));
    let a_quote = bytes as f64 / file.count() as f64;
    Report {
        unit: "quotes/s",
        count: file.count(),
        seconds,
        work,
        latency_ns: None,
        extra: vec![
            ("file_bytes_per_quote", a_quote),
            // The map is the file: a quote takes no other room.
            ("mapped_bytes_per_quote", a_quote),
            ("anonymous_bytes", anonymous),
        ],
    }
}
