//! The Arrow columns and the numbers of the binary form are what the files in `schema/` say.
//!
//! `make schema` writes them anew; a changed line is a changed format.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashSet;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use wattbook_domain::Stamp;
use wattbook_domain::arrow::{Columns, TableError, Tables, describe, inputs, records, schema};
use wattbook_domain::deal::Deal;
use wattbook_domain::event::PositionChanged;
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::report::VenueReport;
use wattbook_domain::venue::Location;
use wattbook_domain::{Command, Event, Input, Money, Order, Record, Sequenced};
use wattbook_testkit::any_record;

fn golden(name: &str, text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema");
    let path = folder.join(format!("{name}.txt"));
    if std::env::var_os("WATTBOOK_WRITE_SCHEMA").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let pinned = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        pinned == text,
        "schema/{name}.txt does not fit the structs; run `make schema` and look at the difference"
    );
}

#[test]
fn the_schemas_are_the_pinned_ones() {
    golden("command", &describe::<Command>());
    golden("market", &describe::<MarketEvent>());
    golden("report", &describe::<VenueReport>());
    golden("reference", &describe::<ReferenceEvent>());
    golden("event", &describe::<Event>());
    let others = [
        describe::<Order>(),
        describe::<Deal>(),
        describe::<Location>(),
    ];
    golden("other", &others.concat());
}

#[test]
fn no_record_has_two_columns_of_one_name() {
    fn check<T: Record>() {
        let mut seen = HashSet::new();
        for column in schema::<T>() {
            assert!(
                seen.insert(column.name().clone()),
                "{}: {}",
                T::NAME,
                column.name()
            );
        }
    }
    check::<Order>();
    check::<Instrument>();
    check::<Deal>();
    check::<PositionChanged>();
    // Tables assert it again for every record of these enums.
    for text in [
        describe::<Command>(),
        describe::<Event>(),
        describe::<ReferenceEvent>(),
    ] {
        for record in text.split("\n\n") {
            let columns = record.lines().skip(1).filter(|line| !line.contains(": "));
            let names: Vec<_> = columns
                .filter_map(|line| line.split_whitespace().next())
                .collect();
            let unique: HashSet<_> = names.iter().collect();
            assert_eq!(names.len(), unique.len(), "{record}");
        }
    }
}

proptest! {
    #[test]
    fn every_input_and_event_becomes_a_row(
        inputs in vec(any_record::<Sequenced>(), 0..20), events in vec(any_record::<Event>(), 0..20),
    ) {
        let mut tables = Tables::default();
        for event in &events {
            tables.push(Stamp::default(), event);
        }
        let rows: usize = tables.finish().unwrap().iter().map(|(_, batch)| batch.num_rows()).sum();
        prop_assert_eq!(rows, events.len());
        let mut tables = Tables::default();
        for input in &inputs {
            tables.push_input(input);
        }
        let rows: usize = tables.finish().unwrap().iter().map(|(_, batch)| batch.num_rows()).sum();
        prop_assert!(rows <= inputs.len());
    }

    #[test]
    fn inputs_come_back_from_their_tables(all in vec(any_record::<Sequenced>(), 0..40)) {
        let mut tables = Tables::default();
        let mut sent: Vec<Sequenced> = Vec::new();
        for (sequence, input) in (1..).zip(all) {
            let is_command = matches!(input.input, Input::Command { .. } | Input::TimeAdvanced);
            let input = Sequenced { sequence, ..input };
            // An amount beyond 38 digits is refused on the way out.
            let mut alone = Tables::default();
            alone.push_input(&input);
            if !is_command && alone.finish().is_ok() {
                tables.push_input(&input);
                sent.push(input);
            }
        }
        let mut back = Vec::new();
        for (name, batch) in tables.finish().unwrap() {
            back.extend(inputs(name, &batch).unwrap());
        }
        back.sort_by_key(|input| input.sequence);
        prop_assert_eq!(back, sent);
    }

    #[test]
    fn instruments_and_orders_come_back_from_their_columns(
        instruments in vec(any_record::<Instrument>(), 0..10), orders in vec(any_record::<Order>(), 0..10),
    ) {
        let mut columns = Columns::of::<Instrument>();
        for instrument in &instruments {
            columns.push(Stamp::default(), instrument);
        }
        prop_assert_eq!(records::<Instrument>(&columns.finish().unwrap()).unwrap(), instruments);
        let mut columns = Columns::of::<Order>();
        for order in &orders {
            columns.push(Stamp::default(), order);
        }
        prop_assert_eq!(records::<Order>(&columns.finish().unwrap()).unwrap(), orders);
    }

    #[test]
    fn quotes_and_instruments_become_rows(
        quotes in vec(any_record::<Quote>(), 0..20), instruments in vec(any_record::<Instrument>(), 0..5),
    ) {
        let mut columns = Columns::of::<Quote>();
        for quote in &quotes {
            columns.push(Stamp::default(), quote);
        }
        prop_assert_eq!(columns.finish().unwrap().num_rows(), quotes.len());
        prop_assert!(columns.is_empty());
        let mut columns = Columns::of::<Instrument>();
        for instrument in &instruments {
            columns.push(Stamp::default(), instrument);
        }
        prop_assert_eq!(columns.finish().unwrap().num_rows(), instruments.len());
    }
}

#[test]
fn an_amount_beyond_38_digits_is_refused() {
    let mut columns = Columns::of::<PositionChanged>();
    let cost = Money::from_units(i128::MAX);
    columns.push(
        Stamp::default(),
        &PositionChanged {
            cost,
            ..PositionChanged::default()
        },
    );
    assert!(columns.finish().is_err());
}

#[test]
fn a_table_without_a_column_or_a_name_is_refused() {
    let mut columns = Columns::of::<Quote>();
    columns.push(Stamp::default(), &Quote::default());
    let batch = columns.finish().unwrap();
    let missing = inputs("Quote", &batch).unwrap_err();
    let TableError::MissingColumn { column, .. } = &missing else {
        panic!("{missing}");
    };
    assert_eq!(column, "sequence");
    let unknown = inputs("SubmitOrder", &batch).unwrap_err();
    assert!(matches!(unknown, TableError::UnknownTable { .. }));
    let foreign = records::<Order>(&batch).unwrap_err();
    assert!(matches!(foreign, TableError::MissingColumn { .. }));
    let fewer = batch.project(&[0, 1, 2]).unwrap();
    assert!(matches!(
        records::<Quote>(&fewer),
        Err(TableError::MissingColumn { .. })
    ));
}
