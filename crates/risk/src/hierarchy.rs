//! Limits of scopes, one above the other: desk, venue, counterparty, clearing member, trading book,
//! trader, strategy, commodity and delivery period. Each holds a measure by itself; an order meets all that cover it.

use std::collections::BTreeMap;

use wattbook_domain::limit::{
    BreachSeverity, LimitBreached, LimitCured, LimitMeasure, RaiseLimit, SetScopeLimit,
    SetSensitivities,
};
use wattbook_domain::reference::SetClearing;
use wattbook_domain::{
    InstrumentId, Money, OrderId, Price, Refusal, Side, Timestamp, TradingBookId, state,
};
use wattbook_portfolio::{Portfolio, PositionSlot};

use crate::bids::Bids;
use crate::cell::{AllSensitivities, Cell, Payable};
use crate::limits::{OpenVolume, Terms};
use crate::parties::Parties;
use crate::scoped::{Scoped, check, rank};
use crate::trading::Ask;

/// How much of a limit is used, in 1e-6 of its measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitUse {
    /// The limit as set.
    pub set: SetScopeLimit,
    /// Its measure; `None` where it cannot be told.
    pub value_millionths: Option<i64>,
    /// The highest measure of any look so far.
    pub peak_millionths: i64,
    /// The hard level now.
    pub hard_millionths: i64,
    /// How far it is passed.
    pub severity: Option<BreachSeverity>,
}

/// What is told of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// One was passed.
    Breached(LimitBreached),
    /// One is kept again.
    Cured(LimitCured),
}

/// All limits of scopes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hierarchy {
    limits: BTreeMap<u32, Scoped>,
    sensitivities: AllSensitivities,
    /// Instruments whose open orders changed.
    touched: Vec<InstrumentId>,
    /// The largest price that an order named, of instruments without a mark so far.
    asked: BTreeMap<InstrumentId, Price>,
    pub(crate) bids: Bids,
    pub(crate) parties: Parties,
}

state!(Hierarchy {
    limits,
    sensitivities,
    touched,
    asked,
    bids,
    parties
});

