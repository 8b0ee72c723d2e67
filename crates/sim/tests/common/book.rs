//! A simulated book by itself: what is sent to it and what comes back.

use wattbook_domain::event::OrderRouted;
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::report::{OrderFilled, VenueReport};
use wattbook_domain::{
    ClientId, Event, Input, InstrumentId, Order, OrderId, Price, Side, TimeInForce, Timestamp,
    Volume,
};
use wattbook_sim::{Arrival, Participants, Venue};

use super::{LOT, TICK};

pub(crate) fn run(venue: &mut impl Venue, until: Timestamp) -> Vec<Arrival> {
    let mut all = Vec::new();
    while let Some(next) = venue.next_time().filter(|next| *next <= until) {
        venue.advance(next);
        while let Some(arrival) = venue.poll(next) {
            all.push(arrival);
        }
    }
    all
}

pub(crate) fn order(number: u64, side: Side, ticks: i64, lots: i64) -> Event {
    Event::OrderRouted(OrderRouted {
        order_id: OrderId::new(ClientId(1), number),
        order: Order {
            instrument: InstrumentId(0),
            side,
            price: Price::from_millionths(ticks * TICK),
            volume: Volume::from_millionths(lots * LOT),
            time_in_force: TimeInForce::GoodForSession,
            ..Order::default()
        },
    })
}

pub(crate) fn nobody() -> Participants {
    Participants {
        makers: 0,
        noise: 0,
        momentum: 0,
        ..Participants::default()
    }
}

pub(crate) fn fills(arrivals: &[Arrival]) -> Vec<OrderFilled> {
    let fill = |arrival: &Arrival| match &arrival.input {
        Input::Report(VenueReport::OrderFilled(fill)) => Some(*fill),
        _ => None,
    };
    arrivals.iter().filter_map(fill).collect()
}

pub(crate) fn quotes(arrivals: &[Arrival]) -> Vec<Quote> {
    let quote = |arrival: &Arrival| match &arrival.input {
        Input::Market(MarketEvent::Quote(quote)) => Some(*quote),
        _ => None,
    };
    arrivals.iter().filter_map(quote).collect()
}
