//! The gate's limits of scopes: how they are set, looked at and told.

use wattbook_domain::limit::{LimitMeasure, RaiseLimit, SetScopeLimit, SetSensitivities};
use wattbook_domain::reference::SetClearing;
use wattbook_domain::{OrderId, Refusal, Timestamp, TradingBookId};
use wattbook_portfolio::{Portfolio, PositionSlot};

use crate::gate::LimitGate;
use crate::hierarchy::{LimitUse, Notice};

impl LimitGate {
    /// Whether any limit of a scope is set.
    #[must_use]
    #[inline(always)]
    pub fn has_scope_limits(&self) -> bool {
        !self.hierarchy.is_empty()
    }

    /// Takes over a limit of a scope.
    ///
    /// # Errors
    /// [`Refusal::Reference`] for levels, a confidence or a delivery that make no sense.
    pub fn set_scope_limit(
        &mut self,
        set: &SetScopeLimit,
        portfolio: &mut Portfolio,
    ) -> Result<(), Refusal> {
        if set.measure == LimitMeasure::SpotTrading {
            let terms = &self.terms;
            let opens = (0_u32..)
                .zip(&self.open_by_slot)
                .filter_map(|(slot, open)| {
                    let instrument = portfolio.position(PositionSlot(slot)).instrument;
                    Some((slot, *open, terms.get(instrument.0 as usize)?))
                });
            self.hierarchy.bids.keep(opens);
        }
        self.hierarchy.set(set, portfolio, &self.open_by_slot)
    }

    /// Takes over whom trades of a venue are made with.
    ///
    /// # Errors
    /// [`Refusal::Reference`] for an unknown venue.
    pub fn set_clearing(
        &mut self,
        set: &SetClearing,
        portfolio: &mut Portfolio,
    ) -> Result<(), Refusal> {
        if portfolio.venue(set.venue).is_none() {
            return Err(Refusal::Reference {
                number: u32::from(set.venue.0),
                field: "venue",
                fix: "define the venue before whom its trades are made with",
            });
        }
        self.hierarchy
            .set_clearing(set, portfolio, &self.open_by_slot);
        Ok(())
    }

    /// Takes over a higher level for a time.
    ///
    /// # Errors
    /// [`Refusal::Reference`] for an unknown limit, a level below the hard one, or one person alone.
    pub fn raise_limit(&mut self, raise: &RaiseLimit) -> Result<(), Refusal> {
        self.hierarchy.raise(raise)
    }

    /// Takes over what a unit of an instrument gains.
    ///
    /// # Errors
    /// [`Refusal::UnknownInstrument`], [`Refusal::Reference`] for another number of scenarios.
    pub fn set_sensitivities(
        &mut self,
        set: &SetSensitivities,
        portfolio: &mut Portfolio,
    ) -> Result<(), Refusal> {
        self.hierarchy
            .set_sensitivities(set, portfolio, &self.open_by_slot)
    }

    /// Values scopes anew after a currency's rate changed.
    pub fn revalue(&mut self, portfolio: &mut Portfolio) {
        self.hierarchy.revalue(portfolio, &self.open_by_slot);
    }

    /// Lets losses of scopes count from zero again, where `trading_book` is theirs.
    pub fn close_day(&mut self, trading_book: TradingBookId, portfolio: &mut Portfolio) {
        self.hierarchy
            .close_day(trading_book, portfolio, &self.open_by_slot);
    }

    /// Looks at every limit of a scope: what the market, or a fill of the order `cause`, changed is to be told.
    #[cold]
    pub fn watch(&mut self, now: Timestamp, cause: OrderId, portfolio: &mut Portfolio) {
        let told = self
            .hierarchy
            .watch((now, cause), portfolio, &self.open_by_slot);
        self.notices.extend(told);
    }

    /// What is to be told of limits, in the order in which it came about.
    #[must_use]
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// What the positions in a limit of value at risk gain in each scenario, in units of the desk's money;
    /// `None` for another limit.
    #[must_use]
    pub fn limit_pnl(&self, limit: u32) -> Option<Vec<i128>> {
        self.hierarchy.pnl(limit)
    }

    /// How much of each limit of a scope is used, as of the last look.
    #[must_use]
    pub fn limit_use(&self, now: Timestamp) -> Vec<LimitUse> {
        self.hierarchy.used(now)
    }
}
