//! Members of objects as what they stand for.

use std::str::FromStr;

use wattbook_codec::json::Value;
use wattbook_domain::Timestamp;

/// The venue's code of an order as a number: itself if it is one above zero, else its 64-bit FNV-1a,
/// which gives two orders of a book the same number once in some 10^13 books of 1,000 orders.
pub(super) fn order_number(code: &str) -> u64 {
    if let Ok(number) = code.parse::<u64>()
        && number > 0
    {
        return number;
    }
    let hash = code.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    hash.max(1)
}

fn member<'d, 'a>(row: Value<'d, 'a>, key: &str) -> Result<Value<'d, 'a>, String> {
    row.get(key)
        .filter(|value| !value.is_null())
        .ok_or_else(|| format!("no {key}"))
}

pub(super) fn text(row: Value<'_, '_>, key: &str) -> Result<String, String> {
    let value = member(row, key)?;
    let text = value.text().map(std::borrow::Cow::into_owned);
    let text = text.or_else(|| value.number().map(str::to_owned));
    text.filter(|text| !text.is_empty())
        .ok_or_else(|| format!("{key} is no text"))
}

pub(super) fn whole<T: FromStr>(row: Value<'_, '_>, key: &str) -> Result<T, String> {
    let value = member(row, key)?;
    let parsed = value.number_or_text().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| format!("{key} is {:.40}, no whole number in range", value.raw()))
}

pub(super) fn truth(row: Value<'_, '_>, key: &str, absent: bool) -> Result<bool, String> {
    match row.get(key) {
        None => Ok(absent),
        Some(value) if value.is_null() => Ok(absent),
        Some(value) => value
            .truth()
            .ok_or_else(|| format!("{key} is neither true nor false")),
    }
}

pub(super) fn time(row: Value<'_, '_>, key: &str) -> Result<Timestamp, String> {
    instant(member(row, key)?, key)
}

/// ISO 8601, or ms since 1970 UTC.
pub(super) fn instant(value: Value<'_, '_>, key: &str) -> Result<Timestamp, String> {
    let fault = || format!("{key} is {:.40}, no time", value.raw());
    if let Some(number) = value.number() {
        let ms: Option<i64> = number.parse().ok();
        let nanos = ms.and_then(|ms| ms.checked_mul(1_000_000));
        return nanos.map(Timestamp::from_nanos).ok_or_else(fault);
    }
    let text = value.text().ok_or_else(fault)?;
    text.parse().map_err(|_| fault())
}
