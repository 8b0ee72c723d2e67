//! A market and a venue around an execution.

use crate::made::{at, volume};
use proptest::prelude::*;
use std::collections::BTreeMap;
use wattbook_domain::market::MarketEvent;
use wattbook_domain::{Side, Timestamp, Volume};
use wattbook_execution::algorithms::{Action, ChildNo, ChildOrder, ChildReport, Execution};

/// What a venue may make of a child, kept apart from the execution's own books.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) order: ChildOrder,
    pub(crate) filled: Volume,
    pub(crate) is_open: bool,
}

#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) execution: Execution,
    pub(crate) known: BTreeMap<ChildNo, Known>,
    pub(crate) filled: Volume,
    pub(crate) late: Volume,
    pub(crate) now: Timestamp,
    pub(crate) out: Vec<Action>,
    /// Children that something was asked of since [`Desk::refuse_all`].
    pub(crate) asked: Vec<ChildNo>,
}

impl Desk {
    pub(crate) fn new(execution: Execution) -> Self {
        Self {
            execution,
            known: BTreeMap::new(),
            filled: Volume::ZERO,
            late: Volume::ZERO,
            now: at(0),
            out: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// Refuses all that was asked for, and what follows from that: it has an end at each instant.
    pub(crate) fn refuse_all(&mut self) -> Result<(), TestCaseError> {
        let mut rounds = 0;
        while !self.asked.is_empty() {
            rounds += 1;
            prop_assert!(rounds <= 2 * self.known.len(), "asks without end");
            for child in std::mem::take(&mut self.asked) {
                self.report(child, ChildReport::RequestRefused)?;
            }
        }
        Ok(())
    }

    pub(crate) fn open(&self) -> Volume {
        let open = self.known.values().filter(|known| known.is_open);
        open.fold(Volume::ZERO, |sum, known| {
            sum + known.order.volume - known.filled
        })
    }

    /// Holds what the execution asks for against the parent's terms.
    pub(crate) fn check(&mut self) -> Result<(), TestCaseError> {
        let terms = *self.execution.terms();
        for action in std::mem::take(&mut self.out) {
            match action {
                Action::Place { child, order } => {
                    prop_assert!(
                        self.now >= terms.starts && self.now < terms.ends,
                        "{action:?}"
                    );
                    prop_assert!(
                        terms.allows(order.price),
                        "{action:?} is worse than the limit"
                    );
                    prop_assert_eq!(terms.grids.on_tick(Side::Buy, order.price), order.price);
                    prop_assert_eq!(terms.grids.on_lot(order.volume), order.volume);
                    prop_assert!(order.volume > Volume::ZERO);
                    let (filled, is_open) = (Volume::ZERO, true);
                    let known = Known {
                        order,
                        filled,
                        is_open,
                    };
                    prop_assert!(self.known.insert(child, known).is_none(), "{child:?} twice");
                    let could = self.filled + self.open();
                    prop_assert!(could <= terms.volume, "{could} of {}", terms.volume);
                }
                Action::Reduce {
                    child,
                    price,
                    volume,
                } => {
                    self.asked.push(child);
                    let known = self.known[&child];
                    prop_assert_eq!(known.order.price, price);
                    prop_assert!(volume < known.order.volume && volume > known.filled);
                }
                Action::Cancel { child } => {
                    self.asked.push(child);
                    prop_assert!(self.known.contains_key(&child));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn market(&mut self, event: &MarketEvent) -> Result<(), TestCaseError> {
        self.execution.on_market(self.now, event, &mut self.out);
        self.check()
    }

    pub(crate) fn report(
        &mut self,
        child: ChildNo,
        report: ChildReport,
    ) -> Result<(), TestCaseError> {
        self.execution
            .on_report(self.now, child, report, &mut self.out);
        self.check()
    }

    /// Lets the venue do something to the child that `which` picks.
    pub(crate) fn venue(&mut self, which: u8, kind: u8, lots: i64) -> Result<(), TestCaseError> {
        let Some((&child, known)) = self
            .known
            .iter()
            .nth(which as usize % self.known.len().max(1))
        else {
            return Ok(());
        };
        let mut known = *known;
        let left = known.order.volume - known.filled;
        let report = match kind {
            0 => ChildReport::Accepted,
            1 if known.is_open && left > Volume::ZERO => {
                let volume = volume(lots).min(left);
                known.filled += volume;
                known.is_open = known.filled < known.order.volume;
                self.filled += volume;
                ChildReport::Filled {
                    price: known.order.price,
                    volume,
                }
            }
            2 if !known.is_open && left > Volume::ZERO => {
                // A fill that was overtaken by the report of the end.
                let volume = volume(lots).min(left);
                known.filled += volume;
                self.filled += volume;
                self.late += volume;
                ChildReport::Filled {
                    price: known.order.price,
                    volume,
                }
            }
            3 => ChildReport::RequestRefused,
            4 if known.is_open => {
                known.is_open = false;
                ChildReport::Refused
            }
            5 if known.is_open => {
                known.is_open = false;
                ChildReport::Ended
            }
            6 if known.is_open && left > volume(1) => {
                known.order.volume -= volume(1);
                ChildReport::Resized {
                    volume: known.order.volume,
                }
            }
            _ => return Ok(()),
        };
        self.known.insert(child, known);
        self.report(child, report)
    }

    /// Time goes on past the end, and the venue ends all that is open.
    pub(crate) fn finish(&mut self) -> Result<(), TestCaseError> {
        self.now = self.now.max(self.execution.terms().ends);
        self.execution.on_time(self.now, &mut self.out);
        self.check()?;
        let open: Vec<ChildNo> = self
            .known
            .iter()
            .filter(|(_, known)| known.is_open)
            .map(|(child, _)| *child)
            .collect();
        for child in open {
            self.known.get_mut(&child).unwrap().is_open = false;
            self.report(child, ChildReport::Ended)?;
        }
        Ok(())
    }
}
