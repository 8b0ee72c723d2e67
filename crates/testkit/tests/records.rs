//! Every record survives its own bytes and its own text, and no input panics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::prelude::*;
use wattbook_domain::command::SubmitOrder;
use wattbook_domain::deal::Deal;
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::MarketEvent;
use wattbook_domain::record::{DecodeFault, Record, TextFault};
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::report::{OrderAccepted, VenueReport};
use wattbook_domain::unit::CalorificValue;
use wattbook_domain::venue::{Location, Venue};
use wattbook_domain::{
    ClientId, Command, Event, Input, Order, OrderId, Refusal, Sequenced, Timestamp,
};
use wattbook_testkit::any_record;

fn survives<T: Record + PartialEq + Debug>(value: &T, tail: &[u8]) -> Result<(), TestCaseError> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    let length = bytes.len();
    for cut in 0..length {
        let mut input = &bytes[..cut];
        let error = T::decode(&mut input).expect_err("a cut record is refused");
        prop_assert!(error.offset <= cut);
        prop_assert_eq!(input.len(), cut, "a refused input stays where it was");
    }
    bytes.extend_from_slice(tail);
    let mut input = &bytes[..];
    prop_assert_eq!(&T::decode(&mut input).unwrap(), value);
    prop_assert_eq!(input, tail);
    let text = value.to_text();
    prop_assert!(!text.contains('\n'));
    prop_assert_eq!(
        &T::from_text(&text)
            .map_err(|e| format!("{e}: {text}"))
            .unwrap(),
        value
    );
    Ok(())
}

macro_rules! every_record {
    ($($test:ident: $type:ty,)*) => {
        proptest! {
            $(#[test]
            fn $test(value in any_record::<$type>(), tail in vec(any::<u8>(), 0..10)) {
                survives(&value, &tail)?;
            })*

            #[test]
            fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
                $(let _ = <$type>::decode(&mut &bytes[..]);)*
            }

            #[test]
            fn flipped_bytes_never_panic(
                value in any_record::<Sequenced>(), place in any::<prop::sample::Index>(), flip in 1_u8..,
            ) {
                let mut bytes = Vec::new();
                value.encode(&mut bytes);
                let place = place.index(bytes.len());
                bytes[place] ^= flip;
                let _ = Sequenced::decode(&mut &bytes[..]);
            }

            #[test]
            fn random_text_never_panics(text in "[a-z{}\\[\\]=\" \\\\€0-9.:-]{0,60}") {
                $(let _ = <$type>::from_text(&text);)*
            }
        }
    };
}

every_record! {
    sequenced_inputs_survive: Sequenced,
    inputs_survive: Input,
    commands_survive: Command,
    market_events_survive: MarketEvent,
    venue_reports_survive: VenueReport,
    reference_events_survive: ReferenceEvent,
    events_survive: Event,
    refusals_survive: Refusal,
    instruments_survive: Instrument,
    orders_survive: Order,
    deals_survive: Deal,
    venues_survive: Venue,
    locations_survive: Location,
    calorific_values_survive: CalorificValue,
}

proptest! {
    #[test]
    fn a_journal_payload_survives_and_no_cut_or_longer_one_is_taken(
        input in any_record::<Sequenced>(), tail in 1_usize..10,
    ) {
        let mut payload = Vec::new();
        input.input.encode_payload(input.stamp(), &mut payload);
        prop_assert_eq!(&Sequenced::decode_payload(input.sequence, &payload).unwrap(), &input);
        for cut in 0..payload.len() {
            let error = Sequenced::decode_payload(1, &payload[..cut]).expect_err("a cut payload");
            prop_assert!(error.offset <= cut);
        }
        payload.resize(payload.len() + tail, 0);
        prop_assert!(Sequenced::decode_payload(1, &payload).is_err());
    }

    #[test]
    fn no_journal_payload_panics(
        input in any_record::<Sequenced>(), place in any::<prop::sample::Index>(), flip in 1_u8..,
        random in vec(any::<u8>(), 0..200),
    ) {
        let mut payload = Vec::new();
        input.input.encode_payload(input.stamp(), &mut payload);
        let place = place.index(payload.len());
        payload[place] ^= flip;
        let _ = Sequenced::decode_payload(1, &payload);
        let _ = Sequenced::decode_payload(1, &random);
    }
}

fn plain_order(client_sequence: u64) -> Sequenced {
    let order = Order {
        price: "-37.63".parse().unwrap(),
        volume: "25".parse().unwrap(),
        ..Order::default()
    };
    Sequenced {
        sequence: 1_000_000,
        ts_event: Timestamp::from_nanos(1_774_746_000_000_000_000),
        ts_recv: Timestamp::from_nanos(1_774_746_000_000_250_000),
        input: Input::Command {
            client: ClientId(3),
            client_sequence,
            command: Command::SubmitOrder(SubmitOrder {
                order_id: OrderId::new(ClientId(3), client_sequence),
                order,
            }),
        },
    }
}

#[test]
fn a_plain_order_with_its_stamps_takes_some_forty_bytes() {
    let mut bytes = Vec::new();
    plain_order(500_000).encode(&mut bytes);
    assert!(bytes.len() <= 48, "{} bytes", bytes.len());
}

#[test]
fn a_payload_is_narrow_until_a_number_outgrows_it() {
    let length = |client_sequence| {
        let mut payload = Vec::new();
        let order = plain_order(client_sequence);
        order.input.encode_payload(order.stamp(), &mut payload);
        (payload[0], payload.len())
    };
    assert_eq!(
        length(1),
        length((1 << 32) - 1),
        "a width is of the type, not of the value"
    );
    assert_eq!(length(1).0, 1);
    assert_eq!(length(1 << 32).0, 0);
    assert!(length(1).1 <= 56, "{} bytes", length(1).1);
}

#[test]
fn the_text_form_reads_like_the_order() {
    let text = "{sequence=1000000 ts_event=2026-03-29T01:00:00Z ts_recv=2026-03-29T01:00:00.00025Z \
                input=Command {client=3 client_sequence=7 command=SubmitOrder {order_id=3-7 \
                order={instrument=0 side=buy order_type=limit time_in_force=day \
                owner={trading_book=0 trader=0 strategy=0} price=-37.63 volume=25 signal=0}}}}";
    assert_eq!(plain_order(7).to_text(), text);
}

#[test]
fn a_fault_names_the_record_and_the_byte() {
    let error = OrderAccepted::decode(&mut &[3, 0][..]).unwrap_err();
    assert_eq!(error.fault, DecodeFault::Truncated);
    assert_eq!(
        error.to_string(),
        "OrderAccepted cannot be read at byte 2: the input ends here, within a value; give the whole record"
    );
    let error = MarketEvent::decode(&mut &[99][..]).unwrap_err();
    assert_eq!((error.offset, error.record), (0, "MarketEvent"));
    let error = OrderAccepted::from_text("{order=3-7}").unwrap_err();
    assert!(matches!(
        error.fault,
        TextFault::UnknownName {
            record: "OrderAccepted",
            ..
        }
    ));
    let error = OrderAccepted::from_text("{}").unwrap_err();
    assert!(matches!(
        error.fault,
        TextFault::Missing {
            field: "order_id",
            ..
        }
    ));
}
