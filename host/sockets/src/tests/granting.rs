//! Where a guest may connect to.

use std::net::SocketAddr;
use std::sync::Arc;

use super::guest::{Guest, options, server, soon, text};
use super::unix::UnixFront;
use crate::bindings::types::ErrorCode;
use crate::{Denied, Network, SocketsCtx};

/// Knows one name, and forbids another and one address.
struct Rules {
    known: SocketAddr,
    forbidden: SocketAddr,
}

impl Network for Rules {
    fn redirect(&self, host: &str, _port: u16) -> Option<SocketAddr> {
        (host == "known.test").then_some(self.known)
    }

    fn check_name(&self, host: &str, _port: u16) -> Result<(), Denied> {
        if host == "forbidden.test" { Err(Denied::new("that name".to_owned())) } else { Ok(()) }
    }

    fn check_address(&self, _host: &str, address: SocketAddr) -> Result<(), Denied> {
        if address == self.forbidden { Err(Denied::new("that address".to_owned())) } else { Ok(()) }
    }
}

async fn denied(guest: &mut Guest, url: &str) -> String {
    let mut socket = guest.socket();
    socket.connect(url.to_owned(), options()).unwrap();
    let failed = guest.failed().await;
    guest.is_over(&socket).await;
    match failed.failure.code {
        ErrorCode::AccessDenied(rule) => rule,
        other => panic!("{url} failed with {other:?}"),
    }
}

#[tokio::test]
async fn nothing_is_granted_until_the_embedder_says_so() {
    let (server, address) = server().await;
    let mut guest = Guest::build(SocketsCtx::builder());
    for host in ["127.0.0.1", "localhost"] {
        let rule = denied(&mut guest, &format!("ws://{host}:{}/echo", address.port())).await;
        assert!(rule.contains("no network is granted"), "{rule}");
    }
    let front = UnixFront::start(address).await;
    let rule = denied(&mut guest, &front.url("/echo")).await;
    assert_eq!(rule, format!("the Unix socket {} is not granted", front.path().display()));
    assert_eq!(server.statistics().connections_total, 0);
}

#[tokio::test]
async fn a_unix_socket_is_granted_for_itself() {
    let (server, address) = server().await;
    let front = UnixFront::start(address).await;
    let rules = Rules { known: address, forbidden: address };
    let mut guest = Guest::build(SocketsCtx::builder().network(Arc::new(rules)));
    let rule = denied(&mut guest, &front.url("/echo")).await;
    assert!(rule.ends_with("is not granted"), "{rule}");
    assert_eq!(server.statistics().connections_total, 0);
    let mut guest = Guest::new();
    let socket = guest.open(&front.url("/echo?delay=1")).await;
    soon(socket.send(text("by file"))).await.unwrap();
    assert_eq!(guest.text().await, "by file");
    socket.close(Some(1000), "").unwrap();
    assert!(guest.closed().await.was_clean);
    assert!(guest.ctx.traffic().take_received() > 0);
}

#[tokio::test]
async fn names_are_checked_before_and_addresses_after_they_are_resolved() {
    let (forbidden_server, forbidden) = server().await;
    let (_server, known) = server().await;
    let rules = Arc::new(Rules { known, forbidden });
    let mut guest = Guest::build(SocketsCtx::builder().network(rules));
    assert_eq!(denied(&mut guest, "ws://forbidden.test/").await, "that name");
    let port = forbidden.port();
    assert_eq!(denied(&mut guest, &format!("ws://127.0.0.1:{port}/")).await, "that address");
    assert_eq!(denied(&mut guest, &format!("ws://localhost:{port}/")).await, "that address");
    assert_eq!(forbidden_server.statistics().connections_total, 0);
    guest.open("ws://known.test/echo").await;
}
