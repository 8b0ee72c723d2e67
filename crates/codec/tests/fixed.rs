//! Fixed messages by their descriptions.
#![allow(clippy::unwrap_used, clippy::panic)]

use wattbook_codec::fixed::{
    EOBI_LIKE, FixedError, IMPACT_LIKE, ITCH_5_0, Layout, LayoutError, Value,
};

/// An order entered in ITCH 5.0: order 7, 300 shares of EEX at 12.3456, bought.
fn add_order() -> Vec<u8> {
    let mut bytes = b"A\x00\x01\x00\x02".to_vec();
    bytes.extend_from_slice(&34_200_000_000_005_u64.to_be_bytes()[2..]);
    bytes.extend_from_slice(&7_u64.to_be_bytes());
    bytes.push(b'B');
    bytes.extend_from_slice(&300_u32.to_be_bytes());
    bytes.extend_from_slice(b"EEX     ");
    bytes.extend_from_slice(&123_456_u32.to_be_bytes());
    bytes
}

#[test]
fn itch_is_read_by_its_description() {
    let layout = Layout::from_xml(ITCH_5_0).unwrap();
    assert_eq!(layout.messages.len(), 23);
    let bytes = add_order();
    let message = layout.decode(&bytes).unwrap();
    assert_eq!(message.bytes().len(), 36);
    assert_eq!(
        message.get("timestamp"),
        Some(Value::Unsigned(34_200_000_000_005))
    );
    assert_eq!(
        message.json(),
        r#"{"template":"AddOrder","fields":{"type":"A","stock_locate":1,"tracking_number":2,"timestamp":34200000000005,"order_reference":7,"side":"B","shares":300,"stock":"EEX","price":12.3456}}"#
    );
}

#[test]
fn damaged_messages_are_refused_with_their_place() {
    let layout = Layout::from_xml(ITCH_5_0).unwrap();
    let bytes = add_order();
    for end in 1..bytes.len() {
        let error = layout.decode(&bytes[..end]).unwrap_err();
        assert_eq!(
            error,
            FixedError::Truncated {
                offset: 0,
                needed: 36,
                available: end
            }
        );
    }
    assert_eq!(
        layout.decode(b"Z").unwrap_err(),
        FixedError::Unknown {
            offset: 0,
            found: 90
        }
    );
    let impact = Layout::from_xml(IMPACT_LIKE).unwrap();
    let short = [b'F', 0, 5, 0, 0, 0, 1, 0];
    assert_eq!(
        impact.decode(&short).unwrap_err(),
        FixedError::Length {
            offset: 1,
            found: 8,
            needed: 27
        }
    );
}

#[test]
fn a_longer_message_has_fields_of_a_later_version() {
    let layout = Layout::from_xml(IMPACT_LIKE).unwrap();
    let mut bytes = vec![b'F', 0, 26];
    bytes.extend_from_slice(&(-1_i32).to_be_bytes());
    bytes.extend_from_slice(&[0; 22]);
    let message = layout.decode(&bytes).unwrap();
    assert_eq!(message.bytes().len(), 29);
    assert_eq!(message.get("market_id"), Some(Value::Signed(-1)));
}

#[test]
fn little_endian_prices_below_zero_are_read() {
    let layout = Layout::from_xml(EOBI_LIKE).unwrap();
    let mut bytes = vec![56, 0, 0x2c, 0x33];
    bytes.resize(48, 0);
    bytes.extend_from_slice(&(-50_000_000_i64).to_le_bytes());
    let message = layout.decode(&bytes).unwrap();
    assert_eq!(message.spec().name, "OrderAdd");
    assert!(
        message.json().ends_with(r#""price":-0.50000000}}"#),
        "{}",
        message.json()
    );
}

#[test]
fn wrong_descriptions_are_refused_with_their_line() {
    let refused = |message: &str| {
        let xml = format!("<layout><selector offset='0' type='char'/>\n{message}</layout>");
        match Layout::from_xml(&xml) {
            Err(LayoutError::Rule {
                line: 2, reason, ..
            }) => reason,
            other => panic!("{message}: {other:?}"),
        }
    };
    let field = |field: &str| format!("<message name='M' value='M'>{field}</message>");
    assert_eq!(
        refused(&field("<field name='a' type='uint7'/>")),
        "has a type that does not exist"
    );
    assert_eq!(
        refused(&field("<field name='a' type='text'/>")),
        "has no length"
    );
    let twice = "<field name='a' type='char'/><field name='a' type='char'/>";
    assert_eq!(refused(&field(twice)), "is there twice");
    assert_eq!(
        refused("<message name='M' value='MM'/>"),
        "has a value that its selector cannot have"
    );
    let short = "<message name='M' value='M' length='3'><field name='a' type='char'/></message>";
    assert_eq!(refused(short), "has a length that its fields do not fill");
    assert!(Layout::from_xml("<layout/>").is_err());
}

#[test]
fn itch_has_the_widths_that_its_specification_gives() {
    // Widths behind the head of 11 bytes that all messages share, as the specification's tables and the
    // struct definitions of the Open Markets Initiative list them.
    let known: [(char, &[usize]); 23] = [
        ('S', &[1]),
        ('R', &[8, 1, 1, 4, 1, 1, 2, 1, 1, 1, 1, 1, 4, 1]),
        ('H', &[8, 1, 4]), // A reserved byte before the reason is no field.
        ('Y', &[8, 1]),
        ('L', &[4, 8, 1, 1, 1]),
        ('V', &[8, 8, 8]),
        ('W', &[1]),
        ('K', &[8, 4, 1, 4]),
        ('J', &[8, 4, 4, 4, 4]),
        ('h', &[8, 1, 1]),
        ('A', &[8, 1, 4, 8, 4]),
        ('F', &[8, 1, 4, 8, 4, 4]),
        ('E', &[8, 4, 8]),
        ('C', &[8, 4, 8, 1, 4]),
        ('X', &[8, 4]),
        ('D', &[8]),
        ('U', &[8, 8, 4, 4]),
        ('P', &[8, 1, 4, 8, 4, 8]),
        ('Q', &[8, 8, 4, 8, 1]),
        ('B', &[8]),
        ('I', &[8, 8, 1, 8, 4, 4, 4, 1, 1]),
        ('N', &[8, 1]),
        ('O', &[8, 1, 4, 4, 4, 8, 4, 4]),
    ];
    let layout = Layout::from_xml(ITCH_5_0).unwrap();
    for (letter, widths) in known {
        let value = u64::from(u32::from(letter));
        let spec = layout
            .messages
            .iter()
            .find(|spec| spec.value == value)
            .unwrap();
        let head: Vec<_> = spec.fields[..4].iter().map(|field| field.offset).collect();
        assert_eq!(head, [0, 1, 3, 5], "{letter}");
        let found: Vec<_> = spec.fields[4..].iter().map(|field| field.size).collect();
        assert_eq!(found, widths, "{letter}");
        let mut offset = 11;
        for (field, width) in spec.fields[4..].iter().zip(widths) {
            offset += usize::from(letter == 'H' && field.name == "reason");
            assert_eq!(field.offset, offset, "{letter}: {}", field.name);
            offset += width;
        }
        assert_eq!(spec.size, offset, "{letter}");
    }
}
