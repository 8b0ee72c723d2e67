//! A book rebuilt from the published single orders is the displayed book.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod random;

use proptest::prelude::*;
use random::{apply, cases, commands, config};
use wattbook_book::{
    AmendRules, BookConfig, L3Book, L3Publisher, MARKET_BUY, MARKET_SELL, OrderBook,
};
use wattbook_domain::order::Side;

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_reader_of_the_feed_has_the_displayed_queues_after_every_command(
        config in config(), commands in commands(),
    ) {
        let amend = AmendRules { increase_keeps_priority: false, ..config.amend };
        let mut book = OrderBook::new(BookConfig { amend, ..config });
        let (mut publisher, mut read) = (L3Publisher::default(), L3Book::new());
        for (at, command) in commands.iter().enumerate() {
            let mut events = Vec::new();
            apply(&mut book, command, &mut events);
            for event in &events {
                publisher.hear(event, |delta| {
                    let fits = read.apply(&delta);
                    assert!(
                        fits.is_ok() || fits == Err(wattbook_book::Anomaly::Crossed),
                        "{delta:?} of {event:?} fits: {fits:?}"
                    );
                });
            }
            for side in [Side::Buy, Side::Sell] {
                let shown = book.orders(side).filter(|order| {
                    ![Some(MARKET_BUY), Some(MARKET_SELL)].contains(&order.price)
                });
                let shown: Vec<_> = shown
                    .map(|order| (order.order_id.0, order.price.unwrap(), order.displayed))
                    .collect();
                let told = read.orders(side);
                let told: Vec<_> =
                    told.map(|order| (order.order_id, order.price, order.volume)).collect();
                prop_assert_eq!(&shown, &told, "after {}: {:?}", at, command);
                for (id, ..) in shown {
                    let ahead = book.volume_ahead(wattbook_domain::OrderId(id));
                    prop_assert_eq!(ahead, read.volume_ahead(id));
                }
            }
        }
    }
}
