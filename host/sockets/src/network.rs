//! The embedder's say in where a guest may connect to, and on which way.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::proxy::Proxy;

/// A refusal, in words for the guest: which rule it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub(crate) reason: String,
    pub(crate) is_own_rule: bool,
}

impl Denied {
    /// The guest may not go there: it has come to a bound.
    pub fn new(reason: String) -> Self {
        Self { reason, is_own_rule: false }
    }

    /// The guest has itself asked not to go there, which is no bound.
    pub fn by_own_rule(reason: String) -> Self {
        Self { reason, is_own_rule: true }
    }

    /// The rule, in words.
    pub fn into_reason(self) -> String {
        self.reason
    }
}

/// Decides, for each connection attempt, whether and where it goes.
///
/// Names are checked before they are resolved, addresses after, so that a name that resolves to a
/// forbidden address is caught.
pub trait Network: Send + Sync {
    /// Replaces what the name would resolve to, as a line in `/etc/hosts` does, and more: the port
    /// too. None leaves the name to [`Self::resolve`].
    fn redirect(&self, host: &str, port: u16) -> Option<SocketAddr> {
        let _ = (host, port);
        None
    }

    /// Whether a name may be asked for.
    ///
    /// # Errors
    ///
    /// The rule that forbids it.
    fn check_name(&self, host: &str, port: u16) -> Result<(), Denied> {
        let _ = (host, port);
        Ok(())
    }

    /// Whether an address may be connected to. The first address of a name decides; of the others,
    /// which are tried if it fails, those that are denied are left out.
    ///
    /// # Errors
    ///
    /// The rule that forbids it.
    fn check_address(&self, host: &str, address: SocketAddr) -> Result<(), Denied>;

    /// Whether an address may be connected to that [`Self::redirect`] has named for this host and port.
    /// By default it is as good as one that the name resolves to.
    ///
    /// # Errors
    ///
    /// The rule that forbids it.
    fn check_redirect(&self, host: &str, port: u16, address: SocketAddr) -> Result<(), Denied> {
        let _ = port;
        self.check_address(host, address)
    }

    /// Whether names are resolved here even if a proxy would do that, so that
    /// [`Self::check_address`] sees each address, and the proxy is asked for the one that was checked.
    /// By default proxies resolve names where their protocol lets them.
    fn resolves_for_proxies(&self) -> bool {
        false
    }

    /// Whether a Unix socket may be connected to. By default none may: who grants addresses has not
    /// granted files.
    ///
    /// # Errors
    ///
    /// The rule that forbids it.
    fn check_unix_socket(&self, path: &Path) -> Result<(), Denied> {
        Err(Denied::new(format!("the Unix socket {} is not granted", path.display())))
    }

    /// The addresses of a name, in the order in which they are to be tried. By default those of the
    /// system's resolver, IPv4 first.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let sorted = |found: io::Result<Vec<IpAddr>>| {
            found.map(|mut addresses| {
                addresses.sort_by_key(IpAddr::is_ipv6);
                addresses
            })
        };
        lookup(host).map(sorted).boxed()
    }

    /// The address of this machine that the connection is to come from. None leaves it to the
    /// system. Addresses of the other family cannot be reached from it.
    fn local_address(&self) -> Option<IpAddr> {
        None
    }

    /// The proxy through which to connect. It is not asked for addresses of this machine, and the
    /// checks are for the target, not for the proxy.
    fn proxy(&self, secure: bool, host: &str, port: u16) -> Option<Proxy> {
        let _ = (secure, host, port);
        None
    }
}

/// Asks the system's resolver.
///
/// # Errors
///
/// That of the resolver.
pub async fn lookup(host: &str) -> io::Result<Vec<IpAddr>> {
    let found = tokio::net::lookup_host((host, 0)).await?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Refuses everything: what a guest gets when the embedder grants nothing.
#[derive(Clone, Copy, Debug)]
pub struct DenyAll;

impl Network for DenyAll {
    fn check_name(&self, host: &str, port: u16) -> Result<(), Denied> {
        Err(Denied::new(format!("no network is granted, so {host}:{port} cannot be reached")))
    }

    fn check_address(&self, host: &str, address: SocketAddr) -> Result<(), Denied> {
        self.check_name(host, address.port())
    }
}

/// Allows everything.
#[derive(Clone, Copy, Debug)]
pub struct AllowAll;

impl Network for AllowAll {
    fn check_address(&self, _host: &str, _address: SocketAddr) -> Result<(), Denied> {
        Ok(())
    }

    fn check_unix_socket(&self, _path: &Path) -> Result<(), Denied> {
        Ok(())
    }
}
