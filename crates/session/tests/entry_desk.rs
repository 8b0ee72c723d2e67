//! Orders over a session that numbers nothing: what a broken line leaves open, and reports that cross.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_domain::{InstrumentId, Price, Side, TimeInForce, Timestamp, TradeId, Volume};
use wattbook_session::SessionError;
use wattbook_session::adapter::Heard;
use wattbook_session::fix::orders::{
    Answer, Cancel, ExecType, Execution, MassStatus, NewOrder, OrdStatus, Replace, Request,
    StandingOrder, Status,
};
use wattbook_session::venue::{
    EntryAct, EntryDesk, EntryRefused, OrderEntry, OwnOrder, OwnOrderAction, OwnOrderState,
    OwnTrade, SessionState, VenueEvent,
};

const SYMBOL: &str = "1000@DE-LU";

fn mw(tenths: i64) -> Volume {
    Volume::from_millionths(tenths * 100_000)
}

fn eur(cents: i64) -> Price {
    Price::from_millionths(cents * 10_000)
}

fn new(id: &str, time_in_force: TimeInForce) -> Request {
    Request::New(NewOrder {
        id: id.to_owned(),
        symbol: SYMBOL.to_owned(),
        side: Side::Buy,
        time_in_force,
        price: eur(-500),
        volume: mw(10),
        display_volume: None,
    })
}

fn iceberg(id: &str, time_in_force: TimeInForce, display: Volume) -> Request {
    let Request::New(order) = new(id, time_in_force) else {
        panic!("no order");
    };
    Request::New(NewOrder {
        display_volume: Some(display),
        ..order
    })
}

/// What the entries that are due say of volume and display.
fn shown(desk: &mut EntryDesk) -> Vec<(Volume, Option<Volume>)> {
    let due = entries(desk);
    due.iter()
        .map(|one| (one.volume, one.display_volume))
        .collect()
}

fn replace(id: &str, original: &str, price: Price, volume: Volume) -> Request {
    Request::Replace(Replace {
        id: id.to_owned(),
        original: original.to_owned(),
        symbol: SYMBOL.to_owned(),
        side: Side::Buy,
        price,
        volume,
        display_volume: None,
    })
}

fn cancel(id: &str, original: &str) -> Request {
    Request::Cancel(Cancel {
        id: id.to_owned(),
        original: original.to_owned(),
        symbol: SYMBOL.to_owned(),
        side: Side::Buy,
        volume: mw(10),
    })
}

fn order(name: &str, open: i64, action: OwnOrderAction, revision: u64) -> OwnOrder {
    let is_over = matches!(
        action,
        OwnOrderAction::UserDeleted | OwnOrderAction::SystemDeleted | OwnOrderAction::Executed
    );
    OwnOrder {
        instrument: InstrumentId(0),
        order: format!("V{name}"),
        venue_order: 1,
        first_order: format!("V{name}"),
        client_order: name.to_owned(),
        side: Side::Buy,
        price: eur(-500),
        volume: mw(open),
        display_volume: None,
        state: if is_over {
            OwnOrderState::Inactive
        } else {
            OwnOrderState::Active
        },
        action,
        revision,
        ts_event: Timestamp::EPOCH,
        ts_recv: Timestamp::EPOCH,
    }
}

fn trade(name: &str, number: u64, volume: i64) -> VenueEvent {
    VenueEvent::OwnTrade(Box::new(OwnTrade {
        instrument: InstrumentId(0),
        trade: TradeId(number),
        order: format!("V{name}"),
        venue_order: 1,
        client_order: String::new(),
        side: Side::Buy,
        price: eur(-500),
        volume: mw(volume),
        is_taker: Some(false),
        is_valid: true,
        revision: 1,
        ts_event: Timestamp::EPOCH,
        ts_recv: Timestamp::EPOCH,
    }))
}

