//! Trades units of several legs.

use wattbook_domain::market::MarketEvent;
use wattbook_domain::parent::ParentEndReason;
use wattbook_domain::{InstrumentId, Price, Side, Timestamp, Volume};

use super::leg::{Child, Leg};
use super::terms::{LegCare, LegsError, LegsTerms};
use crate::algorithms::{ChildNo, ChildReport, MarketState};

/// Between two looks at the schedule, in ns.
const LOOK_NS: i64 = 1_000_000_000;
/// First pause after a refusal, in ns; doubled by each that follows.
const PAUSE_NS: i64 = 500_000_000;
/// How far what is behind for too long reaches, in ticks.
const FAR_TICKS: i64 = 10_000;

/// What the driver is asked for: a child that takes at once or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegAction {
    /// Its number.
    pub child: ChildNo,
    /// Of which leg, by its place.
    pub leg: usize,
    /// Where.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// Limit, in currency per price unit.
    pub price: Price,
    /// In volume units.
    pub volume: Volume,
}

/// Where an order of several legs stands.
#[derive(Debug, Clone, PartialEq)]
pub struct LegsProgress {
    /// Units that every leg holds.
    pub units: u32,
    /// What each leg holds beyond them, in volume units.
    pub ahead: Vec<Volume>,
    /// Filled, of each leg.
    pub filled: Vec<Volume>,
    /// On its way, of each leg.
    pub open: Vec<Volume>,
    /// Mean cost of a unit so far, once every leg has filled, in currency.
    pub mean_cost: Option<Price>,
}

/// Works an order of several legs.
#[derive(Debug, Clone)]
pub struct LegsExecution {
    terms: LegsTerms,
    care: LegCare,
    legs: Vec<Leg>,
    /// The leg of each child that was placed.
    children: Vec<usize>,
    /// The leg that goes first with new units, while they are on their way.
    lead: Option<usize>,
    /// To so many units every leg is brought.
    target: u32,
    /// Since when a leg is behind.
    behind_since: Option<Timestamp>,
    ended: Option<ParentEndReason>,
    stopping: Option<ParentEndReason>,
    now: Timestamp,
}

impl LegsExecution {
    /// An execution that has not begun.
    ///
    /// # Errors
    /// [`LegsError`] for terms that do not hold together.
    pub fn new(terms: LegsTerms, care: LegCare) -> Result<Self, LegsError> {
        terms.check(&care)?;
        Ok(Self {
            legs: terms.legs.iter().copied().map(Leg::new).collect(),
            terms,
            care,
            children: Vec::new(),
            lead: None,
            target: 0,
            behind_since: None,
            ended: None,
            stopping: None,
            now: Timestamp::MIN,
        })
    }

    /// Its terms.
    #[must_use]
    pub const fn terms(&self) -> &LegsTerms {
        &self.terms
    }

    /// Why it ended, if it has.
    #[must_use]
    pub const fn ended(&self) -> Option<ParentEndReason> {
        self.ended
    }

    /// Takes over what is known of a leg's market before it begins.
    pub fn set_market(&mut self, leg: usize, state: MarketState) {
        if let Some(leg) = self.legs.get_mut(leg) {
            leg.market = state;
        }
    }

    /// The market of a leg.
    #[must_use]
    pub fn market(&self, leg: usize) -> Option<&MarketState> {
        self.legs.get(leg).map(|leg| &leg.market)
    }

    /// Where it stands.
    #[must_use]
    pub fn progress(&self) -> LegsProgress {
        let units = self.matched();
        let ahead = |leg: &Leg| leg.filled - leg.terms.volume(units);
        let costs = self.legs.iter().map(|leg| {
            let mean = leg.mean_price()?;
            Some(leg.terms.cost(mean).millionths())
        });
        let mean_cost: Option<i64> = costs.sum();
        LegsProgress {
            units,
            ahead: self.legs.iter().map(ahead).collect(),
            filled: self.legs.iter().map(|leg| leg.filled).collect(),
            open: self.legs.iter().map(Leg::open).collect(),
            mean_cost: mean_cost.map(Price::from_millionths),
        }
    }

