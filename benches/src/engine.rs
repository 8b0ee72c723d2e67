//! The whole engine: gate, order states, positions, P&L, every event, and the journal.
//!
//! The inputs are the commands of `orders` and what a venue reports on each: our book makes the
//! reports before the clock starts, because a venue matches, not the engine.

use std::fs;
use std::hint::black_box;
use std::time::Instant;

use wattbook_book::{BookConfig, BookEvent, BookSink, Lifetime, NewOrder, OrderBook};
use wattbook_domain::market::Phase;
use wattbook_domain::{
    Command, Currency, Event, Input, Lots, OrderId, Side, Stamp, Ticks, Timestamp,
};
use wattbook_engine::{Engine, EngineConfig, EventSink, InputLog, JournaledEngine};
use wattbook_journal::{
    BackgroundJournal, FileStorage, Journal, JournalConfig, JournalError, MemoryStorage,
};

use crate::Arguments;
use crate::desk::{self, CLIENT, LOT, Step};
use crate::harness::{self, Report, Seconds, Work};
use crate::rows;

/// ns between two inputs.
const PACE: i64 = 100;

/// The reports of a book, as steps behind the command that caused them.
struct Reports(Vec<Step>);

impl BookSink for Reports {
    fn on_event(&mut self, event: &BookEvent) {
        let number = |order_id: OrderId| order_id.number() as u32;
        match *event {
            BookEvent::Accepted { order_id, .. } => {
                self.0.push(Step::Accepted {
                    order: number(order_id),
                });
            }
            BookEvent::Filled(fill) => {
                for (order_id, is_maker) in [(fill.maker, true), (fill.taker, false)] {
                    self.0.push(Step::Filled {
                        order: number(order_id),
                        trade: fill.trade.0 as u32,
                        ticks: fill.price.count() as u32,
                        lots: fill.volume.count() as u32,
                        is_maker,
                    });
                }
            }
            BookEvent::Cancelled {
                order_id, reason, ..
            } => {
                self.0.push(Step::Cancelled {
                    order: number(order_id),
                    reason,
                });
            }
            _ => {}
        }
    }
}

/// Every input of the engine, in order.
fn steps(arguments: &Arguments) -> Vec<Step> {
    let mut book = OrderBook::new(BookConfig::default());
    let mut steps = Reports(Vec::new());
    book.set_phase(Phase::Continuous, &mut steps);
    for [kind, order, side, price, lots] in rows::read(&arguments.input) {
        let order_id = OrderId::new(CLIENT, order as u64);
        let order = order as u32;
        if kind == 2 {
            steps.0.push(Step::Cancel { order });
            book.cancel(order_id, &mut steps);
            continue;
        }
        let side = if side == 1 { Side::Buy } else { Side::Sell };
        let (ticks, takes) = (price as u32, kind == 3);
        steps.0.push(Step::Submit {
            order,
            side,
            ticks,
            lots: lots as u32,
            takes,
        });
        let mut new = NewOrder::limit(order_id, side, Ticks::new(price), Lots::new(lots));
        if takes {
            new.lifetime = Lifetime::ImmediateOrCancel;
        }
        book.submit(&new, &mut steps);
    }
    steps.0
}

/// Takes every event and counts what traded; each fill comes once for the maker, once for the taker.
#[derive(Default)]
struct Counts {
    events: u64,
    fills: u64,
    lots: u64,
    refused: u64,
}

impl EventSink for Counts {
    #[inline]
    fn on_event(&mut self, _sequence: u64, event: &Event) {
        self.events += 1;
        match black_box(event) {
            Event::Filled(fill) => {
                self.fills += 1;
                self.lots += (fill.volume.millionths() / LOT) as u64;
            }
            Event::Refused(_) => self.refused += 1,
            _ => {}
        }
    }
}

/// No journal: what the state machine alone costs.
struct NoLog;

impl InputLog for NoLog {
    #[inline]
    fn append(&mut self, _stamp: Stamp, _input: &Input) -> Result<(), JournalError> {
        Ok(())
    }

    fn flush(&mut self, _now: Timestamp) -> Result<u64, JournalError> {
        Ok(u64::MAX)
    }

    fn wait(&mut self, _sequence: u64) -> Result<u64, JournalError> {
        Ok(u64::MAX)
    }

    fn durable(&self) -> u64 {
        u64::MAX
    }
}

/// An engine with its journal and one client.
pub(crate) struct Desk<L> {
    engine: JournaledEngine<L>,
    client_sequence: u64,
    now: i64,
    counts: Counts,
}

impl<L: InputLog> Desk<L> {
    pub(crate) fn new(log: L) -> Self {
        let engine = Engine::new(EngineConfig::new(Currency::EUR));
        let mut desk = Self {
            engine: JournaledEngine::new(engine, log),
            client_sequence: 0,
            now: 1_700_000_000_000_000_000,
            counts: Counts::default(),
        };
        for input in desk::reference() {
            let now = Timestamp::from_nanos(desk.now);
            desk.engine
                .submit(now, now, &input, &mut desk.counts)
                .unwrap();
        }
        desk
    }

    #[inline]
    pub(crate) fn take(&mut self, step: Step) {
        let input = step.input(&mut self.client_sequence);
        self.submit(&input);
    }

