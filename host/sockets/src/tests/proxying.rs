//! Connections through proxies.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::Instant;
use url::Host;
use wasock_server::{Server, ServerConfig};

use super::guest::{Guest, PATIENCE, options, server};
use super::proxy::{PASSWORD, TestProxy, USER};
use crate::bindings::types::ErrorCode;
use crate::tls::{TlsOptions, client_config};
use crate::{Denied, Endpoint, Network, Proxy, SocketsCtx};

/// Where every name is, for a test that sees whether it was asked for.
const NAMED: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 9, 8, 7));

/// A network behind a proxy, in which one name is forbidden and one address. It may have names resolved
/// here.
struct Behind {
    proxy: Proxy,
    resolves: bool,
}

impl Network for Behind {
    fn check_name(&self, host: &str, _port: u16) -> Result<(), Denied> {
        if host == "forbidden.test" { Err(Denied::new("that name".to_owned())) } else { Ok(()) }
    }

    fn check_address(&self, _host: &str, address: SocketAddr) -> Result<(), Denied> {
        let forbidden = address.ip() == IpAddr::from([10, 0, 0, 1]);
        if forbidden { Err(Denied::new("that address".to_owned())) } else { Ok(()) }
    }

    fn resolve<'a>(&'a self, _host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        async { Ok(vec![NAMED]) }.boxed()
    }

    fn proxy(&self, _secure: bool, _host: &str, _port: u16) -> Option<Proxy> {
        Some(self.proxy.clone())
    }

    fn resolves_for_proxies(&self) -> bool {
        self.resolves
    }
}

fn behind(scheme: &str, credentials: &str, address: SocketAddr) -> Guest {
    let proxy = Proxy::parse(&format!("{scheme}://{credentials}{address}")).unwrap();
    Guest::build(SocketsCtx::builder().network(Arc::new(Behind { proxy, resolves: false })))
}

async fn failure(guest: &mut Guest, url: &str) -> ErrorCode {
    let mut socket = guest.socket();
    socket.connect(url.to_owned(), options()).unwrap();
    let failed = guest.failed().await;
    guest.is_over(&socket).await;
    failed.failure.code
}

fn other(code: ErrorCode) -> String {
    match code {
        ErrorCode::Other(Some(text)) => text,
        code => panic!("{code:?}"),
    }
}

#[tokio::test]
async fn each_kind_of_proxy_is_asked_for_what_it_resolves() {
    let (_server, address) = server().await;
    for (scheme, asked) in [
        ("http", "CONNECT name.test:8080"),
        ("socks5h", "SOCKS name.test:8080"),
        ("socks5", "SOCKS 10.9.8.7:8080"),
    ] {
        let proxy = TestProxy::start(address, false).await;
        let mut guest = behind(scheme, "", proxy.address());
        let socket = guest.open("ws://name.test:8080/echo").await;
        socket.send(super::guest::text("through")).await.unwrap();
        assert_eq!(guest.text().await, "through");
        assert_eq!(proxy.asked(), [asked]);
    }
}

#[tokio::test]
async fn a_proxy_can_be_asked_for_addresses_that_were_checked() {
    let (_server, address) = server().await;
    for scheme in ["http", "socks5h"] {
        let proxy = TestProxy::start(address, false).await;
        let parsed = Proxy::parse(&format!("{scheme}://{}", proxy.address())).unwrap();
        let network = Arc::new(Behind { proxy: parsed, resolves: true });
        let mut guest = Guest::build(SocketsCtx::builder().network(network));
        guest.open("ws://name.test:8080/echo").await;
        // Other protocols are not spoken to the proxy itself, which would look the name up.
        let endpoint =
            Endpoint { secure: false, host: Host::Domain("name.test".to_owned()), port: 8080 };
        let deadline = Instant::now() + PATIENCE;
        let dialed = guest.ctx.dialer().dial(&endpoint, Vec::new(), deadline).await;
        assert!(dialed.is_ok_and(|dialed| dialed.forwarder.is_none()));
        let verb = if scheme == "http" { "CONNECT" } else { "SOCKS" };
        assert_eq!(
            proxy.asked(),
            [format!("{verb} 10.9.8.7:8080"), format!("{verb} 10.9.8.7:8080")]
        );
    }
}

#[tokio::test]
async fn a_proxy_gets_the_user_name_and_the_password() {
    let (_server, address) = server().await;
    for scheme in ["http", "socks5h"] {
        let proxy = TestProxy::start(address, true).await;
        let credentials = format!("{USER}:{PASSWORD}@");
        behind(scheme, &credentials, proxy.address()).open("ws://name.test/echo").await;
        let mut guest = behind(scheme, "me:wrong@", proxy.address());
        let text = other(failure(&mut guest, "ws://name.test/echo").await);
        let start = format!("the proxy {scheme}://{}: ", proxy.address());
        assert!(text.starts_with(&start) && !text.contains("wrong"), "{text}");
    }
}

