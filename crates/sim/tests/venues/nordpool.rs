//! JSON over STOMP against a server of our own.

use wattbook_session::nordpool::{Mode, NordPoolSession, NordPoolSettings};
use wattbook_session::venue::{Secrets, SessionState};
use wattbook_session::{Endpoint, SessionError};
use wattbook_sim::feeds::{
    FeedControl, FeedFault, FeedMarket, NordPoolVenue, NordPoolVenueSettings,
};

use crate::follower::Follower;

const AREAS: [&str; 2] = ["10Y1001A1001A39I", "10YFI-1--------U"];

struct Stage {
    control: FeedControl,
    follower: Follower,
    venue: Option<NordPoolVenue>,
    port: u16,
}

fn venue(port: u16, token_seconds: u16, control: &FeedControl) -> NordPoolVenue {
    let settings = NordPoolVenueSettings {
        port,
        user: "trader".to_owned(),
        password: "p%26ss".to_owned(),
        token_seconds,
        heartbeat_ms: 300,
    };
    NordPoolVenue::start(settings, control.clone()).unwrap()
}

fn stage(mode: Mode, token_seconds: u16) -> Stage {
    stage_by(mode, token_seconds, 60)
}

fn stage_by(mode: Mode, token_seconds: u16, heartbeat_seconds: u16) -> Stage {
    let control = FeedControl::new(FeedMarket::new(5, 1_764_144_000, 3, &AREAS));
    control.step(200);
    let venue = venue(0, token_seconds, &control);
    let port = venue.address().port();
    let endpoint = Endpoint {
        host: "127.0.0.1".to_owned(),
        port,
        is_tls: false,
    };
    let secrets = Secrets {
        user: "trader".to_owned(),
        password: "p&ss".to_owned(),
    };
    let mut settings = NordPoolSettings::new(endpoint.clone(), endpoint, secrets, &[1, 2]);
    settings.mode = mode;
    settings.follows_own = true;
    settings.heartbeat_seconds = heartbeat_seconds;
    settings.retry_ms = (50, 300);
    let mut follower = Follower::start(Box::new(NordPoolSession::new(settings)), 10_000);
    follower.until_live();
    Stage {
        control,
        follower,
        venue: Some(venue),
        port,
    }
}

fn losses(follower: &Follower) -> usize {
    let is_loss = |state: &&SessionState| matches!(state, SessionState::Lost { .. });
    follower.states.iter().filter(is_loss).count()
}

#[test]
fn a_streamed_book_follows_the_venue() {
    let mut stage = stage(Mode::Streaming, 3_600);
    stage.control.step(3_000);
    stage.follower.agrees_with(&stage.control);
    stage.follower.own_agrees_with(&stage.control);
    let follower = &stage.follower;
    assert!(!follower.own_trades.is_empty());
    assert_eq!(follower.instruments.len(), 6);
    assert_eq!(
        (follower.gaps, follower.quarantined.len(), losses(follower)),
        (0, 0, 0)
    );
    assert!(follower.trades.is_sorted() && follower.trades.len() > 10);
    assert_eq!(follower.capacities, 2);
    assert_eq!(stage.control.snapshots(), 2);
}

#[test]
fn a_conflated_book_follows_the_venue() {
    let mut stage = stage(Mode::Conflated, 3_600);
    stage.control.step(3_000);
    stage.follower.agrees_with(&stage.control);
    assert_eq!((stage.follower.gaps, losses(&stage.follower)), (0, 0));
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let mut stage = stage(Mode::Streaming, 2);
    let control = stage.control.clone();
    stage
        .follower
        .until("renewed thrice", |_| control.renewals() >= 3);
    stage.control.step(100);
    stage.follower.agrees_with(&stage.control);
    assert_eq!(losses(&stage.follower), 0);
    assert!(stage.follower.states.contains(&SessionState::Renewed));
}

#[test]
fn an_expired_token_costs_a_connection_but_no_order() {
    let mut stage = stage(Mode::Streaming, 3_600);
    stage.control.fail(FeedFault::ExpireTokens);
    stage
        .follower
        .until("lost", |follower| losses(follower) == 1);
    stage.control.step(200);
    stage.follower.until_live();
    stage.follower.agrees_with(&stage.control);
    assert_eq!(stage.control.logins(), 2);
}

