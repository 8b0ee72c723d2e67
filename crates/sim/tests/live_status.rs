//! After a lost connection the exchange is asked after all orders: what it does not know ends here, what
//! we do not know is set aside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
#[path = "common/live_run.rs"]
mod live_run;
#[path = "common/peer.rs"]
mod peer;

use common::at;
use live_run::{FRONT, Live};
use peer::field;

impl Live {
    /// A run with the given orders in the book, whose line broke and came back; the number of the
    /// question after all of them.
    fn asked_again(count: i64) -> (Self, Vec<String>, String) {
        let mut live = Self::new();
        live.venue.connect();
        live.log_on(true);
        let orders: Vec<String> = (1..=count)
            .map(|number| {
                let order = live.order();
                live.peer.accept(&order, number);
                order
            })
            .collect();
        live.until("accepted", |live| {
            live.venue.status().reports == count as u64
        });
        live.peer.hang_up();
        live.until("line down", |live| !live.venue.status().is_logged_on);
        live.log_on(false);
        live.until("a question after all", |live| live.peer.of("AF").len() == 2);
        let asked = live.peer.of("AF").remove(1);
        assert_eq!(field(&asked, 585), "7");
        (live, orders, field(&asked, 584))
    }

    /// One part of the answer: the order `id`, 1 MW of it open.
    fn tell(&mut self, asked: &str, id: &str, number: i64, total: i64) {
        self.peer.send("8", |body| {
            body.text(37, "X1").text(11, id).text(584, asked);
            body.int(911, total).bool(912, number == total);
            body.text(17, &format!("{asked}-{number}"));
            body.char(150, b'I').char(39, b'0').text(55, "H0");
            body.char(54, b'1').int(38, 1).text(44, "-68.5");
            body.int(151, 1).int(14, 0).int(6, 0);
        });
    }

    fn open(&self) -> usize {
        self.run.engine().orders().len()
    }
}

#[test]
fn an_order_that_the_exchange_does_not_know_ends_with_a_reason() {
    let (mut live, orders, asked) = Live::asked_again(3);
    assert_eq!(live.open(), 3);
    live.run.take_outward();
    live.tell(&asked, &orders[1], 1, 1);
    live.until("two ends", |live| live.open() == 1);
    assert_eq!(live.venue.status().open_orders, 1);
    let ended = live.aside.iter().map(|aside| aside.reason.clone());
    let ended: Vec<String> = ended.collect();
    assert_eq!(ended.len(), 2, "{ended:?}");
    assert!(ended[0].contains("does not know order 1-1"), "{ended:?}");
    assert!(ended[1].contains("does not know order 1-3"), "{ended:?}");
    // The one that it knows is not asked after again.
    assert_eq!(live.peer.of("H").len(), 0);
}

#[test]
fn an_exchange_without_our_orders_says_so_in_one_report() {
    let (mut live, _, asked) = Live::asked_again(1);
    live.peer.send("8", |body| {
        body.text(37, "NONE").text(584, &asked).int(911, 0);
        body.bool(912, true).text(17, "none-1").char(150, b'I');
        body.char(39, b'8').text(55, "[N/A]").char(54, b'1');
        body.int(151, 0).int(14, 0).int(6, 0);
    });
    live.until("an end", |live| live.open() == 0);
}

