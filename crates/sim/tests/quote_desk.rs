//! A strategy on a quote file trades at the quotes, late, through gate and journal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{LOT, TICK, hour};
use wattbook_domain::reference::{ReferenceEvent, SetLimits};
use wattbook_domain::report::VenueReason;
use wattbook_domain::venue::Venue;
use wattbook_domain::{
    ClientId, Currency, Event, Input, InstrumentId, LotSize, Money, Order, OrderId, Owner, Price,
    Side, TickSize, TimeInForce, Timestamp, TradingBookId, VenueId, Volume,
};
use wattbook_engine::{Engine, EngineConfig, JournaledEngine, NoEvents};
use wattbook_journal::{Journal, JournalConfig, MemoryStorage};
use wattbook_sim::{QuoteColumns, QuoteDesk, QuoteFile, QuoteHeader, QuoteWriter, Replayed};
use wattbook_strategy::{Churn, Context, Identity, Observation, Strategy};

const LATENCY_NS: i64 = 100;

/// Rows of time, bid, ask, bid lots, ask lots.
fn file(rows: &[[i64; 5]]) -> (tempfile::TempDir, QuoteFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quotes.wbq");
    let header = QuoteHeader {
        instrument: InstrumentId(0),
        tick: TickSize::new(Price::from_millionths(TICK)).unwrap(),
        lot: LotSize::new(Volume::from_millionths(LOT)).unwrap(),
        is_synthetic: true,
    };
    let column = |index: usize, unit: i64| -> Vec<i64> {
        rows.iter().map(|row| row[index] * unit).collect()
    };
    let mut writer = QuoteWriter::create(&path, header).unwrap();
    writer
        .append(&QuoteColumns {
            ts: &column(0, 1),
            bid_price: &column(1, TICK),
            ask_price: &column(2, TICK),
            bid_volume: &column(3, LOT),
            ask_volume: &column(4, LOT),
        })
        .unwrap();
    writer.finish().unwrap();
    let file = QuoteFile::open(path).unwrap();
    (folder, file)
}

fn desk() -> QuoteDesk<Journal<MemoryStorage>> {
    let (journal, _) = Journal::open(MemoryStorage::default(), JournalConfig::default()).unwrap();
    let mut engine = JournaledEngine::new(Engine::new(EngineConfig::new(Currency::EUR)), journal);
    let limits = SetLimits {
        trading_book: TradingBookId(1),
        order_volume: Volume::from_millionths(1_000 * LOT),
        order_value: Money::from_millionths(1 << 60),
        position_volume: Volume::from_millionths(1_000 * LOT),
        loss: Money::from_millionths(1 << 60),
        price_collar: Price::from_millionths(1 << 40),
    };
    let venue = Venue {
        venue: VenueId(0),
        name: "quotes".to_owned(),
        ..Venue::default()
    };
    for event in [
        ReferenceEvent::DefineVenue(venue),
        ReferenceEvent::DefineInstrument(Box::new(hour(0, 0))),
        ReferenceEvent::SetLimits(limits),
    ] {
        let input = Input::Reference(event);
        engine
            .submit(Timestamp::EPOCH, Timestamp::EPOCH, &input, &mut NoEvents)
            .unwrap();
    }
    QuoteDesk::new(engine, LATENCY_NS)
}

fn context() -> Context {
    Context::new(Identity {
        client: ClientId(1),
        owner: Owner {
            trading_book: TradingBookId(1),
            ..Owner::default()
        },
    })
}

/// Submits one order at the first quote and keeps what it hears of it.
struct Once {
    order: Option<Order>,
    heard: Vec<(i64, String)>,
}

impl Strategy for Once {
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        let now = context.now().nanos();
        match observation {
            Observation::Market(_) => {
                if let Some(order) = self.order.take() {
                    assert_eq!(context.submit(order), OrderId::new(ClientId(1), 1));
                }
            }
            Observation::Event(Event::Filled(fill)) => {
                let (price, volume) = (fill.price, fill.volume);
                self.heard.push((now, format!("{volume} at {price}")));
            }
            Observation::Event(Event::OrderStateChanged(changed)) => {
                if let Some(reason) = changed.reason.filter(|why| *why != VenueReason::Requested) {
                    self.heard.push((now, format!("{reason:?}")));
                }
            }
            _ => {}
        }
    }
}

fn hear(rows: &[[i64; 5]], order: Order) -> Vec<(i64, String)> {
    let (_folder, file) = file(rows);
    let mut once = Once {
        order: Some(order),
        heard: Vec::new(),
    };
    desk().run(&file, &mut once, &mut context()).unwrap();
    once.heard
}

fn limit(side: Side, ticks: i64, lots: i64, time_in_force: TimeInForce) -> Order {
    Order {
        side,
        price: Price::from_millionths(ticks * TICK),
        volume: Volume::from_millionths(lots * LOT),
        time_in_force,
        ..Order::default()
    }
}

#[test]
fn an_order_meets_the_quote_that_stands_when_it_arrives() {
    // It is sent at 1,000 for the ask of 10, arrives at 1,100 and finds the ask at 12.
    let rows = [
        [1_000, 8, 10, 5, 5],
        [1_050, 8, 12, 5, 3],
        [2_000, 8, 12, 5, 3],
    ];
    let order = limit(Side::Buy, 12, 5, TimeInForce::ImmediateOrCancel);
    let heard = hear(&rows, order);
    assert_eq!(
        heard,
        [
            (1_200, "0.3 at 0.12".to_owned()),
            (1_200, "Unfilled".to_owned())
        ]
    );
}

#[test]
fn a_resting_order_trades_when_the_market_passes_it_not_when_it_touches() {
    let rows = [
        [1_000, -8, -6, 5, 5],
        [2_000, -9, -7, 5, 5],
        [3_000, -10, -8, 5, 5],
        [4_000, -10, -8, 5, 5],
    ];
    let heard = hear(
        &rows,
        limit(Side::Buy, -7, 2, TimeInForce::GoodTillCancelled),
    );
    assert_eq!(heard, [(3_100, "0.2 at -0.07".to_owned())]);
}

#[test]
fn every_quote_replaces_the_order_and_nothing_is_left_behind() {
    let rows: Vec<[i64; 5]> = (0..10_000).map(|i| [i * 1_000, 50, 52, 5, 5]).collect();
    let (_folder, file) = file(&rows);
    let run = || {
        let (mut desk, mut context) = (desk(), context());
        let volume = Volume::from_millionths(LOT);
        let mut churn = Churn::new(InstrumentId(0), Price::from_millionths(TICK), volume);
        let done = desk.run(&file, &mut churn, &mut context).unwrap();
        let expected = Replayed {
            quotes: 10_000,
            orders: 10_000,
            fills: 0,
        };
        assert_eq!(done, expected);
        // The last order rests, the one before it is on its way out.
        assert!(context.working(InstrumentId(0)) <= Volume::from_millionths(2 * LOT));
        desk.engine().engine().state_hash()
    };
    assert_eq!(run(), run());
}
