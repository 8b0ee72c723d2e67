//! Sessions over TLS: `wss`, `https`, `amqps`, with certificates of our own.

use std::path::Path;

use wattbook_feed::venue::LiveSession;
use wattbook_gateway::tls::{TlsClient, TlsError};
use wattbook_session::open;
use wattbook_session::venue::{Secrets, SessionState};
use wattbook_sim::feeds::{
    FeedControl, FeedFault, FeedMarket, FeedProtocol, FeedVenue, M7Venue, M7VenueSettings,
};

use crate::follower::{Follower, patient};
use crate::rabbit::Rabbit;
use crate::tls_front::{Authority, TlsFront};

const AREAS: [&str; 2] = ["10YDE-EON------1", "10YFR-RTE------C"];

fn venue(protocol: FeedProtocol) -> (FeedControl, FeedVenue) {
    let control = FeedControl::new(FeedMarket::new(3, 1_764_144_000, 3, &AREAS));
    control.step(200);
    let secrets = ["trader", "open sesame"];
    let venue = FeedVenue::start(protocol, 0, secrets, control.clone()).unwrap();
    (control, venue)
}

/// The venue's file with TLS addresses at `port` of `host`.
fn over_tls(venue: &FeedVenue, host: &str, port: u16) -> String {
    let address = venue.address().unwrap();
    let file = patient(venue.file()).replace("ws://", "wss://");
    file.replace("http://", "https://")
        .replace(&address.to_string(), &format!("{host}:{port}"))
}

fn follow(file: &str) -> Follower {
    let secrets = Secrets {
        user: "trader".to_owned(),
        password: "open sesame".to_owned(),
    };
    let session = open(file, secrets, 9).unwrap();
    let tls = TlsClient::of_file(file, Path::new("/")).unwrap();
    Follower::of(LiveSession::start_with(session, tls, 10_000).unwrap())
}

/// Why connections were lost.
fn losses(follower: &Follower) -> Vec<String> {
    let reasons = follower.states.iter().filter_map(|state| match state {
        SessionState::Lost { error, .. } => Some(error.to_string()),
        _ => None,
    });
    reasons.collect()
}

fn follows_and_comes_back(protocol: FeedProtocol) {
    let authority = Authority::new();
    let (control, venue) = venue(protocol);
    let front = TlsFront::start(
        &authority.issue("localhost"),
        None,
        venue.address().unwrap(),
    );
    let file = over_tls(&venue, "localhost", front.port) + &authority.table(None);
    let mut follower = follow(&file);
    follower.until_live();
    control.step(2_000);
    follower.agrees_with(&control);
    assert_eq!(losses(&follower), Vec::<String>::new());
    control.fail(FeedFault::Disconnect);
    follower.until("lost", |follower| losses(follower).len() == 1);
    follower.until_live();
    control.step(500);
    follower.agrees_with(&control);
    assert_eq!(follower.quarantined.len(), 0);
    assert!(follower.trades.len() > 10);
}

#[test]
fn a_described_venue_is_followed_over_wss_and_https() {
    follows_and_comes_back(FeedProtocol::Rest);
}

#[test]
fn a_nordpool_venue_is_followed_over_wss_and_https() {
    follows_and_comes_back(FeedProtocol::NordPool);
}

/// Lets a session try; the first words of its refusal.
fn refusal(file: &str) -> String {
    let mut follower = follow(file);
    follower.until("refused", |follower| !losses(follower).is_empty());
    assert!(!follower.states.contains(&SessionState::LoggedIn));
    losses(&follower).remove(0)
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let (control, venue) = venue(FeedProtocol::Rest);
    let identity = authority.issue("elsewhere.example");
    let front = TlsFront::start(&identity, None, venue.address().unwrap());
    for host in ["localhost", "127.0.0.1"] {
        let file = over_tls(&venue, host, front.port) + &authority.table(None);
        let reason = refusal(&file);
        assert!(reason.contains("elsewhere.example"), "{reason}");
        let told = format!("and not for {host}; mend the address");
        assert!(reason.contains(&told), "{reason}");
    }
    assert_eq!(control.logins(), 0);
}

#[test]
fn a_certificate_of_an_unknown_issuer_is_refused() {
    let ours = Authority::named("Ours");
    let (control, venue) = venue(FeedProtocol::NordPool);
    // One of another name, and one that only calls itself ours.
    for name in ["Theirs", "Ours"] {
        let theirs = Authority::named(name);
        let identity = theirs.issue("localhost");
        let front = TlsFront::start(&identity, None, venue.address().unwrap());
        let file = over_tls(&venue, "localhost", front.port) + &ours.table(None);
        let reason = refusal(&file);
        let told = "its certificate has an unknown issuer; give the issuer's file as `ca`";
        assert!(reason.contains(told), "{reason}");
    }
    assert_eq!(control.logins(), 0);
}

