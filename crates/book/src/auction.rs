//! The call auction: one price at which the most volume trades.
//!
//! The price is chosen as on Xetra and T7 (Deutsche Börse, Market Model Equities, price
//! determination in auctions): among the limits in the book the one with
//! 1. the largest executable volume,
//! 2. then the smallest surplus,
//! 3. then, when every candidate leaves buyers over, the highest, and when every candidate leaves
//!    sellers over, the lowest (market pressure),
//! 4. else the reference price, or the candidate nearest to it.

use wattbook_domain::id::TradeId;
use wattbook_domain::{Lots, Ticks};

use crate::book::OrderBook;
use crate::event::{BookEvent, BookFill, BookSink};
use crate::ladder::NO_RANK;
use crate::node::NIL;
use crate::order::Quantity;
use crate::phases::MARKET_RANK;
use crate::rank;

/// What an auction at `price` brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clearing {
    pub(crate) price: i64,
    pub(crate) volume: i64,
    /// Demand less supply at the price.
    pub(crate) surplus: i64,
}

/// Supply and demand of a call by price.
#[derive(Debug, Default)]
struct Interest {
    /// Price, lots bid at it, lots asked at it; ascending.
    limits: Vec<(i64, i64, i64)>,
    /// Lots bid and asked at any price.
    at_market: [i64; 2],
}

impl OrderBook {
    /// Clears the call auction; its price, if anything traded.
    pub(crate) fn uncross<S: BookSink>(&mut self, sink: &mut S) -> Option<i64> {
        let clearing = self.prevented_clearing(sink)?;
        sink.on_event(&BookEvent::AuctionCleared {
            price: Ticks::new(clearing.price),
            volume: Lots::new(clearing.volume),
            surplus: Lots::new(clearing.surplus),
        });
        while let Some((buyer, seller)) = self.next_pair(clearing.price) {
            self.trade_in_auction(buyer, seller, clearing.price, sink);
            self.after_fill(buyer, seller, sink);
        }
        Some(clearing.price)
    }

    /// What the auction brings now.
    pub(crate) fn clearing(&self) -> Option<Clearing> {
        let reference = self.last_price().or(self.rest.config.reference);
        self.interest().clear(reference.map(Ticks::count))
    }

    /// The two orders that trade next in an auction at `price`.
    pub(crate) fn next_pair(&self, price: i64) -> Option<(u32, u32)> {
        Some((
            self.next_in_auction(0, price)?,
            self.next_in_auction(1, price)?,
        ))
    }

    pub(crate) fn trade_in_auction<S: BookSink>(
        &mut self,
        buyer: u32,
        seller: u32,
        price: i64,
        sink: &mut S,
    ) {
        let traded = self.node(buyer).open.min(self.node(seller).open);
        self.take(buyer, traded);
        self.take(seller, traded);
        self.trades += 1;
        self.last = price;
        sink.on_event(&BookEvent::Filled(BookFill {
            trade: TradeId(self.trades),
            price: Ticks::new(price),
            volume: Lots::new(traded),
            aggressor: None,
            maker: self.id_of(buyer),
            taker: self.id_of(seller),
            maker_open: self.whole_open(buyer),
            taker_open: self.whole_open(seller),
        }));
    }

    /// The first order of `side` that trades in an auction at `price`: by price, displayed before
    /// hidden, then by time.
    fn next_in_auction(&self, side: usize, price: i64) -> Option<u32> {
        let ladder = &self.ladders[side];
        let bound = rank::rank(price, side);
        let dark = self.rest.dark[side]
            .within(bound)
            .take_while(|order| order.rank < ladder.best_rank)
            .find(|order| self.joins_auction(order.slot));
        if let Some(order) = dark {
            return Some(order.slot);
        }
        (ladder.best != NIL && ladder.best_rank <= bound).then(|| self.levels[ladder.best].head)
    }

    /// Whether an undisplayed order takes part in auctions: hidden ones that trade in any quantity.
    fn joins_auction(&self, slot: u32) -> bool {
        self.extra(slot).is_some_and(|extra| {
            let in_any = match extra.order.terms.quantity {
                Quantity::Any => true,
                Quantity::Minimum(_) => self.node(slot).filled > 0,
                Quantity::AllOrNone => false,
            };
            in_any && !extra.is_pegged()
        })
    }

    fn interest(&self) -> Interest {
        let mut interest = Interest::default();
        for side in 0..2 {
            for level in self.levels_of(side) {
                interest.add(side, self.levels[level].rank, self.whole_volume(level));
            }
            for order in self.rest.dark[side].within(NO_RANK - 1) {
                if self.joins_auction(order.slot) {
                    interest.add(side, order.rank, self.node(order.slot).open);
                }
            }
        }
        interest.merge();
        interest
    }
}

impl Interest {
    fn add(&mut self, side: usize, rank: i64, volume: i64) {
        if rank == MARKET_RANK {
            self.at_market[side] += volume;
            return;
        }
        let price = rank::ticks(rank, side);
        let mut volumes = [0, 0];
        volumes[side] = volume;
        self.limits.push((price, volumes[0], volumes[1]));
    }

    /// Sorts by price and sums what stands at one price.
    fn merge(&mut self) {
        self.limits.sort_unstable();
        self.limits.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
                kept.2 += next.2;
            }
            same
        });
    }

    /// Demand and supply at `price`.
    fn at(&self, price: i64) -> (i64, i64) {
        let limits = self.limits.iter();
        limits.fold(
            (self.at_market[0], self.at_market[1]),
            |(demand, supply), (limit, bid, ask)| {
                (
                    demand + if *limit >= price { *bid } else { 0 },
                    supply + if *limit <= price { *ask } else { 0 },
                )
            },
        )
    }

    fn clear(&self, reference: Option<i64>) -> Option<Clearing> {
        if self.limits.is_empty() {
            return reference.and_then(|price| self.clearing(price));
        }
        let candidates = self.candidates();
        let first = candidates.first()?;
        let last = candidates.last()?;
        let price = if candidates.iter().all(|(_, surplus)| *surplus > 0) {
            last.0
        } else if candidates.iter().all(|(_, surplus)| *surplus < 0) {
            first.0
        } else {
            let middle = first.0 + (last.0 - first.0).div_euclid(2);
            reference.unwrap_or(middle).clamp(first.0, last.0)
        };
        self.clearing(price)
    }

    fn clearing(&self, price: i64) -> Option<Clearing> {
        let (demand, supply) = self.at(price);
        let volume = demand.min(supply);
        (volume > 0).then_some(Clearing {
            price,
            volume,
            surplus: demand - supply,
        })
    }

    /// Limits with the largest executable volume and, among those, the smallest surplus, ascending;
    /// each with its surplus. One pass: demand falls and supply rises with the price.
    fn candidates(&self) -> Vec<(i64, i64)> {
        let mut demand: i64 =
            self.at_market[0] + self.limits.iter().map(|limit| limit.1).sum::<i64>();
        let mut supply = self.at_market[1];
        let mut best = (0, 0);
        let mut candidates = Vec::new();
        for (price, bid, ask) in &self.limits {
            supply += ask;
            let volume = demand.min(supply);
            let surplus = demand - supply;
            demand -= bid;
            let merit = (volume, -surplus.abs());
            if candidates.is_empty() || merit > best {
                best = merit;
                candidates.clear();
            }
            if merit == best {
                candidates.push((*price, surplus));
            }
        }
        candidates
    }
}
