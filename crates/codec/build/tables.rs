//! The dictionaries as Rust: `src/fix/dictionary.rs` says what each table means.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use crate::condensed::{Condensed, Member, What};

/// Stands for "no group".
const NONE: u16 = u16::MAX;

/// Most members of a container: as many bits as `Seen` of `src/fix/validate.rs` has.
const MEMBERS_MAX: usize = 1024;

/// Members of a message or group: tag, whether required, and the container of a group.
type Members = Vec<(u16, bool, u16)>;

/// Every message body and group of a dictionary, each once.
#[derive(Default)]
struct Containers {
    all: Vec<Members>,
    places: HashMap<Members, u16>,
}

impl Containers {
    /// The number of the container with `members`, added if there is none.
    fn number(&mut self, members: &[Member]) -> u16 {
        let mut flat: Members = Vec::new();
        for member in members {
            let (tag, group) = match &member.what {
                What::Field(tag) => (*tag, NONE),
                What::Group(tag, inner) => (*tag, self.number(inner)),
                What::Component(name) => panic!("component {name} is still whole"),
            };
            // A few components are reached on two ways; a tag can stand in one place only.
            if flat.iter().all(|(known, ..)| *known != tag) {
                flat.push((tag, member.is_required, group));
            }
        }
        if let Some(number) = self.places.get(&flat) {
            return *number;
        }
        assert!(
            flat.len() <= MEMBERS_MAX,
            "a container has {} members",
            flat.len()
        );
        let number = u16::try_from(self.all.len()).expect("fewer containers than 65,536");
        self.places.insert(flat.clone(), number);
        self.all.push(flat);
        number
    }
}

/// Writes the dictionary called `name`.
pub(crate) fn write(out: &mut String, name: &str, version: &str, begin: &str, from: &Condensed) {
    let mut containers = Containers::default();
    let header = containers.number(&from.header);
    let trailer = containers.number(&from.trailer);
    let mut messages = Vec::new();
    for (msg_type, message) in &from.messages {
        assert!(msg_type.len() <= 8, "{msg_type:?} is too long for a key");
        let key = msg_type
            .bytes()
            .fold(0_u64, |key, byte| key << 8 | u64::from(byte));
        let body = containers.number(&message.body);
        let (name, is_admin) = (&message.name, message.is_admin);
        let text = format!(
            "MessageDef{{msg_type:{msg_type:?},name:{name:?},is_admin:{is_admin},key:{key},\
             body:{body}}},"
        );
        messages.push((key, text));
    }
    messages.sort();
    let messages: String = messages.into_iter().map(|(_, text)| text).collect();
    let fields = fields(from);
    let (firsts, pages) = pages(from);
    let containers = containers_text(&containers, from);
    let _ = writeln!(
        out,
        "pub(super) static {name}: Dictionary = Dictionary {{ version: {version:?}, \
         begin_string: {begin:?}, header: {header}, trailer: {trailer}, messages: &[{messages}], \
         fields: &[{fields}], pages: &{firsts:?}, places: &{pages:?}, \
         containers: &[{containers}] }};"
    );
}

fn fields(from: &Condensed) -> String {
    let mut text = String::new();
    for (tag, field) in &from.fields {
        let values = field
            .values
            .iter()
            .map(|(value, name)| format!("({value:?},{name:?}),"));
        let values: String = values.collect();
        // One bit a character, for the many lists whose values are single characters.
        let single = field.values.iter().filter(|(value, _)| value.len() == 1);
        let singles = single.fold(0_u128, |bits, (value, _)| bits | 1 << value.as_bytes()[0]);
        let (name, kind) = (&field.name, kind(&field.kind));
        let _ = write!(
            text,
            "FieldDef{{tag:{tag},name:{name:?},kind:FieldKind::{kind},singles:{singles},\
             values:&[{values}]}},"
        );
    }
    text
}

/// The type of a field, by the name that a dictionary gives it.
fn kind(name: &str) -> &'static str {
    match name {
        "INT" => "Int",
        "LENGTH" => "Length",
        "SEQNUM" => "SeqNum",
        "NUMINGROUP" => "NumInGroup",
        "TAGNUM" => "TagNum",
        "DAYOFMONTH" => "DayOfMonth",
        "FLOAT" => "Float",
        "PERCENTAGE" => "Percentage",
        "PRICE" => "Price",
        "PRICEOFFSET" => "PriceOffset",
        "QTY" => "Qty",
        "AMT" => "Amt",
        "CHAR" => "Char",
        "BOOLEAN" => "Boolean",
        "STRING" | "XID" | "XIDREF" | "LANGUAGE" => "String",
        "CURRENCY" => "Currency",
        "COUNTRY" => "Country",
        "EXCHANGE" => "Exchange",
        "MULTIPLEVALUESTRING" | "MULTIPLESTRINGVALUE" => "MultipleString",
        "MULTIPLECHARVALUE" => "MultipleChar",
        "UTCTIMESTAMP" => "UtcTimestamp",
        "UTCTIMEONLY" => "UtcTimeOnly",
        "UTCDATE" | "UTCDATEONLY" => "UtcDateOnly",
        "LOCALMKTDATE" => "LocalMktDate",
        "LOCALMKTTIME" => "LocalMktTime",
        "MONTHYEAR" => "MonthYear",
        "TZTIMEONLY" => "TzTimeOnly",
        "TZTIMESTAMP" => "TzTimestamp",
        "DATA" | "XMLDATA" => "Data",
        _ => panic!("no field type is called {name}"),
    }
}

