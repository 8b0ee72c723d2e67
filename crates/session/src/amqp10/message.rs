//! Messages: part 3, section 3.2.

use super::value::{Room, Value};

/// A message: what it says of itself, and its body.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// Who sent it; the broker checks it.
    pub user_id: Option<String>,
    /// Where the answer goes.
    pub reply_to: Option<String>,
    /// Which request this answers.
    pub correlation_id: Option<String>,
    /// MIME type of the body.
    pub content_type: Option<String>,
    /// MIME encoding of the body: `gzip`.
    pub content_encoding: Option<String>,
    /// What application and broker say in names and values.
    pub properties: Vec<(String, Value)>,
    /// The body: of several sections of data, all of them.
    pub body: Vec<u8>,
}

impl Message {
    /// The property called `name`.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Value> {
        let found = self.properties.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }

    /// The message's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let text =
            |text: &Option<String>| text.as_ref().map_or(Value::Null, |text| Value::text(text));
        let symbol = |text: &Option<String>| {
            text.as_ref()
                .map_or(Value::Null, |text| Value::symbol(text))
        };
        let user = self.user_id.as_ref();
        let fields = vec![
            Value::Null,
            user.map_or(Value::Null, |user| Value::Binary(user.as_bytes().to_vec())),
            Value::Null,
            Value::Null,
            text(&self.reply_to),
            text(&self.correlation_id),
            symbol(&self.content_type),
            symbol(&self.content_encoding),
        ];
        let mut out = Vec::new();
        Value::described(0x73, fields).encode(&mut out);
        if !self.properties.is_empty() {
            let pairs = self.properties.iter();
            let pairs = pairs
                .map(|(name, value)| (Value::text(name), value.clone()))
                .collect();
            let described = (Box::new(Value::Ulong(0x74)), Box::new(Value::Map(pairs)));
            Value::Described(described.0, described.1).encode(&mut out);
        }
        let data = (
            Box::new(Value::Ulong(0x75)),
            Box::new(Value::Binary(self.body.clone())),
        );
        Value::Described(data.0, data.1).encode(&mut out);
        out
    }

    /// Reads a message that fills `bytes`.
    ///
    /// # Errors
    /// What was found and what was expected.
    pub fn decode(mut bytes: &[u8]) -> Result<Self, String> {
        let (mut message, mut room) = (Self::default(), Room::default());
        while !bytes.is_empty() {
            let section = Value::decode_within(&mut bytes, &mut room)?;
            let Value::Described(descriptor, section) = section else {
                return Err("a section without its descriptor".to_owned());
            };
            match (descriptor.whole(), *section) {
                (Some(0x73), Value::List(fields)) => message.take_properties(&fields),
                (Some(0x72 | 0x74), Value::Map(pairs)) => {
                    let named = pairs.into_iter();
                    let named =
                        named.filter_map(|(name, value)| Some((name.as_text()?.to_owned(), value)));
                    message.properties.extend(named);
                }
                (Some(0x75), Value::Binary(data)) => message.body.extend_from_slice(&data),
                (Some(0x77), Value::Text(text)) => message.body = text.into_bytes(),
                (Some(0x77), Value::Binary(data)) => message.body = data,
                (Some(0x70 | 0x71 | 0x78), _) => {}
                (code, _) => return Err(format!("a section {code:?} of an unexpected type")),
            }
        }
        Ok(message)
    }

    fn take_properties(&mut self, fields: &[Value]) {
        let text = |place: usize| {
            let value = fields.get(place)?;
            let text = value.as_text().map(str::to_owned);
            text.or_else(|| value.whole().map(|number| number.to_string()))
        };
        self.user_id = text(1);
        self.reply_to = text(4);
        self.correlation_id = text(5);
        self.content_type = text(6);
        self.content_encoding = text(7);
    }
}
