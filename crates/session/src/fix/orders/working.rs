//! An order that has not ended, and the changes of it that wait for their answer.

use std::collections::VecDeque;

use wattbook_domain::event::OrderRouted;
use wattbook_domain::report::OrderStanding;
use wattbook_domain::{InstrumentId, Price, Side, TimeInForce, Volume};

/// What is asked of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Amend { price: Price, volume: Volume },
    Cancel,
}

/// An order that has not ended.
#[derive(Debug, Clone)]
pub(super) struct Working {
    pub(super) instrument: InstrumentId,
    pub(super) side: Side,
    pub(super) time_in_force: TimeInForce,
    pub(super) price: Price,
    /// The loosest limit that was ever asked for: no fill is beyond it.
    pub(super) loosest: Price,
    pub(super) volume: Volume,
    pub(super) display_volume: Option<Volume>,
    pub(super) filled: Volume,
    pub(super) is_accepted: bool,
    pub(super) standing: OrderStanding,
    /// The number in the `ClOrdID` by which the exchange knows it now.
    pub(super) current: u32,
    /// Changes asked for so far.
    changes: u32,
    /// Those that wait for their answer, in order.
    pending: VecDeque<(u32, Change)>,
}

impl Working {
    pub(super) fn new(routed: &OrderRouted) -> Self {
        let order = &routed.order;
        let conditions = order.conditions.as_deref();
        Self {
            instrument: order.instrument,
            side: order.side,
            time_in_force: order.time_in_force,
            price: order.price,
            loosest: order.price,
            volume: order.volume,
            display_volume: conditions.and_then(|it| it.display_volume),
            filled: Volume::ZERO,
            is_accepted: false,
            standing: OrderStanding::Working,
            current: 0,
            changes: 0,
            pending: VecDeque::new(),
        }
    }

    /// Whether nothing has shown yet that the exchange took it.
    pub(super) fn is_unanswered(&self) -> bool {
        !self.is_accepted && self.filled == Volume::ZERO
    }

    /// Takes over that the exchange has it in its book.
    pub(super) fn accept(&mut self) {
        self.is_accepted = true;
        if self.standing == OrderStanding::AcceptedForBidding {
            self.standing = OrderStanding::Working;
        }
    }

    /// Takes over how the exchange holds it. As in the engine, any but an order that is looked at for a
    /// price was taken by that.
    pub(super) fn stand(&mut self, standing: OrderStanding) {
        self.standing = standing;
        self.is_accepted |= standing != OrderStanding::AcceptedForBidding;
    }

    /// Notes a change that is asked for; returns its number and that of what it changes: an amendment
    /// on its way will have been granted by then, or the exchange says no.
    pub(super) fn ask(&mut self, change: Change) -> (u32, u32) {
        self.changes += 1;
        let number = self.changes;
        if let Change::Amend { price, .. } = change {
            self.loosen(price);
        }
        let original = self.pending.back().map_or(self.current, |(last, _)| *last);
        self.pending.push_back((number, change));
        (number, original)
    }

    /// The change `number` that waits for its answer.
    pub(super) fn waiting(&self, number: u32) -> Option<Change> {
        let found = self.pending.iter().find(|(waits, _)| *waits == number);
        found.map(|(_, change)| *change)
    }

    /// The changes that wait for their answer.
    pub(super) fn pending(&self) -> impl Iterator<Item = (u32, Change)> {
        self.pending.iter().copied()
    }

    pub(super) fn has_amend(&self) -> bool {
        self.pending
            .iter()
            .any(|(_, change)| *change != Change::Cancel)
    }

    /// Takes the first waiting amendment, or cancel, out; returns its number.
    pub(super) fn answer(&mut self, is_cancel: bool) -> Option<u32> {
        let is_it = |(_, change): &(u32, Change)| (*change == Change::Cancel) == is_cancel;
        let place = self.pending.iter().position(is_it)?;
        self.pending.remove(place).map(|(number, _)| number)
    }

    /// Books a fill.
    pub(super) fn fill(&mut self, volume: Volume) {
        self.filled = self.filled.saturating_add(volume);
        if self.standing == OrderStanding::AcceptedForBidding {
            self.standing = OrderStanding::Working;
        }
        // As in the engine: a fill may overtake the answer to the amendment that made room for it.
        if self.filled > self.volume {
            let asked = self.pending.iter().filter_map(|(_, change)| match change {
                Change::Amend { volume, .. } => Some(*volume),
                Change::Cancel => None,
            });
            self.volume = asked.fold(self.volume, Volume::max);
        }
    }

    /// Takes new terms over. As in the engine they answer the amendment that waits, also where they
    /// differ from those asked for.
    pub(super) fn amend(&mut self, price: Price, volume: Volume) {
        if let Some(number) = self.answer(false) {
            self.current = number;
        }
        self.loosen(price);
        (self.price, self.volume) = (price, volume);
    }

    fn loosen(&mut self, limit: Price) {
        self.loosest = match self.side {
            Side::Buy => self.loosest.max(limit),
            Side::Sell => self.loosest.min(limit),
        };
    }
}
