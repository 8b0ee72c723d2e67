//! Values back to bytes, by operator.

use super::encode::Encoder;
use super::error::{EncodeError, FastFault};
use super::state::{Kind, Slot, Status};
use super::stream::STOP;
use super::template::{Decimal, Integer, Operator, Text, TextKind, WholeDecimal};

/// Bits of a presence map, first field first.
#[derive(Debug, Default)]
pub(super) struct PresenceBits(Vec<bool>);

impl PresenceBits {
    pub(super) fn push(&mut self, bit: bool) {
        self.0.push(bit);
    }

    /// Appends the bytes, without those at the end that say nothing.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let used = self
            .0
            .iter()
            .rposition(|bit| *bit)
            .map_or(1, |last| last + 1);
        for chunk in self.0[..used.min(self.0.len())].chunks(7) {
            let bits = chunk.iter().zip((0..7).rev());
            out.push(bits.fold(0, |byte, (bit, place)| byte | u8::from(*bit) << place));
        }
        if self.0.is_empty() {
            out.push(0);
        }
        stop(out);
    }
}

/// Sets the stop bit of the last byte.
fn stop(out: &mut [u8]) {
    if let Some(last) = out.last_mut() {
        *last |= STOP;
    }
}

/// Where values are written.
pub(super) struct Out<'o>(pub(super) &'o mut Vec<u8>);

impl Out<'_> {
    pub(super) fn unsigned(&mut self, value: u64) {
        self.wide(u128::from(value));
    }

    /// The sevens of `value`, the highest first.
    fn wide(&mut self, value: u128) {
        let sevens = (128 - value.leading_zeros()).div_ceil(7).max(1);
        for seven in (0..sevens).rev() {
            self.0.push((value >> (7 * seven)) as u8 & !STOP);
        }
        stop(self.0);
    }

    fn signed(&mut self, value: i128) {
        // One bit for the sign.
        let bits = 129 - if value < 0 { !value } else { value }.leading_zeros();
        for seven in (0..bits.div_ceil(7)).rev() {
            self.0.push((value >> (7 * seven)) as u8 & !STOP);
        }
        stop(self.0);
    }

    /// A signed integer that may be null.
    fn nullable(&mut self, value: Option<i128>) {
        match value {
            None => self.signed(0),
            Some(value @ 0..) => self.signed(value + 1),
            Some(value) => self.signed(value),
        }
    }

    fn integer(&mut self, field: &Integer, value: Option<u64>) {
        let signed = value.map(|bits| i128::from(bits as i64));
        match (field.is_signed, field.is_optional) {
            (true, true) => self.nullable(signed),
            (true, false) => self.signed(signed.unwrap_or(0)),
            (false, true) => self.wide(value.map_or(0, |value| u128::from(value) + 1)),
            (false, false) => self.unsigned(value.unwrap_or(0)),
        }
    }

    /// Writes a string; one of ASCII that begins with a zero and goes on has no form of its own.
    fn text(
        &mut self,
        kind: TextKind,
        is_nullable: bool,
        value: Option<&[u8]>,
    ) -> Result<(), EncodeError> {
        if kind != TextKind::Ascii {
            let length = value.map_or(0, |value| value.len() as u64 + u64::from(is_nullable));
            self.unsigned(length);
            self.0.extend_from_slice(value.unwrap_or_default());
            return Ok(());
        }
        match value {
            None => {}
            Some([]) => self.0.extend(is_nullable.then_some(0)),
            Some([0]) if is_nullable => self.0.extend([0, 0]),
            Some([0]) => self.0.push(0),
            Some([0, ..]) => return Err(EncodeError::Fault(FastFault::R9)),
            Some(text) => {
                self.0.extend_from_slice(text);
                stop(self.0);
                return Ok(());
            }
        }
        self.0.push(STOP);
        Ok(())
    }
}

/// What a decoder makes of a bit that is not set; an error where it would refuse.
fn unset<T: Copy>(
    slot: &Slot,
    kind: Kind,
    previous: impl FnOnce(&Slot) -> Option<T>,
    initial: Option<T>,
    is_optional: bool,
) -> Result<Option<T>, FastFault> {
    match slot.status {
        Status::Assigned if slot.kind != kind => Err(FastFault::D4),
        Status::Assigned => previous(slot).map(Some).ok_or(FastFault::R4),
        Status::Undefined if initial.is_some() => Ok(initial),
        Status::Undefined if !is_optional => Err(FastFault::D5),
        Status::Empty if !is_optional => Err(FastFault::D6),
        Status::Undefined | Status::Empty => Ok(None),
    }
}

