//! Messages against the dictionaries: what is valid passes and survives, what is not has its reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};
use wattbook_codec::fix::{
    Container, Decoder, Dictionary, Encoder, Entry, FieldDef, FieldKind, Frame, Message,
    MessageDef, MessageWriter, RejectReason, Rejected, Rules,
};

/// Fields of a container as written: tag and value, or tag and entries.
#[derive(Debug, Clone, PartialEq)]
enum Written {
    Field(u32, Vec<u8>),
    Group(u32, Vec<Vec<Written>>),
}

struct Generator {
    dictionary: &'static Dictionary,
    rng: TestRng,
}

impl Generator {
    fn below(&mut self, bound: u32) -> u32 {
        self.rng.next_u32() % bound
    }

    /// Every required member, and others as `density` of 100 has it.
    fn container(&mut self, container: &Container, density: u32, skip: &[u16]) -> Vec<Written> {
        let mut written = Vec::new();
        for (place, member) in container.members.iter().enumerate() {
            let field = self.dictionary.field_of(*member);
            // A few entries begin with a length, which is written with its bytes.
            let first = self.dictionary.field_of(container.members[0]);
            let is_first = place == usize::from(first.kind == FieldKind::Length);
            let is_first_of_entry = is_first && skip.is_empty();
            let wanted = member.is_required || is_first_of_entry || self.below(100) < density;
            // Lengths are written with the bytes that they are of.
            if !wanted || skip.contains(&member.tag) || field.kind == FieldKind::Length {
                continue;
            }
            let tag = u32::from(member.tag);
            if let Some(group) = self.dictionary.group(*member) {
                let entries = 1 + self.below(2);
                let entry = |_| self.container(group, density / 4, &[]);
                written.push(Written::Group(tag, (0..entries).map(entry).collect()));
            } else {
                let value = self.value(field);
                written.push(Written::Field(tag, value));
            }
        }
        written
    }

    fn value(&mut self, field: &FieldDef) -> Vec<u8> {
        // Not every version that the standard lists has a dictionary.
        if matches!(field.tag, 1128 | 1137) {
            return b"9".into();
        }
        if !field.values.is_empty() {
            let place = self.below(field.values.len() as u32) as usize;
            return field.values[place].0.into();
        }
        let number = self.below(1_000_000);
        match field.kind {
            FieldKind::Int
            | FieldKind::Price
            | FieldKind::PriceOffset
            | FieldKind::Amt
            | FieldKind::Float
            | FieldKind::Percentage => format!("-{number}").into(),
            FieldKind::Qty => format!("{number}.5").into(),
            FieldKind::SeqNum | FieldKind::TagNum | FieldKind::NumInGroup => {
                number.to_string().into()
            }
            FieldKind::DayOfMonth => b"31".into(),
            FieldKind::Char => vec![b'A' + (number % 26) as u8],
            FieldKind::Boolean => b"Y".into(),
            FieldKind::UtcTimestamp => format!("20261120-08:00:00.{number:06}").into(),
            FieldKind::UtcTimeOnly | FieldKind::LocalMktTime => b"23:59:60".into(),
            FieldKind::UtcDateOnly | FieldKind::LocalMktDate => b"20240229".into(),
            FieldKind::MonthYear => b"202611w5".into(),
            FieldKind::TzTimeOnly => b"07:39-08:30".into(),
            FieldKind::TzTimestamp => b"20060901-07:39:00.123Z".into(),
            FieldKind::Data => format!("\u{1}{number}=\u{1}").into(),
            FieldKind::MultipleChar => b"A B".into(),
            _ => format!("T{number}").into(),
        }
    }

    fn message(&mut self, definition: &MessageDef, density: u32) -> Vec<Written> {
        let mut all = self.container(self.dictionary.header(), density, &[8, 9, 35]);
        // The body has no first field that must be there.
        all.extend(self.container(self.dictionary.body(definition), density, &[8]));
        all.extend(self.container(self.dictionary.trailer(), density, &[10]));
        all
    }
}

fn write(message: &mut MessageWriter<'_>, dictionary: &Dictionary, all: &[Written]) {
    for written in all {
        match written {
            Written::Field(tag, value) => {
                match dictionary.field(*tag).unwrap().kind {
                    FieldKind::Data => message.data(*tag, value),
                    _ => message.bytes(*tag, value),
                };
            }
            Written::Group(tag, entries) => {
                message.int(*tag, entries.len() as i64);
                for entry in entries {
                    write(message, dictionary, entry);
                }
            }
        }
    }
}

