//! What stops orders besides limits: instruments in doubt, and orders that need a second person.

use std::collections::BTreeMap;

use wattbook_domain::command::FreezeInstrument;
use wattbook_domain::reference::SetApproval;
use wattbook_domain::{InstrumentId, Money, TradingBookId, Volume, state};

/// Above either an order waits for a second person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Approval {
    order_volume: Volume,
    order_value: Money,
}

state!(Approval {
    order_volume,
    order_value
});

impl Approval {
    /// Whether an order passes alone; a value that cannot be told is held.
    pub(crate) fn passes_alone(&self, volume: Volume, value: Option<Money>) -> bool {
        volume <= self.order_volume && value.is_some_and(|value| value <= self.order_value)
    }
}

/// Frozen instruments, and what needs approval by trading book.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holds {
    /// The value says nothing: it is a set.
    frozen: BTreeMap<InstrumentId, u8>,
    approvals: BTreeMap<TradingBookId, Approval>,
}

state!(Holds { frozen, approvals });

impl Holds {
    /// Freezes or releases; whether that changed anything.
    pub(crate) fn freeze(&mut self, change: FreezeInstrument) -> bool {
        if change.is_frozen {
            self.frozen.insert(change.instrument, 0).is_none()
        } else {
            self.frozen.remove(&change.instrument).is_some()
        }
    }

    #[inline(always)]
    pub(crate) fn is_frozen(&self, instrument: InstrumentId) -> bool {
        !self.frozen.is_empty() && self.frozen.contains_key(&instrument)
    }

    pub(crate) fn set_approval(&mut self, set: &SetApproval) {
        let approval = Approval {
            order_volume: set.order_volume,
            order_value: set.order_value,
        };
        self.approvals.insert(set.trading_book, approval);
    }

    /// What an order of `trading_book` needs to pass alone; none for books without such a rule.
    #[inline(always)]
    pub(crate) fn approval(&self, trading_book: TradingBookId) -> Option<&Approval> {
        if self.approvals.is_empty() {
            return None;
        }
        self.approvals.get(&trading_book)
    }
}
