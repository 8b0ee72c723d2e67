//! The table of open orders: what is asked of them.

use std::collections::BTreeMap;

use wattbook_domain::command::AmendOrder;
use wattbook_domain::event::{AmendRouted, OrderRouted, OrderState, OrderStateChanged};
use wattbook_domain::state::State;
use wattbook_domain::{InstrumentId, OrderId, Price, Refusal, Side, TradeId, Volume, state};
use wattbook_portfolio::PositionSlot;
use wattbook_risk::{ApprovedAmendment, ApprovedOrder, OpenOrder};

use crate::pages::{Pages, Place};
use crate::record::{AMEND_SENT, CANCEL_SENT, Detail, Record};
use crate::trades::TradeLists;

/// Every open order. One that has ended is gone: its number tells that it was there.
#[derive(Debug, Clone, Default)]
pub struct OrderTable {
    pub(crate) pages: Pages,
    pub(crate) trades: TradeLists,
    /// Amendments on their way.
    pub(crate) amendments: BTreeMap<OrderId, AmendOrder>,
}

/// An open order as others may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderView {
    /// Which order.
    pub order_id: OrderId,
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// The position that its fills go to.
    pub slot: PositionSlot,
    /// Buy or sell.
    pub side: Side,
    /// Where it stands.
    pub state: OrderState,
    /// Limit, in currency per price unit.
    pub price: Price,
    /// Total volume, in volume units.
    pub volume: Volume,
    /// Filled so far, in volume units.
    pub filled: Volume,
}

/// What a cancel leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelStep {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// Whether it goes to the venue; a repeated one does not.
    pub is_new: bool,
    /// Where the order stands now.
    pub changed: OrderStateChanged,
}

impl OrderTable {
    /// Opens an approved order and returns what goes to the venue.
    #[inline(always)]
    pub fn open(&mut self, approved: ApprovedOrder) -> OrderRouted {
        let order_id = approved.order_id();
        let order = approved.order();
        let record = Record {
            volume: order.volume,
            slot: approved.slot(),
            instrument: order.instrument,
            side: order.side,
            order_type: order.order_type,
            ..Record::EMPTY
        };
        let detail = Detail {
            price: order.price,
            signal: order.signal,
            arrival_price: approved.arrival_price().unwrap_or(Price::MIN),
            ..Detail::EMPTY
        };
        self.pages.insert(order_id, record, detail);
        let order = approved.into_order();
        OrderRouted { order_id, order }
    }

    /// Asks for the end of an open order.
    ///
    /// # Errors
    /// [`Refusal::UnknownOrder`] when it is not open.
    #[inline(always)]
    pub fn request_cancel(&mut self, order_id: OrderId) -> Result<CancelStep, Refusal> {
        let unknown = Refusal::UnknownOrder { order_id };
        let place = self.pages.find(order_id).ok_or(unknown)?;
        let record = self.pages.get_mut(place);
        let is_new = !record.has(CANCEL_SENT);
        record.flags |= CANCEL_SENT;
        Ok(CancelStep {
            instrument: record.instrument,
            is_new,
            changed: changed(order_id, record),
        })
    }

    /// What the gate must know of an order that is to be amended.
    ///
    /// # Errors
    /// [`Refusal::UnknownOrder`] when it is not open; [`Refusal::Terms`] while another request is on
    /// its way.
    pub fn amendable(&self, order_id: OrderId) -> Result<OpenOrder, Refusal> {
        let unknown = Refusal::UnknownOrder { order_id };
        let place = self.pages.find(order_id).ok_or(unknown)?;
        let (record, detail) = (self.pages.get(place), self.pages.detail(place));
        if record.has(CANCEL_SENT | AMEND_SENT) {
            return Err(Refusal::Terms {
                field: "order_id",
                fix: "wait for the answer to the request before",
            });
        }
        Ok(OpenOrder {
            slot: record.slot,
            side: record.side,
            order_type: record.order_type,
            price: detail.price,
            volume: record.volume,
            filled: record.filled,
            signal: detail.signal,
        })
    }