#[test]
fn an_order_that_we_do_not_know_is_set_aside_and_ours_go_on() {
    let (mut live, orders, asked) = Live::asked_again(1);
    live.tell(&asked, "somebody-1", 1, 2);
    live.tell(&asked, &orders[0], 2, 2);
    live.until("set aside", |live| !live.aside.is_empty());
    assert_eq!(
        live.aside[0].reason,
        "the exchange has order X1 (\"somebody-1\", 1 of H0 open) that this run does not know; cancel \
         it there, or ask whose it is"
    );
    live.until("frozen", |live| live.aside.len() == 2);
    let frozen = live.aside[1].reason.clone();
    assert!(
        frozen.starts_with("H0 (instrument 0) is frozen: 1 of order X1"),
        "{frozen}"
    );
    assert!(live.run.engine().gate().is_frozen(FRONT));
    assert_eq!(live.open(), 1);
    // It is taken back by the name that the exchange told, and by no other.
    let now = at(live.seconds);
    assert!(!live.venue.cancel_foreign("nobody", now));
    assert!(live.venue.cancel_foreign("somebody-1", now));
    live.until("a cancel", |live| live.peer.of("F").len() == 1);
    let cancel = live.peer.of("F").remove(0);
    assert_eq!(field(&cancel, 41), "somebody-1");
    assert_eq!(
        (field(&cancel, 55), field(&cancel, 38)),
        ("H0".to_owned(), "1".to_owned())
    );
    let id = field(&cancel, 11);
    live.peer.send("8", |body| {
        body.text(37, "X1")
            .text(11, &id)
            .text(41, "somebody-1")
            .text(17, "gone-1");
        body.char(150, b'4')
            .char(39, b'4')
            .text(55, "H0")
            .char(54, b'1');
        body.int(151, 0).int(14, 0).int(6, 0);
    });
    live.until("told", |live| live.aside.len() == 3);
    assert!(!live.venue.cancel_foreign("somebody-1", at(live.seconds)));
    // What was frozen stays so until a person has looked.
    assert!(live.run.engine().gate().is_frozen(FRONT));
}

#[test]
fn a_fill_of_an_order_that_we_do_not_know_freezes_its_instrument() {
    let (mut live, orders, asked) = Live::asked_again(1);
    live.tell(&asked, &orders[0], 1, 1);
    let fill = |live: &mut Live, id: &str, execution: &str, lots: i64| {
        live.peer.send("8", |body| {
            body.text(37, "X9").text(11, id).text(17, execution);
            body.char(150, b'F')
                .char(39, b'2')
                .text(55, "H0")
                .char(54, b'1');
            body.int(38, lots)
                .text(44, "-68.5")
                .int(32, lots)
                .text(31, "-68.5");
            body.int(151, 0).int(14, lots).text(6, "-68.5");
        });
    };
    fill(&mut live, "somebody-2", "foreign-1", 3);
    live.until("frozen", |live| live.run.engine().gate().is_frozen(FRONT));
    let told: Vec<&str> = live
        .aside
        .iter()
        .map(|aside| aside.reason.as_str())
        .collect();
    assert!(told[0].contains("is none of this run"), "{told:?}");
    assert!(
        told[1].contains("filled 3 at -68.5 of order X9"),
        "{told:?}"
    );
    // It is booked by nobody, and our own order goes on.
    assert_eq!(live.open(), 1);
    live.run.freeze(at(live.seconds), FRONT, false).unwrap();
    fill(&mut live, &orders[0], "too-much-1", 50);
    live.until("frozen again", |live| {
        live.run.engine().gate().is_frozen(FRONT)
    });
    let last = &live.aside.last().unwrap().reason;
    assert!(last.contains("more than is open here"), "{last}");
}

#[test]
fn an_order_that_has_ended_here_and_not_there_is_told() {
    let (mut live, orders, asked) = Live::asked_again(1);
    live.peer.send("8", |body| {
        body.text(37, "X1")
            .text(11, &orders[0])
            .text(17, "cancelled");
        body.char(150, b'4').char(39, b'4').text(55, "H0");
        body.char(54, b'1').int(151, 0).int(14, 0).int(6, 0);
    });
    live.tell(&asked, &orders[0], 1, 1);
    live.until("set aside", |live| !live.aside.is_empty());
    assert!(live.aside[0].reason.contains("which has ended here"));
}

#[test]
fn an_answer_with_parts_missing_ends_nothing() {
    let (mut live, orders, asked) = Live::asked_again(2);
    // The last of two, and the first never comes.
    live.tell(&asked, &orders[0], 2, 2);
    live.until("a question", |live| live.peer.of("H").len() == 1);
    assert_eq!(field(&live.peer.of("H")[0], 11), orders[1]);
    assert_eq!((live.open(), live.aside.len()), (2, 0));
}

#[test]
fn an_order_of_the_time_between_is_not_in_the_answer_and_lives() {
    let (mut live, orders, asked) = Live::asked_again(1);
    let new = live.order();
    live.tell(&asked, &orders[0], 1, 1);
    live.peer.accept(&new, 77);
    live.until("accepted", |live| live.venue.status().reports == 2);
    for _ in 0..5 {
        live.step();
    }
    assert_eq!((live.open(), live.aside.len()), (2, 0));
}
