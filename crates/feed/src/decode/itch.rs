//! Nasdaq's ITCH 5.0.

use wattbook_codec::fixed::{self, Field, Layout, LayoutError, Value};
use wattbook_domain::id::InstrumentId;
use wattbook_domain::order::Side;
use wattbook_domain::{Price, Volume};

use super::{MessageError, event_of, lots};
use crate::books::Books;
use crate::event::{EventKind, FeedEvent};
use crate::sink::Message;

/// The fields that are read of a kind of message.
#[derive(Debug, Clone)]
struct Fields {
    locate: Field,
    timestamp: Field,
    order: Option<Field>,
    new_order: Option<Field>,
    side: Option<Field>,
    shares: Option<Field>,
    price: Option<Field>,
    match_number: Option<Field>,
}

/// Decodes ITCH 5.0; instruments keep their locate code.
#[derive(Debug)]
pub struct ItchDecoder {
    layout: Layout,
    /// By the message's character.
    fields: Vec<Option<Fields>>,
    midnight_ns: i64,
}

fn number(message: &fixed::Message<'_, '_>, field: Option<&Field>) -> u64 {
    match field.map(|field| message.value(field)) {
        Some(Value::Unsigned(number)) => number,
        Some(Value::Char(byte)) => u64::from(byte),
        _ => 0,
    }
}

impl ItchDecoder {
    /// A decoder for the day that began at `midnight_ns` in New York, ns UTC.
    ///
    /// # Errors
    /// [`LayoutError`] if the description that is built in is wrong.
    pub fn new(midnight_ns: i64) -> Result<Self, LayoutError> {
        let layout = Layout::from_xml(fixed::ITCH_5_0)?;
        let mut fields = vec![None; 256];
        for kind in b"AFECXDUP" {
            // A message long enough for any kind tells which fields this one has.
            let mut sample = [0; 64];
            sample[0] = *kind;
            let Ok(message) = layout.decode(&sample) else {
                continue;
            };
            let field = |name: &str| message.spec().field(name).cloned();
            let (Some(locate), Some(timestamp)) = (field("stock_locate"), field("timestamp"))
            else {
                continue;
            };
            fields[usize::from(*kind)] = Some(Fields {
                locate,
                timestamp,
                order: field("order_reference"),
                new_order: field("new_order_reference"),
                side: field("side"),
                shares: field("shares"),
                price: field("price"),
                match_number: field("match_number"),
            });
        }
        Ok(Self {
            layout,
            fields,
            midnight_ns,
        })
    }

    pub(super) fn decode(
        &self,
        message: &Message<'_>,
        books: &Books,
        out: &mut Vec<FeedEvent>,
    ) -> Result<(), MessageError> {
        let found = self.layout.decode(message.bytes)?;
        let kind = found.bytes().first().copied().unwrap_or(0);
        let Some(fields) = &self.fields[usize::from(kind)] else {
            return Ok(());
        };
        let get = |field: &Option<Field>| number(&found, field.as_ref());
        let nanos = number(&found, Some(&fields.timestamp)) as i64;
        let event = FeedEvent {
            ts_event: self.midnight_ns.saturating_add(nanos),
            instrument: InstrumentId(number(&found, Some(&fields.locate)) as u32),
            venue_order: get(&fields.order),
            side: match get(&fields.side) as u8 {
                b'B' => Some(Side::Buy),
                b'S' => Some(Side::Sell),
                _ => None,
            },
            // Prices have four decimals.
            price: Price::from_millionths(get(&fields.price) as i64 * 100),
            volume: lots(get(&fields.shares) as u32),
            ..event_of(message)
        };
        events(kind, &event, fields, &found, books, out)
    }
}

fn events(
    kind: u8,
    event: &FeedEvent,
    fields: &Fields,
    found: &fixed::Message<'_, '_>,
    books: &Books,
    out: &mut Vec<FeedEvent>,
) -> Result<(), MessageError> {
    if matches!(kind, b'A' | b'F') {
        out.push(FeedEvent {
            kind: EventKind::Add,
            ..*event
        });
        return Ok(());
    }
    if kind == b'P' {
        out.push(FeedEvent {
            kind: EventKind::Trade,
            venue_order: number(found, fields.match_number.as_ref()),
            ..*event
        });
        return Ok(());
    }
    let venue_order = event.venue_order;
    let open = books.order(event.instrument, venue_order);
    let open = open.ok_or(MessageError::Unknown { venue_order })?;
    let standing = FeedEvent {
        side: Some(open.side),
        price: Price::from_millionths(open.price.count()),
        ..*event
    };
    if matches!(kind, b'E' | b'C') {
        // A price of its own is that of an execution off the order's price.
        let price = if kind == b'C' {
            event.price
        } else {
            standing.price
        };
        out.push(FeedEvent {
            kind: EventKind::Trade,
            side: Some(opposite(open.side)),
            venue_order: number(found, fields.match_number.as_ref()),
            price,
            ..standing
        });
    }
    match kind {
        b'D' => out.push(leaves(&standing)),
        b'U' => {
            out.push(leaves(&standing));
            out.push(FeedEvent {
                kind: EventKind::Add,
                venue_order: number(found, fields.new_order.as_ref()),
                price: event.price,
                ..standing
            });
        }
        _ => out.push(shrinks(&standing, open.volume.count())),
    }
    Ok(())
}
fn opposite(side: Side) -> Side {
    match side {
        Side::Buy => Side::Sell,
        Side::Sell => Side::Buy,
    }
}

fn leaves(event: &FeedEvent) -> FeedEvent {
    FeedEvent {
        kind: EventKind::Delete,
        volume: Volume::default(),
        ..*event
    }
}

/// The order of which `open` stood without the event's volume.
fn shrinks(event: &FeedEvent, open: i64) -> FeedEvent {
    let left = open - event.volume.millionths();
    if left <= 0 {
        return leaves(event);
    }
    FeedEvent {
        kind: EventKind::Modify,
        volume: Volume::from_millionths(left),
        ..*event
    }
}
