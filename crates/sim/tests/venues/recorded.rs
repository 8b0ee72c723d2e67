//! A session over real sockets, recorded: the same inputs in any chunks give the same events.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use wattbook_feed::venue::LiveSession;
use wattbook_session::nordpool::{NordPoolSession, NordPoolSettings};
use wattbook_session::recording::{Recorder, replay};
use wattbook_session::venue::{Secrets, SessionState, VenueEvent};
use wattbook_session::{Endpoint, Session, open};
use wattbook_sim::feeds::{
    FeedControl, FeedFault, FeedMarket, NordPoolVenue, NordPoolVenueSettings, RestVenue,
};

/// How long a venue and its session may take to tell what went wrong.
const PATIENCE: Duration = Duration::from_mins(1);

const AREAS: [&str; 2] = ["10YDE-EON------1", "10YFR-RTE------C"];

/// Lets `session` follow what goes wrong; what it said, and its recording.
pub(crate) fn recorded(
    session: Box<dyn Session>,
    control: &FeedControl,
) -> (Vec<VenueEvent>, Vec<u8>) {
    let recording = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&recording);
    let sink = move |bytes: &[u8]| kept.lock().unwrap().extend_from_slice(bytes);
    let recorder = Recorder::new(session, Box::new(sink));
    let live = LiveSession::start(Box::new(recorder), 10_000).unwrap();
    let mut events = Vec::new();
    let live_now = VenueEvent::State(SessionState::Live);
    let begun = Instant::now();
    while !events.contains(&live_now) {
        assert!(begun.elapsed() < PATIENCE, "not live: {events:?}");
        events.extend(live.take(10_000, Duration::from_millis(20)).unwrap());
    }
    let told: [fn(&VenueEvent) -> bool; 4] = [
        |event| matches!(event, VenueEvent::Quarantined(_)),
        |event| matches!(event, VenueEvent::Gap { .. }),
        |event| matches!(event, VenueEvent::State(SessionState::Live)),
        |_| true,
    ];
    for (round, is_told) in told.into_iter().enumerate() {
        match round {
            0 => control.fail(FeedFault::Publish(b"{\"torn\":".to_vec())),
            1 => control.fail(FeedFault::Lose(3)),
            2 => control.fail(FeedFault::Disconnect),
            _ => {}
        }
        control.step(100);
        // What went wrong is told in its own time; a break before would hide a gap.
        let (first, begun) = (events.len(), Instant::now());
        while !events[first..].iter().any(is_told) {
            assert!(begun.elapsed() < PATIENCE, "round {round} is not told");
            events.extend(live.take(10_000, Duration::from_millis(20)).unwrap());
        }
        for _ in 0..20 {
            events.extend(live.take(10_000, Duration::from_millis(20)).unwrap());
        }
    }
    live.stop();
    while let Some(more) = live.take(10_000, Duration::from_secs(5)) {
        events.extend(more);
    }
    drop(live);
    let recording = recording.lock().unwrap().clone();
    (events, recording)
}

pub(crate) fn agrees_in_any_chunks(
    events: &[VenueEvent],
    recording: &[u8],
    session: impl Fn() -> Box<dyn Session>,
) {
    assert!(
        events
            .iter()
            .any(|event| matches!(event, VenueEvent::Quarantined(_)))
    );
    assert!(
        events
            .iter()
            .any(|event| matches!(event, VenueEvent::Gap { .. }))
    );
    assert!(events.len() > 300, "{}", events.len());
    for chunk_bytes in [usize::MAX, 1_000, 7, 1] {
        let again = replay(recording, &mut *session(), chunk_bytes).unwrap();
        let differs = events
            .iter()
            .zip(&again)
            .position(|(told, again)| told != again);
        let place = differs.map(|at| (at, &events[at], &again[at]));
        assert_eq!(
            (place, again.len()),
            (None, events.len()),
            "chunks of {chunk_bytes}"
        );
    }
    assert!(replay(&recording[..recording.len() - 1], &mut *session(), 64).is_err());
}

#[test]
fn a_described_venue_says_the_same_again() {
    let control = FeedControl::new(FeedMarket::new(8, 1_764_144_000, 2, &AREAS));
    let venue = RestVenue::start(0, "key", control.clone()).unwrap();
    let secrets = Secrets {
        user: String::new(),
        password: "key".to_owned(),
    };
    let session = || open(&venue.description(), secrets.clone(), 9).unwrap();
    let (events, recording) = recorded(session(), &control);
    agrees_in_any_chunks(&events, &recording, session);
}

#[test]
fn a_nordpool_venue_says_the_same_again() {
    let control = FeedControl::new(FeedMarket::new(8, 1_764_144_000, 2, &AREAS));
    let settings = NordPoolVenueSettings {
        port: 0,
        user: "trader".to_owned(),
        password: "secret".to_owned(),
        token_seconds: 60,
        heartbeat_ms: 500,
    };
    let venue = NordPoolVenue::start(settings, control.clone()).unwrap();
    let endpoint = Endpoint {
        host: "127.0.0.1".to_owned(),
        port: venue.address().port(),
        is_tls: false,
    };
    let secrets = Secrets {
        user: "trader".to_owned(),
        password: "secret".to_owned(),
    };
    let mut settings = NordPoolSettings::new(endpoint.clone(), endpoint, secrets, &[1, 2]);
    settings.retry_ms = (50, 300);
    let session = || -> Box<dyn Session> { Box::new(NordPoolSession::new(settings.clone())) };
    let (events, recording) = recorded(session(), &control);
    agrees_in_any_chunks(&events, &recording, session);
}
