//! Events of a session as Arrow tables, one a kind.
//!
//! Every table has `sequence`, the number of the event in the session from 1, so that rows of several
//! tables can be put in order. Prices and volumes are decimal(19, 6), times timestamp(ns, UTC).

mod own;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Decimal128Array, RecordBatch, StringArray,
    TimestampNanosecondArray, UInt32Array, UInt64Array,
};
use arrow_schema::{ArrowError, Field, Schema};
use wattbook_domain::arrow::Columns;
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::{BookDelta, MarketEvent, SessionPhase, Trade};
use wattbook_domain::record::Kind;
use wattbook_domain::{Record, Stamp, Timestamp, Volume};
use wattbook_session::venue::{Capacity, Definition, Quarantined, SessionState, VenueEvent};

use super::follower::word;

/// Tables by name; all of them each time, so that a consumer need not ask which are there.
pub type VenueTables = Vec<(&'static str, RecordBatch)>;

/// The tables of `events`, the first of which has the number `first`: `instruments`,
/// `book_changes`, `trades`, `phases`, `capacities`, `set_aside`, `books` (which became whole, or
/// lack a change), `cancelled_trades`, `own_orders`, `own_orders_whole` (every one that stands was
/// told), `own_trades`, `notices` and `states`.
///
/// # Errors
/// When a number does not fit its column.
pub fn tables(first: u64, events: &[VenueEvent]) -> Result<VenueTables, ArrowError> {
    let numbered = || (first..).zip(events);
    Ok(vec![
        ("instruments", instruments(&pick(numbered(), defined))?),
        (
            "book_changes",
            market::<BookDelta>(numbered(), book_change)?,
        ),
        ("trades", market::<Trade>(numbered(), trade)?),
        ("phases", market::<SessionPhase>(numbered(), phase)?),
        ("capacities", capacities(&pick(numbered(), capacity))?),
        ("set_aside", set_aside(&pick(numbered(), quarantined))?),
        ("books", books(&pick(numbered(), book))?),
        (
            "cancelled_trades",
            cancelled(&pick(numbered(), cancelled_trade))?,
        ),
        ("own_orders", own::orders(&pick(numbered(), own::order))?),
        (
            "own_orders_whole",
            own::whole(&pick(numbered(), own::orders_whole))?,
        ),
        ("own_trades", own::trades(&pick(numbered(), own::trade))?),
        ("notices", notices(&pick(numbered(), notice))?),
        ("states", states(&pick(numbered(), state))?),
    ])
}

type Numbered<T> = Vec<(u64, T)>;

fn pick<'a, T>(
    events: impl Iterator<Item = (u64, &'a VenueEvent)>,
    of: impl Fn(&'a VenueEvent) -> Option<T>,
) -> Numbered<T> {
    events
        .filter_map(|(number, event)| Some((number, of(event)?)))
        .collect()
}

const fn defined(event: &VenueEvent) -> Option<&Definition> {
    match event {
        VenueEvent::Defined(definition) => Some(definition),
        _ => None,
    }
}

const fn book_change(event: &MarketEvent) -> Option<&BookDelta> {
    match event {
        MarketEvent::BookDelta(delta) => Some(delta),
        _ => None,
    }
}

const fn trade(event: &MarketEvent) -> Option<&Trade> {
    match event {
        MarketEvent::Trade(trade) => Some(trade),
        _ => None,
    }
}

const fn phase(event: &MarketEvent) -> Option<&SessionPhase> {
    match event {
        MarketEvent::SessionPhase(phase) => Some(phase),
        _ => None,
    }
}

const fn capacity(event: &VenueEvent) -> Option<&Capacity> {
    match event {
        VenueEvent::Capacity(capacity) => Some(capacity),
        _ => None,
    }
}

const fn quarantined(event: &VenueEvent) -> Option<&Quarantined> {
    match event {
        VenueEvent::Quarantined(part) => Some(part),
        _ => None,
    }
}

/// Instrument, whether its book is whole, revision, and of a gap the revision that was to come.
fn book(event: &VenueEvent) -> Option<(u32, bool, u64, Option<u64>)> {
    match event {
        VenueEvent::Synced {
            instrument,
            revision,
        } => Some((instrument.0, true, *revision, None)),
        VenueEvent::Gap {
            instrument,
            expected,
            found,
        } => Some((instrument.0, false, *found, Some(*expected))),
        _ => None,
    }
}

const fn cancelled_trade(event: &VenueEvent) -> Option<u64> {
    match event {
        VenueEvent::TradeCancelled(trade) => Some(*trade),
        _ => None,
    }
}

fn notice(event: &VenueEvent) -> Option<String> {
    match event {
        VenueEvent::Notice(text) => Some(text.clone()),
        VenueEvent::VenuePhase(phase) => Some(format!("phase of the venue: {phase:?}")),
        _ => None,
    }
}

const fn state(event: &VenueEvent) -> Option<&SessionState> {
    match event {
        VenueEvent::State(state) => Some(state),
        _ => None,
    }
}

fn instruments(rows: &[(u64, &Definition)]) -> Result<RecordBatch, ArrowError> {
    let mut columns = Columns::of::<Instrument>();
    for (_, definition) in rows {
        columns.push(Stamp::default(), &definition.instrument);
    }
    let text = |of: fn(&Definition) -> &str| -> ArrayRef {
        let values = rows.iter().map(|(_, definition)| of(definition));
        Arc::new(StringArray::from_iter_values(values))
    };
    let added = [
        ("sequence", sequences(rows)),
        ("venue_contract", text(|definition| &definition.contract)),
        ("venue_area", text(|definition| &definition.area)),
    ];
    widened(&columns.finish()?, added)
}

fn market<'a, T: Record + 'a>(
    events: impl Iterator<Item = (u64, &'a VenueEvent)>,
    of: impl Fn(&'a MarketEvent) -> Option<&'a T>,
) -> Result<RecordBatch, ArrowError> {
    let mut columns = match T::KIND {
        Kind::Struct(it) => Columns::stamped(it),
        _ => Columns::of::<T>(),
    };
    let mut revisions = Vec::new();
    for (sequence, event) in events {
        let VenueEvent::Market {
            ts_event,
            ts_recv,
            revision,
            event,
        } = event
        else {
            continue;
        };
        let Some(record) = of(event) else { continue };
        let stamp = Stamp {
            sequence,
            ts_event: *ts_event,
            ts_recv: *ts_recv,
        };
        columns.push(stamp, record);
        revisions.push(*revision);
    }
    let revisions: ArrayRef = Arc::new(UInt64Array::from(revisions));
    widened(&columns.finish()?, [("revision", revisions)])
}

/// `batch` with further columns.
fn widened<const N: usize>(
    batch: &RecordBatch,
    added: [(&str, ArrayRef); N],
) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let described = |field: &Arc<Field>| {
        if field.name() != "sequence" {
            return Arc::clone(field);
        }
        let text = "Number of the event in the session, from 1.".to_owned();
        let metadata = HashMap::from([("description".to_owned(), text)]);
        Arc::new(field.as_ref().clone().with_metadata(metadata))
    };
    let mut fields: Vec<_> = schema.fields().iter().map(described).collect();
    let mut arrays = batch.columns().to_vec();
    for (name, array) in added {
        fields.push(Arc::new(Field::new(name, array.data_type().clone(), false)));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

fn sequences<T>(rows: &[(u64, T)]) -> ArrayRef {
    Arc::new(UInt64Array::from_iter_values(
        rows.iter().map(|(number, _)| *number),
    ))
}

fn instants(values: impl Iterator<Item = Option<Timestamp>>) -> ArrayRef {
    let nanos = values.map(|value| value.map(Timestamp::nanos));
    Arc::new(
        nanos
            .collect::<TimestampNanosecondArray>()
            .with_timezone("UTC"),
    )
}

fn volumes(values: impl Iterator<Item = Volume>) -> Result<ArrayRef, ArrowError> {
    decimals(values.map(Volume::millionths))
}

/// Of 1e-6 each.
fn decimals(values: impl Iterator<Item = i64>) -> Result<ArrayRef, ArrowError> {
    let values = values.map(i128::from);
    let values = Decimal128Array::from_iter_values(values).with_precision_and_scale(19, 6)?;
    Ok(Arc::new(values))
}

/// A table of `columns`: name, values, whether some may be missing.
fn table<const N: usize>(columns: [(&str, ArrayRef, bool); N]) -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_from_iter_with_nullable(columns)
}

fn texts<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn capacities(rows: &[(u64, &Capacity)]) -> Result<RecordBatch, ArrowError> {
    let of = || rows.iter().map(|(_, capacity)| *capacity);
    table([
        ("sequence", sequences(rows), false),
        ("from_area", texts(of().map(|it| it.from.as_str())), false),
        ("to_area", texts(of().map(|it| it.to.as_str())), false),
        (
            "delivery_start",
            instants(of().map(|it| Some(it.delivery_start))),
            false,
        ),
        (
            "delivery_end",
            instants(of().map(|it| Some(it.delivery_end))),
            false,
        ),
        ("forward_mw", volumes(of().map(|it| it.forward))?, false),
        ("backward_mw", volumes(of().map(|it| it.backward))?, false),
    ])
}

fn set_aside(rows: &[(u64, &Quarantined)]) -> Result<RecordBatch, ArrowError> {
    let of = || rows.iter().map(|(_, part)| *part);
    let offsets = UInt64Array::from_iter_values(of().map(|it| it.offset));
    let raw = BinaryArray::from_iter_values(of().map(|it| &it.raw));
    table([
        ("sequence", sequences(rows), false),
        ("place", texts(of().map(|it| it.place.as_str())), false),
        ("offset", Arc::new(offsets), false),
        ("reason", texts(of().map(|it| it.reason.as_str())), false),
        ("raw", Arc::new(raw), false),
    ])
}

fn books(rows: &Numbered<(u32, bool, u64, Option<u64>)>) -> Result<RecordBatch, ArrowError> {
    let of = || rows.iter().map(|(_, row)| *row);
    let instruments = UInt32Array::from_iter_values(of().map(|row| row.0));
    let whole: BooleanArray = of().map(|row| Some(row.1)).collect();
    let revisions = UInt64Array::from_iter_values(of().map(|row| row.2));
    let expected: UInt64Array = of().map(|row| row.3).collect();
    table([
        ("sequence", sequences(rows), false),
        ("instrument", Arc::new(instruments), false),
        ("is_whole", Arc::new(whole), false),
        ("revision", Arc::new(revisions), false),
        ("revision_expected", Arc::new(expected), true),
    ])
}

fn cancelled(rows: &Numbered<u64>) -> Result<RecordBatch, ArrowError> {
    let trades = UInt64Array::from_iter_values(rows.iter().map(|(_, trade)| *trade));
    table([
        ("sequence", sequences(rows), false),
        ("trade", Arc::new(trades), false),
    ])
}

fn notices(rows: &Numbered<String>) -> Result<RecordBatch, ArrowError> {
    let words = texts(rows.iter().map(|(_, text)| text.as_str()));
    table([("sequence", sequences(rows), false), ("text", words, false)])
}

fn states(rows: &[(u64, &SessionState)]) -> Result<RecordBatch, ArrowError> {
    let reasons: Vec<(String, Option<Timestamp>)> = rows
        .iter()
        .map(|(_, state)| match state {
            SessionState::Lost { error, retry_at } => (error.to_string(), Some(*retry_at)),
            _ => (String::new(), None),
        })
        .collect();
    table([
        ("sequence", sequences(rows), false),
        (
            "state",
            texts(rows.iter().map(|(_, state)| word(state))),
            false,
        ),
        (
            "reason",
            texts(reasons.iter().map(|(reason, _)| reason.as_str())),
            false,
        ),
        (
            "retry_at",
            instants(reasons.iter().map(|(_, at)| *at)),
            true,
        ),
    ])
}
