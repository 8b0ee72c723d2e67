//! The market's clock and rules.

use wattbook_book::{BookEvent, CoupledEvent, Lifetime, NewOrder, Span};
use wattbook_domain::{Lots, OrderId, Side, Ticks, Timestamp};
use wattbook_sim::intraday::{IntradaySink, Row};
use wattbook_sim::{IntradayMarket, IntradayRefusal};

use crate::{MIDNIGHT, at, plan};

#[derive(Default)]
struct Heard(Vec<(Timestamp, CoupledEvent)>);

impl IntradaySink for Heard {
    fn on_event(&mut self, at: Timestamp, event: &CoupledEvent) {
        self.0.push((at, *event));
    }
}

impl Heard {
    /// When and how much traded since the last look.
    fn fills(&mut self) -> Vec<(Timestamp, i64)> {
        let fills = self.0.drain(..).filter_map(|(at, event)| match event {
            CoupledEvent::Filled { fill, .. } => Some((at, fill.volume.count())),
            _ => None,
        });
        fills.collect()
    }
}

fn order(number: u64, side: Side, ticks: i64, lots: i64) -> NewOrder {
    let plain = NewOrder::limit(OrderId(number), side, Ticks::new(ticks), Lots::new(lots));
    NewOrder {
        lifetime: Lifetime::GoodForSession,
        ..plain
    }
}

/// The rule that a command broke.
fn rule<T>(done: Result<T, IntradayRefusal>) -> &'static str {
    done.err().map_or("none", |refusal| refusal.rule())
}

#[test]
fn a_contract_takes_orders_from_its_opening_up_to_its_gate() {
    let mut market = IntradayMarket::new(plan(2)).unwrap();
    let (mut heard, hour) = (Heard::default(), Span::of(1));
    let gate = MIDNIGHT + 60 - 5;
    let mut send = |minutes, number| {
        let order = order(number, Side::Buy, 100, 1);
        rule(market.submit(at(minutes), 0, hour, &order, &mut heard))
    };
    assert_eq!(send(899, 1), "not open");
    assert_eq!(send(900, 2), "none");
    assert_eq!(send(gate - 1, 3), "none");
    assert_eq!(send(gate, 4), "gate closed");
    let ended = |event: &(Timestamp, CoupledEvent)| match event.1 {
        CoupledEvent::Order {
            event: BookEvent::Cancelled { order_id, .. },
            ..
        } => Some((event.0, order_id.0)),
        _ => None,
    };
    let ended: Vec<_> = heard.0.iter().filter_map(ended).collect();
    assert_eq!(ended, [(at(gate), 2), (at(gate), 3)]);
}

#[test]
fn a_block_ends_with_the_gate_of_its_first_contract() {
    let mut market = IntradayMarket::new(plan(3)).unwrap();
    let block = Span::block(0, 2);
    let all = NewOrder {
        terms: wattbook_book::Terms {
            quantity: wattbook_book::Quantity::AllOrNone,
            ..wattbook_book::Terms::PLAIN
        },
        ..order(1, Side::Buy, 100, 1)
    };
    let sent = market.submit(at(MIDNIGHT - 5), 0, block, &all, &mut Heard::default());
    assert_eq!(rule(sent), "gate closed");
    let later = market.submit(
        at(MIDNIGHT - 5),
        0,
        Span::block(1, 2),
        &all,
        &mut Heard::default(),
    );
    assert_eq!(rule(later), "none");
}

#[test]
fn a_border_pauses_around_an_auction_and_what_crossed_meanwhile_trades_when_it_resumes() {
    let mut market = IntradayMarket::new(plan(2)).unwrap();
    let (mut heard, hour) = (Heard::default(), Span::of(0));
    let sell = order(1, Side::Sell, 50, 10);
    market
        .submit(at(1_000), 0, hour, &sell, &mut heard)
        .unwrap();
    let seen = |market: &mut IntradayMarket| {
        let levels = market.depth(1, hour, Side::Sell, 5).unwrap();
        levels.iter().map(|level| level.volume.count()).sum::<i64>()
    };
    assert_eq!(seen(&mut market), 6);
    market.advance(at(1_300), &mut heard).unwrap();
    assert_eq!(seen(&mut market), 0);
    assert!(!market.is_allocating(0, 0));
    let buy = order(2, Side::Buy, 60, 4);
    market.submit(at(1_310), 1, hour, &buy, &mut heard).unwrap();
    assert_eq!(heard.fills(), []);
    market.advance(at(1_345), &mut heard).unwrap();
    assert_eq!(heard.fills(), [(at(1_340), 4)]);
    assert_eq!(seen(&mut market), 2);
}

#[test]
fn an_operators_halt_outlasts_a_pause() {
    let mut market = IntradayMarket::new(plan(2)).unwrap();
    let quiet = &mut Heard::default();
    market
        .set_halted(at(1_310), (1, 0), 0, true, quiet)
        .unwrap();
    market.advance(at(1_350), quiet).unwrap();
    assert!(!market.is_allocating(0, 0));
    market
        .set_halted(at(1_351), (0, 1), 0, false, quiet)
        .unwrap();
    assert!(market.is_allocating(0, 0));
}

