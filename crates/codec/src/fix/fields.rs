//! Messages from fields as a caller lists them.

use super::dictionary;
use super::encode::Encoder;
use super::error::EncodeError;
use super::message::Field;
use super::number;
use super::value::Value;

/// Highest tag that frames are read with.
const TAG_MAX: i64 = 99_999_999;

impl Encoder {
    /// Writes a message of `fields`, which follow `MsgType` (35) in the order given; version, length
    /// and checksum are written around them.
    ///
    /// A group is the field with its count and then the fields of its entries. A field of bytes may
    /// follow the field that states its length; where it does not, that one is written before it.
    ///
    /// # Errors
    /// [`EncodeError`] of the first field that is wrong.
    pub fn encode<'a, 'f>(
        &'a mut self,
        begin_string: &'a str,
        msg_type: &str,
        fields: impl IntoIterator<Item = (i64, &'f [u8])>,
    ) -> Result<&'a [u8], EncodeError> {
        let is_version = begin_string.starts_with("FIX")
            && begin_string.len() <= 10
            && begin_string.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_version {
            return Err(EncodeError::BeginString);
        }
        let mut message = self.message(begin_string, msg_type);
        let mut before: Option<(u32, &[u8])> = None;
        for (tag, value) in fields {
            let wrong = EncodeError::Tag { tag };
            let in_range = (1..=TAG_MAX).contains(&tag);
            let tag = u32::try_from(tag).ok().filter(|_| in_range).ok_or(wrong)?;
            if matches!(tag, 8 | 9 | 10 | 35) {
                return Err(EncodeError::Framing { tag });
            }
            match (dictionary::length_tag(tag), before) {
                (Some(length_tag), Some((last, stated))) if last == length_tag => {
                    if number::short(stated) != Some(value.len() as u64) {
                        let bytes = value.len();
                        return Err(EncodeError::Length { tag: last, bytes });
                    }
                    message.field(&Field {
                        tag,
                        value: Value::new(value),
                    });
                }
                _ => {
                    message.data(tag, value);
                }
            }
            before = Some((tag, value));
        }
        message.finish()
    }
}
