//! What every venue adapter must pass: place, modify, cancel, partial fill, iceberg, reject, a line that
//! breaks in the middle of an order, a fill told twice, a clock that is wrong.
//!
//! A test builds a [`VenueUnderTest`] — the adapter, and levers on the venue behind it — and calls
//! [`check`]. `docs/adapters.md` shows one.

use std::time::{Duration, Instant};

use wattbook_domain::event::{AmendRouted, CancelRouted, OrderRouted};
use wattbook_domain::report::{VenueReason, VenueReport};
use wattbook_domain::{
    ClientId, Conditions, Event, InstrumentId, Order, OrderId, Price, Side, TimeInForce, Timestamp,
    Volume,
};
use wattbook_session::adapter::{AdapterTold, VenueAdapter};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one looks for what must not come.
const QUIET: Duration = Duration::from_millis(300);
const CLIENT: ClientId = ClientId(1);

/// Which way a line stops to carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// What we send does not arrive.
    Out,
    /// What the venue sends does not arrive.
    In,
}

/// An adapter, and levers on the venue behind it. The venue lists [`Terms::instrument`], its books are
/// empty, and nobody else trades there.
pub trait VenueUnderTest {
    /// The adapter.
    fn adapter(&mut self) -> &mut dyn VenueAdapter;

    /// The time at us.
    fn now(&self) -> Timestamp;

    /// Another participant enters a limit order that is gone at once where it does not trade.
    fn other(&mut self, side: Side, price: Price, volume: Volume);

    /// Our orders that the venue has and that have not ended.
    fn open_orders(&mut self) -> usize;

    /// What our orders show in the book.
    fn shown(&mut self) -> Volume;

    /// The line carries nothing this way from now on; neither side is told.
    fn stall(&mut self, way: Way);

    /// The line breaks, and what it has not carried is lost; it cannot be had again before `mend`.
    fn cut(&mut self);

    /// The line can be had again.
    fn mend(&mut self);

    /// The venue tells its last fill once more, as if it were new.
    fn repeat_fill(&mut self);

    /// The venue's clock is ahead by so many ns from now on.
    fn skew(&mut self, ns: i64);
}

/// What is traded.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// The instrument.
    pub instrument: InstrumentId,
    /// A price on the tick.
    pub price: Price,
    /// The tick.
    pub tick: Price,
    /// The lot.
    pub lot: Volume,
}

/// A rule that the adapter breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {found}")]
pub struct Broken {
    /// Which rule.
    pub rule: &'static str,
    /// What happened.
    pub found: String,
}

type Step = fn(&mut Suite<'_>) -> Result<(), String>;

/// The rules, in the order in which they are checked.
const RULES: [(&str, Step); 11] = [
    ("an order that is placed is accepted once", place),
    ("an order that is modified has its new terms", modify),
    ("an order that is cancelled ends as asked", cancel),
    ("a part of an order fills, the rest stays", partial_fill),
    ("an iceberg shows a part and trades as a whole", iceberg),
    (
        "an order that the venue refuses ends with its reason",
        reject,
    ),
    (
        "an order that never arrived is placed once, or ends",
        lost_request,
    ),
    (
        "an order whose answer was lost is accepted once",
        lost_answer,
    ),
    ("a fill of the time without a line is told once", lost_fill),
    ("a fill that is told twice is booked once", repeated_fill),
    (
        "a clock that is wrong loses and reorders nothing",
        wrong_clock,
    ),
];

/// Checks an adapter against every rule; returns their names.
///
/// # Errors
/// [`Broken`]: the first rule that it breaks.
pub fn check(venue: &mut dyn VenueUnderTest, terms: Terms) -> Result<Vec<&'static str>, Broken> {
    let mut suite = Suite {
        venue,
        terms,
        orders: 0,
        told: Vec::new(),
    };
    suite.venue.adapter().connect();
    let mut rules = vec!["it connects"];
    let broken = |rule| move |found| Broken { rule, found };
    suite.connected().map_err(broken("it connects"))?;
    for (rule, step) in RULES {
        suite.told.clear();
        step(&mut suite)
            .and_then(|()| suite.is_clean())
            .map_err(broken(rule))?;
        rules.push(rule);
    }
    suite.venue.adapter().stop();
    Ok(rules)
}

struct Suite<'a> {
    venue: &'a mut dyn VenueUnderTest,
    terms: Terms,
    orders: u64,
    /// What was told in this step.
    told: Vec<AdapterTold>,
}

