//! A venue that knows best prices only: it trades at the quotes.

use std::collections::VecDeque;

use wattbook_domain::event::{AmendRouted, CancelRouted, OrderRouted};
use wattbook_domain::market::Quote;
use wattbook_domain::order::Conditions;
use wattbook_domain::report::{
    AmendRejected, CancelRejected, OrderAccepted, OrderAmended, OrderCancelled, OrderFilled,
    OrderRejected, VenueReason, VenueReport,
};
use wattbook_domain::{OrderId, OrderType, Price, Side, TimeInForce, Timestamp, TradeId, Volume};

/// An order that arrived and is open.
#[derive(Debug, Clone, Copy)]
struct Resting {
    order_id: OrderId,
    side: Side,
    price: Price,
    total: Volume,
    open: Volume,
}

/// What travels to the venue.
#[derive(Debug, Clone, Copy)]
enum Routed {
    Order {
        order: Resting,
        is_market: bool,
        keeps: bool,
        is_whole: bool,
    },
    Unsupported(OrderId),
    Amend(AmendRouted),
    Cancel(OrderId),
}

/// Fills a limit that reaches the quote up to the quoted volume, and one that rests when a later quote
/// reaches it: with best prices alone there is no queue to stand in, so a price that is only touched
/// fills nothing.
#[derive(Debug)]
pub(super) struct QuoteVenue {
    latency_ns: i64,
    quote: Quote,
    inbound: VecDeque<(Timestamp, Routed)>,
    outbound: VecDeque<(Timestamp, VenueReport)>,
    resting: Vec<Resting>,
    /// Highest resting bid and lowest resting ask, as bounds: what no quote beyond can trade.
    bid_bound: Price,
    ask_bound: Price,
    trades: u64,
}

impl QuoteVenue {
    pub(super) fn new(latency_ns: i64) -> Self {
        Self {
            latency_ns,
            quote: Quote::default(),
            inbound: VecDeque::new(),
            outbound: VecDeque::new(),
            resting: Vec::new(),
            bid_bound: Price::MIN,
            ask_bound: Price::MAX,
            trades: 0,
        }
    }

    #[inline]
    pub(super) fn on_order(&mut self, now: Timestamp, routed: &OrderRouted) {
        let OrderRouted { order_id, order } = routed;
        let is_plain = matches!(order.order_type, OrderType::Limit | OrderType::Market)
            && order.conditions.as_deref().is_none_or(Conditions::is_plain);
        let message = if is_plain {
            let is_market = order.order_type == OrderType::Market;
            let is_whole = order.time_in_force == TimeInForce::FillOrKill;
            let at_once = is_whole || order.time_in_force == TimeInForce::ImmediateOrCancel;
            let (side, price, total) = (order.side, order.price, order.volume);
            let order = Resting {
                order_id: *order_id,
                side,
                price,
                total,
                open: total,
            };
            Routed::Order {
                order,
                is_market,
                keeps: !at_once && !is_market,
                is_whole,
            }
        } else {
            Routed::Unsupported(*order_id)
        };
        self.inbound
            .push_back((now.plus_nanos(self.latency_ns), message));
    }

    pub(super) fn on_amend(&mut self, now: Timestamp, routed: AmendRouted) {
        self.inbound
            .push_back((now.plus_nanos(self.latency_ns), Routed::Amend(routed)));
    }

    #[inline]
    pub(super) fn on_cancel(&mut self, now: Timestamp, routed: CancelRouted) {
        self.inbound.push_back((
            now.plus_nanos(self.latency_ns),
            Routed::Cancel(routed.order_id),
        ));
    }

    /// Whether a message arrives at the venue or at us by `until`.
    #[inline]
    pub(super) fn is_due(&self, until: Timestamp) -> bool {
        self.inbound.front().is_some_and(|(at, _)| *at <= until)
            || self
                .outbound
                .front()
                .is_some_and(|(at, _)| at.plus_nanos(self.latency_ns) <= until)
    }

    /// The next report that reaches us by `until`: its time at the venue, its time here, what it says.
    #[inline]
    pub(super) fn receive(
        &mut self,
        until: Timestamp,
    ) -> Option<(Timestamp, Timestamp, VenueReport)> {
        loop {
            if let Some((at, _)) = self.outbound.front() {
                let (at, arrival) = (*at, at.plus_nanos(self.latency_ns));
                // Only a message to the venue that arrives earlier can still send something before.
                let is_next = self.inbound.front().is_none_or(|(other, _)| *other >= at);
                if is_next {
                    if arrival > until {
                        return None;
                    }
                    return self
                        .outbound
                        .pop_front()
                        .map(|(_, report)| (at, arrival, report));
                }
            }
            let (at, message) = self.inbound.pop_front_if(|(at, _)| *at <= until)?;
            self.take(at, message);
        }
    }

    /// Whether no message is under way and no order rests.
    pub(super) fn is_idle(&self) -> bool {
        self.inbound.is_empty() && self.outbound.is_empty() && self.resting.is_empty()
    }

    /// Whether a new quote reaches an order that rests.
    #[inline]
    pub(super) fn would_trade(&self, quote: &Quote) -> bool {
        (quote.ask_volume > Volume::ZERO && quote.ask_price < self.bid_bound)
            || (quote.bid_volume > Volume::ZERO && quote.bid_price > self.ask_bound)
    }

    #[inline]
    pub(super) fn set_quote(&mut self, quote: &Quote) {
        self.quote = *quote;
    }

