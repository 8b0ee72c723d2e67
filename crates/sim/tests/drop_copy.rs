//! Fills held against a drop copy: what differs freezes its instrument, until somebody releases it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
#[path = "common/live_run.rs"]
mod live_run;
#[path = "common/peer.rs"]
mod peer;

use std::time::{Duration, Instant};

use live_run::{FRONT, Live, OWNER, quote};
use peer::Peer;
use wattbook_codec::fix::MessageWriter;
use wattbook_domain::{Refusal, Volume};

/// A fill of 0.4 MW of the order `id`, as the exchange and its copy tell it.
fn fill(body: &mut MessageWriter<'_>, id: &str, execution: u32, at: &str) {
    body.text(37, "X1").text(11, id).int(17, execution.into());
    body.char(150, b'F').char(39, b'1').text(55, "H0");
    body.char(54, b'1').text(32, "0.4").text(31, at);
    body.text(151, "0.6").text(14, "0.4").text(6, at);
}

struct Copied {
    live: Live,
    server: Peer,
    order: String,
}

impl Copied {
    /// A run with an order in the book, logged on at the exchange and at its copies.
    fn new() -> Self {
        let mut server = Peer::new();
        let mut live = Live::with(Some(&server));
        live.venue.connect();
        live.log_on(true);
        server.log_on(true);
        live.until("copies", |live| {
            live.venue.status().copies.unwrap().is_logged_on
        });
        let order = live.order();
        live.peer.accept(&order, 1);
        Self {
            live,
            server,
            order,
        }
    }

    fn told(&mut self, execution: u32, at: &str) {
        let reports = self.live.venue.status().reports;
        let order = self.order.clone();
        self.live
            .peer
            .send("8", |body| fill(body, &order, execution, at));
        self.live
            .until("told", |live| live.venue.status().reports > reports);
    }

    fn copied(&mut self, execution: u32, at: &str) {
        let order = self.order.clone();
        self.server
            .send("8", |body| fill(body, &order, execution, at));
    }

    fn is_frozen(&self) -> bool {
        self.live.run.engine().gate().is_frozen(FRONT)
    }

    fn until_frozen(&mut self) {
        let is_frozen = |live: &Live| live.run.engine().gate().is_frozen(FRONT);
        self.live.until("frozen", is_frozen);
    }

    fn until_matched(&mut self) {
        self.live.until("matched", |live| {
            let copies = live.venue.status().copies.unwrap();
            copies.copies > 0 && copies.unmatched == 0
        });
    }

    /// Goes on for thrice the patience.
    fn pass(&mut self) {
        let last = Instant::now() + Duration::from_millis(900);
        while Instant::now() < last {
            self.live.step();
            self.server.read();
        }
    }
}

#[test]
fn fills_that_both_tell_freeze_nothing_whatever_comes_first_or_twice() {
    let mut copied = Copied::new();
    copied.told(11, "-68.5");
    copied.copied(11, "-68.5");
    copied.copied(12, "-68.5");
    copied.copied(12, "-68.5");
    copied.told(12, "-68.5");
    copied.until_matched();
    copied.pass();
    assert!(!copied.is_frozen());
    assert_eq!(copied.live.aside, []);
}

#[test]
fn a_fill_that_the_copy_lacks_freezes_until_it_is_released() {
    let mut copied = Copied::new();
    copied.told(11, "-68.5");
    copied.until_frozen();
    assert_eq!(
        copied.live.aside[0].reason,
        "H0 (instrument 0) is frozen: trade 11 (Buy 0.4 at -68.5) is booked here and not in the drop copy"
    );
    // No order passes, the cancel of the open one does.
    let orders = copied.live.peer.of("D").len();
    let seconds = copied.live.seconds + 1;
    copied.live.run.receive(quote(seconds, "-68"));
    copied.live.cancel_all();
    let live = &mut copied.live;
    live.until("a cancel", |live| live.peer.of("F").len() == 1);
    assert_eq!(live.peer.of("D").len(), orders);
    // An operator releases it.
    let file = live.folder.path().join("release");
    std::fs::write(&file, "H0\nH9\n").unwrap();
    live.until("released", |live| {
        !live.run.engine().gate().is_frozen(FRONT)
    });
    assert!(!file.exists());
    let told = live.aside.iter().map(|aside| aside.reason.as_str());
    let told: Vec<&str> = told.collect();
    assert_eq!(
        told[1..],
        [
            "H0 (instrument 0) is released",
            "\"H9\" is not traded in this run: nothing is released"
        ]
    );
    assert_eq!(live.order(), "T-1-3", "the second was refused");
    copied.pass();
    assert!(
        !copied.is_frozen(),
        "what was settled does not freeze again"
    );
}

