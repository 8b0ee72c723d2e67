//! One parent order at work.

use wattbook_domain::market::{MarketEvent, Phase};
use wattbook_domain::parent::ParentEndReason;
use wattbook_domain::{Price, Timestamp, Volume};

use super::children::{Awaiting, Child, ChildNo, ChildOrder, Children, Style};
use super::error::AlgorithmError;
use super::market::MarketState;
use super::resting::RealisedSpread;
use super::rule::{Rule, View, Wants};
use super::terms::ParentTerms;

/// What the driver is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Place a child order.
    Place {
        /// Its number from now on.
        child: ChildNo,
        /// The order.
        order: ChildOrder,
    },
    /// Make a child smaller: it keeps its price and its place.
    Reduce {
        /// Which child.
        child: ChildNo,
        /// Its price, as it is.
        price: Price,
        /// Total volume from now on, filled part included.
        volume: Volume,
    },
    /// Take a child back.
    Cancel {
        /// Which child.
        child: ChildNo,
    },
}

/// What became of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChildReport {
    /// It is in the book.
    Accepted,
    /// Some or all of it traded.
    Filled {
        /// In currency per price unit.
        price: Price,
        /// In volume units.
        volume: Volume,
    },
    /// Its total volume is this from now on.
    Resized {
        /// Filled part included.
        volume: Volume,
    },
    /// A reduction or cancel was refused; it stays as it was.
    RequestRefused,
    /// It was refused, by the gate or by the venue.
    Refused,
    /// It has left the book.
    Ended,
}

/// How carefully children are placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Care {
    /// After so long without market data the execution stops, in ns.
    pub stale_ns: i64,
    /// A resting child is not moved to another price before this, in ns.
    pub reprice_ns: i64,
    /// After a take that was not filled in whole nothing is taken before this, in ns: what was there is
    /// gone, and the market needs time to show more.
    pub take_pause_ns: i64,
    /// The largest child; none for any.
    pub child_volume: Option<Volume>,
    /// After so many refusals in a row the execution stops.
    pub refusals: u32,
    /// How long nothing is placed after a refusal, in ns; doubled by each that follows.
    pub backoff_ns: i64,
}

impl Default for Care {
    fn default() -> Self {
        Self {
            stale_ns: 60_000_000_000,
            reprice_ns: 500_000_000,
            take_pause_ns: 50_000_000,
            child_volume: None,
            refusals: 8,
            backoff_ns: 100_000_000,
        }
    }
}

/// Where a parent order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParentProgress {
    /// Filled so far.
    pub filled: Volume,
    /// What its children could still fill.
    pub open: Volume,
    /// Neither filled nor given up.
    pub remaining: Volume,
    /// Mean price of its fills, rounded down to 1e-6.
    pub mean_price: Option<Price>,
    /// Middle of the market when it began.
    pub arrival_price: Option<Price>,
    /// Children placed so far.
    pub children: u32,
    /// Refusals so far.
    pub refused: u32,
    /// Traded in the market since it began.
    pub market_volume: Volume,
    /// Why it ended; none while it goes on.
    pub ended: Option<ParentEndReason>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Works.
    Open,
    /// Takes its children back.
    Ending(ParentEndReason),
    /// No child is open.
    Ended(ParentEndReason),
}

/// A parent order, its rule and its children.
#[derive(Debug)]
pub struct Execution {
    terms: ParentTerms,
    rule: Box<dyn Rule>,
    care: Care,
    market: MarketState,
    realised: RealisedSpread,
    children: Children,
    stage: Stage,
    /// No more than this may be filled or open: the volume, or less for a leg that waits.
    ceiling: Volume,
    arrival: Option<Price>,
    refusals_in_row: u32,
    refused: u32,
    paused_until: Timestamp,
    takes_from: Timestamp,
    wants: Wants,
    wake: Option<Timestamp>,
}

impl Execution {
    /// An execution of `terms` by `rule`.
    ///
    /// # Errors
    /// [`AlgorithmError`] for terms that do not hold together.
    pub fn new(
        terms: ParentTerms,
        rule: Box<dyn Rule>,
        care: Care,
    ) -> Result<Self, AlgorithmError> {
        terms.check()?;
        Ok(Self {
            terms,
            rule,
            care,
            market: MarketState::default(),
            realised: RealisedSpread::default(),
            children: Children::default(),
            stage: Stage::Open,
            ceiling: terms.volume,
            arrival: None,
            refusals_in_row: 0,
            refused: 0,
            paused_until: Timestamp::MIN,
            takes_from: Timestamp::MIN,
            wants: Wants::default(),
            wake: None,
        })
    }

