//! Cleared auctions are optimal: no order, link or share could be better, whatever the network.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_cmp
)]

use proptest::prelude::*;
use wattbook_auction::{AuctionError, Cleared, Curve, Link, Market, Network, Order, clear};

const EPSILON: f64 = 1e-5;
const LIMITS: (f64, f64) = (-500.0, 4_000.0);

#[derive(Debug, Clone)]
struct Case {
    orders: Vec<Vec<Order>>,
    links: Vec<(usize, usize, f64, f64)>,
    injections: Vec<f64>,
}

impl Case {
    fn clear(&self) -> Result<Cleared, AuctionError> {
        self.clear_from(0.0)
    }

    fn clear_from(&self, start: f64) -> Result<Cleared, AuctionError> {
        self.clear_from_each(&vec![start; self.orders.len()])
    }

    fn clear_from_each(&self, start: &[f64]) -> Result<Cleared, AuctionError> {
        let links = self.links.iter().map(|&(from, to, ..)| Link { from, to });
        let network = Network::new(self.orders.len(), links.collect()).unwrap();
        let curves: Vec<Curve> = self.orders.iter().map(|o| Curve::new(o).unwrap()).collect();
        let flow_min: Vec<f64> = self.links.iter().map(|link| link.2).collect();
        let flow_max: Vec<f64> = self.links.iter().map(|link| link.3).collect();
        clear(
            &Market {
                network: &network,
                curves: &curves,
                injections: &self.injections,
                flow_min: &flow_min,
                flow_max: &flow_max,
                price_limits: LIMITS,
            },
            start,
        )
    }

    /// Least and most net supply of a zone at a price, order by order.
    fn position(&self, zone: usize, price: f64) -> (f64, f64) {
        let (mut low, mut high) = (self.injections[zone], self.injections[zone]);
        for order in &self.orders[zone] {
            let sign = if order.is_demand { -1.0 } else { 1.0 };
            let share = |price: f64| share(order, price) * order.volume * sign;
            low += share(price - 1e-6);
            high += share(price + 1e-6);
        }
        (low, high)
    }

    /// Value to those who buy less cost to those who sell, of what is accepted at prices.
    fn welfare(&self, cleared: &Cleared) -> f64 {
        (0..self.orders.len())
            .map(|zone| {
                let price = cleared.prices[zone];
                // At the margin all orders have the zone's price, whichever of them is accepted.
                let (low, _) = self.position(zone, price);
                let settled: f64 = self.orders[zone]
                    .iter()
                    .map(|o| value(o, price - 1e-6))
                    .sum();
                settled - (cleared.net_positions[zone] - low) * price
            })
            .sum()
    }

    fn assert_optimal(&self, prices: &[f64], flows: &[f64]) {
        let mut leaving = vec![0.0; self.orders.len()];
        for (&(from, to, min, max), &flow) in self.links.iter().zip(flows) {
            assert!(flow >= min - EPSILON && flow <= max + EPSILON);
            leaving[from] += flow;
            leaving[to] -= flow;
            let spread = prices[to] - prices[from];
            assert!(
                spread < EPSILON || flow > max - EPSILON,
                "{from}-{to}: {spread} {flow}"
            );
            assert!(
                spread > -EPSILON || flow < min + EPSILON,
                "{from}-{to}: {spread} {flow}"
            );
        }
        for (zone, &leaves) in leaving.iter().enumerate() {
            let (low, high) = self.position(zone, prices[zone]);
            // A slope of one order moves what it offers by this much within the tolerance of price.
            let slack = EPSILON + 1e-6 * 200.0;
            assert!(
                leaves >= low - slack && leaves <= high + slack,
                "zone {zone} at {}: {leaves} outside {low} to {high}",
                prices[zone]
            );
        }
    }
}

fn share(order: &Order, price: f64) -> f64 {
    let (start, end) = (order.price_start, order.price_end);
    let signed = if order.is_demand { -1.0 } else { 1.0 };
    if start == end {
        f64::from(u8::from(signed * (price - start) > 0.0))
    } else {
        ((price - start) / (end - start)).clamp(0.0, 1.0)
    }
}

/// What an order's share at a price is worth, above zero for demand, below for supply.
fn value(order: &Order, price: f64) -> f64 {
    let taken = share(order, price);
    let last = order.price_start + taken * (order.price_end - order.price_start);
    let mean = f64::midpoint(order.price_start, last);
    let sign = if order.is_demand { 1.0 } else { -1.0 };
    sign * mean * taken * order.volume
}