impl Hierarchy {
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.limits.is_empty()
    }

    /// Takes over a limit. Losses of a new one count from here; one of a known number keeps what it
    /// counts from, where its scope is the same.
    pub(crate) fn set(
        &mut self,
        set: &SetScopeLimit,
        portfolio: &mut Portfolio,
        opens: &[OpenVolume],
    ) -> Result<(), Refusal> {
        check(set)?;
        if let Some(known) = self.limits.get_mut(&set.limit)
            && (known.set.scope, known.set.measure) == (set.scope, set.measure)
        {
            known.set = *set;
            return Ok(());
        }
        self.limits.insert(set.limit, Scoped::new(*set));
        portfolio.watch();
        self.sync(portfolio, opens);
        if let Some(known) = self.limits.get_mut(&set.limit) {
            known.begin();
        }
        Ok(())
    }

    /// Takes over a raise.
    pub(crate) fn raise(&mut self, raise: &RaiseLimit) -> Result<(), Refusal> {
        let number = raise.limit;
        let refused = |field, fix| Err(Refusal::Reference { number, field, fix });
        if raise.asked_by == raise.approved_by {
            return refused("approved_by", "let a second person approve the raise");
        }
        let Some(limit) = self.limits.get_mut(&number) else {
            return refused("limit", "set the limit before it is raised");
        };
        if raise.hard_millionths < limit.set.hard_millionths {
            return refused("hard_millionths", "raise it above the hard level");
        }
        limit.raised = Some(*raise);
        Ok(())
    }

    /// Takes over what an instrument gains.
    pub(crate) fn set_sensitivities(
        &mut self,
        set: &SetSensitivities,
        portfolio: &mut Portfolio,
        opens: &[OpenVolume],
    ) -> Result<(), Refusal> {
        let instrument = set.instrument;
        let unknown = Refusal::UnknownInstrument { instrument };
        let contract = portfolio.contract(instrument).ok_or(unknown)?;
        let before = self.sensitivities.scenarios();
        // Gains by scenario are taken out at the old shocks and put in at the new ones.
        for limit in self.limits.values_mut() {
            limit.replace(instrument, Cell::default(), &self.sensitivities);
        }
        let done = self
            .sensitivities
            .set(set, contract, portfolio.currencies());
        self.touched.push(instrument);
        if before != self.sensitivities.scenarios() {
            self.restart(portfolio);
        }
        self.sync(portfolio, opens);
        done
    }

    /// Values everything anew: a currency's rate changed.
    pub(crate) fn revalue(&mut self, portfolio: &mut Portfolio, opens: &[OpenVolume]) {
        if self.is_empty() {
            return;
        }
        self.sensitivities
            .revalue(portfolio.contracts(), portfolio.currencies());
        self.restart(portfolio);
        self.sync(portfolio, opens);
    }

    /// Takes over whom trades of a venue are made with. Losses of limits that name a counterparty or
    /// a member count from here.
    pub(crate) fn set_clearing(
        &mut self,
        set: &SetClearing,
        portfolio: &mut Portfolio,
        opens: &[OpenVolume],
    ) {
        self.parties.set(set);
        if !self.limits.values().any(Scoped::names_party) {
            return;
        }
        self.restart(portfolio);
        self.sync(portfolio, opens);
        for limit in self.limits.values_mut().filter(|limit| limit.names_party()) {
            limit.begin();
        }
    }

    fn restart(&mut self, portfolio: &mut Portfolio) {
        self.limits.values_mut().for_each(Scoped::clear);
        portfolio.watch();
    }

    /// Lets losses of the scopes that a trading book's close ends count from zero again.
    pub(crate) fn close_day(
        &mut self,
        trading_book: TradingBookId,
        portfolio: &mut Portfolio,
        opens: &[OpenVolume],
    ) {
        if self.is_empty() {
            return;
        }
        self.sync(portfolio, opens);
        for limit in self.limits.values_mut() {
            let own = limit.set.scope.trading_book;
            if own.is_none_or(|only| only == trading_book) {
                limit.close();
            }
        }
    }

    /// Notes that open orders in `instrument` changed.
    #[inline(always)]
    pub(crate) fn touch(&mut self, instrument: InstrumentId) {
        if !self.is_empty() && self.touched.last() != Some(&instrument) {
            self.touched.push(instrument);
        }
    }

    /// Brings every limit to what is held, open and marked now.
    pub(crate) fn sync(&mut self, portfolio: &mut Portfolio, opens: &[OpenVolume]) {
        while let Some(instrument) = self.touched.pop().or_else(|| portfolio.take_touched()) {
            self.value(instrument, portfolio, opens);
        }
        self.limits.values_mut().for_each(Scoped::look);
    }

    fn value(&mut self, instrument: InstrumentId, portfolio: &Portfolio, opens: &[OpenVolume]) {
        let Some(contract) = portfolio.contract(instrument) else {
            return;
        };
        if contract.mark().is_some() {
            self.asked.remove(&instrument);
        }
        let asked = self.asked.get(&instrument).copied();
        let asked = asked.unwrap_or(Price::ZERO);
        let currencies = portfolio.currencies();
        for limit in self.limits.values_mut() {
            if !limit.has(contract, currencies) {
                continue;
            }
            let mut cell = Cell::default();
            let (mut bids, mut paid) = (Money::ZERO, Money::ZERO);
            for (slot, position) in portfolio.positions_in(instrument) {
                if !limit.covers(position.owner, contract.venue, &self.parties) {
                    continue;
                }
                cell.held += position.volume;
                let open = opens.get(slot.0 as usize).copied().unwrap_or_default();
                cell.open.buy += open.buy;
                cell.open.sell += open.sell;
                let equity = position.realised - position.fees + portfolio.unrealised(position);
                // Nothing trades in a currency without a rate.
                let desk = currencies.to_desk(equity, contract.currency);
                cell.equity += desk.unwrap_or(Money::ZERO);
                if limit.set.measure == LimitMeasure::SpotTrading {
                    bids += self.bids.payable(slot, contract);
                    paid += position.paid;
                }
            }
            let known = self.sensitivities.of(instrument);
            let parts = (cell.held, cell.open, cell.equity);
            let mut new = Cell::new(parts, asked, contract, currencies, known);
            if limit.set.measure == LimitMeasure::SpotTrading {
                new.payable = Payable {
                    bids: limit.money(bids, contract, currencies),
                    unpaid: limit.money(paid.max(Money::ZERO), contract, currencies),
                    delivery_end: contract.delivery_end,
                };
            }
            limit.replace(instrument, new, &self.sensitivities);
        }
    }

    /// Holds an order against every limit that covers it. `reduces` says that it brings the position
    /// nearer to zero. What it passes softly comes back, to be told once it is on its way.
    pub(crate) fn check(
        &mut self,
        ask: &Ask,
        size: Price,
        reduces: bool,
        (slot, terms): (PositionSlot, &Terms),
        portfolio: &mut Portfolio,
        opens: &[OpenVolume],
    ) -> Result<Vec<LimitBreached>, Refusal> {
        self.sync(portfolio, opens);
        let Some(contract) = portfolio.contract(ask.instrument) else {
            return Ok(Vec::new());
        };
        let before = self.asked.get(&ask.instrument).copied();
        let asked = before.unwrap_or(Price::ZERO).max(size);
        let mut passed = Vec::new();
        let currencies = portfolio.currencies();
        for limit in self.limits.values() {
            let covers = limit.covers(ask.owner, contract.venue, &self.parties);
            if !covers || !limit.has(contract, currencies) {
                continue;
            }
            let old = limit.cell(ask.instrument);
            let mut open = old.open;
            match ask.side {
                Side::Buy => open.buy += ask.added,
                Side::Sell => open.sell += ask.added,
            }
            let known = self.sensitivities.of(ask.instrument);
            let parts = (old.held, open, old.equity);
            let mut new = Cell::new(parts, asked, contract, currencies, known);
            new.payable = old.payable;
            if limit.set.measure == LimitMeasure::SpotTrading {
                let added = self.bids.added(ask, slot, (terms, contract));
                new.payable.bids += limit.money(added, contract, currencies);
            }
            let trial = (ask.instrument, new);
            let value = limit.value(Some(&trial), &self.sensitivities, ask.now)?;
            let (severity, level) = limit.judge(value, ask.now);
            let Some(severity) = severity else { continue };
            let measure = limit.set.measure;
            let enlarges = match measure {
                LimitMeasure::StopLoss | LimitMeasure::Drawdown => !reduces,
                LimitMeasure::OrderRate => true,
                _ => value > limit.value(None, &self.sensitivities, ask.now)?,
            };
            if severity == BreachSeverity::Hard && enlarges {
                return Err(Refusal::ScopeLimit {
                    limit: limit.set.limit,
                    measure,
                    value_millionths: value,
                    level_millionths: level,
                });
            }
            if enlarges && severity as u8 > limit.severity {
                passed.push(LimitBreached {
                    limit: limit.set.limit,
                    measure,
                    order_id: ask.order_id,
                    severity,
                    value_millionths: value,
                    level_millionths: level,
                });
            }
        }
        Ok(passed)
    }

    /// Takes note of an order that passed, at a price that counts where no mark is known.
    pub(crate) fn pass(
        &mut self,
        ask: &Ask,
        size: Price,
        (slot, terms): (PositionSlot, &Terms),
        breaches: &[LimitBreached],
        portfolio: &Portfolio,
    ) {
        let Some(contract) = portfolio.contract(ask.instrument) else {
            return;
        };
        if contract.mark().is_none() {
            let asked = self.asked.entry(ask.instrument).or_default();
            *asked = (*asked).max(size);
        }
        if self.bids.is_kept() {
            self.bids.pass(ask, slot, terms);
        }
        let currencies = portfolio.currencies();
        for limit in self.limits.values_mut() {
            let covers = limit.covers(ask.owner, contract.venue, &self.parties);
            if covers && limit.has(contract, currencies) {
                limit.pass(ask.now);
            }
        }
        for breach in breaches {
            if let Some(limit) = self.limits.get_mut(&breach.limit) {
                limit.severity = breach.severity as u8;
            }
        }
        self.touched.push(ask.instrument);
    }

    /// Looks at every limit and says what changed by itself, or by a fill of the order `cause`.
    pub(crate) fn watch(
        &mut self,
        (now, cause): (Timestamp, OrderId),
        portfolio: &mut Portfolio,
        opens: &[OpenVolume],
    ) -> Vec<Notice> {
        self.sync(portfolio, opens);
        let mut told = Vec::new();
        for limit in self.limits.values_mut() {
            // What cannot be told is refused when an order asks.
            let Ok(value_millionths) = limit.value(None, &self.sensitivities, now) else {
                continue;
            };
            limit.peak = limit.peak.max(value_millionths);
            let (severity, level_millionths) = limit.judge(value_millionths, now);
            let before = std::mem::replace(&mut limit.severity, rank(severity));
            let (number, measure) = (limit.set.limit, limit.set.measure);
            match severity {
                Some(severity) if severity as u8 > before => {
                    told.push(Notice::Breached(LimitBreached {
                        limit: number,
                        measure,
                        order_id: cause,
                        severity,
                        value_millionths,
                        level_millionths,
                    }));
                }
                None if before > 0 => told.push(Notice::Cured(LimitCured {
                    limit: number,
                    measure,
                    value_millionths,
                })),
                _ => {}
            }
        }
        told
    }

    /// Gains by scenario of what a limit of value at risk holds.
    pub(crate) fn pnl(&self, limit: u32) -> Option<Vec<i128>> {
        let known = self.limits.get(&limit)?;
        let is_meant = known.set.measure == LimitMeasure::ValueAtRisk;
        is_meant.then(|| known.pnl.clone())
    }

    /// How much of each limit is used, as of the last look.
    pub(crate) fn used(&self, now: Timestamp) -> Vec<LimitUse> {
        let using = |limit: &Scoped| {
            let value = limit.value(None, &self.sensitivities, now).ok();
            LimitUse {
                set: limit.set,
                value_millionths: value,
                peak_millionths: limit.peak,
                hard_millionths: limit.hard(now),
                severity: value.and_then(|value| limit.judge(value, now).0),
            }
        };
        self.limits.values().map(using).collect()
    }
}