impl Encoder<'_> {
    pub(super) fn integer(
        &mut self,
        field: &Integer,
        value: Option<u64>,
        bits: &mut PresenceBits,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if value.is_none() && !field.is_optional {
            return Err(EncodeError::Fault(FastFault::D5));
        }
        if value.is_some_and(|value| !field.fits(value)) {
            return Err(EncodeError::Fault(FastFault::D2));
        }
        let kind = field.kind();
        let slot = &mut self.slots[field.slot as usize];
        match field.operator {
            Operator::None => Out(out).integer(field, value),
            Operator::Constant => return constant(field.is_optional, value, field.initial, bits),
            Operator::Default => {
                bits.push(value != field.initial);
                if value != field.initial {
                    Out(out).integer(field, value);
                }
            }
            Operator::Copy | Operator::Tail | Operator::Increment => {
                let step = u64::from(field.operator == Operator::Increment);
                let next = |slot: &Slot| {
                    let next = slot.number.wrapping_add(step);
                    (field.fits(next) && (next != 0 || step == 0 || field.is_signed))
                        .then_some(next)
                };
                let expected = unset(slot, kind, next, field.initial, field.is_optional);
                let is_set = expected != Ok(value);
                bits.push(is_set);
                if is_set {
                    Out(out).integer(field, value);
                }
                match value {
                    Some(value) => slot.set_number(kind, value),
                    None => slot.status = Status::Empty,
                }
            }
            Operator::Delta => {
                let Some(value) = value else {
                    Out(out).nullable(None);
                    return Ok(());
                };
                let base = match slot.status {
                    Status::Assigned if slot.kind == kind => slot.number,
                    Status::Assigned => return Err(EncodeError::Fault(FastFault::D4)),
                    Status::Undefined => field.initial.unwrap_or(0),
                    Status::Empty => return Err(EncodeError::Fault(FastFault::D6)),
                };
                let delta = if field.is_signed {
                    i128::from(value as i64) - i128::from(base as i64)
                } else {
                    i128::from(value) - i128::from(base)
                };
                put_delta(field.is_optional, delta, out);
                slot.set_number(kind, value);
            }
        }
        Ok(())
    }

    pub(super) fn parts(
        &mut self,
        (exponent, mantissa): &(Integer, Integer),
        value: Option<Decimal>,
        bits: &mut PresenceBits,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let power = value.map(|value| i64::from(value.exponent) as u64);
        self.integer(exponent, power, bits, out)?;
        match value {
            Some(value) => self.integer(mantissa, Some(value.mantissa as u64), bits, out),
            None => Ok(()),
        }
    }

    pub(super) fn decimal(
        &mut self,
        field: &WholeDecimal,
        value: Option<Decimal>,
        bits: &mut PresenceBits,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if value.is_none() && !field.is_optional {
            return Err(EncodeError::Fault(FastFault::D5));
        }
        let slot = &mut self.slots[field.slot as usize];
        let stored = |slot: &Slot| Decimal {
            exponent: slot.exponent,
            mantissa: slot.number as i64,
        };
        match field.operator {
            Operator::None => put_decimal(field.is_optional, value, out),
            Operator::Constant => return constant(field.is_optional, value, field.initial, bits),
            Operator::Default => {
                bits.push(value != field.initial);
                if value != field.initial {
                    put_decimal(field.is_optional, value, out);
                }
            }
            Operator::Copy | Operator::Tail | Operator::Increment => {
                let previous = |slot: &Slot| Some(stored(slot));
                let expected = unset(
                    slot,
                    Kind::Decimal,
                    previous,
                    field.initial,
                    field.is_optional,
                );
                bits.push(expected != Ok(value));
                if expected != Ok(value) {
                    put_decimal(field.is_optional, value, out);
                }
                slot.keep_decimal(value);
            }
            Operator::Delta => {
                let Some(value) = value else {
                    Out(out).nullable(None);
                    return Ok(());
                };
                let base = match slot.status {
                    _ if slot.is_other(Kind::Decimal) => {
                        return Err(EncodeError::Fault(FastFault::D4));
                    }
                    Status::Assigned => stored(slot),
                    Status::Undefined => field.initial.unwrap_or_default(),
                    Status::Empty => return Err(EncodeError::Fault(FastFault::D6)),
                };
                let power = i128::from(value.exponent) - i128::from(base.exponent);
                put_delta(field.is_optional, power, out);
                Out(out).signed(i128::from(value.mantissa) - i128::from(base.mantissa));
                slot.keep_decimal(Some(value));
            }
        }
        Ok(())
    }

    pub(super) fn text(
        &mut self,
        field: &Text,
        value: Option<&[u8]>,
        bits: &mut PresenceBits,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if value.is_none() && !field.is_optional {
            return Err(EncodeError::Fault(FastFault::D5));
        }
        let initial = field.initial.as_deref();
        let slot = &mut self.slots[field.slot as usize];
        match field.operator {
            Operator::None => Out(out).text(field.kind, field.is_optional, value)?,
            Operator::Constant => return constant(field.is_optional, value, initial, bits),
            Operator::Default => {
                bits.push(value != initial);
                if value != initial {
                    Out(out).text(field.kind, field.is_optional, value)?;
                }
            }
            Operator::Copy | Operator::Increment | Operator::Tail => {
                let kind = Kind::Text(field.kind);
                let known = (slot.status == Status::Assigned).then(|| slot.text.clone());
                let previous = |_: &Slot| known.as_deref();
                let expected = unset(slot, kind, previous, initial, field.is_optional);
                let is_set = expected != Ok(value);
                bits.push(is_set);
                if is_set {
                    let tail = match (field.operator, value) {
                        (Operator::Tail, Some(value)) => {
                            let base = known.as_deref().or(initial).unwrap_or_default();
                            Some(tail_of(field.kind, base, value)?)
                        }
                        _ => value,
                    };
                    Out(out).text(field.kind, field.is_optional, tail)?;
                }
                match value {
                    Some(value) => slot.set_text(field.kind, value),
                    None => slot.status = Status::Empty,
                }
            }
            Operator::Delta => {
                let Some(value) = value else {
                    Out(out).nullable(None);
                    return Ok(());
                };
                let base = match slot.status {
                    _ if slot.is_other(Kind::Text(field.kind)) => {
                        return Err(EncodeError::Fault(FastFault::D4));
                    }
                    Status::Assigned => slot.text.as_slice(),
                    Status::Undefined => initial.unwrap_or_default(),
                    Status::Empty => return Err(EncodeError::Fault(FastFault::D6)),
                };
                let same = kept(field.kind, base, value);
                put_delta(field.is_optional, (base.len() - same) as i128, out);
                Out(out).text(field.kind, false, Some(&value[same..]))?;
                slot.set_text(field.kind, value);
            }
        }
        Ok(())
    }
}