    /// Fills what rests and is passed by `quote`, at its own price.
    #[cold]
    pub(super) fn trade(&mut self, now: Timestamp, quote: &Quote) {
        self.quote = *quote;
        let passed = |order: &Resting| match order.side {
            Side::Buy => quote.ask_volume > Volume::ZERO && quote.ask_price < order.price,
            Side::Sell => quote.bid_volume > Volume::ZERO && quote.bid_price > order.price,
        };
        let (filled, open) = self.resting.iter().copied().partition(passed);
        self.resting = open;
        for Resting {
            order_id,
            price,
            open: volume,
            ..
        } in filled as Vec<Resting>
        {
            self.fill(now, order_id, price, volume, true);
        }
        self.bound();
    }

    fn take(&mut self, now: Timestamp, message: Routed) {
        match message {
            Routed::Order {
                order,
                is_market,
                keeps,
                is_whole,
            } => {
                self.enter(now, order, is_market, keeps, is_whole);
            }
            Routed::Unsupported(order_id) => {
                let reason = VenueReason::InvalidTerms;
                self.tell(
                    now,
                    VenueReport::OrderRejected(OrderRejected { order_id, reason }),
                );
            }
            Routed::Cancel(order_id) => {
                let report = if self.remove(order_id).is_some() {
                    let reason = VenueReason::Requested;
                    VenueReport::OrderCancelled(OrderCancelled { order_id, reason })
                } else {
                    let reason = VenueReason::UnknownOrder;
                    VenueReport::CancelRejected(CancelRejected { order_id, reason })
                };
                self.tell(now, report);
            }
            Routed::Amend(AmendRouted {
                order_id,
                price,
                volume,
                ..
            }) => {
                let known = self.remove(order_id);
                let Some(order) = known.filter(|order| volume > order.total - order.open) else {
                    self.resting.extend(known);
                    let reason = VenueReason::UnknownOrder;
                    let refused = AmendRejected { order_id, reason };
                    return self.tell(now, VenueReport::AmendRejected(refused));
                };
                let amended = OrderAmended {
                    order_id,
                    price,
                    volume,
                };
                self.tell(now, VenueReport::OrderAmended(amended));
                let open = volume - (order.total - order.open);
                self.rest_or_trade(
                    now,
                    Resting {
                        price,
                        total: volume,
                        open,
                        ..order
                    },
                );
            }
        }
    }

    fn enter(
        &mut self,
        now: Timestamp,
        order: Resting,
        is_market: bool,
        keeps: bool,
        is_whole: bool,
    ) {
        let order_id = order.order_id;
        self.tell(now, VenueReport::OrderAccepted(OrderAccepted { order_id }));
        if keeps {
            return self.rest_or_trade(now, order);
        }
        let (price, available) = self.opposite(order.side);
        let reaches = is_market || reaches(order.side, order.price, price);
        let volume = if reaches {
            available.min(order.open)
        } else {
            Volume::ZERO
        };
        let is_enough = volume > Volume::ZERO && (!is_whole || volume == order.open);
        if is_enough {
            self.fill(now, order_id, price, volume, false);
        }
        if !is_enough || volume < order.open {
            let reason = VenueReason::Unfilled;
            let cancelled = OrderCancelled { order_id, reason };
            self.tell(now, VenueReport::OrderCancelled(cancelled));
        }
    }

    #[inline]
    fn rest_or_trade(&mut self, now: Timestamp, mut order: Resting) {
        let (price, available) = self.opposite(order.side);
        if available > Volume::ZERO && reaches(order.side, order.price, price) {
            let volume = available.min(order.open);
            self.fill(now, order.order_id, price, volume, false);
            order.open -= volume;
        }
        if order.open > Volume::ZERO {
            match order.side {
                Side::Buy => self.bid_bound = self.bid_bound.max(order.price),
                Side::Sell => self.ask_bound = self.ask_bound.min(order.price),
            }
            self.resting.push(order);
        }
    }

    fn opposite(&self, side: Side) -> (Price, Volume) {
        match side {
            Side::Buy => (self.quote.ask_price, self.quote.ask_volume),
            Side::Sell => (self.quote.bid_price, self.quote.bid_volume),
        }
    }

    #[inline]
    fn remove(&mut self, order_id: OrderId) -> Option<Resting> {
        let at = self
            .resting
            .iter()
            .rposition(|order| order.order_id == order_id)?;
        let order = self.resting.remove(at);
        if self.resting.is_empty() {
            self.bound();
        }
        Some(order)
    }

    fn bound(&mut self) {
        let prices = |side| {
            let of_side = self.resting.iter().filter(move |order| order.side == side);
            of_side.map(|order| order.price)
        };
        self.bid_bound = prices(Side::Buy).max().unwrap_or(Price::MIN);
        self.ask_bound = prices(Side::Sell).min().unwrap_or(Price::MAX);
    }

    fn fill(
        &mut self,
        now: Timestamp,
        order_id: OrderId,
        price: Price,
        volume: Volume,
        is_maker: bool,
    ) {
        self.trades += 1;
        let trade = TradeId(self.trades);
        let filled = OrderFilled {
            order_id,
            trade,
            price,
            volume,
            is_maker,
        };
        self.tell(now, VenueReport::OrderFilled(filled));
    }

    #[inline]
    fn tell(&mut self, now: Timestamp, report: VenueReport) {
        self.outbound.push_back((now, report));
    }
}

/// Whether an order at `price` reaches `opposite`.
fn reaches(side: Side, price: Price, opposite: Price) -> bool {
    match side {
        Side::Buy => opposite <= price,
        Side::Sell => opposite >= price,
    }
}
