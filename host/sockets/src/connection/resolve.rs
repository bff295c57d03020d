//! On which way a target is reached: names to addresses, and the embedder's rules for both.

use std::net::{IpAddr, SocketAddr};

use url::Host;

use crate::bindings::types::ErrorCode;
use crate::bound::Bound;
use crate::ctx::Shared;
use crate::dialer::Endpoint;
use crate::network::{Denied, Network};
use crate::proxy::{Proxy, ProxyKind};

/// On which way a target is reached.
pub(super) enum Route {
    /// By one of these addresses.
    Direct(Vec<SocketAddr>),
    /// By a proxy at one of these addresses, which connects to the destination. One that is pinned is
    /// to be reached at the address that was checked, and not by its name.
    Proxied { proxy: Proxy, addresses: Vec<SocketAddr>, destination: Destination, pinned: bool },
}

/// What a proxy is asked to connect to.
pub(super) enum Destination {
    Address(SocketAddr),
    Name(String, u16),
}

/// Finds the way, as far as the embedder allows it.
pub(super) async fn route(shared: &Shared, target: &Endpoint) -> Result<Route, ErrorCode> {
    let network = &*shared.network;
    let refused = |rule| denied(shared, rule);
    let (name, port) = (bare(&target.host), target.port);
    network.check_name(&name, port).map_err(refused)?;
    let known = match network.redirect(&name, port) {
        Some(address) => {
            network.check_redirect(&name, port, address).map_err(refused)?;
            Some(address)
        }
        None => {
            let address = literal(&target.host).map(|address| SocketAddr::new(address, port));
            address
                .map(|address| network.check_address(&name, address))
                .transpose()
                .map_err(refused)?;
            address
        }
    };
    let is_here = known.is_some_and(|address| address.ip().to_canonical().is_loopback());
    let proxy = if is_here { None } else { network.proxy(target.secure, &name, port) };
    let Some(proxy) = proxy else {
        return match known {
            Some(address) => Ok(Route::Direct(vec![address])),
            None => resolve(shared, &name, port).await.map(Route::Direct),
        };
    };
    let pins = network.resolves_for_proxies();
    let destination = match known {
        Some(address) => Destination::Address(address),
        None if proxy.kind == ProxyKind::Socks5 || pins => {
            Destination::Address(resolve(shared, &name, port).await?[0])
        }
        None => Destination::Name(name, port),
    };
    let addresses = proxy_addresses(network, &proxy).await?;
    let pinned = pins && literal(&target.host).is_none();
    Ok(Route::Proxied { proxy, addresses, destination, pinned })
}

/// The addresses of a name that the embedder allows, at least one.
async fn resolve(shared: &Shared, name: &str, port: u16) -> Result<Vec<SocketAddr>, ErrorCode> {
    let network = &*shared.network;
    let found = network.resolve(name).await.map_err(|_| ErrorCode::NameUnresolvable)?;
    let mut found = found.into_iter().map(|address| SocketAddr::new(address, port));
    let first = found.next().ok_or(ErrorCode::NameUnresolvable)?;
    network.check_address(name, first).map_err(|rule| denied(shared, rule))?;
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

pub(super) fn denied(shared: &Shared, denied: Denied) -> ErrorCode {
    if !denied.is_own_rule {
        shared.observer.reached(Bound::Network);
    }
    ErrorCode::AccessDenied(denied.reason)
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
