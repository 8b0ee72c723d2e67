//! Single orders.

use wattbook_domain::market::BookAction;
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, Ticks};

use crate::book::DepthLevel;
use crate::event::TopOfBook;
use crate::feed::anomaly::{Anomalies, Anomaly};
use crate::feed::position::{QueueChange, QueuePosition};
use crate::index::{Home, OrderIndex};
use crate::ladder::{Ladder, Levels, depth, top};
use crate::node::NIL;
use crate::rank::{self, MAX_TICKS};

/// A message about one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct L3Delta {
    /// What happened to it.
    pub action: BookAction,
    /// The venue's number of it.
    pub order_id: u64,
    /// Its side.
    pub side: Side,
    /// Its price.
    pub price: Ticks,
    /// Its volume from now on.
    pub volume: Lots,
}

/// An order as the feed shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct L3Order {
    /// The venue's number of it.
    pub order_id: u64,
    /// Its side.
    pub side: Side,
    /// Its price.
    pub price: Ticks,
    /// What is open of it.
    pub volume: Lots,
}

/// What a message did to the queues of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct L3Change {
    /// What left a queue, or shrank in it.
    pub left: Option<QueueChange>,
    /// What joined the end of a queue.
    pub joined: Option<QueueChange>,
    /// Whether the bid has reached the ask.
    pub is_crossed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    order_id: u64,
    volume: i64,
    arrival: u64,
    next: u32,
    prev: u32,
    level: u32,
    side: u32,
}

/// Every order of a feed that tells single orders.
///
/// # Examples
/// ```
/// use wattbook_book::{Anomaly, L3Book};
/// use wattbook_domain::Lots;
///
/// let mut book = L3Book::new();
/// // Action (1 add, 2 modify, 3 delete, 4 clear), order, side (1 buy, 2 sell), ticks, lots.
/// let anomalies = book.apply_rows(&[[1, 7, 1, -50, 10], [1, 8, 1, -50, 5], [3, 9, 0, 0, 0]]);
/// assert_eq!(anomalies.first(), Some((2, Anomaly::Unknown)));
/// assert_eq!(book.volume_ahead(8), Some(Lots::new(10)));
/// ```
#[derive(Debug, Clone)]
pub struct L3Book {
    entries: Vec<Entry>,
    free: u32,
    index: OrderIndex,
    levels: Levels,
    ladders: [Ladder; 2],
    arrivals: u64,
    messages: u64,
    anomalies: Anomalies,
}

impl Default for L3Book {
    fn default() -> Self {
        Self::new()
    }
}

