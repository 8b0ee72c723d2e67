//! Fields, values and book events mean what the standard says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_codec::fix::{
    BookEntry, BookError, Decoder, EncodeError, Encoder, EntryAction, EntryKind, Field, FieldError,
    Frame, Lookup, Message, MessageWriter, Precision, Value, ValueError,
};
use wattbook_domain::{Price, Timestamp, Volume};

/// Writes a message and gives it back decoded.
fn decoded<T>(
    msg_type: &str,
    write: impl FnOnce(&mut MessageWriter<'_>),
    read: impl FnOnce(Message<'_>) -> T,
) -> T {
    let mut encoder = Encoder::new();
    let mut message = encoder.message("FIX.4.4", msg_type);
    write(&mut message);
    let bytes = message.finish().unwrap();
    let mut decoder = Decoder::default();
    let mut frames = decoder.last_frames(bytes);
    match frames.next() {
        Some(Frame::Message(message)) => read(message),
        other => panic!("{other:?}"),
    }
}

fn value(text: &str) -> Value<'_> {
    Value::new(text.as_bytes())
}

#[test]
fn numbers_are_read_exactly() {
    let price = |text| value(text).price().map(Price::millionths);
    assert_eq!(price("-37.63"), Ok(-37_630_000));
    assert_eq!(price("00023.23"), Ok(23_230_000));
    assert_eq!(price("23.230000000"), Ok(23_230_000));
    assert_eq!(price(".5"), Ok(500_000));
    assert_eq!(price("5."), Ok(5_000_000));
    assert_eq!(price("9223372036854.775807"), Ok(i64::MAX));
    assert_eq!(price("9223372036854.775808"), Err(ValueError::TooLarge));
    assert_eq!(price("0.0000001"), Err(ValueError::TooPrecise));
    for text in [
        "", "-", ".", "+1", "1e3", "1.2.3", "1,5", "NaN", "--1", "1.-5",
    ] {
        assert!(
            matches!(price(text), Err(ValueError::Format { .. })),
            "{text}"
        );
        assert!(value(text).float().is_err(), "{text}");
    }
    assert_eq!(value("-0012345678901").int(), Ok(-12_345_678_901));
    assert_eq!(
        value("9223372036854775808").int(),
        Err(ValueError::TooLarge)
    );
    assert!(value("12a").int().is_err());
    assert!(value("-1").count().is_err());
}

#[test]
fn times_are_read_to_the_nanosecond() {
    let nanos = |text| value(text).timestamp().map(Timestamp::nanos);
    // 2026-11-20 is day 20,777 since 1970-01-01.
    let midnight = 20_777 * 86_400 * 1_000_000_000;
    assert_eq!(nanos("20261120-00:00:00"), Ok(midnight));
    assert_eq!(nanos("20261120-00:00:00.123"), Ok(midnight + 123_000_000));
    assert_eq!(
        nanos("20261120-00:00:01.123456789"),
        Ok(midnight + 1_123_456_789)
    );
    assert_eq!(
        nanos("20261120-00:00:01.123456789999"),
        Ok(midnight + 1_123_456_789)
    );
    assert_eq!(nanos("20161231-23:59:60"), nanos("20170101-00:00:00"));
    assert_eq!(nanos("19691231-23:59:59.5"), Ok(-500_000_000));
    for text in [
        "20261120",
        "20261320-00:00:00",
        "20260229-00:00:00",
        "20261120-24:00:00",
        "20261120-00:60:00",
        "20261120-00:00:61",
        "20261120-00:00:00.",
        "20261120 00:00:00",
        "20261120-0:00:00",
        "",
        "99991231-23:59:59",
    ] {
        assert!(nanos(text).is_err(), "{text}");
    }
}

#[test]
fn fields_of_bytes_may_hold_anything() {
    let raw = b"a\x0110=000\x01\x01=b\x018=FIX.4.4\x01no tag\x01";
    decoded(
        "A",
        |message| {
            message.int(98, 0).data(96, raw).text(58, "after");
        },
        |message| {
            assert_eq!(message.get(96).unwrap().bytes(), raw);
            assert_eq!(message.get(58).unwrap().bytes(), b"after");
            assert_eq!(message.get(95).unwrap().count(), Ok(raw.len() as u64));
            assert!(message.fields().all(|field| field.is_ok()));
            // 8, 9, 35, 98, 95, 96, 58, 10.
            assert_eq!(message.fields().count(), 8);
        },
    );
}

#[test]
fn a_wrong_length_and_a_missing_tag_are_told_and_the_rest_is_read() {
    decoded(
        "A",
        |message| {
            message.int(95, 4).bytes(96, b"abc").bytes(58, b"x");
        },
        |message| {
            let faults: Vec<FieldError> = message.fields().filter_map(Result::err).collect();
            assert!(matches!(
                faults[..],
                [FieldError::DataLength {
                    tag: 96,
                    length: 4,
                    ..
                }]
            ));
            assert_eq!(message.fields().flatten().last().unwrap().tag, 10);
        },
    );
    for text in ["x1=a", "nothing", "=a", "01=a", "-1=a", "0=a"] {
        let body = format!("35=0\x01{text}\x0158=b\x01");
        let head = format!("8=FIX.4.4\x019={}\x01{body}", body.len());
        let sum: u32 = head.bytes().map(u32::from).sum();
        let frame = format!("{head}10={:03}\x01", sum & 255);
        let mut decoder = Decoder::default();
        let mut frames = decoder.last_frames(frame.as_bytes());
        let Some(Frame::Message(message)) = frames.next() else {
            panic!("{text}: the frame is sound");
        };
        let faults: Vec<FieldError> = message.fields().filter_map(Result::err).collect();
        let place = frame.find(text).unwrap();
        assert_eq!(faults, [FieldError::NoTag { place }], "{text}");
        let tags: Vec<u32> = message.fields().flatten().map(|field| field.tag).collect();
        assert_eq!(tags, [8, 9, 35, 58, 10], "{text}");
    }
}

#[test]
fn an_incremental_refresh_is_entries_of_a_book() {
    decoded(
        "X",
        |message| {
            message.text(262, "MD1").int(268, 2);
            message
                .char(279, b'0')
                .char(269, b'0')
                .text(278, "7")
                .text(55, "TTF-JAN26");
            message.price(270, Price::from_millionths(-37_630_000));
            message
                .volume(271, Volume::from_millionths(5_000_000))
                .int(346, 3);
            message.char(279, b'2').text(278, "8");
        },
        |message| {
            let entries = message.book_entries().unwrap().unwrap();
            let entries: Vec<BookEntry<'_>> = entries.map(Result::unwrap).collect();
            assert_eq!(entries.len(), 2);
            assert_eq!(entries[0].action, EntryAction::New);
            assert_eq!(entries[0].kind, EntryKind::Bid);
            assert_eq!(entries[0].symbol, b"TTF-JAN26");
            assert_eq!(entries[0].price, Some(Price::from_millionths(-37_630_000)));
            assert_eq!(entries[0].volume, Some(Volume::from_millionths(5_000_000)));
            assert_eq!((entries[0].id, entries[0].orders), (&b"7"[..], Some(3)));
            assert_eq!(
                (entries[1].action, entries[1].id),
                (EntryAction::Delete, &b"8"[..])
            );
            assert_eq!((entries[1].price, entries[1].symbol), (None, &b""[..]));
        },
    );
}

#[test]
fn a_snapshot_has_one_symbol_and_only_new_entries() {
    decoded(
        "W",
        |message| {
            message.text(55, "DEBQ-2701").int(268, 2);
            message.char(269, b'1').int(270, 80).int(271, 2).int(290, 1);
            message.char(269, b'4').int(270, 79);
        },
        |message| {
            let entries = message.book_entries().unwrap().unwrap();
            let entries: Vec<BookEntry<'_>> = entries.map(Result::unwrap).collect();
            assert!(entries.iter().all(|entry| entry.symbol == b"DEBQ-2701"));
            assert!(entries.iter().all(|entry| entry.action == EntryAction::New));
            assert_eq!(
                (entries[0].kind, entries[0].position),
                (EntryKind::Offer, Some(1))
            );
            assert_eq!(entries[1].kind, EntryKind::Other(b'4'));
        },
    );
}

#[test]
fn market_data_that_does_not_fit_is_refused() {
    let fault = |write: fn(&mut MessageWriter<'_>)| {
        decoded("X", write, |message| match message.book_entries() {
            Ok(entries) => entries.unwrap().find_map(Result::err),
            Err(error) => Some(error),
        })
    };
    assert_eq!(
        fault(|m| {
            m.text(262, "1");
        }),
        Some(BookError::NoCount)
    );
    let count = BookError::Count { stated: 2, seen: 1 };
    assert_eq!(
        fault(|m| {
            m.int(268, 2).int(279, 0).int(269, 0);
        }),
        Some(count)
    );
    let count = BookError::Count { stated: 1, seen: 2 };
    assert_eq!(
        fault(|m| {
            m.int(268, 1)
                .int(279, 0)
                .int(269, 0)
                .int(279, 0)
                .int(269, 0);
        }),
        Some(count)
    );
    assert_eq!(
        fault(|m| {
            m.int(268, 1).int(279, 0);
        }),
        Some(BookError::NoKind { entry: 0 })
    );
    assert!(matches!(
        fault(|m| {
            m.int(268, 1).int(279, 0).int(269, 0).text(270, "x");
        }),
        Some(BookError::Value { tag: 270, .. })
    ));
    assert_eq!(
        fault(|m| {
            m.int(268, 0);
        }),
        None
    );
}

#[test]
fn what_would_break_the_frame_is_not_written() {
    let fault = |write: fn(&mut MessageWriter<'_>)| {
        let mut encoder = Encoder::new();
        let mut message = encoder.message("FIX.4.4", "0");
        write(&mut message);
        message.finish().err()
    };
    assert_eq!(
        fault(|m| {
            m.text(58, "a\u{1}b");
        }),
        Some(EncodeError::Delimiter { tag: 58 })
    );
    assert_eq!(
        fault(|m| {
            m.text(58, "");
        }),
        Some(EncodeError::Empty { tag: 58 })
    );
    assert_eq!(
        fault(|m| {
            m.text(58, "a=b");
        }),
        None
    );
}

#[test]
fn the_first_and_the_last_time_survive_being_written() {
    for nanos in [i64::MIN, -9_223_286_400_000_000_001, i64::MAX] {
        let time = Timestamp::from_nanos(nanos);
        decoded(
            "0",
            |message| {
                message.timestamp(4, time, Precision::Nanos);
            },
            |message| assert_eq!(message.get(4).unwrap().timestamp(), Ok(time)),
        );
    }
}

proptest! {
    #[test]
    fn values_survive_being_written(
        int: i64, millionths: i64, nanos: i64, character in 33_u8..127, flag: bool, raw: Vec<u8>,
    ) {
        decoded(
            "0",
            |message| {
                message.int(1, int).price(2, Price::from_millionths(millionths));
                message.volume(3, Volume::from_millionths(millionths));
                message.timestamp(4, Timestamp::from_nanos(nanos), Precision::Nanos);
                message.char(5, character).bool(6, flag).data(96, &raw);
            },
            |message| {
                let get = |tag| message.get(tag).unwrap();
                assert_eq!(get(1).int(), Ok(int));
                assert_eq!(get(2).price(), Ok(Price::from_millionths(millionths)));
                assert_eq!(get(3).volume(), Ok(Volume::from_millionths(millionths)));
                assert_eq!(get(4).timestamp(), Ok(Timestamp::from_nanos(nanos)));
                assert_eq!((get(5).char(), get(6).bool()), (Ok(character), Ok(flag)));
                assert_eq!(get(96).bytes(), &raw);
            },
        );
    }

    #[test]
    fn decimals_are_what_the_domain_reads(text in "-?[0-9]{0,14}(\\.[0-9]{0,8})?") {
        let ours = value(&text).price().ok();
        let theirs = text.parse::<Price>().ok();
        // The domain wants digits on both sides of a point; FIX does not.
        let both_sides = text.trim_start_matches('-').split('.').all(|part| !part.is_empty());
        if both_sides && text.len() < 20 {
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn fields_come_back_as_written(
        fields in proptest::collection::vec((1_u32..90, "[ -~]{1,40}"), 0..60),
    ) {
        decoded(
            "0",
            |message| for (tag, text) in &fields { message.text(*tag, text); },
            |message| {
                let all: Vec<Field<'_>> = message.fields().map(Result::unwrap).collect();
                let body = &all[3..all.len() - 1];
                assert_eq!(body.len(), fields.len());
                for (field, (tag, text)) in body.iter().zip(&fields) {
                    assert_eq!((field.tag, field.value.bytes()), (*tag, text.as_bytes()));
                }
            },
        );
    }
}

proptest! {
    #[test]
    fn a_field_is_found_as_by_going_over_all_of_them(
        parts in proptest::collection::vec("([1-9]|1[0-9]|9[56]|35)?[=x]?[=0-9a]{0,3}", 0..70),
    ) {
        let body = format!("35=0\x01{}\x01", parts.join("\x01"));
        let head = format!("8=FIX.4.4\x019={}\x01{body}", body.len());
        let sum: u32 = head.bytes().map(u32::from).sum();
        let frame = format!("{head}10={:03}\x01", sum & 255);
        let mut decoder = Decoder::default();
        let mut frames = decoder.last_frames(frame.as_bytes());
        // A part may look like the end of the frame.
        if let Some(Frame::Message(message)) = frames.next() {
            let lookup = Lookup::of(&message);
            for tag in 0..100 {
                let mut sound = message.fields().map_while(Result::ok);
                let wanted = sound.find(|field| field.tag == tag).map(|field| field.value);
                prop_assert_eq!(message.get(tag), wanted);
                prop_assert_eq!(lookup.get(tag), wanted);
            }
        }
    }
}

/// The bytes of a message of `fields` as given.
fn encoded(fields: &[(i64, &[u8])]) -> Result<Vec<u8>, EncodeError> {
    let mut encoder = Encoder::new();
    let written = encoder.encode("FIX.4.4", "B", fields.iter().copied());
    written.map(<[u8]>::to_vec)
}

proptest! {
    #[test]
    fn a_message_of_given_fields_is_the_one_written_field_by_field(
        fields in proptest::collection::vec(
            (prop_oneof![Just(58_u32), 1_u32..100_000_000], proptest::collection::vec(2_u8.., 1..40)), 0..40
        ),
    ) {
        // What frames a message and fields of bytes have rules of their own.
        let fields: Vec<_> = fields.into_iter().filter(|(tag, _)| *tag > 65_535 || *tag == 58).collect();
        let given: Vec<_> = fields.iter().map(|(tag, value)| (i64::from(*tag), &value[..])).collect();
        let mut encoder = Encoder::new();
        let mut message = encoder.message("FIX.4.4", "B");
        for (tag, value) in &fields {
            message.data(*tag, value);
        }
        prop_assert_eq!(encoded(&given).unwrap(), message.finish().unwrap());
    }
}

#[test]
fn a_length_may_be_given_and_is_written_where_it_is_not() {
    let alone = encoded(&[(96, b"a\x01b")]).unwrap();
    assert_eq!(encoded(&[(95, b"3"), (96, b"a\x01b")]).unwrap(), alone);
    let mut decoder = Decoder::default();
    let mut frames = decoder.last_frames(&alone);
    let Some(Frame::Message(message)) = frames.next() else {
        panic!("no message");
    };
    assert_eq!(message.get(95).unwrap().bytes(), b"3");
    assert_eq!(message.get(96).unwrap().bytes(), b"a\x01b");
    assert_eq!(
        encoded(&[(95, b"4"), (96, b"a\x01b")]),
        Err(EncodeError::Length { tag: 95, bytes: 3 })
    );
}

#[test]
fn given_fields_that_make_no_message_are_refused_with_their_tag() {
    for tag in [-1, 0, 100_000_000, i64::MAX] {
        assert_eq!(encoded(&[(tag, b"x")]), Err(EncodeError::Tag { tag }));
    }
    for tag in [8, 9, 10, 35] {
        let refused = encoded(&[(i64::from(tag), b"x")]);
        assert_eq!(refused, Err(EncodeError::Framing { tag }));
    }
    assert_eq!(encoded(&[(58, b"")]), Err(EncodeError::Empty { tag: 58 }));
    let delimiter = Err(EncodeError::Delimiter { tag: 58 });
    assert_eq!(encoded(&[(11, b"x"), (58, b"a\x01b")]), delimiter);
    for version in ["", "FIX.4.4.SP99", "FIX 4.4", "MSG", "FIX.4\u{1}"] {
        let mut encoder = Encoder::new();
        let refused = encoder.encode(version, "0", []).unwrap_err();
        assert_eq!(refused, EncodeError::BeginString, "{version:?}");
    }
    let mut encoder = Encoder::new();
    let refused = encoder.encode("FIX.4.4", "", []).unwrap_err();
    assert_eq!(refused, EncodeError::Empty { tag: 35 });
}
