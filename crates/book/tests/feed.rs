//! Books rebuilt from market data against plain lists.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use wattbook_book::{Anomaly, L1Book, L2Book, L3Book, L3Delta};
use wattbook_domain::market::BookAction;
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, Ticks};

type Row = [i64; 5];

/// An L3 book as a list of orders in order of arrival: id, side, price, volume.
#[derive(Default)]
struct Plain(Vec<(i64, i64, i64, i64)>);

impl Plain {
    fn best(&self, side: i64) -> Option<i64> {
        let prices = self
            .0
            .iter()
            .filter(|order| order.1 == side)
            .map(|order| order.2);
        if side == 1 {
            prices.max()
        } else {
            prices.min()
        }
    }

    fn crosses(&self) -> bool {
        self.best(1)
            .zip(self.best(2))
            .is_some_and(|(bid, ask)| bid >= ask)
    }

    fn apply(&mut self, [action, id, side, price, volume]: Row) -> Option<Anomaly> {
        let at = self.0.iter().position(|order| order.0 == id);
        match (action, at) {
            (1, _) | (2, Some(_)) if volume <= 0 => Some(Anomaly::Volume),
            (1, Some(_)) => Some(Anomaly::Repeated),
            (1, None) => {
                self.0.push((id, side, price, volume));
                self.reaches(side, price)
            }
            (2 | 3, None) => Some(Anomaly::Unknown),
            (2, Some(at)) if self.0[at].1 != side => Some(Anomaly::Side),
            (2, Some(at)) if self.0[at].2 == price && volume <= self.0[at].3 => {
                self.0[at].3 = volume;
                None
            }
            (2, Some(at)) => {
                self.0.remove(at);
                self.0.push((id, side, price, volume));
                self.reaches(side, price)
            }
            (3, Some(at)) => {
                self.0.remove(at);
                None
            }
            (4, _) => {
                self.0.clear();
                None
            }
            _ => Some(Anomaly::Action),
        }
    }

    fn reaches(&self, side: i64, price: i64) -> Option<Anomaly> {
        let best = self.best(3 - side)?;
        let reaches = if side == 1 {
            price >= best
        } else {
            price <= best
        };
        assert!(!reaches || self.crosses());
        reaches.then_some(Anomaly::Crossed)
    }

    fn ahead(&self, id: i64) -> Option<i64> {
        let at = self.0.iter().position(|order| order.0 == id)?;
        let (_, side, price, _) = self.0[at];
        let before = self.0[..at]
            .iter()
            .filter(|order| order.1 == side && order.2 == price);
        Some(before.map(|order| order.3).sum())
    }
}

fn row() -> impl Strategy<Value = Row> {
    let action = prop_oneof![20 => Just(1_i64), 8 => Just(2), 8 => Just(3), 1 => 4_i64..7];
    let price = prop_oneof![-6_i64..7, Just(-1_000_000_000_000), Just(1_000_000_000_000)];
    (action, 0_i64..30, 1_i64..3, price, -1_i64..12)
        .prop_map(|(action, id, side, price, volume)| [action, id, side, price, volume])
}

fn delta([action, id, side, price, volume]: Row) -> L3Delta {
    L3Delta {
        action: match action {
            1 => BookAction::Add,
            2 => BookAction::Modify,
            3 => BookAction::Delete,
            _ => BookAction::Clear,
        },
        order_id: id as u64,
        side: if side == 1 { Side::Buy } else { Side::Sell },
        price: Ticks::new(price),
        volume: Lots::new(volume),
    }
}

