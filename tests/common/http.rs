//! Plain HTTP requests, as curl makes them.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};

use super::PATIENCE;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub content_type: String,
    pub body: String,
}

impl Reply {
    /// The body, which must be JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails the test, with all that was answered, unless it has this status.
    #[track_caller]
    pub fn has(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// Makes a request. `headers` are whole lines.
#[track_caller]
pub fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &str,
) -> Reply {
    let mut stream = TcpStream::connect(address).expect("the address is listened on");
    stream.set_read_timeout(Some(PATIENCE)).expect("it can be set");
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for header in headers {
        text += &format!("{header}\r\n");
    }
    text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).expect("the request is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("there is an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let content_type = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-type").then(|| value.to_owned())
    });
    Reply {
        status: status.expect("an answer has a status"),
        content_type: content_type.unwrap_or_default(),
        body: body.to_owned(),
    }
}

/// Gets a path.
#[track_caller]
pub fn get(address: SocketAddr, path: &str) -> Reply {
    request(address, "GET", path, &[], "")
}

/// Sends JSON.
#[track_caller]
pub fn send(address: SocketAddr, method: &str, path: &str, body: &str) -> Reply {
    request(address, method, path, &["Content-Type: application/json"], body)
}

/// Sends attributes of its status to the API of a run.
#[track_caller]
pub fn patch_status(api: SocketAddr, attributes: &Value) -> Reply {
    let body = json!({ "data": { "type": "status", "id": "default", "attributes": attributes } });
    send(api, "PATCH", "/v1/status", &body.to_string())
}
