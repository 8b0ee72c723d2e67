//! Contracts of the description as instruments.

use wattbook_codec::json::Value;
use wattbook_domain::instrument::{Commodity, ContractForm, DeliveryKind, Instrument, Load};
use wattbook_domain::{InstrumentId, Timestamp, Unit, VenueId};

use super::description::{ListedInstrument, Listing, Terms, Units};
use super::fields::{found, named_word, time};
use crate::venue::tenor;

/// A contract that the description lists.
pub(super) fn from_file(listed: &ListedInstrument, venue: u16) -> Result<Instrument, String> {
    let time = |text: &String| text.parse::<Timestamp>().map_err(|error| error.to_string());
    let start = time(&listed.delivery_start)?;
    let gate = listed.gate_closure.as_ref().map(time).transpose()?;
    let times = [start, time(&listed.delivery_end)?, gate.unwrap_or(start)];
    instrument(
        &listed.symbol,
        &listed.location,
        times,
        &listed.terms,
        venue,
    )
}

/// A contract that the venue lists, and its code.
pub(super) fn from_row(
    listing: &Listing,
    row: Value<'_, '_>,
    units: Units,
    venue: u16,
) -> Result<(String, Instrument), String> {
    let at = |path: &String| time(found(row, path)?, units.time);
    let (symbol, location) = (
        named_word(row, &listing.symbol)?,
        named_word(row, &listing.location)?,
    );
    let start = at(&listing.delivery_start)?;
    let gate = listing.gate_closure.as_ref().map(at).transpose()?;
    let times = [start, at(&listing.delivery_end)?, gate.unwrap_or(start)];
    let instrument = instrument(&symbol, &location, times, &listing.terms, venue)?;
    Ok((symbol, instrument))
}

fn instrument(
    symbol: &str,
    location: &str,
    [start, end, gate]: [Timestamp; 3],
    terms: &Terms,
    venue: u16,
) -> Result<Instrument, String> {
    let seconds = end.nanos_since(start) / 1_000_000_000;
    let price = |text: &str| {
        text.parse()
            .map_err(|error: wattbook_domain::DomainError| error.to_string())
    };
    let volume = |text: &str| {
        text.parse()
            .map_err(|error: wattbook_domain::DomainError| error.to_string())
    };
    Ok(Instrument {
        instrument: InstrumentId::default(),
        symbol: symbol.to_owned(),
        venue: VenueId(venue),
        location: location.to_owned(),
        commodity: Commodity::Power,
        form: ContractForm::Intraday,
        tenor: tenor(seconds),
        load: Load::Base,
        delivery_kind: DeliveryKind::Physical,
        delivery_start: start,
        delivery_end: end,
        delivery_seconds: seconds,
        gate_closure: gate,
        currency: terms
            .currency
            .parse()
            .map_err(|error: wattbook_domain::DomainError| error.to_string())?,
        price_unit: Unit::MegawattHour,
        volume_unit: Unit::Megawatt,
        tick: price(&terms.tick)?,
        lot: volume(&terms.lot)?,
        min_price: price(&terms.min_price)?,
        max_price: price(&terms.max_price)?,
        option: None,
        spread: None,
        swap: None,
    })
}
