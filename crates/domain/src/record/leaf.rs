//! Records without parts: numbers, texts, and what may be absent or repeated.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::binary::{LENGTH_WIDTH, VARINT_MAX, byte, chunk, fold, length, number, unfold};
use super::{
    DecodeFault, Fault, Form, Kind, Reader, Record, TextError, TextReader, Value, Visitor, Writer,
};
use crate::currency::Currency;
use crate::id::{ClientId, OrderId};
use crate::money::Money;
use crate::price::Price;
use crate::time::Timestamp;
use crate::volume::Volume;

/// Record of a number: its kind, how it is written, read, shown and parsed.
macro_rules! number {
    ($type:ty, $name:literal, $kind:expr, $value:expr, $size:expr, $write:expr, $read:expr) => {
        impl Record for $type {
            const NAME: &'static str = $name;
            const KIND: Kind = $kind;

            #[inline(always)]
            fn size_max(&self) -> usize {
                $size
            }

            #[inline(always)]
            fn write<'a, F: Form>(&self, out: Writer<'a, F>) -> Writer<'a, F> {
                let write: fn(Writer<'a, F>, $type) -> Writer<'a, F> = $write;
                write(out, *self)
            }

            #[inline(always)]
            fn read<F: Form>(input: &mut Reader<'_>) -> Result<Self, Fault> {
                let read: fn(&mut Reader<'_>) -> Result<$type, Fault> = $read;
                read(input)
            }

            fn visit(&self, visitor: &mut dyn Visitor) {
                let value: fn($type) -> Value<'static> = $value;
                visitor.value(value(*self));
            }

            fn parse(text: &mut TextReader<'_>) -> Result<Self, TextError> {
                text.parse_word()
            }
        }
    };
}

number!(
    u16,
    "u16",
    Kind::Unsigned(16),
    |value| Value::Unsigned(u64::from(value)),
    2,
    |out, value| out.bytes(value.to_le_bytes()),
    |input| chunk(input).map(u16::from_le_bytes)
);
number!(
    u32,
    "u32",
    Kind::Unsigned(32),
    |value| Value::Unsigned(u64::from(value)),
    VARINT_MAX,
    |out, value| out.number::<3>(u64::from(value)),
    |input| {
        let value = number::<F, 3>(input)?;
        u32::try_from(value).map_err(|_| Fault::new(DecodeFault::OutOfRange { value }, input.len()))
    }
);
number!(
    u64,
    "u64",
    Kind::Unsigned(64),
    Value::Unsigned,
    VARINT_MAX,
    |out, value| out.number::<4>(value),
    number::<F, 4>
);
number!(
    i64,
    "i64",
    Kind::Signed(64),
    Value::Signed,
    VARINT_MAX,
    |out, value| out.number::<4>(fold(value)),
    |input| number::<F, 4>(input).map(unfold)
);
number!(
    bool,
    "bool",
    Kind::Bool,
    Value::Bool,
    1,
    |out, value| out.bytes([u8::from(value)]),
    |input| match byte(input)? {
        0 => Ok(false),
        1 => Ok(true),
        tag => Err(Fault::new(
            DecodeFault::UnknownTag { of: "bool", tag },
            input.len() + 1
        )),
    }
);
number!(
    Price,
    "Price",
    Kind::Price,
    Value::Price,
    VARINT_MAX,
    |out, value| out.number::<5>(fold(value.millionths())),
    |input| number::<F, 5>(input).map(|value| Price::from_millionths(unfold(value)))
);
number!(
    Volume,
    "Volume",
    Kind::Volume,
    Value::Volume,
    VARINT_MAX,
    |out, value| out.number::<5>(fold(value.millionths())),
    |input| number::<F, 5>(input).map(|value| Volume::from_millionths(unfold(value)))
);
number!(
    Timestamp,
    "Timestamp",
    Kind::Timestamp,
    Value::Timestamp,
    8,
    |out, value| out.bytes(value.nanos().to_le_bytes()),
    |input| chunk(input).map(|bytes| Timestamp::from_nanos(i64::from_le_bytes(bytes)))
);
number!(
    OrderId,
    "OrderId",
    Kind::OrderId,
    Value::OrderId,
    2 + VARINT_MAX,
    |out, value| value.client().write(out).number::<4>(value.number()),
    |input| {
        let client = ClientId::read::<F>(input)?;
        let value = number::<F, 4>(input)?;
        if value >> OrderId::NUMBER_BITS == 0 {
            return Ok(OrderId::new(client, value));
        }
        Err(Fault::new(DecodeFault::OutOfRange { value }, input.len()))
    }
);
number!(
    Currency,
    "Currency",
    Kind::Currency,
    Value::Currency,
    3,
    |out, value| out.bytes(value.bytes()),
    |input| {
        let code = chunk::<3>(input)?;
        let text = std::str::from_utf8(&code).ok();
        text.and_then(|text| text.parse().ok())
            .ok_or_else(|| Fault::new(DecodeFault::Invalid { of: "Currency" }, input.len() + 3))
    }
);
impl Record for Money {
    const NAME: &'static str = "Money";
    const KIND: Kind = Kind::Money;

    #[inline(always)]
    fn size_max(&self) -> usize {
        16
    }

    #[inline(always)]
    fn write<'a, F: Form>(&self, out: Writer<'a, F>) -> Writer<'a, F> {
        out.bytes(self.units().to_le_bytes())
    }

    #[inline(always)]
    fn read<F: Form>(input: &mut Reader<'_>) -> Result<Self, Fault> {
        chunk(input).map(|bytes| Self::from_units(i128::from_le_bytes(bytes)))
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.value(Value::Money(*self));
    }

    /// Units of 1 / 3.6e15 currency, which is exact where decimals of the currency are not.
    fn parse(text: &mut TextReader<'_>) -> Result<Self, TextError> {
        text.parse_word().map(Self::from_units)
    }
}

