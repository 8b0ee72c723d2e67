//! The venue's side of a day of intraday trading: the coupled books with a clock.

use wattbook_book::{
    Amend, BasketLeg, CoupledBooks, CoupledEvent, CoupledSink, DepthLevel, NewOrder, Pricing, Span,
    TopOfBook,
};
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, OrderId, Timestamp};

use super::plan::{IntradayContract, IntradayPlan};
use super::refusal::IntradayRefusal as Refusal;
use crate::error::SimError;

/// Receives what the market tells while a command runs or time passes.
pub trait IntradaySink {
    /// Takes the next event of the books, which happened at `at`.
    fn on_event(&mut self, at: Timestamp, event: &CoupledEvent);

    /// A contract opened in a zone.
    fn on_open(&mut self, at: Timestamp, contract: usize, zone: usize) {
        let _ = (at, contract, zone);
    }
}

/// Hands events of the books on with their time.
struct Stamped<'a, S> {
    at: Timestamp,
    sink: &'a mut S,
}

impl<S: IntradaySink> CoupledSink for Stamped<'_, S> {
    fn on_event(&mut self, event: &CoupledEvent) {
        self.sink.on_event(self.at, event);
    }
}

/// What the clock does by itself; in this order when at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntradayTime {
    /// The gate of a border closes for a contract.
    CloseBorder {
        /// Which contract.
        contract: usize,
        /// Which border.
        border: usize,
    },
    /// A contract closes in a zone.
    CloseZone {
        /// Which contract.
        contract: usize,
        /// In which zone.
        zone: usize,
    },
    /// A border pauses for a contract.
    Pause {
        /// Which contract.
        contract: usize,
        /// Which border.
        border: usize,
    },
    /// A pause ends.
    Resume {
        /// Which contract.
        contract: usize,
        /// Which border.
        border: usize,
    },
    /// A contract opens in a zone.
    OpenZone {
        /// Which contract.
        contract: usize,
        /// In which zone.
        zone: usize,
    },
    /// A border opens for a contract.
    OpenBorder {
        /// Which contract.
        contract: usize,
        /// Which border.
        border: usize,
    },
}

/// Where a border stands for one contract.
#[derive(Debug, Clone, Copy, Default)]
struct BorderState {
    is_open: bool,
    /// Pauses of the plan that are on.
    pauses: u8,
    /// Whether its operators halted it.
    is_halted: bool,
}

/// The coupled books of a day with their openings, gates and pauses. Commands come with their time,
/// which never goes back; whatever was due before happens first. The same commands give the same
/// events on every machine.
#[derive(Debug, Clone)]
pub struct IntradayMarket {
    plan: IntradayPlan,
    books: CoupledBooks,
    /// In order of time.
    steps: Vec<(Timestamp, IntradayTime)>,
    next_step: usize,
    now: Timestamp,
    order_events: u64,
    /// By contract and border.
    borders: Vec<BorderState>,
}

impl IntradayMarket {
    /// The market of `plan`, nothing open yet.
    ///
    /// # Errors
    /// [`SimError::IntradayContract`] for a contract without times, [`SimError::Books`] for zones,
    /// borders or contracts that do not fit each other.
    pub fn new(plan: IntradayPlan) -> Result<Self, SimError> {
        plan.check()?;
        let mut books = CoupledBooks::new(&plan.books())?;
        for contract in 0..plan.contracts.len() {
            for border in &plan.borders {
                books.set_allocating(border.zones, contract, false, &mut Quiet)?;
            }
        }
        let mut steps = steps(&plan);
        steps.sort_unstable();
        Ok(Self {
            borders: vec![BorderState::default(); plan.contracts.len() * plan.borders.len()],
            plan,
            books,
            steps,
            next_step: 0,
            now: Timestamp::MIN,
            order_events: 0,
        })
    }

    /// What it was made of.
    #[must_use]
    pub const fn plan(&self) -> &IntradayPlan {
        &self.plan
    }

    /// The books, to look into.
    #[must_use]
    pub const fn books(&self) -> &CoupledBooks {
        &self.books
    }

    /// The local view of `zone`: at most `levels` prices of `side` that an order there could reach.
    ///
    /// # Errors
    /// [`Refusal::UnknownZone`], [`Refusal::UnknownContract`].
    pub fn depth(
        &mut self,
        zone: usize,
        span: Span,
        side: Side,
        levels: usize,
    ) -> Result<Vec<DepthLevel>, Refusal> {
        self.check_zone(zone)?;
        self.contracts(span)?;
        Ok(self.books.depth(zone, span, side, levels)?)
    }

