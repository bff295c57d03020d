//! Where virtual users may connect to, and on which way.
//!
//! - `dns`: names to addresses, with a cache that all share
//! - `grants`: what the operator lets scripts reach, whatever these say
//! - `http`: what requests do besides
//! - `meanings`: the addresses that others stand for
//! - `proxies`: proxies and their exceptions
//! - `tls`: certificates, versions and cipher suites

mod dns;
mod grants;
mod http;
mod meanings;
mod proxies;
pub(crate) mod tls;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use wasock_sockets::{Denied, Network, Proxy};

use crate::options::{AddressRange, HostPattern, Hosts, LocalAddresses, Options, normal};
use dns::Dns;
use meanings::meanings;

pub use grants::{NetworkGrants, Rule, RuleError};
pub(crate) use http::HttpSettings;
pub use proxies::Proxies;

/// The port of `wss:` (RFC 6455, section 3).
const TLS_PORT: u16 = 443;

/// A server that takes the place of the servers that a script names (`--serve`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServeTargets {
    /// Where connections to port 443 go.
    pub tls: SocketAddr,
    /// Where connections to all other ports go.
    pub plain: SocketAddr,
    /// The hosts whose place it takes, in any case; all of them if there is no list.
    pub hosts: Option<Vec<String>>,
}

impl ServeTargets {
    fn lookup(&self, host: &str, port: u16) -> Option<SocketAddr> {
        let host = host.trim_end_matches('.');
        let meant = self
            .hosts
            .as_ref()
            .is_none_or(|hosts| hosts.iter().any(|one| one.eq_ignore_ascii_case(host)));
        meant.then_some(if port == TLS_PORT { self.tls } else { self.plain })
    }
}

/// What a run knows of the network besides its options.
#[derive(Clone, Debug, Default)]
pub struct NetworkSetup {
    /// A server that takes the place of those that the script names.
    pub serve: Option<ServeTargets>,
    /// What scripts may reach.
    pub grants: NetworkGrants,
    /// The proxies to connect through. They need no grant: they are the operator's.
    pub proxies: Proxies,
    /// Whether TLS secrets go to the file that `SSLKEYLOGFILE` names.
    pub log_tls_keys: bool,
}

/// Where the virtual users of a run may connect to, and how they get there.
pub(crate) struct RunNetwork {
    grants: NetworkGrants,
    hosts: Hosts,
    serve: Option<ServeTargets>,
    blocked_names: Vec<HostPattern>,
    blocked_addresses: Vec<AddressRange>,
    local: Option<LocalAddresses>,
    dns: Dns,
    proxies: Proxies,
}

impl RunNetwork {
    pub(crate) fn new(options: &Options, setup: NetworkSetup) -> Self {
        let NetworkSetup { serve, proxies, grants, .. } = setup;
        Self {
            grants,
            hosts: options.hosts.clone().unwrap_or_default(),
            serve,
            blocked_names: options.block_hostnames.clone().unwrap_or_default(),
            blocked_addresses: options.blacklist_ips.clone().unwrap_or_default(),
            local: options.local_ips.clone(),
            dns: Dns::new(options.dns.unwrap_or_default()),
            proxies,
        }
    }

    /// The network as one virtual user sees it. Their numbers begin at 1; 0 is none of those that
    /// run iterations.
    pub(crate) fn of_user(self: &Arc<Self>, number: u32) -> Arc<dyn Network> {
        let turn = u64::from(number).saturating_sub(1);
        let local = self.local.as_ref().map(|addresses| addresses.nth(turn));
        Arc::new(UserNetwork { run: self.clone(), local })
    }

    fn redirect(&self, host: &str, port: u16) -> Option<SocketAddr> {
        self.hosts
            .lookup(host, port)
            .or_else(|| self.serve.as_ref().and_then(|targets| targets.lookup(host, port)))
    }

    /// The option `blacklistIPs`, which counts for every address.
    fn check_blacklist(&self, address: SocketAddr) -> Result<(), Denied> {
        let ip = address.ip();
        let mut forms = meanings(ip).into_iter();
        let blocked =
            forms.find_map(|ip| self.blocked_addresses.iter().find(|range| range.contains(ip)));
        match blocked {
            None => Ok(()),
            Some(range) => {
                let ip = ip.to_canonical();
                Err(Denied::by_own_rule(format!("IP ({ip}) is in a blacklisted range ({range})")))
            }
        }
    }
}

/// The network as one virtual user sees it.
struct UserNetwork {
    run: Arc<RunNetwork>,
    local: Option<IpAddr>,
}

/// The texts are those of k6.
impl Network for UserNetwork {
    fn redirect(&self, host: &str, port: u16) -> Option<SocketAddr> {
        self.run.redirect(host, port)
    }