fn lost() -> VenueEvent {
    VenueEvent::State(SessionState::Lost {
        error: SessionError::Closed {
            reason: "cut".to_owned(),
        },
        retry_at: Timestamp::EPOCH,
    })
}

/// Logs in; `told` is what the venue's lists say.
fn log_in(desk: &mut EntryDesk, told: Vec<VenueEvent>) {
    desk.told(VenueEvent::State(SessionState::LoggedIn));
    for event in told {
        desk.told(event);
    }
    desk.told(VenueEvent::OwnOrdersWhole);
    desk.told(VenueEvent::OwnTradesWhole);
    desk.told(VenueEvent::State(SessionState::Live));
}

fn own(order: OwnOrder) -> VenueEvent {
    VenueEvent::OwnOrder(Box::new(order))
}

fn up() -> EntryDesk {
    let mut desk = EntryDesk::default();
    log_in(&mut desk, Vec::new());
    assert_eq!(desk.heard(), Some(Heard::Up));
    desk
}

/// A desk with order `a` in the book, all told.
fn with_order() -> EntryDesk {
    let mut desk = up();
    desk.request(&new("a", TimeInForce::GoodForSession));
    assert!(desk.entry().is_some());
    desk.told(own(order("a", 10, OwnOrderAction::UserAdded, 1)));
    assert_eq!(kinds(&mut desk), [ExecType::New]);
    desk
}

fn executions(desk: &mut EntryDesk) -> Vec<Execution> {
    let heard = std::iter::from_fn(|| desk.heard());
    let executions = heard.filter_map(|heard| match heard {
        Heard::Answer { answer, .. } => match *answer {
            Answer::Execution(execution) => Some(*execution),
            Answer::ChangeRejected(_) => None,
        },
        _ => None,
    });
    executions.collect()
}

fn kinds(desk: &mut EntryDesk) -> Vec<ExecType> {
    let executions = executions(desk).into_iter();
    executions.map(|execution| execution.exec_type).collect()
}

fn entries(desk: &mut EntryDesk) -> Vec<OrderEntry> {
    std::iter::from_fn(|| desk.entry()).collect()
}

#[test]
fn an_order_that_neither_list_knows_is_refused_and_taken_back_should_it_arrive_late() {
    let mut desk = up();
    desk.request(&new("a", TimeInForce::GoodForSession));
    assert_eq!(entries(&mut desk)[0].login, 1);
    desk.told(lost());
    assert!(matches!(desk.heard(), Some(Heard::Down(_))));
    log_in(&mut desk, Vec::new());
    assert_eq!(kinds(&mut desk), [ExecType::Rejected]);
    assert!(entries(&mut desk).is_empty(), "it may still arrive");
    // The venue takes it after its lists were told.
    desk.told(own(order("a", 10, OwnOrderAction::UserAdded, 1)));
    assert_eq!(kinds(&mut desk), [ExecType::New]);
    desk.request(&cancel("a.9", "a"));
    let sent = entries(&mut desk);
    assert!(matches!(&sent[0].act, EntryAct::Delete(standing) if standing.order == "Va"));
    desk.told(own(order("a", 10, OwnOrderAction::UserDeleted, 2)));
    assert_eq!(kinds(&mut desk), [ExecType::Cancelled]);
}

#[test]
fn a_trade_of_an_order_that_filled_while_no_process_ran_is_booked_by_the_venues_code() {
    let mut before = EntryDesk::default();
    log_in(&mut before, Vec::new());
    before.request(&new("a", TimeInForce::GoodForSession));
    entries(&mut before);
    before.told(own(order("a", 10, OwnOrderAction::UserAdded, 1)));
    let codes = before.take_codes();
    assert_eq!(codes, [("Va".to_owned(), "a".to_owned())]);
    for is_known in [true, false] {
        let mut desk = EntryDesk::default();
        let known = if is_known { codes.clone() } else { Vec::new() };
        desk.resume([standing("a", true, 0)], [], known);
        // The trade names the venue's code only, and the order stands no longer.
        log_in(&mut desk, vec![trade("a", 7, 10)]);
        let told = executions(&mut desk);
        let ids: Vec<_> = told
            .iter()
            .map(|told| (told.id.as_str(), told.last.map(|(_, volume)| volume)))
            .collect();
        let name = if is_known { "a" } else { "" };
        assert_eq!(ids, [(name, Some(mw(10)))]);
    }
}