#[tokio::test]
async fn tls_goes_through_a_proxy() {
    let config = ServerConfig { port: None, tls_port: Some(0), ..ServerConfig::default() };
    let server = Server::start(config).await.unwrap();
    let proxy = TestProxy::start(server.tls_address().unwrap(), false).await;
    let parsed = Proxy::parse(&proxy.address().to_string()).unwrap();
    let roots = crate::tls::root_certificates(server.certificate_pem().unwrap()).unwrap();
    let tls = client_config(&TlsOptions { extra_roots: roots, ..TlsOptions::default() }).unwrap();
    let builder = SocketsCtx::builder()
        .network(Arc::new(Behind { proxy: parsed, resolves: false }))
        .tls(Arc::new(tls));
    Guest::build(builder).open("wss://localhost/echo").await;
    assert_eq!(proxy.asked(), ["CONNECT localhost:443"]);
}

#[tokio::test]
async fn a_proxy_is_spoken_to_over_tls_and_the_target_through_that() {
    let config = ServerConfig { tls_port: Some(0), ..ServerConfig::default() };
    let server = Server::start(config).await.unwrap();
    let (plain, secure) = (server.address().unwrap(), server.tls_address().unwrap());
    let of_server = server.certificate_pem().unwrap();
    for (target, url, asked) in [
        (plain, "ws://name.test/echo", "CONNECT name.test:80"),
        (secure, "wss://localhost/echo", "CONNECT localhost:443"),
    ] {
        let (proxy, of_proxy) = TestProxy::start_secure(target).await;
        let parsed = Proxy::parse(&format!("https://{}", proxy.address())).unwrap();
        let guest = |pems: &[&str]| {
            let roots = pems.iter().flat_map(|pem| crate::tls::root_certificates(pem).unwrap());
            let options = TlsOptions { extra_roots: roots.collect(), ..TlsOptions::default() };
            let builder = SocketsCtx::builder()
                .network(Arc::new(Behind { proxy: parsed.clone(), resolves: false }));
            Guest::build(builder.tls(Arc::new(client_config(&options).unwrap())))
        };
        let mut trusting = guest(&[of_server, &of_proxy]);
        let socket = trusting.open(url).await;
        // More than fits into a record of TLS, so that one runs into the other.
        let long = "x".repeat(100_000);
        socket.send(super::guest::text(&long)).await.unwrap();
        assert!(trusting.text().await == long);
        assert_eq!(proxy.asked(), [asked]);
        let text = other(failure(&mut guest(&[of_server]), url).await);
        let start = format!("the proxy https://{}: invalid peer certificate", proxy.address());
        assert!(text.starts_with(&start), "{text}");
        assert_eq!(proxy.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_forbidden_target_is_forbidden_behind_a_proxy_too() {
    let (_server, address) = server().await;
    let proxy = TestProxy::start(address, false).await;
    let mut guest = behind("http", "", proxy.address());
    for (url, rule) in [("ws://forbidden.test/", "that name"), ("ws://10.0.0.1/", "that address")] {
        let code = failure(&mut guest, url).await;
        assert!(matches!(&code, ErrorCode::AccessDenied(text) if text == rule), "{code:?}");
    }
    assert_eq!(proxy.asked(), [""; 0]);
}

#[tokio::test]
async fn this_machine_is_reached_without_a_proxy() {
    let (_server, address) = server().await;
    let proxy = TestProxy::start(address, false).await;
    let mut guest = behind("http", "", proxy.address());
    guest.open(&format!("ws://{address}/echo")).await;
    assert_eq!(proxy.asked(), [""; 0]);
}

#[tokio::test]
async fn a_proxy_that_is_not_there_or_does_not_agree_is_named() {
    let (server, address) = server().await;
    // It answers CONNECT as any other method that it does not know.
    let mut guest = behind("http", "", address);
    let text = other(failure(&mut guest, "ws://name.test/").await);
    let expected =
        format!("the proxy http://{address}: it answered CONNECT name.test:80 with status 405");
    assert_eq!(text, expected);
    server.shutdown().await;
    for scheme in ["http", "socks5"] {
        let mut guest = behind(scheme, "", address);
        let text = other(failure(&mut guest, "ws://name.test/").await);
        assert!(text.starts_with(&format!("the proxy {scheme}://{address}: ")), "{text}");
        assert!(text.to_lowercase().contains("refused"), "{text}");
    }
}
