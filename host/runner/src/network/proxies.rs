//! Proxies, and which targets are reached without one.

use std::net::IpAddr;

use ipnet::IpNet;
use wasock_sockets::Proxy;

use crate::options::{OptionError, normal};

/// The names of the environment variables, also in lower case: for `ws`, for `wss`, for both where
/// there is none of the first two, and for the exceptions.
const PLAIN: &str = "HTTP_PROXY";
const SECURE: &str = "HTTPS_PROXY";
const BOTH: &str = "ALL_PROXY";
const EXCEPTIONS: &str = "NO_PROXY";

/// The name of this machine.
const LOCALHOST: &str = "localhost";

/// The proxies of a run.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    plain: Option<Proxy>,
    secure: Option<Proxy>,
    exceptions: Vec<Exception>,
}

/// Targets that are reached without a proxy.
#[derive(Clone, Debug)]
enum Exception {
    All,
    Network(IpNet),
    Host {
        /// In lower case, without a dot at its beginning.
        name: String,
        /// Whether the host itself is meant besides those below it.
        itself: bool,
        port: Option<u16>,
    },
}

impl Proxies {
    /// Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, or the same names in lower case.
    /// Empty ones count as not set.
    ///
    /// # Errors
    ///
    /// A variable that is not the URL of a proxy.
    pub fn from_environment<N, V>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, OptionError>
    where
        N: AsRef<str>,
        V: AsRef<str>,
    {
        let variables: Vec<(N, V)> = variables.into_iter().collect();
        let exactly = |name: &str| {
            let found = variables.iter().find(|(other, _)| other.as_ref() == name);
            found.map(|(_, value)| value.as_ref().trim()).filter(|value| !value.is_empty())
        };
        let get = |name: &str| exactly(name).or_else(|| exactly(&name.to_ascii_lowercase()));
        let proxy = |name: &str| {
            let parsed = get(name).map(Proxy::parse).transpose();
            parsed.map_err(|error| OptionError::unusable(name, &error))
        };
        let both = proxy(BOTH)?;
        let exceptions = get(EXCEPTIONS).unwrap_or_default().split(',').map(str::trim);
        Ok(Self {
            plain: proxy(PLAIN)?.or_else(|| both.clone()),
            secure: proxy(SECURE)?.or(both),
            exceptions: exceptions.filter_map(Exception::parse).collect(),
        })
    }

    /// The proxy for a target. This machine is reached without one.
    pub(super) fn find(&self, secure: bool, host: &str, port: u16) -> Option<&Proxy> {
        let proxy = if secure { self.secure.as_ref() } else { self.plain.as_ref() }?;
        let host = normal(host);
        let address = host.parse::<IpAddr>().ok().map(|address| address.to_canonical());
        let is_here = host == LOCALHOST || address.is_some_and(|address| address.is_loopback());
        let is_excepted = || self.exceptions.iter().any(|one| one.fits(&host, address, port));
        (!is_here && !is_excepted()).then_some(proxy)
    }
}

impl Exception {
    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        if text == "*" {
            return Some(Self::All);
        }
        if let Ok(network) = text.parse() {
            return Some(Self::Network(network));
        }
        let (name, port) = split_port(text);
        let itself = !name.starts_with('.') && !name.starts_with("*.");
        let name = normal(name.trim_start_matches('*').trim_start_matches('.'));
        (!name.is_empty()).then_some(Self::Host { name, itself, port })
    }

    fn fits(&self, host: &str, address: Option<IpAddr>, port: u16) -> bool {
        match self {
            Self::All => true,
            Self::Network(network) => address.is_some_and(|address| network.contains(&address)),
            Self::Host { port: Some(only), .. } if *only != port => false,
            Self::Host { name, itself, .. } => match address {
                Some(address) => {
                    name.parse::<IpAddr>().is_ok_and(|one| one.to_canonical() == address)
                }
                None => {
                    let below = host.strip_suffix(name.as_str());
                    below.is_some_and(|rest| rest.ends_with('.') || (rest.is_empty() && *itself))
                }
            },
        }
    }
}

/// A host and its port; the brackets of an IPv6 address go.
fn split_port(text: &str) -> (&str, Option<u16>) {
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match text.split_once(':') {
        // More than one colon is an IPv6 address.
        Some((host, port)) if !port.contains(':') => (host, port.parse().ok()),
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        Proxies::from_environment(variables.iter().copied()).unwrap()
    }

    fn found(proxies: &Proxies, secure: bool, host: &str, port: u16) -> Option<String> {
        proxies.find(secure, host, port).map(ToString::to_string)
    }

    #[test]
    fn each_scheme_has_its_variable_and_one_is_for_both() {
        let split = proxies(&[("HTTP_PROXY", "plain.test:1"), ("https_proxy", "secure.test:2")]);
        assert_eq!(found(&split, false, "a.test", 80).as_deref(), Some("http://plain.test:1"));
        assert_eq!(found(&split, true, "a.test", 80).as_deref(), Some("http://secure.test:2"));
        let both = proxies(&[("all_proxy", "socks5h://both.test"), ("HTTP_PROXY", "")]);
        for secure in [false, true] {
            let expected = Some("socks5h://both.test:1080");
            assert_eq!(found(&both, secure, "a.test", 80).as_deref(), expected);
        }
        assert_eq!(found(&proxies(&[]), false, "a.test", 80), None);
    }

    #[test]
    fn this_machine_is_reached_without_a_proxy() {
        let all = proxies(&[("ALL_PROXY", "proxy.test")]);
        for host in ["localhost", "LOCALHOST.", "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"]
        {
            assert_eq!(found(&all, false, host, 80), None, "{host}");
        }
    }

    #[test]
    fn exceptions_are_names_addresses_networks_and_ports() {
        let list =
            "a.test, .b.test,*.c.test,d.test:81,10.0.0.1,10.1.0.0/16,[fd00::1]:82,fd01::/16,";
        let some = proxies(&[("ALL_PROXY", "proxy.test"), ("NO_PROXY", list)]);
        let direct = |host, port| some.find(false, host, port).is_none();
        for (host, port) in [
            ("a.test", 80),
            ("X.A.test.", 80),
            ("x.b.test", 80),
            ("x.c.test", 80),
            ("d.test", 81),
            ("10.0.0.1", 80),
            ("10.1.2.3", 80),
            ("fd00::1", 82),
            ("fd01::9", 80),
        ] {
            assert!(direct(host, port), "{host}:{port}");
        }
        for (host, port) in [
            ("ba.test", 80),
            ("b.test", 80),
            ("c.test", 80),
            ("d.test", 80),
            ("10.0.0.2", 80),
            ("10.2.0.1", 80),
            ("fd00::1", 80),
        ] {
            assert!(!direct(host, port), "{host}:{port}");
        }
        let none = proxies(&[("ALL_PROXY", "proxy.test"), ("no_proxy", "*")]);
        assert!(none.find(true, "a.test", 443).is_none());
    }

    #[test]
    fn a_variable_that_is_no_proxy_is_named_without_its_password() {
        let variables = [("HTTPS_PROXY", "ftp://me:secret@proxy.test")];
        let error = Proxies::from_environment(variables).unwrap_err().to_string();
        assert_eq!(
            error,
            "option \"HTTPS_PROXY\" cannot be used: the scheme \"ftp\" is none of http, https, socks5 \
             and socks5h"
        );
    }
}
