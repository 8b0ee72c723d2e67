//! Types: part 1 of the standard.

/// Lists, maps, arrays and descriptions within each other, at most.
const DEPTH_MAX: usize = 16;
/// Values of a frame or a message, at most: each takes many times as much memory as bytes.
const VALUES_MAX: usize = 65_536;

/// A value. Text of symbols is ASCII; decimals stay bytes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number of 8 bits.
    Ubyte(u8),
    /// Of 16 bits.
    Ushort(u16),
    /// Of 32 bits.
    Uint(u32),
    /// Of 64 bits.
    Ulong(u64),
    /// A signed whole number of 8 bits.
    Byte(i8),
    /// Of 16 bits.
    Short(i16),
    /// Of 32 bits.
    Int(i32),
    /// Of 64 bits.
    Long(i64),
    /// A float.
    Float(f32),
    /// A double.
    Double(f64),
    /// A character by its code point.
    Char(u32),
    /// Milliseconds since 1970 UTC.
    Timestamp(i64),
    /// A UUID.
    Uuid([u8; 16]),
    /// A decimal number of 4, 8 or 16 bytes, not interpreted.
    Decimal(Vec<u8>),
    /// Bytes.
    Binary(Vec<u8>),
    /// Text.
    Text(String),
    /// A symbol.
    Symbol(String),
    /// Values.
    List(Vec<Value>),
    /// Keys and values in order.
    Map(Vec<(Value, Value)>),
    /// Values of one type; written as a list, because we send none.
    Array(Vec<Value>),
    /// A descriptor and what it describes.
    Described(Box<Value>, Box<Value>),
}

impl Value {
    /// Text of `text`.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A symbol of `text`.
    #[must_use]
    pub fn symbol(text: &str) -> Self {
        Self::Symbol(text.to_owned())
    }

    /// `fields` described by the number `code`.
    #[must_use]
    pub fn described(code: u64, fields: Vec<Self>) -> Self {
        Self::Described(Box::new(Self::Ulong(code)), Box::new(Self::List(fields)))
    }

    /// Text of a string, symbol or binary.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Symbol(text) => Some(text),
            Self::Binary(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// This value as a whole number, whatever its width.
    #[must_use]
    pub fn whole(&self) -> Option<i64> {
        match *self {
            Self::Ubyte(value) => Some(value.into()),
            Self::Ushort(value) => Some(value.into()),
            Self::Uint(value) => Some(value.into()),
            Self::Ulong(value) => i64::try_from(value).ok(),
            Self::Byte(value) => Some(value.into()),
            Self::Short(value) => Some(value.into()),
            Self::Int(value) => Some(value.into()),
            Self::Long(value) | Self::Timestamp(value) => Some(value),
            _ => None,
        }
    }

    /// Appends the value's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(0x40),
            Self::Bool(true) => out.push(0x41),
            Self::Bool(false) => out.push(0x42),
            Self::Ubyte(value) => put(out, 0x50, &value.to_be_bytes()),
            Self::Byte(value) => put(out, 0x51, &value.to_be_bytes()),
            Self::Ushort(value) => put(out, 0x60, &value.to_be_bytes()),
            Self::Short(value) => put(out, 0x61, &value.to_be_bytes()),
            Self::Uint(value) => match u8::try_from(*value) {
                Ok(0) => out.push(0x43),
                Ok(small) => put(out, 0x52, &[small]),
                Err(_) => put(out, 0x70, &value.to_be_bytes()),
            },
            Self::Ulong(value) => match u8::try_from(*value) {
                Ok(0) => out.push(0x44),
                Ok(small) => put(out, 0x53, &[small]),
                Err(_) => put(out, 0x80, &value.to_be_bytes()),
            },
            Self::Int(value) => put(out, 0x71, &value.to_be_bytes()),
            Self::Long(value) => put(out, 0x81, &value.to_be_bytes()),
            Self::Float(value) => put(out, 0x72, &value.to_be_bytes()),
            Self::Double(value) => put(out, 0x82, &value.to_be_bytes()),
            Self::Char(value) => put(out, 0x73, &value.to_be_bytes()),
            Self::Timestamp(value) => put(out, 0x83, &value.to_be_bytes()),
            Self::Uuid(bytes) => put(out, 0x98, bytes),
            Self::Decimal(bytes) => {
                let code = match bytes.len() {
                    4 => 0x74,
                    8 => 0x84,
                    _ => 0x94,
                };
                put(out, code, bytes);
            }
            Self::Binary(bytes) => put_sized(out, [0xA0, 0xB0], bytes),
            Self::Text(text) => put_sized(out, [0xA1, 0xB1], text.as_bytes()),
            Self::Symbol(text) => put_sized(out, [0xA3, 0xB3], text.as_bytes()),
            Self::List(values) if values.is_empty() => out.push(0x45),
            Self::List(values) | Self::Array(values) => {
                let mut inner = (values.len() as u32).to_be_bytes().to_vec();
                for value in values {
                    value.encode(&mut inner);
                }
                put(out, 0xD0, &(inner.len() as u32).to_be_bytes());
                out.extend_from_slice(&inner);
            }
            Self::Map(pairs) => {
                let mut inner = (2 * pairs.len() as u32).to_be_bytes().to_vec();
                for (key, value) in pairs {
                    key.encode(&mut inner);
                    value.encode(&mut inner);
                }
                put(out, 0xD1, &(inner.len() as u32).to_be_bytes());
                out.extend_from_slice(&inner);
            }
            Self::Described(descriptor, value) => {
                out.push(0);
                descriptor.encode(out);
                value.encode(out);
            }
        }
    }

    /// Reads the value at the front of `input`, which is moved behind it.
    ///
    /// # Errors
    /// What was found and what was expected.
    pub fn decode(input: &mut &[u8]) -> Result<Self, String> {
        Self::decode_within(input, &mut Room::default())
    }

    /// Reads the value at the front of `input` as one of several that share `room`.
    pub(super) fn decode_within(input: &mut &[u8], room: &mut Room) -> Result<Self, String> {
        decode(input, 0, room)
    }
}

