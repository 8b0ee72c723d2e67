//! Normalizing allocates nothing for a row: only for what is seen for the first time.
#![allow(clippy::unwrap_used, clippy::panic)]

mod shipped;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use wattbook_feed::normalize::{NO_REVISION, NONE, Normalized, Observations};

/// The system's allocator, with a count of what each thread asks of it.
struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is handed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the pointer came from `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn a_row_allocates_nothing() {
    const ROWS: usize = 4_000;
    const HOUR: i64 = 3_600_000_000_000;
    let mut normalizer = shipped::normalizer(shipped::RULES, shipped::RATES, 64);
    let source = normalizer.number("entsoe");
    let names = ["day_ahead_price", "load", "gas_index"].map(|it| normalizer.number(it));
    let units = ["ct/kWh", "MWh", "p/therm"].map(|it| normalizer.number(it));
    let codes = ["10Y1001A1001A82H", "FR", "10YXX-NOWHERE--X"].map(|it| normalizer.number(it));
    let of = |texts: [u32; 3]| (0..ROWS).map(|row| texts[row % 3]).collect::<Vec<_>>();
    let (dataset, unit) = (of(names), of(units));
    let location: Vec<u32> = (0..ROWS).map(|row| codes[row / 3 % 3]).collect();
    let nothing = vec![NONE; ROWS];
    let value: Vec<f64> = (0..ROWS).map(|row| (row % 977) as f64 / 10.0).collect();
    let revision = vec![NO_REVISION; ROWS];
    let place: Vec<i64> = (0..ROWS as i64).collect();
    let mut out = Normalized::default();
    let mut kept = 0;
    let mut pass = |first: i64| {
        let start: Vec<i64> = (0..ROWS as i64)
            .map(|row| (first + row / 9) * HOUR)
            .collect();
        let end: Vec<i64> = start.iter().map(|start| start + HOUR).collect();
        let rows = Observations {
            dataset: &dataset,
            location: &location,
            counterpart: &nothing,
            item: &nothing,
            delivery_start: &start,
            delivery_end: &end,
            value: &value,
            unit: &unit,
            ts_event: &start,
            revision: &revision,
            place: &place,
        };
        let before = COUNT.with(Cell::get);
        normalizer.apply(source, 0, &rows, &mut out).unwrap();
        kept += out.rows.value.len();
        assert!(!out.faults.is_empty(), "an unknown code is among the rows");
        COUNT.with(Cell::get) - before
    };
    let first = pass(430_000);
    assert!(first > 0, "the count counts");
    // Later hours of the same series; the remembered periods have reached their capacity.
    assert_eq!((pass(431_000), pass(432_000)), (0, 0));
    assert!(kept > 0);
}
