//! Records by order number, in pages of 64 that are freed when every order in them has ended.
//!
//! Clients number upwards, so a page fills, empties and is used again: memory follows the number of
//! pages with an open order, whatever the number of orders before.

use wattbook_domain::OrderId;

use crate::page_index::PageIndex;
use crate::record::{Detail, OPEN, Record};

const PAGE_BITS: u32 = 6;
const IN_PAGE: u64 = (1 << PAGE_BITS) - 1;
const NO_PAGE: u64 = u64::MAX;

const PAGE: usize = 1 << PAGE_BITS;

/// What is kept of a page outside of it, so that the records' lines are all that an order touches.
#[derive(Debug, Clone, Copy)]
struct Head {
    key: u64,
    /// How many records are open.
    open: u32,
}

/// A record's place; good until its order ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    page: u32,
    index: u32,
}

/// The pages with open orders.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    records: Vec<[Record; PAGE]>,
    details: Vec<[Detail; PAGE]>,
    heads: Vec<Head>,
    free: Vec<u32>,
    by_key: PageIndex,
    /// The page that was written last: most orders follow the one before.
    newest: (u64, u32),
    count: usize,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            records: Vec::new(),
            details: Vec::new(),
            heads: Vec::new(),
            free: Vec::new(),
            by_key: PageIndex::default(),
            newest: (NO_PAGE, 0),
            count: 0,
        }
    }
}

impl Pages {
    #[inline(always)]
    fn page_of(&self, key: u64) -> Option<u32> {
        if key == self.newest.0 {
            return Some(self.newest.1);
        }
        self.by_key.get(key)
    }

    /// Where the open order `order_id` is.
    #[inline(always)]
    pub(crate) fn find(&self, order_id: OrderId) -> Option<Place> {
        let page = self.page_of(order_id.0 >> PAGE_BITS)?;
        let index = (order_id.0 & IN_PAGE) as u32;
        let place = Place { page, index };
        self.get(place).has(OPEN).then_some(place)
    }

    #[inline(always)]
    pub(crate) fn get(&self, place: Place) -> &Record {
        &self.records[place.page as usize][place.index as usize & IN_PAGE as usize]
    }

    #[inline(always)]
    pub(crate) fn get_mut(&mut self, place: Place) -> &mut Record {
        &mut self.records[place.page as usize][place.index as usize & IN_PAGE as usize]
    }

    #[inline(always)]
    pub(crate) fn detail(&self, place: Place) -> &Detail {
        &self.details[place.page as usize][place.index as usize & IN_PAGE as usize]
    }

    /// Both parts of a record.
    #[inline(always)]
    pub(crate) fn both(&mut self, place: Place) -> (&mut Record, &mut Detail) {
        let (page, index) = (place.page as usize, place.index as usize & IN_PAGE as usize);
        (
            &mut self.records[page][index],
            &mut self.details[page][index],
        )
    }

    /// Opens an order that is not open.
    #[inline(always)]
    pub(crate) fn insert(&mut self, order_id: OrderId, record: Record, detail: Detail) {
        let key = order_id.0 >> PAGE_BITS;
        if key != self.newest.0 {
            self.turn_to(key);
        }
        let page = self.newest.1 as usize;
        self.heads[page].open += 1;
        let index = (order_id.0 & IN_PAGE) as usize;
        self.records[page][index] = Record {
            flags: record.flags | OPEN,
            ..record
        };
        self.details[page][index] = detail;
        self.count += 1;
    }

    /// Makes the page of `key` the newest; the one before goes if nothing in it is open.
    #[cold]
    fn turn_to(&mut self, key: u64) {
        let (old_key, old) = self.newest;
        if old_key != NO_PAGE && self.heads[old as usize].open == 0 {
            self.by_key.remove(old_key);
            self.free.push(old);
        }
        let page = self.by_key.get(key).unwrap_or_else(|| {
            let page = self.free.pop().unwrap_or_else(|| {
                self.records.push([Record::EMPTY; PAGE]);
                self.details.push([Detail::EMPTY; PAGE]);
                self.heads.push(Head { key, open: 0 });
                self.heads.len() as u32 - 1
            });
            self.heads[page as usize].key = key;
            self.by_key.insert(key, page);
            page
        });
        self.newest = (key, page);
    }

    /// Ends the order at `place`.
    #[inline(always)]
    pub(crate) fn remove(&mut self, place: Place) {
        self.get_mut(place).flags = 0;
        self.count -= 1;
        let head = &mut self.heads[place.page as usize];
        head.open -= 1;
        if head.open == 0 && head.key != self.newest.0 {
            let key = head.key;
            self.by_key.remove(key);
            self.free.push(place.page);
        }
    }

    /// How many orders are open.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// How many pages are held, used or free.
    pub(crate) fn pages_held(&self) -> usize {
        self.heads.len()
    }

    /// Every open order, in order of its number.
    pub(crate) fn in_order(&self) -> Vec<(OrderId, Place)> {
        let heads = self.heads.iter().enumerate();
        let open = heads.filter(|(_, head)| head.open > 0);
        let mut pages: Vec<(u64, u32)> = open.map(|(page, head)| (head.key, page as u32)).collect();
        pages.sort_unstable();
        let mut orders = Vec::with_capacity(self.count);
        for (key, page) in pages {
            for index in 0..PAGE as u32 {
                let place = Place { page, index };
                if self.get(place).has(OPEN) {
                    orders.push((OrderId(key << PAGE_BITS | u64::from(index)), place));
                }
            }
        }
        orders
    }
}