    /// What is asked for.
    #[must_use]
    pub const fn terms(&self) -> &ParentTerms {
        &self.terms
    }

    /// Its rule, for a forecast.
    #[must_use]
    pub fn rule(&self) -> &dyn Rule {
        self.rule.as_ref()
    }

    /// The market as it was told.
    #[must_use]
    pub const fn market(&self) -> &MarketState {
        &self.market
    }

    /// Lets it know the market as it is at the start.
    pub fn set_market(&mut self, market: MarketState) {
        self.market = MarketState {
            traded: Volume::ZERO,
            ..market
        };
    }

    /// Cuts what may be filled or open to `ceiling`, below its volume: for legs that wait for others.
    pub fn set_ceiling(&mut self, ceiling: Volume) {
        self.ceiling = ceiling.clamp(Volume::ZERO, self.terms.volume);
    }

    /// When [`Self::on_time`] wants to be called next, whatever happens.
    #[must_use]
    pub const fn wake(&self) -> Option<Timestamp> {
        self.wake
    }

    /// Why it ended, once none of its children is open.
    #[must_use]
    pub const fn ended(&self) -> Option<ParentEndReason> {
        match self.stage {
            Stage::Ended(reason) => Some(reason),
            Stage::Open | Stage::Ending(_) => None,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn progress(&self) -> ParentProgress {
        let filled = self.children.filled;
        let mean = self
            .children
            .paid
            .checked_div_euclid(i128::from(filled.millionths()));
        ParentProgress {
            filled,
            open: self.children.exposure(),
            remaining: (self.terms.volume - filled).max(Volume::ZERO),
            mean_price: mean.map(|mean| Price::from_millionths(mean as i64)),
            arrival_price: self.arrival,
            children: self.children.placed(),
            refused: self.refused,
            market_volume: self.market.traded,
            ended: self.ended(),
        }
    }

    /// Takes market data of its instrument over.
    pub fn on_market(&mut self, now: Timestamp, event: &MarketEvent, out: &mut Vec<Action>) {
        let before = self.market.traded;
        self.market.apply(now, event);
        self.realised.apply(now, event, &self.market);
        if now < self.terms.starts {
            self.market.traded = before;
        }
        self.step(now, out);
    }

    /// Takes a report on a child over; one on a child that has ended counts if it is a fill.
    pub fn on_report(
        &mut self,
        now: Timestamp,
        child: ChildNo,
        report: ChildReport,
        out: &mut Vec<Action>,
    ) {
        match report {
            ChildReport::Filled { price, volume } => {
                self.refusals_in_row = 0;
                self.children.fill(child, price, volume);
            }
            ChildReport::Accepted => {
                self.refusals_in_row = 0;
                if let Some(known) = self.children.get_mut(child)
                    && known.awaiting == Awaiting::Acceptance
                {
                    known.awaiting = Awaiting::Nothing;
                }
            }
            ChildReport::Resized { volume } => self.resize(child, volume),
            ChildReport::RequestRefused => {
                if let Some(known) = self.children.get_mut(child) {
                    if known.awaiting == Awaiting::Reduction {
                        known.keeps_size = true;
                    } else {
                        known.asks_from = now.plus_nanos(1_000_000_000);
                    }
                    known.awaiting = Awaiting::Nothing;
                    if matches!(self.stage, Stage::Ending(_)) {
                        // Asked again, but not as fast as it is refused.
                        self.paused_until = now.plus_nanos(1_000_000_000);
                    }
                }
            }
            ChildReport::Refused => {
                if self.children.remove(child) {
                    self.refuse(now);
                }
            }
            ChildReport::Ended => {
                let known = self.children.get_mut(child);
                if known.as_ref().is_some_and(|known| !known.rests()) {
                    self.takes_from = now.plus_nanos(self.care.take_pause_ns);
                }
                let is_asked = known.is_none_or(|known| {
                    !known.rests()
                        || matches!(known.awaiting, Awaiting::Cancel | Awaiting::Reduction)
                });
                self.children.remove(child);
                if !is_asked {
                    // The venue ended it by itself: the next one waits, lest they follow without end.
                    self.refuse(now);
                }
            }
        }
        self.step(now, out);
    }

    /// Lets time go on to `now`.
    pub fn on_time(&mut self, now: Timestamp, out: &mut Vec<Action>) {
        self.step(now, out);
    }

    /// Ends it: its children are taken back.
    pub fn stop(&mut self, now: Timestamp, reason: ParentEndReason, out: &mut Vec<Action>) {
        self.begin_end(reason);
        self.step(now, out);
    }

    fn resize(&mut self, child: ChildNo, volume: Volume) {
        let Some(known) = self.children.get_mut(child) else {
            return;
        };
        known.order.volume = volume;
        if known.awaiting == Awaiting::Reduction {
            known.awaiting = Awaiting::Nothing;
        }
        if known.open() == Volume::ZERO {
            self.children.remove(child);
        }
    }

    fn refuse(&mut self, now: Timestamp) {
        self.refused += 1;
        self.refusals_in_row += 1;
        let doubled = self.care.backoff_ns << (self.refusals_in_row - 1).min(10);
        self.paused_until = now.plus_nanos(doubled);
        if self.refusals_in_row >= self.care.refusals {
            self.begin_end(ParentEndReason::Refused);
        }
    }

    fn begin_end(&mut self, reason: ParentEndReason) {
        if self.stage == Stage::Open {
            self.stage = Stage::Ending(reason);
            self.paused_until = Timestamp::MIN;
        }
    }

    /// What ends it now, if anything does.
    fn end_reason(&self, now: Timestamp) -> Option<ParentEndReason> {
        if self.children.filled >= self.terms.volume {
            return Some(ParentEndReason::Filled);
        }
        if now >= self.terms.ends {
            return Some(ParentEndReason::TimeOver);
        }
        if self.market.phase == Phase::Closed && self.market.last_seen.is_some() {
            return (now >= self.terms.starts).then_some(ParentEndReason::GateClosed);
        }
        // A halt or a call is market data as well: its end will be told.
        let is_quiet = now >= self.terms.starts && now >= self.stale_at();
        (is_quiet && self.market.is_continuous()).then_some(ParentEndReason::NoMarketData)
    }

    /// When its market data will be too old.
    fn stale_at(&self) -> Timestamp {
        let seen = self.market.last_seen.unwrap_or(self.terms.starts);
        seen.max(self.terms.starts).plus_nanos(self.care.stale_ns)
    }

    /// Brings the children to what is wanted now.
    fn step(&mut self, now: Timestamp, out: &mut Vec<Action>) {
        if let Stage::Ended(_) = self.stage {
            return;
        }
        if self.stage == Stage::Open
            && let Some(reason) = self.end_reason(now)
        {
            self.begin_end(reason);
        }
        if let Stage::Ending(reason) = self.stage {
            self.wind_up(now, reason, out);
            return;
        }
        if now < self.terms.starts {
            self.wake = Some(self.terms.starts);
            return;
        }
        if self.arrival.is_none() {
            self.arrival = self.market.mid();
        }
        self.work(now, out);
        self.set_wake(now);
    }

    /// Takes every child back, also what takes liquidity: its end may have been lost.
    fn wind_up(&mut self, now: Timestamp, reason: ParentEndReason, out: &mut Vec<Action>) {
        self.wake = None;
        if self.children.open.is_empty() {
            // The closing auction fills at the gate, and its reports come later.
            let is_filled = self.children.filled >= self.terms.volume;
            let told = if is_filled {
                ParentEndReason::Filled
            } else {
                reason
            };
            self.stage = Stage::Ended(told);
        } else if now >= self.paused_until {
            for child in &mut self.children.open {
                cancel(child, now, out);
            }
        } else {
            self.wake = Some(self.paused_until);
        }
    }

    fn work(&mut self, now: Timestamp, out: &mut Vec<Action>) {
        let mut wants = std::mem::take(&mut self.wants);
        wants.orders.clear();
        wants.wake = None;
        let resting = self.children.best(self.terms.side);
        let view = View {
            terms: &self.terms,
            now,
            market: &self.market,
            arrival: self.arrival,
            filled: self.children.filled,
            remaining: self.terms.volume - self.children.filled,
            resting: resting.map(|(price, _)| price),
            shown: resting.map_or(Volume::ZERO, |(_, shown)| shown),
            resting_pays: self.realised.pays(),
        };
        self.rule.wants(&view, &mut wants);
        self.cut(&mut wants.orders);
        self.keep(now, &mut wants.orders, out);
        if now >= self.paused_until {
            self.place(now, &wants.orders, out);
        }
        self.wants = wants;
    }

    /// Cuts what is wanted to the parent's terms, the most urgent first.
    fn cut(&self, orders: &mut Vec<ChildOrder>) {
        let terms = &self.terms;
        let mut left = (self.ceiling - self.children.filled).max(Volume::ZERO);
        for order in orders.iter_mut() {
            let price = terms.grids.on_tick(terms.side, order.price);
            order.price = terms.within_limit(price);
            let volume = order.volume.min(left);
            order.volume = terms.grids.on_lot(volume);
            left -= order.volume;
        }
        orders.retain(|order| order.volume > Volume::ZERO);
    }

    /// Keeps resting children that are wanted and takes the others back; what is left in `orders` is
    /// still to be placed.
    fn keep(&mut self, now: Timestamp, orders: &mut [ChildOrder], out: &mut Vec<Action>) {
        let mut surplus = self.children.exposure() + self.children.filled - self.ceiling;
        let takes = orders.iter().any(|order| order.style == Style::Take);
        for child in &mut self.children.open {
            if !child.rests() || child.awaiting == Awaiting::Cancel {
                continue;
            }
            let is_wanted = |order: &&mut ChildOrder| {
                (order.price, order.style) == (child.order.price, child.order.style)
                    && order.volume > Volume::ZERO
            };
            let open = child.open();
            let is_young = now.nanos() - child.since_ns < self.care.reprice_ns;
            if let Some(order) = orders.iter_mut().find(is_wanted) {
                let kept = order.volume.min(open);
                order.volume -= kept;
                surplus -= open - kept;
                reduce(child, kept, now, out);
            } else if is_young && surplus <= Volume::ZERO && !takes {
                // A child is moved only so often; what takes liquidity does not wait for it.
                withhold(orders, open);
            } else {
                surplus -= open;
                cancel(child, now, out);
            }
        }
    }

    fn place(&mut self, now: Timestamp, orders: &[ChildOrder], out: &mut Vec<Action>) {
        let mut room = self.ceiling - self.children.filled - self.children.exposure();
        // One child that takes is on its way at a time: its answer changes what is wanted.
        let mut takes =
            now < self.takes_from || self.children.open.iter().any(|child| !child.rests());
        for order in orders {
            let is_take = order.style == Style::Take;
            if is_take && takes {
                continue;
            }
            let most = self.care.child_volume.unwrap_or(Volume::MAX);
            let volume = self.terms.grids.on_lot(order.volume.min(room).min(most));
            if volume <= Volume::ZERO {
                continue;
            }
            room -= volume;
            takes |= is_take;
            let order = ChildOrder { volume, ..*order };
            let child = self.children.place(order, now.nanos());
            out.push(Action::Place { child, order });
        }
    }

    fn set_wake(&mut self, now: Timestamp) {
        let mut wake = self.terms.ends.min(self.stale_at());
        if let Some(wanted) = self.wants.wake {
            wake = wake.min(wanted);
        }
        for pause in [self.paused_until, self.takes_from] {
            if pause > now {
                wake = wake.min(pause);
            }
        }
        self.wake = Some(wake.max(now.plus_nanos(1)));
    }
}

/// Takes `volume` off what is still to be placed at rest: a child at another price holds it for now.
fn withhold(orders: &mut [ChildOrder], volume: Volume) {
    let mut left = volume;
    for order in orders.iter_mut().filter(|order| order.style != Style::Take) {
        let cut = order.volume.min(left);
        order.volume -= cut;
        left -= cut;
    }
}

fn cancel(child: &mut Child, now: Timestamp, out: &mut Vec<Action>) {
    // One request is on its way at a time, and none follows a refusal at once.
    if child.awaiting != Awaiting::Cancel && now >= child.asks_from {
        child.awaiting = Awaiting::Cancel;
        let child = child.number;
        out.push(Action::Cancel { child });
    }
}

fn reduce(child: &mut Child, open: Volume, now: Timestamp, out: &mut Vec<Action>) {
    if open >= child.open() || child.awaiting != Awaiting::Nothing {
        return;
    }
    if child.keeps_size {
        // What cannot be made smaller is taken back, and placed anew as it should be.
        cancel(child, now, out);
    } else {
        child.awaiting = Awaiting::Reduction;
        out.push(Action::Reduce {
            child: child.number,
            price: child.order.price,
            volume: child.filled + open,
        });
    }
}