#[test]
fn an_order_that_entries_cannot_say_is_refused_unsent() {
    let mut desk = up();
    desk.request(&new("a", TimeInForce::AtClose));
    // One that shows nothing, and one that does not rest.
    desk.request(&iceberg("b", TimeInForce::Day, mw(0)));
    desk.request(&iceberg("c", TimeInForce::ImmediateOrCancel, mw(1)));
    assert_eq!(kinds(&mut desk), [ExecType::Rejected; 3]);
    assert!(entries(&mut desk).is_empty());
}

#[test]
fn an_iceberg_says_what_it_shows_with_each_request() {
    let mut desk = up();
    desk.request(&iceberg("a", TimeInForce::Day, mw(4)));
    assert_eq!(shown(&mut desk), [(mw(10), Some(mw(4)))]);
    desk.told(own(order("a", 10, OwnOrderAction::UserAdded, 1)));
    desk.told(trade("a", 7, 7));
    desk.told(own(order("a", 3, OwnOrderAction::PartlyExecuted, 2)));
    // No more than is open, and all of its part again when there is more.
    desk.request(&replace("b", "a", eur(-600), mw(10)));
    assert_eq!(shown(&mut desk), [(mw(3), Some(mw(3)))]);
    let amended = OwnOrder {
        price: eur(-600),
        ..order("a", 3, OwnOrderAction::UserModified, 3)
    };
    desk.told(own(amended));
    desk.request(&replace("c", "b", eur(-600), mw(20)));
    assert_eq!(shown(&mut desk), [(mw(13), Some(mw(4)))]);
}

#[test]
fn an_iceberg_of_an_earlier_process_or_of_another_stays_one() {
    let mut desk = EntryDesk::default();
    let before = StandingOrder {
        display_volume: Some(mw(4)),
        ..standing("a", true, 0)
    };
    desk.resume([before], [], []);
    let foreign = OwnOrder {
        display_volume: Some(mw(2)),
        ..order("other", 10, OwnOrderAction::UserAdded, 1)
    };
    let known = own(order("a", 10, OwnOrderAction::UserAdded, 1));
    log_in(&mut desk, vec![known, own(foreign)]);
    desk.request(&replace("b", "a", eur(-600), mw(10)));
    desk.request(&cancel("c", "other"));
    let told = [(mw(10), Some(mw(4))), (mw(10), Some(mw(2)))];
    assert_eq!(shown(&mut desk), told);
}

#[test]
fn an_order_that_the_list_knows_is_not_sent_again() {
    let mut desk = up();
    desk.request(&new("a", TimeInForce::GoodForSession));
    entries(&mut desk);
    desk.told(lost());
    let known = own(order("a", 6, OwnOrderAction::PartlyExecuted, 2));
    log_in(&mut desk, vec![known, trade("a", 7, 4)]);
    assert!(entries(&mut desk).is_empty());
    assert_eq!(kinds(&mut desk), [ExecType::New, ExecType::Trade]);
}

#[test]
fn an_order_for_at_once_is_not_sent_again() {
    let mut desk = up();
    desk.request(&new("a", TimeInForce::ImmediateOrCancel));
    entries(&mut desk);
    desk.told(lost());
    log_in(&mut desk, Vec::new());
    assert!(entries(&mut desk).is_empty());
    assert_eq!(kinds(&mut desk), [ExecType::Rejected]);
}

