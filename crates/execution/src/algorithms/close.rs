//! In the closing auction.

use wattbook_domain::market::Phase;

use super::children::{ChildOrder, Style};
use super::rule::{Rule, View, Wants};
use super::terms::ParentTerms;

/// Takes part in the closing auction, at the limit or `reach` ticks beyond the market.
///
/// The order is entered when the closing call begins, so that nobody sees it earlier; before that
/// nothing is done.
#[derive(Debug, Clone, Copy)]
pub struct Close {
    /// Ticks beyond the best price of the other side, where there is no limit.
    pub reach: i64,
}

impl Rule for Close {
    fn wants(&mut self, view: &View<'_>, wants: &mut Wants) {
        if view.market.phase != Phase::ClosingCall {
            return;
        }
        let known = view.arrival.or(view.market.last_trade);
        let free = known.map(|price| view.terms.towards_market(price, self.reach));
        let Some(price) = view.resting.or(view.terms.limit).or(free) else {
            return;
        };
        wants.orders.push(ChildOrder {
            price,
            volume: view.remaining,
            style: Style::Close,
        });
    }

    /// All of it at the end.
    fn planned(&self, terms: &ParentTerms, at: wattbook_domain::Timestamp) -> f64 {
        f64::from(u8::from(at >= terms.ends))
    }
}
