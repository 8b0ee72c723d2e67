//! Linked orders: legs in several contracts that trade all in whole or none.

use wattbook_domain::Lots;
use wattbook_domain::market::Phase;
use wattbook_domain::report::VenueReason;

use crate::book::OrderBook;
use crate::enter::Entry;
use crate::event::{BookEvent, BookSink};
use crate::order::{Lifetime, NewOrder, Pricing};

/// One leg: an order for the book at `book` of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkedLeg {
    /// Which book, by its place in the slice of books.
    pub book: usize,
    /// The order: limit or market, [`Lifetime::FillOrKill`].
    pub order: NewOrder,
}

/// Receives the events of several books.
pub trait LinkedSink {
    /// Takes the next event, which is of the book at `book`.
    fn on_event(&mut self, book: usize, event: &BookEvent);
}

impl LinkedSink for Vec<(usize, BookEvent)> {
    fn on_event(&mut self, book: usize, event: &BookEvent) {
        self.push((book, *event));
    }
}

/// A linked set that makes no sense; nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkedFault {
    /// A leg names a book that is not there.
    #[error("leg {leg} names book {book} of {books}; pass every book that a leg needs")]
    UnknownBook {
        /// Which leg.
        leg: usize,
        /// The book that it names.
        book: usize,
        /// How many books there are.
        books: usize,
    },
    /// Two legs are for one book.
    #[error("leg {leg} is for book {book} as a leg before it is; merge the two")]
    RepeatedBook {
        /// Which leg.
        leg: usize,
        /// The book.
        book: usize,
    },
    /// A leg could rest or wait.
    #[error("leg {leg} is not a limit or market order that fills or is killed; make it one")]
    NotImmediate {
        /// Which leg.
        leg: usize,
    },
}

/// The books of several contracts, for linked orders.
#[derive(Debug)]
pub struct LinkedBooks<'a> {
    /// One book a contract.
    pub books: &'a mut [OrderBook],
}

/// Passes the events of one book on under its place.
struct OneBook<'a, S> {
    book: usize,
    sink: &'a mut S,
}

impl<S: LinkedSink> BookSink for OneBook<'_, S> {
    fn on_event(&mut self, event: &BookEvent) {
        self.sink.on_event(self.book, event);
    }
}

impl LinkedBooks<'_> {
    /// Trades every leg in whole, or none: whether they traded. Legs that are refused or cannot be
    /// filled in whole leave every book as it was; each leg is then told as accepted and cancelled
    /// ([`VenueReason::LinkedUnfilled`]), or as rejected with its own reason.
    ///
    /// # Errors
    /// A [`LinkedFault`] before anything is done.
    pub fn submit<S: LinkedSink>(
        &mut self,
        legs: &[LinkedLeg],
        sink: &mut S,
    ) -> Result<bool, LinkedFault> {
        self.check(legs)?;
        let is_executable = legs
            .iter()
            .all(|leg| self.books[leg.book].fills_in_whole(&leg.order));
        for leg in legs {
            let mut one = OneBook {
                book: leg.book,
                sink: &mut *sink,
            };
            let book = &mut self.books[leg.book];
            if is_executable {
                book.submit(&leg.order, &mut one);
            } else {
                book.decline(&leg.order, VenueReason::LinkedUnfilled, &mut one);
            }
        }
        Ok(is_executable)
    }

    fn check(&self, legs: &[LinkedLeg]) -> Result<(), LinkedFault> {
        let books = self.books.len();
        for (at, leg) in legs.iter().enumerate() {
            let (leg, book, order) = (at, leg.book, leg.order);
            if book >= books {
                return Err(LinkedFault::UnknownBook { leg, book, books });
            }
            if legs[..at].iter().any(|other| other.book == book) {
                return Err(LinkedFault::RepeatedBook { leg, book });
            }
            let is_simple = matches!(order.pricing, Pricing::Limit(_) | Pricing::Market);
            if !is_simple || order.lifetime != Lifetime::FillOrKill {
                return Err(LinkedFault::NotImmediate { leg });
            }
        }
        Ok(())
    }
}

impl OrderBook {
    /// Whether this order, filled or killed, would be filled now.
    pub(crate) fn fills_in_whole(&mut self, order: &NewOrder) -> bool {
        if self.check(order).is_err() || self.phase() != Phase::Continuous {
            return false;
        }
        self.begin();
        let limit = match order.pricing {
            Pricing::Limit(limit) => Some(limit.count()),
            _ => None,
        };
        // The order takes part in the dry run as itself and leaves no trace.
        let sequence = self.rest.sequence;
        let slot = self.admit(order);
        let fills = self.would_fill(
            slot,
            Entry {
                limit,
                rests: false,
                whole: true,
            },
        );
        self.forget(slot);
        self.rest.sequence = sequence;
        fills
    }

    /// Tells the refusal of `order`, or that it came and was cancelled for `reason`.
    pub(crate) fn decline<S: BookSink>(
        &mut self,
        order: &NewOrder,
        reason: VenueReason,
        sink: &mut S,
    ) {
        let order_id = order.order_id;
        if let Err(reason) = self.check(order) {
            return sink.on_event(&BookEvent::Rejected { order_id, reason });
        }
        sink.on_event(&BookEvent::Accepted {
            order_id,
            side: order.side,
            volume: order.volume,
        });
        sink.on_event(&BookEvent::Cancelled {
            order_id,
            volume: Lots::new(order.volume.count()),
            reason,
        });
    }
}
