//! Fills that do not fit their order, or cannot be read: what is held may not be what is booked.

use wattbook_codec::fix::Message;
use wattbook_domain::{InstrumentId, OrderId, Price, Side, Volume};

use super::answer::{ExecType, Execution};
use super::desk::OrderDesk;
use super::outcome::SetAside;
use super::working::Working;

/// What a report says that must be the same when it is told again under its `ExecID` (17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gist {
    order_id: OrderId,
    exec_type: ExecType,
    last: Option<(Price, Volume)>,
}

impl OrderDesk {
    /// Whether a report was told before, by its `ExecID` (17), which an exchange gives once.
    ///
    /// # Errors
    /// [`SetAside::Twice`]: it stood for something else then.
    pub(super) fn is_told(
        &mut self,
        order_id: OrderId,
        execution: &Execution,
    ) -> Result<bool, SetAside> {
        let gist = Gist {
            order_id,
            exec_type: execution.exec_type,
            last: execution.last,
        };
        match self.executions.get(&execution.execution) {
            None => {
                self.executions.insert(execution.execution.clone(), gist);
                Ok(false)
            }
            Some(before) if *before == gist => Ok(true),
            Some(_) => Err(self.told_twice(order_id, execution)),
        }
    }

    /// Takes a report under an `ExecID` (17) that stood for something else: whether one of the two fills
    /// does not count, or both do, only the exchange can tell. It is asked where the order stands.
    pub(super) fn told_twice(&mut self, order_id: OrderId, execution: &Execution) -> SetAside {
        if let Some(order) = self.working.get(&order_id) {
            let instrument = order.instrument;
            self.unsure.insert(order_id);
            self.doubt_twice(instrument, execution);
        } else if let Some(instrument) = self.instrument(&execution.symbol) {
            self.doubt_twice(instrument, execution);
        }
        SetAside::Twice {
            execution: execution.execution.clone(),
            id: execution.id.clone(),
        }
    }

    fn doubt_twice(&mut self, instrument: InstrumentId, execution: &Execution) {
        if let Some((price, volume)) = execution.last {
            let Execution { id, execution, .. } = execution;
            let reason = format!(
                "a fill of {volume} at {price} of {id:?} is told as {execution:?}, which stood for \
                 something else, and is not booked"
            );
            self.doubt(instrument, reason);
        }
    }

    /// Holds the volume that the exchange counts as filled, with a new fill of `volume`, against ours: where
    /// they differ a report is missing, and it is asked where the order stands.
    pub(super) fn check_filled(
        &mut self,
        order_id: OrderId,
        execution: &Execution,
        volume: Volume,
        repeats: bool,
    ) {
        let order = self.working.get(&order_id);
        let differs = |order: &Working| execution.filled != order.filled.saturating_add(volume);
        if !repeats && order.is_some_and(differs) {
            self.unsure.insert(order_id);
        }
    }

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
        let (instrument, limit, own_side) = (order.instrument, order.loosest, order.side);
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
        if execution.side != own_side {
            let reason = format!("a fill of {id:?} is told on the other side, and is not booked");
            self.doubt(instrument, reason);
            return Err(SetAside::OtherSide { id: id.clone() });
        }
        let is_beyond = match own_side {
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