impl Record for String {
    const NAME: &'static str = "String";
    const KIND: Kind = Kind::Text;

    fn size_max(&self) -> usize {
        VARINT_MAX + self.len()
    }

    fn write<'a, F: Form>(&self, out: Writer<'a, F>) -> Writer<'a, F> {
        out.number::<LENGTH_WIDTH>(self.len() as u64)
            .text(self.as_bytes())
    }

    fn read<F: Form>(input: &mut Reader<'_>) -> Result<Self, Fault> {
        let count = length::<F>(input)?;
        let (head, rest) = input.split_at(count);
        let text = std::str::from_utf8(head)
            .map_err(|_| Fault::new(DecodeFault::NotUtf8, head.len() + rest.len()))?;
        *input = rest;
        Ok(text.to_owned())
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.value(Value::Text(self));
    }

    fn parse(text: &mut TextReader<'_>) -> Result<Self, TextError> {
        text.quoted()
    }
}

/// A sentence of the program itself, such as the fix of a refusal.
impl Record for &'static str {
    const NAME: &'static str = "str";
    const KIND: Kind = Kind::Text;

    fn size_max(&self) -> usize {
        VARINT_MAX + self.len()
    }

    fn write<'a, F: Form>(&self, out: Writer<'a, F>) -> Writer<'a, F> {
        out.number::<LENGTH_WIDTH>(self.len() as u64)
            .text(self.as_bytes())
    }

    fn read<F: Form>(input: &mut Reader<'_>) -> Result<Self, Fault> {
        let remaining = input.len();
        let text = String::read::<F>(input)?;
        intern(text).ok_or_else(|| Fault::new(DecodeFault::Invalid { of: "str" }, remaining))
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.value(Value::Text(self));
    }

    fn parse(text: &mut TextReader<'_>) -> Result<Self, TextError> {
        let (word, offset) = (text.quoted()?, text.offset());
        intern(word).ok_or_else(|| TextError::too_many_sentences(offset))
    }
}

/// The most sentences that are kept; the program has a few dozen.
const SENTENCES_MAX: usize = 1_024;

/// The one copy of `sentence` that lives as long as the program; `None` when it is longer than any
/// sentence of the program or there are too many, so that corrupt input cannot fill the memory.
fn intern(sentence: String) -> Option<&'static str> {
    static SENTENCES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    // The set is whole between any two statements, so a panic elsewhere cannot have broken it.
    let mut sentences = SENTENCES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = sentences.get(sentence.as_str()) {
        return Some(known);
    }
    if sentences.len() == SENTENCES_MAX || sentence.len() > 256 {
        return None;
    }
    let kept: &'static str = sentence.leak();
    sentences.insert(kept);
    Some(kept)
}

impl<T: Record> Record for Option<T> {
    const NAME: &'static str = T::NAME;
    const KIND: Kind = Kind::Optional(&T::KIND);

    #[inline(always)]
    fn size_max(&self) -> usize {
        1 + self.as_ref().map_or(0, Record::size_max)
    }

    #[inline(always)]
    fn write<'a, F: Form>(&self, out: Writer<'a, F>) -> Writer<'a, F> {
        match self {
            None => out.bytes([0]),
            Some(value) => value.write(out.bytes([1])),
        }
    }

    #[inline]
    fn read<F: Form>(input: &mut Reader<'_>) -> Result<Self, Fault> {
        match byte(input)? {
            0 => Ok(None),
            1 => T::read::<F>(input).map(Some),
            tag => {
                let fault = DecodeFault::UnknownTag { of: "option", tag };
                Err(Fault::new(fault, input.len() + 1))
            }
        }
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        match self {
            None => visitor.value(Value::Nothing),
            Some(value) => value.visit(visitor),
        }
    }

    fn parse(text: &mut TextReader<'_>) -> Result<Self, TextError> {
        T::parse(text).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Record> Record for Box<T> {
    const NAME: &'static str = T::NAME;
    const KIND: Kind = T::KIND;

    fn size_max(&self) -> usize {
        T::size_max(self)
    }

    fn write<'a, F: Form>(&self, out: Writer<'a, F>) -> Writer<'a, F> {
        T::write(self, out)
    }

    fn read<F: Form>(input: &mut Reader<'_>) -> Result<Self, Fault> {
        T::read::<F>(input).map(Self::new)
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        T::visit(self, visitor);
    }

    fn parse(text: &mut TextReader<'_>) -> Result<Self, TextError> {
        T::parse(text).map(Self::new)
    }
}

impl<T: Record> Record for Vec<T> {
    const NAME: &'static str = T::NAME;
    const KIND: Kind = Kind::List(&T::KIND);

    fn size_max(&self) -> usize {
        VARINT_MAX + self.iter().map(Record::size_max).sum::<usize>()
    }

    fn write<'a, F: Form>(&self, out: Writer<'a, F>) -> Writer<'a, F> {
        let out = out.number::<LENGTH_WIDTH>(self.len() as u64);
        self.iter().fold(out, |out, value| value.write(out))
    }

    fn read<F: Form>(input: &mut Reader<'_>) -> Result<Self, Fault> {
        let count = length::<F>(input)?;
        (0..count).map(|_| T::read::<F>(input)).collect()
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.begin_list();
        for value in self {
            value.visit(visitor);
        }
        visitor.end_list();
    }

    fn parse(text: &mut TextReader<'_>) -> Result<Self, TextError> {
        text.expect('[')?;
        let mut values = Self::new();
        while !text.take(']') {
            if !values.is_empty() {
                text.expect(' ')?;
            }
            values.push(T::parse(text)?);
        }
        Ok(values)
    }
}
