//! The call auction by its definition: every limit is tried.

use super::{Entry, Model, Place};
use wattbook_book::{BookEvent, MARKET_BUY, MARKET_SELL, Pricing, Quantity};
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, Ticks};

impl Model {
    fn bidders(&self, side: Side) -> Vec<Entry> {
        let queue = self.queue(side).into_iter();
        queue
            .filter(|entry| {
                entry.place == Place::Displayed
                    || (!matches!(entry.pricing, Pricing::Pegged { .. })
                        && match entry.order.terms.quantity {
                            Quantity::Any => true,
                            Quantity::Minimum(_) => entry.filled > 0,
                            Quantity::AllOrNone => false,
                        })
            })
            .collect()
    }

    fn wanted(&self, side: Side, price: i64) -> i64 {
        let at_price = |entry: &&Entry| match side {
            Side::Buy => entry.price.unwrap() >= price,
            Side::Sell => entry.price.unwrap() <= price,
        };
        self.bidders(side)
            .iter()
            .filter(at_price)
            .map(|entry| entry.open)
            .sum()
    }

    /// Clears the auction; its price if anything trades.
    pub(crate) fn uncross(&mut self) -> Option<i64> {
        let price = self.auction_price()?;
        let (demand, supply) = (
            self.wanted(Side::Buy, price),
            self.wanted(Side::Sell, price),
        );
        if demand.min(supply) == 0 {
            return None;
        }
        self.events.push(BookEvent::AuctionCleared {
            price: Ticks::new(price),
            volume: Lots::new(demand.min(supply)),
            surplus: Lots::new(demand - supply),
        });
        loop {
            let buyer = self
                .bidders(Side::Buy)
                .into_iter()
                .find(|e| e.price.unwrap() >= price);
            let seller = self
                .bidders(Side::Sell)
                .into_iter()
                .find(|e| e.price.unwrap() <= price);
            let (Some(buyer), Some(seller)) = (buyer, seller) else {
                break;
            };
            let volume = buyer.available().min(seller.available());
            self.fill(buyer.id(), seller.id(), price, volume, None);
        }
        Some(price)
    }

    fn auction_price(&self) -> Option<i64> {
        let reference = self.last.or(self.config.reference.map(Ticks::count));
        let mut limits: Vec<i64> = [Side::Buy, Side::Sell]
            .into_iter()
            .flat_map(|side| self.bidders(side))
            .filter_map(|entry| entry.price)
            .filter(|price| *price != MARKET_BUY.count() && *price != MARKET_SELL.count())
            .collect();
        limits.sort_unstable();
        limits.dedup();
        if limits.is_empty() {
            return reference;
        }
        let volume = |price: &i64| {
            self.wanted(Side::Buy, *price)
                .min(self.wanted(Side::Sell, *price))
        };
        let surplus =
            |price: &i64| self.wanted(Side::Buy, *price) - self.wanted(Side::Sell, *price);
        let most = limits.iter().map(volume).max()?;
        limits.retain(|price| volume(price) == most);
        let least = limits.iter().map(|price| surplus(price).abs()).min()?;
        limits.retain(|price| surplus(price).abs() == least);
        let (low, high) = (limits[0], limits[limits.len() - 1]);
        Some(if limits.iter().all(|price| surplus(price) > 0) {
            high
        } else if limits.iter().all(|price| surplus(price) < 0) {
            low
        } else {
            match reference {
                Some(reference) => reference.clamp(low, high),
                None => (low + high).div_euclid(2),
            }
        })
    }
}
