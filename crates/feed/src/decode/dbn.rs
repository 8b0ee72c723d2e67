//! Databento's records.

use wattbook_codec::dbn::{Mbo, Records, Trade};
use wattbook_domain::id::InstrumentId;
use wattbook_domain::order::Side;

use super::{MessageError, event_of, lots, price};
use crate::books::Books;
use crate::event::{EventKind, FeedEvent};
use crate::sink::Message;

/// Decodes records of DBN, one or more in a message; instruments keep the publisher's number.
#[derive(Debug, Clone, Copy, Default)]
pub struct DbnDecoder;

const NO_PRICE: i64 = i64::MAX;

fn side(byte: u8) -> Option<Side> {
    match byte {
        b'B' => Some(Side::Buy),
        b'A' => Some(Side::Sell),
        _ => None,
    }
}

/// A price in 1e-9; none is zero.
#[inline]
fn nano_price(found: i64) -> Result<wattbook_domain::Price, MessageError> {
    price(if found == NO_PRICE { 0 } else { found }, -9)
}

impl DbnDecoder {
    #[inline]
    #[allow(clippy::unused_self, reason = "called as the other decoders are")]
    pub(super) fn decode(
        self,
        message: &Message<'_>,
        books: &Books,
        out: &mut Vec<FeedEvent>,
    ) -> Result<(), MessageError> {
        for record in Records::new(message.bytes, false) {
            let record = record?;
            if let Some(order) = Mbo::of(&record) {
                order_event(message, order, books, out)?;
            } else if record.rtype() == 0
                && let Some(trade) = Trade::of(&record)
            {
                out.push(FeedEvent {
                    ts_event: trade.ts_event() as i64,
                    instrument: InstrumentId(trade.instrument_id()),
                    kind: EventKind::Trade,
                    side: side(trade.side()),
                    price: nano_price(trade.price())?,
                    volume: lots(trade.size()),
                    ..event_of(message)
                });
            }
        }
        Ok(())
    }
}

#[inline]
fn order_event(
    message: &Message<'_>,
    order: Mbo<'_>,
    books: &Books,
    out: &mut Vec<FeedEvent>,
) -> Result<(), MessageError> {
    let instrument = InstrumentId(order.instrument_id());
    let mut volume = lots(order.size());
    let kind = match order.action() {
        b'A' => EventKind::Add,
        b'M' => EventKind::Modify,
        b'R' => EventKind::Clear,
        b'T' => EventKind::Trade,
        b'C' => {
            // The size of a cancel is what leaves, which may be a part.
            let open = books.order(instrument, order.order_id());
            let left = open.map_or(0, |open| open.volume.count() - volume.millionths());
            if left > 0 {
                volume = wattbook_domain::Volume::from_millionths(left);
                EventKind::Modify
            } else {
                EventKind::Delete
            }
        }
        // A fill is followed by the change that it makes.
        _ => return Ok(()),
    };
    out.push(FeedEvent {
        ts_event: order.ts_event() as i64,
        instrument,
        kind,
        side: side(order.side()),
        venue_order: order.order_id(),
        price: nano_price(order.price())?,
        volume,
        ..event_of(message)
    });
    Ok(())
}
