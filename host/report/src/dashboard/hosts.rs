//! Which names the server answers to.
//!
//! A site can make its own name lead to this machine and have its visitors' browsers ask the server (DNS rebinding).
//! Such a request has the site's name in `Host`. An IP address or `localhost` cannot be made to lead elsewhere.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::HOST;

/// The names of the server.
#[derive(Debug)]
pub(super) struct Hosts {
    /// The name that it was started with.
    own: String,
}

impl Hosts {
    pub(super) fn new(own: &str) -> Self {
        Self { own: own.to_owned() }
    }

    /// Whether a request with these headers means this server.
    pub(super) fn knows(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        host.is_some_and(|host| self.is_own(host))
    }

    fn is_own(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        name.parse::<IpAddr>().is_ok()
            || name.eq_ignore_ascii_case("localhost")
            || name.eq_ignore_ascii_case(&self.own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_localhost_and_the_own_name_are_known() {
        let hosts = Hosts::new("lab.example");
        for host in ["127.0.0.1:5665", "[::1]:5665", "10.0.0.1", "LOCALHOST:1", "Lab.Example:5665"]
        {
            assert!(hosts.is_own(host), "{host}");
        }
    }

    #[test]
    fn other_names_are_not() {
        let hosts = Hosts::new("127.0.0.1");
        for host in
            ["evil.example:5665", "localhost.evil.example", "127.0.0.1.evil.example", "", "[evil]"]
        {
            assert!(!hosts.is_own(host), "{host}");
        }
        assert!(!hosts.knows(&HeaderMap::new()));
    }
}
