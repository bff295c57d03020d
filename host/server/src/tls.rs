//! A certificate that the server makes for itself.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

use crate::ServerError;

/// The names that every certificate carries: all by which a client on the same machine calls the
/// server.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The only protocol that the server speaks inside TLS (RFC 7301), so that no client tries HTTP/2.
const ALPN_HTTP_1_1: &[u8] = b"http/1.1";

/// A fresh certificate, ready to accept clients.
pub(crate) struct Tls {
    /// Answers TLS handshakes.
    pub(crate) acceptor: TlsAcceptor,
    /// The certificate in PEM (RFC 7468). It is its own issuer, so clients take it as a root.
    pub(crate) certificate_pem: String,
}

impl Tls {
    /// Makes a key and a certificate for [`LOCAL_NAMES`], `address` and `names`. The key never
    /// leaves the process.
    ///
    /// # Errors
    ///
    /// A name that no certificate can carry, or a failure of the libraries.
    pub(crate) fn new(address: IpAddr, names: &[String]) -> Result<Self, ServerError> {
        let certificate_failed = |source| ServerError::Certificate { source };
        let key = KeyPair::generate().map_err(certificate_failed)?;
        let certificate =
            parameters(address, names)?.self_signed(&key).map_err(certificate_failed)?;

        let tls_failed = |source| ServerError::Tls { source };
        let mut config =
            rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(tls_failed)?
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::from(key))
                .map_err(tls_failed)?;
        config.alpn_protocols = vec![ALPN_HTTP_1_1.to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            certificate_pem: certificate.pem(),
        })
    }
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