impl L3Book {
    /// An empty book with room for the orders of a busy instrument.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(8_192)
    }

    /// An empty book that grows beyond `orders` orders: for venues of many quiet contracts.
    #[must_use]
    pub fn with_capacity(orders: usize) -> Self {
        Self {
            entries: Vec::with_capacity(orders),
            free: NIL,
            index: OrderIndex::with_capacity(orders),
            levels: Levels::new(),
            ladders: [Ladder::new(), Ladder::new()],
            arrivals: 0,
            messages: 0,
            anomalies: Anomalies::default(),
        }
    }

    /// Takes over a message; what it did to which queues. A modify that only lowers the volume keeps
    /// the order's place; any other takes it to the end of a queue.
    ///
    /// # Errors
    /// The [`Anomaly`] of a message that has no effect. It is counted too.
    pub fn apply(&mut self, delta: &L3Delta) -> Result<L3Change, Anomaly> {
        let row = [
            delta.action as i64,
            delta.order_id as i64,
            delta.side as i64,
            delta.price.count(),
            delta.volume.count(),
        ];
        let message = self.messages;
        self.messages += 1;
        let before = self.queue_of(delta.order_id);
        let result = self.apply_row(&row);
        if let Err(anomaly) = result {
            self.anomalies.add(message, anomaly);
            if anomaly != Anomaly::Crossed {
                return Err(anomaly);
            }
        }
        let mut change = L3Change::between(before, self.queue_of(delta.order_id));
        change.is_crossed = result.is_err();
        Ok(change)
    }

    /// Takes over many messages: rows of action (1 add, 2 modify, 3 delete, 4 clear), order, side
    /// (1 buy, 2 sell), price in ticks and volume in lots. Returns what did not fit, messages
    /// numbered within `rows`.
    pub fn apply_rows(&mut self, rows: &[[i64; 5]]) -> Anomalies {
        let mut anomalies = Anomalies::default();
        for (at, row) in rows.iter().enumerate() {
            if let Err(anomaly) = self.apply_row(row) {
                anomalies.add(at as u64, anomaly);
                self.anomalies.add(self.messages + at as u64, anomaly);
            }
        }
        self.messages += rows.len() as u64;
        anomalies
    }

    /// Takes over many messages given as columns of equal length, as [`L3Book::apply_rows`] does;
    /// messages beyond the shortest column are not taken.
    pub fn apply_columns(
        &mut self,
        actions: &[i64],
        order_ids: &[i64],
        sides: &[i64],
        prices: &[i64],
        volumes: &[i64],
    ) -> Anomalies {
        let mut anomalies = Anomalies::default();
        let rows = actions
            .iter()
            .zip(order_ids)
            .zip(sides)
            .zip(prices)
            .zip(volumes);
        let mut at = 0;
        for ((((action, order_id), side), price), volume) in rows {
            if let Err(anomaly) = self.apply_row(&[*action, *order_id, *side, *price, *volume]) {
                anomalies.add(at, anomaly);
                self.anomalies.add(self.messages + at, anomaly);
            }
            at += 1;
        }
        self.messages += at;
        anomalies
    }

    #[inline]
    fn apply_row(&mut self, row: &[i64; 5]) -> Result<(), Anomaly> {
        let [action, order_id, side, price, volume] = *row;
        match action {
            1 => self.add(order_id as u64, side, price, volume),
            3 => self.delete(order_id as u64),
            2 => self.modify(order_id as u64, side, price, volume),
            4 => {
                self.clear();
                Ok(())
            }
            _ => Err(Anomaly::Action),
        }
    }

    #[inline]
    fn add(&mut self, order_id: u64, side: i64, price: i64, volume: i64) -> Result<(), Anomaly> {
        if volume <= 0 {
            return Err(Anomaly::Volume);
        }
        if !(-MAX_TICKS..=MAX_TICKS).contains(&price) {
            return Err(Anomaly::Price);
        }
        if side != 1 && side != 2 {
            return Err(Anomaly::Side);
        }
        let home = self.index.home(order_id);
        if self.slot_at(home, order_id) != NIL {
            return Err(Anomaly::Repeated);
        }
        let entry = Entry {
            order_id,
            volume,
            arrival: 0,
            next: NIL,
            prev: NIL,
            level: NIL,
            side: side as u32 - 1,
        };
        let slot = if self.free == NIL {
            self.entries.push(entry);
            self.entries.len() as u32 - 1
        } else {
            let slot = self.free;
            self.free = self.entries[slot as usize].next;
            self.entries[slot as usize] = entry;
            slot
        };
        self.list(home, slot);
        self.join(slot, price)
    }

    /// Puts `slot` at the end of the queue of `price`.
    #[inline]
    fn join(&mut self, slot: u32, price: i64) -> Result<(), Anomaly> {
        let entry = &mut self.entries[slot as usize];
        let side = entry.side as usize;
        let rank = rank::rank(price, side);
        let at = self.ladders[side].occupy(rank, &mut self.levels);
        let level = &mut self.levels[at];
        self.arrivals += 1;
        entry.arrival = self.arrivals;
        entry.level = at;
        entry.prev = level.tail;
        entry.next = NIL;
        level.volume += entry.volume;
        level.orders += 1;
        let tail = std::mem::replace(&mut level.tail, slot);
        if tail == NIL {
            level.head = slot;
        } else {
            self.entries[tail as usize].next = slot;
        }
        // The rank of a price on the other side is its complement.
        if self.ladders[1 - side].best_rank <= !rank {
            return Err(Anomaly::Crossed);
        }
        Ok(())
    }

    /// Takes `slot` out of its queue.
    #[inline]
    fn leave(&mut self, slot: u32) {
        let entry = self.entries[slot as usize];
        let level = &mut self.levels[entry.level];
        level.volume -= entry.volume;
        level.orders -= 1;
        if entry.prev == NIL {
            level.head = entry.next;
        } else {
            self.entries[entry.prev as usize].next = entry.next;
        }
        if entry.next == NIL {
            level.tail = entry.prev;
        } else {
            self.entries[entry.next as usize].prev = entry.prev;
        }
        if self.levels[entry.level].head == NIL {
            self.ladders[entry.side as usize].vacate(entry.level, &mut self.levels);
        }
    }

    #[inline]
    fn delete(&mut self, order_id: u64) -> Result<(), Anomaly> {
        let home = self.index.home(order_id);
        let slot = self.slot_at(home, order_id);
        if slot == NIL {
            return Err(Anomaly::Unknown);
        }
        self.leave(slot);
        let entry = &mut self.entries[slot as usize];
        self.index.remove(home, order_id, slot);
        entry.next = self.free;
        self.free = slot;
        Ok(())
    }

    #[inline]
    fn modify(&mut self, order_id: u64, side: i64, price: i64, volume: i64) -> Result<(), Anomaly> {
        let slot = self.slot_of(order_id);
        if slot == NIL {
            return Err(Anomaly::Unknown);
        }
        if volume <= 0 {
            return Err(Anomaly::Volume);
        }
        let entry = &mut self.entries[slot as usize];
        if side != i64::from(entry.side) + 1 {
            return Err(Anomaly::Side);
        }
        let level = &mut self.levels[entry.level];
        if volume <= entry.volume && level.rank == rank::rank(price, entry.side as usize) {
            level.volume -= entry.volume - volume;
            entry.volume = volume;
            return Ok(());
        }
        if !(-MAX_TICKS..=MAX_TICKS).contains(&price) {
            return Err(Anomaly::Price);
        }
        self.leave(slot);
        self.entries[slot as usize].volume = volume;
        self.join(slot, price)
    }

    #[inline]
    fn slot_of(&self, id: u64) -> u32 {
        self.slot_at(self.index.home(id), id)
    }

    #[inline]
    fn slot_at(&self, at: Home, id: u64) -> u32 {
        self.index
            .get(at, id, |slot| self.entries[slot as usize].order_id)
    }

    #[inline]
    fn list(&mut self, at: Home, slot: u32) {
        let entries = &self.entries;
        self.index
            .insert(at, slot, |slot| entries[slot as usize].order_id);
    }

    fn clear(&mut self) {
        let kept = (self.messages, self.anomalies, self.arrivals);
        *self = Self::with_capacity(self.entries.capacity());
        (self.messages, self.anomalies, self.arrivals) = kept;
    }

    /// Best prices and their volumes.
    #[must_use]
    pub fn top(&self) -> TopOfBook {
        top(&self.ladders, &self.levels)
    }

    /// The levels of `side`, best first.
    pub fn depth(&self, side: Side) -> impl Iterator<Item = DepthLevel> + '_ {
        depth(&self.ladders, &self.levels, rank::index(side))
    }

    /// The orders of `side` in priority order.
    pub fn orders(&self, side: Side) -> impl Iterator<Item = L3Order> + '_ {
        let ladder = &self.ladders[rank::index(side)];
        ladder.iter().flat_map(move |level| {
            let next = |slot: u32| (slot != NIL).then_some(slot);
            std::iter::successors(next(self.levels[level].head), move |slot| {
                next(self.entries[*slot as usize].next)
            })
            .map(|slot| self.view(slot))
        })
    }

    /// The order that the venue numbers `order_id`.
    #[must_use]
    pub fn order(&self, order_id: u64) -> Option<L3Order> {
        let slot = self.slot_of(order_id);
        (slot != NIL).then(|| self.view(slot))
    }

    /// Lots that trade before this order at its price.
    #[must_use]
    pub fn volume_ahead(&self, order_id: u64) -> Option<Lots> {
        let slot = self.slot_of(order_id);
        if slot == NIL {
            return None;
        }
        let mut ahead = 0;
        let mut at = self.entries[slot as usize].prev;
        while at != NIL {
            ahead += self.entries[at as usize].volume;
            at = self.entries[at as usize].prev;
        }
        Some(Lots::new(ahead))
    }

    /// The place that an order of ours would take at the end of the queue of `price` now.
    #[must_use]
    pub fn join_queue(&self, side: Side, price: Ticks) -> QueuePosition {
        let at = rank::index(side);
        let level = self.ladders[at].find(rank::rank(price.count(), at));
        let ahead = level.map_or(0, |level| self.levels[level].volume);
        QueuePosition::new(side, price, self.arrivals, ahead)
    }

    /// How many orders there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What did not fit so far; messages numbered from the first that the book took.
    #[must_use]
    pub fn anomalies(&self) -> &Anomalies {
        &self.anomalies
    }

    fn view(&self, slot: u32) -> L3Order {
        let entry = &self.entries[slot as usize];
        let side = if entry.side == 0 {
            Side::Buy
        } else {
            Side::Sell
        };
        let rank = self.levels[entry.level].rank;
        L3Order {
            order_id: entry.order_id,
            side,
            price: Ticks::new(rank::ticks(rank, entry.side as usize)),
            volume: Lots::new(entry.volume),
        }
    }

    /// The order and its place in the order of arrival.
    fn queue_of(&self, order_id: u64) -> Option<(L3Order, u64)> {
        let slot = self.slot_of(order_id);
        (slot != NIL).then(|| (self.view(slot), self.entries[slot as usize].arrival))
    }
}

impl L3Change {
    /// What lies between an order's place before a message and after it.
    fn between(before: Option<(L3Order, u64)>, after: Option<(L3Order, u64)>) -> Self {
        let change = |order: L3Order, arrival, volume| {
            Some(QueueChange {
                side: order.side,
                price: order.price,
                volume: Lots::new(volume),
                arrival,
            })
        };
        if let (Some((old, arrival)), Some((new, same))) = (before, after)
            && arrival == same
        {
            let left = change(new, arrival, new.volume.count() - old.volume.count());
            return Self {
                left,
                ..Self::default()
            };
        }
        let left = before.and_then(|(old, at)| change(old, at, -old.volume.count()));
        let joined = after.and_then(|(new, at)| change(new, at, new.volume.count()));
        Self {
            left,
            joined,
            is_crossed: false,
        }
    }
}
