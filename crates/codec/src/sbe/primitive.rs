//! Primitive types (SBE 1.0, clause 2.2) and how they are read.

/// A primitive type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Primitive {
    /// A character of ISO 646 or of the encoding that its type names.
    Char,
    /// 8 bits, signed.
    Int8,
    /// 16 bits, signed.
    Int16,
    /// 32 bits, signed.
    Int32,
    /// 64 bits, signed.
    Int64,
    /// 8 bits, unsigned.
    Uint8,
    /// 16 bits, unsigned.
    Uint16,
    /// 32 bits, unsigned.
    Uint32,
    /// 64 bits, unsigned.
    Uint64,
    /// IEEE 754, 32 bits.
    Float,
    /// IEEE 754, 64 bits.
    Double,
}

impl Primitive {
    /// The type that a schema calls `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "char" => Self::Char,
            "int8" => Self::Int8,
            "int16" => Self::Int16,
            "int32" => Self::Int32,
            "int64" => Self::Int64,
            "uint8" => Self::Uint8,
            "uint16" => Self::Uint16,
            "uint32" => Self::Uint32,
            "uint64" => Self::Uint64,
            "float" => Self::Float,
            "double" => Self::Double,
            _ => return None,
        })
    }

    /// Length, in bytes.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Char | Self::Int8 | Self::Uint8 => 1,
            Self::Int16 | Self::Uint16 => 2,
            Self::Int32 | Self::Uint32 | Self::Float => 4,
            Self::Int64 | Self::Uint64 | Self::Double => 8,
        }
    }

    /// Whether it is an integer that is never negative.
    #[must_use]
    pub const fn is_unsigned(self) -> bool {
        matches!(
            self,
            Self::Uint8 | Self::Uint16 | Self::Uint32 | Self::Uint64
        )
    }

    /// What stands for no value unless the schema says otherwise.
    #[must_use]
    pub const fn null(self) -> Number {
        match self {
            Self::Char => Number::Unsigned(0),
            Self::Int8 => Number::Signed(i8::MIN as i64),
            Self::Int16 => Number::Signed(i16::MIN as i64),
            Self::Int32 => Number::Signed(i32::MIN as i64),
            Self::Int64 => Number::Signed(i64::MIN),
            Self::Uint8 => Number::Unsigned(u8::MAX as u64),
            Self::Uint16 => Number::Unsigned(u16::MAX as u64),
            Self::Uint32 => Number::Unsigned(u32::MAX as u64),
            Self::Uint64 => Number::Unsigned(u64::MAX),
            Self::Float => Number::Float(f32::NAN),
            Self::Double => Number::Double(f64::NAN),
        }
    }

    /// The largest value that is not null, of an unsigned type.
    #[must_use]
    pub const fn most(self) -> u64 {
        match self {
            Self::Uint8 => u8::MAX as u64 - 1,
            Self::Uint16 => u16::MAX as u64 - 1,
            Self::Uint32 => u32::MAX as u64 - 1,
            _ => u64::MAX - 1,
        }
    }

    /// `text` as a value of this type; None if it is none.
    #[must_use]
    pub fn parse(self, text: &str) -> Option<Number> {
        let text = text.trim();
        let signed = |low: i64, high: i64| {
            let value = text.parse::<i64>().ok()?;
            (low..=high)
                .contains(&value)
                .then_some(Number::Signed(value))
        };
        let unsigned = |high: u64| {
            let value = match text.strip_prefix("0x") {
                Some(digits) => u64::from_str_radix(digits, 16).ok()?,
                None => text.parse().ok()?,
            };
            (value <= high).then_some(Number::Unsigned(value))
        };
        match self {
            Self::Char => match *text.as_bytes() {
                [byte] => Some(Number::Unsigned(u64::from(byte))),
                _ => unsigned(u64::from(u8::MAX)),
            },
            Self::Int8 => signed(i8::MIN.into(), i8::MAX.into()),
            Self::Int16 => signed(i16::MIN.into(), i16::MAX.into()),
            Self::Int32 => signed(i32::MIN.into(), i32::MAX.into()),
            Self::Int64 => signed(i64::MIN, i64::MAX),
            Self::Uint8 => unsigned(u8::MAX.into()),
            Self::Uint16 => unsigned(u16::MAX.into()),
            Self::Uint32 => unsigned(u32::MAX.into()),
            Self::Uint64 => unsigned(u64::MAX),
            Self::Float => text.parse().ok().map(Number::Float),
            Self::Double => text.parse().ok().map(Number::Double),
        }
    }

    /// The value at the start of `bytes`; None if they are too few.
    #[inline]
    #[must_use]
    pub fn read(self, bytes: &[u8], order: ByteOrder) -> Option<Number> {
        Some(match self {
            Self::Char | Self::Uint8 => Number::Unsigned(u64::from(*bytes.first()?)),
            Self::Int8 => Number::Signed(i64::from(*bytes.first()? as i8)),
            Self::Int16 => Number::Signed(i64::from(order.u16(*bytes.first_chunk()?) as i16)),
            Self::Uint16 => Number::Unsigned(u64::from(order.u16(*bytes.first_chunk()?))),
            Self::Int32 => Number::Signed(i64::from(order.u32(*bytes.first_chunk()?) as i32)),
            Self::Uint32 => Number::Unsigned(u64::from(order.u32(*bytes.first_chunk()?))),
            Self::Int64 => Number::Signed(order.u64(*bytes.first_chunk()?) as i64),
            Self::Uint64 => Number::Unsigned(order.u64(*bytes.first_chunk()?)),
            Self::Float => Number::Float(f32::from_bits(order.u32(*bytes.first_chunk()?))),
            Self::Double => Number::Double(f64::from_bits(order.u64(*bytes.first_chunk()?))),
        })
    }

    /// Writes `number` to the start of `bytes`, cut to this type's width; whether there is room.
    pub fn write(self, number: Number, order: ByteOrder, bytes: &mut [u8]) -> bool {
        let bits = match (self, number) {
            (Self::Float, number) => u64::from((number.to_f64() as f32).to_bits()),
            (Self::Double, number) => number.to_f64().to_bits(),
            (_, Number::Unsigned(value)) => value,
            (_, Number::Signed(value)) => value as u64,
            (_, Number::Float(value)) => value as i64 as u64,
            (_, Number::Double(value)) => value as i64 as u64,
        };
        let size = self.size();
        let little = bits.to_le_bytes();
        let Some(place) = bytes.get_mut(..size) else {
            return false;
        };
        place.copy_from_slice(&little[..size]);
        if order == ByteOrder::Big {
            place.reverse();
        }
        true
    }
}

