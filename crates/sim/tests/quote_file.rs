//! Quote files survive a round trip and name the place of every damage.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use proptest::prelude::*;
use wattbook_domain::{InstrumentId, LotSize, Price, TickSize, Volume};
use wattbook_sim::{QuoteColumns, QuoteFile, QuoteHeader, QuoteWriter, SimError};

const TICK: i64 = 10_000;
const LOT: i64 = 100_000;

fn header() -> QuoteHeader {
    QuoteHeader {
        instrument: InstrumentId(3),
        tick: TickSize::new(Price::from_millionths(TICK)).unwrap(),
        lot: LotSize::new(Volume::from_millionths(LOT)).unwrap(),
        is_synthetic: true,
    }
}

type Rows = Vec<(i64, i64, i64, i64, i64)>;

fn write(path: &Path, rows: &Rows) -> Result<u64, SimError> {
    let column = |pick: fn(&(i64, i64, i64, i64, i64)) -> i64| -> Vec<i64> {
        rows.iter().map(pick).collect()
    };
    let mut writer = QuoteWriter::create(path, header())?;
    writer.append(&QuoteColumns {
        ts: &column(|row| row.0),
        bid_price: &column(|row| row.1 * TICK),
        ask_price: &column(|row| row.2 * TICK),
        bid_volume: &column(|row| row.3 * LOT),
        ask_volume: &column(|row| row.4 * LOT),
    })?;
    writer.finish()
}

fn read(path: &Path) -> Result<Rows, SimError> {
    let file = QuoteFile::open(path)?;
    let mut rows = Rows::new();
    for block in file.blocks() {
        rows.extend(block?.rows().map(|row| {
            let (bid, ask) = (row.bid.count(), row.ask.count());
            (
                row.ts.nanos(),
                bid,
                ask,
                row.bid_lots.count(),
                row.ask_lots.count(),
            )
        }));
    }
    Ok(rows)
}

fn rows(count: i64, step: i64) -> Rows {
    (0..count)
        .map(|i| (i * step - 5_000, -i, i % 7 - i, i % 50, 3))
        .collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        gaps in prop::collection::vec(0_i64..1 << 49, 0..40),
        price in any::<i32>(), lots in any::<u32>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("quotes.wbq");
        let mut ts = -3;
        let rows: Rows = gaps.iter().map(|gap| {
            ts += gap;
            (ts, i64::from(price), -i64::from(price / 2), i64::from(lots), 0)
        }).collect();
        prop_assert_eq!(write(&path, &rows).unwrap(), rows.len() as u64);
        prop_assert_eq!(read(&path).unwrap(), rows);
    }
}

#[test]
fn a_quote_takes_less_than_24_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quotes.wbq");
    let rows = rows(100_000, 1_000_000);
    write(&path, &rows).unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() < 24 * 100_000);
    assert_eq!(read(&path).unwrap(), rows);
}

#[test]
fn every_changed_byte_and_every_cut_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quotes.wbq");
    write(&path, &rows(5_000, 1_000)).unwrap();
    let sound = std::fs::read(&path).unwrap();
    for at in (0..60).chain((64..sound.len()).step_by(97)) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&path, &bytes).unwrap();
        // The header's reserved bytes are covered by its checksum too.
        assert!(read(&path).is_err(), "byte {at}");
    }
    for length in [0, 10, 63, 64, 70, 200, sound.len() - 1] {
        std::fs::write(&path, &sound[..length]).unwrap();
        assert!(read(&path).is_err(), "length {length}");
    }
}

#[test]
fn a_row_off_the_grid_or_back_in_time_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quotes.wbq");
    let mut writer = QuoteWriter::create(&path, header()).unwrap();
    let mut append = |ts: &[i64], bid_price: &[i64]| {
        let flat = vec![0; ts.len()];
        let (ask_price, volume) = (&flat, &flat);
        let columns = QuoteColumns {
            ts,
            bid_price,
            ask_price,
            bid_volume: volume,
            ask_volume: volume,
        };
        writer.append(&columns)
    };
    append(&[5, 6], &[0, TICK]).unwrap();
    let wrong = append(&[7, 8], &[0, TICK + 1]).unwrap_err();
    assert!(
        matches!(wrong, SimError::QuoteRow { row: 3, .. }),
        "{wrong}"
    );
    let wrong = append(&[6], &[0]).unwrap_err();
    assert!(
        matches!(wrong, SimError::QuoteRow { row: 3, .. }),
        "{wrong}"
    );
    // Never finished, so never read.
    assert!(matches!(read(&path), Err(SimError::QuoteFile { .. })));
}
