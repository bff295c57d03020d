//! What a guest asks for, checked before anything is dialled; and what is sent of it step by step.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::percent_decode_str;
use url::{Position, Url};
use wasock_sockets::Endpoint;
use wasock_sockets::bindings::types::{ErrorCode, Header};

use crate::bindings::http::{Authentication, Cookie, RequestOptions, Sent};
use crate::coding;
use crate::cookies::CookieJar;
use crate::ctx::Shared;
use crate::limits::{DEFAULT_TIMEOUT, MAX_BODY, MAX_REDIRECTS};

/// Header fields that say how a message is carried: that is the host's business.
const OF_THE_CONNECTION: [HeaderName; 5] = [
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::UPGRADE,
    header::TE,
];

/// Methods whose requests say how long their body is even if they have none (RFC 9110, section 8.6).
const WITH_LENGTH: [Method; 3] = [Method::POST, Method::PUT, Method::PATCH];

/// A checked request.
pub(crate) struct Plan {
    pub(crate) first: Step,
    pub(crate) timeout: Duration,
    pub(crate) redirects: u32,
    pub(crate) digest: bool,
    pub(crate) discard_body: bool,
    pub(crate) jar: Option<CookieJar>,
}

/// What one exchange sends.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) method: Method,
    /// Without user name and password.
    pub(crate) url: Url,
    /// The URL as people know it.
    pub(crate) shown: String,
    /// Those of the guest, without `Host`.
    pub(crate) headers: HeaderMap,
    /// The `Host` that the guest wants.
    pub(crate) host: Option<HeaderValue>,
    pub(crate) body: Bytes,
    pub(crate) credentials: Option<(String, String)>,
    /// What shows who the user is.
    pub(crate) authorization: Option<HeaderValue>,
    pub(crate) cookies: Vec<Cookie>,
}

fn invalid(text: String) -> ErrorCode {
    ErrorCode::InvalidArgument(text)
}

impl Plan {
    /// Checks what a guest asks for.
    pub(crate) fn new(
        method: &str,
        given_url: String,
        options: RequestOptions,
        jar: Option<CookieJar>,
        shared: &Shared,
    ) -> Result<Self, ErrorCode> {
        let method = Method::from_bytes(method.as_bytes())
            .ok()
            .filter(|method| *method != Method::CONNECT)
            .ok_or_else(|| invalid(format!("{method:?} is no method of a request")))?;
        let (url, credentials) = parse(&given_url)?;
        let has_credentials = credentials.is_some();
        let mut headers = checked_headers(&options.headers)?;
        let host = headers.remove(header::HOST);
        let (body, coding) = coding::encode(options.body.unwrap_or_default(), &options.encodings)?;
        if body.len() > MAX_BODY {
            return Err(ErrorCode::LimitReached(format!("a body of {MAX_BODY} bytes")));
        }
        if let Some(coding) = coding {
            headers.append(header::CONTENT_ENCODING, coding);
        }
        let digest = options.authentication == Some(Authentication::Digest);
        let authorization = match &credentials {
            Some((user, password)) if !digest && !headers.contains_key(header::AUTHORIZATION) => {
                basic(user, password)
            }
            _ => None,
        };
        let shown = if has_credentials { url.to_string() } else { given_url };
        let redirects = options.redirects.unwrap_or(shared.redirects).min(MAX_REDIRECTS);
        Ok(Self {
            first: Step {
                method,
                url,
                shown,
                headers,
                host,
                body: body.into(),
                credentials,
                authorization,
                cookies: options.cookies,
            },
            timeout: options.timeout.map_or(DEFAULT_TIMEOUT, Duration::from_nanos),
            redirects,
            digest,
            discard_body: options.discard_body,
            jar,
        })
    }
}

