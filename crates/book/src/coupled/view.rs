//! What a zone sees of coupled books.

use wattbook_domain::id::OrderId;
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, Ticks};

use crate::book::{DepthLevel, RestingOrder};
use crate::coupled::CoupledBooks;
use crate::coupled::config::Span;
use crate::coupled::event::CoupledFault;
use crate::event::TopOfBook;
use crate::node::NIL;
use crate::rank;

impl CoupledBooks {
    /// The local view of `zone`: the displayed orders for `span` that an order without limit which
    /// comes there to trade against `side` would meet, price by price, until capacity ends; at most
    /// `levels` prices. All-or-none orders and what icebergs hide are not in it, nor what a block would
    /// find in its contracts.
    ///
    /// Nothing changes but what is remembered of paths.
    ///
    /// # Errors
    /// A [`CoupledFault`] when there is no such zone or span.
    pub fn depth(
        &mut self,
        zone: usize,
        span: Span,
        side: Side,
        levels: usize,
    ) -> Result<Vec<DepthLevel>, CoupledFault> {
        self.network.check_zone(zone)?;
        let book = self.find_book(span)?;
        let side = rank::index(side);
        Ok(book.map_or_else(Vec::new, |book| self.view(book, zone, side, levels)))
    }

    /// The best prices of the local view of `zone`.
    ///
    /// # Errors
    /// A [`CoupledFault`] when there is no such zone or span.
    pub fn top(&mut self, zone: usize, span: Span) -> Result<TopOfBook, CoupledFault> {
        self.network.check_zone(zone)?;
        let book = self.find_book(span)?;
        let mut best = |side| {
            let level = self.view(book?, zone, side, 1).first().copied()?;
            Some((level.price, level.volume))
        };
        Ok(TopOfBook {
            bid: best(0),
            ask: best(1),
        })
    }

    /// The orders of `side` that stand in `zone` for `span`: displayed ones, then all-or-none ones, each
    /// in priority order.
    ///
    /// # Errors
    /// A [`CoupledFault`] when there is no such zone or span.
    pub fn orders(
        &self,
        zone: usize,
        span: Span,
        side: Side,
    ) -> Result<impl Iterator<Item = RestingOrder> + '_, CoupledFault> {
        self.network.check_zone(zone)?;
        let book = self.find_book(span)?;
        let slots = book.map(|book| self.standing(book, rank::index(side)));
        let here = slots.into_iter().flatten();
        let here = here.filter(move |slot| self.zone(*slot) == zone);
        Ok(here.map(|slot| self.resting(slot)))
    }

    /// The live order with this id, its zone and what it delivers.
    #[must_use]
    pub fn order(&self, order_id: OrderId) -> Option<(usize, Span, RestingOrder)> {
        let slot = self.slot_of(order_id);
        (slot != NIL).then(|| {
            let span = self.span_of(self.book_of(slot));
            (self.zone(slot), span, self.resting(slot))
        })
    }

    fn view(&mut self, book: u32, zone: usize, side: usize, levels: usize) -> Vec<DepthLevel> {
        let mut view: Vec<DepthLevel> = Vec::new();
        let mut walk = self.walk(book, zone, 1 - side, i64::MAX - 1);
        walk.refills = false;
        let mut seen = NIL;
        // Nothing is wanted of all-or-none orders.
        while self.peek(&mut walk, 0).is_some() {
            let price = Ticks::new(rank::ticks(walk.rank, side));
            if view.last().is_none_or(|level| level.price != price) {
                if view.len() == levels {
                    break;
                }
                view.push(DepthLevel {
                    price,
                    volume: Lots::new(0),
                    orders: 0,
                });
            }
            let slot = walk.slot;
            let volume = self.step(&walk, (slot, slot), walk.left, i64::MAX);
            walk.pass(volume);
            if let Some(level) = view.last_mut() {
                level.volume = Lots::new(level.volume.count() + volume);
                // An order over several paths comes several times in a row.
                level.orders += u32::from(std::mem::replace(&mut seen, slot) != slot);
            }
        }
        self.give_back();
        view
    }
}