#[test]
fn trade_within_a_zone_goes_on_after_its_border_has_closed() {
    let mut market = IntradayMarket::new(plan(2)).unwrap();
    let (mut heard, hour) = (Heard::default(), Span::of(0));
    let closed = at(MIDNIGHT - 60);
    let sell = order(1, Side::Sell, 50, 10);
    market.submit(closed, 0, hour, &sell, &mut heard).unwrap();
    let far = order(2, Side::Buy, 60, 3);
    market.submit(closed, 1, hour, &far, &mut heard).unwrap();
    assert_eq!(heard.fills(), []);
    let near = order(3, Side::Buy, 60, 3);
    market.submit(closed, 0, hour, &near, &mut heard).unwrap();
    assert_eq!(heard.fills(), [(closed, 3)]);
    let late = market.set_capacity(closed, (0, 1), 0, Lots::new(9), &mut heard);
    assert_eq!(rule(late), "border closed");
}

/// The hour and its quarter-hours use one capacity, each in its own quarter-hours.
#[test]
fn contracts_of_one_hour_share_its_border() {
    let mut market = IntradayMarket::new(plan(2)).unwrap();
    let (mut heard, hour, quarter) = (Heard::default(), Span::of(0), Span::of(6));
    let start = market.plan().contracts[6].periods;
    assert_eq!((start.first, start.periods), (0, 1));
    let sell = order(1, Side::Sell, 50, 10);
    market
        .submit(at(1_000), 0, hour, &sell, &mut heard)
        .unwrap();
    let buy = order(2, Side::Buy, 60, 4);
    market.submit(at(1_000), 1, hour, &buy, &mut heard).unwrap();
    let sell = order(3, Side::Sell, 50, 10);
    market
        .submit(at(1_001), 0, quarter, &sell, &mut heard)
        .unwrap();
    let seen = market.depth(1, quarter, Side::Sell, 5).unwrap();
    assert_eq!(seen[0].volume, Lots::new(2));
    let later = Span::of(10);
    let sell = order(4, Side::Sell, 50, 10);
    market
        .submit(at(1_001), 0, later, &sell, &mut heard)
        .unwrap();
    assert_eq!(
        market.depth(1, later, Side::Sell, 5).unwrap()[0].volume,
        Lots::new(6)
    );
}

/// A row of a good order; a test breaks one number of it.
const GOOD: [i64; Row::WIDTH] = [
    1_000 * 60_000_000_000,
    0,
    0,
    0,
    0,
    1,
    7,
    1,
    500_000,
    1_000_000,
    0,
    0,
    0,
];

#[test]
fn a_row_that_breaks_a_rule_is_refused_by_its_name_and_changes_nothing() {
    let cases: [(usize, i64, &str); 18] = [
        (0, 0, "not open"),
        (0, 1_435 * 60_000_000_000, "gate closed"),
        (1, 9, "unknown code"),
        (1, 1, "unknown order"),
        (1, 2, "unknown order"),
        (2, 2, "unknown zone"),
        (2, -1, "unknown zone"),
        (4, 14, "unknown contract"),
        (4, -1, "unknown contract"),
        (5, 0, "unknown contract"),
        (5, 70_000, "unknown contract"),
        (7, 0, "unknown code"),
        (8, 505_000, "off tick"),
        (8, 10_000_000_000, "price limits"),
        (9, 150_000, "off lot"),
        (9, 0, "no volume"),
        (9, 1_000_000_000, "too large"),
        (10, 3, "unknown code"),
    ];
    for (column, value, rule) in cases {
        let mut market = IntradayMarket::new(plan(2)).unwrap();
        let mut row = GOOD;
        row[column] = value;
        let (mut heard, mut refused) = (Heard::default(), Vec::new());
        market.apply_rows(&[row], &mut heard, &mut refused);
        assert_eq!(refused.len(), 1, "column {column}: {value}");
        let refusal = &refused[0].refusal;
        assert_eq!(refusal.rule(), rule, "column {column}: {value}");
        assert!(
            refusal
                .to_string()
                .starts_with(rule.split(' ').next().unwrap())
        );
        assert_eq!(market.books().order(OrderId(7)), None);
    }
}

#[test]
fn rows_are_carried_out_in_order_and_the_refused_are_named_by_place() {
    let mut market = IntradayMarket::new(plan(2)).unwrap();
    let mut taken = GOOD;
    taken[7] = 2;
    taken[6] = 8;
    let mut earlier = GOOD;
    earlier[0] -= 1;
    earlier[6] = 9;
    let mut border = GOOD;
    (border[1], border[3], border[9]) = (3, 0, 100_000);
    let (mut heard, mut refused) = (Heard::default(), Vec::new());
    let rows = [GOOD, GOOD, taken, earlier, border];
    market.apply_rows(&rows, &mut heard, &mut refused);
    let found: Vec<_> = refused
        .iter()
        .map(|each| (each.row, each.refusal.rule()))
        .collect();
    let expected = [
        (1, "order number taken"),
        (3, "time backwards"),
        (4, "unknown border"),
    ];
    assert_eq!(found, expected);
    assert_eq!(heard.fills(), [(at(1_000), 10)]);
}

#[test]
fn a_day_whose_times_do_not_fit_is_refused_by_its_contract() {
    let mut short = plan(1);
    short.contracts[0].zones.pop();
    let fault = IntradayMarket::new(short).unwrap_err().to_string();
    assert!(
        fault.contains("1440-1500 does not have times for each zone"),
        "{fault}"
    );
    let mut backwards = plan(1);
    backwards.contracts[2].borders[0].pauses = vec![(at(5), at(5))];
    let fault = IntradayMarket::new(backwards).unwrap_err().to_string();
    assert!(fault.contains("does not begin before it ends"), "{fault}");
}