/// Reads an `http` or `https` URL; user name and password are taken out of it.
pub(crate) fn parse(given: &str) -> Result<(Url, Option<(String, String)>), ErrorCode> {
    let mut url =
        Url::parse(given).map_err(|error| invalid(format!("the URL {given:?}: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        let scheme = url.scheme();
        let text = format!("the URL {given:?} has the scheme {scheme:?} instead of http or https");
        return Err(invalid(text));
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = (decoded(url.username()), url.password().map(decoded));
    let credentials =
        (!user.is_empty() || password.is_some()).then(|| (user, password.unwrap_or_default()));
    // A URL with a host can be without both.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Ok((url, credentials))
}

fn checked_headers(given: &[Header]) -> Result<HeaderMap, ErrorCode> {
    let mut headers = HeaderMap::new();
    for Header { name, value } in given {
        let known = HeaderName::try_from(name.as_str())
            .map_err(|_| invalid(format!("the header name {name:?} is malformed")))?;
        let value = HeaderValue::try_from(value.as_str())
            .map_err(|_| invalid(format!("the value of the header {name} is malformed")))?;
        if !OF_THE_CONNECTION.contains(&known) {
            headers.append(known, value);
        }
    }
    Ok(headers)
}

/// The value of `Authorization` or `Proxy-Authorization` (RFC 7617, section 2).
pub(crate) fn basic(user: &str, password: &str) -> Option<HeaderValue> {
    let credentials = BASE64_STANDARD.encode(format!("{user}:{password}"));
    let mut value = HeaderValue::try_from(format!("Basic {credentials}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl Step {
    /// What to connect to.
    pub(crate) fn endpoint(&self) -> Result<Endpoint, ErrorCode> {
        let host = self.url.host().map(|host| host.to_owned());
        let host = host.ok_or_else(|| invalid(format!("the URL {:?} has no host", self.shown)))?;
        let secure = self.url.scheme() == "https";
        let port = self.url.port_or_known_default().unwrap_or(if secure { 443 } else { 80 });
        Ok(Endpoint { secure, host, port })
    }

    /// What it takes while it is under way, in bytes, about.
    pub(crate) fn weight(&self) -> usize {
        let fields = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        let cookies = self.cookies.iter().map(|cookie| cookie.name.len() + cookie.value.len());
        self.body.len() + self.shown.len() + fields.chain(cookies).sum::<usize>()
    }

    /// Host and port as `Host` and `:authority` have them.
    pub(crate) fn authority(&self) -> String {
        match self.host.as_ref().and_then(|host| host.to_str().ok()) {
            Some(host) => host.to_owned(),
            None => self.url[Position::BeforeHost..Position::AfterPort].to_owned(),
        }
    }

    /// Path and query.
    pub(crate) fn resource(&self) -> &str {
        &self.url[Position::BeforePath..Position::AfterQuery]
    }

    /// Whether it can be sent again when nobody knows whether it was received (RFC 9110, section
    /// 9.2.2).
    pub(crate) fn is_repeatable(&self) -> bool {
        self.method.is_idempotent() && self.body.is_empty()
    }

    /// What is sent, with the cookies that are due now.
    pub(crate) fn sent(&self, jar: Option<&CookieJar>, user_agent: Option<&str>) -> Sent {
        let mut headers = self.headers.clone();
        let agent = user_agent.and_then(|agent| HeaderValue::from_str(agent).ok());
        if let Some(agent) = agent
            && !headers.contains_key(header::USER_AGENT)
        {
            headers.insert(header::USER_AGENT, agent);
        }
        if let Some(value) = &self.authorization {
            headers.insert(header::AUTHORIZATION, value.clone());
        }
        if self.body.is_empty() && WITH_LENGTH.contains(&self.method) {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let cookies = self.due_cookies(jar);
        let own = headers.remove(header::COOKIE);
        let own = own.and_then(|value| value.to_str().map(str::to_owned).ok());
        let pairs = cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let line = own.into_iter().chain(pairs).collect::<Vec<_>>().join("; ");
        if let Some(value) = HeaderValue::from_str(&line).ok().filter(|_| !line.is_empty()) {
            headers.insert(header::COOKIE, value);
        }
        Sent {
            method: self.method.to_string(),
            url: self.shown.clone(),
            headers: listed(&headers),
            cookies,
            body_length: self.body.len() as u64,
        }
    }

    fn due_cookies(&self, jar: Option<&CookieJar>) -> Vec<(String, String)> {
        let own = self.cookies.iter();
        let mut cookies: Vec<_> =
            own.map(|cookie| (cookie.name.clone(), cookie.value.clone())).collect();
        let replaced =
            |name: &str| self.cookies.iter().any(|cookie| cookie.replace && cookie.name == name);
        let kept = jar.and_then(|jar| jar.cookies(self.url.as_str()).ok()).unwrap_or_default();
        cookies.extend(kept.into_iter().filter(|(name, _)| !replaced(name)));
        cookies
    }
}

/// Header fields as a guest takes them.
pub(crate) fn listed(headers: &HeaderMap) -> Vec<Header> {
    let field = |(name, value): (&HeaderName, &HeaderValue)| Header {
        name: name.to_string(),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    headers.iter().map(field).collect()
}
