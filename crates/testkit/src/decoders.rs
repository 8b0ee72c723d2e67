//! Every decoder as a function of any bytes: fuzzing drives them, plain tests replay its corpus.

use std::fmt::Debug;
use std::str::FromStr;

use wattbook_domain::delivery::DeliveryProduct;
use wattbook_domain::{Event, Price, Record, Sequenced, Volume};
use wattbook_journal::block;

use crate::{codecs, feed, fix, markup, normalize, pricing, sessions};

/// A decoder that must bear any bytes; it panics where the decoder breaks its word.
pub type Decoder = fn(&[u8]);

/// Every decoder by name, which is also the name of its fuzz target and of its corpus.
pub const DECODERS: [(&str, Decoder); 32] = [
    ("amqp091", sessions::amqp091),
    ("amqp10", sessions::amqp10),
    ("amqp10_client", sessions::amqp10_client),
    ("csv", codecs::csv),
    ("dbn", codecs::dbn),
    ("event", record::<Event>),
    ("fast", codecs::fast),
    ("fast_templates", codecs::fast_templates),
    ("feed_capture", feed::capture),
    ("feed_message", feed::message),
    ("feed_packets", feed::packets),
    ("fixed", codecs::fixed),
    ("fixed_layout", codecs::fixed_layout),
    ("fix", fix::decode),
    ("iec62325", markup::iec62325),
    ("input", record::<Sequenced>),
    ("input_text", record_text::<Sequenced>),
    ("journal_block", journal_block),
    ("journal_payload", journal_payload),
    ("json", codecs::json),
    ("m7_session", sessions::m7_session),
    ("m7_xml", sessions::m7),
    ("nordpool_json", sessions::nordpool),
    ("normalize_codes", normalize::codes),
    ("normalize_tables", normalize::tables),
    ("number_text", number_text),
    ("pricing", pricing::options),
    ("sbe", codecs::sbe),
    ("sbe_schema", codecs::sbe_schema),
    ("stomp", sessions::stomp),
    ("websocket", sessions::websocket),
    ("xml", markup::xml),
];

/// The decoder called `name`.
///
/// # Panics
/// When there is none: a fuzz target without a decoder would test nothing.
#[must_use]
pub fn decoder(name: &str) -> Decoder {
    let found = DECODERS.iter().find(|(known, _)| *known == name);
    assert!(found.is_some(), "no decoder is called {name:?}");
    found.map_or(|_| (), |(_, decoder)| *decoder)
}

/// Decodes a record; what decodes must encode to bytes that decode to the same.
fn record<R: Record>(bytes: &[u8]) {
    let Ok(value) = R::decode(&mut &*bytes) else {
        return;
    };
    let encoded = encoded(&value);
    let mut rest = encoded.as_slice();
    let again = R::decode(&mut rest);
    let again = again.map(|value| self::encoded(&value));
    assert_eq!(again.as_ref(), Ok(&encoded), "{} changed", R::NAME);
    assert!(rest.is_empty(), "{} leaves {} bytes", R::NAME, rest.len());
}

/// Parses a record's text; what parses must print as text that parses to the same.
fn record_text<R: Record>(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(value) = R::from_text(text) else {
        return;
    };
    let printed = value.to_text();
    let again = R::from_text(&printed).map(|value| encoded(&value));
    assert_eq!(again, Ok(encoded(&value)), "{printed} changed");
}

fn encoded<R: Record>(value: &R) -> Vec<u8> {
    let mut out = Vec::new();
    value.encode(&mut out);
    out
}

/// Checks a journal block; one that is sound is no longer than the bytes that hold it.
fn journal_block(bytes: &[u8]) {
    if let Ok(header) = block::check(bytes) {
        assert!(header.length as usize <= bytes.len());
    }
}

/// Decodes what a journal keeps of an input; what decodes must encode to bytes that decode to the
/// same.
fn journal_payload(bytes: &[u8]) {
    if let Ok(input) = Sequenced::decode_payload(1, bytes) {
        let mut payload = Vec::new();
        input.input.encode_payload(input.stamp(), &mut payload);
        let again = Sequenced::decode_payload(1, &payload);
        let again = again.map(|input| encoded(&input));
        assert_eq!(again, Ok(encoded(&input)), "{} changed", Sequenced::NAME);
    }
}

/// Parses prices, volumes and delivery products; what parses must survive its own text.
fn number_text(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        survives_its_text::<Price>(text);
        survives_its_text::<Volume>(text);
        survives_its_text::<DeliveryProduct>(text);
    }
}

fn survives_its_text<T: FromStr + ToString + PartialEq + Debug>(text: &str)
where
    T::Err: Debug,
{
    if let Ok(value) = text.parse::<T>() {
        let again = value.to_string().parse::<T>();
        assert_eq!(again.ok(), Some(value), "{text:?} changed");
    }
}
