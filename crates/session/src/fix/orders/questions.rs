//! Questions after orders whose state is in doubt.

use wattbook_domain::{OrderId, Timestamp};

use super::desk::OrderDesk;
use super::request::{MassStatus, Request, Status};
use super::sweep::Sweep;
use super::working::Working;

impl OrderDesk {
    /// The question after all orders, asked at `now`. Orders that have not ended by then, and that
    /// the answer does not name, are unknown to the exchange.
    pub fn mass_status(&mut self, now: Timestamp) -> Request {
        let id = format!("{}-status-{}", self.tag, now.nanos());
        let orders = self.working.keys().copied().collect();
        self.sweep = Some(Sweep::new(id.clone(), now, orders));
        self.foreign.begin();
        Request::MassStatus(MassStatus { id })
    }

    /// Notes that the exchange does not answer questions after all orders: each is asked after.
    pub fn mass_refused(&mut self) {
        if let Some(sweep) = self.sweep.take() {
            self.unsure.extend(sweep.into_missing());
        }
    }

    /// Questions after every order that has not ended.
    #[must_use]
    pub fn questions(&self) -> Vec<Request> {
        let question = |(order_id, order): (&OrderId, _)| self.question(*order_id, order);
        self.working.iter().map(question).collect()
    }

    /// Questions after orders whose terms may have changed, once each; one that waits for the answer
    /// to an amendment is asked after later. An answer about all orders that does not come by `now`
    /// makes each of them one. Before them, what takes back orders that the exchange took too late.
    pub fn doubts(&mut self, now: Timestamp) -> Vec<Request> {
        if self.sweep.as_ref().is_some_and(|sweep| sweep.is_late(now)) {
            self.mass_refused();
        }
        let mut questions = self.late.take_back();
        for order_id in std::mem::take(&mut self.unsure) {
            match self.working.get(&order_id) {
                Some(order) if order.has_amend() => drop(self.unsure.insert(order_id)),
                Some(order) => questions.push(self.question(order_id, order)),
                None => {}
            }
        }
        questions
    }

    pub(super) fn question(&self, order_id: OrderId, order: &Working) -> Request {
        Request::Status(Status {
            id: self.id(order_id, order.current),
            symbol: self.symbol(order.instrument),
            side: order.side,
        })
    }
}
