//! Where the live page is served.

use std::fmt;
use std::net::Ipv6Addr;

/// The address if none is named. Only this machine reaches it; the port is that of k6's dashboard.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:5665";

const DEFAULT_HOST: &str = "127.0.0.1";
const DEFAULT_PORT: u16 = 5665;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// A name or an IP address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Address {
    /// Reads `host:port`, `host`, `:port` or `port`; none if it is none of them.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(port) = text.parse() {
            return Some(Self { host: DEFAULT_HOST.to_owned(), port });
        }
        if let Ok(ip) = text.parse::<Ipv6Addr>() {
            return Some(Self { host: ip.to_string(), port: DEFAULT_PORT });
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (ip, rest) = rest.split_once(']')?;
                ip.parse::<Ipv6Addr>().ok()?;
                (ip, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
            }
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let host = if host.is_empty() { DEFAULT_HOST } else { host };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
        let port = port.map_or(Ok(DEFAULT_PORT), str::parse).ok()?;
        host.bytes().all(is_name).then(|| Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(formatter, "[{}]:{}", self.host, self.port),
            false => write!(formatter, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_default() {
        let cases = [
            (DEFAULT_ADDRESS, "127.0.0.1:5665"),
            ("", "127.0.0.1:5665"),
            (":8080", "127.0.0.1:8080"),
            ("8080", "127.0.0.1:8080"),
            ("0.0.0.0", "0.0.0.0:5665"),
            ("lab.example:0", "lab.example:0"),
            ("::1", "[::1]:5665"),
            ("[::1]:80", "[::1]:80"),
            ("[::]", "[::]:5665"),
        ];
        for (text, expected) in cases {
            assert_eq!(Address::parse(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["a:b", "a:65536", "http://a", "[::1]80", "[a]:80", "a b:80", "1:2:3:4", "a:-1"]
        {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
