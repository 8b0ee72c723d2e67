//! One limit of a scope, with what it looks at.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use wattbook_domain::limit::{BreachSeverity, LimitMeasure, LimitScope, RaiseLimit, SetScopeLimit};
use wattbook_domain::time::NANOS_PER_SECOND;
use wattbook_domain::{InstrumentId, Money, Owner, Refusal, Timestamp, VenueId, Volume, state};
use wattbook_portfolio::{Contract, Currencies};

use crate::cell::{AllSensitivities, Cell, Totals};
use crate::parties::Parties;
use crate::tail::Ranks;

/// Units of money in 1e-6 of a currency.
const UNITS: i128 = Money::UNITS_PER_WHOLE / 1_000_000;
const MILLION: i128 = 1_000_000;
const PAYMENT_SECONDS_MAX: i64 = 366 * 86_400;

/// How far a limit is passed, as a number: 0 for kept.
pub(crate) fn rank(severity: Option<BreachSeverity>) -> u8 {
    severity.map_or(0, |severity| severity as u8)
}

/// A limit and the totals of its scope.
#[derive(Debug, Clone)]
pub(crate) struct Scoped {
    pub(crate) set: SetScopeLimit,
    pub(crate) raised: Option<RaiseLimit>,
    cells: BTreeMap<InstrumentId, Cell>,
    pub(crate) totals: Totals,
    /// Equity when the day was closed, and its highest.
    at_close: Money,
    highest: Money,
    /// What is held gains by scenario, in units of the desk's money; of value at risk only.
    pub(crate) pnl: Vec<i128>,
    /// The same with whatever open orders lose in the scenario filled, and no other: no set of fills loses
    /// more in any of them.
    worst_pnl: Vec<i128>,
    /// What was bought and has to be paid, by the end of its delivery; of spot trading only.
    unpaid: BTreeMap<Timestamp, Money>,
    /// When orders passed within the last second; of an order rate only.
    passed: VecDeque<Timestamp>,
    /// Of the last look: 0 kept, else the number of the severity.
    pub(crate) severity: u8,
    /// The highest measure of any look so far, in 1e-6.
    pub(crate) peak: i64,
}

state!(Scoped {
    set,
    raised,
    cells,
    totals,
    at_close,
    highest,
    pnl,
    worst_pnl,
    unpaid,
    passed,
    severity,
    peak
});

/// An instrument and its cell with an order on top.
pub(crate) type Trial = (InstrumentId, Cell);

impl Scoped {
    pub(crate) fn new(set: SetScopeLimit) -> Self {
        Self {
            set,
            raised: None,
            cells: BTreeMap::new(),
            totals: Totals::default(),
            at_close: Money::ZERO,
            highest: Money::ZERO,
            pnl: Vec::new(),
            worst_pnl: Vec::new(),
            unpaid: BTreeMap::new(),
            passed: VecDeque::new(),
            severity: 0,
            peak: 0,
        }
    }

    /// Whether `contract` is one that the limit looks at.
    pub(crate) fn has(&self, contract: &Contract, currencies: &Currencies) -> bool {
        let LimitScope {
            venue,
            commodity,
            delivery_start,
            delivery_end,
            currency,
            ..
        } = self.set.scope;
        if self.set.measure == LimitMeasure::SpotTrading && !contract.is_spot_delivery() {
            return false;
        }
        venue.is_none_or(|only| only == contract.venue)
            && commodity.is_none_or(|only| only == contract.commodity)
            && delivery_start.is_none_or(|start| contract.delivery_end > start)
            && delivery_end.is_none_or(|end| contract.delivery_start < end)
            && currency.is_none_or(|only| only == currencies.code(contract.currency))
    }

    /// An amount of a contract in the limit's money: its scope's currency, else the desk's.
    pub(crate) fn money(
        &self,
        amount: Money,
        contract: &Contract,
        currencies: &Currencies,
    ) -> Money {
        if self.set.scope.currency.is_some() {
            return amount;
        }
        // Nothing trades in a currency without a rate.
        let desk = currencies.to_desk(amount, contract.currency);
        desk.unwrap_or(Money::ZERO)
    }

    /// Whether the limit looks at positions of `owner` in contracts of `venue`.
    pub(crate) fn covers(&self, owner: Owner, venue: VenueId, parties: &Parties) -> bool {
        let scope = &self.set.scope;
        let of = (scope.counterparty, scope.member);
        scope
            .trading_book
            .is_none_or(|only| only == owner.trading_book)
            && scope.trader.is_none_or(|only| only == owner.trader)
            && scope.strategy.is_none_or(|only| only == owner.strategy)
            && parties.fit(of, venue, owner.trading_book)
    }

    /// Whether the scope is that of a counterparty or a member.
    pub(crate) fn names_party(&self) -> bool {
        self.set.scope.counterparty.is_some() || self.set.scope.member.is_some()
    }

    pub(crate) fn cell(&self, instrument: InstrumentId) -> Cell {
        self.cells.get(&instrument).copied().unwrap_or_default()
    }

