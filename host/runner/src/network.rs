//! Where virtual users may connect to.

use std::net::SocketAddr;

use wasock_sockets::{Denied, Network};

use crate::options::Hosts;

/// Everywhere, with the detours of the option `hosts`.
pub(crate) struct HostsNetwork {
    hosts: Hosts,
}

impl HostsNetwork {
    pub(crate) fn new(hosts: Hosts) -> Self {
        Self { hosts }
    }
}

impl Network for HostsNetwork {
    fn redirect(&self, host: &str, port: u16) -> Option<SocketAddr> {
        self.hosts.lookup(host, port)
    }

    fn check_address(&self, _host: &str, _address: SocketAddr) -> Result<(), Denied> {
        Ok(())
    }
}
