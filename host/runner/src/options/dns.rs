//! How names become addresses (`dns`).

use std::time::Duration;

use serde_json::{Value, json};

use super::OptionError;
use super::fields::Fields;
use super::read;
use crate::duration;

/// How long an answer counts if nothing else is asked for, as in k6.
const DEFAULT_TTL: Ttl = Ttl::For(Duration::from_secs(300));

/// The text of [`Ttl::Forever`].
const FOREVER: &str = "inf";

/// How long an answer of the resolver counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ttl {
    /// So long; not at all if it is zero.
    For(Duration),
    /// To the end of the run.
    Forever,
}

/// Which of several addresses is tried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// The first one that the resolver names.
    First,
    /// Any.
    Random,
    /// Each in its turn.
    RoundRobin,
}

/// Which families of addresses are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// IPv4, and IPv6 only where that does not lead to a connection.
    PreferIpv4,
    /// IPv6, and IPv4 only where that does not lead to a connection.
    PreferIpv6,
    /// IPv4.
    OnlyIpv4,
    /// IPv6.
    OnlyIpv6,
    /// Both alike.
    Any,
}

const SELECTS: [(&str, Select); 3] =
    [("first", Select::First), ("random", Select::Random), ("roundRobin", Select::RoundRobin)];

const POLICIES: [(&str, Policy); 5] = [
    ("preferIPv4", Policy::PreferIpv4),
    ("preferIPv6", Policy::PreferIpv6),
    ("onlyIPv4", Policy::OnlyIpv4),
    ("onlyIPv6", Policy::OnlyIpv6),
    ("any", Policy::Any),
];

/// How names become addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DnsOptions {
    /// How long an answer counts.
    pub ttl: Ttl,
    /// Which of several addresses is tried first.
    pub select: Select,
    /// Which families of addresses are used.
    pub policy: Policy,
}

impl Default for DnsOptions {
    fn default() -> Self {
        Self { ttl: DEFAULT_TTL, select: Select::Random, policy: Policy::PreferIpv4 }
    }
}

impl DnsOptions {
    /// Reads `{ttl, select, policy}`, or `ttl=5m,select=random,policy=preferIPv4`. What is missing
    /// has its default.
    pub(super) fn read(value: &Value, path: &str) -> Result<Self, OptionError> {
        let of_text;
        let value = match value.as_str() {
            None => value,
            Some(text) => {
                of_text = super::text::pairs(text).map(Value::Object).ok_or_else(|| {
                    OptionError::value(path, value, "ttl=5m,select=random,policy=preferIPv4")
                })?;
                &of_text
            }
        };
        let fields = Fields::of(value, path)?;
        fields.refuse_others("dns", &["ttl", "select", "policy"], &[])?;
        let default = Self::default();
        Ok(Self {
            ttl: fields.optional("ttl", ttl)?.unwrap_or(default.ttl),
            select: fields
                .optional("select", |v, p| named(v, p, &SELECTS))?
                .unwrap_or(default.select),
            policy: fields
                .optional("policy", |v, p| named(v, p, &POLICIES))?
                .unwrap_or(default.policy),
        })
    }

    pub(super) fn to_json(self) -> Value {
        let ttl = match self.ttl {
            Ttl::For(time) => duration::format(time),
            Ttl::Forever => FOREVER.to_owned(),
        };
        json!({
            "ttl": ttl,
            "select": name_of(self.select, &SELECTS),
            "policy": name_of(self.policy, &POLICIES),
        })
    }
}

fn ttl(value: &Value, path: &str) -> Result<Ttl, OptionError> {
    if value.as_str() == Some(FOREVER) {
        return Ok(Ttl::Forever);
    }
    // A text that is a bare number has no unit; k6 takes it as milliseconds.
    let number = value.as_str().and_then(|text| text.parse::<u64>().ok()).map(Value::from);
    read::duration(number.as_ref().unwrap_or(value), path)
        .map(Ttl::For)
        .map_err(|_| OptionError::value(path, value, "a duration such as \"5m\", \"0\" or \"inf\""))
}

fn named<T: Copy>(value: &Value, path: &str, names: &[(&str, T)]) -> Result<T, OptionError> {
    let found = names.iter().find(|(name, _)| value.as_str() == Some(name));
    found
        .map(|(_, one)| *one)
        .ok_or_else(|| OptionError::choice(path, value, names.iter().map(|(name, _)| *name)))
}

fn name_of<T: PartialEq>(one: T, names: &[(&'static str, T)]) -> Option<&'static str> {
    names.iter().find(|(_, other)| *other == one).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_has_its_default() {
        let read = |value| DnsOptions::read(&value, "dns").unwrap();
        assert_eq!(read(json!({})), DnsOptions::default());
        let all = DnsOptions {
            ttl: Ttl::For(Duration::from_secs(60)),
            select: Select::RoundRobin,
            policy: Policy::OnlyIpv6,
        };
        assert_eq!(read(json!("ttl=1m,select=roundRobin,policy=onlyIPv6")), all);
        assert_eq!(read(all.to_json()), all);
        assert_eq!(read(json!({"ttl": "inf"})).ttl, Ttl::Forever);
        for zero in [json!(0), json!("0"), json!("0s")] {
            assert_eq!(read(json!({"ttl": zero})).ttl, Ttl::For(Duration::ZERO));
        }
    }

    #[test]
    fn wrong_values_are_told_with_what_there_is() {
        for (value, expected) in [
            (
                json!({"select": "last"}),
                "option \"dns.select\" is \"last\", expected one of first, random, roundRobin",
            ),
            (
                json!("policy=ipv4"),
                "option \"dns.policy\" is \"ipv4\", expected one of preferIPv4, preferIPv6, \
                 onlyIPv4, onlyIPv6, any",
            ),
            (
                json!({"ttl": "soon"}),
                "option \"dns.ttl\" is \"soon\", expected a duration such as \"5m\", \"0\" or \
                 \"inf\"",
            ),
            (
                json!("random"),
                "option \"dns\" is \"random\", expected ttl=5m,select=random,policy=preferIPv4",
            ),
            (
                json!({"tll": 1}),
                "option \"dns.tll\" does not exist; dns has ttl, select, policy; did you \
                 mean \"ttl\"?",
            ),
        ] {
            assert_eq!(DnsOptions::read(&value, "dns").unwrap_err().to_string(), expected);
        }
    }
}
