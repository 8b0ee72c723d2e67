//! Every adapter against the suite of the adapter kit: in the process, by FIX, by REST and WebSocket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/cable.rs"]
mod cable;
#[path = "../common/mod.rs"]
mod common;
mod made;
mod sessions;

use std::sync::Arc;

use wattbook_domain::{Price, Side, Timestamp, Volume};
use wattbook_session::adapter::{OrderAdapter, VenueAdapter};
use wattbook_sim::conformance::{Broken, VenueUnderTest, Way, check};
use wattbook_sim::order_venues::InProcess;

use crate::made::{
    Floor, Inside, fix, m7, nordpool, on_the_floor, order_floor, rest, symbols, terms,
};

fn passes(checked: Result<Vec<&'static str>, Broken>) {
    match checked {
        Ok(rules) => assert_eq!(rules.len(), 12, "{rules:?}"),
        Err(broken) => panic!("{broken}"),
    }
}

#[test]
fn the_simulated_venue_in_the_process_conforms() {
    let floor = Floor::new();
    let link = InProcess::new(Arc::clone(&floor.exchange), 0, floor.clock());
    let adapter = OrderAdapter::new(link, "T", symbols());
    passes(check(&mut Inside { floor, adapter }, terms()));
}

#[test]
fn rest_and_websocket_conform() {
    passes(check(&mut rest(), terms()));
}

#[test]
fn xml_over_amqp_conforms() {
    passes(check(&mut m7(&order_floor), terms()));
}

#[test]
fn json_over_stomp_conforms() {
    passes(check(&mut nordpool(&order_floor), terms()));
}

#[test]
fn fix_conforms() {
    let folder = tempfile::tempdir().unwrap();
    passes(check(&mut fix(&folder), terms()));
}

#[test]
fn an_adapter_that_books_a_fill_twice_is_found_out() {
    struct Twice(OrderAdapter<InProcess>);
    impl VenueAdapter for Twice {
        fn connect(&mut self) {
            self.0.connect();
        }
        fn route(&mut self, event: &wattbook_domain::Event) {
            self.0.route(event);
        }
        fn take(&mut self, now: Timestamp) -> Vec<wattbook_session::adapter::AdapterTold> {
            let told = self.0.take(now);
            let twice = told.iter().flat_map(|one| {
                use wattbook_domain::report::VenueReport::OrderFilled;
                use wattbook_session::adapter::AdapterTold::Report;
                let count = if matches!(one, Report(OrderFilled(_), _)) {
                    2
                } else {
                    1
                };
                std::iter::repeat_n(one.clone(), count)
            });
            twice.collect()
        }
        fn is_connected(&self) -> bool {
            self.0.is_connected()
        }
        fn stop(&mut self) {
            self.0.stop();
        }
    }
    struct Faulty {
        floor: Floor,
        adapter: Twice,
    }
    impl VenueUnderTest for Faulty {
        on_the_floor!();
        fn adapter(&mut self) -> &mut dyn VenueAdapter {
            &mut self.adapter
        }
        fn stall(&mut self, way: Way) {
            self.adapter.0.link().stall(way);
        }
        fn cut(&mut self) {
            self.adapter.0.link().set_up(false);
        }
        fn mend(&mut self) {
            self.adapter.0.link().set_up(true);
        }
    }
    let floor = Floor::new();
    let link = InProcess::new(Arc::clone(&floor.exchange), 0, floor.clock());
    let adapter = Twice(OrderAdapter::new(link, "T", symbols()));
    let refused = check(&mut Faulty { floor, adapter }, terms()).unwrap_err();
    assert_eq!(refused.rule, "a part of an order fills, the rest stays");
}