    /// Sends an approved amendment of an order that is open; `None` when it is not.
    pub fn request_amend(
        &mut self,
        approved: &ApprovedAmendment,
    ) -> Option<(AmendRouted, OrderStateChanged)> {
        let amendment = *approved.amendment();
        let order_id = amendment.order_id;
        let place = self.pages.find(order_id)?;
        self.amendments.insert(order_id, amendment);
        let record = self.pages.get_mut(place);
        record.flags |= AMEND_SENT;
        let routed = AmendRouted {
            order_id,
            instrument: record.instrument,
            price: amendment.price,
            volume: amendment.volume,
            trigger: amendment.trigger,
        };
        Some((routed, changed(order_id, record)))
    }

    /// The open order `order_id`.
    #[must_use]
    pub fn get(&self, order_id: OrderId) -> Option<OrderView> {
        let place = self.pages.find(order_id)?;
        Some(self.view(order_id, place))
    }

    /// Every open order, in order of its number.
    #[must_use]
    pub fn in_order(&self) -> Vec<OrderView> {
        let orders = self.pages.in_order();
        let view = |(order_id, place)| self.view(order_id, place);
        orders.into_iter().map(view).collect()
    }

    /// How many orders are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether no order is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held for orders, open or not.
    #[must_use]
    pub fn bytes_held(&self) -> usize {
        self.pages.pages_held() * (64 * (size_of::<Record>() + size_of::<Detail>()) + 32)
    }

    fn view(&self, order_id: OrderId, place: Place) -> OrderView {
        let (record, detail) = (self.pages.get(place), self.pages.detail(place));
        OrderView {
            order_id,
            instrument: record.instrument,
            slot: record.slot,
            side: record.side,
            state: record.state(),
            price: detail.price,
            volume: record.volume,
            filled: record.filled,
        }
    }
}

/// Where the open order `record` stands.
#[inline(always)]
pub(crate) fn changed(order_id: OrderId, record: &Record) -> OrderStateChanged {
    OrderStateChanged {
        order_id,
        state: record.state(),
        filled: record.filled,
        open: record.volume - record.filled,
        reason: None,
    }
}

impl State for OrderTable {
    fn save(&self, out: &mut Vec<u8>) {
        let orders = self.pages.in_order();
        (orders.len() as u64).save(out);
        for (order_id, place) in orders {
            let record = self.pages.get(place);
            order_id.save(out);
            record.save(out);
            self.pages.detail(place).save(out);
            let mut earlier: Vec<TradeId> = self.trades.iter(record.earlier).collect();
            earlier.sort_unstable();
            earlier.save(out);
            if let Some(amendment) = self.amendments.get(&order_id) {
                amendment.price.save(out);
                amendment.volume.save(out);
                amendment.trigger.save(out);
            }
        }
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let mut table = Self::default();
        for _ in 0..u64::load(input)? {
            let order_id = OrderId::load(input)?;
            let mut record = Record::load(input)?;
            let detail = Detail::load(input)?;
            for trade in Vec::<TradeId>::load(input)? {
                record.earlier = table.trades.push(record.earlier, trade);
            }
            if record.has(AMEND_SENT) {
                let amendment = AmendOrder {
                    order_id,
                    price: State::load(input)?,
                    volume: State::load(input)?,
                    trigger: State::load(input)?,
                };
                table.amendments.insert(order_id, amendment);
            }
            if table.pages.find(order_id).is_some() {
                return None;
            }
            table.pages.insert(order_id, record, detail);
        }
        Some(table)
    }
}

impl State for Record {
    /// Without the list of trades, which follows it.
    fn save(&self, out: &mut Vec<u8>) {
        self.volume.save(out);
        self.filled.save(out);
        self.slot.save(out);
        self.instrument.save(out);
        self.flags.save(out);
        self.side.save(out);
        self.order_type.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            volume: State::load(input)?,
            filled: State::load(input)?,
            slot: State::load(input)?,
            instrument: State::load(input)?,
            earlier: 0,
            flags: State::load(input)?,
            side: State::load(input)?,
            order_type: State::load(input)?,
        })
    }
}

state!(Detail {
    price,
    last_trade,
    signal,
    arrival_price
});