    /// The best prices of the local view of `zone`.
    ///
    /// # Errors
    /// As [`Self::depth`].
    pub fn top(&mut self, zone: usize, span: Span) -> Result<TopOfBook, Refusal> {
        self.check_zone(zone)?;
        self.contracts(span)?;
        Ok(self.books.top(zone, span)?)
    }

    /// Time of the last command.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Orders, amendments and cancels so far, also those that were refused.
    #[must_use]
    pub const fn order_events(&self) -> u64 {
        self.order_events
    }

    /// When something opens, closes, pauses or resumes next.
    #[must_use]
    pub fn next_time(&self) -> Option<Timestamp> {
        self.steps.get(self.next_step).map(|(at, _)| *at)
    }

    /// Lets everything happen that is due by `now`, which then is the market's time.
    ///
    /// # Errors
    /// [`Refusal::TimeBackwards`].
    pub fn advance<S: IntradaySink>(
        &mut self,
        now: Timestamp,
        sink: &mut S,
    ) -> Result<(), Refusal> {
        if now < self.now {
            return Err(Refusal::TimeBackwards {
                at: now,
                now: self.now,
            });
        }
        self.take_steps(|at| at <= now, sink)?;
        self.now = now;
        Ok(())
    }

    /// Lets everything of the clock happen that is due.
    fn take_steps<S: IntradaySink>(
        &mut self,
        is_due: impl Fn(Timestamp) -> bool,
        sink: &mut S,
    ) -> Result<(), Refusal> {
        while let Some((at, step)) = self.steps.get(self.next_step).copied() {
            if !is_due(at) {
                break;
            }
            self.next_step += 1;
            self.now = at;
            self.step(step, sink)?;
        }
        Ok(())
    }

    /// Takes in an order of `zone` for one contract or a block.
    ///
    /// # Errors
    /// The [`Refusal`] that says which rule it breaks.
    pub fn submit<S: IntradaySink>(
        &mut self,
        now: Timestamp,
        zone: usize,
        span: Span,
        order: &NewOrder,
        sink: &mut S,
    ) -> Result<(), Refusal> {
        self.order_events += 1;
        self.advance(now, sink)?;
        self.check_order(zone, span, order)?;
        let mut sink = Stamped { at: now, sink };
        Ok(self.books.submit(zone, span, order, &mut sink)?)
    }

    /// What the clock and the venue's steps ask of an order.
    fn check_order(&self, zone: usize, span: Span, order: &NewOrder) -> Result<(), Refusal> {
        self.check_trading(zone, span)?;
        self.check_volume(order.volume)?;
        if let Pricing::Limit(limit) = order.pricing {
            let (low, high) = self.plan.price_limits;
            if !(low..=high).contains(&limit) {
                return Err(Refusal::PriceLimits {
                    ticks: limit.count(),
                    low: low.count(),
                    high: high.count(),
                });
            }
        }
        let order_id = order.order_id;
        if self.books.order(order_id).is_some() {
            return Err(Refusal::OrderTwice { order_id });
        }
        Ok(())
    }

    /// Takes in a basket: orders for different contracts that trade all in whole or not at all.
    ///
    /// # Errors
    /// As [`Self::submit`], of the first order that breaks a rule; nothing was done.
    pub fn submit_basket<S: IntradaySink>(
        &mut self,
        now: Timestamp,
        legs: &[BasketLeg],
        sink: &mut S,
    ) -> Result<(), Refusal> {
        self.order_events += legs.len() as u64;
        self.advance(now, sink)?;
        for leg in legs {
            // One that is no contract has a place that is none either.
            let first = u16::try_from(leg.contract).unwrap_or(u16::MAX);
            self.check_order(leg.zone, Span::of(first), &leg.order)?;
        }
        Ok(self
            .books
            .submit_basket(legs, &mut Stamped { at: now, sink })?)
    }

    /// Changes a live order.
    ///
    /// # Errors
    /// As [`Self::submit`], and [`Refusal::UnknownOrder`].
    pub fn amend<S: IntradaySink>(
        &mut self,
        now: Timestamp,
        change: &Amend,
        sink: &mut S,
    ) -> Result<(), Refusal> {
        self.order_events += 1;
        self.advance(now, sink)?;
        self.check_live(change.order_id)?;
        if let Some(volume) = change.volume {
            self.check_volume(volume)?;
        }
        self.books.amend(change, &mut Stamped { at: now, sink });
        Ok(())
    }

