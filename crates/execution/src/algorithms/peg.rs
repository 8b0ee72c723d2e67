//! At the best price of its own side, which it follows.

use super::children::{ChildOrder, Style};
use super::rule::{Alone, Rule, View, Wants};
use super::tracker::Tracker;

/// Rests at a distance from the best price of its own side and follows it. Where nobody else is at the
/// best price it steps back, a tick at a time, until it has met the others.
#[derive(Debug, Clone, Copy)]
pub struct Peg {
    /// How it ends.
    pub tracker: Tracker,
    /// Ticks behind the best price; below zero is better than it, never across.
    pub offset: i64,
    /// Whether what is left at the end is taken.
    pub completes: bool,
    /// Whether it is the market itself.
    pub alone: Alone,
}

impl Rule for Peg {
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants) {
        if self.completes && self.tracker.enter_call(view, wants) {
            return;
        }
        if self.completes && self.tracker.is_last(view) {
            self.tracker.take(view, view.remaining, true, wants);
            wants.wake = Some(view.now.plus_nanos(100_000_000));
            return;
        }
        if self.completes {
            wants.wake = Some(
                self.tracker
                    .last_from(view.terms)
                    .max(view.now.plus_nanos(1)),
            );
        }
        let side = view.terms.side;
        let Some((best, _)) = view
            .market
            .own(side)
            .filter(|_| view.market.is_continuous())
        else {
            return;
        };
        let mut price = view.terms.towards_market(best, -self.offset);
        if self.alone.is_at_best(view) {
            price = view.terms.towards_market(best, -1 - self.offset.max(0));
        } else if self.offset < 0 {
            // Where ours is the best price it is not better than itself.
            if view.resting == Some(best) {
                price = best;
            }
            if let Some((other, _)) = view.market.opposite(side) {
                let last = view.terms.towards_market(other, -1);
                let crosses = (price.millionths() - last.millionths()) * side.sign() > 0;
                price = if crosses { last } else { price };
            }
        }
        wants.orders.push(ChildOrder {
            price,
            volume: view.remaining,
            style: Style::Rest { display: None },
        });
    }
}
