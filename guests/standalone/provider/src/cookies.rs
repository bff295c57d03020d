//! A cookie jar (RFC 6265). The library that the host has for it reads a clock that there is not here.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::net::IpAddr;
use std::rc::Rc;

use cookie::{Cookie, Expiration};
use url::Url;
use wasip2::clocks::wall_clock;

use crate::bindings::cookies::Attributes;
use crate::set_cookie::{MAX_COOKIE_SIZE, MAX_COOKIES, parse, set_cookie_field};

/// Cookies by domain, path and name. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct CookieJar(Rc<RefCell<Vec<Kept>>>);

struct Kept {
    name: String,
    value: String,
    domain: String,
    /// Subdomains are not meant.
    host_only: bool,
    path: String,
    secure: bool,
    /// In seconds since 1970.
    expires: Option<i64>,
}

impl CookieJar {
    /// Names and values of the cookies for a URL, those of the longest path first (RFC 6265, section 5.4).
    pub(crate) fn cookies(&self, url: &str) -> Result<Vec<(String, String)>, String> {
        let url = parse(url)?;
        let now = now();
        let mut kept = self.0.borrow_mut();
        kept.retain(|cookie| !cookie.has_expired(now));
        let mut due: Vec<&Kept> = kept.iter().filter(|cookie| cookie.is_for(&url)).collect();
        due.sort_by_key(|cookie| (Reverse(cookie.path.len()), cookie.name.clone()));
        Ok(due.iter().map(|cookie| (cookie.name.clone(), cookie.value.clone())).collect())
    }

    /// Stores one cookie.
    pub(crate) fn set(
        &self,
        url: &str,
        name: &str,
        value: &str,
        attributes: &Attributes,
    ) -> Result<(), String> {
        let url = parse(url)?;
        let field = set_cookie_field(name, value, attributes)?;
        let cookie = parse_field(&field)?;
        if let Some(expires) = &attributes.expires
            && cookie.expires_datetime().is_none()
        {
            return Err(format!("the cookie {name} expires at {expires:?}, which is no date"));
        }
        self.insert(&cookie, &url).map_err(|why| format!("the cookie {name} cannot be set: {why}"))
    }

    /// Stores what a server has sent in its `Set-Cookie` fields, as far as it is well-formed and the server's to
    /// set.
    pub(crate) fn store(&self, url: &str, fields: &[String]) -> Result<(), String> {
        let url = parse(url)?;
        for field in fields {
            if let Ok(cookie) = parse_field(field) {
                // RFC 6265, section 5.3: what cannot be stored is ignored.
                let _ = self.insert(&cookie, &url);
            }
        }
        Ok(())
    }

    /// Removes the cookies for a URL, or those of one name.
    pub(crate) fn remove(&self, url: &str, name: Option<&str>) -> Result<(), String> {
        let url = parse(url)?;
        let is_meant =
            |cookie: &Kept| cookie.is_for(&url) && name.is_none_or(|name| cookie.name == name);
        self.0.borrow_mut().retain(|cookie| !is_meant(cookie));
        Ok(())
    }

    fn insert(&self, cookie: &Cookie<'_>, url: &Url) -> Result<(), String> {
        let new = Kept::new(cookie, url)?;
        let mut kept = self.0.borrow_mut();
        let is_same =
            |old: &Kept| (&old.name, &old.domain, &old.path) == (&new.name, &new.domain, &new.path);
        kept.retain(|old| !is_same(old));
        // One that has expired already removes the one of its name.
        if new.has_expired(now()) {
            return Ok(());
        }
        if kept.len() >= MAX_COOKIES {
            return Err(format!("the jar has {MAX_COOKIES} cookies, which is the most"));
        }
        kept.push(new);
        Ok(())
    }
}

impl Kept {
    /// The cookie as it is kept (section 5.3).
    fn new(cookie: &Cookie<'_>, url: &Url) -> Result<Self, String> {
        let host = url.host_str().unwrap_or_default().to_lowercase();
        let asked = cookie.domain().map(|domain| domain.trim_start_matches('.').to_lowercase());
        let asked = asked.filter(|domain| !domain.is_empty());
        let host_only = asked.is_none();
        let domain = asked.unwrap_or_else(|| host.clone());
        if !is_within(&host, &domain) {
            return Err(format!("{host} cannot set cookies for {domain}"));
        }
        let max_age = cookie.max_age().map(|age| now().saturating_add(age.whole_seconds()));
        let expires = match cookie.expires() {
            Some(Expiration::DateTime(date)) => Some(date.unix_timestamp()),
            _ => None,
        };
        let path = cookie.path().filter(|path| path.starts_with('/'));
        Ok(Self {
            name: cookie.name().to_owned(),
            value: cookie.value().to_owned(),
            domain,
            host_only,
            path: path.map_or_else(|| default_path(url), str::to_owned),
            secure: cookie.secure() == Some(true),
            expires: max_age.or(expires),
        })
    }

    fn has_expired(&self, now: i64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    fn is_for(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let fits = if self.host_only { host == self.domain } else { is_within(host, &self.domain) };
        fits && (!self.secure || url.scheme() == "https") && self.has_path_of(url.path())
    }

    /// Whether a path is that of the cookie or below it (section 5.1.4).
    fn has_path_of(&self, path: &str) -> bool {
        path.strip_prefix(&*self.path).is_some_and(|rest| {
            rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/')
        })
    }
}

/// Whether a host is this domain or below it (section 5.1.3).
fn is_within(host: &str, domain: &str) -> bool {
    let below = |rest: &str| rest.ends_with('.') && host.parse::<IpAddr>().is_err();
    host == domain || host.strip_suffix(domain).is_some_and(below)
}

/// The folder of a URL (section 5.1.4).
fn default_path(url: &Url) -> String {
    match url.path().rsplit_once('/') {
        None | Some(("", _)) => "/".to_owned(),
        Some((folder, _)) => folder.to_owned(),
    }
}

fn now() -> i64 {
    i64::try_from(wall_clock::now().seconds).unwrap_or(i64::MAX)
}

fn parse_field(field: &str) -> Result<Cookie<'_>, String> {
    if field.len() > MAX_COOKIE_SIZE {
        return Err(format!("a cookie is longer than {MAX_COOKIE_SIZE} bytes"));
    }
    Cookie::parse(field).map_err(|error| format!("a cookie is malformed: {error}"))
}
