//! Simulated participants in the intraday market.

use wattbook_book::{CoupledEvent, Lifetime, NewOrder, Pricing, Span, TopOfBook};
use wattbook_domain::market::Phase;
use wattbook_domain::{Ticks, Timestamp};

use super::crowd::{Call, Crowd, Member, Members};
use super::market::{IntradayMarket, IntradaySink};
use super::plan::IntradayPlan;
use super::refusal::IntradayRefusal as Refusal;
use super::statistics::{ContractStatistics, Statistics};
use crate::error::SimError;
use crate::participant::{Participants, Role, View, Wish};
use crate::path::ReferencePath;
use crate::rng::Rng;
use crate::venue::earlier;

/// Time between two moves of what participants believe in, in ns.
const DRIFT_NS: i64 = 60_000_000_000;
/// Quarter-hours whose contracts move together.
const HOUR: usize = 4;

/// A day of intraday trading and who trades in it.
#[derive(Debug, Clone)]
pub struct SimulationPlan {
    /// The day.
    pub market: IntradayPlan,
    /// Who trades.
    pub crowd: Crowd,
    /// By contract, then zone: the price that participants believe in.
    pub reference: Vec<ReferencePath>,
    /// Largest move away from it a minute, in ticks; contracts of one hour move together.
    pub drift: i64,
    /// Makes everything random.
    pub seed: u64,
}

/// How far a simulation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntradayProgress {
    /// Its time.
    pub now: Timestamp,
    /// Orders, amendments and cancels so far.
    pub order_events: u64,
    /// Whether every contract has closed.
    pub is_done: bool,
}

/// A price that moves by a random step each minute, whoever looks.
#[derive(Debug)]
struct Drift {
    rng: Rng,
    step: i64,
    moved: i64,
}

impl Drift {
    /// How far it is from where it began after `step` minutes.
    fn at(&mut self, step: i64, most: i64) -> i64 {
        while self.step < step {
            self.step += 1;
            self.moved += self.rng.between(-most, most);
        }
        self.moved
    }
}

/// A day of intraday trading with simulated participants. Equal plans give equal days.
#[derive(Debug)]
pub struct IntradaySimulation {
    market: IntradayMarket,
    members: Members,
    reference: Vec<ReferencePath>,
    drift_ticks: i64,
    /// By hour of the day.
    drifts: Vec<Drift>,
    begins: Timestamp,
    statistics: Statistics,
    next_order: u64,
    wishes: Vec<Wish>,
}

/// Keeps statistics of what the market tells and hands it on.
#[derive(Debug)]
pub struct Noted<'a, S> {
    statistics: &'a mut Statistics,
    sink: &'a mut S,
}

impl<S: IntradaySink> IntradaySink for Noted<'_, S> {
    #[inline]
    fn on_event(&mut self, at: Timestamp, event: &CoupledEvent) {
        self.statistics.on_event(at, event);
        self.sink.on_event(at, event);
    }

    fn on_open(&mut self, at: Timestamp, contract: usize, zone: usize) {
        self.sink.on_open(at, contract, zone);
    }
}

/// Nobody listens.
impl IntradaySink for () {
    #[inline]
    fn on_event(&mut self, _at: Timestamp, _event: &CoupledEvent) {}
}

impl IntradaySimulation {
    /// The day of `plan`, before anything opens.
    ///
    /// # Errors
    /// As [`IntradayMarket::new`], and [`SimError::Parameter`] for a reference that is not one price a
    /// contract and zone, or a drift below zero.
    pub fn new(plan: SimulationPlan) -> Result<Self, SimError> {
        let cells = plan.market.contracts.len() * plan.market.zones.len();
        if plan.reference.len() != cells {
            return Err(SimError::Parameter {
                field: "count of reference prices",
                value: plan.reference.len() as i64,
                fix: "one a contract and zone",
            });
        }
        if plan.drift < 0 {
            let (field, value, fix) = ("drift", plan.drift, "0 or more ticks");
            return Err(SimError::Parameter { field, value, fix });
        }
        plan.crowd.check(&plan.market)?;
        let seed = plan.seed;
        let hours = plan.market.periods.div_ceil(HOUR) as u64;
        // Above the streams of members and of the lines between a desk and the venue.
        let drift = |hour| Drift {
            rng: Rng::new(seed, (1 << 63) + hour),
            step: 0,
            moved: 0,
        };
        let statistics = Statistics::new(&plan.market);
        let members = Members::new(plan.crowd, &plan.market, seed);
        let market = IntradayMarket::new(plan.market)?;
        Ok(Self {
            begins: market.next_time().unwrap_or_default(),
            market,
            members,
            reference: plan.reference,
            drift_ticks: plan.drift,
            drifts: (0..hours).map(drift).collect(),
            statistics,
            next_order: 0,
            wishes: Vec::new(),
        })
    }

    /// The market, to look into.
    #[must_use]
    pub const fn market(&self) -> &IntradayMarket {
        &self.market
    }

