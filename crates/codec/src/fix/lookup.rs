//! The fields of a message by tag, told apart once.

use super::message::{Fields, Message};
use super::value::Value;

/// Fields that have a place of their own; a message of order entry has about thirty.
const PLACES: usize = 48;

/// What [`Message::get`] finds, for whoever asks for many fields: they are gone over once.
#[derive(Debug)]
pub struct Lookup<'a> {
    tags: [u32; PLACES],
    values: [Value<'a>; PLACES],
    len: usize,
    /// Fields beyond the places; none behind a malformed field.
    rest: Option<Fields<'a>>,
}

impl<'a> Lookup<'a> {
    /// Goes over the fields of `message`.
    #[must_use]
    pub fn of(message: &Message<'a>) -> Self {
        let mut found = Self {
            tags: [0; PLACES],
            values: [Value::new(&[]); PLACES],
            len: 0,
            rest: None,
        };
        let mut fields = message.fields();
        while found.len < PLACES {
            let field = match fields.ordinary() {
                Some(field) => field,
                None => match fields.unusual() {
                    Some(Ok(field)) => field,
                    _ => return found,
                },
            };
            found.tags[found.len] = field.tag;
            found.values[found.len] = field.value;
            found.len += 1;
        }
        found.rest = Some(fields);
        found
    }

    /// The first field with `tag`, wherever it stands; `None` also when a malformed field stands
    /// before it.
    #[must_use]
    pub fn get(&self, tag: u32) -> Option<Value<'a>> {
        let place = self.tags[..self.len].iter().position(|at| *at == tag);
        match place {
            Some(place) => Some(self.values[place]),
            None => self.rest.as_ref()?.get(tag),
        }
    }
}
