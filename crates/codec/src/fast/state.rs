//! Previous values of all dictionaries.

use super::template::TextKind;

/// Type of a value under a key; values of different types cannot share one (ERR D4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer { is_signed: bool, bits: u8 },
    Decimal,
    Text(TextKind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Undefined,
    Empty,
    Assigned,
}

/// The previous value under one key.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) status: Status,
    pub(super) kind: Kind,
    /// Bits of the integer, or the mantissa.
    pub(super) number: u64,
    pub(super) exponent: i32,
    pub(super) text: Vec<u8>,
}

impl Slot {
    pub(super) fn undefined() -> Self {
        Self {
            status: Status::Undefined,
            kind: Kind::Decimal,
            number: 0,
            exponent: 0,
            text: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn set_number(&mut self, kind: Kind, number: u64) {
        self.status = Status::Assigned;
        self.kind = kind;
        self.number = number;
    }

    #[inline]
    pub(super) fn set_text(&mut self, kind: TextKind, text: &[u8]) {
        self.status = Status::Assigned;
        self.kind = Kind::Text(kind);
        self.text.clear();
        self.text.extend_from_slice(text);
    }

    /// Whether a value of another type stands here.
    #[inline]
    pub(super) fn is_other(&self, kind: Kind) -> bool {
        self.status == Status::Assigned && self.kind != kind
    }
}