    /// When it wants to be told the time again.
    #[must_use]
    pub fn wake(&self) -> Option<Timestamp> {
        if self.ended.is_some() {
            return None;
        }
        let next = if self.now < self.terms.starts {
            self.terms.starts
        } else {
            self.now.plus_nanos(LOOK_NS)
        };
        Some(next.min(self.terms.ends.max(self.now.plus_nanos(LOOK_NS))))
    }

    /// Takes a market event over.
    pub fn on_market(&mut self, now: Timestamp, event: &MarketEvent, out: &mut Vec<LegAction>) {
        let instrument = instrument_of(event);
        let legs = self.legs.iter_mut();
        let mut of_it = legs.filter(|leg| Some(leg.terms.instrument) == instrument);
        if let Some(leg) = of_it.next() {
            leg.market.apply(now, event);
            self.act(now, out);
        }
    }

    /// Takes the time over.
    pub fn on_time(&mut self, now: Timestamp, out: &mut Vec<LegAction>) {
        self.act(now, out);
    }

    /// Takes a report on a child over; a fill that comes after its end counts as well.
    pub fn on_report(
        &mut self,
        now: Timestamp,
        child: ChildNo,
        report: ChildReport,
        out: &mut Vec<LegAction>,
    ) {
        let Some(place) = self.children.get(child.0 as usize).copied() else {
            return;
        };
        let leg = &mut self.legs[place];
        match report {
            ChildReport::Filled { price, volume } => {
                let volume = volume.max(Volume::ZERO);
                leg.fill(price, volume);
                leg.refusals = 0;
                if let Some(open) = leg.child.as_mut().filter(|open| open.number == child) {
                    open.filled += volume;
                    if open.filled >= open.volume {
                        self.over(place, child);
                    }
                }
                // Whatever a venue fills, the other legs follow.
                let leg = &self.legs[place];
                self.target = self.target.max(leg.terms.begun(leg.filled));
            }
            ChildReport::Refused => {
                leg.refusals += 1;
                let pause = PAUSE_NS << (leg.refusals - 1).min(7);
                leg.shut_until = now.plus_nanos(pause);
                self.over(place, child);
            }
            ChildReport::Ended => self.over(place, child),
            _ => {}
        }
        self.act(now, out);
    }

    /// Begins no more units; what is begun is brought to an end in all legs.
    pub fn stop(&mut self, now: Timestamp, reason: ParentEndReason, out: &mut Vec<LegAction>) {
        self.stopping.get_or_insert(reason);
        self.act(now, out);
    }

    fn over(&mut self, place: usize, child: ChildNo) {
        let leg = &mut self.legs[place];
        if leg.child.is_some_and(|open| open.number == child) {
            leg.child = None;
            if self.lead == Some(place) {
                self.lead = None;
            }
        }
    }

    /// Units that every leg holds.
    fn matched(&self) -> u32 {
        let whole = self.legs.iter().map(|leg| leg.terms.whole(leg.filled));
        whole.min().unwrap_or(0)
    }

    fn is_balanced(&self) -> bool {
        let is_there = |leg: &Leg| leg.filled >= leg.terms.volume(self.target);
        self.legs.iter().all(is_there)
    }

    fn act(&mut self, now: Timestamp, out: &mut Vec<LegAction>) {
        self.now = self.now.max(now);
        if self.ended.is_some() {
            return;
        }
        let now = self.now;
        if now >= self.terms.starts && now < self.terms.ends {
            self.follow(now, out);
            self.begin(now, out);
        }
        self.end(now);
    }

    /// Brings every leg to the units that were begun.
    fn follow(&mut self, now: Timestamp, out: &mut Vec<LegAction>) {
        if self.is_balanced() {
            self.behind_since = None;
            return;
        }
        let since = *self.behind_since.get_or_insert(now);
        let hangs = now.nanos() - since.nanos() >= self.care.hang_ns;
        let reach = if hangs {
            FAR_TICKS
        } else {
            self.care.reach_ticks
        };
        for place in 0..self.legs.len() {
            let leg = &self.legs[place];
            let missing = leg.terms.volume(self.target) - leg.filled;
            let is_ready = leg.child.is_none() && leg.market.is_continuous();
            if missing <= Volume::ZERO || !is_ready || now < leg.shut_until {
                continue;
            }
            // An order that filled off the lot leaves what no order can take.
            let missing = leg.terms.grids.on_lot(missing);
            if let Some(price) = leg.taking(reach).filter(|_| missing > Volume::ZERO) {
                self.place(place, price, missing, out);
            }
        }
    }

