//! Snapshot and revisions to one sequence of book changes, without gap or double.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use wattbook_domain::market::{BookAction, BookDelta, MarketEvent};
use wattbook_domain::{InstrumentId, Price, Side, Timestamp, Volume};

use super::event::VenueEvent;
use super::outbox::Outbox;

/// Changes that may wait for a book's snapshot; beyond, they are dropped and the snapshot after
/// next closes the gap.
const HELD_MAX: usize = 100_000;

/// A change of a book as venues tell it: what stands from now on. Volume zero takes it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    /// The venue's number of the order; 0 for a price level.
    pub(crate) order: u64,
    pub(crate) side: Side,
    pub(crate) price: Price,
    pub(crate) volume: Volume,
}

impl Change {
    /// What it is about: an order, or a level of a side.
    const fn key(&self) -> (u64, i64, Side) {
        if self.order == 0 {
            (0, self.price.millionths(), self.side)
        } else {
            (self.order, 0, Side::Buy)
        }
    }
}

/// What a message says of one book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revision {
    /// The revision after the changes.
    pub(crate) number: u64,
    /// The one before them: `number - 1` where a venue counts every message.
    pub(crate) follows: u64,
    pub(crate) ts_event: Timestamp,
    pub(crate) changes: Vec<Change>,
}

/// What became of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is in the book.
    Applied,
    /// It was in the book already.
    Duplicate,
    /// It waits for a snapshot.
    Held,
    /// Revisions before it are missing: a snapshot is needed.
    Gap,
}

#[derive(Debug, Default)]
struct Book {
    /// None until the first snapshot and after a gap.
    revision: Option<u64>,
    standing: BTreeMap<(u64, i64, Side), Change>,
    held: VecDeque<Revision>,
    held_changes: usize,
}

/// The books of a session.
#[derive(Debug, Default)]
pub(crate) struct BookSync {
    books: BTreeMap<InstrumentId, Book>,
}

impl BookSync {
    /// Forgets how far each book is, as after a lost connection: every one needs a snapshot.
    pub(crate) fn suspend(&mut self) {
        for book in self.books.values_mut() {
            book.revision = None;
            book.held.clear();
            book.held_changes = 0;
        }
    }

    /// Books that stand and may lack a change: each needs a snapshot, and its reader is told.
    pub(crate) fn doubt(&mut self, is_it: impl Fn(InstrumentId) -> bool, out: &mut Outbox) {
        for (id, book) in self.books.iter_mut().filter(|(id, _)| is_it(**id)) {
            if let Some(revision) = book.revision.take() {
                out.push(VenueEvent::Gap {
                    instrument: *id,
                    expected: revision + 1,
                    found: 0,
                });
            }
        }
    }

    /// Whether the book needs a snapshot.
    pub(crate) fn is_waiting(&self, id: InstrumentId) -> bool {
        self.books
            .get(&id)
            .is_none_or(|book| book.revision.is_none())
    }

    /// Whether the book needs a snapshot and changes wait for it.
    pub(crate) fn is_held(&self, id: InstrumentId) -> bool {
        let book = self.books.get(&id);
        book.is_some_and(|book| book.revision.is_none() && !book.held.is_empty())
    }

    /// Starts the book that the venue opens empty.
    pub(crate) fn open(&mut self, id: InstrumentId, number: u64, out: &mut Outbox) {
        let empty = Revision {
            number,
            follows: number,
            ts_event: out.now(),
            changes: Vec::new(),
        };
        self.snapshot(id, &empty, out);
    }

    /// Takes the whole book, unless it is older than what stands; then the revisions that waited.
    pub(crate) fn snapshot(
        &mut self,
        id: InstrumentId,
        whole: &Revision,
        out: &mut Outbox,
    ) -> Taken {
        let book = self.books.entry(id).or_default();
        if book
            .revision
            .is_some_and(|revision| whole.number <= revision)
        {
            return Taken::Duplicate;
        }
        let clear = BookDelta {
            instrument: id,
            action: BookAction::Clear,
            ..BookDelta::default()
        };
        out.market(whole.ts_event, whole.number, MarketEvent::BookDelta(clear));
        book.standing.clear();
        book.revision = Some(whole.number);
        book.apply(id, whole, out);
        let held = std::mem::take(&mut book.held);
        book.held_changes = 0;
        out.push(VenueEvent::Synced {
            instrument: id,
            revision: whole.number,
        });
        let taken = held
            .into_iter()
            .map(|revision| self.update(id, revision, out));
        // All are taken, so that those behind a gap wait again.
        let taken: Vec<_> = taken.collect();
        if taken.contains(&Taken::Gap) {
            return Taken::Gap;
        }
        Taken::Applied
    }

    /// Takes the next changes of a book.
    pub(crate) fn update(&mut self, id: InstrumentId, next: Revision, out: &mut Outbox) -> Taken {
        let book = self.books.entry(id).or_default();
        let Some(revision) = book.revision else {
            book.hold(next);
            return Taken::Held;
        };
        if next.number <= revision {
            return Taken::Duplicate;
        }
        if next.follows > revision {
            book.revision = None;
            out.push(VenueEvent::Gap {
                instrument: id,
                expected: revision + 1,
                found: next.number,
            });
            book.hold(next);
            return Taken::Gap;
        }
        book.revision = Some(next.number);
        book.apply(id, &next, out);
        Taken::Applied
    }
}

impl Book {
    fn hold(&mut self, revision: Revision) {
        self.held_changes += revision.changes.len() + 1;
        self.held.push_back(revision);
        if self.held_changes > HELD_MAX {
            self.held.clear();
            self.held_changes = 0;
        }
    }

    fn apply(&mut self, id: InstrumentId, revision: &Revision, out: &mut Outbox) {
        for change in &revision.changes {
            let is_known = self.standing.contains_key(&change.key());
            let action = match (change.volume > Volume::ZERO, is_known) {
                (true, false) => BookAction::Add,
                (true, true) => BookAction::Modify,
                (false, true) => BookAction::Delete,
                // The venue takes out what it never showed, as it does with orders filled at once.
                (false, false) => continue,
            };
            // A modify cannot change an order's side; the venue's word is taken as a new order.
            let known = self.standing.get(&change.key()).copied();
            if let (BookAction::Modify, Some(known)) = (action, known)
                && known.side != change.side
            {
                out.market(
                    revision.ts_event,
                    revision.number,
                    delta(id, BookAction::Delete, &known),
                );
                out.market(
                    revision.ts_event,
                    revision.number,
                    delta(id, BookAction::Add, change),
                );
                self.standing.insert(change.key(), *change);
                continue;
            }
            let told = match action {
                BookAction::Delete => known.unwrap_or(*change),
                _ => *change,
            };
            if action == BookAction::Delete {
                self.standing.remove(&change.key());
            } else {
                self.standing.insert(change.key(), *change);
            }
            out.market(revision.ts_event, revision.number, delta(id, action, &told));
        }
    }
}

fn delta(instrument: InstrumentId, action: BookAction, change: &Change) -> MarketEvent {
    MarketEvent::BookDelta(BookDelta {
        instrument,
        action,
        side: change.side,
        venue_order: change.order,
        price: change.price,
        volume: if action == BookAction::Delete {
            Volume::ZERO
        } else {
            change.volume
        },
    })
}
