//! TLS of a venue's connections: whom to trust, and who we are.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use serde::Deserialize;

use crate::error::FeedError;

/// The table `[tls]` of a venue's file.
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
    /// [`FeedError::Setting`] naming the key of `[tls]` that does not fit.
    pub fn of_file(text: &str, folder: &Path) -> Result<Self, FeedError> {
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
    /// [`FeedError::Setting`] naming what cannot be read, or does not belong together.
    pub fn new(settings: &TlsSettings, folder: &Path) -> Result<Self, FeedError> {
        let roots = match &settings.ca {
            Some(path) => roots_of(&folder.join(path))?,
            None => system_roots()?,
        };
        let identity = match (&settings.certificate, &settings.key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => {
                let key = folder.join(key);
                let read = PrivateKeyDer::from_pem_file(&key)
                    .map_err(|error| unread("tls.key", &key, &error))?;
                let chain = certificates("tls.certificate", &folder.join(certificate))?;
                Some((chain, read))
            }
            (Some(_), None) => return Err(setting("tls.key", &"give the certificate's key too")),
            (None, Some(_)) => {
                return Err(setting(
                    "tls.certificate",
                    &"give the key's certificate too",
                ));
            }
        };
        let config = OnceLock::from(Arc::new(config(roots, identity)?));
        Ok(Self {
            config: Arc::new(config),
        })
    }

    pub(super) fn config(&self) -> io::Result<Arc<ClientConfig>> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let made = system_roots().and_then(|roots| config(roots, None));
        let made = made.map_err(io::Error::other)?;
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(made))))
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn config(roots: RootCertStore, identity: Option<Identity>) -> Result<ClientConfig, FeedError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| setting("tls", &error))?
        .with_root_certificates(roots);
    match identity {
        None => Ok(builder.with_no_client_auth()),
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| setting("tls.key", &error)),
    }
}

fn system_roots() -> Result<RootCertStore, FeedError> {
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

fn roots_of(path: &Path) -> Result<RootCertStore, FeedError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("tls.ca", path)? {
        roots
            .add(certificate)
            .map_err(|error| unread("tls.ca", path, &error))?;
    }
    Ok(roots)
}

fn certificates(key: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, FeedError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let found: Vec<_> = read.map_err(|error| unread(key, path, &error))?;
    if found.is_empty() {
        return Err(unread(key, path, &"it holds no certificate in PEM form"));
    }
    Ok(found)
}

fn setting(setting: &'static str, reason: &dyn Display) -> FeedError {
    FeedError::Setting {
        setting,
        reason: reason.to_string(),
    }
}

fn unread(key: &'static str, path: &Path, reason: &dyn Display) -> FeedError {
    setting(key, &format!("{} cannot be used: {reason}", path.display()))
}

/// What went wrong with TLS towards `host`, for a person, and what to do.
pub(super) fn explained(error: io::Error, host: &str) -> io::Error {
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