/// Which byte of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ByteOrder {
    /// The lowest one.
    #[default]
    Little,
    /// The highest one.
    Big,
}

impl ByteOrder {
    #[inline]
    fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    #[inline]
    fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    #[inline]
    fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }
}

/// A number of any primitive type.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// Of an unsigned type or a character.
    Unsigned(u64),
    /// Of a signed type.
    Signed(i64),
    /// Of 32 bits.
    Float(f32),
    /// Of 64 bits.
    Double(f64),
}

impl Number {
    /// As a double, rounded where it has to be.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Unsigned(value) => value as f64,
            Self::Signed(value) => value as f64,
            Self::Float(value) => f64::from(value),
            Self::Double(value) => value,
        }
    }

    /// As an unsigned integer; None if it is none.
    #[must_use]
    pub fn to_u64(self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(value),
            Self::Signed(value) => u64::try_from(value).ok(),
            Self::Float(_) | Self::Double(_) => None,
        }
    }
}

/// Equal bits: a NaN equals itself, as the null of the floating types must.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unsigned(one), Self::Unsigned(two)) => one == two,
            (Self::Signed(one), Self::Signed(two)) => one == two,
            (Self::Float(one), Self::Float(two)) => one == two || (one.is_nan() && two.is_nan()),
            (Self::Double(one), Self::Double(two)) => one == two || (one.is_nan() && two.is_nan()),
            _ => false,
        }
    }
}
