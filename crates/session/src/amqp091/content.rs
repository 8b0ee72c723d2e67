//! Messages out of the frames of their content: AMQP 0-9-1, section 4.2.6.

use super::event::{Delivery, Event};
use super::properties::Properties;

/// The message whose content comes.
#[derive(Debug, Default)]
pub(super) struct Content {
    expected: Option<Expected>,
    bytes_max: usize,
}

#[derive(Debug)]
struct Expected {
    delivery: Delivery,
    /// Why it came back, if it did.
    returned: Option<(u16, String)>,
    /// Known once its header is there.
    body_bytes: Option<usize>,
}

impl Content {
    /// Refuses bodies longer than `bytes_max`.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            expected: None,
            bytes_max,
        }
    }

    /// Header and body of this delivery come next.
    pub(super) fn expect(&mut self, delivery: Delivery, returned: Option<(u16, String)>) {
        self.expected = Some(Expected {
            delivery,
            returned,
            body_bytes: None,
        });
    }

    pub(super) const fn is_expected(&self) -> bool {
        self.expected.is_some()
    }

    /// Takes the header; the message, if its body is empty.
    pub(super) fn header(
        &mut self,
        properties: Properties,
        body_bytes: u64,
    ) -> Result<Option<Event>, String> {
        let limit = self.bytes_max;
        let expected = self.expected.as_mut();
        let Some(expected) = expected.filter(|expected| expected.body_bytes.is_none()) else {
            return Err("a content header without a delivery".to_owned());
        };
        match usize::try_from(body_bytes) {
            Ok(size) if size <= limit => expected.body_bytes = Some(size),
            _ => {
                return Err(format!(
                    "a message of {body_bytes} bytes; {limit} are allowed"
                ));
            }
        }
        expected.delivery.properties = properties;
        self.body(&[])
    }

    /// Takes a part of the body; the message, once it is whole.
    pub(super) fn body(&mut self, part: &[u8]) -> Result<Option<Event>, String> {
        let Some(Expected {
            delivery,
            body_bytes: Some(size),
            ..
        }) = &mut self.expected
        else {
            return Err("a part of a body without a content header".to_owned());
        };
        delivery.body.extend_from_slice(part);
        if delivery.body.len() > *size {
            return Err(format!("a body longer than the {size} bytes announced"));
        }
        if delivery.body.len() < *size {
            return Ok(None);
        }
        let whole = self.expected.take();
        Ok(whole.map(|whole| match whole.returned {
            Some((code, text)) => Event::Returned(code, text, whole.delivery.routing_key),
            None => Event::Delivered(Box::new(whole.delivery)),
        }))
    }
}
