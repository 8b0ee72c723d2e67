//! Fills that do not fit their order, or cannot be read: what is held may not be what is booked.

use wattbook_codec::fix::Message;
use wattbook_domain::{InstrumentId, OrderId, Price, Side};

use super::answer::{ExecType, Execution};
use super::desk::OrderDesk;
use super::outcome::SetAside;

impl OrderDesk {
    /// Holds a fill of `order_id` at `price` against the order, as far as it is open here. One in another
    /// contract is not booked; one beyond the limit is, and both put the instrument in doubt.
    pub(super) fn check_fill(
        &mut self,
        order_id: OrderId,
        execution: &Execution,
        price: Price,
    ) -> Result<(), SetAside> {
        let Some(order) = self.working.get(&order_id) else {
            return Ok(());
        };
        let (instrument, limit) = (order.instrument, order.loosest);
        let ours = self.symbol(instrument);
        let (id, theirs) = (&execution.id, &execution.symbol);
        if !ours.is_empty() && !theirs.is_empty() && *theirs != ours {
            let reason = format!("a fill of {id:?} is told in {theirs:?}, and is not booked");
            self.doubt(instrument, reason);
            return Err(SetAside::OtherContract {
                id: id.clone(),
                theirs: theirs.clone(),
                ours,
            });
        }
        let is_beyond = match order.side {
            Side::Buy => price > limit,
            Side::Sell => price < limit,
        };
        if is_beyond {
            let reason = format!("{id:?} was filled at {price}, beyond its limit of {limit}");
            self.doubt(instrument, reason);
        }
        Ok(())
    }

    /// Takes a trade that the exchange corrects or cancels.
    pub(super) fn note_undone(&mut self, execution: &Execution) {
        if let Some(instrument) = self.instrument(&execution.symbol) {
            let Execution { id, execution, .. } = execution;
            let reason =
                format!("the exchange corrects or cancels a trade of {id:?} ({execution})");
            self.doubt(instrument, reason);
        }
    }

    /// Takes a report that cannot be read: one of a trade means that a fill is missing here.
    pub(super) fn note_unreadable(&mut self, message: &Message<'_>) {
        let text = |tag| message.get(tag).and_then(|value| value.text().ok());
        let is_trade = |code: &str| {
            let code = code.bytes().next().unwrap_or_default();
            matches!(
                ExecType::of(code),
                ExecType::Trade | ExecType::Other(b'G' | b'H')
            )
        };
        if message.msg_type() != b"8" || !text(150).is_some_and(is_trade) {
            return;
        }
        let by_order = |id| -> Option<InstrumentId> {
            let (order_id, _) = self.parse(id).ok()?;
            Some(self.working.get(&order_id)?.instrument)
        };
        let instrument = text(11).and_then(by_order);
        let instrument = instrument.or_else(|| self.instrument(text(55)?));
        if let Some(instrument) = instrument {
            let reason = "the exchange tells of a trade in words that cannot be read";
            self.doubt(instrument, reason.to_owned());
        }
    }
}