impl Suite<'_> {
    fn look(&mut self) {
        let now = self.venue.now();
        let told = self.venue.adapter().take(now);
        if told.is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.told.extend(told);
    }

    fn until(
        &mut self,
        what: &str,
        mut is_so: impl FnMut(&mut Self) -> bool,
    ) -> Result<(), String> {
        let last = Instant::now() + PATIENCE;
        loop {
            self.look();
            if is_so(self) {
                return Ok(());
            }
            if Instant::now() > last {
                return Err(format!("never: {what}; told {:?}", self.told));
            }
        }
    }

    fn connected(&mut self) -> Result<(), String> {
        self.until("connected", |suite| suite.venue.adapter().is_connected())
    }

    fn is_clean(&self) -> Result<(), String> {
        let aside = self
            .told
            .iter()
            .find(|told| matches!(told, AdapterTold::Aside { .. }));
        aside.map_or(Ok(()), |aside| Err(format!("set aside: {aside:?}")))
    }

    fn lots(&self, count: i64) -> Volume {
        Volume::from_millionths(self.terms.lot.millionths() * count)
    }

    fn ticks(&self, count: i64) -> Price {
        Price::from_millionths(self.terms.price.millionths() + self.terms.tick.millionths() * count)
    }

    /// Routes an order to buy `lots` at `price`.
    fn buy(&mut self, price: Price, lots: i64) -> OrderId {
        self.buy_with(price, lots, None)
    }

    fn buy_with(
        &mut self,
        price: Price,
        lots: i64,
        conditions: Option<Box<Conditions>>,
    ) -> OrderId {
        self.orders += 1;
        let order_id = OrderId::new(CLIENT, self.orders);
        let event = Event::OrderRouted(OrderRouted {
            order_id,
            order: Order {
                instrument: self.terms.instrument,
                side: Side::Buy,
                time_in_force: TimeInForce::GoodForSession,
                price,
                volume: self.lots(lots),
                conditions,
                ..Order::default()
            },
        });
        self.venue.adapter().route(&event);
        order_id
    }

    /// An order in the book.
    fn accepted(&mut self, lots: i64) -> Result<OrderId, String> {
        let order_id = self.buy(self.terms.price, lots);
        self.until("accepted", |suite| suite.accepts(order_id) == 1)?;
        Ok(order_id)
    }

    fn route_cancel(&mut self, order_id: OrderId) {
        let instrument = self.terms.instrument;
        let event = Event::CancelRouted(CancelRouted {
            order_id,
            instrument,
        });
        self.venue.adapter().route(&event);
    }

    /// Gives an order new terms, which the venue grants once.
    fn amend(&mut self, order_id: OrderId, price: Price, volume: Volume) -> Result<(), String> {
        let event = Event::AmendRouted(AmendRouted {
            order_id,
            instrument: self.terms.instrument,
            price,
            volume,
            trigger: None,
        });
        self.venue.adapter().route(&event);
        self.until("amended", |suite| {
            let is_it = |report: &VenueReport| {
                matches!(report, VenueReport::OrderAmended(it)
                    if it.order_id == order_id && it.price == price && it.volume == volume)
            };
            suite.count(is_it) == 1
        })
    }

    /// Cancels an order; nothing of ours is open after it.
    fn end(&mut self, order_id: OrderId) -> Result<(), String> {
        self.route_cancel(order_id);
        self.until("cancelled", |suite| suite.ends(order_id) == 1)?;
        match self.venue.open_orders() {
            0 => Ok(()),
            open => Err(format!("{open} orders are open at the venue")),
        }
    }

    /// Whether the book shows `lots` of ours.
    fn shows(&mut self, lots: i64) -> Result<(), String> {
        let (shown, expected) = (self.venue.shown(), self.lots(lots));
        if shown == expected {
            return Ok(());
        }
        Err(format!("{shown} are shown, not {expected}"))
    }

    fn count(&self, is_it: impl Fn(&VenueReport) -> bool) -> usize {
        let told = self.told.iter().filter(|told| match told {
            AdapterTold::Report(report, _) => is_it(report),
            AdapterTold::Aside { .. } => false,
        });
        told.count()
    }

    fn accepts(&self, order_id: OrderId) -> usize {
        self.count(
            |report| matches!(report, VenueReport::OrderAccepted(it) if it.order_id == order_id),
        )
    }

    fn fills(&self, order_id: OrderId) -> usize {
        self.count(
            |report| matches!(report, VenueReport::OrderFilled(it) if it.order_id == order_id),
        )
    }

    /// The volume of an order's fills.
    fn filled(&self, order_id: OrderId) -> Volume {
        let fills = self.told.iter().filter_map(|told| match told {
            AdapterTold::Report(VenueReport::OrderFilled(it), _) if it.order_id == order_id => {
                Some(it.volume)
            }
            _ => None,
        });
        fills.fold(Volume::ZERO, |sum, volume| sum + volume)
    }

    fn ends(&self, order_id: OrderId) -> usize {
        self.count(|report| {
            matches!(report, VenueReport::OrderCancelled(it) if it.order_id == order_id)
                || matches!(report, VenueReport::OrderRejected(it) if it.order_id == order_id)
        })
    }

    /// Looks for a while: what must come once must not come again.
    fn quiet(&mut self) {
        let last = Instant::now() + QUIET;
        while Instant::now() < last {
            self.look();
        }
    }
}