#[test]
fn a_fill_that_only_the_copy_tells_freezes() {
    let mut copied = Copied::new();
    copied.copied(77, "-68.5");
    copied.until_frozen();
    assert!(copied.live.aside[0].reason.contains("not booked here"));
    let refusal = Refusal::Frozen { instrument: FRONT };
    assert!(refusal.to_string().contains("release it"));
}

#[test]
fn a_fill_at_another_price_freezes_at_once_and_so_does_a_busted_trade() {
    let mut copied = Copied::new();
    copied.told(11, "-68.5");
    copied.copied(11, "-68.4");
    copied.until_frozen();
    assert!(
        copied.live.aside[0]
            .reason
            .contains("is Buy 0.4 at -68.5 here and Buy 0.4 at -68.4")
    );
    let mut copied = Copied::new();
    copied.told(11, "-68.5");
    copied.copied(11, "-68.5");
    let order = copied.order.clone();
    copied.server.send("8", |body| {
        body.text(37, "X1").text(11, &order).int(17, 12).int(19, 11);
        body.char(150, b'H').char(39, b'0').text(55, "H0");
        body.char(54, b'1').int(151, 1).int(14, 0).int(6, 0);
    });
    copied.until_frozen();
    assert!(
        copied.live.aside[0]
            .reason
            .contains("corrected or busted (12)")
    );
}

#[test]
fn a_gap_in_the_copies_is_asked_for_and_nothing_freezes_meanwhile() {
    let mut copied = Copied::new();
    copied.told(11, "-68.5");
    copied.told(12, "-68.5");
    // The second copy comes first: the session asks for the one before.
    copied.server.next_out += 1;
    copied.copied(12, "-68.5");
    let last = Instant::now() + Duration::from_secs(30);
    while copied.server.of("2").is_empty() {
        assert!(Instant::now() < last, "no resend request");
        copied.server.read();
    }
    copied.server.next_out -= 2;
    copied.copied(11, "-68.5");
    copied.until_matched();
    assert!(!copied.is_frozen());
}

#[test]
fn while_the_line_of_the_copies_is_down_nothing_is_missing() {
    let mut copied = Copied::new();
    copied.server.hang_up();
    copied.live.until("copies are down", |live| {
        !live.venue.status().copies.unwrap().is_logged_on
    });
    copied.told(11, "-68.5");
    let last = Instant::now() + Duration::from_millis(900);
    while Instant::now() < last {
        copied.live.step();
    }
    assert!(!copied.is_frozen());
    copied.server.log_on(false);
    copied.copied(11, "-68.5");
    copied.until_matched();
    assert!(!copied.is_frozen());
}

#[test]
fn another_process_reads_the_copies_of_the_whole_day_again() {
    let mut copied = Copied::new();
    copied.told(11, "-68.5");
    copied.copied(11, "-68.5");
    copied.until_matched();
    // The line has it before the engine, and the journal, do.
    copied.live.until("booked", |live| {
        let portfolio = live.run.engine().portfolio();
        let position = portfolio.position_of(FRONT, OWNER);
        position.is_some_and(|position| position.volume != Volume::ZERO)
    });
    copied.server.hang_up();
    copied.live.killed_with(Some(&copied.server)).unwrap();
    assert_eq!(copied.live.venue.status().copies.unwrap().unmatched, 1);
    copied.live.venue.connect();
    copied.live.log_on(false);
    // Its logon shows a gap: everything from the first message on is asked for.
    copied.server.log_on(false);
    let last = Instant::now() + Duration::from_secs(30);
    while copied.server.of("2").is_empty() {
        assert!(Instant::now() < last, "no resend request");
        copied.server.read();
    }
    let after = copied.server.next_out;
    copied.server.next_out = 1;
    copied.server.send("4", |body| {
        body.bool(43, true).bool(123, true).int(36, 2);
    });
    copied.server.next_out = 2;
    copied.copied(11, "-68.5");
    copied.server.send("4", |body| {
        body.bool(43, true).bool(123, true).int(36, after);
    });
    copied.server.next_out = after;
    copied.until_matched();
    copied.pass();
    assert!(!copied.is_frozen());
}