    /// Puts a new cell in place of the old one.
    pub(crate) fn replace(
        &mut self,
        instrument: InstrumentId,
        new: Cell,
        sensitivities: &AllSensitivities,
    ) {
        let old = self.cells.insert(instrument, new).unwrap_or_default();
        self.totals = self.totals.replaced(&old, &new);
        if self.set.measure == LimitMeasure::SpotTrading {
            for (payable, sign) in [(old.payable, -1), (new.payable, 1)] {
                let due = self.unpaid.entry(payable.delivery_end).or_default();
                *due += Money::from_units(sign * payable.unpaid.units());
                if *due == Money::ZERO {
                    self.unpaid.remove(&payable.delivery_end);
                }
            }
        }
        if self.set.measure == LimitMeasure::ValueAtRisk {
            let scenarios = sensitivities.scenarios();
            self.pnl.resize(scenarios, 0);
            self.worst_pnl.resize(scenarios, 0);
            let shocks = sensitivities.shocks(instrument);
            let moved = (new.held - old.held).millionths();
            add(&mut self.pnl, shocks, moved);
            add_open(&mut self.worst_pnl, shocks, (&old, &new));
        }
    }

    /// Forgets every cell: they will be valued anew.
    pub(crate) fn clear(&mut self) {
        self.cells.clear();
        self.totals = Totals::default();
        self.pnl.clear();
        self.worst_pnl.clear();
        self.unpaid.clear();
    }

    /// The hard level that holds now, in 1e-6.
    pub(crate) fn hard(&self, now: Timestamp) -> i64 {
        match self.raised {
            Some(raised) if now < raised.until => {
                self.set.hard_millionths.max(raised.hard_millionths)
            }
            _ => self.set.hard_millionths,
        }
    }

    /// How far `value` is beyond the limit, and which level it passed.
    pub(crate) fn judge(&self, value: i64, now: Timestamp) -> (Option<BreachSeverity>, i64) {
        let hard = self.hard(now);
        if value > hard {
            (Some(BreachSeverity::Hard), hard)
        } else if value > self.set.soft_millionths {
            (Some(BreachSeverity::Soft), self.set.soft_millionths)
        } else {
            (None, self.set.soft_millionths)
        }
    }