    /// What the day came to so far, contract by contract.
    #[must_use]
    pub fn statistics(&self) -> &[ContractStatistics] {
        &self.statistics.by_contract
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> IntradayProgress {
        IntradayProgress {
            now: self.market.now(),
            order_events: self.market.order_events(),
            is_done: self.next_time().is_none(),
        }
    }

    /// When something happens next.
    #[must_use]
    pub fn next_time(&self) -> Option<Timestamp> {
        earlier(self.market.next_time(), self.members.next_time())
    }

    /// Trades on up to `until`, or until `most_events` more orders, amendments and cancels came.
    ///
    /// # Errors
    /// What the market refuses; participants obey its rules, so nothing.
    pub fn run<S: IntradaySink>(
        &mut self,
        until: Timestamp,
        most_events: u64,
        sink: &mut S,
    ) -> Result<IntradayProgress, Refusal> {
        let stop = self.market.order_events().saturating_add(most_events);
        loop {
            if self.market.order_events() >= stop {
                break;
            }
            let due = self.members.next_time().filter(|at| *at <= until);
            if due.is_none() {
                while let Some(at) = self.market.next_time().filter(|at| *at <= until) {
                    self.at_market(sink, |market, sink| market.advance(at, sink))?;
                }
                break;
            }
            let plan = self.market.plan();
            let gate = |member: &Member| {
                let contract = &plan.contracts[usize::from(member.contract)];
                contract.zones[usize::from(member.zone)].gate
            };
            if let Some((at, member, Some(call))) = self.members.next(gate) {
                self.act(at, member, &call, sink)?;
            }
        }
        Ok(self.progress())
    }

    /// Lets somebody act at the market: what it tells counts in the statistics and reaches `sink`.
    pub fn at_market<S: IntradaySink, T>(
        &mut self,
        sink: &mut S,
        act: impl FnOnce(&mut IntradayMarket, &mut Noted<'_, S>) -> T,
    ) -> T {
        let statistics = &mut self.statistics;
        act(&mut self.market, &mut Noted { statistics, sink })
    }

    /// Lets one member do what it wants.
    fn act<S: IntradaySink>(
        &mut self,
        now: Timestamp,
        index: u32,
        call: &Call,
        sink: &mut S,
    ) -> Result<(), Refusal> {
        self.at_market(sink, |market, sink| market.advance(now, sink))?;
        let member = &self.members.all[index as usize];
        let (contract, zone) = (usize::from(member.contract), usize::from(member.zone));
        let span = Span {
            first: member.contract,
            count: 1,
        };
        let reference = self.reference_at(now, contract, zone);
        let mut wishes = std::mem::take(&mut self.wishes);
        let member = &mut self.members.all[index as usize];
        let reach = match call {
            Call::Rest => {
                member.who.withdraw(&mut wishes);
                0
            }
            Call::Act(participants) => {
                let looks = member.who.role() == Role::Momentum;
                let top = if looks {
                    self.market.top(zone, span)?
                } else {
                    TopOfBook::default()
                };
                let view = View {
                    reference,
                    top,
                    phase: Phase::Continuous,
                };
                member
                    .who
                    .act(participants, &view, &mut self.next_order, &mut wishes);
                reach(participants)
            }
        };
        for wish in wishes.drain(..) {
            match wish {
                // It has traded since: participants cancel what they once quoted.
                Wish::Cancel(order_id) => {
                    match self.at_market(sink, |market, sink| market.cancel(now, order_id, sink)) {
                        Ok(()) | Err(Refusal::UnknownOrder { .. }) => {}
                        Err(refusal) => return Err(refusal),
                    }
                }
                Wish::Submit(order) => {
                    let order = self.as_limit(order, reference, reach);
                    self.at_market(sink, |market, sink| {
                        market.submit(now, zone, span, &order, sink)
                    })?;
                }
            }
        }
        self.wishes = wishes;
        Ok(())
    }

    /// `order` as the venue takes it: it knows no market orders, so one that takes at any price has a
    /// limit `reach` ticks beyond the reference.
    fn as_limit(&self, order: NewOrder, reference: Ticks, reach: i64) -> NewOrder {
        let (low, high) = self.market.plan().price_limits;
        let within = |ticks: i64| Ticks::new(ticks.clamp(low.count(), high.count()));
        match order.pricing {
            Pricing::Limit(limit) => NewOrder {
                pricing: Pricing::Limit(within(limit.count())),
                ..order
            },
            _ => NewOrder {
                pricing: Pricing::Limit(within(reference.count() + order.side.sign() * reach)),
                lifetime: Lifetime::ImmediateOrCancel,
                ..order
            },
        }
    }

    /// What participants of a contract in a zone believe in at `now`.
    fn reference_at(&mut self, now: Timestamp, contract: usize, zone: usize) -> Ticks {
        let plan = self.market.plan();
        let hour = usize::from(plan.contracts[contract].periods.first) / HOUR;
        let place = contract * plan.zones.len() + zone;
        let began = self.reference[place].at(now);
        let step = now.nanos_since(self.begins) / DRIFT_NS;
        Ticks::new(began.count() + self.drifts[hour].at(step, self.drift_ticks))
    }

    /// The market, to ask for local views.
    pub const fn market_mut(&mut self) -> &mut IntradayMarket {
        &mut self.market
    }
}

/// How far from the reference takers go: twice as far as the last price of a maker that strayed.
fn reach(participants: &Participants) -> i64 {
    let levels = i64::from(participants.levels) * participants.level_step;
    2 * (participants.half_spread + levels + participants.wander)
}
