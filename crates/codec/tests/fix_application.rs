//! Frames of FIXT 1.1: whose message the body is, and what follows from it.
#![allow(clippy::unwrap_used, clippy::panic)]

use wattbook_codec::fix::{
    Columns, Decoder, Dictionary, Encoder, Field, Frame, RejectReason, Rejected, Rules, Value,
    rejections,
};

/// A frame of FIXT 1.1; `|` stands for SOH.
fn frame(msg_type: &str, body: &str) -> Vec<u8> {
    frame_of("FIXT.1.1", msg_type, body)
}

fn frame_of(begin_string: &str, msg_type: &str, body: &str) -> Vec<u8> {
    let mut encoder = Encoder::new();
    let mut message = encoder.message(begin_string, msg_type);
    for field in body.split_terminator('|') {
        let (tag, value) = field.split_once('=').unwrap();
        message.field(&Field {
            tag: tag.parse().unwrap(),
            value: Value::new(value.as_bytes()),
        });
    }
    message.finish().unwrap().to_vec()
}

const HEADER: &str = "49=A|56=B|34=2|52=20261120-08:00:00|";
/// With `Rule80A` (47), which later versions moved into a group.
const ORDER_42: &str = "11=ID|21=1|55=INTC|54=1|60=20261120-08:00:00|38=200|40=1|47=A|";
/// With parties, which came with FIX 4.3.
const ORDER_44: &str = "11=ID|453=1|448=X|447=D|55=INTC|54=1|60=20261120-08:00:00|38=200|40=1|";
/// With `OrderRequestID` (2422), which came after FIX 5.0.
const ORDER_50: &str = "11=ID|2422=7|55=INTC|54=1|60=20261120-08:00:00|38=200|40=1|";

fn found(bytes: &[u8]) -> Vec<(usize, u8, u32)> {
    rejections(&mut Decoder::default(), bytes, None, Rules::default())
        .into_iter()
        .map(|(message, rejected)| (message, rejected.reason as u8, rejected.tag))
        .collect()
}

