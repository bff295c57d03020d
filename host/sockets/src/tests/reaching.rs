//! Which of several addresses is connected to, and from where.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::net::{TcpSocket, TcpStream};
use wasock_server::{Server, ServerConfig};

use super::guest::{Guest, SHORT, nanos, options, server};
use super::peer::Listener;
use crate::bindings::sockets::ConnectOptions;
use crate::bindings::types::{ErrorCode, Failure};
use crate::{Denied, Network, SocketsCtx};

/// Every name has these addresses; those in `denied` are forbidden.
#[derive(Default)]
struct Names {
    addresses: Vec<IpAddr>,
    denied: Vec<IpAddr>,
    local: Option<IpAddr>,
}

impl Network for Names {
    fn check_address(&self, _host: &str, address: SocketAddr) -> Result<(), Denied> {
        let forbidden = self.denied.contains(&address.ip());
        if forbidden { Err(Denied::new(format!("not {}", address.ip()))) } else { Ok(()) }
    }

    fn resolve<'a>(&'a self, _host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        async { Ok(self.addresses.clone()) }.boxed()
    }

    fn local_address(&self) -> Option<IpAddr> {
        self.local
    }
}

fn ips(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn guest(names: Names) -> Guest {
    Guest::build(SocketsCtx::builder().network(Arc::new(names)))
}

async fn failure(names: Names, url: &str) -> Failure {
    let mut guest = guest(names);
    let mut socket = guest.socket();
    socket.connect(url.to_owned(), options()).unwrap();
    guest.failed().await.failure
}

#[tokio::test]
async fn an_address_that_refuses_is_followed_by_the_next() {
    let (_server, address) = server().await;
    let addresses = ips(&["127.0.0.2", "::1", "127.0.0.1"]);
    let mut guest = guest(Names { addresses, ..Names::default() });
    guest.open(&format!("ws://name.test:{}/echo", address.port())).await;
}

/// The queue of a listener with a backlog of nothing takes one connection. Those after it get no
/// answer, and no refusal.
#[tokio::test]
async fn an_address_that_never_answers_takes_its_share_of_the_time_and_leaves_the_rest() {
    let (_server, address) = server().await;
    let silent = TcpSocket::new_v4().unwrap();
    silent.bind(SocketAddr::from(([127, 0, 0, 2], address.port()))).unwrap();
    let silent = silent.listen(0).unwrap();
    let _filler = TcpStream::connect(silent.local_addr().unwrap()).await.unwrap();
    let url = format!("ws://name.test:{}/echo", address.port());
    let limited = |timeout| ConnectOptions { timeout: nanos(timeout), ..options() };

    // Four addresses of which it is the first: a quarter of the time.
    let addresses = ips(&["127.0.0.2", "127.0.0.1", "127.0.0.1", "127.0.0.1"]);
    let mut guest = guest(Names { addresses, ..Names::default() });
    let mut socket = guest.socket();
    let timeout = Duration::from_secs(8);
    socket.connect(url.clone(), limited(timeout)).unwrap();
    let opened = guest.opened().await.timings;
    let connected = Duration::from_nanos(opened.connected);
    assert!(connected >= timeout / 4 && connected < timeout, "{connected:?}");

    let alone = Names { addresses: ips(&["127.0.0.2"]), ..Names::default() };
    let mut guest = self::guest(alone);
    let mut socket = guest.socket();
    socket.connect(url, limited(SHORT)).unwrap();
    let failure = guest.failed().await.failure;
    assert!(matches!(failure.code, ErrorCode::Timeout), "{failure:?}");
    assert_eq!(failure.address, Some(silent.local_addr().unwrap().to_string()));
}

#[tokio::test]
async fn the_first_address_decides_and_others_that_are_denied_are_left_out() {
    let (server, address) = server().await;
    let url = format!("ws://name.test:{}/echo", address.port());
    let denied = ips(&["127.0.0.1"]);
    let first = Names { addresses: ips(&["127.0.0.1", "127.0.0.2"]), denied, local: None };
    let code = failure(first, &url).await.code;
    assert!(matches!(&code, ErrorCode::AccessDenied(rule) if rule == "not 127.0.0.1"), "{code:?}");
    let denied = ips(&["127.0.0.1"]);
    let second = Names { addresses: ips(&["127.0.0.2", "127.0.0.1"]), denied, local: None };
    let failure = failure(second, &url).await;
    assert!(matches!(failure.code, ErrorCode::ConnectionRefused), "{failure:?}");
    assert_eq!(failure.address, Some(format!("127.0.0.2:{}", address.port())));
    assert_eq!(server.statistics().connections_total, 0);
}

#[tokio::test]
async fn a_name_without_an_address_is_told() {
    let failure = failure(Names::default(), "ws://name.test/").await;
    assert!(matches!(failure.code, ErrorCode::NameUnresolvable), "{failure:?}");
}

#[tokio::test]
async fn an_address_of_ipv6_is_a_target() {
    let address = "::1".parse().unwrap();
    let config = ServerConfig { address, ..ServerConfig::default() };
    let server = Server::start(config).await.unwrap();
    let url = format!("ws://{}/echo", server.address().unwrap());
    guest(Names::default()).open(&url).await;
}

#[tokio::test]
async fn a_connection_comes_from_the_local_address() {
    let listener = Listener::bind().await;
    let local = IpAddr::from([127, 0, 0, 3]);
    let mut guest = guest(Names { local: Some(local), ..Names::default() });
    let mut socket = guest.socket();
    socket.connect(listener.url(), options()).unwrap();
    let peer = listener.upgrade().await;
    assert_eq!(peer.0.peer_addr().unwrap().ip(), local);
    guest.opened().await;
}

#[tokio::test]
async fn a_local_address_that_does_not_fit_is_told() {
    let (_server, address) = server().await;
    let url = format!("ws://{address}/echo");
    for (local, expected) in [
        ("192.0.2.1", "the local address 192.0.2.1 cannot be used: "),
        ("::1", "no address can be reached from ::1"),
    ] {
        let names = Names { local: Some(local.parse().unwrap()), ..Names::default() };
        match failure(names, &url).await.code {
            ErrorCode::Other(Some(text)) => assert!(text.starts_with(expected), "{text}"),
            code => panic!("{code:?}"),
        }
    }
}
