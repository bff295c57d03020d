//! Where a redirection leads (RFC 9110, section 15.4), and what goes along.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, header};
use url::{Host, Url};

use crate::bindings::http::Answer;
use crate::plan::{Step, parse};

/// Header fields about a body, which go when it goes.
const OF_THE_BODY: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LOCATION,
];

/// Header fields that show who the user is, which another host must not see.
const SECRETS: [HeaderName; 3] =
    [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION];

/// What follows an answer.
pub(super) enum Redirect {
    /// Nothing.
    None,
    /// Another exchange.
    To(Box<Step>),
    /// Its `Location` is of no use.
    Nowhere(String),
}

/// What follows an answer.
pub(super) fn next(step: &Step, answer: &Answer) -> Redirect {
    let keeps_body = match answer.status {
        301..=303 => false,
        307 | 308 => true,
        _ => return Redirect::None,
    };
    let location = answer.headers.iter().find(|header| header.name == header::LOCATION.as_str());
    let Some(location) = location.map(|header| header.value.as_str()) else {
        // Such answers have been seen; they mean what they say.
        return Redirect::None;
    };
    let target = step.url.join(location).map_err(|error| error.to_string());
    let target = target.and_then(|url| parse(url.as_str()).map_err(|code| format!("{code:?}")));
    match target {
        Ok((url, credentials)) => {
            Redirect::To(Box::new(follow(step, url, credentials, keeps_body)))
        }
        Err(error) => {
            Redirect::Nowhere(format!("the Location header {location:?} is of no use: {error}"))
        }
    }
}

fn follow(
    step: &Step,
    mut url: Url,
    credentials: Option<(String, String)>,
    keeps_body: bool,
) -> Step {
    if url.fragment().is_none() {
        url.set_fragment(step.url.fragment());
    }
    let mut next = Step { shown: url.to_string(), url, host: None, ..step.clone() };
    if !keeps_body {
        if !matches!(next.method, Method::GET | Method::HEAD) {
            next.method = Method::GET;
        }
        next.body = Bytes::new();
        OF_THE_BODY.iter().for_each(|name| drop(next.headers.remove(name)));
    }
    if !is_within(&step.url, &next.url) {
        SECRETS.iter().for_each(|name| drop(next.headers.remove(name)));
        next.cookies.clear();
        next.authorization = None;
        next.credentials = None;
    }
    if credentials.is_some() {
        next.credentials = credentials;
    }
    match referrer(&step.url, &next.url) {
        Some(value) if !step.headers.contains_key(header::REFERER) => {
            next.headers.insert(header::REFERER, value);
        }
        _ => {}
    }
    next
}

/// Whether what is for one host may go to another: the same, or one below it, and not from TLS to none.
fn is_within(from: &Url, to: &Url) -> bool {
    if from.scheme() == "https" && to.scheme() != "https" {
        return false;
    }
    match (from.host(), to.host()) {
        (Some(Host::Domain(from)), Some(Host::Domain(to))) => {
            to == from || to.strip_suffix(from).is_some_and(|below| below.ends_with('.'))
        }
        (from, to) => from == to,
    }
}

/// Where the user comes from; nobody without TLS is told of a page with it (RFC 9110, section 10.1.3).
fn referrer(from: &Url, to: &Url) -> Option<HeaderValue> {
    if from.scheme() == "https" && to.scheme() != "https" {
        return None;
    }
    let mut from = from.clone();
    from.set_fragment(None);
    HeaderValue::from_str(from.as_str()).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use wasock_sockets::bindings::types::Header;

    use super::*;
    use crate::bindings::http::{Cookie, Version};

    fn step(method: Method, url: &str) -> Step {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer token"));
        headers.insert("x-own", HeaderValue::from_static("1"));
        Step {
            method,
            url: Url::parse(url).unwrap(),
            shown: url.to_owned(),
            headers,
            host: Some(HeaderValue::from_static("virtual.test")),
            body: Bytes::from_static(b"body"),
            credentials: None,
            authorization: None,
            cookies: vec![Cookie { name: "a".into(), value: "1".into(), replace: false }],
        }
    }

    fn answer(status: u16, location: Option<&str>) -> Answer {
        let header = |value: &str| Header { name: "location".into(), value: value.into() };
        Answer {
            status,
            status_text: String::new(),
            version: Version::Http11,
            headers: location.map(header).into_iter().collect(),
            cookies: Vec::new(),
            body: Vec::new(),
            too_many_redirects: false,
        }
    }

    fn to(step: &Step, status: u16, location: &str) -> Step {
        match next(step, &answer(status, Some(location))) {
            Redirect::To(step) => *step,
            Redirect::None => panic!("{status} leads nowhere"),
            Redirect::Nowhere(error) => panic!("{error}"),
        }
    }

    #[test]
    fn the_status_decides_about_method_and_body() {
        for (method, status, expected, body) in [
            (Method::POST, 301, Method::GET, ""),
            (Method::PUT, 302, Method::GET, ""),
            (Method::DELETE, 303, Method::GET, ""),
            (Method::HEAD, 302, Method::HEAD, ""),
            (Method::POST, 307, Method::POST, "body"),
            (Method::PUT, 308, Method::PUT, "body"),
        ] {
            let next = to(&step(method, "http://a.test/x"), status, "/y");
            assert_eq!((next.method, &next.body[..]), (expected, body.as_bytes()), "{status}");
            assert_eq!(next.headers.contains_key(header::CONTENT_TYPE), !body.is_empty());
            assert_eq!(next.shown, "http://a.test/y");
        }
    }

    #[test]
    fn secrets_stay_with_their_host() {
        for (from, location, kept) in [
            ("http://a.test/", "/other", true),
            ("http://a.test/", "http://a.test:8080/", true),
            ("http://a.test/", "http://deep.a.test/", true),
            ("http://a.test/", "http://b.test/", false),
            ("http://a.test/", "http://nota.test/", false),
            ("http://deep.a.test/", "http://a.test/", false),
            ("https://a.test/", "http://a.test/", false),
            ("http://127.0.0.1/", "http://127.0.0.2/", false),
        ] {
            let next = to(&step(Method::GET, from), 302, location);
            assert_eq!(next.headers.contains_key(header::AUTHORIZATION), kept, "{location}");
            assert_eq!(!next.cookies.is_empty(), kept, "{location}");
            assert!(next.headers.contains_key("x-own"));
            assert_eq!(next.host, None);
        }
    }

    #[test]
    fn the_way_back_is_told_unless_it_is_a_secret() {
        let referer = |from: &str, to_url: &str| {
            let next = to(&step(Method::GET, from), 302, to_url);
            next.headers.get(header::REFERER).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(referer("http://a.test/x#y", "/z").as_deref(), Some("http://a.test/x"));
        assert_eq!(referer("https://a.test/x", "http://b.test/"), None);
    }

    #[test]
    fn an_answer_without_a_good_location_is_the_last() {
        let step = step(Method::GET, "http://a.test/");
        assert!(matches!(next(&step, &answer(302, None)), Redirect::None));
        assert!(matches!(next(&step, &answer(304, Some("/x"))), Redirect::None));
        assert!(matches!(next(&step, &answer(200, Some("/x"))), Redirect::None));
        for bad in ["http://[", "ftp://a.test/", "mailto:a@b.test"] {
            assert!(matches!(next(&step, &answer(302, Some(bad))), Redirect::Nowhere(_)), "{bad}");
        }
    }
}