/// The end of `value` that is to replace as much of `base`.
fn tail_of<'v>(kind: TextKind, base: &[u8], value: &'v [u8]) -> Result<&'v [u8], EncodeError> {
    if value.len() < base.len() {
        // A tail makes nothing shorter.
        return Err(EncodeError::Fault(FastFault::D3));
    }
    if value.len() > base.len() {
        return Ok(value);
    }
    Ok(&value[kept(kind, base, value)..])
}

/// How much of `base` the value begins with, less what would leave a rest that has no form of its
/// own: one of ASCII that begins with a zero and goes on.
fn kept(kind: TextKind, base: &[u8], value: &[u8]) -> usize {
    let same = base
        .iter()
        .zip(value)
        .take_while(|(one, two)| one == two)
        .count();
    let has_form = |at: &usize| kind != TextKind::Ascii || !matches!(value[*at..], [0, _, ..]);
    (0..=same).rev().find(has_form).unwrap_or(same)
}

fn constant<T: PartialEq + Copy>(
    is_optional: bool,
    value: Option<T>,
    initial: Option<T>,
    bits: &mut PresenceBits,
) -> Result<(), EncodeError> {
    if is_optional {
        bits.push(value.is_some());
    }
    if value.is_some() && value != initial {
        return Err(EncodeError::Fault(FastFault::D3));
    }
    Ok(())
}

fn put_delta(is_optional: bool, delta: i128, out: &mut Vec<u8>) {
    if is_optional {
        Out(out).nullable(Some(delta));
    } else {
        Out(out).signed(delta);
    }
}

fn put_decimal(is_optional: bool, value: Option<Decimal>, out: &mut Vec<u8>) {
    let power = value.map(|value| i128::from(value.exponent));
    if is_optional {
        Out(out).nullable(power);
    } else {
        Out(out).signed(power.unwrap_or(0));
    }
    if let Some(value) = value {
        Out(out).signed(i128::from(value.mantissa));
    }
}

impl Slot {
    fn keep_decimal(&mut self, value: Option<Decimal>) {
        match value {
            Some(value) => {
                self.set_number(Kind::Decimal, value.mantissa as u64);
                self.exponent = value.exponent;
            }
            None => self.status = Status::Empty,
        }
    }
}
