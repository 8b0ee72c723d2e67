//! The call auction by its definition: every limit is tried.

use super::{Entry, Model, Place};
use wattbook_book::{BookEvent, MARKET_BUY, MARKET_SELL, Pricing, Quantity};
use wattbook_domain::order::{SelfTradePrevention as Mode, Side};
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
        while self.prevents_a_self_trade() {}
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
        while let Some((buyer, seller)) = self.next_pair(price) {
            let volume = buyer.available().min(seller.available());
            self.fill(buyer.id(), seller.id(), price, volume, None);
        }
        Some(price)
    }

    fn next_pair(&self, price: i64) -> Option<(Entry, Entry)> {
        let buyers = self.bidders(Side::Buy).into_iter();
        let sellers = self.bidders(Side::Sell).into_iter();
        let buyer = { buyers }.find(|entry| entry.price.unwrap() >= price)?;
        let seller = { sellers }.find(|entry| entry.price.unwrap() <= price)?;
        Some((buyer, seller))
    }

    /// Tries the auction on a copy and prevents the first trade that may not be; whether there was one.
    fn prevents_a_self_trade(&mut self) -> bool {
        let Some(price) = self.auction_price() else {
            return false;
        };
        if !self.config.auctions_prevent_self_trades {
            return false;
        }
        let mut copy = self.clone();
        while let Some((buyer, seller)) = copy.next_pair(price) {
            let volume = buyer.available().min(seller.available());
            let (older, newer) = if buyer.id() < seller.id() {
                (&buyer, &seller)
            } else {
                (&seller, &buyer)
            };
            let mode = newer.order.self_trade;
            if mode != Mode::Allow && newer.order.trading_book == older.order.trading_book {
                let (older, newer) = (older.id(), newer.id());
                let shown = |id| self.orders[self.find(id).unwrap()].available();
                let volume = volume.min(shown(older)).min(shown(newer));
                self.prevent(mode, newer, older, volume);
                return true;
            }
            copy.fill(buyer.id(), seller.id(), price, volume, None);
        }
        false
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