fn order() -> impl Strategy<Value = Order> {
    (
        any::<bool>(),
        -20_i32..120,
        prop_oneof![Just(0_i32), 1..30],
        0_u32..400,
    )
        .prop_map(|(is_demand, price, width, volume)| {
            let price = f64::from(price);
            let width = f64::from(width);
            Order {
                is_demand,
                price_start: price,
                price_end: if is_demand {
                    price - width
                } else {
                    price + width
                },
                volume: f64::from(volume) / 10.0,
            }
        })
}

fn case() -> impl Strategy<Value = Case> {
    (1_usize..6).prop_flat_map(|zones| {
        let orders = prop::collection::vec(prop::collection::vec(order(), 0..8), zones);
        let ends = (0..zones, 0..zones, 0_u32..300, 0_u32..300);
        let links = prop::collection::vec(ends, 0..9);
        let injections = prop::collection::vec(-100_i32..100, zones);
        (orders, links, injections).prop_map(|(mut orders, links, injections)| {
            for zone in &mut orders {
                // So that there is a price that balances: what must go can, at the price limits.
                for (is_demand, price) in [(true, LIMITS.0), (false, LIMITS.1)] {
                    zone.push(Order {
                        is_demand,
                        price_start: price,
                        price_end: price,
                        volume: 20.0,
                    });
                }
            }
            Case {
                orders,
                links: links
                    .into_iter()
                    .filter(|(from, to, ..)| from != to)
                    .map(|(from, to, back, forth)| {
                        (from, to, -f64::from(back) / 10.0, f64::from(forth) / 10.0)
                    })
                    .collect(),
                injections: injections
                    .into_iter()
                    .map(|i| f64::from(i) / 10.0)
                    .collect(),
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn prices_and_flows_are_optimal_and_so_are_the_extremes(case in case()) {
        let cleared = case.clear().unwrap();
        case.assert_optimal(&cleared.prices, &cleared.flows);
        case.assert_optimal(&cleared.prices_min, &cleared.flows);
        case.assert_optimal(&cleared.prices_max, &cleared.flows);
        // Strong duality: what all earn is what all is worth, injections being free.
        let (earned, welfare) = (cleared.surplus, case.welfare(&cleared));
        prop_assert!((earned - welfare).abs() < 1.0 + 1e-6 * earned.abs(), "{earned} {welfare}");
    }

    #[test]
    fn the_result_does_not_depend_on_where_the_walk_begins(case in case(), start in -600.0..4_100.0) {
        let (one, other) = (case.clear().unwrap(), case.clear_from(start).unwrap());
        for (a, b) in one.prices.iter().zip(&other.prices) {
            prop_assert!((a - b).abs() < EPSILON, "{:?} {:?}", one, other);
        }
        for (a, b) in one.net_positions.iter().zip(&other.net_positions) {
            prop_assert!((a - b).abs() < 1e-3, "{:?} {:?}", one, other);
        }
    }
}

#[test]
fn an_order_of_nothing_bounds_no_price() {
    let nothing = Order {
        is_demand: false,
        price_start: 18.0,
        price_end: 33.0,
        volume: 0.0,
    };
    let case = Case {
        orders: vec![vec![
            step(false, 0.0, 10.0),
            nothing,
            step(true, 50.0, 10.0),
        ]],
        links: Vec::new(),
        injections: vec![0.0],
    };
    let cleared = case.clear().unwrap();
    assert_eq!((cleared.prices_min[0], cleared.prices_max[0]), (0.0, 50.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_uses_up_an_order_to_the_last_digits_clears_from_the_prices_before(
        case in case(), changes in prop::collection::vec((0_i32..3, -99_i32..=99), 5),
    ) {
        let mut case = case;
        let before = case.clear().unwrap();
        for (zone, &(kind, last)) in changes.iter().enumerate().take(case.orders.len()) {
            let (low, high) = case.position(zone, before.prices[zone]);
            let wanted = [before.net_positions[zone], low, high];
            // Shares that a solver found have errors of this size, below what counts as balance.
            let change = before.net_positions[zone] - wanted[usize::try_from(kind).unwrap()];
            case.injections[zone] += change + f64::from(last) / 1e8;
        }
        let (one, other) = (case.clear().unwrap(), case.clear_from_each(&before.prices).unwrap());
        for cleared in [&one, &other] {
            case.assert_optimal(&cleared.prices, &cleared.flows);
        }
        // What zones may miss balance by is worth this much at the price limits.
        prop_assert!((one.surplus - other.surplus).abs() < 0.05, "{:?} {:?}", one, other);
    }

    #[test]
    fn the_prices_of_another_clearing_lead_to_the_same_result(
        case in case(), changes in prop::collection::vec(-30_i32..30, 5),
    ) {
        let start = case.clear().unwrap().prices;
        let mut case = case;
        for (injection, tenths) in case.injections.iter_mut().zip(changes) {
            *injection += f64::from(tenths) / 10.0;
        }
        let (one, other) = (case.clear().unwrap(), case.clear_from_each(&start).unwrap());
        for (a, b) in one.prices.iter().zip(&other.prices) {
            prop_assert!((a - b).abs() < EPSILON, "{:?} {:?}", one, other);
        }
        for (a, b) in one.net_positions.iter().zip(&other.net_positions) {
            prop_assert!((a - b).abs() < 1e-3, "{:?} {:?}", one, other);
        }
    }
}

fn step(is_demand: bool, price: f64, volume: f64) -> Order {
    Order {
        is_demand,
        price_start: price,
        price_end: price,
        volume,
    }
}

#[test]
fn equal_prices_share_in_proportion_across_zones_as_far_as_links_allow() {
    let mut case = Case {
        orders: vec![
            vec![step(false, 30.0, 100.0)],
            vec![step(false, 30.0, 300.0), step(true, 90.0, 200.0)],
        ],
        links: vec![(0, 1, -60.0, 60.0)],
        injections: vec![0.0, 0.0],
    };
    let cleared = case.clear().unwrap();
    assert_eq!(cleared.prices, [30.0, 30.0]);
    assert!((cleared.flows[0] - 50.0).abs() < EPSILON);
    case.links[0].3 = 20.0;
    let cleared = case.clear().unwrap();
    assert_eq!(cleared.prices, [30.0, 30.0]);
    assert!((cleared.flows[0] - 20.0).abs() < EPSILON);
}

#[test]
fn the_most_is_traded_where_demand_and_supply_meet_in_one_price() {
    let case = Case {
        orders: vec![vec![step(false, 30.0, 100.0)], vec![step(true, 30.0, 40.0)]],
        links: vec![(0, 1, -60.0, 60.0)],
        injections: vec![0.0, 0.0],
    };
    let cleared = case.clear().unwrap();
    assert!((cleared.flows[0] - 40.0).abs() < EPSILON);
}

#[test]
fn a_price_that_orders_leave_open_is_the_middle() {
    let case = Case {
        orders: vec![vec![step(false, 30.0, 100.0), step(true, 50.0, 100.0)]],
        links: vec![],
        injections: vec![0.0],
    };
    let cleared = case.clear().unwrap();
    assert_eq!((cleared.prices_min[0], cleared.prices_max[0]), (30.0, 50.0));
    assert_eq!(cleared.prices, [40.0]);
}

#[test]
fn what_no_price_balances_is_named() {
    let case = Case {
        orders: vec![vec![step(true, 50.0, 10.0)], vec![]],
        links: vec![(0, 1, -5.0, 5.0)],
        injections: vec![0.0, 30.0],
    };
    let fault = case.clear().unwrap_err();
    let AuctionError::Unbalanced { zones, surplus } = fault else {
        panic!("{fault}")
    };
    assert_eq!(zones, [1]);
    assert!((surplus - 25.0).abs() < EPSILON);
}

#[test]
fn an_injection_that_is_no_number_is_named() {
    for value in [f64::NAN, f64::INFINITY] {
        let case = Case {
            orders: vec![vec![step(true, 50.0, 10.0)], vec![]],
            links: vec![],
            injections: vec![0.0, value],
        };
        let fault = case.clear().unwrap_err();
        assert!(
            fault.to_string().starts_with("injection of zone 1"),
            "{fault}"
        );
    }
}

#[test]
fn a_move_below_what_tells_prices_apart_is_made() {
    // The third zone has too much by a hair more than what counts as balance; its orders want a
    // price lower by less than what tells it from its neighbour's.
    let ends = || [step(true, -500.0, 20.0), step(false, 4000.0, 20.0)];
    let rising = Order {
        is_demand: false,
        price_start: 0.0,
        price_end: 1.0,
        volume: 22.8,
    };
    let mut orders = vec![
        vec![step(true, 68.0, 11.3)],
        vec![step(false, 0.0, 2.5)],
        vec![rising],
    ];
    for one in &mut orders {
        one.extend(ends());
    }
    let case = Case {
        orders,
        links: vec![(0, 1, 0.0, 3.5), (2, 0, 0.0, 15.2)],
        injections: vec![-0.5 - 15e-8, -5.9 - 85e-8, 0.0],
    };
    let cleared = case.clear().unwrap();
    case.assert_optimal(&cleared.prices, &cleared.flows);
    assert!((cleared.prices[2] - 15.2 / 22.8).abs() < 1e-6);
}