fn place(suite: &mut Suite<'_>) -> Result<(), String> {
    let order_id = suite.accepted(10)?;
    suite.quiet();
    let (accepts, open) = (suite.accepts(order_id), suite.venue.open_orders());
    if (accepts, open) != (1, 1) {
        return Err(format!(
            "accepted {accepts} times, {open} open at the venue"
        ));
    }
    suite.end(order_id)
}

fn modify(suite: &mut Suite<'_>) -> Result<(), String> {
    let order_id = suite.accepted(10)?;
    suite.amend(order_id, suite.ticks(-1), suite.lots(12))?;
    // By its new name it can be cancelled.
    suite.end(order_id)
}

fn cancel(suite: &mut Suite<'_>) -> Result<(), String> {
    let order_id = suite.accepted(10)?;
    suite.end(order_id)?;
    let asked = suite.count(|report| {
        matches!(report, VenueReport::OrderCancelled(it) if it.reason == VenueReason::Requested)
    });
    if asked != 1 {
        return Err(format!("not as asked: {:?}", suite.told));
    }
    Ok(())
}

fn partial_fill(suite: &mut Suite<'_>) -> Result<(), String> {
    let order_id = suite.accepted(10)?;
    let (price, volume) = (suite.terms.price, suite.lots(4));
    suite.venue.other(Side::Sell, price, volume);
    suite.until("a fill", |suite| suite.fills(order_id) > 0)?;
    let is_it = |report: &VenueReport| {
        matches!(report, VenueReport::OrderFilled(it)
            if it.order_id == order_id && it.volume == volume && it.price == price)
    };
    if suite.count(is_it) != 1 {
        return Err(format!("not one fill as traded: {:?}", suite.told));
    }
    if suite.venue.open_orders() != 1 {
        return Err("the rest is not in the book".to_owned());
    }
    suite.end(order_id)
}

fn iceberg(suite: &mut Suite<'_>) -> Result<(), String> {
    let conditions = Conditions {
        display_volume: Some(suite.lots(3)),
        ..Conditions::default()
    };
    let order_id = suite.buy_with(suite.terms.price, 10, Some(Box::new(conditions)));
    suite.until("accepted", |suite| suite.accepts(order_id) == 1)?;
    suite.shows(3)?;
    // A taker reaches behind what is shown; the next part is then shown.
    let (price, volume) = (suite.terms.price, suite.lots(4));
    suite.venue.other(Side::Sell, price, volume);
    suite.until("4 lots of fills", |suite| {
        suite.filled(order_id) == suite.lots(4)
    })?;
    suite.shows(2)?;
    // It is an iceberg with its new terms as well.
    suite.amend(order_id, suite.ticks(-1), suite.lots(12))?;
    suite.shows(3)?;
    suite.end(order_id)
}

fn reject(suite: &mut Suite<'_>) -> Result<(), String> {
    let half_a_tick = Price::from_millionths(suite.terms.tick.millionths() / 2);
    let off = Price::from_millionths(suite.terms.price.millionths() + half_a_tick.millionths());
    let order_id = suite.buy(off, 10);
    suite.until("rejected", |suite| suite.ends(order_id) == 1)?;
    let is_it = |report: &VenueReport| {
        matches!(report, VenueReport::OrderRejected(it)
            if it.order_id == order_id && it.reason == VenueReason::OffTick)
    };
    if suite.count(is_it) != 1 {
        return Err(format!("not for its price: {:?}", suite.told));
    }
    Ok(())
}

