//! A certificate that the server makes for itself.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use tokio_rustls::TlsAcceptor;

use crate::web::ALPN_HTTP_2;
use crate::{ServerConfig, ServerError};

/// The names that every certificate carries: all by which a client on the same machine calls the
/// server.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The protocol of opening handshakes by its name in ALPN (RFC 7301).
const ALPN_HTTP_1_1: &[u8] = b"http/1.1";

/// A fresh certificate, ready to accept clients.
pub(crate) struct Tls {
    /// Answers TLS handshakes.
    pub(crate) acceptor: TlsAcceptor,
    /// The certificate in PEM (RFC 7468). It is its own issuer, so clients take it as a root.
    pub(crate) certificate_pem: String,
}

impl Tls {
    /// Makes a key and a certificate for [`LOCAL_NAMES`] and the address and names of a server. The
    /// key never leaves the process.
    ///
    /// # Errors
    ///
    /// A name that no certificate can carry, a root that is none, or a failure of the libraries.
    pub(crate) fn new(config: &ServerConfig) -> Result<Self, ServerError> {
        let certificate_failed = |source| ServerError::Certificate { source };
        let key = KeyPair::generate().map_err(certificate_failed)?;
        let certificate = parameters(config.address, &config.names)?
            .self_signed(&key)
            .map_err(certificate_failed)?;

        let tls_failed = |source| ServerError::Tls { source };
        let provider = Arc::new(ring::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(tls_failed)?;
        let builder = match client_verifier(&config.client_roots, provider)? {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::from(key))
            .map_err(tls_failed)?;
        config.alpn_protocols = vec![ALPN_HTTP_2.to_vec(), ALPN_HTTP_1_1.to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            certificate_pem: certificate.pem(),
        })
    }
}

/// Asks clients for a certificate that one of these roots vouches for; none if there is no root.
fn client_verifier(
    roots: &[String],
    provider: Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, ServerError> {
    if roots.is_empty() {
        return Ok(None);
    }
    let failed = |text: String| ServerError::Tls { source: rustls::Error::General(text) };
    let mut store = RootCertStore::empty();
    for pem in roots {
        let root = CertificateDer::from_pem_slice(pem.as_bytes());
        let root = root.map_err(|error| failed(format!("a root for clients: {error}")))?;
        store.add(root).map_err(|source| ServerError::Tls { source })?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(store), provider);
    let verifier = builder.allow_unauthenticated().build();
    verifier.map(Some).map_err(|error| failed(error.to_string()))
}

fn parameters(address: IpAddr, names: &[String]) -> Result<CertificateParams, ServerError> {
    let mut all: Vec<String> = LOCAL_NAMES.map(String::from).into();
    // 0.0.0.0 and :: are where to listen, not what a client connects to.
    if !address.is_unspecified() {
        all.push(address.to_string());
    }
    for name in names {
        if !is_name(name) {
            return Err(ServerError::CertificateName { name: name.clone() });
        }
        all.push(name.clone());
    }
    let mut seen = HashSet::new();
    all.retain(|name| seen.insert(name.clone()));

    let mut parameters =
        CertificateParams::new(all).map_err(|source| ServerError::Certificate { source })?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "wasock test server");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(parameters)
}

/// Whether a certificate can carry `name`: an IP address, or a DNS name, also one like
/// `*.example.test`.
fn is_name(name: &str) -> bool {
    let host = name.strip_prefix("*.").unwrap_or(name);
    name.parse::<IpAddr>().is_ok() || rustls::pki_types::DnsName::try_from(host).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);

    #[test]
    fn a_name_with_a_port_is_refused_by_name() {
        let error = parameters(ANY, &["example.test:443".to_owned()]).expect_err("a bad name");
        assert!(error.to_string().contains("\"example.test:443\""), "{error}");
    }

    #[test]
    fn each_name_is_in_the_certificate_once() {
        let names = ["localhost", "*.example.test", "10.0.0.7"].map(String::from);
        let parameters =
            parameters(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), &names).expect("good names");
        assert_eq!(parameters.subject_alt_names.len(), 5);
    }
}
