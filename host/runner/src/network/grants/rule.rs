//! One rule of what scripts may reach: a host, addresses or a Unix socket.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use thiserror::Error;
use url::Host;
use wasock_script::normal_path;

use super::super::meanings::meant;
use crate::options::{AddressRange, normal};

/// What a rule for Unix sockets begins with.
const UNIX: &str = "unix:";

/// What a rule looks like.
const SHAPES: &str = "expected a host (chat.example.com, *.example.com), an address or a range \
                      (10.0.0.0/8, [fd00::/8]), each with a port or not (host:443), or unix:/path";

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RuleError {
    /// It has a scheme or a path.
    #[error("\"{0}\" is a URL; a rule has no scheme and no path: {1}")]
    Url(String, String),
    /// It is none.
    #[error("\"{0}\" is not a rule, {SHAPES}")]
    Shape(String),
    /// The port is none.
    #[error("\"{0}\" has the port \"{1}\", expected a number from 1 to 65535")]
    Port(String, String),
    /// A Unix socket without a whole path.
    #[error("\"{0}\" names no Unix socket, expected unix:/path, unix:/folder/* or unix:*")]
    Unix(String),
}

/// What a rule is about, and how it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    target: Target,
    port: Option<u16>,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// All hosts and addresses.
    All,
    /// A host, as [`normal`] makes it.
    Name(String),
    /// All hosts below this one.
    Below(String),
    Range(AddressRange),
    Unix(PathBuf),
    UnixBelow(PathBuf),
    AllUnix,
}

impl Rule {
    /// Reads a rule. Names become lower case and, where they have other letters, punycode; addresses may
    /// be written in all ways in which URLs may have them.
    ///
    /// # Errors
    ///
    /// See [`RuleError`].
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix(UNIX) {
            let target = unix(path).ok_or_else(|| RuleError::Unix(text.to_owned()))?;
            return Ok(Self { target, port: None, text: text.to_owned() });
        }
        if let Some((_, rest)) = text.split_once("://") {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            return Err(RuleError::Url(text.to_owned(), host.to_owned()));
        }
        let (host, port) = split_port(text).ok_or_else(|| RuleError::Shape(text.to_owned()))?;
        let port = port.map(|port| match port.parse() {
            Ok(port) if port > 0 => Ok(port),
            _ => Err(RuleError::Port(text.to_owned(), port.to_owned())),
        });
        let target = target(host).ok_or_else(|| RuleError::Shape(text.to_owned()))?;
        Ok(Self { target, port: port.transpose()?, text: text.to_owned() })
    }

    /// Whether it is about this host, which [`normal`] has made, at this port.
    pub(super) fn is_about_name(&self, name: &str, port: u16) -> bool {
        let fits = match &self.target {
            Target::All => true,
            Target::Name(own) => name == own,
            Target::Below(end) => name
                .strip_suffix(end.as_str())
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            Target::Range(_) | Target::Unix(_) | Target::UnixBelow(_) | Target::AllUnix => false,
        };
        fits && self.port.is_none_or(|only| only == port)
    }

    /// Whether it is about this address, which is taken as it is, at its port.
    pub(super) fn is_about_address(&self, address: SocketAddr) -> bool {
        let fits = match &self.target {
            Target::All => true,
            Target::Range(range) => range.contains(address.ip()),
            _ => false,
        };
        fits && self.port.is_none_or(|only| only == address.port())
    }

    /// Whether it is about addresses in general, those of names included.
    pub(super) fn has_addresses(&self) -> bool {
        matches!(self.target, Target::Range(_))
    }

    /// Whether it is about this Unix socket. The path is absolute and has no links in it.
    pub(super) fn is_about_unix(&self, path: &Path) -> bool {
        match &self.target {
            Target::AllUnix => true,
            Target::Unix(own) => real(own) == path,
            Target::UnixBelow(folder) => path != real(folder) && path.starts_with(real(folder)),
            _ => false,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A path without links, as far as it leads to something.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| normal_path(path))
}

fn unix(path: &str) -> Option<Target> {
    if path == "*" {
        return Some(Target::AllUnix);
    }
    if !path.starts_with('/') || path.contains('\0') {
        return None;
    }
    Some(match path.strip_suffix("/*") {
        Some(folder) => Target::UnixBelow(Path::new("/").join(folder)),
        None => Target::Unix(path.into()),
    })
}

/// Host and port. More than one colon is an IPv6 address, which has its port behind brackets.
fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, behind) = rest.split_once(']')?;
        return match (host.contains(':'), behind) {
            (true, "") => Some((host, None)),
            (true, _) => Some((host, Some(behind.strip_prefix(':')?))),
            (false, _) => None,
        };
    }
    match text.split_once(':') {
        Some((_, rest)) if rest.contains(':') => Some((text, None)),
        Some((host, port)) => Some((host, Some(port))),
        None => Some((text, None)),
    }
}

fn target(host: &str) -> Option<Target> {
    if host == "*" {
        return Some(Target::All);
    }
    if let Some(end) = host.strip_prefix("*.") {
        return match parsed(end)? {
            Host::Domain(name) => Some(Target::Below(name)),
            _ => None,
        };
    }
    if host.contains('/') {
        let net: IpNet = host.parse().ok()?;
        return AddressRange::parse(&net.trunc().to_string()).map(Target::Range);
    }
    let one = |address: IpAddr| AddressRange::parse(&meant(address).to_string()).map(Target::Range);
    if let Ok(address) = host.parse() {
        return one(address);
    }
    match parsed(host)? {
        Host::Domain(name) => Some(Target::Name(name)),
        Host::Ipv4(address) => one(address.into()),
        Host::Ipv6(address) => one(address.into()),
    }
}

