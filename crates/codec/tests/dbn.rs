//! DBN: what is written is read, and what is damaged is refused with its place.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_codec::dbn::{
    DbnError, Interval, Mapping, Mbo, Mbp, Metadata, Records, encode_metadata, open, runs,
    write_json,
};

const LIMIT: usize = 1 << 20;

fn metadata(version: u8, symbols: Vec<String>) -> Metadata {
    Metadata {
        version,
        dataset: "XEEE.EOBI".to_owned(),
        schema: Some(0),
        start: 1,
        symbol_length: if version == 1 { 22 } else { 71 },
        stype_in: Some(1),
        mappings: symbols
            .iter()
            .map(|symbol| Mapping {
                raw_symbol: symbol.clone(),
                intervals: vec![Interval {
                    start_date: 20_240_229,
                    end_date: 20_240_301,
                    symbol: "7".to_owned(),
                }],
            })
            .collect(),
        symbols,
        ..Metadata::default()
    }
}

/// One order entered, as `mbo`.
fn mbo(order_id: u64, price: i64, size: u32) -> Vec<u8> {
    let mut record = vec![14, 0xa0, 1, 0, 7, 0, 0, 0];
    record.extend_from_slice(&5_u64.to_le_bytes());
    record.extend_from_slice(&order_id.to_le_bytes());
    record.extend_from_slice(&price.to_le_bytes());
    record.extend_from_slice(&size.to_le_bytes());
    record.extend_from_slice(&[0x80, 0, b'A', b'B']);
    record.extend_from_slice(&6_u64.to_le_bytes());
    record.extend_from_slice(&[0, 0, 0, 0, 9, 0, 0, 0]);
    record
}

proptest! {
    #[test]
    fn metadata_survives_its_bytes(
        version in 1_u8..=3,
        symbols in prop::collection::vec("[A-Z0-9.]{1,21}", 0..5),
        has_ts_out: bool,
        end in prop::option::of(1_u64..u64::MAX),
    ) {
        let written = Metadata { has_ts_out, end, ..metadata(version, symbols) };
        let bytes = encode_metadata(&written);
        let file = open(&bytes, LIMIT).unwrap();
        prop_assert_eq!(file.metadata(), Some(&written));
        prop_assert_eq!(file.records_at(), bytes.len());
    }

    #[test]
    fn records_are_read_where_they_lie(
        orders in prop::collection::vec((any::<u64>(), any::<i64>(), any::<u32>()), 0..20),
        is_compressed: bool,
    ) {
        let mut bytes = encode_metadata(&metadata(3, Vec::new()));
        for (order_id, price, size) in &orders {
            bytes.extend(mbo(*order_id, *price, *size));
        }
        if is_compressed {
            bytes = zstd::encode_all(&bytes[..], 1).unwrap();
        }
        let file = open(&bytes, LIMIT).unwrap();
        let read: Vec<_> = file
            .records()
            .map(|record| {
                let order = Mbo::of(&record.unwrap()).unwrap();
                (order.order_id(), order.price(), order.size())
            })
            .collect();
        prop_assert_eq!(read, orders);
    }
}

#[test]
fn a_record_prints_as_its_owner_prints_it() {
    let record = mbo(1, -5, 2);
    let record = Records::new(&record, false).next().unwrap().unwrap();
    let mut line = String::new();
    write_json(&record, &mut line);
    assert_eq!(
        line,
        r#"{"ts_recv":"6","hd":{"ts_event":"5","rtype":160,"publisher_id":1,"instrument_id":7},"action":"A","side":"B","price":"-5","size":2,"channel_id":0,"order_id":"1","flags":128,"ts_in_delta":0,"sequence":9}"#
    );
}

#[test]
fn the_walk_goes_on_behind_a_record_that_is_none() {
    let mut bytes = mbo(1, 1, 1);
    bytes.extend([5, 0x99, 0, 0].iter().chain(&[0; 16]));
    bytes.extend([4, 0xa0, 0, 0].iter().chain(&[0; 12]));
    bytes.extend(mbo(2, 2, 2));
    bytes.extend(&mbo(3, 3, 3)[..20]);
    let found: Vec<_> = Records::new(&bytes, false).collect();
    assert_eq!(
        found[1].as_ref().unwrap_err(),
        &DbnError::RecordType {
            offset: 56,
            rtype: 0x99
        }
    );
    assert_eq!(
        found[2].as_ref().unwrap_err(),
        &DbnError::RecordLength {
            offset: 76,
            rtype: 0xa0,
            length: 16,
            needed: 56
        }
    );
    assert_eq!(Mbo::of(found[3].as_ref().unwrap()).unwrap().order_id(), 2);
    assert_eq!(
        found[4].as_ref().unwrap_err(),
        &DbnError::Truncated {
            offset: 148,
            needed: 56,
            available: 20
        }
    );
    assert_eq!(found.len(), 5);
    let mut faults = 0;
    assert_eq!(runs(&bytes, false, |_| faults += 1).len(), 2);
    assert_eq!(faults, 3);
}

#[test]
fn damaged_files_are_refused_with_their_place() {
    let whole = encode_metadata(&metadata(2, vec!["TTF".to_owned()]));
    assert!(matches!(
        open(&whole[..50], LIMIT),
        Err(DbnError::Truncated { .. })
    ));
    let mut later = whole.clone();
    later[3] = 4;
    assert_eq!(
        open(&later, LIMIT).unwrap_err(),
        DbnError::Version { found: 4 }
    );
    let mut crowded = whole.clone();
    crowded[112..116].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(
        open(&crowded, LIMIT),
        Err(DbnError::Metadata { offset: 116, .. })
    ));
    assert_eq!(
        open(b"PK\x03\x04", LIMIT).unwrap_err(),
        DbnError::NotDbn {
            found: *b"PK\x03\x04"
        }
    );
    let compressed = zstd::encode_all(&mbo(1, 1, 1)[..], 1).unwrap();
    assert!(matches!(
        open(&compressed[..12], LIMIT),
        Err(DbnError::Compression { .. })
    ));
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let bomb = zstd::encode_all(&vec![0_u8; 2 * LIMIT][..], 1).unwrap();
    assert!(bomb.len() < 1000);
    assert_eq!(
        open(&bomb, LIMIT).unwrap_err(),
        DbnError::TooLarge { limit: LIMIT }
    );
}

#[test]
fn levels_of_a_book_are_read() {
    let mut record = vec![20, 0x01, 0, 0, 0, 0, 0, 0];
    record.resize(48, 0);
    for price in [10_i64, 11] {
        record.extend_from_slice(&price.to_le_bytes());
    }
    for number in [3_u32, 4, 5, 6] {
        record.extend_from_slice(&number.to_le_bytes());
    }
    let record = Records::new(&record, false).next().unwrap().unwrap();
    let level = Mbp::of(&record).unwrap().levels().next().unwrap();
    assert_eq!(
        (
            level.bid_price,
            level.ask_price,
            level.ask_size,
            level.ask_count
        ),
        (10, 11, 4, 6)
    );
}
