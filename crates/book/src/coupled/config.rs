//! What coupled books are made of: the contracts of a day, borders and a venue's rules.

use wattbook_domain::{Lots, Ticks};

use crate::config::AmendRules;
use crate::coupled::event::CoupledFault;

/// Most zones of one set of coupled books: a set of zones is one integer.
pub(crate) const MAX_ZONES: usize = 128;

/// Most market time units, for the same reason; a day of 25 hours has 100 quarter-hours.
pub(crate) const MAX_PERIODS: usize = 128;

/// Most contracts; the longest day has 175.
pub(crate) const MAX_CONTRACTS: usize = 1_024;

/// Most orders of a basket (Nord Pool, intraday order types: linked basket order).
pub(crate) const MAX_LEGS: usize = 100;

/// How the books of one delivery day are coupled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoupledConfig {
    /// How many bidding zones there are; a zone is named by its place, from 0. At most 128.
    pub zones: usize,
    /// How many market time units the day has; one is named by its place, from 0. At most 128.
    pub periods: usize,
    /// The contracts; one is named by its place, from 0. At most 1,024.
    pub contracts: Vec<CoupledContract>,
    /// The borders with capacity, each pair of zones once.
    pub links: Vec<CoupledLink>,
    /// The rules of the venue.
    pub rules: CoupledRules,
    /// Lowest and highest limit of any order; others are rejected.
    pub price_limits: Option<(Ticks, Ticks)>,
    /// Live orders to make room for; more are taken at the price of a growth.
    pub expected_orders: usize,
}

/// A contract: delivery of constant power over neighbouring market time units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CoupledContract {
    /// The first market time unit.
    pub first: u16,
    /// How many; above zero.
    pub periods: u16,
}

impl CoupledContract {
    /// The contracts of a day of `quarter_hours`: its hours, then its half-hours, then its
    /// quarter-hours. 92, 96 and 100 quarter-hours make 161, 168 and 175 contracts. Minutes that fill
    /// no whole hour have no contract of an hour.
    #[must_use]
    pub fn day(quarter_hours: u16) -> Vec<Self> {
        let of_length = |periods: u16| {
            let firsts = (0..quarter_hours / periods).map(move |at| at * periods);
            firsts.map(move |first| Self { first, periods })
        };
        [4, 2, 1].into_iter().flat_map(of_length).collect()
    }

    /// The market time unit after its last.
    pub(crate) const fn end(self) -> usize {
        self.first as usize + self.periods as usize
    }
}

/// What an order delivers: one contract, or a block of consecutive contracts of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// How many contracts; 1 for an order that is no block.
    pub count: u16,
    /// The first, by its place among the contracts.
    pub first: u16,
}

impl Span {
    /// One contract.
    #[must_use]
    pub const fn of(contract: u16) -> Self {
        Self {
            count: 1,
            first: contract,
        }
    }

    /// A block of `count` contracts from `first` on.
    #[must_use]
    pub const fn block(first: u16, count: u16) -> Self {
        Self { count, first }
    }

    /// Whether it is more than one contract.
    #[must_use]
    pub const fn is_block(self) -> bool {
        self.count > 1
    }

    /// Its contracts.
    pub(crate) fn contracts(self) -> std::ops::Range<usize> {
        usize::from(self.first)..usize::from(self.first) + usize::from(self.count)
    }
}

/// A border: two zones and the capacity in each direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoupledLink {
    /// One zone and the other.
    pub zones: [usize; 2],
    /// From the first to the second, and back, in every market time unit at first; zero or above.
    pub capacity: [Lots; 2],
}

/// The rules of a venue that others have otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoupledRules {
    /// Whether a block may trade with orders of all its contracts.
    pub implied_matching: bool,
    /// Whether a block may trade a part of its volume. It always trades in all its contracts.
    pub blocks_in_parts: bool,
    /// Whether a basket may wait until all its orders can trade.
    pub baskets_rest: bool,
    /// Which amendments keep an order's place.
    pub amend: AmendRules,
}

impl CoupledRules {
    /// The single intraday coupling: a block trades in whole and with its equals, a basket is filled
    /// or killed.
    pub const SIDC: Self = Self {
        implied_matching: false,
        blocks_in_parts: false,
        baskets_rest: false,
        amend: AmendRules {
            decrease_keeps_priority: true,
            increase_keeps_priority: false,
        },
    };

    /// A venue that matches blocks with their parts and lets baskets wait.
    pub const IMPLIED: Self = Self {
        implied_matching: true,
        blocks_in_parts: true,
        baskets_rest: true,
        ..Self::SIDC
    };
}

impl CoupledConfig {
    /// The checks that need no borders.
    pub(crate) fn check(&self) -> Result<(), CoupledFault> {
        let (zones, periods, contracts) = (self.zones, self.periods, self.contracts.len());
        if zones > MAX_ZONES {
            return Err(CoupledFault::TooManyZones { zones });
        }
        if periods > MAX_PERIODS {
            return Err(CoupledFault::TooManyPeriods { periods });
        }
        if contracts > MAX_CONTRACTS {
            return Err(CoupledFault::TooManyContracts { contracts });
        }
        for (contract, delivery) in self.contracts.iter().enumerate() {
            if delivery.periods == 0 || delivery.end() > periods {
                return Err(CoupledFault::ContractOutsideDay {
                    contract,
                    delivery: *delivery,
                    periods,
                });
            }
        }
        Ok(())
    }

    /// The market time units of `span`, when it is one of these contracts or a block of them.
    pub(crate) fn periods_of(&self, span: Span) -> Option<std::ops::Range<usize>> {
        let parts = self.contracts.get(span.contracts())?;
        let (first, last) = (parts.first()?, parts.last()?);
        let follows = |pair: &[CoupledContract]| {
            pair[0].end() == usize::from(pair[1].first) && pair[0].periods == pair[1].periods
        };
        parts
            .windows(2)
            .all(follows)
            .then(|| usize::from(first.first)..last.end())
    }
}
