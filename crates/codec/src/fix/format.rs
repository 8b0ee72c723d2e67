//! Whether a value is written as its data type is: FIX 5.0 SP2, volume 1, "Data types".

use super::dictionary::FieldKind;
use super::value::{Value, is_decimal};

/// Whether `value`, which is not empty, is written as `kind` is.
#[inline]
pub(super) fn fits(kind: FieldKind, value: Value<'_>) -> bool {
    let bytes = value.bytes();
    match kind {
        FieldKind::String
        | FieldKind::Currency
        | FieldKind::Country
        | FieldKind::Exchange
        | FieldKind::Data => true,
        FieldKind::Int => value.int().is_ok(),
        FieldKind::Length | FieldKind::SeqNum | FieldKind::NumInGroup | FieldKind::TagNum => {
            value.count().is_ok()
        }
        FieldKind::DayOfMonth => value.count().is_ok_and(|day| matches!(day, 1..=31)),
        FieldKind::Float
        | FieldKind::Percentage
        | FieldKind::Price
        | FieldKind::PriceOffset
        | FieldKind::Qty
        | FieldKind::Amt => is_decimal(bytes),
        FieldKind::Char => bytes.len() == 1,
        FieldKind::Boolean => value.bool().is_ok(),
        FieldKind::MultipleString => bytes
            .split(|byte| *byte == b' ')
            .all(|word| !word.is_empty()),
        FieldKind::MultipleChar => bytes
            .split(|byte| *byte == b' ')
            .all(|word| word.len() == 1),
        FieldKind::UtcTimestamp => value.timestamp().is_ok(),
        FieldKind::UtcTimeOnly | FieldKind::LocalMktTime => value.time_of_day().is_ok(),
        FieldKind::UtcDateOnly | FieldKind::LocalMktDate => value.date().is_ok(),
        FieldKind::MonthYear => is_month_year(bytes),
        FieldKind::TzTimeOnly => is_zoned_time(bytes),
        FieldKind::TzTimestamp => {
            bytes.len() > 9
                && bytes[8] == b'-'
                && Value::new(&bytes[..8]).date().is_ok()
                && is_zoned_time(&bytes[9..])
        }
    }
}

/// `YYYYMM`, `YYYYMMDD` or `YYYYMMwN`, N from 1 to 5.
fn is_month_year(bytes: &[u8]) -> bool {
    let day = match bytes.get(6..) {
        Some([] | [b'w', b'1'..=b'5']) => [b'0', b'1'],
        Some([tens, ones]) => [*tens, *ones],
        _ => return false,
    };
    let mut date = [0; 8];
    date[..6].copy_from_slice(&bytes[..6]);
    date[6..].copy_from_slice(&day);
    Value::new(&date).date().is_ok()
}

/// `HH:MM[:SS[.s…]]` and `Z`, `±hh` or `±hh:mm`, or no zone.
fn is_zoned_time(bytes: &[u8]) -> bool {
    let zone = bytes
        .iter()
        .position(|byte| matches!(byte, b'Z' | b'+' | b'-'));
    let (time, zone) = bytes.split_at(zone.unwrap_or(bytes.len()));
    let is_time = match time {
        [h1, h2, b':', m1, m2] => Value::new(&[*h1, *h2, b':', *m1, *m2, b':', b'0', b'0'])
            .time_of_day()
            .is_ok(),
        _ => Value::new(time).time_of_day().is_ok(),
    };
    let is_zone = match zone {
        [] | [b'Z'] => true,
        [_, hours @ ..] => match hours {
            [h1, h2] => Value::new(&[*h1, *h2])
                .count()
                .is_ok_and(|hours| hours <= 14),
            [h1, h2, b':', m1, m2] => {
                Value::new(&[*h1, *h2])
                    .count()
                    .is_ok_and(|hours| hours <= 14)
                    && Value::new(&[*m1, *m2])
                        .count()
                        .is_ok_and(|minutes| minutes < 60)
            }
            _ => false,
        },
    };
    is_time && is_zone
}
