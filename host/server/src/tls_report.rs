//! What a TLS connection came to, for the endpoint `/tls`.

use rustls::ServerConnection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Version, cipher suite, name, protocol, and the SHA-256 of the client's certificate, as JSON.
pub(crate) fn report(connection: &ServerConnection) -> Value {
    let suite = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
    let version = connection.protocol_version().and_then(|version| version.as_str());
    let protocol = connection.alpn_protocol().map(String::from_utf8_lossy);
    let certificate = connection.peer_certificates().and_then(|chain| chain.first());
    json!({
        "version": version,
        "cipher_suite": suite,
        "server_name": connection.server_name(),
        "protocol": protocol,
        "client_certificate": certificate.map(|certificate| hexadecimal(&Sha256::digest(certificate))),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
