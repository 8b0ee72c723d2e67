//! Columns of any Arrow library, read cell by cell as domain values.
//!
//! Whole numbers may have any width, text any encoding (dictionaries and views included), and prices
//! be decimals, floats or whole numbers: what a value means is decided by the field, not by how a
//! library happens to store it. An instant needs a zone, or is int64 ns UTC.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

use crate::id::OrderId;
use crate::money::Money;
use crate::price::Price;
use crate::record::{Kind, Record};
use crate::time::Timestamp;
use crate::volume::Volume;

/// Units of money in a millionth of currency.
const UNITS_PER_MILLIONTH: i128 = 3_600_000_000;

/// The values of a column, with nulls as `None`.
pub(super) enum Cells {
    Bool(Vec<Option<bool>>),
    Whole(Vec<Option<i128>>),
    Float(Vec<Option<f64>>),
    /// Values and how many decimals they have.
    Decimal(Vec<Option<i128>>, u32),
    Instant(Vec<Option<i128>>),
    Text(Vec<Option<String>>),
    List(Vec<Option<Vec<i128>>>),
}

impl Cells {
    /// The values of `array`; `None` for a type that no field has.
    pub(super) fn of(array: &ArrayRef) -> Option<Self> {
        if let Some(whole) = whole(array) {
            return Some(Self::Whole(whole));
        }
        Some(match array.data_type() {
            DataType::Boolean => Self::Bool(array.as_boolean().iter().collect()),
            DataType::Float64 => Self::Float(numbers::<Float64Type, _>(array)),
            DataType::Float32 => Self::Float(numbers::<Float32Type, _>(array)),
            DataType::Decimal128(_, scale) => {
                let scale = u32::try_from(*scale).ok().filter(|scale| *scale <= 38)?;
                Self::Decimal(numbers::<Decimal128Type, _>(array), scale)
            }
            DataType::Timestamp(unit, Some(_)) => Self::Instant(instants(array, *unit)),
            DataType::List(_) => {
                let lists = array.as_list::<i32>().iter();
                Self::List(lists.map(list).collect::<Option<_>>()?)
            }
            DataType::LargeList(_) => {
                let lists = array.as_list::<i64>().iter();
                Self::List(lists.map(list).collect::<Option<_>>()?)
            }
            _ => Self::Text(texts(array)?),
        })
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Bool(values) => values[row].is_none(),
            Self::Whole(values) | Self::Decimal(values, _) | Self::Instant(values) => {
                values[row].is_none()
            }
            Self::Float(values) => values[row].is_none(),
            Self::Text(values) => values[row].is_none(),
            Self::List(values) => values[row].is_none(),
        }
    }

    /// Whether values of `kind` can be stored so.
    pub(super) fn fits(&self, kind: Kind) -> bool {
        match kind {
            Kind::Bool => matches!(self, Self::Bool(_)),
            Kind::Unsigned(_) | Kind::Signed(_) | Kind::OrderId => matches!(self, Self::Whole(_)),
            Kind::Price | Kind::Volume => {
                matches!(self, Self::Whole(_) | Self::Float(_) | Self::Decimal(..))
            }
            Kind::Money => matches!(self, Self::Whole(_) | Self::Decimal(..)),
            Kind::Timestamp => matches!(self, Self::Whole(_) | Self::Instant(_)),
            Kind::List(_) => matches!(self, Self::List(_)),
            _ => matches!(self, Self::Text(_)),
        }
    }

    /// The whole number of `row`, for a stamp.
    pub(super) fn number(&self, row: usize) -> Option<i128> {
        match self {
            Self::Whole(values) | Self::Instant(values) => values[row],
            _ => None,
        }
    }

    /// Appends the text form of the value of `row`, of `kind`, which is not null.
    ///
    /// # Errors
    /// Why it is no such value.
    pub(super) fn write(&self, kind: Kind, row: usize, out: &mut String) -> Result<(), String> {
        match (kind, self) {
            (Kind::Bool, Self::Bool(values)) => {
                out.push_str(if values[row] == Some(true) {
                    "true"
                } else {
                    "false"
                });
            }
            (Kind::OrderId, Self::Whole(values)) => {
                let number = values[row].and_then(|value| u64::try_from(value).ok());
                out.push_str(&OrderId(number.ok_or("it is no 64-bit number")?).to_string());
            }
            (Kind::Price, cells) => {
                out.push_str(&Price::from_millionths(cells.millionths(row)?).to_string());
            }
            (Kind::Volume, cells) => {
                out.push_str(&Volume::from_millionths(cells.millionths(row)?).to_string());
            }
            (Kind::Money, cells) => {
                let money = Money::from_units(cells.units(row)?);
                out.push_str(&money.to_text());
            }
            (Kind::Timestamp, cells) => {
                let nanos = cells
                    .number(row)
                    .and_then(|value| i64::try_from(value).ok());
                let nanos = nanos.ok_or("it lies outside the years 1678 to 2261")?;
                out.push_str(&Timestamp::from_nanos(nanos).to_text());
            }
            (Kind::Text, Self::Text(values)) => {
                out.push_str(&values[row].clone().unwrap_or_default().to_text());
            }
            (_, Self::Whole(values)) => {
                out.push_str(&values[row].unwrap_or_default().to_string());
            }
            (_, Self::Text(values)) => {
                let word = values[row].as_deref().unwrap_or_default();
                // A name is one word; anything else could pass for further fields.
                let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
                if matches!(kind, Kind::Code(_) | Kind::Currency) && !word.chars().all(is_word) {
                    return Err(format!("{word:?} is no name"));
                }
                out.push_str(word);
            }
            (_, Self::List(values)) => {
                let items: Vec<String> = values[row]
                    .iter()
                    .flatten()
                    .map(ToString::to_string)
                    .collect();
                out.push('[');
                out.push_str(&items.join(" "));
                out.push(']');
            }
            _ => return Err("its column has another type".to_owned()),
        }
        Ok(())
    }

    /// The price or volume of `row` in 1e-6.
    fn millionths(&self, row: usize) -> Result<i64, String> {
        let value = match self {
            Self::Float(values) => {
                let value = values[row].unwrap_or_default();
                return Price::from_f64(value)
                    .map(Price::millionths)
                    .map_err(|error| error.to_string());
            }
            Self::Whole(values) => values[row].and_then(|value| value.checked_mul(1_000_000)),
            Self::Decimal(values, scale) => return scaled(values[row].unwrap_or_default(), *scale),
            _ => None,
        };
        let value = value.and_then(|value| i64::try_from(value).ok());
        value.ok_or_else(|| "it is beyond ±9,223,372,036,854".to_owned())
    }

    /// The amount of `row` in 1 / 3.6e15 currency.
    fn units(&self, row: usize) -> Result<i128, String> {
        match self {
            Self::Whole(values) | Self::Decimal(values, 0) => Ok(values[row].unwrap_or_default()),
            Self::Decimal(..) => Ok(i128::from(self.millionths(row)?) * UNITS_PER_MILLIONTH),
            _ => Err("its column has another type".to_owned()),
        }
    }
}

