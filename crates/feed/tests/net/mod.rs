//! A venue, two lossy lines and a recovery server, in simulated time from one seed.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use wattbook_feed::{
    Arbiter, ArbiterConfig, Line, Message, Notice, PacketFormat, PacketWriter, Request, Session,
    Sink, Snapshot, encode_snapshot,
};

/// Numbers that look random.
#[derive(Debug, Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        ((self.next() >> 11) as f64) < probability * (1_u64 << 53) as f64
    }
}

/// What a line does to packets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    /// Share of packets that a line loses by themselves.
    pub(crate) loss: f64,
    /// Chance that a line goes silent for up to 50 packets.
    pub(crate) burst: f64,
    /// Share that comes late, behind others.
    pub(crate) reorder: f64,
    /// Share that comes twice.
    pub(crate) duplicate: f64,
    /// Share of recovery answers that are lost.
    pub(crate) recovery_loss: f64,
}

/// What a consumer got: (generation, sequence, number in the message), and the notices in words.
#[derive(Debug, Default)]
pub(crate) struct Got {
    pub(crate) numbers: Vec<(u32, u64, u64)>,
    pub(crate) snapshots: usize,
    pub(crate) in_snapshot: Vec<u64>,
    pub(crate) lost: Vec<(u64, u64)>,
    pub(crate) overflows: u64,
    pub(crate) sessions: u64,
    pub(crate) malformed: u64,
}

pub(crate) fn number_of(bytes: &[u8]) -> u64 {
    bytes
        .first_chunk()
        .map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes))
}

impl Sink for Got {
    fn message(&mut self, message: &Message<'_>) {
        let number = number_of(message.bytes);
        if message.is_snapshot {
            self.in_snapshot.push(number);
        } else {
            self.numbers
                .push((message.generation, message.sequence, number));
        }
    }

    fn notice(&mut self, notice: &Notice<'_>) {
        match notice {
            Notice::Lost { from, to } => self.lost.push((*from, *to)),
            Notice::Overflow { .. } => self.overflows += 1,
            Notice::SnapshotBegan { .. } => {
                self.snapshots += 1;
                self.in_snapshot.clear();
            }
            Notice::SessionChanged { .. } => self.sessions += 1,
            Notice::Malformed { .. } => self.malformed += 1,
            _ => {}
        }
    }
}

/// A packet as sent: its first unit and its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) session: Session,
    pub(crate) epoch: u32,
    pub(crate) sequence: u64,
    pub(crate) units: u64,
    pub(crate) bytes: Vec<u8>,
}

/// Sends numbered messages in packets.
pub(crate) struct Venue {
    pub(crate) format: PacketFormat,
    pub(crate) session: Session,
    pub(crate) sequence: u64,
    pub(crate) number: u64,
    pub(crate) epoch: u32,
    pub(crate) now: i64,
    pub(crate) sent: Vec<Sent>,
}

impl Venue {
    pub(crate) fn new(format: PacketFormat) -> Self {
        Self {
            format,
            session: *b"session000",
            sequence: 1,
            number: 0,
            epoch: 0,
            now: 1_000_000_000,
            sent: Vec::new(),
        }
    }

    /// The next packet with `messages` messages.
    pub(crate) fn send(&mut self, messages: u64) -> Sent {
        let mut writer = PacketWriter::new(self.format, self.session);
        writer.begin(self.sequence, self.now);
        for _ in 0..messages {
            let mut message = self.number.to_le_bytes().to_vec();
            message.resize(8 + (self.number % 40) as usize, 7);
            writer.message(&message);
            self.number += 1;
        }
        let units = match self.format {
            PacketFormat::Sequenced => u64::from(messages > 0),
            PacketFormat::MoldUdp64 => messages,
        };
        let sent = Sent {
            session: match self.format {
                PacketFormat::Sequenced => Session::default(),
                PacketFormat::MoldUdp64 => self.session,
            },
            epoch: self.epoch,
            sequence: self.sequence,
            units,
            bytes: writer.finish().to_vec(),
        };
        self.sequence += units;
        if units > 0 {
            self.sent.push(sent.clone());
        }
        sent
    }

    /// The sequence begins anew.
    pub(crate) fn reset(&mut self) {
        self.sequence = 1;
        self.session[9] += 1;
        self.epoch += 1;
    }

    pub(crate) fn snapshot(&self) -> Vec<u8> {
        let numbers: Vec<[u8; 8]> = (0..self.number).map(u64::to_le_bytes).collect();
        let session = match self.format {
            PacketFormat::Sequenced => Session::default(),
            PacketFormat::MoldUdp64 => self.session,
        };
        encode_snapshot(
            self.format,
            session,
            self.sequence - 1,
            numbers.iter().map(|n| &n[..]),
        )
    }
}

/// When, in which order, on which line, what.
type Due = (i64, u64, u8, Vec<u8>);

/// Runs a stream through an arbiter in simulated time.
pub(crate) struct Net {
    pub(crate) random: Random,
    pub(crate) weather: Weather,
    pub(crate) arbiter: Arbiter,
    pub(crate) got: Got,
    pub(crate) venue: Venue,
    queue: BinaryHeap<Reverse<Due>>,
    count: u64,
    silent: [u64; 2],
}

