//! TLS settings for `wss`.
//!
//! - [`Identity`]: a certificate of the client with its key
//! - `verify`: believing every server

mod identity;
mod verify;

use std::sync::{Arc, LazyLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::version::{TLS12, TLS13};
pub use rustls::{CipherSuite, ClientConfig};
use rustls::{KeyLogFile, RootCertStore, SupportedCipherSuite, SupportedProtocolVersion};
use thiserror::Error;

pub use identity::{Identity, IdentityError};

/// A version of TLS that there is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// RFC 5246.
    Tls12,
    /// RFC 8446.
    Tls13,
}

/// How servers are trusted, and what they are offered.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// Accept any certificate: for tests against servers that made their own.
    pub insecure_skip_verify: bool,
    /// Trust these roots besides the system's.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// The certificate for servers that ask for one.
    pub identity: Option<Identity>,
    /// Offer these versions only, in any order; all if there is none.
    pub versions: Vec<TlsVersion>,
    /// Offer these cipher suites only. A version none of whose suites is among them keeps all of
    /// its own if it is 1.3, and is not offered if it is 1.2.
    pub cipher_suites: Option<Vec<CipherSuite>>,
    /// Write the secrets of each connection to the file that the environment variable
    /// `SSLKEYLOGFILE` names, for tools that look into recorded traffic.
    pub log_keys: bool,
}

/// Why there can be no client with such settings.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TlsError {
    /// No version is left that a suite is left for.
    #[error("no TLS version and cipher suite is left to offer")]
    NothingToOffer,
    /// The client's key does not fit to its certificate, or is of no use.
    #[error("the client certificate cannot be used with its key: {0}")]
    Identity(String),
    /// The text has no certificate.
    #[error("there is no certificate in PEM")]
    NoCertificate,
    /// The text has a certificate that is none.
    #[error("a certificate is malformed: {0}")]
    MalformedCertificate(String),
}

/// Which settings count for which host.
pub trait ClientConfigs: Send + Sync {
    /// The settings for connections to this host name or address.
    fn for_host(&self, host: &str) -> Arc<ClientConfig>;
}

/// The same settings for all hosts.
impl ClientConfigs for Arc<ClientConfig> {
    fn for_host(&self, _host: &str) -> Arc<ClientConfig> {
        self.clone()
    }
}

/// The cryptography that rustls uses here.
fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> =
        LazyLock::new(|| Arc::new(ring::default_provider()));
    PROVIDER.clone()
}

/// Whether this cipher suite can be offered.
pub fn is_available(suite: CipherSuite) -> bool {
    provider().cipher_suites.iter().any(|available| available.suite() == suite)
}

/// Makes the settings of a client. WebSocket is HTTP/1.1, so that is all ALPN offers.
///
/// Reading the system's roots takes some milliseconds: share the result.
///
/// # Errors
///
/// See [`TlsError`].
pub fn client_config(options: &TlsOptions) -> Result<Arc<ClientConfig>, TlsError> {
    let (provider, versions) = offered(options);
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions)
        .map_err(|_| TlsError::NothingToOffer)?;
    let builder = if options.insecure_skip_verify {
        builder.dangerous().with_custom_certificate_verifier(verify::accept_any(provider))
    } else {
        builder.with_root_certificates(roots(&options.extra_roots))
    };
    let mut config = match &options.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => builder
            .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
            .map_err(|error| TlsError::Identity(error.to_string()))?,
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if options.log_keys {
        config.key_log = Arc::new(KeyLogFile::new());
    }
    Ok(Arc::new(config))
}

/// The suites and versions that these options leave.
fn offered(options: &TlsOptions) -> (Arc<CryptoProvider>, Vec<&'static SupportedProtocolVersion>) {
    let mut provider = provider();
    if let Some(named) = &options.cipher_suites {
        let is_named = |suite: &SupportedCipherSuite| named.contains(&suite.suite());
        let all = &provider.cipher_suites;
        let names_13 = all.iter().any(|suite| suite.tls13().is_some() && is_named(suite));
        let left = |suite: &&SupportedCipherSuite| {
            is_named(suite) || (suite.tls13().is_some() && !names_13)
        };
        let cipher_suites = all.iter().filter(left).copied().collect();
        provider = Arc::new(CryptoProvider { cipher_suites, ..(*provider).clone() });
    }
    let wanted = |version| options.versions.is_empty() || options.versions.contains(&version);
    let suites = &provider.cipher_suites;
    let mut versions = Vec::new();
    if wanted(TlsVersion::Tls13) && suites.iter().any(|suite| suite.tls13().is_some()) {
        versions.push(&TLS13);
    }
    if wanted(TlsVersion::Tls12) && suites.iter().any(|suite| suite.tls13().is_none()) {
        versions.push(&TLS12);
    }
    (provider, versions)
}

/// The certificates of a text in PEM (RFC 7468).
///
/// # Errors
///
/// There is none, or one is malformed.
pub fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| TlsError::MalformedCertificate(error.to_string()))?;
    if found.is_empty() { Err(TlsError::NoCertificate) } else { Ok(found) }
}

/// The certificates of a text in PEM, each of which can be trusted as a root.
///
/// # Errors
///
/// There is none, or one is malformed.
pub fn root_certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let roots = certificates(pem)?;
    let mut store = RootCertStore::empty();
    for root in &roots {
        let added = store.add(root.clone());
        added.map_err(|error| TlsError::MalformedCertificate(error.to_string()))?;
    }
    Ok(roots)
}

/// The system's roots and these. Roots that do not parse are left out, as TLS libraries do: one bad
/// file must not shut out every server.
fn roots(extra: &[CertificateDer<'static>]) -> RootCertStore {
    let mut store = RootCertStore::empty();
    let loaded = rustls_native_certs::load_native_certs();
    for error in loaded.errors {
        tracing::warn!("cannot read the system's root certificates: {error}");
    }
    store.add_parsable_certificates(loaded.certs);
    store.add_parsable_certificates(extra.iter().cloned());
    store
}
