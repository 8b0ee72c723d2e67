//! The book again, slowly and plainly: one list of orders, scanned for every question.
//!
//! Written from the rules in `docs/order-book.md`, sharing nothing with the book but its public
//! types. Where the book plans ahead, the model makes a copy of itself and tries.

mod auction;
mod commands;
mod phases;
mod settle;

use wattbook_book::{
    BookConfig, BookEvent, BookFill, CollarBreach, Display, NewOrder, Pricing, Quantity, TopOfBook,
};
use wattbook_domain::id::TradeId;
use wattbook_domain::market::Phase;
use wattbook_domain::order::{SelfTradePrevention as Mode, Side};
use wattbook_domain::report::VenueReason as Reason;
use wattbook_domain::{Lots, OrderId, Ticks};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Displayed,
    Dark,
    Stop,
    /// Woken as the n-th.
    Woken(u64),
    Parked,
    Moving,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) order: NewOrder,
    pub(crate) pricing: Pricing,
    /// Everything that is still open.
    pub(crate) open: i64,
    /// What others see.
    pub(crate) shown: i64,
    pub(crate) filled: i64,
    pub(crate) place: Place,
    /// Where it stands, displayed or dark.
    pub(crate) price: Option<i64>,
    pub(crate) trigger: Option<i64>,
    /// When it entered: later is larger.
    pub(crate) entered: u64,
    /// When it joined its queue: later is larger.
    pub(crate) queued: u64,
}

impl Entry {
    pub(crate) fn id(&self) -> OrderId {
        self.order.order_id
    }

    pub(crate) fn rests_dark(&self) -> bool {
        let waits = match self.order.terms.quantity {
            Quantity::Any => false,
            Quantity::Minimum(_) => self.filled == 0,
            Quantity::AllOrNone => true,
        };
        waits
            || self.order.terms.display == Display::Hidden
            || matches!(self.pricing, Pricing::Pegged { .. })
    }

    /// What can trade in one fill while it rests.
    fn available(&self) -> i64 {
        if self.place == Place::Displayed {
            self.shown
        } else {
            self.open
        }
    }

    pub(crate) fn need(&self) -> i64 {
        match self.order.terms.quantity {
            Quantity::AllOrNone => self.open,
            Quantity::Minimum(least) if self.filled == 0 => least.count().min(self.open),
            _ => 1,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) config: BookConfig,
    pub(crate) phase: Phase,
    pub(crate) now: i64,
    pub(crate) gate_closed: bool,
    pub(crate) orders: Vec<Entry>,
    pub(crate) events: Vec<BookEvent>,
    pub(crate) trades: u64,
    pub(crate) last: Option<i64>,
    pub(crate) counter: u64,
    pub(crate) collar_reference: Option<i64>,
    pub(crate) halts: bool,
    pub(crate) top: TopOfBook,
}

pub(crate) fn better(side: Side, price: i64, than: i64) -> bool {
    if side == Side::Buy {
        price > than
    } else {
        price < than
    }
}

impl Model {
    pub(crate) fn new(config: BookConfig) -> Self {
        Self {
            config,
            phase: Phase::Closed,
            now: i64::MIN,
            gate_closed: false,
            orders: Vec::new(),
            events: Vec::new(),
            trades: 0,
            last: None,
            counter: 0,
            collar_reference: None,
            halts: false,
            top: TopOfBook::default(),
        }
    }

