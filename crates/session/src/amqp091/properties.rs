//! Content headers of class basic: AMQP 0-9-1, section 4.2.6.1.

use super::value::Table;
use super::wire::{Field, Reader, Writer};

macro_rules! properties {
    ($($(#[$doc:meta])* $field:ident: $kind:ty = $bit:literal),* $(,)?) => {
        /// What a message says of itself; each only if it is there.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct Properties {
            $($(#[$doc])* pub $field: Option<$kind>,)*
        }

        impl Properties {
            /// Class, weight, body size, flags and the properties that they announce.
            #[must_use]
            pub fn encode(&self, body_bytes: u64) -> Vec<u8> {
                let mut out = Writer::default();
                60_u16.write(&mut out);
                0_u16.write(&mut out);
                body_bytes.write(&mut out);
                let flags = 0_u16 $(| u16::from(self.$field.is_some()) << $bit)*;
                flags.write(&mut out);
                $(if let Some(value) = &self.$field {
                    value.write(&mut out);
                })*
                out.finish()
            }

            /// Reads a content header that fills `bytes`; the size of the body with it.
            ///
            /// # Errors
            /// What was found and what was expected.
            pub fn decode(bytes: &[u8]) -> Result<(Self, u64), String> {
                let mut input = Reader::new(bytes);
                let class = u16::read(&mut input)?;
                if class != 60 {
                    return Err(format!("a content header of class {class}; only basic (60) has content"));
                }
                let _weight = u16::read(&mut input)?;
                let body_bytes = u64::read(&mut input)?;
                let flags = u16::read(&mut input)?;
                if flags & 3 != 0 {
                    return Err("property flags beyond those of class basic".to_owned());
                }
                let mut properties = Self::default();
                $(if flags >> $bit & 1 == 1 {
                    properties.$field = Some(<$kind>::read(&mut input)?);
                })*
                if input.rest().is_empty() {
                    return Ok((properties, body_bytes));
                }
                Err(format!("{} bytes behind the properties", input.rest().len()))
            }
        }
    };
}

properties! {
    /// MIME type of the body.
    content_type: String = 15,
    /// MIME encoding of the body: `gzip`.
    content_encoding: String = 14,
    /// What the application says in names and values.
    headers: Table = 13,
    /// 1 for messages that need not survive the broker, 2 for those that must.
    delivery_mode: u8 = 12,
    /// From 0.
    priority: u8 = 11,
    /// Which request this answers.
    correlation_id: String = 10,
    /// Queue for the answer.
    reply_to: String = 9,
    /// Time to live, ms, as text.
    expiration: String = 8,
    /// The application's name of the message.
    message_id: String = 7,
    /// Seconds since 1970 UTC.
    timestamp: u64 = 6,
    /// The application's word for what the message is.
    kind: String = 5,
    /// Who sent it; the broker checks it.
    user_id: String = 4,
    /// The sending application.
    app_id: String = 3,
    /// No longer used.
    cluster_id: String = 2,
}
