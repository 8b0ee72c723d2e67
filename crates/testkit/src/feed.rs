//! Feeds as functions of any bytes.

use std::cell::RefCell;

use wattbook_codec::sbe::Schema;
use wattbook_feed::{
    Arbiter, ArbiterConfig, Books, DbnDecoder, Decoder, FixBook, FixDecoder, ItchDecoder, Line,
    Message, Notice, PacketFormat, RetryRule, SbeDecoder, Sink, Snapshot, fuzz_chunk,
};

use crate::codecs::MARKET_SCHEMA;

const PACKETS_PENDING: usize = 4;
const DECOMPRESSION_RATIO_MAX: usize = 1 << 20;

/// Watches that the stream never goes back.
#[derive(Default)]
struct Forward {
    last: (u32, u64),
    messages: u64,
}

impl Sink for Forward {
    fn message(&mut self, message: &Message<'_>) {
        self.messages += 1;
        if !message.is_snapshot {
            let place = (message.generation, message.sequence);
            assert!(place >= self.last, "{place:?} behind {:?}", self.last);
            self.last = place;
        }
    }

    fn notice(&mut self, notice: &Notice<'_>) {
        if let Notice::Lost { from, to } | Notice::Gap { from, to } = notice {
            assert!(from < to, "an empty gap");
        }
    }
}

/// Arbitrates packets and snapshots: the first byte tells format and recoveries, then each part is a byte
/// for line and kind, a byte of time, its length in a byte, and its bytes.
///
/// # Panics
/// When the stream goes back or more waits than may.
pub(crate) fn packets(bytes: &[u8]) {
    let Some((&settings, mut rest)) = bytes.split_first() else {
        return;
    };
    let format = if settings & 1 == 0 {
        PacketFormat::Sequenced
    } else {
        PacketFormat::MoldUdp64
    };
    let rule = RetryRule {
        attempts: 2,
        timeout_ns: 3,
    };
    let config = ArbiterConfig {
        retransmission: (settings & 2 != 0).then_some(rule),
        snapshot: (settings & 4 != 0).then_some(rule),
        gap_wait_ns: 2,
        gap_max: 50,
        packets_pending_max: PACKETS_PENDING,
        packet_bytes_max: 200,
        ..ArbiterConfig::new(format)
    };
    let (mut arbiter, mut forward, mut now) = (Arbiter::new(config), Forward::default(), 0);
    while let Some(([kind, wait, length], after)) = rest.split_first_chunk::<3>() {
        let (part, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        now += i64::from(*wait);
        if kind & 8 == 0 {
            arbiter.receive(Line(kind & 3), part, now, now, &mut forward);
        } else if let Ok(snapshot) = Snapshot::parse(format, part) {
            arbiter.snapshot(&snapshot, now, now, &mut forward);
        }
        arbiter.advance(now, &mut forward);
        arbiter.take_request();
    }
    let counts = arbiter.statistics();
    assert!(counts.pending_max <= PACKETS_PENDING as u64);
    assert_eq!(counts.messages, forward.messages);
}

/// Unpacks a chunk of a capture; it is bounded whatever it states.
pub(crate) fn capture(bytes: &[u8]) {
    if let Some(entries) = fuzz_chunk(bytes) {
        assert!(entries <= bytes.len() * DECOMPRESSION_RATIO_MAX);
    }
}

/// The decoder numbered `which`; None where what is built in does not compile.
fn decoder(which: usize) -> Option<Decoder> {
    match which {
        0 => Some(Decoder::Dbn(DbnDecoder)),
        1 => {
            let decoder = ItchDecoder::new(0).ok()?;
            Some(Decoder::Itch(Box::new(decoder)))
        }
        2 => Some(Decoder::Fix(Box::new(FixDecoder::new(FixBook::Levels, 4)))),
        3 => Some(Decoder::Fix(Box::new(FixDecoder::new(FixBook::Orders, 4)))),
        _ => {
            let schema = Schema::from_xml(MARKET_SCHEMA, |_| None).ok()?;
            Some(Decoder::Sbe(Box::new(SbeDecoder::new(schema))))
        }
    }
}

thread_local! {
    static DECODERS: RefCell<[Option<Decoder>; 5]> = RefCell::new(std::array::from_fn(decoder));
}

/// Decodes a message by the decoder that the first byte names, and applies what it says to a book.
///
/// # Panics
/// When what is built in does not compile, or more instruments are kept than may be.
pub(crate) fn message(bytes: &[u8]) {
    let Some((&which, bytes)) = bytes.split_first() else {
        return;
    };
    DECODERS.with_borrow_mut(|decoders| {
        let decoder = decoders[usize::from(which) % 5].as_mut();
        assert!(decoder.is_some(), "what is built in does not compile");
        if let Some(decoder) = decoder {
            decode(decoder, bytes);
        }
    });
}

fn decode(decoder: &mut Decoder, bytes: &[u8]) {
    let (mut books, mut out) = (Books::new(4), Vec::new());
    let message = Message {
        generation: 0,
        sequence: 1,
        is_snapshot: false,
        line: Line::A,
        ts_event: 0,
        ts_recv: 0,
        bytes,
    };
    for _ in 0..2 {
        out.clear();
        let _ = decoder.decode(&message, &books, &mut out);
        for event in &out {
            books.apply(event);
        }
    }
    assert!(books.iter().count() <= 4);
}
