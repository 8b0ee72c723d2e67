//! XML over AMQP through a real `RabbitMQ`.

use std::time::Duration;

use wattbook_session::m7::{M7Session, M7Settings, Protocol};
use wattbook_session::venue::{Secrets, SessionState};
use wattbook_session::{Endpoint, Session, SessionError, open};
use wattbook_sim::feeds::{
    FeedControl, FeedFault, FeedMarket, FeedProtocol, FeedVenue, M7Venue, M7VenueSettings,
};

use crate::follower::Follower;
use crate::rabbit::Rabbit;
use crate::recorded::{agrees_in_any_chunks, recorded};

const AREAS: [&str; 2] = ["10YDE-EON------1", "10YDE-RWENET---I"];

struct Stage {
    control: FeedControl,
    follower: Follower,
    _venue: M7Venue,
    settings: M7Settings,
}

fn settings(rabbit: &Rabbit, name: &str, protocol: Protocol) -> M7Settings {
    let endpoint = Endpoint {
        host: "127.0.0.1".to_owned(),
        port: rabbit.address().port(),
        is_tls: false,
    };
    let secrets = Secrets {
        user: "guest".to_owned(),
        password: "guest".to_owned(),
    };
    let mut settings = M7Settings::new(endpoint, secrets, "SIM", &["XBID_Hour_Power"]);
    settings.protocol = protocol;
    settings.accounts = vec!["ACC".to_owned()];
    settings.request_exchange = format!("{name}.request.{{user}}");
    settings.response_queue = format!("{name}.response.{{user}}");
    settings.broadcast_queue = format!("{name}.broadcast.{{user}}");
    settings.retry_ms = (50, 500);
    settings.venue_heartbeat_seconds = 3;
    settings.heartbeat_seconds = 5;
    settings
}

fn stage(rabbit: &Rabbit, name: &str, protocol: Protocol, room: usize) -> Stage {
    let name = &format!("{name}{}", protocol as u8);
    let settings = settings(rabbit, name, protocol);
    let control = FeedControl::new(FeedMarket::new(11, 1_764_144_000, 4, &AREAS));
    control.step(300);
    let venue = M7VenueSettings {
        broker: rabbit.address(),
        user: "guest".to_owned(),
        password: "guest".to_owned(),
        request_exchange: format!("{name}.request.guest"),
        broadcast_queue: format!("{name}.broadcast.guest"),
    };
    let venue = M7Venue::start(venue, control.clone()).unwrap();
    // The exchange for requests is the venue's; a client that is early is refused and comes back.
    let mut follower = Follower::start(Box::new(M7Session::new(settings.clone())), room);
    follower.until_live();
    Stage {
        control,
        follower,
        _venue: venue,
        settings,
    }
}

/// One broker serves all, because it takes seconds to start.
#[test]
fn books_follow_the_venue_through_a_real_broker() {
    let Some(mut rabbit) = Rabbit::start() else {
        // No skip goes unseen where it must not.
        assert!(
            std::env::var_os("WATTBOOK_FAIL_ON_SKIP").is_none(),
            "RabbitMQ is not installed; tools/setup-debian installs it"
        );
        println!("skipped: RabbitMQ is not installed; tools/setup-debian installs it");
        return;
    };
    its_file_describes_it(&rabbit);
    plain_day(&rabbit, Protocol::Amqp091);
    a_lost_delta_is_noticed(&rabbit, Protocol::Amqp091);
    hostile_messages_are_set_aside(&rabbit);
    a_spoilt_snapshot_is_asked_for_again(&rabbit);
    a_silent_venue_is_left(&rabbit);
    a_slow_consumer_loses_nothing(&rabbit);
    a_killed_broker_costs_no_order(&mut rabbit, Protocol::Amqp091);
    the_same_in_any_chunks(&rabbit, Protocol::Amqp091);
    plain_day(&rabbit, Protocol::Amqp10);
    the_same_in_any_chunks(&rabbit, Protocol::Amqp10);
    a_lost_delta_is_noticed(&rabbit, Protocol::Amqp10);
    a_killed_broker_costs_no_order(&mut rabbit, Protocol::Amqp10);
}

fn its_file_describes_it(rabbit: &Rabbit) {
    let control = FeedControl::new(FeedMarket::new(11, 1_764_144_000, 4, &AREAS));
    control.step(300);
    let protocol = FeedProtocol::M7(rabbit.address());
    let venue = FeedVenue::start(protocol, 0, ["guest", "guest"], control.clone()).unwrap();
    let secrets = Secrets {
        user: "guest".to_owned(),
        password: "guest".to_owned(),
    };
    let mut follower = Follower::start(open(venue.file(), secrets, 9).unwrap(), 10_000);
    follower.until_live();
    control.step(300);
    follower.agrees_with(&control);
    assert_eq!((venue.address(), follower.instruments.len()), (None, 8));
}

fn plain_day(rabbit: &Rabbit, protocol: Protocol) {
    let mut stage = stage(rabbit, "plain", protocol, 10_000);
    stage.control.step(2_000);
    stage.follower.agrees_with(&stage.control);
    stage.follower.own_agrees_with(&stage.control);
    let follower = &stage.follower;
    assert!(!follower.own_trades.is_empty());
    assert_eq!(follower.instruments.len(), 8);
    assert!(follower.phases >= 8 && follower.capacities == 1);
    assert!(follower.trades.is_sorted() && follower.trades.len() > 10);
    assert_eq!((follower.gaps, follower.quarantined.len()), (0, 0));
    assert_eq!(stage.control.snapshots(), 1);
    stage.follower.live.stop();
    let mut last = None;
    while let Some(events) = stage.follower.live.take(100, Duration::from_secs(5)) {
        last = events.into_iter().last().or(last);
    }
    let stopped = wattbook_session::venue::VenueEvent::State(SessionState::Stopped);
    assert_eq!(last, Some(stopped));
}