proptest! {
    #[test]
    fn an_l3_book_is_the_list_of_its_orders(rows in proptest::collection::vec(row(), 0..200)) {
        let mut book = L3Book::new();
        let mut plain = Plain::default();
        let mut expected = BTreeMap::<Anomaly, u64>::new();
        for row in &rows {
            let anomalies = book.apply_rows(&[*row]);
            let anomaly = plain.apply(*row);
            prop_assert_eq!(anomalies.first().map(|first| first.1), anomaly, "{:?}", row);
            if let Some(anomaly) = anomaly {
                *expected.entry(anomaly).or_default() += 1;
            }
            for id in 0..30 {
                let ahead = book.volume_ahead(id as u64).map(Lots::count);
                prop_assert_eq!(ahead, plain.ahead(id));
            }
            let top = book.top();
            prop_assert_eq!(top.bid.map(|bid| bid.0.count()), plain.best(1));
            prop_assert_eq!(top.ask.map(|ask| ask.0.count()), plain.best(2));
            prop_assert_eq!(book.len(), plain.0.len());
        }
        for anomaly in Anomaly::ALL {
            let count = expected.get(&anomaly).copied().unwrap_or(0);
            prop_assert_eq!(book.anomalies().count(anomaly), count);
        }
    }

    #[test]
    fn rows_columns_and_single_messages_build_one_book(
        rows in proptest::collection::vec(row().prop_filter("known", |row| row[0] < 5), 0..150),
    ) {
        let [mut by_rows, mut by_columns, mut singly] = [L3Book::new(), L3Book::new(), L3Book::new()];
        by_rows.apply_rows(&rows);
        let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<i64>>();
        by_columns.apply_columns(&column(0), &column(1), &column(2), &column(3), &column(4));
        for row in &rows {
            let _ = singly.apply(&delta(*row));
        }
        for side in [Side::Buy, Side::Sell] {
            let orders: Vec<_> = by_rows.orders(side).collect();
            prop_assert_eq!(&orders, &by_columns.orders(side).collect::<Vec<_>>());
            prop_assert_eq!(&orders, &singly.orders(side).collect::<Vec<_>>());
            let volume: i64 = by_rows.depth(side).map(|level| level.volume.count()).sum();
            prop_assert_eq!(volume, orders.iter().map(|order| order.volume.count()).sum::<i64>());
        }
        prop_assert_eq!(by_rows.anomalies(), by_columns.anomalies());
        prop_assert_eq!(by_rows.anomalies(), singly.anomalies());
    }

    #[test]
    fn a_queue_position_moves_as_an_order_of_the_feed_would(
        rows in proptest::collection::vec(row().prop_filter("known", |row| row[0] < 4), 1..150),
        joins_at in 0_usize..150, price in -6_i64..7, is_buy in any::<bool>(),
    ) {
        let side = if is_buy { Side::Buy } else { Side::Sell };
        let mut book = L3Book::new();
        let mut with_ours = L3Book::new();
        let mut position = None;
        for (at, row) in rows.iter().enumerate() {
            if at == joins_at {
                position = Some(book.join_queue(side, Ticks::new(price)));
                with_ours.apply_rows(&[[1, 1_000, side as i64, price, 1]]);
            }
            let change = book.apply(&delta(*row));
            with_ours.apply_rows(&[*row]);
            if let (Some(position), Ok(change)) = (&mut position, change) {
                for change in [change.left, change.joined].into_iter().flatten() {
                    position.apply(&change);
                }
                prop_assert_eq!(Some(position.ahead()), with_ours.volume_ahead(1_000));
            }
        }
    }

    #[test]
    fn an_l2_book_is_a_map_of_its_levels(
        changes in proptest::collection::vec((any::<bool>(), -9_i64..10, -1_i64..6), 0..150),
    ) {
        let mut book = L2Book::new();
        let mut plain = [BTreeMap::new(), BTreeMap::new()];
        for (is_buy, price, volume) in changes {
            let side = if is_buy { Side::Buy } else { Side::Sell };
            let result = book.apply(side, Ticks::new(price), Lots::new(volume), 1);
            let levels = &mut plain[usize::from(!is_buy)];
            let expected = match volume {
                ..0 => Err(Anomaly::Volume),
                0 => levels.remove(&price).map(|_| ()).ok_or(Anomaly::Unknown),
                _ => {
                    levels.insert(price, volume);
                    let bid = plain[0].keys().next_back();
                    let ask = plain[1].keys().next();
                    let reaches = if is_buy { ask.is_some_and(|ask| price >= *ask) }
                        else { bid.is_some_and(|bid| price <= *bid) };
                    if reaches { Err(Anomaly::Crossed) } else { Ok(()) }
                }
            };
            prop_assert_eq!(result, expected);
            let levels = |side| -> Vec<(i64, i64)> {
                book.depth(side).map(|level| (level.price.count(), level.volume.count())).collect()
            };
            let bids: Vec<_> = plain[0].iter().rev().map(|(p, v)| (*p, *v)).collect();
            let asks: Vec<_> = plain[1].iter().map(|(p, v)| (*p, *v)).collect();
            prop_assert_eq!(levels(Side::Buy), bids);
            prop_assert_eq!(levels(Side::Sell), asks);
        }
    }
}

#[test]
fn an_l1_book_keeps_its_quote_and_counts_what_does_not_fit() {
    let mut book = L1Book::new();
    let side = |price, volume| (Ticks::new(price), Lots::new(volume));
    assert_eq!(book.apply(side(-50, 3), side(-49, 0)), Ok(()));
    assert_eq!((book.top().bid, book.top().ask), (Some(side(-50, 3)), None));
    assert_eq!(
        book.apply(side(-50, -1), side(-49, 1)),
        Err(Anomaly::Volume)
    );
    assert_eq!(book.top().bid, Some(side(-50, 3)));
    assert_eq!(
        book.apply(side(-49, 1), side(-49, 1)),
        Err(Anomaly::Crossed)
    );
    assert_eq!(book.anomalies().total(), 2);
    assert_eq!(book.anomalies().first(), Some((1, Anomaly::Volume)));
}
