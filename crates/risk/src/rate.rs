//! Order rate of a client in any second.

use std::collections::VecDeque;

use wattbook_domain::time::NANOS_PER_SECOND;
use wattbook_domain::{ClientId, OrderId, Refusal, Timestamp, state};

/// One client: its last order number, and when its orders passed within the last second.
#[derive(Debug, Clone, Default)]
pub(crate) struct Client {
    /// The highest order number that was seen, in the client's own series.
    pub(crate) last_number: u64,
    /// Orders and amendments a second; 0 for no limit.
    pub(crate) limit: u32,
    passed: VecDeque<Timestamp>,
}

state!(Client {
    last_number,
    limit,
    passed
});

impl Client {
    pub(crate) fn set_limit(&mut self, limit: u32) {
        self.limit = limit;
        if limit == 0 {
            self.passed.clear();
        }
    }

    /// Checks that `order_id` continues the client's series, and uses the number up.
    #[inline(always)]
    pub(crate) fn take_number(
        &mut self,
        client: ClientId,
        order_id: OrderId,
    ) -> Result<(), Refusal> {
        if order_id.client() != client {
            return Err(Refusal::ForeignOrder { order_id, client });
        }
        if order_id.number() <= self.last_number {
            let last = OrderId::new(client, self.last_number);
            return Err(Refusal::OrderNumber { order_id, last });
        }
        self.last_number = order_id.number();
        Ok(())
    }

    /// Lets an order pass at `now`. An order leaves the window a full second after it passed.
    #[inline(always)]
    pub(crate) fn pass(&mut self, client: ClientId, now: Timestamp) -> Result<(), Refusal> {
        if self.limit == 0 {
            return Ok(());
        }
        while let Some(oldest) = self.passed.front()
            && now.nanos_since(*oldest) >= NANOS_PER_SECOND
        {
            self.passed.pop_front();
        }
        let limit = self.limit;
        if self.passed.len() >= limit as usize {
            return Err(Refusal::OrderRate { client, limit });
        }
        self.passed.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_holds_more_than_the_limit() {
        let mut client = Client::default();
        client.set_limit(2);
        let mut passed = Vec::new();
        for tick in 0..400 {
            let now = Timestamp::from_nanos(tick * 40_000_000);
            if client.pass(ClientId(1), now).is_ok() {
                passed.push(now);
            }
        }
        assert!(passed.len() >= 30);
        for three in passed.windows(3) {
            assert!(three[2].nanos_since(three[0]) >= NANOS_PER_SECOND);
        }
    }

    #[test]
    fn an_order_counts_for_a_second_and_no_longer() {
        let mut client = Client::default();
        client.set_limit(1);
        let mut pass = |nanos| client.pass(ClientId(1), Timestamp::from_nanos(nanos));
        assert_eq!(pass(5), Ok(()));
        let limit = 1;
        let refused = Refusal::OrderRate {
            client: ClientId(1),
            limit,
        };
        assert_eq!(pass(5 + NANOS_PER_SECOND - 1), Err(refused));
        assert_eq!(pass(5 + NANOS_PER_SECOND), Ok(()));
    }
}
