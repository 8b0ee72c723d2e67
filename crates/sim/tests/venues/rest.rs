//! REST and WebSocket that a file describes, against a server of our own.

use wattbook_session::venue::{Secrets, SessionState};
use wattbook_session::{SessionError, open};
use wattbook_sim::feeds::{FeedControl, FeedFault, FeedMarket, RestVenue};

use crate::follower::{Follower, patient};

const AREAS: [&str; 2] = ["10YDE-EON------1", "10YFR-RTE------C"];

struct Stage {
    control: FeedControl,
    follower: Follower,
    venue: Option<RestVenue>,
}

fn stage() -> Stage {
    stage_by(patient)
}

fn stage_by(file: impl Fn(&str) -> String) -> Stage {
    let control = FeedControl::new(FeedMarket::new(3, 1_764_144_000, 3, &AREAS));
    control.step(200);
    let venue = RestVenue::start(0, "open-sesame", control.clone()).unwrap();
    let secrets = Secrets {
        user: String::new(),
        password: "open-sesame".to_owned(),
    };
    let session = open(&file(&venue.description()), secrets, 9).unwrap();
    let mut follower = Follower::start(session, 10_000);
    follower.until_live();
    Stage {
        control,
        follower,
        venue: Some(venue),
    }
}

fn losses(follower: &Follower) -> usize {
    let is_loss = |state: &&SessionState| matches!(state, SessionState::Lost { .. });
    follower.states.iter().filter(is_loss).count()
}

#[test]
fn a_described_venue_is_followed_without_code() {
    let mut stage = stage();
    stage.control.step(3_000);
    stage.follower.agrees_with(&stage.control);
    let follower = &stage.follower;
    assert_eq!(follower.instruments.len(), 6);
    assert_eq!(
        (follower.gaps, follower.quarantined.len(), losses(follower)),
        (0, 0, 0)
    );
    assert!(follower.trades.is_sorted() && follower.trades.len() > 10);
    assert_eq!(stage.control.snapshots(), 6);
}

#[test]
fn a_gap_is_closed_by_rest() {
    let mut stage = stage();
    for _ in 0..3 {
        stage.control.step(100);
        stage.control.fail(FeedFault::Lose(10));
        stage.control.step(100);
        stage.follower.agrees_with_more(&stage.control);
    }
    assert!(stage.follower.gaps > 0 && stage.control.snapshots() > 6);
    assert_eq!(losses(&stage.follower), 0);
}

#[test]
fn a_spoilt_or_cut_answer_is_asked_for_again() {
    for fault in [FeedFault::SpoilSnapshot, FeedFault::CutSnapshot] {
        let mut stage = stage();
        stage.control.fail(fault);
        stage.control.fail(FeedFault::Lose(30));
        stage.control.step(300);
        stage.follower.agrees_with_more(&stage.control);
        assert_eq!(losses(&stage.follower), 0);
    }
}

#[test]
fn unreadable_messages_are_set_aside_with_their_place() {
    let mut stage = stage();
    let bodies: [&[u8]; 5] = [
        b"{\"type\":\"changes\",\"symbol\":\"1000.x\"",
        b"{\"type\":\"unknown\"}",
        b"{\"type\":\"changes\",\"symbol\":\"1000.10YDEEON1\",\"sequence\":1e9}",
        b"[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        b"",
    ];
    for body in bodies {
        stage.control.fail(FeedFault::Publish(body.to_vec()));
        stage.control.step(50);
    }
    stage
        .follower
        .until("five set aside", |follower| follower.quarantined.len() == 5);
    stage.follower.agrees_with(&stage.control);
    assert!(
        stage
            .follower
            .quarantined
            .iter()
            .any(|part| part.offset > 0)
    );
    assert_eq!(losses(&stage.follower), 0);
}

#[test]
fn a_silent_venue_is_left() {
    let mut stage = stage_by(str::to_owned);
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
    let mut stage = stage();
    for _ in 0..2 {
        let before = losses(&stage.follower);
        stage.control.step(300);
        stage.follower.turn();
        let port = stage.venue.take().unwrap().address().port();
        stage
            .follower
            .until("lost", |follower| losses(follower) > before);
        let venue = RestVenue::start(port, "open-sesame", stage.control.clone());
        stage.venue = Some(venue.unwrap());
        stage.follower.until_live();
        stage.control.step(200);
        stage.follower.agrees_with(&stage.control);
    }
}

#[test]
fn a_wrong_key_is_refused_again_and_again() {
    let control = FeedControl::new(FeedMarket::new(3, 1_764_144_000, 1, &AREAS));
    let venue = RestVenue::start(0, "open-sesame", control).unwrap();
    let session = open(&venue.description(), Secrets::default(), 9).unwrap();
    let mut follower = Follower::start(session, 100);
    follower.until("refused twice", |follower| losses(follower) >= 2);
    let is_refusal = |state: &SessionState| {
        matches!(
            state,
            SessionState::Lost {
                error: SessionError::Refused { code: 401, .. },
                ..
            }
        )
    };
    assert!(follower.states.iter().any(is_refusal));
}
