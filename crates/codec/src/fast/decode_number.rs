//! Integers and decimals, by operator (FAST 1.1, clause 6.3).

use super::decode::Dictionaries;
use super::error::{FastError, FastFault};
use super::state::{Kind, Slot, Status};
use super::stream::{Presence, Reader};
use super::template::{Decimal, Integer, Operator, WholeDecimal};

/// Exponents that a decimal may have.
const EXPONENTS: std::ops::RangeInclusive<i64> = -63..=63;

impl Integer {
    #[inline]
    pub(super) fn kind(&self) -> Kind {
        Kind::Integer {
            is_signed: self.is_signed,
            bits: self.bits,
        }
    }

    #[inline]
    pub(super) fn fits(&self, bits: u64) -> bool {
        self.bits == 64
            || if self.is_signed {
                i64::from(bits as i32) == bits as i64
            } else {
                bits >> 32 == 0
            }
    }

    /// Bits of a value in the stream; None for null.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn read(&self, reader: &mut Reader<'_>) -> Result<Option<u64>, FastError> {
        let bits = match (self.is_signed, self.is_optional) {
            (false, false) => reader.unsigned()?,
            (true, false) => reader.signed()? as u64,
            (false, true) => match reader.unsigned_or_null()? {
                None => return Ok(None),
                Some(bits) => bits,
            },
            (true, true) => match reader.signed()? {
                0 => return Ok(None),
                value if value > 0 => (value - 1) as u64,
                value => value as u64,
            },
        };
        if !self.fits(bits) {
            return Err(reader.refuse(FastFault::D2));
        }
        Ok(Some(bits))
    }

    /// `bits` and a difference.
    #[inline]
    fn plus(&self, bits: u64, delta: i128, reader: &Reader<'_>) -> Result<u64, FastError> {
        let sum = if self.is_signed {
            i128::from(bits as i64) + delta
        } else {
            i128::from(bits) + delta
        };
        let found = if self.is_signed {
            i64::try_from(sum).ok().map(|sum| sum as u64)
        } else {
            u64::try_from(sum).ok()
        };
        found
            .filter(|bits| self.fits(*bits))
            .ok_or_else(|| reader.refuse(FastFault::R4))
    }
}

impl Reader<'_> {
    /// An unsigned integer that may be null; null is zero, and every value stands one higher.
    #[inline]
    fn unsigned_or_null(&mut self) -> Result<Option<u64>, FastError> {
        // The largest value stands one higher too, so at 65 bits.
        let at = *self;
        match self.unsigned() {
            Ok(0) => Ok(None),
            Ok(value) => Ok(Some(value - 1)),
            Err(error) => {
                *self = at;
                if self.is_highest() {
                    Ok(Some(u64::MAX))
                } else {
                    Err(error)
                }
            }
        }
    }

    /// Whether `u64::MAX` stands here, one higher: 2 to the 64. Reads it.
    #[cold]
    fn is_highest(&mut self) -> bool {
        let bytes = self.stopped();
        bytes.is_ok_and(|bytes| bytes == [0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0x80])
    }
}

/// A difference in the stream; None for null.
#[inline]
fn delta(is_optional: bool, reader: &mut Reader<'_>) -> Result<Option<i128>, FastError> {
    let delta = reader.signed_wide()?;
    Ok(match (is_optional, delta) {
        (true, 0) => None,
        (true, 1..) => Some(delta - 1),
        _ => Some(delta),
    })
}

impl Dictionaries {
    /// Bits of the next value of `field`; None if it is absent. Inlined, so that reader and presence map
    /// stay in registers.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn integer(
        &mut self,
        field: &Integer,
        presence: &mut Presence<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Option<u64>, FastError> {
        match field.operator {
            Operator::None => field.read(reader),
            Operator::Default => {
                if presence.bit() {
                    field.read(reader)
                } else {
                    Ok(field.initial)
                }
            }
            Operator::Constant => {
                if field.is_optional && !presence.bit() {
                    return Ok(None);
                }
                Ok(field.initial)
            }
            Operator::Copy | Operator::Tail => {
                let slot = &mut self.slots[field.slot as usize];
                if presence.bit() {
                    return Ok(store(slot, field, field.read(reader)?));
                }
                previous(slot, field, reader)
            }
            Operator::Increment => {
                let slot = &mut self.slots[field.slot as usize];
                if presence.bit() {
                    return Ok(store(slot, field, field.read(reader)?));
                }
                if slot.status == Status::Assigned && slot.kind == field.kind() {
                    slot.number = field.plus(slot.number, 1, reader)?;
                    return Ok(Some(slot.number));
                }
                previous(slot, field, reader)
            }
            Operator::Delta => {
                let Some(delta) = delta(field.is_optional, reader)? else {
                    return Ok(None);
                };
                let slot = &mut self.slots[field.slot as usize];
                let base = match slot.status {
                    Status::Assigned if slot.kind == field.kind() => slot.number,
                    Status::Assigned => return Err(reader.refuse(FastFault::D4)),
                    Status::Undefined => field.initial.unwrap_or(0),
                    Status::Empty => return Err(reader.refuse(FastFault::D6)),
                };
                let bits = field.plus(base, delta, reader)?;
                slot.set_number(field.kind(), bits);
                Ok(Some(bits))
            }
        }
    }