    /// The measure in 1e-6, with an order on top where there is one.
    ///
    /// # Errors
    /// [`Refusal::NoShocks`]: value at risk is never taken as nothing.
    pub(crate) fn value(
        &self,
        trial: Option<&Trial>,
        sensitivities: &AllSensitivities,
        now: Timestamp,
    ) -> Result<i64, Refusal> {
        let totals = match trial {
            Some((instrument, new)) => self.totals.replaced(&self.cell(*instrument), new),
            None => self.totals,
        };
        let money = |amount: Money| -(-amount.units()).div_euclid(UNITS);
        let size = |least: Money, most: Money| {
            Money::from_units(least.units().abs().max(most.units().abs()))
        };
        let value = match self.set.measure {
            LimitMeasure::Volume => totals.volume,
            LimitMeasure::Notional => money(totals.notional),
            LimitMeasure::ValueAtRisk => money(Money::from_units(self.loss(trial, sensitivities)?)),
            LimitMeasure::Delta => money(size(totals.delta_least, totals.delta_most)),
            LimitMeasure::Vega => money(size(totals.vega_least, totals.vega_most)),
            LimitMeasure::StopLoss => money(self.at_close - totals.equity),
            LimitMeasure::Drawdown => money(self.highest - totals.equity),
            LimitMeasure::Concentration => self.concentration(trial, &totals),
            LimitMeasure::OrderRate => {
                let of_second = |at: &&Timestamp| now.nanos_since(**at) < NANOS_PER_SECOND;
                let passed = self.passed.iter().filter(of_second).count();
                (passed as i128 + i128::from(trial.is_some())) * MILLION
            }
            LimitMeasure::SpotTrading => money(totals.bids + self.unpaid(now)),
        };
        let value = value.max(0);
        Ok(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// Value at risk of what is held and of the open orders that lose: in each scenario those fill.
    fn loss(
        &self,
        trial: Option<&Trial>,
        sensitivities: &AllSensitivities,
    ) -> Result<i128, Refusal> {
        let needs = |instrument: InstrumentId, cell: &Cell| {
            let is_flat = cell.farthest.millionths() == 0;
            let is_known = !sensitivities.shocks(instrument).is_empty();
            (!is_flat && !is_known).then_some(instrument)
        };
        let tried = trial.and_then(|(instrument, cell)| needs(*instrument, cell));
        let mut held = self.cells.iter();
        let missing = tried.or_else(|| held.find_map(|(known, cell)| needs(*known, cell)));
        if let Some(instrument) = missing {
            let limit = self.set.limit;
            return Err(Refusal::NoShocks { limit, instrument });
        }
        let confidence = f64::from(self.set.confidence_ppm) / 1e6;
        // Checked when the limit was set; without scenarios nothing is held.
        let Ok(ranks) = Ranks::new(self.pnl.len().max(sensitivities.scenarios()), confidence)
        else {
            return Ok(0);
        };
        let mut worst = self.worst_pnl.clone();
        worst.resize(sensitivities.scenarios(), 0);
        if let Some((instrument, new)) = trial {
            let shocks = sensitivities.shocks(*instrument);
            add_open(&mut worst, shocks, (&self.cell(*instrument), new));
        }
        let (_, loss, _) = worst.select_nth_unstable(ranks.place());
        Ok(-*loss)
    }

    /// What was bought and is not paid now.
    fn unpaid(&self, now: Timestamp) -> Money {
        let since = now.nanos() - self.set.payment_seconds * NANOS_PER_SECOND;
        let open = self.unpaid.range((
            Bound::Excluded(Timestamp::from_nanos(since)),
            Bound::Unbounded,
        ));
        open.fold(Money::ZERO, |sum, (_, due)| sum + *due)
    }

    /// Share of the largest instrument in the notional, in 1e-6.
    fn concentration(&self, trial: Option<&Trial>, totals: &Totals) -> i128 {
        if totals.notional < Money::from_millionths(self.set.floor_millionths.max(1)) {
            return 0;
        }
        let tried = trial.map(|(instrument, _)| *instrument);
        let others = self.cells.iter().filter(|(one, _)| Some(**one) != tried);
        let largest = others.map(|(_, cell)| cell.notional).max();
        let largest = largest.unwrap_or(Money::ZERO);
        let largest = largest.max(trial.map_or(Money::ZERO, |(_, new)| new.notional));
        // Of 1e-6 units, so that the product stays within 128 bits.
        let (part, whole) = (largest.units() / UNITS, totals.notional.units() / UNITS);
        part * MILLION / whole.max(1)
    }

    /// Takes note of an order that passed.
    pub(crate) fn pass(&mut self, now: Timestamp) {
        if self.set.measure != LimitMeasure::OrderRate {
            return;
        }
        while let Some(oldest) = self.passed.front()
            && now.nanos_since(*oldest) >= NANOS_PER_SECOND
        {
            self.passed.pop_front();
        }
        self.passed.push_back(now);
    }

    /// Takes note of the highest equity.
    pub(crate) fn look(&mut self) {
        self.highest = self.highest.max(self.totals.equity);
    }

    /// Lets losses count from zero again.
    pub(crate) fn close(&mut self) {
        self.at_close = self.totals.equity;
    }

    /// Begins to count losses from here.
    pub(crate) fn begin(&mut self) {
        self.close();
        self.highest = self.totals.equity;
    }
}

/// Moves gains by scenario with a change of volume, in 1e-6.
fn add(pnl: &mut [i128], shocks: &[i64], moved: i64) {
    if moved == 0 {
        return;
    }
    for (gain, shock) in pnl.iter_mut().zip(shocks) {
        *gain += i128::from(*shock) * i128::from(moved);
    }
}

/// Moves gains by scenario, open orders that lose among them, from an old cell to a new one.
fn add_open(pnl: &mut [i128], shocks: &[i64], (old, new): (&Cell, &Cell)) {
    // Where the price falls purchases lose, where it rises sales do.
    let change = |sign: i64| {
        let open = |cell: &Cell| {
            if sign < 0 {
                cell.open.buy
            } else {
                Volume::ZERO - cell.open.sell
            }
        };
        let volume = |cell: &Cell| i128::from((cell.held + open(cell)).millionths());
        volume(new) - volume(old)
    };
    let (falling, rising) = (change(-1), change(1));
    if falling == 0 && rising == 0 {
        return;
    }
    for (gain, shock) in pnl.iter_mut().zip(shocks) {
        let moved = if *shock < 0 { falling } else { rising };
        *gain += i128::from(*shock) * moved;
    }
}

/// Whether the limit makes sense.
///
/// # Errors
/// [`Refusal::Reference`] with the field.
pub(crate) fn check(set: &SetScopeLimit) -> Result<(), Refusal> {
    let number = set.limit;
    let refused = |field, fix| Err(Refusal::Reference { number, field, fix });
    if set.soft_millionths < 0 || set.hard_millionths < set.soft_millionths {
        return refused("hard_millionths", "give 0 ≤ soft ≤ hard");
    }
    let is_share = (1..1_000_000).contains(&set.confidence_ppm);
    if set.measure == LimitMeasure::ValueAtRisk && !is_share {
        return refused("confidence_ppm", "give it between 0 and 1,000,000");
    }
    if !(0..=PAYMENT_SECONDS_MAX).contains(&set.payment_seconds) {
        return refused("payment_seconds", "give it from 0 to a year");
    }
    let scope = &set.scope;
    if scope.currency.is_some() && set.measure != LimitMeasure::SpotTrading {
        return refused("currency", "leave it out, or limit spot trading");
    }
    if let (Some(start), Some(end)) = (scope.delivery_start, scope.delivery_end)
        && start >= end
    {
        return refused("delivery_end", "give it after delivery_start");
    }
    Ok(())
}
