//! Decoding allocates nothing per message: a second pass over the same messages takes no memory.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use wattbook_codec::dbn::{Mbo, Records};
use wattbook_codec::fast::{Decoder, FieldId, Templates, Value, Visitor};
use wattbook_codec::{fixed, sbe};

/// The system's allocator, with a count of what each thread asks of it.
struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is handed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the pointer came from `System`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Allocations of a second call of `pass`.
fn second(mut pass: impl FnMut()) -> u64 {
    pass();
    let before = COUNT.with(Cell::get);
    pass();
    COUNT.with(Cell::get) - before
}

#[test]
fn the_count_counts() {
    assert_eq!(second(|| drop(vec![1_u8])), 1);
}

#[derive(Default)]
struct Sum(u64);

impl Visitor for Sum {
    fn value(&mut self, _field: FieldId, value: Value<'_>) {
        if let Value::Unsigned(number) = value {
            self.0 += number;
        }
    }
}

#[test]
fn fast_allocates_nothing_per_message() {
    let xml = "<template name='T' id='1'><uInt32 name='a'><copy/></uInt32><string name='b'><delta/></string>\
        <string name='c'><copy/></string><decimal name='d'><delta/></decimal><byteVector name='e'><tail/></byteVector>\
        <sequence name='s'><int64 name='f'><delta/></int64></sequence></template>";
    let templates = Templates::from_xml(xml).unwrap();
    let message = [
        0xfc, 0x81, 0x85, 0x80, 0x41, 0xc2, 0x43, 0xc4, 0x81, 0x82, 0x82, 1, 2, 0x82, 0x81, 0x82,
    ];
    let (mut decoder, mut sum) = (Decoder::new(&templates), Sum::default());
    let pass = || {
        decoder.reset();
        for _ in 0..100 {
            decoder.reset();
            assert_eq!(decoder.decode(&message, &mut sum), Ok(message.len()));
        }
    };
    assert_eq!(second(pass), 0);
}

#[test]
fn records_are_walked_without_memory() {
    let mut record = vec![14, 0xa0];
    record.resize(56, 0);
    let bytes = record.repeat(100);
    let pass = || {
        let orders = Records::new(&bytes, false).filter_map(|record| Mbo::of(&record.ok()?));
        assert_eq!(orders.map(|order| order.price()).sum::<i64>(), 0);
    };
    assert_eq!(second(pass), 0);
}

struct Volume(u64);

impl sbe::Visitor for Volume {
    fn message(&mut self, message: &sbe::Message, block: &sbe::Block<'_>) {
        let field = &message.layout.fields[0];
        self.0 += block.bytes(field).map_or(0, |bytes| u64::from(bytes[0]));
    }
}

#[test]
fn sbe_and_fixed_messages_are_walked_without_memory() {
    let parts = ["blockLength", "templateId", "schemaId", "version"];
    let header = parts
        .map(|part| format!("<type name='{part}' primitiveType='uint16'/>"))
        .concat();
    let schema = sbe::Schema::from_xml(
        &format!(
            "<messageSchema id='7'><types><composite name='messageHeader'>{header}</composite></types>\
             <message name='M' id='1'><field name='v' id='1' type='uint8'/></message></messageSchema>"
        ),
        |_| None,
    )
    .unwrap();
    let message = [1, 0, 1, 0, 7, 0, 0, 0, 5];
    let mut volume = Volume(0);
    assert_eq!(
        second(|| assert_eq!(schema.decode(&message, &mut volume), Ok(9))),
        0
    );
    let itch = fixed::Layout::from_xml(fixed::ITCH_5_0).unwrap();
    let mut delete = b"D".to_vec();
    delete.resize(19, 0);
    let pass = || {
        let message = itch.decode(&delete).unwrap();
        assert_eq!(
            message.get("order_reference"),
            Some(fixed::Value::Unsigned(0))
        );
    };
    assert_eq!(second(pass), 0);
}
