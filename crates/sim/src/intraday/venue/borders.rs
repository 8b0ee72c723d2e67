//! What the venue and auctions tell each other of the borders that they share.

use std::collections::BTreeMap;

use wattbook_book::CoupledEvent;
use wattbook_domain::{Lots, Timestamp, Volume};

use super::IntradayVenue;
use crate::convert::Grids;
use crate::intraday::plan::IntradayPlan;
use crate::intraday::shared::{BorderCapacity, SharedBorders};

/// Notes what trades let flow over the borders.
#[derive(Debug)]
pub(super) struct FlowBook {
    shared: SharedBorders,
    borders: usize,
    /// By zones from and to: the border, and whether that is its way back.
    hops: BTreeMap<(usize, usize), (usize, bool)>,
    /// The quarter-hours of the trade told last, one bit each.
    periods: u128,
}

impl FlowBook {
    pub(super) fn new(shared: SharedBorders, plan: &IntradayPlan) -> Self {
        let mut hops = BTreeMap::new();
        for (border, each) in plan.borders.iter().enumerate() {
            let [from, to] = each.zones;
            hops.insert((from, to), (border, false));
            hops.insert((to, from), (border, true));
        }
        Self {
            shared,
            borders: plan.borders.len(),
            hops,
            periods: 0,
        }
    }

    pub(super) fn next_time(&self) -> Option<Timestamp> {
        self.shared.next_time()
    }

    /// Notes `event`; `periods` has the quarter-hours of each contract, one bit each.
    pub(super) fn note(&mut self, event: &CoupledEvent, periods: &[u128], grids: &Grids) {
        match event {
            CoupledEvent::Filled { span, .. } => {
                let first = usize::from(span.first);
                let contracts = &periods[first..first + usize::from(span.count)];
                self.periods = contracts.iter().fold(0, |bits, each| bits | each);
            }
            CoupledEvent::Flowed {
                from, to, volume, ..
            } => {
                let Some((border, is_back)) = self.hops.get(&(*from, *to)).copied() else {
                    return;
                };
                let volume = grids.lot.volume(*volume).millionths();
                let volume = Volume::from_millionths(if is_back { -volume } else { volume });
                let (bits, borders) = (self.periods, self.borders);
                let set = (0..u128::BITS as usize).filter(|period| bits >> period & 1 == 1);
                let places = set.map(|period| period * borders + border);
                self.shared.flow(places, volume);
            }
            _ => {}
        }
    }
}

impl IntradayVenue {
    /// Lets what auctions left by `now` count.
    pub(super) fn take_over_borders(&mut self, now: Timestamp) {
        let Some(book) = &self.borders else {
            return;
        };
        let (shared, borders) = (book.shared.clone(), book.borders);
        while let Some((_, left)) = shared.take(now) {
            for (place, capacity) in left.into_iter().enumerate() {
                let lots = self.whole_lots(capacity);
                let (period, border) = (place / borders, place % borders);
                // The plan checked that there are as many places; what is too much for books is cut.
                let done = self.simulation.at_market(&mut self.told, |market, sink| {
                    market.set_border(now, border, period, lots, sink)
                });
                assert!(done.is_ok(), "auctions left what is no border: {done:?}");
            }
            self.tell(None);
        }
    }

    /// A capacity in whole lots, rounded down; none below zero.
    fn whole_lots(&self, capacity: BorderCapacity) -> [Lots; 2] {
        let step = self.grids.lot.step().millionths();
        capacity.map(|volume| Lots::new((volume.millionths() / step).clamp(0, LOTS_MAX)))
    }
}

/// More than any border of the world carries, and within what books count.
const LOTS_MAX: i64 = 1 << 30;