    /// Begins units where all legs show them at their price: the leg that shows the least goes first.
    fn begin(&mut self, now: Timestamp, out: &mut Vec<LegAction>) {
        let has_time = now.nanos() + self.care.hang_ns < self.terms.ends.nanos();
        let is_idle = self.lead.is_none() && self.legs.iter().all(|leg| leg.child.is_none());
        if !has_time || !is_idle || self.stopping.is_some() || !self.is_balanced() {
            return;
        }
        let is_ready = |leg: &Leg| {
            let fresh = leg
                .market
                .last_seen
                .is_some_and(|seen| now.nanos() - seen.nanos() < self.care.stale_ns);
            fresh && leg.market.is_continuous() && now >= leg.shut_until
        };
        if !self.legs.iter().all(is_ready) {
            return;
        }
        let shown: Option<Vec<(u32, Price)>> = self.legs.iter().map(Leg::shown).collect();
        let Some(shown) = shown else {
            return;
        };
        let cost: i64 = shown.iter().map(|(_, cost)| cost.millionths()).sum();
        let is_dear = |limit: Price| cost > limit.millionths();
        let is_within = self.legs.iter().all(|leg| leg.taking(0).is_some());
        if !is_within || self.terms.unit_limit.is_some_and(is_dear) {
            return;
        }
        let due = self.terms.due(now).saturating_sub(self.target);
        let (place, least) = shown
            .iter()
            .enumerate()
            .map(|(place, (units, _))| (place, *units))
            .min_by_key(|(_, units)| *units)
            .unwrap_or((0, 0));
        let units = due.min(least).min(self.care.leg_risk);
        let leg = &self.legs[place];
        if let Some(price) = leg.taking(0).filter(|_| units > 0) {
            // An overfill before may have it already.
            let wanted = leg.terms.volume(self.target + units) - leg.filled;
            let volume = leg.terms.grids.on_lot(wanted);
            if volume > Volume::ZERO {
                self.lead = Some(place);
                self.place(place, price, volume, out);
            } else {
                self.target += units;
                self.follow(now, out);
            }
        }
    }

    fn place(&mut self, place: usize, price: Price, volume: Volume, out: &mut Vec<LegAction>) {
        let number = ChildNo(self.children.len() as u32);
        self.children.push(place);
        let leg = &mut self.legs[place];
        leg.child = Some(Child {
            number,
            volume,
            filled: Volume::ZERO,
        });
        out.push(LegAction {
            child: number,
            leg: place,
            instrument: leg.terms.instrument,
            side: leg.terms.side,
            price,
            volume,
        });
    }

    /// Ends it where nothing is on its way and nothing more is to come.
    fn end(&mut self, now: Timestamp) {
        if self.legs.iter().any(|leg| leg.child.is_some()) {
            return;
        }
        let is_balanced = self.is_balanced();
        let is_late = now >= self.terms.ends;
        let is_refused = |leg: &Leg| leg.refusals >= self.care.refusals;
        self.ended = if is_balanced && self.target >= self.terms.units {
            Some(ParentEndReason::Filled)
        } else if is_late && !is_balanced {
            Some(ParentEndReason::LegRisk)
        } else if is_late {
            Some(ParentEndReason::TimeOver)
        } else if self.legs.iter().any(is_refused) {
            Some(ParentEndReason::Refused)
        } else if is_balanced {
            self.stopping
        } else {
            None
        };
    }
}

const fn instrument_of(event: &MarketEvent) -> Option<InstrumentId> {
    match event {
        MarketEvent::Quote(quote) => Some(quote.instrument),
        MarketEvent::Trade(trade) => Some(trade.instrument),
        MarketEvent::SessionPhase(phase) => Some(phase.instrument),
        _ => None,
    }
}
