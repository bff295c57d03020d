//! What the operator lets scripts reach, whatever these say (`--allow-net`, `--deny-net`).

mod rule;

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use wasock_script::RemoteAccess;
use wasock_sockets::Denied;

use super::meanings::{meanings, meant};
use crate::options::normal;
pub use rule::{Rule, RuleError};

/// The port of modules from the network, which come over https, unless their URL has another.
const HTTPS_PORT: u16 = 443;

/// What scripts may reach. The default is everything.
///
/// A name is granted by a rule about names, before it is looked up. Its addresses need no rule of their
/// own, but none may be about them in what is denied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkGrants {
    allowed: Option<Vec<Rule>>,
    denied: Vec<Rule>,
}

impl NetworkGrants {
    /// Everything that no other rule denies.
    pub fn everything() -> Self {
        Self::default()
    }

    /// Nothing.
    pub fn nothing() -> Self {
        Self { allowed: Some(Vec::new()), denied: Vec::new() }
    }

    /// Adds rules to what is granted, which is nothing else from then on.
    #[must_use]
    pub fn allow(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.allowed.get_or_insert_default().extend(rules);
        self
    }

    /// Adds rules to what is denied, also where it is granted.
    #[must_use]
    pub fn deny(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.denied.extend(rules);
        self
    }

    /// What it grants to the modules that a script imports from the network, which are fetched before
    /// there is a virtual user.
    pub fn for_modules(&self) -> Arc<dyn RemoteAccess> {
        Arc::new(self.clone())
    }

    /// Whether a name may be looked up, or an address that stands in the place of one be gone to.
    pub(super) fn check_name(&self, host: &str, port: u16) -> Result<(), Denied> {
        if let Ok(ip) = host.parse::<IpAddr>() {
            return self.check_literal(SocketAddr::new(ip, port));
        }
        let name = normal(host);
        if let Some(rule) = self.denied.iter().find(|rule| rule.is_about_name(&name, port)) {
            return Err(Denied::new(format!(
                "{name}:{port} is denied by the rule {rule} (--deny-net)"
            )));
        }
        match &self.allowed {
            Some(rules) if !rules.iter().any(|rule| rule.is_about_name(&name, port)) => {
                Err(not_granted(&format!("{name}:{port}")))
            }
            _ => Ok(()),
        }
    }

    /// Whether an address that a granted name resolves to may be connected to.
    pub(super) fn check_resolved(&self, host: &str, address: SocketAddr) -> Result<(), Denied> {
        if host.parse::<IpAddr>().is_ok() {
            return self.check_literal(address);
        }
        self.check_denied(address).map_err(|rule| {
            let name = normal(host);
            Denied::new(format!(
                "{name} is at {address}, which the rule {rule} denies (--deny-net)"
            ))
        })
    }

    /// Whether an address may be connected to that no look-up has found.
    pub(super) fn check_literal(&self, address: SocketAddr) -> Result<(), Denied> {
        self.check_denied(address).map_err(|rule| {
            Denied::new(format!("{address} is denied by the rule {rule} (--deny-net)"))
        })?;
        let known = SocketAddr::new(meant(address.ip()), address.port());
        match &self.allowed {
            Some(rules) if !rules.iter().any(|rule| rule.is_about_address(known)) => {
                Err(not_granted(&known.to_string()))
            }
            _ => Ok(()),
        }
    }

    fn check_denied(&self, address: SocketAddr) -> Result<(), &Rule> {
        let all = meanings(address.ip());
        let is_about = |rule: &&Rule| {
            all.iter().any(|ip| rule.is_about_address(SocketAddr::new(*ip, address.port())))
        };
        self.denied.iter().find(is_about).map_or(Ok(()), Err)
    }

    /// Whether a Unix socket may be connected to. Links are followed before.
    pub(super) fn check_unix_socket(&self, path: &Path) -> Result<(), Denied> {
        let real = rule::real(path);
        let shown = path.display();
        if let Some(rule) = self.denied.iter().find(|rule| rule.is_about_unix(&real)) {
            let text = format!("the Unix socket {shown} is denied by the rule {rule} (--deny-net)");
            return Err(Denied::new(text));
        }
        match &self.allowed {
            Some(rules) if !rules.iter().any(|rule| rule.is_about_unix(&real)) => {
                Err(not_granted(&format!("unix:{shown}")))
            }
            _ => Ok(()),
        }
    }

    /// Whether a rule can deny an address that a granted name resolves to.
    pub(super) fn denies_addresses(&self) -> bool {
        self.denied.iter().any(Rule::has_addresses)
    }
}

impl RemoteAccess for NetworkGrants {
    fn check_host(&self, host: &str, port: u16) -> Result<(), String> {
        self.check_name(host, port).map_err(Denied::into_reason)
    }

    fn check_address(&self, host: &str, address: IpAddr) -> Result<(), String> {
        let address = SocketAddr::new(address, HTTPS_PORT);
        self.check_resolved(host, address).map_err(Denied::into_reason)
    }
}

fn not_granted(target: &str) -> Denied {
    Denied::new(format!("{target} is not granted; --allow-net {target} grants it"))
}

#[cfg(test)]
mod tests;