#[test]
fn a_lost_message_is_noticed_by_its_number() {
    let mut stage = stage(Mode::Streaming, 3_600);
    for _ in 0..3 {
        stage.control.step(100);
        stage.control.fail(FeedFault::Lose(5));
        stage.control.step(100);
        stage.follower.agrees_with_more(&stage.control);
    }
    assert!(stage.follower.gaps > 0 && stage.control.snapshots() > 2);
    assert_eq!(losses(&stage.follower), 0);
}

#[test]
fn a_connection_cut_within_a_snapshot_is_made_again() {
    let mut stage = stage(Mode::Streaming, 3_600);
    stage.control.fail(FeedFault::CutSnapshot);
    // A lost message brings the subscription, and so the snapshot, that is cut.
    stage.control.fail(FeedFault::Lose(20));
    stage.control.step(300);
    stage
        .follower
        .until("lost", |follower| losses(follower) > 0);
    stage.follower.until_live();
    stage.follower.agrees_with_more(&stage.control);
}

#[test]
fn unreadable_json_is_set_aside_and_the_book_asked_for_again() {
    let mut stage = stage(Mode::Streaming, 3_600);
    let bodies: [&[u8]; 5] = [
        b"[{\"contractId\":\"NX_1000\"",
        b"[{\"contractId\":\"NX_1000\",\"deliveryAreaId\":1,\"revisionNo\":\"many\"}]",
        b"[{\"a\":1,\"a\":2}]",
        b"not json",
        b"",
    ];
    for body in bodies {
        let before = stage.follower.quarantined.len();
        stage.control.fail(FeedFault::Publish(body.to_vec()));
        stage.control.step(50);
        stage
            .follower
            .until("set aside", |follower| follower.quarantined.len() > before);
        stage.follower.agrees_with(&stage.control);
    }
    // Two at once: the second comes while the session subscribes anew after the first.
    let before = stage.follower.quarantined.len();
    stage.control.fail(FeedFault::Publish(bodies[1].to_vec()));
    stage.control.fail(FeedFault::Publish(bodies[3].to_vec()));
    stage.follower.until("both set aside", |follower| {
        follower.quarantined.len() >= before + 2
    });
    stage.control.step(50);
    stage.follower.agrees_with(&stage.control);
    assert_eq!(losses(&stage.follower), 0);
    let reasons: Vec<_> = stage
        .follower
        .quarantined
        .iter()
        .map(|part| part.offset)
        .collect();
    assert!(reasons.iter().any(|offset| *offset > 0), "{reasons:?}");
    assert!(
        stage
            .follower
            .quarantined
            .iter()
            .all(|part| part.place.contains("localview"))
    );
}

#[test]
fn a_silent_venue_is_left() {
    let mut stage = stage_by(Mode::Streaming, 3_600, 1);
    stage.control.fail(FeedFault::Silence(true));
    stage
        .follower
        .until("lost", |follower| losses(follower) > 0);
    let is_silent = |state: &SessionState| {
        matches!(
            state,
            SessionState::Lost {
                error: SessionError::Silent { .. },
                ..
            }
        )
    };
    assert!(stage.follower.states.iter().any(is_silent));
    stage.control.step(100);
    stage.follower.until_live();
    stage.follower.agrees_with(&stage.control);
}

#[test]
fn a_venue_that_starts_again_costs_no_order() {
    let mut stage = stage(Mode::Streaming, 3_600);
    for _ in 0..2 {
        let before = losses(&stage.follower);
        stage.control.step(300);
        stage.follower.turn();
        drop(stage.venue.take());
        stage
            .follower
            .until("lost", |follower| losses(follower) > before);
        stage.venue = Some(venue(stage.port, 3_600, &stage.control));
        stage.follower.until_live();
        stage.control.step(200);
        stage.follower.agrees_with(&stage.control);
        stage.follower.own_agrees_with(&stage.control);
    }
}