fn a_lost_delta_is_noticed(rabbit: &Rabbit, protocol: Protocol) {
    let mut stage = stage(rabbit, "gap", protocol, 10_000);
    for _ in 0..5 {
        stage.control.step(100);
        stage.control.fail(FeedFault::Lose(10));
        stage.control.step(100);
        stage.follower.agrees_with_more(&stage.control);
    }
    assert!(stage.follower.gaps > 0 && stage.control.snapshots() > 1);
}

fn hostile_messages_are_set_aside(rabbit: &Rabbit) {
    let mut stage = stage(rabbit, "hostile", Protocol::Amqp091, 10_000);
    let bomb = b"<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;&b;'>]><a>&c;</a>".to_vec();
    let torn = b"<PblcOrdrBooksDeltaRprt><OrdrbookList><OrdrBook contractId='1000'".to_vec();
    let odd = b"<PblcOrdrBooksDeltaRprt><OrdrbookList><OrdrBook contractId='1000' dlvryAreaId='x' \
        revisionNo='many'/></OrdrbookList></PblcOrdrBooksDeltaRprt>"
        .to_vec();
    for bytes in [bomb, torn, odd, vec![0xFF; 100], Vec::new()] {
        stage.control.fail(FeedFault::Publish(bytes));
        stage.control.step(50);
    }
    stage.follower.agrees_with(&stage.control);
    stage
        .follower
        .until("five set aside", |follower| follower.quarantined.len() >= 5);
    assert_eq!(stage.follower.gaps, 0);
    let reasons: Vec<_> = stage
        .follower
        .quarantined
        .iter()
        .map(|part| (part.offset, part.reason.clone()))
        .collect();
    assert!(
        reasons.iter().any(|(offset, _)| *offset > 20),
        "{reasons:?}"
    );
}

fn a_spoilt_snapshot_is_asked_for_again(rabbit: &Rabbit) {
    let mut stage = stage(rabbit, "spoilt", Protocol::Amqp091, 10_000);
    stage.control.fail(FeedFault::SpoilSnapshot);
    stage.control.fail(FeedFault::Lose(50));
    stage.control.step(400);
    stage.follower.agrees_with_more(&stage.control);
    assert!(!stage.follower.quarantined.is_empty());
    assert!(stage.control.snapshots() >= 3);
}

fn a_silent_venue_is_left(rabbit: &Rabbit) {
    let mut stage = stage(rabbit, "silent", Protocol::Amqp091, 10_000);
    stage.control.fail(FeedFault::Silence(true));
    stage.follower.until("lost", |follower| {
        let silent = |state: &SessionState| {
            matches!(
                state,
                SessionState::Lost {
                    error: SessionError::Silent { .. },
                    ..
                }
            )
        };
        follower.states.iter().any(silent)
    });
    stage.control.fail(FeedFault::Silence(false));
    stage.control.step(100);
    stage.follower.until_live();
    stage.follower.agrees_with(&stage.control);
}

fn a_slow_consumer_loses_nothing(rabbit: &Rabbit) {
    let mut stage = stage(rabbit, "slow", Protocol::Amqp091, 50);
    stage.control.step(3_000);
    while !stage.control.is_idle() {
        let few = stage.follower.live.take(1, Duration::from_millis(1));
        few.unwrap()
            .iter()
            .for_each(|event| stage.follower.books.apply(event));
    }
    stage.follower.agrees_with(&stage.control);
}

fn losses(follower: &Follower) -> usize {
    let is_loss = |state: &&SessionState| matches!(state, SessionState::Lost { .. });
    follower.states.iter().filter(is_loss).count()
}

fn a_killed_broker_costs_no_order(rabbit: &mut Rabbit, protocol: Protocol) {
    let mut stage = stage(rabbit, "killed", protocol, 10_000);
    stage.control.step(500);
    stage.follower.turn();
    // A client that came before its venue has been refused already.
    let before = losses(&stage.follower);
    rabbit.kill();
    stage
        .follower
        .until("lost", |follower| losses(follower) > before);
    let is_synced = stage
        .follower
        .books
        .books()
        .any(|(_, book)| book.is_synced());
    assert!(!is_synced);
    rabbit.restart();
    stage.follower.until_live();
    stage.control.step(200);
    stage.follower.agrees_with(&stage.control);
    stage.follower.own_agrees_with(&stage.control);
}

/// What a session hears from a real broker is told the same however its bytes come.
fn the_same_in_any_chunks(rabbit: &Rabbit, protocol: Protocol) {
    let stage = stage(rabbit, "chunks", protocol, 10_000);
    let Stage {
        control,
        follower,
        _venue,
        settings,
    } = stage;
    // Its queues are for one client at a time.
    drop(follower);
    let session = || -> Box<dyn Session> { Box::new(M7Session::new(settings.clone())) };
    let (events, recording) = recorded(session(), &control);
    agrees_in_any_chunks(&events, &recording, session);
}
