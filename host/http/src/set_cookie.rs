//! What a cookie may be (RFC 6265). No jar is here: the provider in `guests/standalone` has another, and the same
//! cookies in it.

use url::Url;

use crate::bindings::cookies::Attributes;

/// The most cookies in a jar: what RFC 6265, section 6.1, asks of clients at least.
pub(crate) const MAX_COOKIES: usize = 3000;

/// The longest cookie with its attributes, in bytes: as in MAX_COOKIES.
pub(crate) const MAX_COOKIE_SIZE: usize = 4096;

/// The URL, with the scheme of HTTP that the one of WebSocket stands on.
pub(crate) fn parse(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| format!("the URL {text:?}: {error}"))?;
    let scheme = match url.scheme() {
        "http" | "ws" => "http",
        "https" | "wss" => "https",
        other => return Err(format!("the URL {text:?} has the scheme {other:?}")),
    };
    // All four are special schemes, which can be exchanged for each other.
    let _ = url.set_scheme(scheme);
    Ok(url)
}

/// What a server would send to set the cookie.
pub(crate) fn set_cookie_field(
    name: &str,
    value: &str,
    attributes: &Attributes,
) -> Result<String, String> {
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(format!("{name:?} is not a name that a cookie can have"));
    }
    let Attributes { domain, path, max_age, expires, secure, http_only } = attributes;
    let mut field = format!("{name}={}", checked(name, value)?);
    for (attribute, text) in [("Domain", domain), ("Path", path), ("Expires", expires)] {
        if let Some(text) = text {
            field += &format!("; {attribute}={}", checked(attribute, text)?);
        }
    }
    if let Some(seconds) = max_age {
        field += &format!("; Max-Age={seconds}");
    }
    for (attribute, is_set) in [("Secure", *secure), ("HttpOnly", *http_only)] {
        if is_set {
            field += &format!("; {attribute}");
        }
    }
    Ok(field)
}

/// A text that ends neither the cookie's field nor a part of it.
fn checked<'a>(name: &str, text: &'a str) -> Result<&'a str, String> {
    match text.contains(|c: char| c == ';' || c.is_control()) {
        true => Err(format!("{name}: {text:?} has a character that cookies cannot have")),
        false => Ok(text),
    }
}

/// A character of a token (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