    /// Takes back a live order.
    ///
    /// # Errors
    /// [`Refusal::UnknownOrder`], [`Refusal::TimeBackwards`].
    pub fn cancel<S: IntradaySink>(
        &mut self,
        now: Timestamp,
        order_id: OrderId,
        sink: &mut S,
    ) -> Result<(), Refusal> {
        self.order_events += 1;
        self.advance(now, sink)?;
        self.check_live(order_id)?;
        self.books.cancel(order_id, &mut Stamped { at: now, sink });
        Ok(())
    }

    /// Sets what a border can carry from one zone to the other in the quarter-hours of a contract, what
    /// is in use included.
    ///
    /// # Errors
    /// [`Refusal::UnknownBorder`], [`Refusal::BorderClosed`] and others by name.
    pub fn set_capacity<S: IntradaySink>(
        &mut self,
        now: Timestamp,
        (from, to): (usize, usize),
        contract: usize,
        capacity: Lots,
        sink: &mut S,
    ) -> Result<(), Refusal> {
        self.advance(now, sink)?;
        self.border(from, to, contract)?;
        let periods = self.plan.contracts[contract].periods;
        let first = usize::from(periods.first);
        let periods = first..first + usize::from(periods.periods);
        let mut sink = Stamped { at: now, sink };
        Ok(self
            .books
            .set_capacity(from, to, periods, capacity, &mut sink)?)
    }

    /// Sets what a border by place carries in a market time unit, there and back, what is in use included:
    /// what auctions leave of it, whatever contracts are open. It counts before anything that the clock
    /// does at `now`, so that a border which resumes then has it.
    ///
    /// # Errors
    /// [`Refusal::Terms`] for a border, market time unit or capacity that is none.
    pub fn set_border<S: IntradaySink>(
        &mut self,
        now: Timestamp,
        border: usize,
        period: usize,
        capacity: [Lots; 2],
        sink: &mut S,
    ) -> Result<(), Refusal> {
        self.take_steps(|at| at < now, sink)?;
        let zones = self.plan.borders.get(border).map(|border| border.zones);
        let [one, other] = zones.unwrap_or([usize::MAX; 2]);
        for ((from, to), capacity) in [(one, other), (other, one)].into_iter().zip(capacity) {
            let mut sink = Stamped {
                at: now,
                sink: &mut *sink,
            };
            self.books
                .set_capacity(from, to, period..period + 1, capacity, &mut sink)?;
        }
        Ok(())
    }

    /// Halts the allocation of a border for a contract, as its operators ask, or lets it go on.
    ///
    /// # Errors
    /// As [`Self::set_capacity`].
    pub fn set_halted<S: IntradaySink>(
        &mut self,
        now: Timestamp,
        (from, to): (usize, usize),
        contract: usize,
        is_halted: bool,
        sink: &mut S,
    ) -> Result<(), Refusal> {
        self.advance(now, sink)?;
        let border = self.border(from, to, contract)?;
        let at = self.place(contract, border);
        self.borders[at].is_halted = is_halted;
        self.allocate(contract, border, sink)
    }

    /// Whether capacity of a border goes to a contract now.
    #[must_use]
    pub fn is_allocating(&self, contract: usize, border: usize) -> bool {
        let state = self.borders[self.place(contract, border)];
        state.is_open && state.pauses == 0 && !state.is_halted
    }

    /// Whether orders for all contracts of `span` are taken in `zone` now; the first that is not open
    /// or has closed says so.
    pub(super) fn check_trading(&self, zone: usize, span: Span) -> Result<(), Refusal> {
        self.check_zone(zone)?;
        for contract in self.contracts(span)? {
            let times = contract.zones[zone];
            let names = || (contract.name.clone(), self.plan.zones[zone].clone());
            if self.now >= times.gate {
                let (contract, zone) = names();
                let (gate, at) = (times.gate, self.now);
                return Err(Refusal::GateClosed {
                    contract,
                    zone,
                    gate,
                    at,
                });
            }
            if self.now < times.opens {
                let (contract, zone) = names();
                let (opens, at) = (times.opens, self.now);
                return Err(Refusal::NotOpen {
                    contract,
                    zone,
                    opens,
                    at,
                });
            }
        }
        Ok(())
    }

    /// The contracts of `span`.
    fn contracts(&self, span: Span) -> Result<&[IntradayContract], Refusal> {
        let (first, count) = (usize::from(span.first), usize::from(span.count));
        let contracts = self.plan.contracts.get(first..first + count);
        let contracts = contracts.filter(|found| !found.is_empty());
        contracts.ok_or_else(|| self.unknown_contract(first as i64, count as i64))
    }

    pub(super) fn check_zone(&self, zone: usize) -> Result<(), Refusal> {
        let zones = self.plan.zones.len();
        if zone < zones {
            return Ok(());
        }
        let zone = zone as i64;
        Err(Refusal::UnknownZone { zone, zones })
    }