#[test]
fn an_order_that_filled_while_the_line_was_cut_is_filled() {
    let mut desk = with_order();
    desk.told(lost());
    log_in(&mut desk, vec![trade("a", 7, 10)]);
    assert_eq!(kinds(&mut desk), [ExecType::Trade]);
    desk.request(&Request::MassStatus(MassStatus {
        id: "all".to_owned(),
    }));
    let told = executions(&mut desk);
    assert_eq!(told[0].mass.as_ref().unwrap().total, 0);
}

#[test]
fn an_amendment_that_arrived_is_granted_and_one_that_did_not_is_sent_again() {
    for has_arrived in [true, false] {
        let mut desk = with_order();
        desk.request(&replace("a.1", "a", eur(-500), mw(12)));
        entries(&mut desk);
        desk.told(lost());
        let (open, action, revision) = if has_arrived {
            (12, OwnOrderAction::UserModified, 2)
        } else {
            (10, OwnOrderAction::UserAdded, 1)
        };
        log_in(&mut desk, vec![own(order("a", open, action, revision))]);
        let again = entries(&mut desk);
        let replaced = kinds(&mut desk) == [ExecType::Replaced];
        assert_eq!((replaced, again.is_empty()), (has_arrived, has_arrived));
    }
}

#[test]
fn a_cancel_that_was_granted_while_the_line_was_cut_ends_the_order_as_asked() {
    let mut desk = with_order();
    desk.request(&cancel("a.1", "a"));
    entries(&mut desk);
    desk.told(lost());
    log_in(&mut desk, vec![trade("a", 7, 3)]);
    assert_eq!(kinds(&mut desk), [ExecType::Trade, ExecType::Cancelled]);
}

#[test]
fn a_cancel_of_a_revision_that_is_no_longer_the_last_is_asked_again() {
    let mut desk = with_order();
    desk.request(&cancel("a.1", "a"));
    let first = entries(&mut desk);
    desk.told(own(order("a", 6, OwnOrderAction::PartlyExecuted, 2)));
    desk.told(VenueEvent::EntryRefused(Box::new(EntryRefused {
        id: "a.1".to_owned(),
        code: "1".to_owned(),
        words: "another revision".to_owned(),
    })));
    let again = entries(&mut desk);
    let revision = |entries: &[OrderEntry]| match &entries[0].act {
        EntryAct::Delete(standing) => standing.revision,
        other => panic!("{other:?}"),
    };
    assert_eq!((revision(&first), revision(&again)), (1, 2));
}

#[test]
fn an_order_ends_when_the_trades_before_its_end_were_told() {
    let mut desk = with_order();
    desk.request(&cancel("a.1", "a"));
    entries(&mut desk);
    desk.told(own(order("a", 6, OwnOrderAction::PartlyExecuted, 2)));
    desk.told(own(order("a", 0, OwnOrderAction::UserDeleted, 3)));
    assert!(kinds(&mut desk).is_empty());
    desk.told(trade("a", 7, 4));
    assert_eq!(kinds(&mut desk), [ExecType::Trade, ExecType::Cancelled]);
}

#[test]
fn one_change_of_an_order_is_on_its_way_at_a_time() {
    let mut desk = with_order();
    desk.request(&replace("a.1", "a", eur(-400), mw(10)));
    desk.request(&cancel("a.2", "a.1"));
    let sent = entries(&mut desk);
    assert_eq!(sent.len(), 1);
    let mut changed = order("a", 10, OwnOrderAction::UserModified, 2);
    changed.price = eur(-400);
    desk.told(own(changed));
    assert_eq!(kinds(&mut desk), [ExecType::Replaced]);
    let next = entries(&mut desk);
    assert!(matches!(&next[0].act, EntryAct::Delete(standing) if standing.revision == 2));
}

#[test]
fn an_order_of_ours_that_was_not_sent_from_here_is_told_of() {
    let mut desk = EntryDesk::default();
    let foreign = order("other", 5, OwnOrderAction::UserAdded, 1);
    log_in(&mut desk, vec![own(foreign)]);
    desk.request(&Request::MassStatus(MassStatus {
        id: "all".to_owned(),
    }));
    let told = executions(&mut desk);
    assert_eq!((told[0].id.as_str(), told[0].open), ("other", mw(5)));
}

