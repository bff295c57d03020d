//! Certificates of clients, made for a test.

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use sha2::{Digest as _, Sha256};

/// A certificate that vouches for itself, and its key, in PEM.
pub struct ClientIdentity {
    pub certificate: String,
    pub key: String,
    /// The SHA-256 of the certificate, as the test server reports it.
    pub fingerprint: String,
}

impl ClientIdentity {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key can be made");
        let mut parameters = CertificateParams::new(Vec::new()).expect("no names are good names");
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = parameters.self_signed(&key).expect("the key can sign");
        let digest = Sha256::digest(certificate.der());
        Self {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            fingerprint: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}
