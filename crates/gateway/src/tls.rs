//! TLS of connections: whom to trust, and who we are.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{
    CertificateError, ClientConfig, DEFAULT_VERSIONS, RootCertStore, ServerConfig,
    SupportedProtocolVersion,
};
use serde::Deserialize;

/// A key of a table `[tls]` that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct TlsError {
    /// Its name.
    pub setting: &'static str,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// The table `[tls]` of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// Certificates (PEM) of the issuers to trust in place of the system's.
    pub ca: Option<PathBuf>,
    /// Our own certificate and those up to its issuer (PEM).
    pub certificate: Option<PathBuf>,
    /// The private key of `certificate` (PEM: PKCS#8, PKCS#1 or SEC1).
    pub key: Option<PathBuf>,
}

/// What TLS connections share. Without settings it trusts whom the system trusts, which is asked at
/// the first connection.
#[derive(Debug, Clone, Default)]
pub struct TlsClient {
    config: Arc<OnceLock<Arc<ClientConfig>>>,
}

impl TlsClient {
    /// TLS as the table `[tls]` of the file `text` says; its paths are relative to `folder`.
    ///
    /// # Errors
    /// [`TlsError`] naming the key of `[tls]` that does not fit.
    pub fn of_file(text: &str, folder: &Path) -> Result<Self, TlsError> {
        #[derive(Deserialize)]
        struct File {
            tls: Option<TlsSettings>,
        }
        let file: File =
            toml::from_str(text).map_err(|error| setting("tls", &error.message().to_owned()))?;
        file.tls
            .map_or_else(|| Ok(Self::default()), |tls| Self::new(&tls, folder))
    }

    /// TLS by `settings`, whose paths are relative to `folder`.
    ///
    /// # Errors
    /// [`TlsError`] naming what cannot be read, or does not belong together.
    pub fn new(settings: &TlsSettings, folder: &Path) -> Result<Self, TlsError> {
        Self::of(settings, folder, DEFAULT_VERSIONS)
    }

    /// TLS 1.3 and no earlier version, by `settings`, whose paths are relative to `folder`.
    ///
    /// # Errors
    /// [`TlsError`] naming what cannot be read, or does not belong together.
    pub fn newest(settings: &TlsSettings, folder: &Path) -> Result<Self, TlsError> {
        Self::of(settings, folder, &[&TLS13])
    }

    fn of(
        settings: &TlsSettings,
        folder: &Path,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<Self, TlsError> {
        let roots = match &settings.ca {
            Some(path) => roots_of(&folder.join(path))?,
            None => system_roots()?,
        };
        let identity = identity(settings, folder)?;
        let config = OnceLock::from(Arc::new(config(roots, identity, versions)?));
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// What a connection is made with.
    ///
    /// # Errors
    /// When the system trusts nobody.
    pub fn config(&self) -> io::Result<Arc<ClientConfig>> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let made = system_roots().and_then(|roots| config(roots, None, DEFAULT_VERSIONS));
        let made = made.map_err(io::Error::other)?;
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(made))))
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// TLS 1.3 of who listens, and no earlier version.
#[derive(Debug, Clone)]
pub struct TlsServer {
    config: Arc<ServerConfig>,
}

impl TlsServer {
    /// TLS by `settings`, whose paths are relative to `folder`; `ca` names those who issue the
    /// certificates that clients must then show.
    ///
    /// # Errors
    /// [`TlsError`] naming what cannot be read, is missing, or does not belong together.
    pub fn new(settings: &TlsSettings, folder: &Path) -> Result<Self, TlsError> {
        let Some((chain, key)) = identity(settings, folder)? else {
            return Err(setting(
                "tls.certificate",
                &"who listens needs a certificate and its key; give both",
            ));
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])
            .map_err(|error| setting("tls", &error))?;
        let builder = match &settings.ca {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let roots = Arc::new(roots_of(&folder.join(path))?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider)
                    .build()
                    .map_err(|error| setting("tls.ca", &error))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let config = builder
            .with_single_cert(chain, key)
            .map_err(|error| setting("tls.key", &error))?;
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// What a connection is made with.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

/// Our certificate with those up to its issuer, and its key, where both are given.
fn identity(settings: &TlsSettings, folder: &Path) -> Result<Option<Identity>, TlsError> {
    match (&settings.certificate, &settings.key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            let key = folder.join(key);
            let read = PrivateKeyDer::from_pem_file(&key)
                .map_err(|error| unread("tls.key", &key, &error))?;
            let chain = certificates("tls.certificate", &folder.join(certificate))?;
            Ok(Some((chain, read)))
        }
        (Some(_), None) => Err(setting("tls.key", &"give the certificate's key too")),
        (None, Some(_)) => Err(setting(
            "tls.certificate",
            &"give the key's certificate too",
        )),
    }
}

fn config(
    roots: RootCertStore,
    identity: Option<Identity>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|error| setting("tls", &error))?
        .with_root_certificates(roots);
    match identity {
        None => Ok(builder.with_no_client_auth()),
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| setting("tls.key", &error)),
    }
}

fn system_roots() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _unusable) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let faults: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        let faults = match faults.join("; ") {
            none if none.is_empty() => none,
            some => format!(" ({some})"),
        };
        let reason = format!(
            "the system trusts no issuer{faults}; install its CA certificates or give `ca`"
        );
        return Err(setting("tls.ca", &reason));
    }
    Ok(roots)
}

fn roots_of(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("tls.ca", path)? {
        roots
            .add(certificate)
            .map_err(|error| unread("tls.ca", path, &error))?;
    }
    Ok(roots)
}

fn certificates(key: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let found: Vec<_> = read.map_err(|error| unread(key, path, &error))?;
    if found.is_empty() {
        return Err(unread(key, path, &"it holds no certificate in PEM form"));
    }
    Ok(found)
}

fn setting(setting: &'static str, reason: &dyn Display) -> TlsError {
    TlsError {
        setting,
        reason: reason.to_string(),
    }
}

fn unread(key: &'static str, path: &Path, reason: &dyn Display) -> TlsError {
    setting(key, &format!("{} cannot be used: {reason}", path.display()))
}

/// What went wrong with TLS towards `host`, for a person, and what to do.
#[must_use]
pub fn explained(error: io::Error, host: &str) -> io::Error {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let told = match inner {
        Some(rustls::Error::InvalidCertificate(fault)) => untrusted(fault, host),
        Some(rustls::Error::AlertReceived(alert)) => format!(
            "it ended TLS with the alert {alert:?}; it may want `certificate` and `key` under [tls]"
        ),
        Some(fault) => format!("TLS failed: {fault}; is it a TLS port?"),
        None => return error,
    };
    io::Error::new(error.kind(), told)
}

fn untrusted(fault: &CertificateError, host: &str) -> String {
    match fault {
        // The second: an issuer of a name that we trust, with another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate has an unknown issuer; give the issuer's file as `ca` under [tls]"
                .to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. } => format!(
            "its certificate is for {} and not for {host}; mend the address",
            presented.join(", ")
        ),
        CertificateError::NotValidForName => {
            format!("its certificate is not for {host}; mend the address")
        }
        other => format!("its certificate cannot be trusted: {other}"),
    }
}