fn standing(id: &str, is_accepted: bool, filled: i64) -> StandingOrder {
    StandingOrder {
        name: id.to_owned(),
        id: id.to_owned(),
        instrument: InstrumentId(0),
        side: Side::Buy,
        time_in_force: TimeInForce::GoodForSession,
        price: eur(-500),
        volume: mw(10),
        display_volume: None,
        filled: mw(filled),
        is_accepted,
        changes: Vec::new(),
    }
}

/// A new process after one that had placed `a` and `b`, and booked trade 1 of `a`; what was asked of
/// `c` may not have left.
fn resumed() -> EntryDesk {
    let mut desk = EntryDesk::default();
    let orders = [
        standing("a", true, 4),
        standing("b", true, 0),
        standing("c", false, 0),
    ];
    desk.resume(orders, [("a".to_owned(), TradeId(1))], []);
    desk
}

#[test]
fn a_new_process_books_what_it_missed_once_and_sends_nothing_again() {
    let mut desk = resumed();
    let listed = vec![
        trade("a", 1, 4),
        trade("a", 2, 3),
        own(order("a", 3, OwnOrderAction::PartlyExecuted, 3)),
        own(order("b", 10, OwnOrderAction::UserAdded, 1)),
    ];
    log_in(&mut desk, listed);
    assert!(entries(&mut desk).is_empty());
    let told = executions(&mut desk);
    let trades: Vec<_> = told.iter().filter_map(|told| told.last).collect();
    assert_eq!(trades, [(eur(-500), mw(3))]);
    let refused = told
        .iter()
        .filter(|told| told.exec_type == ExecType::Rejected);
    assert_eq!(
        refused.map(|told| told.id.as_str()).collect::<Vec<_>>(),
        ["c"]
    );
    desk.request(&cancel("a.1", "a"));
    let sent = entries(&mut desk);
    assert!(matches!(&sent[0].act, EntryAct::Delete(standing) if standing.order == "Va"));
}

#[test]
fn a_new_process_takes_an_order_that_arrived_and_a_trade_of_none_is_told() {
    let mut desk = resumed();
    let listed = vec![
        own(order("c", 10, OwnOrderAction::UserAdded, 1)),
        trade("gone", 7, 2),
    ];
    log_in(&mut desk, listed);
    let told = executions(&mut desk);
    let kinds: Vec<_> = told
        .iter()
        .map(|told| (told.id.as_str(), told.exec_type))
        .collect();
    assert_eq!(kinds, [("c", ExecType::New), ("", ExecType::Trade)]);
    // `a` and `b` stand no longer: the answer about all orders leaves them out.
    desk.request(&Request::MassStatus(MassStatus {
        id: "all".to_owned(),
    }));
    let all = executions(&mut desk);
    assert_eq!(
        all.iter().map(|told| told.id.as_str()).collect::<Vec<_>>(),
        ["c"]
    );
}

#[test]
fn an_order_that_was_not_sent_from_here_is_taken_back_by_its_name() {
    let mut desk = EntryDesk::default();
    log_in(
        &mut desk,
        vec![own(order("other", 5, OwnOrderAction::UserAdded, 1))],
    );
    desk.request(&cancel("T-unknown-1", "other"));
    let sent = entries(&mut desk);
    assert!(matches!(&sent[0].act, EntryAct::Delete(standing) if standing.order == "Vother"));
    desk.told(own(order("other", 5, OwnOrderAction::UserDeleted, 2)));
    let told = executions(&mut desk);
    let last = told.last().unwrap();
    assert_eq!(last.exec_type, ExecType::Cancelled);
    assert_eq!(last.original.as_deref(), Some("other"));
}

