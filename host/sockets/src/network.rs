//! The embedder's say in where a guest may connect to.

use std::net::SocketAddr;

/// A refusal, in words for the guest: which rule it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied(pub String);

/// Decides, for each connection attempt, whether and where it goes.
///
/// Names are checked before they are resolved, addresses after, so that a name that resolves to a
/// forbidden address is caught.
pub trait Network: Send + Sync {
    /// Replaces what the name would resolve to, as a line in `/etc/hosts` does, and more: the port
    /// too. None leaves the name to the system's resolver.
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

    /// Whether an address may be connected to.
    ///
    /// # Errors
    ///
    /// The rule that forbids it.
    fn check_address(&self, host: &str, address: SocketAddr) -> Result<(), Denied>;
}

/// Refuses everything: what a guest gets when the embedder grants nothing.
#[derive(Clone, Copy, Debug)]
pub struct DenyAll;

impl Network for DenyAll {
    fn check_name(&self, host: &str, port: u16) -> Result<(), Denied> {
        Err(Denied(format!("no network is granted, so {host}:{port} cannot be reached")))
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
}
