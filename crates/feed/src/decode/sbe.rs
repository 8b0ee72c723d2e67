//! SBE messages whose fields carry the tags of FIX, as CME's MDP 3.0 does.

use wattbook_codec::sbe::{
    Block, Composite, Constant, Field, Group, Kind, Message as SbeMessage, Number, Schema, Visitor,
};
use wattbook_domain::Volume;
use wattbook_domain::id::InstrumentId;
use wattbook_domain::order::Side;

use super::{MessageError, event_of, lots, price};
use crate::event::{EventKind, FeedEvent};
use crate::sink::Message;

/// Decodes messages of a schema: incremental refreshes and full snapshots, of levels where an entry
/// names no order, else of orders. Instruments keep their `SecurityID` (48).
#[derive(Debug)]
pub struct SbeDecoder {
    schema: Schema,
}

const TRANSACT_TIME: u32 = 60;
const SECURITY_ID: u32 = 48;
const ENTRIES: u32 = 268;
const CURRENT_CHUNK: u32 = 37_710;

impl SbeDecoder {
    /// A decoder of the messages of `schema`.
    #[must_use]
    pub const fn new(schema: Schema) -> Self {
        Self { schema }
    }

    pub(super) fn decode(
        &self,
        message: &Message<'_>,
        out: &mut Vec<FeedEvent>,
    ) -> Result<(), MessageError> {
        let mut visit = Visit {
            event: event_of(message),
            is_snapshot: false,
            is_book: false,
            out,
            fault: None,
        };
        self.schema.decode(message.bytes, &mut visit)?;
        visit.fault.map_or(Ok(()), Err)
    }
}

struct Visit<'a> {
    event: FeedEvent,
    is_snapshot: bool,
    /// Whether the message is a refresh or snapshot of a book.
    is_book: bool,
    out: &'a mut Vec<FeedEvent>,
    fault: Option<MessageError>,
}

/// A whole number of a field; None for null, for what the writer's version lacks and for a decimal.
fn whole(field: &Field, block: &Block<'_>) -> Option<i64> {
    let (primitive, null) = match &field.kind {
        Kind::Simple(simple) => {
            if let Some(Constant::Number(number) | Constant::Named(_, number)) = &simple.constant {
                return integer(*number);
            }
            (simple.primitive, simple.null)
        }
        Kind::Enum(choices) => (choices.primitive, choices.null),
        Kind::Set(_) | Kind::Composite(_) => return None,
    };
    let number = primitive.read(block.bytes(field)?, block.byte_order())?;
    integer(number).filter(|_| number != null)
}

/// A number of a type without a point.
fn integer(number: Number) -> Option<i64> {
    match number {
        Number::Unsigned(number) => Some(number as i64),
        Number::Signed(number) => Some(number),
        Number::Float(_) | Number::Double(_) => None,
    }
}

/// Mantissa and exponent of a decimal.
fn decimal(composite: &Composite, bytes: &[u8], block: &Block<'_>) -> Option<(i64, i8)> {
    let part = |name: &str| {
        let member = composite.member(name)?;
        let Kind::Simple(simple) = &member.kind else {
            return None;
        };
        if let Some(Constant::Number(number)) = &simple.constant {
            return integer(*number);
        }
        let found = bytes.get(member.offset..member.offset + simple.primitive.size())?;
        let number = simple.primitive.read(found, block.byte_order())?;
        integer(number).filter(|_| number != simple.null)
    };
    Some((part("mantissa")?, i8::try_from(part("exponent")?).ok()?))
}

impl Visit<'_> {
    fn read_entry(&mut self, group: &Group, block: &Block<'_>) -> Result<(), MessageError> {
        let (mut action, mut kind, mut at) = (0, 0_u8, None);
        let (mut order, mut size, mut shown) = (None, None, None);
        let mut event = self.event;
        for field in &group.layout.fields {
            let number = || whole(field, block);
            match field.id {
                37 => order = number(),
                SECURITY_ID => event.instrument = InstrumentId(number().unwrap_or(0) as u32),
                269 => kind = number().unwrap_or(0) as u8,
                270 => at = entry_price(field, block)?,
                271 => size = number(),
                279 => action = number().unwrap_or(0) as u8,
                346 => event.orders = number().unwrap_or(0) as u32,
                37_706 => shown = number(),
                _ => {}
            }
        }
        event.side = match kind {
            b'0' => Some(Side::Buy),
            b'1' => Some(Side::Sell),
            b'2' => None,
            // An emptied book.
            b'J' => {
                event.kind = EventKind::Clear;
                self.out.push(event);
                return Ok(());
            }
            _ => return Ok(()),
        };
        let is_gone = action == 2;
        if matches!(action, 3 | 4) {
            return Err(MessageError::Action { found: action });
        }
        let volume = size.or(shown).and_then(|size| u32::try_from(size).ok());
        event.volume = if is_gone {
            Volume::default()
        } else {
            lots(volume.unwrap_or(0))
        };
        event.price = match at {
            Some(at) => at,
            None if is_gone && order.is_some() => wattbook_domain::Price::default(),
            None => return Err(MessageError::Missing { field: "MDEntryPx" }),
        };
        event.venue_order = order.unwrap_or(0) as u64;
        event.kind = match (kind, order, action) {
            (b'2', ..) => EventKind::Trade,
            (_, None, _) => EventKind::Level,
            (_, Some(_), 0) => EventKind::Add,
            (_, Some(_), 2) => EventKind::Delete,
            (_, Some(_), _) => EventKind::Modify,
        };
        self.out.push(event);
        Ok(())
    }
}

fn entry_price(
    field: &Field,
    block: &Block<'_>,
) -> Result<Option<wattbook_domain::Price>, MessageError> {
    let Kind::Composite(composite) = &field.kind else {
        return Ok(None);
    };
    let Some(bytes) = block.bytes(field) else {
        return Ok(None);
    };
    decimal(composite, bytes, block)
        .map(|(mantissa, exponent)| price(mantissa, exponent))
        .transpose()
}

impl Visitor for Visit<'_> {
    fn message(&mut self, message: &SbeMessage, block: &Block<'_>) {
        self.is_book = message.name.contains("Refresh");
        self.is_snapshot = message.name.starts_with("SnapshotFullRefresh");
        let mut is_first_chunk = true;
        for field in &message.layout.fields {
            match (field.id, whole(field, block)) {
                (TRANSACT_TIME, Some(time)) => self.event.ts_event = time,
                (SECURITY_ID, Some(id)) => self.event.instrument = InstrumentId(id as u32),
                (CURRENT_CHUNK, Some(chunk)) => is_first_chunk = chunk <= 1,
                _ => {}
            }
        }
        if self.is_snapshot && is_first_chunk {
            self.out.push(FeedEvent {
                kind: EventKind::Clear,
                ..self.event
            });
        }
    }

    fn entry(&mut self, group: &Group, block: &Block<'_>) {
        if self.is_book
            && group.id == ENTRIES
            && self.fault.is_none()
            && let Err(fault) = self.read_entry(group, block)
        {
            self.fault = Some(fault);
        }
    }
}
