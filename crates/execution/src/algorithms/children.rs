//! The child orders of an execution.

use wattbook_domain::{Price, Side, Timestamp, Volume};

/// The number of a child within its parent, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChildNo(pub u32);

/// How a child meets the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Waits at its price; with a display volume only that much is shown.
    Rest {
        /// What is shown at a time; all of it when none.
        display: Option<Volume>,
    },
    /// Takes what there is at its price or better, the rest is cancelled.
    Take,
    /// Waits for the closing auction.
    Close,
}

/// A child order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChildOrder {
    /// Limit, in currency per price unit.
    pub price: Price,
    /// How much, in volume units.
    pub volume: Volume,
    /// How it meets the market.
    pub style: Style,
}

/// What a child waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaiting {
    Nothing,
    Acceptance,
    Reduction,
    Cancel,
}

/// A child that has not ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    pub(super) number: ChildNo,
    pub(super) order: ChildOrder,
    pub(super) filled: Volume,
    pub(super) awaiting: Awaiting,
    /// When it was placed.
    pub(super) since_ns: i64,
    /// From when on something may be asked of it again, after the venue has refused that.
    pub(super) asks_from: Timestamp,
    /// Whether the venue has refused to make it smaller.
    pub(super) keeps_size: bool,
}

impl Child {
    /// What may still fill: all of it until the venue has confirmed that it is less.
    pub(super) fn open(&self) -> Volume {
        (self.order.volume - self.filled).max(Volume::ZERO)
    }

    /// What the market sees of it.
    fn shown(&self) -> Volume {
        match self.order.style {
            Style::Rest {
                display: Some(most),
            } => self.open().min(most),
            Style::Rest { display: None } => self.open(),
            Style::Take | Style::Close => Volume::ZERO,
        }
    }

    pub(super) const fn rests(&self) -> bool {
        !matches!(self.order.style, Style::Take)
    }
}

/// The children that have not ended, and what all of them filled.
#[derive(Debug, Clone, Default)]
pub(super) struct Children {
    pub(super) open: Vec<Child>,
    pub(super) filled: Volume,
    /// Sum of price × volume of all fills, in 1e-12.
    pub(super) paid: i128,
    next: u32,
}

impl Children {
    pub(super) fn place(&mut self, order: ChildOrder, now_ns: i64) -> ChildNo {
        let number = ChildNo(self.next);
        self.next += 1;
        self.open.push(Child {
            number,
            order,
            filled: Volume::ZERO,
            awaiting: Awaiting::Acceptance,
            since_ns: now_ns,
            asks_from: Timestamp::MIN,
            keeps_size: false,
        });
        number
    }

    pub(super) fn placed(&self) -> u32 {
        self.next
    }

    /// The best price at which children rest, and what the market sees of them there.
    pub(super) fn best(&self, side: Side) -> Option<(Price, Volume)> {
        let mut best: Option<(Price, Volume)> = None;
        for child in self.open.iter().filter(|child| child.rests()) {
            let price = child.order.price;
            let better = |than: Price| (price.millionths() - than.millionths()) * side.sign();
            best = match best {
                Some((than, shown)) if better(than) < 0 => Some((than, shown)),
                Some((than, shown)) if better(than) == 0 => Some((than, shown + child.shown())),
                _ => Some((price, child.shown())),
            };
        }
        best
    }

    pub(super) fn get_mut(&mut self, number: ChildNo) -> Option<&mut Child> {
        self.open.iter_mut().find(|child| child.number == number)
    }

    pub(super) fn remove(&mut self, number: ChildNo) -> bool {
        let before = self.open.len();
        self.open.retain(|child| child.number != number);
        self.open.len() < before
    }

    /// Books a fill, also of a child that has ended: what was traded was traded.
    pub(super) fn fill(&mut self, number: ChildNo, price: Price, volume: Volume) {
        if volume <= Volume::ZERO {
            return;
        }
        self.filled =
            Volume::from_millionths(self.filled.millionths().saturating_add(volume.millionths()));
        self.paid = self
            .paid
            .saturating_add(i128::from(price.millionths()) * i128::from(volume.millionths()));
        if let Some(child) = self.get_mut(number) {
            child.filled += volume;
            if child.filled >= child.order.volume {
                self.remove(number);
            }
        }
    }

    /// What could still fill, cancels on their way included.
    pub(super) fn exposure(&self) -> Volume {
        let open = self.open.iter().map(|child| child.open().millionths());
        Volume::from_millionths(open.fold(0, i64::saturating_add))
    }
}