fn lost_request(suite: &mut Suite<'_>) -> Result<(), String> {
    suite.venue.stall(Way::Out);
    let order_id = suite.buy(suite.terms.price, 10);
    suite.quiet();
    if suite.venue.open_orders() != 0 {
        return Err("the line was not stalled".to_owned());
    }
    suite.venue.cut();
    suite.until("it is noticed", |suite| {
        !suite.venue.adapter().is_connected()
    })?;
    suite.venue.mend();
    suite.connected()?;
    suite.until("accepted or ended", |suite| {
        suite.accepts(order_id) + suite.ends(order_id) > 0
    })?;
    suite.quiet();
    let (accepts, ends) = (suite.accepts(order_id), suite.ends(order_id));
    if accepts + ends != 1 || suite.venue.open_orders() != accepts {
        return Err(format!(
            "accepted {accepts} times, ended {ends} times, {} open at the venue",
            suite.venue.open_orders()
        ));
    }
    if accepts == 1 {
        return suite.end(order_id);
    }
    // That it ended because the venue does not know it is for the operator as well.
    suite.told.clear();
    Ok(())
}

fn lost_answer(suite: &mut Suite<'_>) -> Result<(), String> {
    suite.venue.stall(Way::In);
    let order_id = suite.buy(suite.terms.price, 10);
    suite.until("it arrives", |suite| suite.venue.open_orders() == 1)?;
    suite.venue.cut();
    suite.until("it is noticed", |suite| {
        !suite.venue.adapter().is_connected()
    })?;
    suite.venue.mend();
    suite.connected()?;
    suite.until("accepted", |suite| suite.accepts(order_id) > 0)?;
    suite.quiet();
    let (accepts, open) = (suite.accepts(order_id), suite.venue.open_orders());
    if (accepts, open) != (1, 1) {
        return Err(format!(
            "accepted {accepts} times, {open} open at the venue"
        ));
    }
    suite.end(order_id)
}

fn lost_fill(suite: &mut Suite<'_>) -> Result<(), String> {
    let order_id = suite.accepted(10)?;
    suite.venue.cut();
    suite.until("it is noticed", |suite| {
        !suite.venue.adapter().is_connected()
    })?;
    let (price, volume) = (suite.terms.price, suite.lots(3));
    suite.venue.other(Side::Sell, price, volume);
    suite.venue.mend();
    suite.connected()?;
    suite.until("the fill", |suite| suite.fills(order_id) > 0)?;
    suite.quiet();
    match suite.fills(order_id) {
        1 => suite.end(order_id),
        count => Err(format!("told {count} times")),
    }
}

fn repeated_fill(suite: &mut Suite<'_>) -> Result<(), String> {
    let order_id = suite.accepted(10)?;
    let (price, volume) = (suite.terms.price, suite.lots(2));
    suite.venue.other(Side::Sell, price, volume);
    suite.until("a fill", |suite| suite.fills(order_id) == 1)?;
    suite.venue.repeat_fill();
    suite.quiet();
    suite.end(order_id)?;
    match suite.fills(order_id) {
        1 => Ok(()),
        count => Err(format!("told {count} times")),
    }
}

fn wrong_clock(suite: &mut Suite<'_>) -> Result<(), String> {
    const AHEAD: i64 = 60_000_000_000;
    suite.venue.skew(AHEAD);
    let order_id = suite.accepted(10)?;
    let (price, volume) = (suite.terms.price, suite.lots(2));
    suite.venue.other(Side::Sell, price, volume);
    suite.until("a fill", |suite| suite.fills(order_id) == 1)?;
    suite.venue.skew(-AHEAD);
    suite.venue.other(Side::Sell, price, volume);
    suite.until("another fill", |suite| suite.fills(order_id) == 2)?;
    suite.end(order_id)?;
    let order: Vec<&str> = suite.told.iter().filter_map(kind).collect();
    if order != ["accepted", "filled", "filled", "ended"] {
        return Err(format!("out of order: {order:?}"));
    }
    Ok(())
}

const fn kind(told: &AdapterTold) -> Option<&'static str> {
    match told {
        AdapterTold::Report(VenueReport::OrderAccepted(_), _) => Some("accepted"),
        AdapterTold::Report(VenueReport::OrderFilled(_), _) => Some("filled"),
        AdapterTold::Report(VenueReport::OrderCancelled(_), _) => Some("ended"),
        _ => None,
    }
}
