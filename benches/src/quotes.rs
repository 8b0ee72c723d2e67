//! Quotes from a mapped file to a strategy, whose orders pass the gate and the journal.

use std::fs;
use std::path::PathBuf;

use wattbook_domain::{
    ClientId, Currency, Input, InstrumentId, LotSize, Owner, Price, StrategyId, TickSize,
    Timestamp, TraderId, TradingBookId, Volume,
};
use wattbook_engine::{Engine, EngineConfig, InputLog, JournaledEngine};
use wattbook_journal::{Journal, JournalConfig, MemoryStorage};
use wattbook_sim::{QuoteColumns, QuoteDesk, QuoteFile, QuoteHeader, QuoteWriter};
use wattbook_strategy::{Churn, Context, EmaCross, EmaCrossConfig, Identity, Strategy};

use crate::Arguments;
use crate::desk::{self, CLIENT, LOT, TICK};
use crate::harness::{self, Report, Work};
use crate::rows;

/// Each way, as the peers have it.
pub(crate) const LATENCY_NS: i64 = 1_000;

/// Averages of the crossing, in quotes: those of the peer's script.
const FAST: u32 = 10;
const SLOW: u32 = 20;

/// The rows of `arguments` as a quote file beside them, written if it is not there, and its bytes.
fn quote_file(arguments: &Arguments) -> (QuoteFile, u64) {
    written(arguments, "wbq", 1)
}

/// Times that the rows follow themselves in a long file.
const LONG: i64 = 20;

/// The same rows again and again, the clock going on.
pub(crate) fn long_quote_file(arguments: &Arguments) -> (QuoteFile, u64) {
    written(arguments, "long.wbq", LONG)
}

fn written(arguments: &Arguments, extension: &str, times: i64) -> (QuoteFile, u64) {
    let path: PathBuf = arguments.input.with_extension(extension);
    if QuoteFile::open(&path).is_err() {
        let rows = rows::read(&arguments.input);
        let column = |index: usize, unit: i64| -> Vec<i64> {
            rows.iter().map(|row| row[index] * unit).collect()
        };
        let span = rows[rows.len() - 1][0] - rows[0][0] + 1;
        let header = QuoteHeader {
            instrument: InstrumentId(0),
            tick: TickSize::new(Price::from_millionths(TICK)).unwrap(),
            lot: LotSize::new(Volume::from_millionths(LOT)).unwrap(),
            is_synthetic: true,
        };
        let mut writer = QuoteWriter::create(&path, header).unwrap();
        let (bids, asks) = (column(1, TICK), column(2, TICK));
        let volume = [column(3, LOT), column(4, LOT)];
        for time in 0..times {
            let ts: Vec<i64> = rows.iter().map(|row| row[0] + time * span).collect();
            writer
                .append(&QuoteColumns {
                    ts: &ts,
                    bid_price: &bids,
                    ask_price: &asks,
                    bid_volume: &volume[0],
                    ask_volume: &volume[1],
                })
                .unwrap();
        }
        writer.finish().unwrap();
    }
    let bytes = fs::metadata(&path).unwrap().len();
    (QuoteFile::open(&path).unwrap(), bytes)
}

type Desk = QuoteDesk<Journal<MemoryStorage>>;

/// A desk whose journal has taken its memory from the system before the clock starts.
fn quote_desk() -> Desk {
    let config = JournalConfig {
        segment_bytes: 192 << 20,
        ..JournalConfig::default()
    };
    let (journal, _) = Journal::open(MemoryStorage::resident(), config).unwrap();
    let mut desk = desk_of(journal, LATENCY_NS);
    // The first commit takes the memory of the segment.
    desk.finish().unwrap();
    desk
}

/// A desk that journals to `log`.
pub(crate) fn desk_of<L: InputLog>(log: L, latency_ns: i64) -> QuoteDesk<L> {
    let engine = Engine::new(EngineConfig::new(Currency::EUR));
    let mut engine = JournaledEngine::new(engine, log);
    for input in desk::reference() {
        let Input::Reference(_) = &input else {
            continue;
        };
        let now = Timestamp::EPOCH;
        engine
            .submit(now, now, &input, &mut |_: u64, _: &_| {})
            .unwrap();
    }
    QuoteDesk::new(engine, latency_ns)
}

pub(crate) fn context() -> Context {
    Context::new(Identity {
        client: ClientId(CLIENT.0),
        owner: Owner {
            trading_book: TradingBookId(1),
            trader: TraderId(1),
            strategy: StrategyId(0),
        },
    })
}

fn run<S: Strategy>(
    arguments: &Arguments,
    unit: &'static str,
    strategy: impl Fn() -> S,
    count: impl Fn(&S, u64) -> u64,
) -> Report {
    let (file, size) = quote_file(arguments);
    let prepare = || (quote_desk(), strategy(), context());
    let mut counted = 0;
    let (seconds, work) = harness::measure(
        arguments.repeats,
        prepare,
        |(desk, strategy, context): &mut (Desk, S, Context)| -> Work {
            let done = desk.run(&file, strategy, context).unwrap();
            counted = count(strategy, done.quotes);
            vec![("orders", done.orders)]
        },
    );
    let per_quote = size as f64 / file.count() as f64;
    let extra = vec![
        ("file_bytes_per_quote", per_quote),
        ("anonymous_bytes", harness::anonymous_bytes()),
    ];
    Report {
        unit,
        count: counted,
        seconds,
        work,
        latency_ns: None,
        extra,
    }
}

/// Turns its position when two averages cross.
pub(crate) fn crossing() -> EmaCross {
    EmaCross::new(EmaCrossConfig {
        instrument: InstrumentId(0),
        rolls: Vec::new(),
        fast: FAST,
        slow: SLOW,
        volume: Volume::from_millionths(LOT),
    })
    .unwrap()
}

/// Crosses two averages at every quote.
pub(crate) fn ema_cross(arguments: &Arguments) -> Report {
    run(arguments, "quotes/s", crossing, |_, quotes| quotes)
}

/// Every quote: cancels the resting order, enters another; through gate, journal and venue.
pub(crate) fn churn(arguments: &Arguments) -> Report {
    let volume = Volume::from_millionths(LOT);
    let strategy = || Churn::new(InstrumentId(0), Price::from_millionths(5 * TICK), volume);
    run(arguments, "pairs/s", strategy, |strategy, _| {
        strategy.submitted()
    })
}
