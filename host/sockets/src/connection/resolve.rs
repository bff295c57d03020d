//! On which way a target is reached: names to addresses, and the embedder's rules for both.

use std::net::{IpAddr, SocketAddr};

use url::Host;

use crate::bindings::types::ErrorCode;
use crate::ctx::Shared;
use crate::dialer::Endpoint;
use crate::network::{Denied, Network};
use crate::proxy::{Proxy, ProxyKind};

/// On which way a target is reached.
pub(super) enum Route {
    /// By one of these addresses.
    Direct(Vec<SocketAddr>),
    /// By a proxy at one of these addresses, which connects to the destination.
    Proxied { proxy: Proxy, addresses: Vec<SocketAddr>, destination: Destination },
}

/// What a proxy is asked to connect to.
pub(super) enum Destination {
    Address(SocketAddr),
    Name(String, u16),
}

/// Finds the way, as far as the embedder allows it.
pub(super) async fn route(shared: &Shared, target: &Endpoint) -> Result<Route, ErrorCode> {
    let network = &*shared.network;
    let (name, port) = (bare(&target.host), target.port);
    network.check_name(&name, port).map_err(denied)?;
    let known = network
        .redirect(&name, port)
        .or_else(|| literal(&target.host).map(|address| SocketAddr::new(address, port)));
    if let Some(address) = known {
        network.check_address(&name, address).map_err(denied)?;
    }
    let is_here = known.is_some_and(|address| address.ip().to_canonical().is_loopback());
    let proxy = if is_here { None } else { network.proxy(target.secure, &name, port) };
    let Some(proxy) = proxy else {
        return match known {
            Some(address) => Ok(Route::Direct(vec![address])),
            None => resolve(network, &name, port).await.map(Route::Direct),
        };
    };
    let destination = match known {
        Some(address) => Destination::Address(address),
        None if proxy.kind == ProxyKind::Socks5 => {
            Destination::Address(resolve(network, &name, port).await?[0])
        }
        None => Destination::Name(name, port),
    };
    let addresses = proxy_addresses(network, &proxy).await?;
    Ok(Route::Proxied { proxy, addresses, destination })
}

/// The addresses of a name that the embedder allows, at least one.
async fn resolve(
    network: &dyn Network,
    name: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, ErrorCode> {
    let found = network.resolve(name).await.map_err(|_| ErrorCode::NameUnresolvable)?;
    let mut found = found.into_iter().map(|address| SocketAddr::new(address, port));
    let first = found.next().ok_or(ErrorCode::NameUnresolvable)?;
    network.check_address(name, first).map_err(denied)?;
    let others = found.filter(|address| network.check_address(name, *address).is_ok());
    Ok(std::iter::once(first).chain(others).collect())
}

async fn proxy_addresses(
    network: &dyn Network,
    proxy: &Proxy,
) -> Result<Vec<SocketAddr>, ErrorCode> {
    let found = match literal(&proxy.host) {
        Some(address) => vec![address],
        None => network.resolve(&bare(&proxy.host)).await.unwrap_or_default(),
    };
    if found.is_empty() {
        return Err(ErrorCode::Other(Some(format!("the proxy {proxy} has no address"))));
    }
    Ok(found.into_iter().map(|address| SocketAddr::new(address, proxy.port)).collect())
}

fn denied(denied: Denied) -> ErrorCode {
    ErrorCode::AccessDenied(denied.0)
}

fn literal(host: &Host<String>) -> Option<IpAddr> {
    match host {
        Host::Ipv4(address) => Some((*address).into()),
        Host::Ipv6(address) => Some((*address).into()),
        Host::Domain(_) => None,
    }
}

/// The host without the brackets that an IPv6 address has in URLs.
pub(crate) fn bare(host: &Host<String>) -> String {
    match host {
        Host::Ipv6(address) => address.to_string(),
        other => other.to_string(),
    }
}
