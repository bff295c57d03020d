//! The TLS port and its certificate.

mod common;

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use wasock_server::{Server, ServerConfig, ServerError};

async fn start(names: &[&str]) -> Server {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    let config = ServerConfig { port: None, tls_port: Some(0), names, ..ServerConfig::default() };
    Server::start(config).await.expect("port 0 is free")
}

/// Connects as `name`, with the certificate of `trusted` as the only root.
async fn connect(
    server: &Server,
    trusted: &Server,
    name: &'static str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let pem = trusted.certificate_pem().expect("the server has TLS");
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).expect("the PEM is sound");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).expect("the certificate can be a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(server.tls_address().expect("the server has TLS")).await?;
    let name = ServerName::try_from(name).expect("a good name");
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await
}

#[tokio::test]
async fn the_certificate_is_good_for_each_local_name_and_the_given_ones() {
    let server = start(&["chat.example.test", "10.0.0.7"]).await;
    assert!(server.address().is_none());
    for name in ["localhost", "127.0.0.1", "::1", "chat.example.test", "10.0.0.7"] {
        let stream = connect(&server, &server, name).await.expect("the certificate is accepted");
        let (mut client, _) =
            client_async("wss://localhost/echo", stream).await.expect("the server accepts");
        client.send(Message::text(name)).await.expect("the connection is open");
        assert_eq!(client.next().await.expect("an echo").expect("an echo"), Message::text(name));
        client.close(None).await.expect("the connection is open");
        assert!(matches!(client.next().await, Some(Ok(Message::Close(None)))));
        assert!(client.next().await.is_none());
    }
    common::until_idle(&server).await;
}

#[tokio::test]
async fn another_name_or_another_root_is_not_accepted() {
    let server = start(&[]).await;
    let other = start(&[]).await;
    assert!(connect(&server, &server, "example.test").await.is_err());
    assert!(connect(&server, &other, "localhost").await.is_err());
}

#[tokio::test]
async fn drop_ends_tls_in_order_and_reset_does_not() {
    let server = start(&[]).await;
    for (path, is_orderly) in [("/drop", true), ("/reset", false)] {
        let mut stream = connect(&server, &server, "localhost").await.expect("TLS");
        stream.write_all(common::handshake(path).as_bytes()).await.expect("the server reads");
        stream.write_all(&[0x81, 0x80, 0, 0, 0, 0]).await.expect("the server reads");
        let mut answer = Vec::new();
        let end = stream.read_to_end(&mut answer).await;
        assert_eq!(end.is_ok(), is_orderly, "{path}: {end:?}");
        assert!(answer.ends_with(b"\r\n\r\n") || !is_orderly, "a frame came after the handshake");
    }
}

#[tokio::test]
async fn a_client_without_tls_does_not_hurt_the_port() {
    let server = start(&[]).await;
    let mut tcp = TcpStream::connect(server.tls_address().expect("TLS")).await.expect("it listens");
    tcp.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("the server reads");
    let mut bytes = Vec::new();
    // A TLS alert, an end or a reset will all do.
    let _ = tcp.read_to_end(&mut bytes).await;
    assert!(connect(&server, &server, "localhost").await.is_ok());
}

#[tokio::test]
async fn a_name_that_no_certificate_can_carry_is_reported() {
    let config = ServerConfig {
        tls_port: Some(0),
        names: vec!["https://example.test".to_owned()],
        ..ServerConfig::default()
    };
    let error = Server::start(config).await.expect_err("no certificate");
    assert!(matches!(error, ServerError::CertificateName { .. }));
    assert!(error.to_string().contains("https://example.test"));
    assert!(error.hint().is_some());
}