/// A host as a URL would have it (URL Standard, section 3.5), a name as [`normal`] makes it.
fn parsed(host: &str) -> Option<Host<String>> {
    match Host::parse(host).ok()? {
        Host::Domain(name) => {
            let name = normal(&name);
            (!name.is_empty() && !name.contains('*')).then_some(Host::Domain(name))
        }
        address => Some(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        Rule::parse(text).unwrap()
    }

    #[test]
    fn a_rule_for_a_name_is_about_it_however_it_is_written() {
        for (text, name, port, expected) in [
            ("chat.test", "chat.test", 80, true),
            ("CHAT.test.", "chat.test", 80, true),
            ("chat.test:443", "chat.test", 443, true),
            ("chat.test:443", "chat.test", 80, false),
            ("chat.test", "a.chat.test", 80, false),
            ("*.chat.test", "a.b.chat.test", 80, true),
            ("*.chat.test", "chat.test", 80, false),
            ("*.chat.test", "badchat.test", 80, false),
            ("*.chat.test", ".chat.test", 80, false),
            ("*.Bücher.test:80", "a.xn--bcher-kva.test", 80, true),
            ("bücher.test", "xn--bcher-kva.test", 80, true),
            ("BÜCHER。test", "xn--bcher-kva.test", 80, true),
            ("*", "any", 1, true),
            ("*:443", "any", 80, false),
            ("10.0.0.1", "10.0.0.1.test", 80, false),
            ("unix:*", "chat.test", 80, false),
        ] {
            assert_eq!(rule(text).is_about_name(name, port), expected, "{text} {name}:{port}");
        }
    }

    #[test]
    fn a_rule_for_addresses_is_about_those_in_it() {
        for (text, address, expected) in [
            ("10.0.0.0/8", "10.9.9.9:80", true),
            ("10.1.2.3/8", "10.9.9.9:80", true),
            ("10.0.0.0/8:443", "10.9.9.9:80", false),
            ("10.0.0.0/8:443", "10.9.9.9:443", true),
            ("127.0.0.1", "127.0.0.1:9", true),
            ("0x7f.1", "127.0.0.1:9", true),
            ("017700000001", "127.0.0.1:9", true),
            ("2130706433:80", "127.0.0.1:80", true),
            ("127.1", "127.0.0.1:80", true),
            ("::1", "[::1]:80", true),
            ("[::1]", "[::1]:80", true),
            ("[::1]:81", "[::1]:80", false),
            ("fd00::/8", "[fd12::1]:80", true),
            ("[fd00::/8]:80", "[fd12::1]:80", true),
            ("::ffff:10.0.0.1", "10.0.0.1:80", true),
            ("[64:ff9b::10.0.0.1]:80", "10.0.0.1:80", true),
            ("::ffff:10.0.0.0/104", "10.9.0.1:80", true),
            ("*", "10.0.0.1:80", true),
            ("*:80", "[::1]:81", false),
            ("chat.test", "10.0.0.1:80", false),
        ] {
            let address: SocketAddr = address.parse().unwrap();
            assert_eq!(rule(text).is_about_address(address), expected, "{text} {address}");
        }
    }

    #[test]
    fn a_rule_for_unix_sockets_is_about_paths() {
        for (text, path, expected) in [
            ("unix:/run/a.sock", "/run/a.sock", true),
            ("unix:/run/x/../a.sock", "/run/a.sock", true),
            ("unix:/run/a.sock", "/run/b.sock", false),
            ("unix:/no-such/*", "/no-such/a/b.sock", true),
            ("unix:/no-such/*", "/no-such", false),
            ("unix:/no-such/*", "/no-such-2/a.sock", false),
            ("unix:*", "/run/a.sock", true),
            ("*", "/run/a.sock", false),
        ] {
            assert_eq!(rule(text).is_about_unix(Path::new(path)), expected, "{text} {path}");
        }
    }

    #[test]
    fn what_is_no_rule_is_refused_with_what_to_write() {
        let error = |text: &str| Rule::parse(text).unwrap_err().to_string();
        assert_eq!(
            error("wss://chat.test:81/x"),
            "\"wss://chat.test:81/x\" is a URL; a rule has no scheme and no path: chat.test:81"
        );
        assert_eq!(
            error("chat.test:http"),
            "\"chat.test:http\" has the port \"http\", expected a number from 1 to 65535"
        );
        assert_eq!(
            error("unix:run.sock"),
            "\"unix:run.sock\" names no Unix socket, expected unix:/path, unix:/folder/* or unix:*"
        );
        for wrong in [
            "",
            "a b",
            "a*",
            "*a.test",
            "**",
            "*.",
            "*.10.0.0.1",
            "10.0.0.0/33",
            "10.0.0.0/",
            "chat.test/24",
            "[chat.test]",
            "[::1",
            "[::1]80",
            ":80",
            "*.*.test",
            "fd00::/129",
            "1.2.3.256",
            "a..b:x:y",
        ] {
            assert!(matches!(Rule::parse(wrong), Err(RuleError::Shape(_))), "{wrong}");
        }
        for wrong in ["a.test:0", "a.test:65536", "a.test:", "*:-1"] {
            assert!(matches!(Rule::parse(wrong), Err(RuleError::Port(..))), "{wrong}");
        }
    }
}