/// `value` with `scale` decimals, in 1e-6.
fn scaled(value: i128, scale: u32) -> Result<i64, String> {
    let millionths = if scale <= 6 {
        value.checked_mul(10_i128.pow(6 - scale))
    } else {
        let step = 10_i128.pow(scale - 6);
        if value % step != 0 {
            return Err("it has more than 6 decimals".to_owned());
        }
        Some(value / step)
    };
    let value = millionths.and_then(|value| i64::try_from(value).ok());
    value.ok_or_else(|| "it is beyond ±9,223,372,036,854".to_owned())
}

fn numbers<T: ArrowPrimitiveType, N: From<T::Native>>(array: &ArrayRef) -> Vec<Option<N>> {
    let values = array.as_primitive::<T>().iter();
    values.map(|value| value.map(N::from)).collect()
}

fn whole(array: &ArrayRef) -> Option<Vec<Option<i128>>> {
    Some(match array.data_type() {
        DataType::Int8 => numbers::<Int8Type, _>(array),
        DataType::Int16 => numbers::<Int16Type, _>(array),
        DataType::Int32 => numbers::<Int32Type, _>(array),
        DataType::Int64 => numbers::<Int64Type, _>(array),
        DataType::UInt8 => numbers::<UInt8Type, _>(array),
        DataType::UInt16 => numbers::<UInt16Type, _>(array),
        DataType::UInt32 => numbers::<UInt32Type, _>(array),
        DataType::UInt64 => numbers::<UInt64Type, _>(array),
        _ => return None,
    })
}

fn instants(array: &ArrayRef, unit: TimeUnit) -> Vec<Option<i128>> {
    let (values, nanos): (Vec<Option<i128>>, i128) = match unit {
        TimeUnit::Second => (numbers::<TimestampSecondType, _>(array), 1_000_000_000),
        TimeUnit::Millisecond => (numbers::<TimestampMillisecondType, _>(array), 1_000_000),
        TimeUnit::Microsecond => (numbers::<TimestampMicrosecondType, _>(array), 1_000),
        TimeUnit::Nanosecond => (numbers::<TimestampNanosecondType, _>(array), 1),
    };
    let values = values.into_iter();
    values
        .map(|value| value.map(|value| value * nanos))
        .collect()
}

fn texts(array: &ArrayRef) -> Option<Vec<Option<String>>> {
    let own = |text: Option<&str>| text.map(str::to_owned);
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().map(own).collect(),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().map(own).collect(),
        DataType::Utf8View => array.as_string_view().iter().map(own).collect(),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let values = texts(dictionary.values())?;
            if values.is_empty() {
                return Some(vec![None; array.len()]);
            }
            let keys = dictionary.normalized_keys().into_iter().enumerate();
            keys.map(|(row, key)| {
                let is_null = dictionary.keys().is_null(row);
                if is_null { None } else { values[key].clone() }
            })
            .collect()
        }
        // A column without any value has no other type.
        DataType::Null => vec![None; array.len()],
        _ => return None,
    })
}

/// The numbers of one list; the outer `None` for a list of anything else.
#[allow(clippy::option_option, reason = "a null list is one of the values")]
fn list(items: Option<ArrayRef>) -> Option<Option<Vec<i128>>> {
    let Some(items) = items else {
        return Some(None);
    };
    let numbers = whole(&items)?.into_iter().collect::<Option<Vec<i128>>>()?;
    Some(Some(numbers))
}