    pub(crate) fn tick(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub(crate) fn find(&self, id: OrderId) -> Option<usize> {
        self.orders.iter().position(|entry| entry.id() == id)
    }

    pub(crate) fn get(&mut self, id: OrderId) -> &mut Entry {
        self.orders
            .iter_mut()
            .find(|entry| entry.id() == id)
            .expect("a live order")
    }

    /// Displayed and dark orders of `side` in priority order.
    pub(crate) fn queue(&self, side: Side) -> Vec<Entry> {
        let mut resting: Vec<Entry> = self
            .orders
            .iter()
            .filter(|entry| entry.order.side == side && entry.price.is_some())
            .filter(|entry| matches!(entry.place, Place::Displayed | Place::Dark))
            .cloned()
            .collect();
        resting.sort_by_key(|entry| {
            let price = entry.price.unwrap();
            let price = if side == Side::Buy { -price } else { price };
            match entry.place {
                Place::Displayed => (price, 0, entry.queued),
                _ => (price, 1, entry.entered),
            }
        });
        resting
    }

    pub(crate) fn displayed(&self, side: Side) -> Vec<Entry> {
        let queue = self.queue(side).into_iter();
        queue
            .filter(|entry| entry.place == Place::Displayed)
            .collect()
    }

    pub(crate) fn best(&self, side: Side) -> Option<i64> {
        self.displayed(side).first().and_then(|entry| entry.price)
    }

    pub(super) fn emit(&mut self, event: BookEvent) {
        self.events.push(event);
    }

    pub(crate) fn end(&mut self, id: OrderId) {
        self.orders.retain(|entry| entry.id() != id);
    }

    pub(crate) fn cancel_entry(&mut self, id: OrderId, reason: Reason) {
        let volume = Lots::new(self.get(id).open);
        self.emit(BookEvent::Cancelled {
            order_id: id,
            volume,
            reason,
        });
        self.end(id);
    }

    /// Cancels the group mates of `id`, oldest first.
    fn cancel_mates(&mut self, id: OrderId, group: Option<u64>) {
        let Some(group) = group else { return };
        let mut mates: Vec<(u64, OrderId)> = self
            .orders
            .iter()
            .filter(|entry| entry.order.terms.one_cancels_other == Some(group))
            .filter(|entry| entry.id() != id)
            .map(|entry| (entry.entered, entry.id()))
            .collect();
        mates.sort_unstable();
        for (_, mate) in mates {
            self.cancel_entry(mate, Reason::OneCancelsOther);
        }
    }

    /// Trades a moving order against everything at `limit` or better; whether it is still alive.
    pub(super) fn run(&mut self, id: OrderId, limit: i64) -> bool {
        loop {
            let taker = self.get(id).clone();
            let side = taker.order.side;
            let opposite = side.opposite();
            let maker = self
                .queue(opposite)
                .into_iter()
                .find(|maker| maker.place == Place::Displayed || maker.need() <= taker.open);
            let Some(maker) = maker else { return true };
            let price = maker.price.unwrap();
            if better(opposite, limit, price) {
                return true;
            }
            let volume = taker.open.min(maker.available());
            let mode = taker.order.self_trade;
            if mode != Mode::Allow && taker.order.trading_book == maker.order.trading_book {
                self.prevent(mode, id, maker.id(), volume);
            } else {
                self.fill(maker.id(), id, price, volume, Some(side));
            }
            if self.find(id).is_none() {
                return false;
            }
        }
    }

    fn prevent(&mut self, mode: Mode, taker: OrderId, maker: OrderId, volume: i64) {
        match mode {
            Mode::Allow => {}
            Mode::CancelNewest => self.cancel_entry(taker, Reason::SelfTrade),
            Mode::CancelOldest => self.cancel_entry(maker, Reason::SelfTrade),
            Mode::CancelBoth => {
                self.cancel_entry(maker, Reason::SelfTrade);
                self.cancel_entry(taker, Reason::SelfTrade);
            }
            Mode::Decrement => {
                for id in [maker, taker] {
                    self.shrink(id, volume);
                }
                let [maker_total, taker_total] = [maker, taker].map(|id| {
                    let entry = self.get(id);
                    Lots::new(entry.filled + entry.open)
                });
                self.emit(BookEvent::SelfTradeDecremented {
                    maker,
                    taker,
                    volume: Lots::new(volume),
                    maker_total,
                    taker_total,
                });
                for id in [maker, taker] {
                    if self.get(id).open == 0 {
                        self.cancel_entry(id, Reason::SelfTrade);
                    } else {
                        self.replenish(id);
                    }
                }
            }
        }
    }

    fn shrink(&mut self, id: OrderId, volume: i64) {
        let entry = self.get(id);
        entry.open -= volume;
        if entry.place == Place::Displayed {
            entry.shown -= volume;
        }
    }

    /// Trades `volume` between `maker` and `taker`.
    pub(crate) fn fill(
        &mut self,
        maker: OrderId,
        taker: OrderId,
        price: i64,
        volume: i64,
        aggressor: Option<Side>,
    ) {
        for id in [maker, taker] {
            self.shrink(id, volume);
            self.get(id).filled += volume;
        }
        self.trades += 1;
        self.last = Some(price);
        let fill = BookFill {
            trade: TradeId(self.trades),
            price: Ticks::new(price),
            volume: Lots::new(volume),
            aggressor,
            maker,
            taker,
            maker_open: Lots::new(self.get(maker).open),
            taker_open: Lots::new(self.get(taker).open),
        };
        self.emit(BookEvent::Filled(fill));
        if aggressor.is_some() {
            self.print(price);
        }
        let groups = [maker, taker].map(|id| (id, self.get(id).order.terms.one_cancels_other));
        for id in [maker, taker] {
            if self.get(id).open == 0 {
                self.end(id);
            } else {
                self.replenish(id);
                self.reveal(id);
            }
        }
        for (id, group) in groups {
            self.cancel_mates(id, group);
        }
    }

    /// A displayed order whose slice is gone shows the next one at the end of its queue.
    fn replenish(&mut self, id: OrderId) {
        let queued = self.tick();
        let entry = self.get(id);
        if entry.place != Place::Displayed || entry.shown > 0 {
            return;
        }
        entry.queued = queued;
        if let Display::Iceberg(slice) = entry.order.terms.display {
            entry.shown = slice.count().min(entry.open);
        }
        let volume = Lots::new(entry.shown);
        self.emit(BookEvent::Replenished {
            order_id: id,
            volume,
        });
    }

    /// A dark order that need not be dark any more is displayed.
    pub(super) fn reveal(&mut self, id: OrderId) {
        let entry = self.get(id);
        if entry.place == Place::Dark && !entry.rests_dark() {
            let price = entry.price.unwrap();
            self.display(id, price);
        }
    }

    pub(crate) fn display(&mut self, id: OrderId, price: i64) {
        let queued = self.tick();
        let entry = self.get(id);
        entry.place = Place::Displayed;
        entry.price = Some(price);
        entry.queued = queued;
        entry.shown = match entry.order.terms.display {
            Display::Iceberg(slice) => slice.count().min(entry.open),
            _ => entry.open,
        };
        let event = BookEvent::Rested {
            order_id: id,
            side: entry.order.side,
            price: Ticks::new(price),
            volume: Lots::new(entry.shown),
        };
        self.emit(event);
    }

    pub(crate) fn rest(&mut self, id: OrderId, price: Option<i64>) {
        let entry = self.get(id);
        if entry.rests_dark() {
            entry.place = Place::Dark;
            entry.price = price;
        } else {
            self.display(id, price.unwrap());
        }
    }

    /// What a copy of the book would let `id` trade at `limit` or better.
    fn tradable(&self, id: OrderId, limit: i64) -> i64 {
        let mut copy = self.clone();
        copy.get(id).place = Place::Moving;
        copy.events.clear();
        copy.run(id, limit);
        let of_taker = |event: &BookEvent| match event {
            BookEvent::Filled(fill) if fill.taker == id => fill.volume.count(),
            _ => 0,
        };
        copy.events.iter().map(of_taker).sum()
    }

    /// `limit` as far as the dynamic collar lets the other side's prices go.
    pub(super) fn within_collar(&self, side: Side, limit: i64) -> i64 {
        let (Some(distance), Some(reference)) =
            (self.config.collars.dynamic, self.collar_reference)
        else {
            return limit;
        };
        match side {
            Side::Buy => limit.min(reference + distance.count()),
            Side::Sell => limit.max(reference - distance.count()),
        }
    }

    /// A moving order enters continuous trading.
    pub(crate) fn enter(&mut self, id: OrderId, limit: Option<i64>, rests: bool, whole: bool) {
        let side = self.get(id).order.side;
        let any = if side == Side::Buy {
            i64::MAX / 4
        } else {
            i64::MIN / 4
        };
        let bound = limit.unwrap_or(any);
        let reach = self.within_collar(side, bound);
        let need = if whole {
            self.get(id).open
        } else {
            self.get(id).need()
        };
        let may_trade = (need <= 1 && !whole) || self.tradable(id, reach) >= need;
        if may_trade && !self.run(id, reach) {
            return;
        }
        let mut reason = Reason::Unfilled;
        let open = self.get(id).open;
        let opposite = side.opposite();
        let next = self
            .queue(opposite)
            .into_iter()
            .find(|maker| maker.place == Place::Displayed || maker.need() <= open);
        let beyond = next.is_some_and(|maker| !better(opposite, bound, maker.price.unwrap()));
        if may_trade && reach != bound && beyond {
            reason = Reason::OutsideCollar;
            if self.config.collars.on_breach == CollarBreach::Reject {
                return self.cancel_entry(id, reason);
            }
            self.halts = true;
        }
        match limit {
            Some(limit) if rests => self.rest(id, Some(limit)),
            _ => self.cancel_entry(id, reason),
        }
    }
}