/// Place of each field by its tag: for each 256 tags the start of their page, and the pages.
fn pages(from: &Condensed) -> (Vec<u16>, Vec<u16>) {
    let mut firsts = vec![0; 256];
    let mut places = vec![0; 256];
    for (place, tag) in from.fields.keys().enumerate() {
        let first = &mut firsts[usize::from(tag >> 8)];
        if *first == 0 {
            *first = places.len() as u16;
            places.resize(places.len() + 256, 0);
        }
        places[usize::from(*first + (tag & 0xff))] = place as u16 + 1;
    }
    (firsts, places)
}

fn containers_text(containers: &Containers, from: &Condensed) -> String {
    let fields: HashMap<u16, usize> = from
        .fields
        .keys()
        .enumerate()
        .map(|(place, tag)| (*tag, place))
        .collect();
    let mut text = String::new();
    for members in &containers.all {
        let list = members.iter().map(|(tag, is_required, group)| {
            let field = fields[tag];
            format!("Member{{tag:{tag},is_required:{is_required},field:{field},group:{group}}},")
        });
        let list: String = list.collect();
        let slots = slots(members);
        let mut required = BTreeMap::new();
        for (place, (_, is_required, _)) in members.iter().enumerate() {
            if *is_required {
                *required.entry(place / 64).or_insert(0_u64) |= 1 << (place % 64);
            }
        }
        let words = required.keys().max().map_or(0, |last| last + 1);
        let words: Vec<u64> = (0..words)
            .map(|word| required.get(&word).copied().unwrap_or(0))
            .collect();
        let _ = write!(
            text,
            "Container{{members:&[{list}],slots:&{slots:?},required:&{words:?}}},"
        );
    }
    text
}

/// Places of members by a hash of their tag: `Container::place` reads them.
fn slots(members: &Members) -> Vec<u16> {
    let size = (members.len() * 2).next_power_of_two().max(4);
    let mut slots = vec![0; size];
    for (place, (tag, ..)) in members.iter().enumerate() {
        let mut slot = usize::from(tag.wrapping_mul(40_503) >> 4) & (size - 1);
        while slots[slot] != 0 {
            slot = (slot + 1) & (size - 1);
        }
        slots[slot] = place as u16 + 1;
    }
    slots
}

/// Writes the fields that state the length of a field of bytes, and which field that is.
///
/// The dictionaries do not link them, but their names do: `RawDataLength` and `RawData`,
/// `EncodedTextLen` and `EncodedText`.
pub(crate) fn write_data_pairs(out: &mut String, all: &[Condensed]) {
    let mut pairs = BTreeMap::new();
    for dictionary in all {
        let tags: HashMap<&str, u16> = dictionary
            .fields
            .iter()
            .map(|(tag, field)| (field.name.as_str(), *tag))
            .collect();
        for (tag, field) in &dictionary.fields {
            if kind(&field.kind) == "Data" {
                let names = [
                    format!("{}Len", field.name),
                    format!("{}Length", field.name),
                ];
                let by_name = names
                    .iter()
                    .find_map(|name| tags.get(name.as_str()).copied());
                // One name is too long for the rule; its length has the tag before it.
                let before = dictionary.fields.get(&(tag - 1));
                let by_tag = before
                    .filter(|field| field.kind == "LENGTH")
                    .map(|_| tag - 1);
                let length = by_name.or(by_tag);
                let length =
                    length.unwrap_or_else(|| panic!("no field states the length of {tag}"));
                pairs.insert(length, *tag);
            }
        }
    }
    let pairs: Vec<(u16, u16)> = pairs.into_iter().collect();
    let mut bits = vec![0_u64; 1024];
    for (_, data) in &pairs {
        bits[usize::from(data >> 6)] |= 1 << (data & 63);
    }
    let count = pairs.len();
    let _ = writeln!(
        out,
        "pub(super) static DATA_OF_LENGTH: [(u16, u16); {count}] = {pairs:?};"
    );
    let _ = writeln!(out, "pub(super) static IS_DATA: [u64; 1024] = {bits:?};");
}
