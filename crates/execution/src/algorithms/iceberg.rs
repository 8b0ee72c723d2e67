//! Shows a part at a time.

use wattbook_domain::Volume;

use super::children::{ChildOrder, Style};
use super::rule::{Alone, Rule, View, Wants};
use super::tracker::Tracker;

/// One order at the own side of the market of which a part is shown; the venue shows the next part when
/// it has traded.
#[derive(Debug, Clone, Copy)]
pub struct Iceberg {
    /// Where it rests and how it ends.
    pub tracker: Tracker,
    /// What is shown at a time, in volume units; above zero.
    pub display: Volume,
    /// Whether what is left at the end is taken.
    pub completes: bool,
    /// Whether it is the market itself.
    pub alone: Alone,
}

impl Rule for Iceberg {
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants) {
        if self.completes && self.tracker.enter_call(view, wants) {
            return;
        }
        if self.completes && self.tracker.is_last(view) {
            self.tracker.take(view, view.remaining, true, wants);
            wants.wake = Some(view.now.plus_nanos(100_000_000));
        } else if let Some(price) = self.tracker.rest_price(view) {
            let display = (self.display < view.remaining).then_some(self.display);
            let style = Style::Rest { display };
            let volume = view.remaining;
            // Alone at the best price it steps back until it meets the others.
            let best = view.market.own(view.terms.side);
            let price = match best {
                Some((best, _)) if self.alone.is_at_best(view) => {
                    view.terms.towards_market(best, -1)
                }
                _ => price,
            };
            wants.orders.push(ChildOrder {
                price,
                volume,
                style,
            });
        }
        if self.completes && wants.wake.is_none() {
            wants.wake = Some(
                self.tracker
                    .last_from(view.terms)
                    .max(view.now.plus_nanos(1)),
            );
        }
    }
}
