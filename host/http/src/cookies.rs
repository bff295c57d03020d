//! A cookie jar (RFC 6265).

use std::sync::Arc;

use cookie_store::{CookieStore, RawCookie};
use parking_lot::Mutex;
use url::Url;
use wasock_sockets::BoundObserver;

use crate::bindings::cookies::Attributes;
use crate::bound::HttpBound;
use crate::set_cookie::{MAX_COOKIE_SIZE, MAX_COOKIES, parse, set_cookie_field};

/// Cookies by domain, path and name. Clones share them.
#[derive(Clone, Default)]
pub struct CookieJar {
    store: Arc<Mutex<CookieStore>>,
    /// Whom to tell when it is full.
    observer: Option<Arc<dyn BoundObserver<HttpBound>>>,
}

impl CookieJar {
    /// An empty jar, which tells this observer when it is full.
    pub(crate) fn new(observer: &Arc<dyn BoundObserver<HttpBound>>) -> Self {
        Self { observer: Some(observer.clone()), ..Self::default() }
    }

    /// Names and values of the cookies for a URL, those of the longest path first (RFC 6265, section
    /// 5.4).
    pub(crate) fn cookies(&self, url: &str) -> Result<Vec<(String, String)>, String> {
        let url = parse(url)?;
        let store = self.store.lock();
        let mut cookies = store.matches(&url);
        let order = |cookie: &&cookie_store::Cookie<'_>| {
            let path: &str = &cookie.path;
            (std::cmp::Reverse(path.len()), cookie.name().to_owned())
        };
        cookies.sort_by_cached_key(order);
        let pair = |cookie: &cookie_store::Cookie<'_>| {
            (cookie.name().to_owned(), cookie.value().to_owned())
        };
        Ok(cookies.into_iter().map(pair).collect())
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
        if attributes.expires.is_some() && cookie.expires().is_none() {
            let expires = attributes.expires.as_deref().unwrap_or_default();
            return Err(format!("the cookie {name} expires at {expires:?}, which is no date"));
        }
        self.insert(cookie, &url).map_err(|why| format!("the cookie {name} cannot be set: {why}"))
    }

    /// Stores what a server has sent in its `Set-Cookie` fields, as far as it is well-formed and the
    /// server's to set.
    pub(crate) fn store(&self, url: &str, fields: &[String]) -> Result<(), String> {
        let url = parse(url)?;
        for field in fields {
            if let Ok(cookie) = parse_field(field) {
                // RFC 6265, section 5.3: what cannot be stored is ignored.
                let _ = self.insert(cookie, &url);
            }
        }
        Ok(())
    }

    /// Removes the cookies for a URL, or those of one name.
    pub(crate) fn remove(&self, url: &str, name: Option<&str>) -> Result<(), String> {
        let url = parse(url)?;
        let mut store = self.store.lock();
        let matching = store.matches(&url).into_iter();
        let meant = matching.filter(|cookie| name.is_none_or(|name| cookie.name() == name));
        let keys: Vec<_> = meant.map(key).collect();
        for (domain, path, name) in keys {
            store.remove(&domain, &path, &name);
        }
        Ok(())
    }

    fn insert(&self, cookie: RawCookie<'_>, url: &Url) -> Result<(), String> {
        let mut store = self.store.lock();
        if store.iter_any().count() >= MAX_COOKIES {
            purge(&mut store);
            if store.iter_any().count() >= MAX_COOKIES {
                if let Some(observer) = &self.observer {
                    observer.reached(HttpBound::Cookies);
                }
                return Err(format!("the jar has {MAX_COOKIES} cookies, which is the most"));
            }
        }
        match store.insert_raw(&cookie, url) {
            // A cookie that has expired already removes the one of its name, if there is any.
            Ok(_) | Err(cookie_store::CookieError::Expired) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Removes cookies that have expired.
fn purge(store: &mut CookieStore) {
    let expired: Vec<_> = store.iter_any().filter(|cookie| cookie.is_expired()).map(key).collect();
    for (domain, path, name) in expired {
        store.remove(&domain, &path, &name);
    }
}

/// Domain, path and name, by which the store knows a cookie.
fn key(cookie: &cookie_store::Cookie<'_>) -> (String, String, String) {
    let domain = cookie.domain.as_cow().unwrap_or_default().into_owned();
    let path: &str = &cookie.path;
    (domain, path.to_owned(), cookie.name().to_owned())
}

fn parse_field(field: &str) -> Result<RawCookie<'_>, String> {
    if field.len() > MAX_COOKIE_SIZE {
        return Err(format!("a cookie is longer than {MAX_COOKIE_SIZE} bytes"));
    }
    RawCookie::parse(field).map_err(|error| format!("a cookie is malformed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Attributes = Attributes {
        domain: None,
        path: None,
        max_age: None,
        expires: None,
        secure: false,
        http_only: false,
    };

    fn shown(jar: &CookieJar, url: &str) -> String {
        let cookies = jar.cookies(url).unwrap();
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    #[test]
    fn cookies_go_to_the_host_the_path_and_the_scheme_they_are_for() {
        let jar = CookieJar::default();
        let fields = [
            "host=1",
            "deep=2; Path=/a/b",
            "domain=3; Domain=example.test; Path=/",
            "secret=4; Secure; HttpOnly; Path=/",
            "other=5; Domain=else.test",
            "gone=6; Max-Age=0",
            "=;;",
        ]
        .map(str::to_owned);
        jar.store("wss://chat.example.test/a/room", &fields).unwrap();
        assert_eq!(
            shown(&jar, "wss://chat.example.test/a/b/c"),
            "deep=2; host=1; domain=3; secret=4"
        );
        assert_eq!(shown(&jar, "ws://chat.example.test/a/"), "host=1; domain=3");
        assert_eq!(shown(&jar, "http://www.example.test:81/"), "domain=3");
        assert_eq!(shown(&jar, "https://else.test/"), "");
    }

    #[test]
    fn a_cookie_can_be_set_replaced_and_removed() {
        let jar = CookieJar::default();
        let url = "http://a.test/x/y";
        for value in ["1", "2"] {
            jar.set(url, "a", value, &NONE).unwrap();
        }
        jar.set(url, "b", "3 4", &Attributes { path: Some("/".to_owned()), ..NONE }).unwrap();
        assert_eq!(shown(&jar, url), "a=2; b=3 4");
        jar.remove(url, Some("a")).unwrap();
        assert_eq!(shown(&jar, url), "b=3 4");
        jar.remove(url, None).unwrap();
        assert_eq!(shown(&jar, url), "");
        let later = Attributes { max_age: Some(100), ..NONE };
        jar.set(url, "c", "1", &later).unwrap();
        jar.set(url, "c", "1", &Attributes { max_age: Some(-1), ..NONE }).unwrap();
        assert_eq!(shown(&jar, url), "");
    }

    #[test]
    fn a_cookie_expires_at_a_date() {
        let jar = CookieJar::default();
        let at = |date: &str| Attributes { expires: Some(date.to_owned()), ..NONE };
        let url = "http://a.test/";
        jar.set(url, "past", "1", &at("Mon, 02 Jan 2006 15:04:05 GMT")).unwrap();
        jar.set(url, "future", "2", &at("Mon, 02 Jan 2096 15:04:05 GMT")).unwrap();
        assert_eq!(shown(&jar, url), "future=2");
        let error = jar.set(url, "a", "1", &at("soon")).unwrap_err();
        assert_eq!(error, "the cookie a expires at \"soon\", which is no date");
    }

    #[test]
    fn what_no_cookie_can_be_is_refused() {
        let jar = CookieJar::default();
        let set = |name, value| jar.set("http://a.test/", name, value, &NONE).unwrap_err();
        assert_eq!(set("a b", "1"), "\"a b\" is not a name that a cookie can have");
        for value in ["1; Domain=b.test", "1\r\nX: y"] {
            assert!(set("a", value).ends_with("has a character that cookies cannot have"));
        }
        let long = set("a", &"x".repeat(MAX_COOKIE_SIZE));
        assert!(long.contains("longer than 4096 bytes"), "{long}");
        let foreign = Attributes { domain: Some("b.test".to_owned()), ..NONE };
        let error = jar.set("http://a.test/", "a", "1", &foreign).unwrap_err();
        assert!(error.starts_with("the cookie a cannot be set: "), "{error}");
        assert!(jar.set("ftp://a.test/", "a", "1", &NONE).is_err());
        assert!(jar.cookies("nonsense").is_err());
    }

    #[test]
    fn a_jar_is_full_at_some_time() {
        let jar = CookieJar::default();
        let names: Vec<_> = (0..=MAX_COOKIES).map(|number| format!("c{number}=1")).collect();
        jar.store("http://a.test/", &names).unwrap();
        assert_eq!(jar.cookies("http://a.test/").unwrap().len(), MAX_COOKIES);
        let error = jar.set("http://a.test/", "more", "1", &NONE).unwrap_err();
        assert!(error.ends_with("the jar has 3000 cookies, which is the most"), "{error}");
    }
}
