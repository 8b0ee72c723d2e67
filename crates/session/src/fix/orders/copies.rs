//! Our fills held against a drop copy of them: what one side tells and the other does not.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Duration;

use wattbook_codec::fix::Message;
use wattbook_domain::{InstrumentId, Price, Side, TradeId, Volume};

use super::answer::{Answer, ExecType};
use super::outcome::SetAside;

/// Fills that both sides have told and that are remembered, so that a repeat is known: at 32 bytes each,
/// some 50 MB. Beyond it those that matched first are forgotten.
pub const MATCHED_MAX: usize = 1 << 20;

/// A fill as one side tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopiedFill {
    /// The exchange's number of it, or a hash of its `ExecID` (17).
    pub trade: TradeId,
    /// Buy or sell.
    pub side: Side,
    /// In currency per price unit.
    pub price: Price,
    /// In volume units.
    pub volume: Volume,
}

/// Who tells of a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teller {
    /// Our own book.
    Book,
    /// The drop copy.
    Copy,
}

/// What a copy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    /// A fill of what the exchange calls `symbol`.
    Fill {
        /// `Symbol` (55).
        symbol: String,
        /// The fill.
        fill: CopiedFill,
    },
    /// A trade corrected (G) or busted (H): what was booked no longer holds.
    Changed {
        /// `Symbol` (55).
        symbol: String,
        /// `ExecID` (17) of the report.
        execution: String,
    },
    /// Nothing that moves a position.
    Nothing,
}

impl Copied {
    /// What `message`, an `ExecutionReport` (35=8), says.
    ///
    /// # Errors
    /// [`SetAside::Unreadable`].
    pub fn read(message: &Message<'_>) -> Result<Self, SetAside> {
        let Answer::Execution(execution) = Answer::read(message)? else {
            return Ok(Self::Nothing);
        };
        let symbol = execution.symbol.clone();
        Ok(match (execution.exec_type, execution.last) {
            (ExecType::Trade, Some((price, volume))) => Self::Fill {
                symbol,
                fill: CopiedFill {
                    trade: execution.trade(),
                    side: execution.side,
                    price,
                    volume,
                },
            },
            (ExecType::Other(b'G' | b'H'), _) => Self::Changed {
                symbol,
                execution: execution.execution,
            },
            _ => Self::Nothing,
        })
    }
}

/// Two sides that do not say the same of a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// Only one side tells of it.
    #[error("trade {} ({:?} {} at {}) {}", fill.trade, fill.side, fill.volume, fill.price, match teller {
        Teller::Book => "is booked here and not in the drop copy",
        Teller::Copy => "is in the drop copy and not booked here",
    })]
    Missing {
        /// Who tells of it.
        teller: Teller,
        /// The fill.
        fill: CopiedFill,
    },
    /// Both tell of it, and not the same.
    #[error(
        "trade {} is {:?} {} at {} here and {:?} {} at {} in the drop copy",
        book.trade, book.side, book.volume, book.price, copy.side, copy.volume, copy.price
    )]
    Differs {
        /// As booked.
        book: CopiedFill,
        /// As copied.
        copy: CopiedFill,
    },
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    teller: Teller,
    fill: CopiedFill,
    since: Duration,
    is_told: bool,
}

/// Fills of both sides, matched by instrument and trade. Times are since any instant.
#[derive(Debug, Clone, Default)]
pub struct Reconciler {
    waiting: BTreeMap<(InstrumentId, TradeId), Waiting>,
    matched: HashSet<(InstrumentId, TradeId)>,
    /// In the order in which they matched.
    order: VecDeque<(InstrumentId, TradeId)>,
    copied: BTreeMap<InstrumentId, Volume>,
}

impl Reconciler {
    /// Takes what `teller` says of a fill at `now`; what was said before is dropped. Both must say the
    /// same.
    pub fn take(
        &mut self,
        teller: Teller,
        instrument: InstrumentId,
        fill: CopiedFill,
        now: Duration,
    ) -> Option<Disagreement> {
        let key = (instrument, fill.trade);
        if self.matched.contains(&key) {
            return None;
        }
        if let Some(before) = self.waiting.get(&key)
            && before.teller == teller
        {
            return None;
        }
        if teller == Teller::Copy {
            let net = self.copied.entry(instrument).or_default();
            *net = match fill.side {
                Side::Buy => net.saturating_add(fill.volume),
                Side::Sell => net.saturating_add(-fill.volume),
            };
        }
        let Some(other) = self.waiting.remove(&key) else {
            let since = now;
            let is_told = false;
            self.waiting.insert(
                key,
                Waiting {
                    teller,
                    fill,
                    since,
                    is_told,
                },
            );
            return None;
        };
        self.remember(key);
        let (book, copy) = match teller {
            Teller::Book => (fill, other.fill),
            Teller::Copy => (other.fill, fill),
        };
        (book != copy).then_some(Disagreement::Differs { book, copy })
    }

    fn remember(&mut self, key: (InstrumentId, TradeId)) {
        self.matched.insert(key);
        self.order.push_back(key);
        if self.order.len() > MATCHED_MAX
            && let Some(first) = self.order.pop_front()
        {
            self.matched.remove(&first);
        }
    }

    /// Fills that both sides have told and that are remembered.
    #[must_use]
    pub fn matched(&self) -> usize {
        self.matched.len()
    }

    /// What one side has not told within `patience` of the other, each once.
    pub fn due(&mut self, now: Duration, patience: Duration) -> Vec<(InstrumentId, Disagreement)> {
        let mut due = Vec::new();
        for ((instrument, _), waiting) in &mut self.waiting {
            if !waiting.is_told && now.saturating_sub(waiting.since) >= patience {
                waiting.is_told = true;
                let (teller, fill) = (waiting.teller, waiting.fill);
                due.push((*instrument, Disagreement::Missing { teller, fill }));
            }
        }
        due
    }

    /// Lets the patience of what waits begin anew at `now`: a line was down until then.
    pub fn wait_anew(&mut self, now: Duration) {
        for waiting in self.waiting.values_mut() {
            waiting.since = now;
        }
    }

    /// Net volume that the drop copy tells of, bought above zero.
    #[must_use]
    pub fn copied(&self, instrument: InstrumentId) -> Volume {
        self.copied.get(&instrument).copied().unwrap_or_default()
    }

    /// Fills that one side has told and the other has not.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}