    /// A command that is no step.
    pub(crate) fn ask(&mut self, command: Command) {
        let input = desk::command(&mut self.client_sequence, command);
        self.submit(&input);
    }

    /// Events so far.
    pub(crate) const fn events(&self) -> u64 {
        self.counts.events
    }

    #[inline]
    fn submit(&mut self, input: &Input) {
        self.now += PACE;
        let now = Timestamp::from_nanos(self.now);
        self.engine
            .submit(now, now, input, &mut self.counts)
            .unwrap();
    }

    fn take_all(&mut self, steps: &[Step]) -> Work {
        for step in steps {
            self.take(*step);
        }
        self.engine.commit().unwrap();
        self.work()
    }

    fn work(&self) -> Work {
        // A cancel of an order that has filled meanwhile is refused, as it is by the peer.
        vec![
            ("fills", self.counts.fills / 2),
            ("lots", self.counts.lots / 2),
        ]
    }
}

/// Rates are of commands; the venue's reports on them are part of the work, not of the count.
fn report(steps: &[Step], seconds: Vec<Seconds>, work: Work) -> Report {
    let commands = steps.iter().filter(|step| step.is_command()).count();
    let cpu = harness::median(seconds.iter().map(|run| run.cpu).collect());
    let wall = harness::median(seconds.iter().map(|run| run.wall).collect());
    let extra = vec![
        ("inputs", steps.len() as f64),
        ("inputs_rate", steps.len() as f64 / cpu),
        ("inputs_wall_rate", steps.len() as f64 / wall),
    ];
    Report {
        unit: "commands/s",
        count: commands as u64,
        seconds,
        work,
        latency_ns: None,
        extra,
    }
}

/// The state machine without a journal.
pub(crate) fn apply(arguments: &Arguments) -> Report {
    let steps = steps(arguments);
    let (seconds, work) = harness::measure(
        arguments.repeats,
        || Desk::new(NoLog),
        |desk| desk.take_all(&steps),
    );
    let mut desk = Desk::new(NoLog);
    let latency = harness::latency(steps.len(), |at| desk.take(steps[at]));
    let mut report = report(&steps, seconds, work);
    report.latency_ns = Some(latency);
    report.extra.push(("events", desk.counts.events as f64));
    report.extra.push(("refused", desk.counts.refused as f64));
    report
}

/// With the journal in memory, on the same thread.
pub(crate) fn memory(arguments: &Arguments) -> Report {
    let steps = steps(arguments);
    let prepare = || {
        let config = JournalConfig {
            segment_bytes: 128 << 20,
            ..JournalConfig::default()
        };
        let mut desk = Desk::new(Journal::open(MemoryStorage::resident(), config).unwrap().0);
        // The first commit takes the memory of the segment.
        desk.engine.commit().unwrap();
        desk
    };
    let (seconds, work) =
        harness::measure(arguments.repeats, prepare, |desk| desk.take_all(&steps));
    let mut desk = prepare();
    let latency = harness::latency(steps.len(), |at| desk.take(steps[at]));
    let mut report = report(&steps, seconds, work);
    report.latency_ns = Some(latency);
    report
}

/// How the time grows from a tenth of the orders to all of them.
pub(crate) fn scaling(arguments: &Arguments) -> Report {
    let steps = steps(arguments);
    let commands = steps.iter().filter(|step| step.is_command()).count();
    let ends = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.is_command());
    let tenth = ends
        .map(|(at, _)| at)
        .nth(commands / 10)
        .unwrap_or(steps.len());
    let time = |steps: &[Step]| {
        let runs = harness::measure(
            arguments.repeats,
            || Desk::new(NoLog),
            |desk| desk.take_all(steps),
        );
        (
            harness::median(runs.0.iter().map(|run| run.cpu).collect()),
            runs,
        )
    };
    let (short, _) = time(&steps[..tenth]);
    let (long, (seconds, work)) = time(&steps);
    let mut report = report(&steps, seconds, work);
    report.extra.push(("growth", long / short));
    report
}

/// With the journal on disk, written and synced by a second thread; ends when all is durable.
pub(crate) fn disk(arguments: &Arguments) -> Report {
    let steps = steps(arguments);
    let directory = arguments.input.with_file_name("engine-journal");
    let (mut bytes, mut work) = (0, Work::new());
    let mut seconds = Vec::new();
    for _ in 0..arguments.repeats {
        drop(fs::remove_dir_all(&directory));
        let storage = FileStorage::writable(&directory).unwrap();
        let log = BackgroundJournal::open(storage, JournalConfig::default())
            .unwrap()
            .0;
        let mut desk = Desk::new(log);
        let (cpu, wall) = (harness::cpu_seconds(), Instant::now());
        work = desk.take_all(&steps);
        seconds.push(Seconds {
            cpu: harness::cpu_seconds() - cpu,
            wall: wall.elapsed().as_secs_f64(),
        });
        let (_, log) = desk.engine.into_parts();
        log.close(Timestamp::from_nanos(desk.now)).unwrap();
        let files = fs::read_dir(&directory).unwrap();
        bytes = files
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum();
        fs::remove_dir_all(&directory).unwrap();
    }
    let mut report = report(&steps, seconds, work);
    report
        .extra
        .push(("file_bytes_per_input", bytes as f64 / steps.len() as f64));
    report
}
