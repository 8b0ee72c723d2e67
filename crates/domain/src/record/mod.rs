//! What every domain type derives: a binary form, a text form and a description of its fields.
//!
//! `#[derive(Record)]` writes all of it from the struct. The binary form is what the journal keeps:
//! fields in order, without names; whole numbers of 32 and 64 bits, prices and volumes as
//! [prefix varints](binary), so a plain order takes some forty bytes. The text form is one line of
//! `name=value` for people and tests. [`Kind`] describes the fields to Arrow and Python.

// A record is written and read by one run of straight code; left to itself the compiler makes calls
// that keep the place in memory, which takes twice as long (`benches/record.rs`).
#![allow(clippy::inline_always)]

mod binary;
mod kind;
mod leaf;
#[cfg(feature = "sample")]
mod sample;
mod text;

pub use wattbook_domain_macros::Record;
pub(crate) use wattbook_domain_macros::class;

pub use binary::{DecodeError, DecodeFault, Fault, Form, Narrow, Reader, Wide, Writer};
pub(crate) use binary::{WriteNarrow, append, append_narrow};
pub use kind::{Codes, Field, Kind, Struct, Union, Value, Variant, Visitor};
#[cfg(feature = "sample")]
pub use sample::{Draws, Sample};
#[cfg(feature = "arrow")]
pub(crate) use text::TextWriter;
pub use text::{TextError, TextFault, TextReader};

/// Writes the number of a choice.
#[inline(always)]
pub(crate) fn put_tag<F: Form>(out: Writer<'_, F>, tag: u8) -> Writer<'_, F> {
    out.bytes([tag])
}

/// Reads the number of a choice.
#[inline(always)]
pub(crate) fn tag(input: &mut Reader<'_>) -> Result<u8, Fault> {
    binary::byte(input)
}

/// A domain value with a binary form, a text form and a description.
pub trait Record: Sized {
    /// Its name in the code, in Arrow and in Python.
    const NAME: &'static str;

    /// What it consists of.
    const KIND: Kind;

    /// Its fields when it is a struct, none otherwise.
    const FIELDS: &'static [Field] = match Self::KIND {
        Kind::Struct(it) => it.fields,
        _ => &[],
    };

    /// Appends the wide binary form to `out`.
    #[inline]
    fn encode(&self, out: &mut Vec<u8>) {
        binary::append(out, self.size_max(), |room| self.write(room));
    }

    /// Room enough for [`Record::write`] of the wide form, in bytes.
    fn size_max(&self) -> usize;

    /// Writes the binary form to the front of `out` and hands back the room behind it.
    #[must_use]
    fn write<'a, F: Form>(&self, out: Writer<'a, F>) -> Writer<'a, F>;

    /// Reads a value off the front of `input`; the fault counts from the end of the input.
    ///
    /// # Errors
    /// [`Fault`] when the bytes are no value of this type. [`Record::decode`] makes it readable.
    fn read<F: Form>(input: &mut Reader<'_>) -> Result<Self, Fault>;

    /// Reads the wide form off the front of `input` and moves `input` behind it; a fault leaves it.
    ///
    /// # Errors
    /// [`DecodeError`] with the offset when the bytes are no value of this type. No input panics,
    /// and none allocates more than its own length in elements.
    #[inline]
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        let mut reader = *input;
        match Self::read::<Wide>(&mut reader) {
            Ok(value) => {
                *input = reader;
                Ok(value)
            }
            Err(fault) => Err(fault.at(Self::NAME, input.len())),
        }
    }

    /// Shows the value to `visitor`, part by part in the order of its fields.
    fn visit(&self, visitor: &mut dyn Visitor);

    /// Reads a value off the text form.
    ///
    /// # Errors
    /// [`TextError`] with the offset when the text is no value of this type.
    fn parse(text: &mut TextReader<'_>) -> Result<Self, TextError>;

    /// The value of a field that the text form leaves out, if it may.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }

    /// The text form: one line, such as `{order_id=1-7 price=-37.63 volume=5}`.
    #[must_use]
    fn to_text(&self) -> String {
        let mut writer = text::TextWriter::default();
        self.visit(&mut writer);
        writer.finish()
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`TextError`] with the offset when `text` is no value of this type.
    fn from_text(text: &str) -> Result<Self, TextError> {
        let mut reader = TextReader::new(text);
        let value = Self::parse(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}