#[test]
fn a_port_without_tls_is_named_as_one() {
    let authority = Authority::new();
    let (_control, venue) = venue(FeedProtocol::Rest);
    let port = venue.address().unwrap().port();
    let reason = refusal(&(over_tls(&venue, "localhost", port) + &authority.table(None)));
    assert!(reason.contains("is it a TLS port?"), "{reason}");
}

#[test]
fn a_venue_that_wants_our_certificate_gets_it_or_is_named() {
    let authority = Authority::new();
    let (control, venue) = venue(FeedProtocol::Rest);
    let (theirs, own) = (authority.issue("localhost"), authority.issue("trader"));
    let front = TlsFront::start(&theirs, Some(&authority.file()), venue.address().unwrap());
    let file = over_tls(&venue, "localhost", front.port);
    let reason = refusal(&(file.clone() + &authority.table(None)));
    assert!(
        reason.contains("`certificate` and `key` under [tls]"),
        "{reason}"
    );
    let mut follower = follow(&(file + &authority.table(Some(&own))));
    follower.until_live();
    control.step(300);
    follower.agrees_with(&control);
}

#[test]
fn settings_that_cannot_be_used_name_themselves() {
    let authority = Authority::new();
    let (own, other) = (authority.issue("trader"), authority.issue("other"));
    let refused = |table: &str| match TlsClient::of_file(table, authority.folder.path()) {
        Err(TlsError { setting, reason }) => (setting, reason),
        other => panic!("{other:?}"),
    };
    let (setting, reason) = refused("[tls]\nca = 'none.pem'");
    assert!(
        setting == "tls.ca" && reason.contains("none.pem"),
        "{reason}"
    );
    let (setting, _) = refused("[tls]\nca = 'trader.key'");
    assert_eq!(setting, "tls.ca");
    let (setting, _) = refused("[tls]\nca = 'ca.pem'\ncertificate = 'trader.pem'");
    assert_eq!(setting, "tls.key");
    let (setting, _) = refused("[tls]\nca = 'ca.pem'\nkey = 'trader.key'");
    assert_eq!(setting, "tls.certificate");
    let (setting, reason) = refused("[tls]\nroots = 'all'");
    assert!(setting == "tls" && reason.contains("roots"), "{reason}");
    let mixed = format!(
        "[tls]\nca = 'ca.pem'\ncertificate = {:?}\nkey = {:?}",
        own.certificate, other.key
    );
    assert_eq!(refused(&mixed).0, "tls.key");
}

/// The certificate's common name is a user of the broker, and no password is sent.
#[test]
fn a_broker_knows_us_by_our_certificate() {
    let authority = Authority::new();
    let Some(rabbit) = Rabbit::start_with_tls(&authority) else {
        // No skip goes unseen where it must not.
        assert!(
            std::env::var_os("WATTBOOK_FAIL_ON_SKIP").is_none(),
            "RabbitMQ is not installed; tools/setup-debian installs it"
        );
        println!("skipped: RabbitMQ is not installed; tools/setup-debian installs it");
        return;
    };
    let control = FeedControl::new(FeedMarket::new(11, 1_764_144_000, 2, &AREAS));
    control.step(300);
    let settings = M7VenueSettings {
        broker: rabbit.address(),
        user: "guest".to_owned(),
        password: "guest".to_owned(),
        request_exchange: "m7.requestExchange.guest".to_owned(),
        broadcast_queue: "m7.broadcastQueue.guest".to_owned(),
    };
    let _venue = M7Venue::start(settings, control.clone()).unwrap();
    let secrets = Secrets {
        user: "guest".to_owned(),
        password: "not the password".to_owned(),
    };
    for protocol in ["amqp-0-9-1", "amqp-1.0"] {
        let (guest, port) = (authority.issue("guest"), rabbit.tls_port());
        let file = format!(
            "kind = 'm7'\nurl = 'amqps://localhost:{port}/'\nmarket = 'SIM'\nprotocol = '{protocol}'\n\
             products = ['XBID_Hour_Power']\nis_external = true\nretry_ms = [50, 500]\n\
             venue_heartbeat_seconds = 3\n{}",
            authority.table(Some(&guest))
        );
        let session = open(&file, secrets.clone(), 9).unwrap();
        let tls = TlsClient::of_file(&file, Path::new("/")).unwrap();
        let mut follower = Follower::of(LiveSession::start_with(session, tls, 10_000).unwrap());
        follower.until_live();
        control.step(500);
        follower.agrees_with(&control);
    }
}
