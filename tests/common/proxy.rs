//! A proxy that speaks CONNECT (RFC 9110, section 9.3.6) and SOCKS 5 (RFC 1928), as the client's first
//! byte says. Whatever it is asked for, it leads to one server: so made-up names work.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

/// The user name and the password that the proxy may ask for.
pub const USER: &str = "me";
pub const PASSWORD: &str = "secret";

/// `me:secret` in base64.
const BASIC: &str = "Basic bWU6c2VjcmV0";

const SOCKS_VERSION: u8 = 5;

/// A running proxy.
pub struct TestProxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl TestProxy {
    /// Starts a proxy that leads to a server, for everybody or for [`USER`] alone.
    pub async fn start(server: SocketAddr, needs_password: bool) -> Self {
        Self::start_with(server, needs_password, None).await
    }

    /// Starts a proxy that is spoken to over TLS, by its address. Its certificate is in PEM.
    pub async fn start_secure(server: SocketAddr) -> (Self, String) {
        let name = Ipv4Addr::LOCALHOST.to_string();
        let made = rcgen::generate_simple_self_signed([name]).expect("a certificate can be made");
        let key = made.signing_key.serialize_der().try_into().expect("the key is PKCS#8");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has the default versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("the key belongs to the certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        (Self::start_with(server, false, Some(acceptor)).await, made.cert.pem())
    }

    async fn start_with(
        server: SocketAddr,
        needs_password: bool,
        tls: Option<TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = asked.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (asked, tls) = (shared.clone(), tls.clone());
                // A client that leaves early is the test's own business.
                tokio::spawn(async move {
                    let _ = match tls {
                        None => serve(client, server, needs_password, &asked).await,
                        Some(tls) => match tls.accept(client).await {
                            Ok(client) => serve(client, server, needs_password, &asked).await,
                            Err(error) => Err(error),
                        },
                    };
                });
            }
        });
        Self { address, asked, task }
    }

    /// Where it is: `127.0.0.1:3128`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was asked to connect to, one after the other: `CONNECT name.test:80`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().clone()
    }
}

impl Drop for TestProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    server: SocketAddr,
    needs_password: bool,
    asked: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let first = client.read_u8().await?;
    let accepted = if first == SOCKS_VERSION {
        socks(&mut client, needs_password, asked).await?
    } else {
        connect(&mut client, first, needs_password, asked).await?
    };
    if accepted {
        let mut server = TcpStream::connect(server).await?;
        tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    }
    Ok(())
}

async fn connect(
    client: &mut (impl AsyncRead + AsyncWrite + Unpin),
    first: u8,
    needs_password: bool,
    asked: &Mutex<Vec<String>>,
) -> io::Result<bool> {
    let mut head = vec![first];
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let request = head.lines().next().unwrap_or_default();
    asked.lock().push(request.trim_end_matches(" HTTP/1.1").to_owned());
    let may = !needs_password || head.contains(&format!("Proxy-Authorization: {BASIC}\r\n"));
    let status = if may { "200 Connected" } else { "407 Proxy Authentication Required" };
    client.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await?;
    client.flush().await?;
    Ok(may)
}

async fn socks(
    client: &mut (impl AsyncRead + AsyncWrite + Unpin),
    needs_password: bool,
    asked: &Mutex<Vec<String>>,
) -> io::Result<bool> {
    let methods = client.read_u8().await?;
    let mut offered = vec![0; usize::from(methods)];
    client.read_exact(&mut offered).await?;
    let method = if needs_password { 2 } else { 0 };
    if !offered.contains(&method) {
        client.write_all(&[SOCKS_VERSION, 0xff]).await?;
        return Ok(false);
    }
    client.write_all(&[SOCKS_VERSION, method]).await?;
    if needs_password {
        client.read_u8().await?;
        let (user, password) = (text(client).await?, text(client).await?);
        let may = user == USER && password == PASSWORD;
        client.write_all(&[1, u8::from(!may)]).await?;
        if !may {
            return Ok(false);
        }
    }
    let mut request = [0; 4];
    client.read_exact(&mut request).await?;
    let host = match request[3] {
        1 => Ipv4Addr::from(client.read_u32().await?).to_string(),
        4 => Ipv6Addr::from(client.read_u128().await?).to_string(),
        _ => text(client).await?,
    };
    let port = client.read_u16().await?;
    asked.lock().push(format!("SOCKS {host}:{port}"));
    client.write_all(&[SOCKS_VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    Ok(true)
}

async fn text(client: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut bytes = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