/// Writes and reads back.
fn decoded<T>(
    dictionary: &'static Dictionary,
    msg_type: &str,
    all: &[Written],
    read: impl FnOnce(Message<'_>) -> T,
) -> T {
    let mut encoder = Encoder::new();
    let mut message = encoder.message(dictionary.begin_string(), msg_type);
    write(&mut message, dictionary, all);
    let bytes = message.finish().unwrap();
    let mut decoder = Decoder::default();
    let mut frames = decoder.last_frames(bytes);
    match frames.next() {
        Some(Frame::Message(message)) => read(message),
        other => panic!("{other:?}"),
    }
}

/// Whether a group or an entry holds what was written, groups within it included.
fn holds(entry: &Entry<'_>, all: &[Written]) -> bool {
    all.iter().all(|written| match written {
        Written::Field(tag, value) => entry.get(*tag).is_some_and(|found| found.bytes() == value),
        Written::Group(tag, entries) => {
            let found: Vec<Entry<'_>> = entry.group(*tag).unwrap().collect();
            found.len() == entries.len()
                && found
                    .iter()
                    .zip(entries)
                    .all(|(found, entry)| holds(found, entry))
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_valid_message_passes_and_comes_back(
        version in 0_usize..3, pick: prop::sample::Index, seed: [u8; 32], density in 0_u32..60,
    ) {
        let dictionary = Dictionary::all()[version];
        let definition = &dictionary.messages()[pick.index(dictionary.messages().len())];
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let all = Generator { dictionary, rng }.message(definition, density);
        decoded(dictionary, definition.msg_type, &all, |message| {
            prop_assert_eq!(dictionary.validate(&message, Rules::default()), Ok(()));
            for written in &all {
                match written {
                    Written::Field(tag, value) => {
                        let found = message.fields().flatten().any(|field| {
                            field.tag == *tag && field.value.bytes() == value
                        });
                        prop_assert!(found, "{} is lost", tag);
                    }
                    Written::Group(tag, entries) => {
                        let found: Vec<Entry<'_>> =
                            message.group(dictionary, *tag).unwrap().collect();
                        prop_assert_eq!(found.len(), entries.len());
                        for (found, entry) in found.iter().zip(entries) {
                            prop_assert!(holds(found, entry), "an entry of {} changed", tag);
                        }
                    }
                }
            }
            Ok(())
        })?;
    }
}

proptest! {
    #[test]
    fn every_valid_body_passes_under_fixt_with_its_version(
        version in 0_usize..2, pick: prop::sample::Index, seed: [u8; 32], density in 0_u32..60,
    ) {
        let (session, application) = (Dictionary::fix50sp2(), Dictionary::all()[version]);
        let definition = &application.messages()[pick.index(application.messages().len())];
        prop_assume!(session.message(definition.msg_type.as_bytes()).is_none_or(|own| !own.is_admin));
        let rng = |stream| {
            let seed = seed.map(|byte| byte ^ stream);
            TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
        };
        let mut outer = Generator { dictionary: session, rng: rng(0) };
        let mut inner = Generator { dictionary: application, rng: rng(1) };
        let header = outer.container(session.header(), density, &[8, 9, 35, 1128]);
        let body = inner.container(application.body(definition), density, &[8]);
        let mut encoder = Encoder::new();
        let mut message = encoder.message(session.begin_string(), definition.msg_type);
        message.text(1128, ["4", "6"][version]);
        write(&mut message, session, &header);
        write(&mut message, application, &body);
        let bytes = message.finish().unwrap();
        let mut decoder = Decoder::default();
        let mut frames = decoder.last_frames(bytes);
        let Some(Frame::Message(message)) = frames.next() else {
            panic!("no message");
        };
        prop_assert_eq!(session.validate(&message, Rules::default()), Ok(()));
    }
}

/// An order with some fields left out, changed or added; `|` stands for SOH.
fn order(change: impl Fn(String) -> String) -> Result<(), Rejected> {
    order_under(Rules::default(), change)
}

fn order_under(rules: Rules, change: impl Fn(String) -> String) -> Result<(), Rejected> {
    let body = "49=TW44|56=ISLD|34=2|52=20261120-08:00:00|11=ID|21=1|55=INTC|54=1|\
                60=20261120-08:00:00|40=1|38=200.00|";
    let changed = change(body.into());
    let text = format!("35=D\u{1}{}", changed.replace('|', "\u{1}"));
    let head = format!("8=FIX.4.4\u{1}9={}\u{1}{text}", text.len());
    let sum: u32 = head.bytes().map(u32::from).sum();
    let frame = format!("{head}10={:03}\u{1}", sum & 255);
    let mut decoder = Decoder::default();
    let mut frames = decoder.last_frames(frame.as_bytes());
    match frames.next() {
        Some(Frame::Message(message)) => Dictionary::fix44().validate(&message, rules),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_fault_has_the_standards_reason() {
    use RejectReason::*;
    let refused = |change: &dyn Fn(String) -> String| {
        order(change).map_err(|rejected| (rejected.reason, rejected.tag))
    };
    let plus = |more: &'static str| move |body: String| body + more;
    let with = |from: &'static str, to: &'static str| {
        move |body: String| {
            assert!(body.contains(from));
            body.replace(from, to)
        }
    };
    assert_eq!(refused(&|body| body), Ok(()));
    assert_eq!(refused(&plus("999=HI|")), Err((InvalidTagNumber, 999)));
    assert_eq!(refused(&with("54=1|", "")), Err((RequiredTagMissing, 54)));
    assert_eq!(refused(&with("34=2|", "")), Err((RequiredTagMissing, 34)));
    assert_eq!(
        refused(&plus("98=0|")),
        Err((TagNotDefinedForMessageType, 98))
    );
    assert_eq!(refused(&with("55=INTC", "55=")), Err((TagWithoutValue, 55)));
    assert_eq!(refused(&with("21=1", "21=4")), Err((ValueIncorrect, 21)));
    assert_eq!(
        refused(&with("38=200.00", "38=+200.00")),
        Err((IncorrectDataFormat, 38))
    );
    assert_eq!(
        refused(&with("60=20261120-", "60=20261131-")),
        Err((IncorrectDataFormat, 60))
    );
    assert_eq!(refused(&plus("40=1|")), Err((TagAppearsMoreThanOnce, 40)));
    assert_eq!(
        refused(&plus("52=20261120-08:00:00|")),
        Err((TagOutOfOrder, 52))
    );
    assert_eq!(refused(&plus("89=x|58=late|")), Err((TagOutOfOrder, 58)));
    let sessions = "386=2|336=PRE-OPEN|625=A|336=AFTER-HOURS|";
    assert_eq!(refused(&plus(sessions)), Ok(()));
    let three = "386=3|336=PRE-OPEN|336=AFTER-HOURS|";
    assert_eq!(refused(&plus(three)), Err((IncorrectCount, 386)));
    let one = "386=1|336=PRE-OPEN|336=AFTER-HOURS|";
    assert_eq!(refused(&plus(one)), Err((IncorrectCount, 386)));
    assert_eq!(
        refused(&plus("386=1|625=A|336=B|")),
        Err((GroupFieldsOutOfOrder, 625))
    );
    let twice = "386=1|336=A|625=A|625=B|";
    assert_eq!(refused(&plus(twice)), Err((TagAppearsMoreThanOnce, 625)));
    let parties = "453=1|448=A|452=1|447=D|";
    assert_eq!(refused(&plus(parties)), Err((GroupFieldsOutOfOrder, 447)));
    let any_order = Rules {
        allows_any_group_order: true,
        ..Rules::default()
    };
    assert_eq!(order_under(any_order, plus(parties)), Ok(()));
    assert_eq!(
        refused(&plus("354=9|355=short|")),
        Err((DelimiterInValue, 355))
    );
    assert_eq!(refused(&plus("6000=mine|")), Err((InvalidTagNumber, 6000)));
    let user_defined = Rules {
        allows_user_defined: true,
        ..Rules::default()
    };
    assert_eq!(order_under(user_defined, plus("6000=mine|")), Ok(()));
    assert_eq!(RejectReason::DelimiterInValue as u8, 17);
}

#[test]
fn a_type_that_the_version_lacks_is_refused() {
    let rejected = decoded(Dictionary::fix42(), "AE", &[], |message| {
        Dictionary::fix42().validate(&message, Rules::default())
    });
    let expected = Rejected {
        reason: RejectReason::InvalidMsgType,
        tag: 35,
    };
    assert_eq!(rejected, Err(expected));
}

#[test]
fn the_dictionaries_hold_what_the_standard_says() {
    let names = |dictionary: &Dictionary| {
        let messages = dictionary.messages().iter();
        (
            messages.len(),
            dictionary.message(b"D").unwrap().name,
            dictionary.field(44).unwrap().kind,
        )
    };
    assert_eq!(
        names(Dictionary::fix42()),
        (46, "NewOrderSingle", FieldKind::Price)
    );
    assert_eq!(
        names(Dictionary::fix44()),
        (93, "NewOrderSingle", FieldKind::Price)
    );
    // 156 of the application and 8 of the session.
    assert_eq!(
        names(Dictionary::fix50sp2()),
        (164, "NewOrderSingle", FieldKind::Price)
    );
    assert!(Dictionary::fix50sp2().message(b"A").unwrap().is_admin);
    let found = Dictionary::of_begin_string(b"FIXT.1.1").unwrap();
    assert_eq!(found.version(), "FIX.5.0SP2");
    for dictionary in Dictionary::all() {
        for tag in 0..70_000 {
            assert!(
                dictionary
                    .field(tag)
                    .is_none_or(|field| u32::from(field.tag) == tag)
            );
        }
    }
}
