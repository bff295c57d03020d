//! Connections over TLS.

use std::sync::Arc;

use pkcs8::der::pem::LineEnding;
use pkcs8::rand_core::OsRng;
use pkcs8::{PrivateKeyInfo, SecretDocument};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use wasock_server::{Server, ServerConfig};

use super::guest::{Guest, options, soon, text};
use super::identity::ClientIdentity;
use crate::bindings::types::ErrorCode;
use crate::tls::{CipherSuite, Identity, TlsError, TlsOptions, TlsVersion, client_config};
use crate::{AllowAll, SocketsCtx};

async fn secure_server() -> (Server, String) {
    let config = ServerConfig { port: None, tls_port: Some(0), ..ServerConfig::default() };
    let server = Server::start(config).await.unwrap();
    let url = format!("wss://{}/echo", server.tls_address().unwrap());
    (server, url)
}

fn guest(options: &TlsOptions) -> Guest {
    let builder = SocketsCtx::builder().network(Arc::new(AllowAll));
    Guest::build(builder.tls(Arc::new(client_config(options).unwrap())))
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (_server, url) = secure_server().await;
    let mut guest = guest(&TlsOptions::default());
    let mut socket = guest.socket();
    socket.connect(url, options()).unwrap();
    let failed = guest.failed().await;
    assert!(matches!(failed.failure.code, ErrorCode::Tls(_)), "{failed:?}");
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn a_certificate_is_believed_when_its_root_is_trusted_or_none_is_asked_for() {
    let (server, url) = secure_server().await;
    let root = CertificateDer::from_pem_slice(server.certificate_pem().unwrap().as_bytes());
    for options in [
        TlsOptions { extra_roots: vec![root.unwrap()], ..TlsOptions::default() },
        TlsOptions { insecure_skip_verify: true, ..TlsOptions::default() },
    ] {
        let mut guest = guest(&options);
        let mut socket = guest.socket();
        socket.connect(url.clone(), super::guest::options()).unwrap();
        let timings = guest.opened().await.timings;
        assert!(timings.secured > timings.connected);
        soon(socket.send(text("secret"))).await.unwrap();
        assert_eq!(guest.text().await, "secret");
        assert!(guest.ctx.traffic().take_received() > 0);
        socket.close(Some(1000), "").unwrap();
        assert!(guest.closed().await.was_clean);
        guest.is_over(&socket).await;
    }
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_a_tls_failure() {
    let (_server, address) = super::guest::server().await;
    let mut guest = guest(&TlsOptions::default());
    let mut socket = guest.socket();
    socket.connect(format!("wss://{address}/echo"), options()).unwrap();
    let failed = guest.failed().await;
    assert!(matches!(failed.failure.code, ErrorCode::Tls(_)), "{failed:?}");
}

/// What the server says of a connection with these options.
async fn report(server: &Server, options: TlsOptions) -> String {
    let mut guest = guest(&TlsOptions { insecure_skip_verify: true, ..options });
    let _socket = guest.open(&format!("wss://{}/tls", server.tls_address().unwrap())).await;
    guest.text().await
}

#[tokio::test]
async fn versions_and_cipher_suites_are_those_that_are_offered() {
    let (server, _) = secure_server().await;
    let suites = |suites: &[CipherSuite]| Some(suites.to_vec());
    let chacha = CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
    let aes = CipherSuite::TLS13_AES_128_GCM_SHA256;
    for (versions, cipher_suites, expected) in [
        (vec![], None, r#""version":"TLSv1_3""#),
        (vec![TlsVersion::Tls12], None, r#""version":"TLSv1_2""#),
        (vec![], suites(&[aes]), r#""cipher_suite":"TLS13_AES_128_GCM_SHA256""#),
        // The suites of 1.3 stay while none of them is named.
        (vec![], suites(&[chacha]), r#""version":"TLSv1_3""#),
        (
            vec![TlsVersion::Tls12],
            suites(&[chacha]),
            r#""cipher_suite":"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256""#,
        ),
    ] {
        let text = report(&server, TlsOptions { versions, cipher_suites, ..TlsOptions::default() });
        let text = text.await;
        assert!(text.contains(expected), "{text}");
        assert!(text.contains(r#""protocol":"http/1.1""#), "{text}");
    }
    let versions = vec![TlsVersion::Tls12];
    let nothing = TlsOptions { versions, cipher_suites: suites(&[aes]), ..TlsOptions::default() };
    assert_eq!(client_config(&nothing).unwrap_err(), TlsError::NothingToOffer);
}

#[tokio::test]
async fn a_server_that_asks_gets_the_certificate_of_the_client() {
    let client = ClientIdentity::new("client");
    let config = ServerConfig {
        tls_port: Some(0),
        client_roots: vec![client.certificate.clone()],
        ..ServerConfig::default()
    };
    let server = Server::start(config).await.unwrap();
    for (key, password) in [(client.key.clone(), None), (encrypted(&client.key), Some("secret"))] {
        let identity = Some(Identity::from_pem(&client.certificate, &key, password).unwrap());
        let text = report(&server, TlsOptions { identity, ..TlsOptions::default() }).await;
        assert!(text.contains(&client.fingerprint), "{text}");
    }
    let text = report(&server, TlsOptions::default()).await;
    assert!(text.contains(r#""client_certificate":null"#), "{text}");
}

/// The key in encrypted PKCS#8, with the password "secret".
fn encrypted(key: &str) -> String {
    let (_, document) = SecretDocument::from_pem(key).unwrap();
    let info = PrivateKeyInfo::try_from(document.as_bytes()).unwrap();
    let encrypted = info.encrypt(OsRng, "secret").unwrap();
    encrypted.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).unwrap().to_string()
}

#[test]
fn a_key_that_is_of_no_use_is_told_why() {
    let client = ClientIdentity::new("client");
    let refusal = |certificate: &str, key: &str, password| {
        Identity::from_pem(certificate, key, password).unwrap_err().to_string()
    };
    let secret = encrypted(&client.key);
    let legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n";
    let cases = [
        (refusal("none", &client.key, None), "there is no certificate in PEM"),
        (refusal(&client.certificate, "none", None), "there is no private key in PEM"),
        (refusal(&client.certificate, &secret, None), "the private key is encrypted, and there is"),
        (refusal(&client.certificate, &secret, Some("x")), "the private key cannot be decrypted"),
        (
            refusal(&client.certificate, legacy, Some("x")),
            "the private key is encrypted in OpenSSL",
        ),
    ];
    for (text, expected) in cases {
        assert!(text.starts_with(expected), "{text}");
    }
    let other = ClientIdentity::new("other");
    let identity = Identity::from_pem(&client.certificate, &other.key, None).unwrap();
    let options = TlsOptions { identity: Some(identity), ..TlsOptions::default() };
    assert!(matches!(client_config(&options), Err(TlsError::Identity(_))));
}