/// How many more values may be read.
#[derive(Debug)]
pub(super) struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(VALUES_MAX)
    }
}

impl Room {
    /// Takes the room of a value that lies in `depth` others.
    fn enter(&mut self, depth: usize) -> Result<(), String> {
        if depth > DEPTH_MAX {
            return Err(format!("values more than {DEPTH_MAX} deep"));
        }
        match self.0.checked_sub(1) {
            Some(left) => self.0 = left,
            None => return Err(format!("more than {VALUES_MAX} values")),
        }
        Ok(())
    }
}

fn put(out: &mut Vec<u8>, code: u8, bytes: &[u8]) {
    out.push(code);
    out.extend_from_slice(bytes);
}

fn put_sized(out: &mut Vec<u8>, [short, long]: [u8; 2], bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        Ok(length) => put(out, short, &[length]),
        Err(_) => put(out, long, &(bytes.len() as u32).to_be_bytes()),
    }
    out.extend_from_slice(bytes);
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> Result<&'a [u8], String> {
    match input.split_at_checked(count) {
        Some((head, rest)) => {
            *input = rest;
            Ok(head)
        }
        None => Err(format!(
            "a value of {count} bytes where {} are left",
            input.len()
        )),
    }
}

fn array<const N: usize>(input: &mut &[u8]) -> Result<[u8; N], String> {
    let mut array = [0; N];
    array.copy_from_slice(take(input, N)?);
    Ok(array)
}

/// A size of one byte, or of four when `is_wide`.
fn size(input: &mut &[u8], is_wide: bool) -> Result<usize, String> {
    if is_wide {
        return Ok(u32::from_be_bytes(array(input)?) as usize);
    }
    let [size] = array(input)?;
    Ok(size.into())
}

fn decode(input: &mut &[u8], depth: usize, room: &mut Room) -> Result<Value, String> {
    let [code] = array(input)?;
    if code != 0 {
        return decode_as(code, input, depth, room);
    }
    room.enter(depth)?;
    let descriptor = decode(input, depth + 1, room)?;
    let value = decode(input, depth + 1, room)?;
    Ok(Value::Described(Box::new(descriptor), Box::new(value)))
}