    pub(super) fn unknown_contract(&self, first: i64, count: i64) -> Refusal {
        Refusal::UnknownContract {
            first,
            count,
            contracts: self.plan.contracts.len(),
        }
    }

    fn check_volume(&self, lots: Lots) -> Result<(), Refusal> {
        let most = self.plan.lots_max;
        if lots.count() < 1 {
            Err(Refusal::NoVolume { lots })
        } else if lots > most {
            Err(Refusal::TooLarge { lots, most })
        } else {
            Ok(())
        }
    }

    fn check_live(&self, order_id: OrderId) -> Result<(), Refusal> {
        let found = self.books.order(order_id);
        found.map(|_| ()).ok_or(Refusal::UnknownOrder { order_id })
    }

    /// The border of two zones, whose gate for `contract` must not have closed.
    fn border(&self, from: usize, to: usize, contract: usize) -> Result<usize, Refusal> {
        self.check_zone(from)?;
        self.check_zone(to)?;
        let Some(times) = self.plan.contracts.get(contract) else {
            return Err(self.unknown_contract(contract as i64, 1));
        };
        let names = || (self.plan.zones[from].clone(), self.plan.zones[to].clone());
        let mut borders = self.plan.borders.iter();
        let found = borders.position(|each| each.zones == [from, to] || each.zones == [to, from]);
        let Some(border) = found else {
            let (from, to) = names();
            return Err(Refusal::UnknownBorder { from, to });
        };
        let gate = times.borders[border].gate;
        if self.now >= gate {
            let (from, to) = names();
            return Err(Refusal::BorderClosed {
                contract: times.name.clone(),
                from,
                to,
                gate,
                at: self.now,
            });
        }
        Ok(border)
    }

    fn place(&self, contract: usize, border: usize) -> usize {
        contract * self.plan.borders.len() + border
    }

    fn step<S: IntradaySink>(&mut self, step: IntradayTime, sink: &mut S) -> Result<(), Refusal> {
        let (contract, border) = match step {
            IntradayTime::OpenZone { contract, zone } => {
                sink.on_open(self.now, contract, zone);
                return Ok(());
            }
            IntradayTime::CloseZone { contract, zone } => {
                let mut sink = Stamped { at: self.now, sink };
                return Ok(self.books.close_gate(zone, contract, &mut sink)?);
            }
            IntradayTime::CloseBorder { contract, border }
            | IntradayTime::Pause { contract, border }
            | IntradayTime::Resume { contract, border }
            | IntradayTime::OpenBorder { contract, border } => (contract, border),
        };
        let at = self.place(contract, border);
        let state = &mut self.borders[at];
        match step {
            IntradayTime::Pause { .. } => state.pauses += 1,
            IntradayTime::Resume { .. } => state.pauses -= 1,
            _ => state.is_open = matches!(step, IntradayTime::OpenBorder { .. }),
        }
        self.allocate(contract, border, sink)
    }

    /// Tells the books whether a border allocates.
    fn allocate<S: IntradaySink>(
        &mut self,
        contract: usize,
        border: usize,
        sink: &mut S,
    ) -> Result<(), Refusal> {
        let allocates = self.is_allocating(contract, border);
        let zones = self.plan.borders[border].zones;
        let mut sink = Stamped { at: self.now, sink };
        Ok(self
            .books
            .set_allocating(zones, contract, allocates, &mut sink)?)
    }
}

/// Takes no notice.
struct Quiet;

impl CoupledSink for Quiet {
    fn on_event(&mut self, _event: &CoupledEvent) {}
}

/// Everything that the clock will do.
fn steps(plan: &IntradayPlan) -> Vec<(Timestamp, IntradayTime)> {
    let mut steps = Vec::new();
    for (contract, times) in plan.contracts.iter().enumerate() {
        for (zone, zone_times) in times.zones.iter().enumerate() {
            steps.push((zone_times.opens, IntradayTime::OpenZone { contract, zone }));
            steps.push((zone_times.gate, IntradayTime::CloseZone { contract, zone }));
        }
        for (border, border_times) in times.borders.iter().enumerate() {
            let open = IntradayTime::OpenBorder { contract, border };
            steps.push((border_times.opens, open));
            let close = IntradayTime::CloseBorder { contract, border };
            steps.push((border_times.gate, close));
            for (begins, ends) in &border_times.pauses {
                steps.push((*begins, IntradayTime::Pause { contract, border }));
                steps.push((*ends, IntradayTime::Resume { contract, border }));
            }
        }
    }
    steps
}
