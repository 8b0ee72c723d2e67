use super::*;
use crate::session::Endpoint;
use crate::venue::Secrets;

fn message(id: &str, number: &str, body: &str) -> Frame {
    let headers = [
        ("subscription", id),
        ("destination", "/user/me/v1/streaming/there"),
        ("x-nps-sequenceNo", number),
    ];
    Frame::new("MESSAGE", &headers).with_body(body.as_bytes())
}

/// Place, reason and bytes of what was set aside.
fn set_aside(session: &mut NordPoolSession) -> Vec<(String, String, Vec<u8>)> {
    let all = std::iter::from_fn(|| session.feed.outbox.pop());
    all.filter_map(|event| match event {
        VenueEvent::Quarantined(part) => Some((part.place, part.reason, part.raw)),
        _ => None,
    })
    .collect()
}

#[test]
fn bad_messages_on_their_way_during_a_new_subscription_are_set_aside() {
    let endpoint = Endpoint {
        host: "127.0.0.1".to_owned(),
        port: 1,
        is_tls: false,
    };
    let settings = NordPoolSettings::new(endpoint.clone(), endpoint, Secrets::default(), &[1]);
    let mut session = NordPoolSession::new(settings);
    let now = Timestamp::from_nanos(1_000_000_000);
    session.subscribe(now, (Topic::LocalView, 1));
    session.subscribe(now, (Topic::OwnTrades, 0));
    let bodies = ["not json", "[{\"a\":1,\"a\":2}]", "[7]", "[{"];
    session.take(now, &message("sub-1", "1", bodies[0]));
    // The first is given up; these were on their way.
    session.take(now, &message("sub-1", "2", bodies[1]));
    session.take(now, &message("sub-1", "2", "[]"));
    session.take(now, &message("sub-2", "1", "[]"));
    // One after a gap, and one of nobody's.
    session.take(now, &message("sub-2", "9", bodies[2]));
    session.take(now, &message("sub-77", "1", bodies[3]));
    let found = set_aside(&mut session);
    let raw: Vec<_> = found.iter().map(|(.., raw)| raw.as_slice()).collect();
    assert_eq!(raw, bodies.map(str::as_bytes));
    assert!(found.iter().all(|(place, ..)| place.ends_with("there")));
    assert!(found[3].1.contains("sub-77"), "{found:?}");
}
