//! The `dbn` crate of the format's owner: walks every record and reads its price.

use dbn::decode::{DbnRecordDecoder, DecodeRecordRef};

use crate::harness::{self, Report};

pub(crate) fn decode(bytes: &[u8], repeats: usize) -> Report {
    let (seconds, work) = harness::measure(
        repeats,
        || (),
        |()| {
            let mut decoder = DbnRecordDecoder::new(std::io::Cursor::new(bytes));
            let mut sum = 0_i64;
            while let Some(record) = decoder.decode_record_ref().expect("a record") {
                if let Some(order) = record.get::<dbn::MboMsg>() {
                    sum = sum.wrapping_add(order.price);
                }
            }
            vec![("price_sum", sum as u64)]
        },
    );
    Report {
        unit: "records/s",
        count: (bytes.len() / 56) as u64,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}
