//! Sessions over TLS 1.3 on loopback, with certificates of our own.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use wattbook_codec::fix::Message;
use wattbook_gateway::fix::{
    Acceptor, AcceptorConfig, Echo, Ended, Initiator, InitiatorConfig, TlsPeer,
};
use wattbook_gateway::tls::{TlsClient, TlsServer, TlsSettings};
use wattbook_session::fix::{
    Application, Declined, MemoryStore, Outbox, Role, Session, SessionConfig, SessionError,
    SessionId, Version,
};

const PATIENCE: Duration = Duration::from_mins(1);
const ORDERS: usize = 200;

/// An issuer, and the folder of what it issued.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    /// Settings of somebody called `name`, who trusts this issuer if `trusts`.
    fn settings(&self, name: &str, trusts: bool) -> TlsSettings {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let path = |ending: &str| self.folder.path().join(format!("{name}.{ending}"));
        fs::write(path("pem"), certificate.pem()).unwrap();
        fs::write(path("key"), key.serialize_pem()).unwrap();
        TlsSettings {
            ca: trusts.then(|| self.folder.path().join("ca.pem")),
            certificate: Some(path("pem")),
            key: Some(path("key")),
        }
    }

    fn trusting(&self) -> TlsSettings {
        TlsSettings {
            ca: Some(self.folder.path().join("ca.pem")),
            ..TlsSettings::default()
        }
    }
}

fn session(role: Role) -> Session<MemoryStore> {
    let (ours, theirs) = match role {
        Role::Initiator => ("DESK", "VENUE"),
        Role::Acceptor => ("VENUE", "DESK"),
    };
    let id = SessionId {
        version: Version::Fix44,
        sender: ours.into(),
        target: theirs.into(),
    };
    Session::new(SessionConfig::new(id, role), MemoryStore::default())
}

fn acceptor(settings: &TlsSettings) -> Acceptor<MemoryStore, Echo> {
    let config = AcceptorConfig {
        tls: Some(TlsServer::new(settings, &PathBuf::new()).unwrap()),
        ..AcceptorConfig::default()
    };
    let echo = Echo::new(Version::Fix44.dictionary());
    Acceptor::start_with(config, vec![(session(Role::Acceptor), echo)]).unwrap()
}

/// Sends orders after the logon, and tells which came back.
struct Desk {
    has_sent: bool,
    back: Sender<String>,
}

impl Application<MemoryStore> for Desk {
    fn on_message(
        &mut self,
        message: &Message<'_>,
        _outbox: &mut Outbox<MemoryStore>,
    ) -> Result<(), Declined> {
        let id = message.get(11).unwrap().text().unwrap();
        // Nobody listens any more once the test has what it wants.
        self.back.send(id.to_owned()).ok();
        Ok(())
    }

    fn on_time(&mut self, outbox: &mut Outbox<MemoryStore>) -> Result<(), SessionError> {
        if !std::mem::replace(&mut self.has_sent, true) {
            let ids: Vec<String> = (0..ORDERS)
                .map(|number| format!("order-{number}"))
                .collect();
            outbox.send_all(
                &ids,
                |_| "D",
                |id, body| {
                    body.text(11, id)
                        .char(40, b'1')
                        .char(54, b'1')
                        .text(55, "DE");
                    body.text(58, &"x".repeat(2_000))
                        .text(60, "20260101-00:00:00");
                },
            )?;
        }
        Ok(())
    }

    fn interval_ns(&self) -> Option<i64> {
        Some(1_000_000)
    }
}

/// A desk at `address`: its orders that came back, and how its connections ended.
fn desk(
    address: SocketAddr,
    tls: Option<TlsPeer>,
) -> (Initiator, Receiver<String>, Receiver<String>) {
    let (back, came) = channel();
    let (tell, ends) = channel();
    let application = Desk {
        has_sent: false,
        back,
    };
    let mut config = InitiatorConfig::new(address);
    config.tls = tls;
    let on_end = move |ended: &Ended| drop(tell.send(ended.to_string()));
    let initiator = Initiator::start(config, session(Role::Initiator), application, on_end);
    (initiator, came, ends)
}

fn peer(settings: &TlsSettings, name: &str) -> TlsPeer {
    TlsPeer {
        client: TlsClient::newest(settings, &PathBuf::new()).unwrap(),
        name: name.into(),
    }
}

fn trades(came: &Receiver<String>) {
    for number in 0..ORDERS {
        let id = came.recv_timeout(PATIENCE).unwrap();
        assert_eq!(id, format!("order-{number}"));
    }
}

#[test]
fn orders_go_out_and_back_in_order_over_tls() {
    let authority = Authority::new();
    let venue = acceptor(&authority.settings("127.0.0.1", false));
    let trusting = authority.trusting();
    let (desk, came, _) = desk(venue.address(), Some(peer(&trusting, "127.0.0.1")));
    trades(&came);
    drop(desk);
}

#[test]
fn who_must_show_a_certificate_gets_in_with_one_and_not_without() {
    let authority = Authority::new();
    let venue = acceptor(&authority.settings("127.0.0.1", true));
    let known = authority.settings("trader", true);
    let (with, came, _) = desk(venue.address(), Some(peer(&known, "127.0.0.1")));
    trades(&came);
    drop(with);
    let (without, came, ends) = desk(
        venue.address(),
        Some(peer(&authority.trusting(), "127.0.0.1")),
    );
    let why = ends.recv_timeout(PATIENCE).unwrap();
    assert!(why.contains("CertificateRequired"), "{why}");
    assert!(came.try_recv().is_err());
    drop(without);
}

#[test]
fn nobody_is_trusted_who_should_not_be() {
    let (authority, other) = (Authority::new(), Authority::new());
    let venue = acceptor(&authority.settings("127.0.0.1", false));
    for (settings, name, word) in [
        (other.trusting(), "127.0.0.1", "unknown issuer"),
        (authority.trusting(), "exchange.example", "127.0.0.1"),
    ] {
        let (_desk, came, ends) = desk(venue.address(), Some(peer(&settings, name)));
        let why = ends.recv_timeout(PATIENCE).unwrap();
        assert!(why.contains(word), "{why}");
        assert!(came.try_recv().is_err());
    }
}

#[test]
fn there_is_no_way_back_to_plain_text() {
    let authority = Authority::new();
    let venue = acceptor(&authority.settings("127.0.0.1", false));
    // A logon in plain text is answered by the end of the connection.
    let mut stream = TcpStream::connect(venue.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let logon = "8=FIX.4.4\u{1}9=5\u{1}35=A\u{1}10=000\u{1}";
    stream.write_all(logon.as_bytes()).unwrap();
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).ok();
    assert!(!heard.windows(5).any(|part| part == b"8=FIX"));
    // A desk that wants TLS sends nothing to a plain port, and says why it gave up.
    let echo = Echo::new(Version::Fix44.dictionary());
    let plain = Acceptor::start(0, vec![(session(Role::Acceptor), echo)]).unwrap();
    let trusting = authority.trusting();
    let (_desk, came, ends) = desk(plain.address(), Some(peer(&trusting, "127.0.0.1")));
    let why = ends.recv_timeout(PATIENCE).unwrap();
    assert!(why.contains("TLS"), "{why}");
    assert!(came.try_recv().is_err());
}