proptest! {
    /// However often the line breaks, and at whatever moment, an order is sent once, and what is told of it
    /// is what happened.
    #[test]
    fn an_order_is_sent_once_over_any_line(breaks in proptest::collection::vec((any::<bool>(), any::<bool>()), 0..8)) {
        let mut desk = up();
        desk.request(&new("a", TimeInForce::GoodForSession));
        let (mut sent, mut is_placed) = (0, false);
        let mut told = Vec::new();
        for (arrives, is_answered) in breaks {
            for _ in entries(&mut desk) {
                sent += 1;
                is_placed |= arrives;
            }
            if is_placed && is_answered {
                desk.told(own(order("a", 10, OwnOrderAction::UserAdded, 1)));
            }
            told.extend(kinds(&mut desk));
            desk.told(lost());
            let known = is_placed.then(|| own(order("a", 10, OwnOrderAction::UserAdded, 1)));
            log_in(&mut desk, known.into_iter().collect());
        }
        let last = entries(&mut desk).len();
        if last > 0 {
            is_placed = true;
            desk.told(own(order("a", 10, OwnOrderAction::UserAdded, 1)));
        }
        told.extend(kinds(&mut desk));
        prop_assert_eq!(sent + last, 1);
        prop_assert_eq!(told, [if is_placed { ExecType::New } else { ExecType::Rejected }]);
    }
}

#[test]
fn an_order_that_is_never_answered_is_asked_after_by_the_lists_of_another_login() {
    let mut desk = up();
    desk.request(&new("a", TimeInForce::GoodForSession));
    let question = Request::Status(Status {
        id: "a".to_owned(),
        symbol: SYMBOL.to_owned(),
        side: Side::Buy,
    });
    // What waits here has not left: the venue cannot know it.
    desk.request(&question);
    assert!(!desk.take_doubt());
    assert!(desk.entry().is_some());
    desk.request(&question);
    // Nothing is made up in answer; the lists are taken again, once.
    assert!(desk.heard().is_none() && desk.take_doubt() && !desk.take_doubt());
    desk.log_in_again();
    assert!(matches!(desk.heard(), Some(Heard::Down(_))));
    log_in(
        &mut desk,
        vec![own(order("a", 10, OwnOrderAction::UserAdded, 1))],
    );
    assert_eq!(kinds(&mut desk), [ExecType::New]);
    // It is answered from now on.
    desk.request(&question);
    assert_eq!(kinds(&mut desk), [ExecType::Status]);
    assert!(!desk.take_doubt());
}

#[test]
fn a_trade_that_another_session_tells_again_is_booked_once() {
    let mut desk = with_order();
    desk.told(trade("a", 7, 4));
    desk.told(own(order("a", 6, OwnOrderAction::PartlyExecuted, 2)));
    assert_eq!(kinds(&mut desk), [ExecType::Trade]);
    // The hours have ended and begun again: that session knows nothing of what was told before.
    desk.leave();
    let listed = own(order("a", 5, OwnOrderAction::PartlyExecuted, 2));
    log_in(&mut desk, vec![trade("a", 7, 4), listed, trade("a", 8, 1)]);
    assert_eq!(kinds(&mut desk), [ExecType::Trade]);
}

#[test]
fn an_order_that_the_venue_hibernates_is_suspended_until_it_takes_part_again() {
    let mut desk = with_order();
    let hibernated = |revision| OwnOrder {
        state: OwnOrderState::Hibernated,
        ..order("a", 10, OwnOrderAction::SystemHibernated, revision)
    };
    desk.told(own(hibernated(2)));
    desk.told(own(hibernated(3)));
    let told = executions(&mut desk);
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].exec_type, told[0].status),
        (ExecType::Suspended, OrdStatus::Suspended)
    );
    desk.told(own(order("a", 10, OwnOrderAction::UserModified, 4)));
    assert_eq!(executions(&mut desk)[0].status, OrdStatus::New);
}