fn validated(bytes: &[u8], default: Option<&'static Dictionary>) -> Result<(), Rejected> {
    let mut decoder = Decoder::default();
    match decoder.last_frames(bytes).next() {
        Some(Frame::Message(message)) => {
            Dictionary::fix50sp2().validate_over(&message, default, Rules::default())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_is_held_against_the_version_that_its_header_says() {
    let order = |version: &str, body| found(&frame("D", &format!("{version}{HEADER}{body}")));
    for (body, taken) in [(ORDER_42, "4"), (ORDER_44, "6"), (ORDER_50, "9")] {
        assert_eq!(order(&format!("1128={taken}|"), body), [], "{taken}");
    }
    assert_eq!(order("", ORDER_50), []);
    assert_eq!(order("", ORDER_44), []);
    assert_eq!(order("1128=4|", ORDER_44), [(0, 0, 453)]);
    assert_eq!(order("1128=6|", ORDER_42), [(0, 0, 47)]);
    assert_eq!(order("1128=6|", ORDER_50), [(0, 0, 2422)]);
    // The fields of FIXT's own header stay, wherever the version stands in it.
    assert_eq!(order("1129=mine|1128=4|", ORDER_42), []);
    assert_eq!(order("", &format!("1128=4|{ORDER_42}")), []);
    // Trade Capture Report came after FIX 4.2.
    assert_eq!(
        found(&frame("AE", &format!("1128=4|{HEADER}"))),
        [(0, 11, 35)]
    );
}

#[test]
fn a_version_without_a_dictionary_is_refused_with_the_standards_reason() {
    for version in ["0", "3", "5", "7", "8", "10", "44", "FIX.4.4"] {
        let body = format!("1128={version}|{HEADER}{ORDER_44}");
        assert_eq!(found(&frame("D", &body)), [(0, 18, 1128)], "{version}");
    }
    let sentence = RejectReason::UnsupportedVersion.to_string();
    assert_eq!(
        sentence,
        "invalid or unsupported application version; use 4, 6 or 9"
    );
    let empty = format!("1128=|{HEADER}{ORDER_44}");
    assert_eq!(found(&frame("D", &empty)), [(0, 4, 1128)]);
    // A message of the session is of no application version.
    assert_eq!(found(&frame("0", &format!("1128=3|{HEADER}"))), []);
}

#[test]
fn a_logon_sets_the_version_of_what_its_sender_sends() {
    let logon = |version| frame("A", &format!("{HEADER}98=0|108=30|1137={version}|"));
    let back = "49=B|56=A|34=2|52=20261120-08:00:00|";
    let order = |header: &str, body: &str| frame("D", &format!("{header}{body}"));
    let both = [
        order(HEADER, ORDER_50),
        logon("4"),
        order(HEADER, ORDER_42),
        order(HEADER, ORDER_50),
        order(back, ORDER_50),
        order(&format!("1128=9|{HEADER}"), ORDER_50),
        logon("6"),
        order(HEADER, ORDER_44),
        order(HEADER, ORDER_42),
    ];
    assert_eq!(found(&both.concat()), [(3, 0, 2422), (8, 0, 47)]);
    let unknown = [
        logon("7"),
        order(HEADER, ORDER_50),
        order(&format!("1128=9|{HEADER}"), ORDER_50),
    ];
    assert_eq!(found(&unknown.concat()), [(0, 18, 1137), (1, 18, 1137)]);
}

#[test]
fn a_logon_sets_the_version_of_single_types_of_message() {
    let logon = |types: &str| frame("A", &format!("{HEADER}98=0|108=30|384=3|{types}1137=9|"));
    let order = |header: &str, body: &str| frame("D", &format!("{header}{body}"));
    // An order is of FIX 4.2; what is only received, or offered and not the default, says nothing.
    let mixed = "372=D|385=S|1130=4|1410=Y|372=D|385=R|1130=6|1410=Y|372=8|385=S|1130=4|1410=N|";
    let cancel = "11=ID|41=OLD|55=INTC|54=1|60=20261120-08:00:00|38=1|";
    let all = [
        logon(mixed),
        order(HEADER, ORDER_42),
        order(HEADER, ORDER_50),
        // The message itself says it last.
        order(&format!("1128=9|{HEADER}"), ORDER_50),
        // `OrderRequestID` (2422) again, in a type that keeps the default of all.
        frame("F", &format!("{HEADER}{cancel}2422=7|")),
        // The other side has not said so.
        order("49=B|56=A|34=2|52=20261120-08:00:00|", ORDER_50),
    ];
    assert_eq!(found(&all.concat()), [(2, 0, 2422)]);
    // The latest Logon counts.
    let later = "372=D|385=S|1130=6|1410=Y|372=8|385=S|372=9|385=S|";
    let all = [
        logon(mixed),
        logon(later),
        order(HEADER, ORDER_44),
        order(HEADER, ORDER_42),
    ];
    assert_eq!(found(&all.concat()), [(3, 0, 47)]);
    let unknown = "372=D|385=S|1130=7|1410=Y|372=8|385=S|372=9|385=S|";
    assert_eq!(found(&logon(unknown)), [(0, 18, 1130)]);
    let harmless = "372=D|385=S|1130=7|1410=N|372=8|385=R|1130=7|1410=Y|372=9|385=S|";
    assert_eq!(found(&logon(harmless)), []);
}

#[test]
fn a_session_may_say_the_default_itself() {
    let order = frame("D", &format!("{HEADER}{ORDER_42}"));
    assert_eq!(validated(&order, Some(Dictionary::fix42())), Ok(()));
    let refused = |default| validated(&order, default).unwrap_err();
    let tag = |reason, tag| Rejected { reason, tag };
    assert_eq!(
        refused(Some(Dictionary::fix44())),
        tag(RejectReason::InvalidTagNumber, 47)
    );
    assert_eq!(refused(None), tag(RejectReason::UnsupportedVersion, 1137));
}

#[test]
fn groups_are_those_of_the_bodys_version() {
    let parties = |frame: &[u8]| {
        let columns = Columns::read(&mut Decoder::default(), frame);
        let rows = columns.tag.iter().zip(&columns.depth);
        rows.filter(|(tag, _)| matches!(tag, 448 | 447))
            .map(|(_, depth)| *depth)
            .collect::<Vec<_>>()
    };
    let order = |version: &str| frame("D", &format!("{version}{HEADER}{ORDER_44}"));
    assert_eq!(parties(&order("1128=6|")), [1, 1]);
    assert_eq!(parties(&order("")), [1, 1]);
    assert_eq!(parties(&order("1128=4|")), [0, 0]);
    let logon = frame("A", &format!("{HEADER}98=0|108=30|1137=4|"));
    assert_eq!(parties(&[logon, order("")].concat()), [0, 0]);
    let types = "384=1|372=D|385=S|1130=4|1410=Y|";
    let logon = frame("A", &format!("{HEADER}98=0|108=30|{types}1137=9|"));
    assert_eq!(parties(&[logon, order("")].concat()), [0, 0]);
}

#[test]
fn before_fixt_the_version_stands_in_the_first_field() {
    let order = frame_of("FIX.4.4", "D", &format!("1128=4|{HEADER}{ORDER_44}"));
    // FIX 4.4 has no such field.
    assert_eq!(found(&order), [(0, 0, 1128)]);
}
