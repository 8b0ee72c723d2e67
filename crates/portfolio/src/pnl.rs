//! P&L tables: read models, computed when asked for and sorted by what they group by.

use std::collections::BTreeMap;

use wattbook_domain::{InstrumentId, Money, StrategyId, Timestamp, TraderId, TradingBookId};

use crate::error::PortfolioError;
use crate::portfolio::Portfolio;
use crate::position::Position;

/// What P&L is grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum GroupBy {
    /// All in one line.
    Desk,
    /// By strategy.
    Strategy,
    /// By trading book.
    TradingBook,
    /// By trader.
    Trader,
    /// By delivery period.
    DeliveryPeriod,
    /// By instrument.
    Instrument,
}

/// The group that a line of P&L belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Group {
    /// The whole desk.
    Desk,
    /// A strategy.
    Strategy(StrategyId),
    /// A trading book.
    TradingBook(TradingBookId),
    /// A trader.
    Trader(TraderId),
    /// A delivery period: its first instant and the first one after it.
    DeliveryPeriod(Timestamp, Timestamp),
    /// An instrument.
    Instrument(InstrumentId),
}

/// One line of P&L, in the desk's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PnlLine {
    /// Of what.
    pub group: Group,
    /// Realised, settlements included, without fees.
    pub realised: Money,
    /// Unrealised at the last marks.
    pub unrealised: Money,
    /// Fees paid; below zero for rebates.
    pub fees: Money,
}

impl PnlLine {
    /// What is left after fees.
    #[must_use]
    pub fn total(&self) -> Money {
        self.realised + self.unrealised - self.fees
    }
}

impl Portfolio {
    /// P&L in the desk's currency, one line a group, in the order of the groups. Each position is
    /// converted by itself and rounded half to even to the unit.
    ///
    /// # Errors
    /// [`PortfolioError::NoFxRate`] for a position in a currency without a rate.
    pub fn pnl(&self, by: GroupBy) -> Result<Vec<PnlLine>, PortfolioError> {
        let mut lines: BTreeMap<Group, PnlLine> = BTreeMap::new();
        for position in self.positions() {
            let group = self.group_of_position(position, by);
            let contract = &self.contracts[position.instrument.0 as usize];
            let desk = |amount| self.currencies.to_desk(amount, contract.currency);
            let line = lines.entry(group).or_insert(PnlLine {
                group,
                realised: Money::ZERO,
                unrealised: Money::ZERO,
                fees: Money::ZERO,
            });
            line.realised += desk(position.realised)?;
            line.unrealised += desk(self.unrealised(position))?;
            line.fees += desk(position.fees)?;
        }
        Ok(lines.into_values().collect())
    }

    /// Gain of the open volume over its cost at the last known price, in the contract's currency.
    #[must_use]
    pub fn unrealised(&self, position: &Position) -> Money {
        let contract = &self.contracts[position.instrument.0 as usize];
        match contract.mark {
            Some(mark) => position.unrealised(mark, contract.delivery_seconds),
            // Whatever has traded has a mark, so nothing is open here.
            None => Money::ZERO,
        }
    }

    fn group_of_position(&self, position: &Position, by: GroupBy) -> Group {
        let owner = position.owner;
        match by {
            GroupBy::Desk => Group::Desk,
            GroupBy::Strategy => Group::Strategy(owner.strategy),
            GroupBy::TradingBook => Group::TradingBook(owner.trading_book),
            GroupBy::Trader => Group::Trader(owner.trader),
            GroupBy::Instrument => Group::Instrument(position.instrument),
            GroupBy::DeliveryPeriod => {
                let contract = &self.contracts[position.instrument.0 as usize];
                Group::DeliveryPeriod(contract.delivery_start, contract.delivery_end)
            }
        }
    }
}