    /// The next value of a decimal with an operator for each part; None if it is absent.
    #[inline]
    pub(super) fn parts(
        &mut self,
        exponent: &Integer,
        mantissa: &Integer,
        presence: &mut Presence<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Option<Decimal>, FastError> {
        let Some(bits) = self.integer(exponent, presence, reader)? else {
            return Ok(None);
        };
        if !EXPONENTS.contains(&(bits as i64)) {
            return Err(reader.refuse(FastFault::R1));
        }
        // A mandatory mantissa is never absent.
        let mantissa = self.integer(mantissa, presence, reader)?.unwrap_or(0);
        Ok(Some(Decimal {
            exponent: bits as i32,
            mantissa: mantissa as i64,
        }))
    }

    /// The next value of a decimal with one operator; None if it is absent.
    pub(super) fn decimal(
        &mut self,
        field: &WholeDecimal,
        presence: &mut Presence<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Option<Decimal>, FastError> {
        let slot = &mut self.slots[field.slot as usize];
        match field.operator {
            Operator::None => read_decimal(field.is_optional, reader),
            Operator::Constant => {
                let is_there = !field.is_optional || presence.bit();
                Ok(field.initial.filter(|_| is_there))
            }
            Operator::Default => {
                if presence.bit() {
                    read_decimal(field.is_optional, reader)
                } else {
                    Ok(field.initial)
                }
            }
            Operator::Delta => delta_decimal(slot, field, reader),
            Operator::Copy | Operator::Increment | Operator::Tail => {
                if presence.bit() {
                    let found = read_decimal(field.is_optional, reader)?;
                    match found {
                        Some(decimal) => store_decimal(slot, decimal),
                        None => slot.status = Status::Empty,
                    }
                    return Ok(found);
                }
                match slot.status {
                    _ if slot.is_other(Kind::Decimal) => Err(reader.refuse(FastFault::D4)),
                    Status::Assigned => Ok(Some(stored_decimal(slot))),
                    Status::Undefined if field.initial.is_some() => {
                        field
                            .initial
                            .iter()
                            .for_each(|decimal| store_decimal(slot, *decimal));
                        Ok(field.initial)
                    }
                    Status::Undefined | Status::Empty => {
                        missing(slot, field.is_optional, reader).map(|()| None)
                    }
                }
            }
        }
    }
}

/// What a field is whose bit is not set and that has no value: absent, or an error.
#[cold]
pub(super) fn missing(
    slot: &mut Slot,
    is_optional: bool,
    reader: &Reader<'_>,
) -> Result<(), FastError> {
    if is_optional {
        slot.status = Status::Empty;
        return Ok(());
    }
    Err(reader.refuse(match slot.status {
        Status::Undefined => FastFault::D5,
        Status::Empty | Status::Assigned => FastFault::D6,
    }))
}

#[inline]
fn store(slot: &mut Slot, field: &Integer, bits: Option<u64>) -> Option<u64> {
    match bits {
        Some(bits) => slot.set_number(field.kind(), bits),
        None => slot.status = Status::Empty,
    }
    bits
}

/// The value of an integer whose bit is not set.
#[inline]
fn previous(
    slot: &mut Slot,
    field: &Integer,
    reader: &Reader<'_>,
) -> Result<Option<u64>, FastError> {
    match slot.status {
        Status::Assigned if slot.kind == field.kind() => Ok(Some(slot.number)),
        Status::Assigned => Err(reader.refuse(FastFault::D4)),
        Status::Undefined if field.initial.is_some() => Ok(store(slot, field, field.initial)),
        Status::Undefined | Status::Empty => {
            missing(slot, field.is_optional, reader).map(|()| None)
        }
    }
}

fn store_decimal(slot: &mut Slot, decimal: Decimal) {
    slot.set_number(Kind::Decimal, decimal.mantissa as u64);
    slot.exponent = decimal.exponent;
}

fn stored_decimal(slot: &Slot) -> Decimal {
    Decimal {
        exponent: slot.exponent,
        mantissa: slot.number as i64,
    }
}

fn read_decimal(is_optional: bool, reader: &mut Reader<'_>) -> Result<Option<Decimal>, FastError> {
    let exponent = match (is_optional, reader.signed()?) {
        (true, 0) => return Ok(None),
        (true, value @ 1..) => value - 1,
        (_, value) => value,
    };
    if !EXPONENTS.contains(&exponent) {
        return Err(reader.refuse(FastFault::R1));
    }
    let mantissa = reader.signed()?;
    Ok(Some(Decimal {
        exponent: exponent as i32,
        mantissa,
    }))
}

fn delta_decimal(
    slot: &mut Slot,
    field: &WholeDecimal,
    reader: &mut Reader<'_>,
) -> Result<Option<Decimal>, FastError> {
    let Some(exponent) = delta(field.is_optional, reader)? else {
        return Ok(None);
    };
    let mantissa = reader.signed_wide()?;
    let base = match slot.status {
        _ if slot.is_other(Kind::Decimal) => return Err(reader.refuse(FastFault::D4)),
        Status::Assigned => stored_decimal(slot),
        Status::Undefined => field.initial.unwrap_or_default(),
        Status::Empty => return Err(reader.refuse(FastFault::D6)),
    };
    let exponent = i64::try_from(i128::from(base.exponent) + exponent).ok();
    let mantissa = i64::try_from(i128::from(base.mantissa) + mantissa).ok();
    let (Some(exponent), Some(mantissa)) = (exponent, mantissa) else {
        return Err(reader.refuse(FastFault::R1));
    };
    if !EXPONENTS.contains(&exponent) {
        return Err(reader.refuse(FastFault::R1));
    }
    let decimal = Decimal {
        exponent: exponent as i32,
        mantissa,
    };
    store_decimal(slot, decimal);
    Ok(Some(decimal))
}