const SNAPSHOT: u8 = 9;

impl Net {
    pub(crate) fn new(config: ArbiterConfig, weather: Weather, seed: u64) -> Self {
        Self {
            random: Random(seed),
            weather,
            arbiter: Arbiter::new(config),
            got: Got::default(),
            venue: Venue::new(config.format),
            queue: BinaryHeap::new(),
            count: 0,
            silent: [0; 2],
        }
    }

    fn put(&mut self, at: i64, line: u8, bytes: &[u8]) {
        self.count += 1;
        self.queue
            .push(Reverse((at, self.count, line, bytes.to_vec())));
    }

    /// Sends a packet over both lines, each with its own fate.
    pub(crate) fn send(&mut self, messages: u64) {
        self.venue.now += 10_000;
        let sent = self.venue.send(messages);
        self.carry(&sent.bytes);
    }

    /// Carries `bytes` over both lines now.
    pub(crate) fn carry(&mut self, bytes: &[u8]) {
        for line in 0..2_u8 {
            if self.random.chance(self.weather.burst) {
                self.silent[usize::from(line)] = self.random.below(50);
            }
            let silent = &mut self.silent[usize::from(line)];
            if *silent > 0 {
                *silent -= 1;
                continue;
            }
            if self.random.chance(self.weather.loss) {
                continue;
            }
            let mut at = self.venue.now + 1_000 + self.random.below(2_000) as i64;
            // The second line takes a longer way.
            at += i64::from(line) * 25_000;
            if self.random.chance(self.weather.reorder) {
                at += self.random.below(200_000) as i64;
            }
            self.put(at, line, bytes);
            if self.random.chance(self.weather.duplicate) {
                self.put(at + 5_000, line, bytes);
            }
        }
    }

    /// Both lines without loss: a heartbeat, so that the end is known.
    pub(crate) fn heartbeat(&mut self) {
        self.venue.now += 10_000;
        let sent = self.venue.send(0);
        for line in 0..2 {
            self.put(self.venue.now + 300_000, line, &sent.bytes);
        }
    }

    /// Handles everything up to `until`.
    pub(crate) fn run(&mut self, until: i64) {
        loop {
            let packet = self.queue.peek().map(|Reverse((at, ..))| *at);
            let due = self.arbiter.deadline();
            let at = match (packet, due) {
                (None, None) => return,
                (Some(at), None) | (None, Some(at)) => at,
                (Some(packet), Some(due)) => packet.min(due),
            };
            if at > until {
                return;
            }
            if packet == Some(at) {
                let Reverse((_, _, line, bytes)) = self.queue.pop().unwrap();
                if line == SNAPSHOT {
                    let snapshot = Snapshot::parse(self.venue.format, &bytes).unwrap();
                    self.arbiter.snapshot(&snapshot, at, at, &mut self.got);
                } else {
                    self.arbiter
                        .receive(Line(line), &bytes, at, at, &mut self.got);
                }
            } else {
                self.arbiter.advance(at, &mut self.got);
            }
            if let Some(request) = self.arbiter.take_request() {
                self.answer(at, request);
            }
        }
    }

    pub(crate) fn finish(&mut self) {
        self.run(i64::MAX);
    }

    fn answer(&mut self, at: i64, request: Request) {
        let back = at + 400_000;
        match request {
            Request::Snapshot { .. } => {
                if !self.random.chance(self.weather.recovery_loss) {
                    let snapshot = self.venue.snapshot();
                    self.put(back, SNAPSHOT, &snapshot);
                }
            }
            Request::Retransmission {
                session,
                sequence,
                count,
            } => {
                let end = sequence + u64::from(count);
                // A replay server without sessions has the running one only.
                let has_sessions = self.venue.format == PacketFormat::MoldUdp64;
                let epoch = self.venue.epoch;
                let again: Vec<Sent> = self
                    .venue
                    .sent
                    .iter()
                    .rev()
                    .filter(|sent| sent.session == session && (has_sessions || sent.epoch == epoch))
                    .filter(|sent| sent.sequence < end && sent.sequence + sent.units > sequence)
                    .cloned()
                    .collect();
                for sent in again.iter().rev() {
                    if !self.random.chance(self.weather.recovery_loss) {
                        self.put(back, Line::RECOVERY.0, &sent.bytes);
                    }
                }
            }
        }
    }

    /// Every message came once, in its order.
    pub(crate) fn assert_complete(&self) {
        let numbers: Vec<u64> = self
            .got
            .numbers
            .iter()
            .map(|(_, _, number)| *number)
            .collect();
        let expected: Vec<u64> = (0..self.venue.number).collect();
        assert_eq!(
            numbers.len(),
            expected.len(),
            "{:?}",
            self.arbiter.statistics()
        );
        let wrong = numbers
            .iter()
            .zip(&expected)
            .position(|(got, due)| got != due);
        assert_eq!(wrong, None, "{:?}", self.arbiter.statistics());
        assert_eq!(self.got.lost, []);
    }
}
