//! Names that lead to other addresses (`hosts`).

use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

use super::OptionError;
use super::pattern::{HostPattern, normal};
use super::read;

/// The most entries: all of them are looked through for each connection.
pub const MAX_HOSTS: usize = 4_096;

/// One entry of `hosts`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    /// For names that fit to this.
    pattern: HostPattern,
    /// Only for this port.
    port: Option<u16>,
    address: IpAddr,
    /// The port to use instead.
    to_port: Option<u16>,
}

/// The names that lead to other addresses than the resolver's. Keys are `name`, `*.name` or either with a
/// port; values are an IP address, with a port or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(Vec<Rule>);

impl Hosts {
    pub(super) fn read(value: &Value, path: &str) -> Result<Self, OptionError> {
        let rule = |(name, value): (&String, &Value)| {
            let path = format!("{path}.{name}");
            let expected = "an IP address, with a port or not";
            let (address, to_port) = parse_address(read::str(value, &path)?)
                .ok_or_else(|| OptionError::value(&path, value, expected))?;
            let (pattern, port) = split_port(name);
            let pattern = HostPattern::parse(pattern).ok_or_else(|| OptionError::Unusable {
                path,
                problem: format!(
                    "{pattern:?} is neither a host name nor \"*.\" and the end of one"
                ),
            })?;
            Ok(Rule { pattern, port, address, to_port })
        };
        let mut hosts = Self::default();
        for named in read::object_of(value, path, MAX_HOSTS)? {
            hosts.add(rule(named)?);
        }
        Ok(hosts)
    }

    /// Of two rules for the same, as for `a.test` and `A.test`, the last one counts.
    fn add(&mut self, rule: Rule) {
        let is_same =
            |other: &&mut Rule| (&other.pattern, other.port) == (&rule.pattern, rule.port);
        match self.0.iter_mut().find(is_same) {
            Some(earlier) => *earlier = rule,
            None => self.0.push(rule),
        }
    }

    /// Where a connection to this host and port goes, if a rule says so. A rule with a port counts more than
    /// one without, a whole name more than a pattern, and a long pattern more than a short one.
    pub fn lookup(&self, host: &str, port: u16) -> Option<SocketAddr> {
        let host = normal(host);
        let matching = self.0.iter().filter(|rule| {
            rule.port.is_none_or(|only| only == port) && rule.pattern.matches(&host)
        });
        let rank = |rule: &&Rule| (rule.port.is_some(), rule.pattern.rank());
        let rule = matching.max_by_key(rank)?;
        Some(SocketAddr::new(rule.address, rule.to_port.unwrap_or(port)))
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn to_json(&self) -> Value {
        let rule = |rule: &Rule| {
            let name = match rule.port {
                Some(port) => format!("{}:{port}", rule.pattern),
                None => rule.pattern.to_string(),
            };
            let address = match rule.to_port {
                Some(port) => SocketAddr::new(rule.address, port).to_string(),
                None => rule.address.to_string(),
            };
            (name, Value::from(address))
        };
        Value::Object(self.0.iter().map(rule).collect())
    }
}

fn parse_address(text: &str) -> Option<(IpAddr, Option<u16>)> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some((address.ip(), Some(address.port())));
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    Some((bare.unwrap_or(text).parse().ok()?, None))
}

fn split_port(name: &str) -> (&str, Option<u16>) {
    match name.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
        Some((host, Ok(port))) => (host, Some(port)),
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_closest_rule_counts() {
        let value = json!({
            "*.example.com": "10.0.0.1", "*.eu.example.com": "10.0.0.2", "a.eu.example.com": "10.0.0.3",
            "a.eu.example.com:81": "10.0.0.4:8081", "v6.test": "[::1]:9000"
        });
        let hosts = Hosts::read(&value, "hosts").unwrap();
        let lookup = |host, port| hosts.lookup(host, port).map(|address| address.to_string());
        assert_eq!(lookup("x.example.com", 80).as_deref(), Some("10.0.0.1:80"));
        assert_eq!(lookup("x.eu.example.com", 80).as_deref(), Some("10.0.0.2:80"));
        assert_eq!(lookup("A.eu.example.com", 80).as_deref(), Some("10.0.0.3:80"));
        assert_eq!(lookup("a.eu.example.com", 81).as_deref(), Some("10.0.0.4:8081"));
        assert_eq!(lookup("v6.test", 1).as_deref(), Some("[::1]:9000"));
        assert_eq!(lookup("example.com", 80), None);
        assert_eq!(hosts.to_json()["a.eu.example.com:81"], "10.0.0.4:8081");
    }

    #[test]
    fn the_last_of_two_rules_for_the_same_counts() {
        let value = json!({"a.test": "10.0.0.1", "b.test": "10.0.0.3", "A.test": "10.0.0.2"});
        let hosts = Hosts::read(&value, "hosts").unwrap();
        let address = hosts.lookup("a.test", 80).unwrap();
        assert_eq!(address.to_string(), "10.0.0.2:80");
        assert_eq!(Hosts::read(&hosts.to_json(), "hosts"), Ok(hosts));
    }

    #[test]
    fn addresses_must_be_numeric() {
        let error = Hosts::read(&json!({"a": "localhost"}), "hosts").unwrap_err();
        assert_eq!(
            error.to_string(),
            "option \"hosts.a\" is \"localhost\", expected an IP address, with a port or not"
        );
    }
}
