//! Certificates of our own and TLS before a plain venue, on loopback.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// An issuer of certificates, made when a test begins, and the folder that they lie in.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pub(crate) folder: tempfile::TempDir,
}

/// Files of a certificate and its key.
pub(crate) struct Identity {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("Issuer of a test")
    }

    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate of `name`, for a server and for a client.
    pub(crate) fn issue(&self, name: &str) -> Identity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        let at = |end: &str| self.folder.path().join(format!("{name}.{end}"));
        let identity = Identity {
            certificate: at("pem"),
            key: at("key"),
        };
        std::fs::write(&identity.certificate, signed.pem()).unwrap();
        std::fs::write(&identity.key, key.serialize_pem()).unwrap();
        identity
    }

    /// The table `[tls]` of a venue's file that trusts this issuer alone.
    pub(crate) fn table(&self, identity: Option<&Identity>) -> String {
        let named = |key: &str, path: &Path| format!("{key} = '{}'\n", path.display());
        let own = identity.map_or(String::new(), |own| {
            named("certificate", &own.certificate) + &named("key", &own.key)
        });
        format!("\n[tls]\n{}{own}", named("ca", &self.file()))
    }
}

/// Ends TLS and hands on in plain; connections end with it.
pub(crate) struct TlsFront {
    pub(crate) port: u16,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TlsFront {
    /// Listens for `identity` before `back`; clients must have a certificate of `clients`, if given.
    pub(crate) fn start(identity: &Identity, clients: Option<&Path>, back: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let config = config(identity, clients);
        let is_over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            let mut pumps = Vec::new();
            while !ended.load(Ordering::SeqCst) {
                let Ok((front, _)) = listener.accept() else {
                    thread::sleep(Duration::from_millis(2));
                    continue;
                };
                let (config, ended) = (Arc::clone(&config), Arc::clone(&ended));
                // How it ended is the client's to notice.
                pumps.push(thread::spawn(move || {
                    drop(pump(front, config, back, &ended));
                }));
            }
            for pump in pumps {
                pump.join().unwrap();
            }
        });
        Self {
            port,
            is_over,
            thread: Some(thread),
        }
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        self.thread.take().unwrap().join().unwrap();
    }
}

fn config(identity: &Identity, clients: Option<&Path>) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from_pem_file(ca).unwrap())
                .unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let chain = vec![CertificateDer::from_pem_file(&identity.certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&identity.key).unwrap();
    Arc::new(builder.with_single_cert(chain, key).unwrap())
}

fn pump(
    front: TcpStream,
    config: Arc<ServerConfig>,
    back: SocketAddr,
    is_over: &AtomicBool,
) -> std::io::Result<()> {
    front.set_nonblocking(false)?;
    front.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut server = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut front = front;
    while server.is_handshaking() {
        if let Err(error) = server.complete_io(&mut front) {
            // What the client has sent is read to its end, so that it hears why and no reset.
            front.shutdown(Shutdown::Write)?;
            std::io::copy(&mut front, &mut std::io::sink())?;
            return Err(error);
        }
    }
    front.set_read_timeout(Some(Duration::from_millis(1)))?;
    let mut front = StreamOwned::new(server, front);
    let mut back = TcpStream::connect(back)?;
    back.set_read_timeout(Some(Duration::from_millis(1)))?;
    let mut chunk = vec![0; 65_536];
    while !is_over.load(Ordering::SeqCst) {
        if !hand_on(&mut front, &mut back, &mut chunk)?
            || !hand_on(&mut back, &mut front, &mut chunk)?
        {
            front.conn.send_close_notify();
            front.flush()?;
            break;
        }
    }
    Ok(())
}

/// Hands on what is there; whether more may come.
fn hand_on(from: &mut impl Read, to: &mut impl Write, chunk: &mut [u8]) -> std::io::Result<bool> {
    match from.read(chunk) {
        Ok(0) => Ok(false),
        Ok(count) => to
            .write_all(&chunk[..count])
            .and_then(|()| to.flush())
            .map(|()| true),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Ok(true)
        }
        Err(error) => Err(error),
    }
}
