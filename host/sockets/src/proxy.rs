//! Proxies: where they are and how they are spoken to.

use std::fmt;

use thiserror::Error;
use url::{Host, Url};

/// The port of HTTP proxies that name none.
const DEFAULT_HTTP_PORT: u16 = 80;

/// The port of HTTP proxies over TLS that name none.
const DEFAULT_HTTPS_PORT: u16 = 443;

/// The port of SOCKS proxies that name none (RFC 1928, section 3).
const DEFAULT_SOCKS_PORT: u16 = 1080;

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyKind {
    /// The method CONNECT (RFC 9110, section 9.3.6). The proxy resolves names.
    Http,
    /// As [`Self::Http`], over TLS with the proxy itself.
    Https,
    /// SOCKS 5 (RFC 1928) with addresses: names are resolved on this side.
    Socks5,
    /// SOCKS 5 with names, which the proxy resolves.
    Socks5h,
}

/// A proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// How it is spoken to.
    pub kind: ProxyKind,
    /// Its host name or address.
    pub host: Host<String>,
    /// Its port.
    pub port: u16,
    /// User name and password.
    pub credentials: Option<(String, String)>,
}

/// Why a text is not the URL of a proxy. The texts name no password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProxyError {
    /// It is not a URL with a host.
    #[error("it is not a URL such as http://proxy.example:3128")]
    Malformed,
    /// There is no client for this scheme.
    #[error("the scheme {0:?} is none of http, https, socks5 and socks5h")]
    Scheme(String),
}

impl Proxy {
    /// Reads `http://user:password@host:port`, with the schemes `http` (also where there is none),
    /// `https`, `socks5` and `socks5h`.
    ///
    /// # Errors
    ///
    /// See [`ProxyError`].
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let with_scheme =
            if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&with_scheme).map_err(|_| ProxyError::Malformed)?;
        let (kind, port) = match url.scheme() {
            "http" => (ProxyKind::Http, DEFAULT_HTTP_PORT),
            "https" => (ProxyKind::Https, DEFAULT_HTTPS_PORT),
            "socks5" => (ProxyKind::Socks5, DEFAULT_SOCKS_PORT),
            "socks5h" => (ProxyKind::Socks5h, DEFAULT_SOCKS_PORT),
            other => return Err(ProxyError::Scheme(other.to_owned())),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(ProxyError::Malformed)?;
        // URLs of schemes that the standard does not know keep their host as it is written.
        let host = Host::parse(host).map_err(|_| ProxyError::Malformed)?;
        let credentials = (!url.username().is_empty() || url.password().is_some()).then(|| {
            let decoded = |text: &str| {
                percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
            };
            (decoded(url.username()), decoded(url.password().unwrap_or_default()))
        });
        Ok(Self { kind, host, port: url.port().unwrap_or(port), credentials })
    }
}

/// As a URL without user name and password.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            ProxyKind::Http => "http",
            ProxyKind::Https => "https",
            ProxyKind::Socks5 => "socks5",
            ProxyKind::Socks5h => "socks5h",
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_told_by_a_url() {
        for (text, shown) in [
            ("http://proxy.test:3128", "http://proxy.test:3128"),
            ("proxy.test:3128/", "http://proxy.test:3128"),
            ("http://[::1]", "http://[::1]:80"),
            ("https://proxy.test", "https://proxy.test:443"),
            ("socks5://10.0.0.1", "socks5://10.0.0.1:1080"),
            ("SOCKS5H://[::1]:9050", "socks5h://[::1]:9050"),
        ] {
            let proxy = Proxy::parse(text).unwrap();
            assert_eq!(proxy.to_string(), shown, "{text}");
            assert_eq!(proxy.credentials, None);
        }
    }

    #[test]
    fn credentials_are_decoded_and_never_shown() {
        let proxy = Proxy::parse("http://me%40home:s%3Acret@proxy.test:1").unwrap();
        assert_eq!(proxy.credentials, Some(("me@home".to_owned(), "s:cret".to_owned())));
        assert_eq!(format!("{proxy} {proxy:?}").matches("cret").count(), 0);
    }

    #[test]
    fn what_is_no_proxy_is_refused() {
        for text in ["", "http://", "socks5://", "http://a b"] {
            assert_eq!(Proxy::parse(text), Err(ProxyError::Malformed), "{text}");
        }
        assert_eq!(
            Proxy::parse("ftp://proxy.test").unwrap_err().to_string(),
            "the scheme \"ftp\" is none of http, https, socks5 and socks5h"
        );
    }
}
