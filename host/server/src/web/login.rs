//! Being asked who the user is, and tokens that a WebSocket shows.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio_tungstenite::tungstenite::http::request::Parts;
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use url::form_urlencoded;

use super::Answer;
use super::endpoints::{json_answer, text};
use crate::query::Query;

/// Who may log in where nothing else is asked for.
const USER: &str = "crocodile";
const PASSWORD: &str = "swamp";

/// What is asked about (RFC 9110, section 11.5).
const REALM: &str = "wasock";

/// The longest user name in bytes: it stands in the token.
const MAX_USER: usize = 128;

/// What only this process knows.
static SECRET: LazyLock<[u8; 32]> = LazyLock::new(rand::random);

/// `POST /http/login` with `user` and `password`, as JSON or as a form: a token for `/private`.
pub(super) fn login(head: &Parts, body: &Bytes) -> Answer {
    if head.method != Method::POST {
        let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "POST user and password");
        answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return answer;
    }
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let form = Value::Object(
        form_urlencoded::parse(body)
            .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
            .collect(),
    );
    let given = match kind {
        Some(kind) if kind.starts_with("application/x-www-form-urlencoded") => form,
        _ => serde_json::from_slice(body).unwrap_or_default(),
    };
    match (given["user"].as_str(), given["password"].as_str()) {
        (Some(user), Some(PASSWORD)) if user.len() <= MAX_USER => {
            let answer = json!({ "user": user, "token": token(user) });
            json_answer(StatusCode::OK, &answer)
        }
        _ => json_answer(
            StatusCode::UNAUTHORIZED,
            &json!({ "error": "the user or the password is wrong" }),
        ),
    }
}

fn token(user: &str) -> String {
    let name = hex(user.as_bytes());
    let proof = Sha256::new().chain_update(*SECRET).chain_update(user).finalize();
    format!("{name}.{}", hex(&proof))
}

/// Whose token a request shows, in `Authorization: Bearer` or the parameter `token`.
pub(crate) fn user_of(headers: &HeaderMap, query: &Query) -> Option<String> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = header.and_then(|value| value.strip_prefix("Bearer ")).or(query.text("token"))?;
    let (name, _) = shown.split_once('.')?;
    let user = String::from_utf8(unhex(name)?).ok()?;
    (token(&user) == shown).then_some(user)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn expected(query: &Query) -> (&str, &str) {
    (query.text("user").unwrap_or(USER), query.text("password").unwrap_or(PASSWORD))
}

fn challenged(challenge: String) -> Answer {
    let mut answer = text(StatusCode::UNAUTHORIZED, "Who are you?");
    if let Ok(challenge) = HeaderValue::try_from(challenge) {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    answer
}

fn welcome(user: &str) -> Answer {
    json_answer(StatusCode::OK, &json!({ "authenticated": true, "user": user }))
}

/// RFC 7617.
pub(super) fn basic(head: &Parts, query: &Query) -> Answer {
    let (user, password) = expected(query);
    let wanted = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
    match head.headers.get(header::AUTHORIZATION) {
        Some(shown) if shown.as_bytes() == wanted.as_bytes() => welcome(user),
        _ => challenged(format!("Basic realm=\"{REALM}\"")),
    }
}

/// RFC 7616, with MD5 and `qop=auth`, as most servers have it.
pub(super) fn digest(head: &Parts, query: &Query) -> Answer {
    let (user, password) = expected(query);
    let nonce = hex(&SECRET[..16]);
    let shown = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let fields = shown.and_then(|value| value.strip_prefix("Digest ")).map(fields);
    let is_right = fields.is_some_and(|fields| {
        let field = |name: &str| {
            fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
        };
        let path = head.uri.path_and_query().map_or("", |path| path.as_str());
        let secret = md5_hex(&format!("{user}:{REALM}:{password}"));
        let request = md5_hex(&format!("{}:{path}", head.method));
        let (count, own) = (field("nc"), field("cnonce"));
        let wanted = md5_hex(&format!("{secret}:{nonce}:{count}:{own}:auth:{request}"));
        field("username") == user && field("response") == wanted
    });
    match is_right {
        true => welcome(user),
        false => challenged(format!(
            "Digest realm=\"{REALM}\", nonce=\"{nonce}\", qop=\"auth\", algorithm=MD5"
        )),
    }
}

fn md5_hex(text: &str) -> String {
    hex(&Md5::digest(text))
}

/// `name=value, name="value"`.
fn fields(text: &str) -> Vec<(String, String)> {
    let pairs = text.split(',').filter_map(|field| field.trim().split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_user_alone() {
        let query = |token: &str| Query::new(Some(&format!("token={token}")));
        let user = |token: &str| user_of(&HeaderMap::new(), &query(token));
        let good = token("ann");
        assert_eq!(user(&good).as_deref(), Some("ann"));
        let other = format!("{}{}", hex(b"bob"), &good[good.find('.').expect("a dot")..]);
        for bad in [other.as_str(), "", ".", "zz.1"] {
            assert_eq!(user(bad), None, "{bad}");
        }
    }
}