/// Reads a value whose constructor is `code`: section 1.6.
fn decode_as(code: u8, input: &mut &[u8], depth: usize, room: &mut Room) -> Result<Value, String> {
    // Here and not where a constructor is read, because an array has one for all of its values.
    room.enter(depth)?;
    Ok(match code {
        0x40 => Value::Null,
        0x41 => Value::Bool(true),
        0x42 => Value::Bool(false),
        0x56 => Value::Bool(array::<1>(input)? != [0]),
        0x50 => Value::Ubyte(u8::from_be_bytes(array(input)?)),
        0x51 => Value::Byte(i8::from_be_bytes(array(input)?)),
        0x60 => Value::Ushort(u16::from_be_bytes(array(input)?)),
        0x61 => Value::Short(i16::from_be_bytes(array(input)?)),
        0x43 => Value::Uint(0),
        0x52 => Value::Uint(u8::from_be_bytes(array(input)?).into()),
        0x70 => Value::Uint(u32::from_be_bytes(array(input)?)),
        0x44 => Value::Ulong(0),
        0x53 => Value::Ulong(u8::from_be_bytes(array(input)?).into()),
        0x80 => Value::Ulong(u64::from_be_bytes(array(input)?)),
        0x54 => Value::Int(i8::from_be_bytes(array(input)?).into()),
        0x71 => Value::Int(i32::from_be_bytes(array(input)?)),
        0x55 => Value::Long(i8::from_be_bytes(array(input)?).into()),
        0x81 => Value::Long(i64::from_be_bytes(array(input)?)),
        0x72 => Value::Float(f32::from_be_bytes(array(input)?)),
        0x82 => Value::Double(f64::from_be_bytes(array(input)?)),
        0x73 => Value::Char(u32::from_be_bytes(array(input)?)),
        0x83 => Value::Timestamp(i64::from_be_bytes(array(input)?)),
        0x98 => Value::Uuid(array(input)?),
        0x74 => Value::Decimal(take(input, 4)?.to_vec()),
        0x84 => Value::Decimal(take(input, 8)?.to_vec()),
        0x94 => Value::Decimal(take(input, 16)?.to_vec()),
        0xA0 | 0xB0 => Value::Binary(sized(input, code)?.to_vec()),
        0xA1 | 0xB1 => Value::Text(utf8(sized(input, code)?)?),
        0xA3 | 0xB3 => Value::Symbol(utf8(sized(input, code)?)?),
        0x45 => Value::List(Vec::new()),
        0xC0 | 0xD0 => Value::List(compound(input, code, depth, room)?),
        0xC1 | 0xD1 => {
            let values = compound(input, code, depth, room)?;
            if values.len() % 2 == 1 {
                return Err("a map with a key without value".to_owned());
            }
            let mut values = values.into_iter();
            Value::Map(std::iter::from_fn(|| Some((values.next()?, values.next()?))).collect())
        }
        0xE0 | 0xF0 => decode_array(input, code == 0xF0, depth, room)?,
        code => return Err(format!("the unknown constructor 0x{code:02X}")),
    })
}

fn sized<'a>(input: &mut &'a [u8], code: u8) -> Result<&'a [u8], String> {
    let length = size(input, code >= 0xB0)?;
    take(input, length)
}

fn utf8(bytes: &[u8]) -> Result<String, String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err("text that is not UTF-8".to_owned()),
    }
}

/// The values of a list or map.
fn compound(
    input: &mut &[u8],
    code: u8,
    depth: usize,
    room: &mut Room,
) -> Result<Vec<Value>, String> {
    let is_wide = code >= 0xD0;
    let length = size(input, is_wide)?;
    let mut inner = take(input, length)?;
    let count = size(&mut inner, is_wide)?;
    // Each takes at least one byte.
    if count > inner.len() {
        return Err(format!("{count} values in {} bytes", inner.len()));
    }
    let values = (0..count).map(|_| decode(&mut inner, depth + 1, room));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    if inner.is_empty() {
        return Ok(values);
    }
    Err(format!("{} bytes behind the values of a list", inner.len()))
}

fn decode_array(
    input: &mut &[u8],
    is_wide: bool,
    depth: usize,
    room: &mut Room,
) -> Result<Value, String> {
    let length = size(input, is_wide)?;
    let mut inner = take(input, length)?;
    let count = size(&mut inner, is_wide)?;
    let [code] = array(&mut inner)?;
    if code == 0 {
        return Err("an array of described values".to_owned());
    }
    // Values without bytes of their own would make any count fit.
    if count > inner.len() {
        return Err(format!("{count} values in {} bytes", inner.len()));
    }
    let values = (0..count).map(|_| decode_as(code, &mut inner, depth + 1, room));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    if inner.is_empty() {
        return Ok(Value::Array(values));
    }
    Err(format!(
        "{} bytes behind the values of an array",
        inner.len()
    ))
}
