//! What follows a command: woken stops, pegs, undisplayed orders that can trade.

use super::{Entry, Model, Place};
use wattbook_book::{BookEvent, Pricing};
use wattbook_domain::market::Phase;
use wattbook_domain::order::{Peg, Side};
use wattbook_domain::{OrderId, Ticks};

impl Model {
    /// A trade at `price` is shown to the stops.
    pub(crate) fn print(&mut self, price: i64) {
        for side in [Side::Buy, Side::Sell] {
            let mut due: Vec<(i64, u64, OrderId)> = self
                .orders
                .iter()
                .filter(|entry| entry.place == Place::Stop && entry.order.side == side)
                .filter_map(|entry| Some((entry.trigger?, entry.entered, entry.id())))
                .filter(|(trigger, ..)| reached(side, *trigger, price))
                .map(|(trigger, entered, id)| {
                    (
                        if side == Side::Buy { trigger } else { -trigger },
                        entered,
                        id,
                    )
                })
                .collect();
            due.sort_unstable();
            for (_, _, id) in due {
                let turn = self.tick();
                self.get(id).place = Place::Woken(turn);
            }
        }
        for entry in &mut self.orders {
            if let (Place::Stop, Pricing::TrailingStop { distance, .. }) =
                (entry.place, entry.pricing)
            {
                let follows = trail(entry.order.side, price, distance.count());
                let nearest = match (entry.trigger, entry.order.side) {
                    (None, _) => follows,
                    (Some(old), Side::Buy) => old.min(follows),
                    (Some(old), Side::Sell) => old.max(follows),
                };
                entry.trigger = Some(nearest);
            }
        }
    }

    /// Everything that the command has made possible.
    pub(crate) fn settle(&mut self) {
        while self.phase == Phase::Continuous && !self.halts {
            let woken = self.orders.iter().filter_map(|entry| match entry.place {
                Place::Woken(turn) => Some((turn, entry.id())),
                _ => None,
            });
            if let Some((_, id)) = woken.min() {
                self.wake(id);
                continue;
            }
            self.reprice();
            if !self.trade_dark() {
                break;
            }
        }
    }

    fn wake(&mut self, id: OrderId) {
        self.emit(BookEvent::Triggered { order_id: id });
        let entry = self.get(id);
        entry.place = Place::Moving;
        entry.pricing = match entry.pricing {
            Pricing::StopLimit { limit, .. } => Pricing::Limit(limit),
            _ => Pricing::Market,
        };
        self.start(id);
    }

    fn reprice(&mut self) {
        let mut pegs: Vec<(u64, OrderId)> = self
            .orders
            .iter()
            .filter(|entry| matches!(entry.pricing, Pricing::Pegged { .. }))
            .map(|entry| (entry.entered, entry.id()))
            .collect();
        pegs.sort_unstable();
        for (_, id) in pegs {
            let price = self.peg_price(id);
            if self.get(id).price != price {
                self.get(id).price = price;
                let price = price.map(Ticks::new);
                self.emit(BookEvent::Repriced {
                    order_id: id,
                    price,
                });
            }
        }
    }

    fn peg_price(&mut self, id: OrderId) -> Option<i64> {
        let entry = self.get(id).clone();
        let Pricing::Pegged { peg, offset, limit } = entry.pricing else {
            unreachable!()
        };
        let side = entry.order.side;
        let followed = match peg {
            Peg::Primary => self.best(side)?,
            Peg::Market => self.best(side.opposite())?,
            Peg::Midpoint => {
                let twice = self.best(Side::Buy)? + self.best(Side::Sell)?;
                let down = twice.div_euclid(2);
                if side == Side::Sell && twice.rem_euclid(2) == 1 {
                    down + 1
                } else {
                    down
                }
            }
        };
        let mut price = followed + offset.count();
        if let Some(limit) = limit.map(Ticks::count) {
            price = if side == Side::Buy {
                price.min(limit)
            } else {
                price.max(limit)
            };
        }
        self.config
            .collars
            .fixed
            .is_none_or(|(low, high)| low.count() <= price && price <= high.count())
            .then_some(price)
    }

    /// Lets the oldest dark order that can trade do so; whether there was one.
    fn trade_dark(&mut self) -> bool {
        let mut dark: Vec<Entry> = self
            .orders
            .iter()
            .filter(|entry| entry.place == Place::Dark)
            .cloned()
            .collect();
        dark.sort_by_key(|entry| entry.entered);
        for entry in dark {
            let Some(price) = entry.price else { continue };
            let reach = self.within_collar(entry.order.side, price);
            let id = entry.id();
            if self.tradable(id, reach) >= entry.need() {
                self.get(id).place = Place::Moving;
                if self.run(id, reach) {
                    self.rest(id, Some(price));
                }
                return true;
            }
        }
        false
    }
}

pub(crate) fn reached(side: Side, trigger: i64, price: i64) -> bool {
    if side == Side::Buy {
        price >= trigger
    } else {
        price <= trigger
    }
}

pub(crate) fn trail(side: Side, price: i64, distance: i64) -> i64 {
    if side == Side::Buy {
        price + distance
    } else {
        price - distance
    }
}
