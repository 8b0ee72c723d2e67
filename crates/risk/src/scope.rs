//! The kill switch: which scopes are stopped.

use wattbook_domain::command::{Scope, SetTrading};
use wattbook_domain::state::State;
use wattbook_domain::{InstrumentId, Owner, VenueId};

use crate::parties::Parties;

/// Stops and resumptions in the order in which they came; the last one that covers an order counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct KillSwitch(Vec<SetTrading>);

impl KillSwitch {
    pub(crate) fn set(&mut self, change: SetTrading) {
        self.0.retain(|rule| !is_within(&rule.scope, &change.scope));
        // Trading is allowed unless stopped, so a resumption matters only above a wider stop.
        if !change.allowed || !self.0.is_empty() {
            self.0.push(change);
        }
    }

    #[inline]
    pub(crate) fn is_stopped(
        &self,
        instrument: InstrumentId,
        venue: VenueId,
        owner: Owner,
        parties: &Parties,
    ) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let covers = |rule: &&SetTrading| covers(&rule.scope, instrument, venue, owner, parties);
        self.0
            .iter()
            .rev()
            .find(covers)
            .is_some_and(|rule| !rule.allowed)
    }
}

/// Whether `scope` covers an order of `owner` for `instrument` at `venue`.
#[must_use]
pub(crate) fn covers(
    scope: &Scope,
    instrument: InstrumentId,
    venue: VenueId,
    owner: Owner,
    parties: &Parties,
) -> bool {
    let of = (scope.counterparty, scope.member);
    scope.instrument.is_none_or(|only| only == instrument)
        && scope.venue.is_none_or(|only| only == venue)
        && scope
            .trading_book
            .is_none_or(|only| only == owner.trading_book)
        && scope.strategy.is_none_or(|only| only == owner.strategy)
        && scope.trader.is_none_or(|only| only == owner.trader)
        && parties.fit(of, venue, owner.trading_book)
}

/// Whether everything in `inner` is in `outer`.
fn is_within(inner: &Scope, outer: &Scope) -> bool {
    fn part<T: PartialEq>(inner: Option<&T>, outer: Option<&T>) -> bool {
        outer.is_none() || inner == outer
    }
    part(inner.instrument.as_ref(), outer.instrument.as_ref())
        && part(inner.venue.as_ref(), outer.venue.as_ref())
        && part(inner.trading_book.as_ref(), outer.trading_book.as_ref())
        && part(inner.strategy.as_ref(), outer.strategy.as_ref())
        && part(inner.trader.as_ref(), outer.trader.as_ref())
        && part(inner.counterparty.as_ref(), outer.counterparty.as_ref())
        && part(inner.member.as_ref(), outer.member.as_ref())
}

impl State for KillSwitch {
    fn save(&self, out: &mut Vec<u8>) {
        (self.0.len() as u64).save(out);
        for SetTrading { scope, allowed } in &self.0 {
            scope.instrument.save(out);
            scope.venue.save(out);
            scope.trading_book.save(out);
            scope.strategy.save(out);
            scope.trader.save(out);
            scope.counterparty.save(out);
            scope.member.save(out);
            allowed.save(out);
        }
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let count = u64::load(input)?;
        let rules = (0..count).map(|_| {
            let scope = Scope {
                instrument: State::load(input)?,
                venue: State::load(input)?,
                trading_book: State::load(input)?,
                strategy: State::load(input)?,
                trader: State::load(input)?,
                counterparty: State::load(input)?,
                member: State::load(input)?,
            };
            let allowed = State::load(input)?;
            Some(SetTrading { scope, allowed })
        });
        rules.collect::<Option<Vec<_>>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wattbook_domain::{StrategyId, TradingBookId};

    #[test]
    fn the_last_switch_that_covers_an_order_counts() {
        let owner = |book| Owner {
            trading_book: TradingBookId(book),
            ..Owner::default()
        };
        let mut switch = KillSwitch::default();
        let parties = Parties::default();
        let is_stopped = |switch: &KillSwitch, book| {
            switch.is_stopped(InstrumentId(0), VenueId(1), owner(book), &parties)
        };
        let all = Scope::default();
        let book = Scope {
            trading_book: Some(TradingBookId(7)),
            ..all
        };
        switch.set(SetTrading {
            scope: all,
            allowed: false,
        });
        switch.set(SetTrading {
            scope: book,
            allowed: true,
        });
        assert!(is_stopped(&switch, 1) && !is_stopped(&switch, 7));
        let strategy = Scope {
            strategy: Some(StrategyId(0)),
            ..book
        };
        switch.set(SetTrading {
            scope: strategy,
            allowed: false,
        });
        assert!(is_stopped(&switch, 7));
        switch.set(SetTrading {
            scope: all,
            allowed: true,
        });
        assert!(switch.0.is_empty() && !is_stopped(&switch, 1));
    }
}
