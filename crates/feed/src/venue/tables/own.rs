//! Tables of orders and trades of our own.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array, UInt64Array};
use arrow_schema::{ArrowError, Field, Schema};
use wattbook_domain::{Price, Side};
use wattbook_session::venue::{OwnOrder, OwnOrderAction, OwnOrderState, OwnTrade, VenueEvent};

use super::{Numbered, decimals, instants, sequences, texts};

pub(super) fn order(event: &VenueEvent) -> Option<&OwnOrder> {
    match event {
        VenueEvent::OwnOrder(order) => Some(order),
        _ => None,
    }
}

pub(super) const fn orders_whole(event: &VenueEvent) -> Option<()> {
    match event {
        VenueEvent::OwnOrdersWhole => Some(()),
        _ => None,
    }
}

pub(super) fn trade(event: &VenueEvent) -> Option<&OwnTrade> {
    match event {
        VenueEvent::OwnTrade(trade) => Some(trade),
        _ => None,
    }
}

/// Name, meaning and values of a column, and whether some may be missing.
type Column = (&'static str, &'static str, ArrayRef, bool);

fn described(columns: Vec<Column>) -> Result<RecordBatch, ArrowError> {
    let (fields, arrays): (Vec<_>, Vec<_>) = columns
        .into_iter()
        .map(|(name, meaning, array, is_nullable)| {
            let metadata = HashMap::from([("description".to_owned(), meaning.to_owned())]);
            let field = Field::new(name, array.data_type().clone(), is_nullable);
            (field.with_metadata(metadata), array)
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

const SEQUENCE: &str = "Number of the event in the session, from 1.";
const INSTRUMENT: &str = "The session's number of the contract in its area.";
const PRICE: &str = "In currency per price unit.";
const REVISION: &str = "The venue's revision of it.";

pub(super) fn orders(rows: &Numbered<&OwnOrder>) -> Result<RecordBatch, ArrowError> {
    let of = || rows.iter().map(|(_, order)| *order);
    let text = |value: fn(&OwnOrder) -> &str| texts(of().map(value));
    let whole = |value: fn(&OwnOrder) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(of().map(value)))
    };
    let instruments = UInt32Array::from_iter_values(of().map(|it| it.instrument.0));
    described(vec![
        ("sequence", SEQUENCE, sequences(rows), false),
        (
            "ts_event",
            "When it happened; of the message where the order tells no time.",
            instants(of().map(|it| Some(it.ts_event))),
            false,
        ),
        (
            "ts_recv",
            "When its bytes came.",
            instants(of().map(|it| Some(it.ts_recv))),
            false,
        ),
        ("instrument", INSTRUMENT, Arc::new(instruments), false),
        (
            "order",
            "The venue's code of the order.",
            text(|it| &it.order),
            false,
        ),
        (
            "venue_order",
            "The order's number in its book.",
            whole(|it| it.venue_order),
            false,
        ),
        (
            "first_order",
            "Code of the order from which it was made by changes; its own if none was.",
            text(|it| &it.first_order),
            false,
        ),
        (
            "client_order",
            "Our own name of it; empty where it has none.",
            text(|it| &it.client_order),
            false,
        ),
        (
            "side",
            "buy or sell.",
            texts(of().map(|it| side(it.side))),
            false,
        ),
        ("price", PRICE, prices(of().map(|it| it.price))?, false),
        (
            "volume",
            "Still open, what an iceberg hides included, in volume units.",
            decimals(of().map(|it| it.volume.millionths()))?,
            false,
        ),
        (
            "state",
            "pending, active, hibernated, inactive or rejected.",
            texts(of().map(|it| state(it.state))),
            false,
        ),
        (
            "action",
            "What happened to it; a word of the venue that is not known stands as it is.",
            texts(of().map(|it| action(&it.action))),
            false,
        ),
        ("revision", REVISION, whole(|it| it.revision), false),
    ])
}

pub(super) fn whole(rows: &Numbered<()>) -> Result<RecordBatch, ArrowError> {
    described(vec![("sequence", SEQUENCE, sequences(rows), false)])
}

pub(super) fn trades(rows: &Numbered<&OwnTrade>) -> Result<RecordBatch, ArrowError> {
    let of = || rows.iter().map(|(_, trade)| *trade);
    let text = |value: fn(&OwnTrade) -> &str| texts(of().map(value));
    let whole = |value: fn(&OwnTrade) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(of().map(value)))
    };
    let instruments = UInt32Array::from_iter_values(of().map(|it| it.instrument.0));
    let takers: BooleanArray = of().map(|it| it.is_taker).collect();
    let valid: BooleanArray = of().map(|it| Some(it.is_valid)).collect();
    described(vec![
        ("sequence", SEQUENCE, sequences(rows), false),
        (
            "ts_event",
            "When it was made.",
            instants(of().map(|it| Some(it.ts_event))),
            false,
        ),
        (
            "ts_recv",
            "When its bytes came.",
            instants(of().map(|it| Some(it.ts_recv))),
            false,
        ),
        ("instrument", INSTRUMENT, Arc::new(instruments), false),
        (
            "trade",
            "The venue's number of it, as in the public trades.",
            whole(|it| it.trade.0),
            false,
        ),
        (
            "order",
            "The venue's code of our order.",
            text(|it| &it.order),
            false,
        ),
        (
            "venue_order",
            "The order's number in its book.",
            whole(|it| it.venue_order),
            false,
        ),
        (
            "client_order",
            "Our own name of the order; empty where the venue does not repeat it.",
            text(|it| &it.client_order),
            false,
        ),
        (
            "side",
            "What we did: buy or sell.",
            texts(of().map(|it| side(it.side))),
            false,
        ),
        ("price", PRICE, prices(of().map(|it| it.price))?, false),
        (
            "volume",
            "In volume units.",
            decimals(of().map(|it| it.volume.millionths()))?,
            false,
        ),
        (
            "is_taker",
            "Whether our order took; missing where the venue does not tell.",
            Arc::new(takers),
            true,
        ),
        (
            "is_valid",
            "Whether it stands, and was not cancelled or recalled.",
            Arc::new(valid),
            false,
        ),
        ("revision", REVISION, whole(|it| it.revision), false),
    ])
}

fn prices(values: impl Iterator<Item = Price>) -> Result<ArrayRef, ArrowError> {
    decimals(values.map(Price::millionths))
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

const fn state(state: OwnOrderState) -> &'static str {
    match state {
        OwnOrderState::Pending => "pending",
        OwnOrderState::Active => "active",
        OwnOrderState::Hibernated => "hibernated",
        OwnOrderState::Inactive => "inactive",
        OwnOrderState::Rejected => "rejected",
        _ => "other",
    }
}

fn action(action: &OwnOrderAction) -> &str {
    match action {
        OwnOrderAction::UserAdded => "user_added",
        OwnOrderAction::UserModified => "user_modified",
        OwnOrderAction::UserHibernated => "user_hibernated",
        OwnOrderAction::UserDeleted => "user_deleted",
        OwnOrderAction::SystemModified => "system_modified",
        OwnOrderAction::SystemHibernated => "system_hibernated",
        OwnOrderAction::SystemDeleted => "system_deleted",
        OwnOrderAction::PartlyExecuted => "partly_executed",
        OwnOrderAction::Executed => "executed",
        OwnOrderAction::SliceAdded => "slice_added",
        OwnOrderAction::Other(word) => word,
        _ => "other",
    }
}