    fn check_name(&self, host: &str, port: u16) -> Result<(), Denied> {
        let name = normal(host);
        match self.run.blocked_names.iter().find(|pattern| pattern.matches(&name)) {
            None => self.run.grants.check_name(host, port),
            Some(pattern) => Err(Denied::by_own_rule(format!(
                "hostname ({host}) is in a blocked pattern ({pattern})"
            ))),
        }
    }

    fn check_address(&self, host: &str, address: SocketAddr) -> Result<(), Denied> {
        self.run.check_blacklist(address)?;
        self.run.grants.check_resolved(host, address)
    }

    /// A script can set the option `hosts`, so that what it says needs a grant of its own. The server of
    /// `--serve` is the operator's.
    fn check_redirect(&self, host: &str, port: u16, address: SocketAddr) -> Result<(), Denied> {
        self.run.check_blacklist(address)?;
        match self.run.hosts.lookup(host, port) {
            Some(_) => self.run.grants.check_literal(address),
            None => Ok(()),
        }
    }

    fn resolves_for_proxies(&self) -> bool {
        self.run.grants.denies_addresses()
    }

    fn check_unix_socket(&self, path: &Path) -> Result<(), Denied> {
        self.run.grants.check_unix_socket(path)
    }

    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(self.run.dns.resolve(host))
    }

    fn local_address(&self) -> Option<IpAddr> {
        self.local
    }

    fn proxy(&self, secure: bool, host: &str, port: u16) -> Option<Proxy> {
        self.run.proxies.find(secure, host, port).cloned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(options: serde_json::Value) -> Arc<dyn Network> {
        let (options, _) = Options::from_json(&options).unwrap();
        Arc::new(RunNetwork::new(&options, NetworkSetup::default())).of_user(2)
    }

    #[test]
    fn names_and_addresses_are_blocked_with_the_rule_that_does_it() {
        let user = user(json!({"blockHostnames": ["*.bad.test"], "blacklistIPs": ["10.0.0.0/8"]}));
        assert_eq!(user.check_name("bad.test", 80), Ok(()));
        let text = "hostname (Very.Bad.test.) is in a blocked pattern (*.bad.test)";
        assert_eq!(
            user.check_name("Very.Bad.test.", 80),
            Err(Denied::by_own_rule(text.to_owned()))
        );
        let text = "IP (10.1.2.3) is in a blacklisted range (10.0.0.0/8)";
        for address in ["10.1.2.3:80", "[::ffff:10.1.2.3]:80"] {
            let checked = user.check_address("a.test", address.parse().unwrap());
            assert_eq!(checked, Err(Denied::by_own_rule(text.to_owned())));
        }
        assert_eq!(user.check_address("a.test", "11.0.0.1:80".parse().unwrap()), Ok(()));
    }

    #[test]
    fn each_user_connects_from_its_own_address() {
        let user = user(json!({"localIPs": "127.0.0.5-127.0.0.9"}));
        assert_eq!(user.local_address(), Some(IpAddr::from([127, 0, 0, 6])));
    }

    fn network(hosts: Option<Vec<String>>) -> RunNetwork {
        let tls = SocketAddr::from(([127, 0, 0, 1], 8766));
        let plain = SocketAddr::from(([127, 0, 0, 1], 8765));
        let (options, _) = Options::from_json(&json!({"hosts": {"own.test": "10.0.0.1"}})).unwrap();
        let serve = Some(ServeTargets { tls, plain, hosts });
        RunNetwork::new(&options, NetworkSetup { serve, ..NetworkSetup::default() })
    }

    fn redirect(network: &RunNetwork, host: &str, port: u16) -> Option<String> {
        network.redirect(host, port).map(|address| address.to_string())
    }

    #[test]
    fn a_server_takes_the_place_of_all_hosts_but_those_of_the_option() {
        let network = network(None);
        assert_eq!(redirect(&network, "any.test", 443).as_deref(), Some("127.0.0.1:8766"));
        assert_eq!(redirect(&network, "any.test", 80).as_deref(), Some("127.0.0.1:8765"));
        assert_eq!(redirect(&network, "10.9.8.7", 9001).as_deref(), Some("127.0.0.1:8765"));
        assert_eq!(redirect(&network, "own.test", 80).as_deref(), Some("10.0.0.1:80"));
    }

    #[test]
    fn a_server_takes_the_place_of_the_hosts_in_its_list_alone() {
        let network = network(Some(vec!["chat.test".to_owned()]));
        assert_eq!(redirect(&network, "CHAT.test.", 80).as_deref(), Some("127.0.0.1:8765"));
        assert_eq!(redirect(&network, "any.test", 80), None);
    }
}
