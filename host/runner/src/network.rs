//! Where virtual users may connect to.

use std::net::SocketAddr;

use wasock_sockets::{Denied, Network};

use crate::options::Hosts;

/// The port of `wss:` (RFC 6455, section 3).
const TLS_PORT: u16 = 443;

/// A server that takes the place of the servers that a script names (`--serve`).
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Everywhere, with the detours of the option `hosts`, and behind them those of `--serve`.
pub(crate) struct HostsNetwork {
    hosts: Hosts,
    serve: Option<ServeTargets>,
}

impl HostsNetwork {
    pub(crate) fn new(hosts: Hosts, serve: Option<ServeTargets>) -> Self {
        Self { hosts, serve }
    }
}

impl Network for HostsNetwork {
    fn redirect(&self, host: &str, port: u16) -> Option<SocketAddr> {
        self.hosts
            .lookup(host, port)
            .or_else(|| self.serve.as_ref().and_then(|targets| targets.lookup(host, port)))
    }

    fn check_address(&self, _host: &str, _address: SocketAddr) -> Result<(), Denied> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::options::Options;

    fn network(hosts: Option<Vec<String>>) -> HostsNetwork {
        let tls = SocketAddr::from(([127, 0, 0, 1], 8766));
        let plain = SocketAddr::from(([127, 0, 0, 1], 8765));
        let (options, _) = Options::from_json(&json!({"hosts": {"own.test": "10.0.0.1"}})).unwrap();
        let serve = Some(ServeTargets { tls, plain, hosts });
        HostsNetwork::new(options.hosts.unwrap_or_default(), serve)
    }

    fn redirect(network: &HostsNetwork, host: &str, port: u16) -> Option<String> {
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
