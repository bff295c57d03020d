//! Connections over TLS.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use wasock_server::{Server, ServerConfig};

use super::guest::{Guest, options, soon, text};
use crate::bindings::types::ErrorCode;
use crate::tls::{TlsOptions, client_config};
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
