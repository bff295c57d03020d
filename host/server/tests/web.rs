//! The HTTP endpoints.

mod common;

use common::{connect_with, http, message, start, start_with};
use serde_json::Value;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use wasock_server::{Limits, Server};

/// One request on a connection of its own: status and body.
async fn ask(
    server: &Server,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (u16, String) {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n{headers}\
         Content-Length: {length}\r\n\r\n{body}"
    );
    let answer = http(server, &request).await;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status.expect("a status"), body.to_owned())
}

#[tokio::test]
async fn echo_describes_any_request() {
    let server = start().await;
    let (status, body) =
        ask(&server, "PUT", "/http/echo?a=1", "X-Own: 1\r\nX-Own: 2\r\n", "häuser").await;
    assert_eq!(status, 200);
    let body: Value = serde_json::from_str(&body).expect("it is JSON");
    assert_eq!(body["method"], "PUT");
    assert_eq!(body["path"], "/http/echo?a=1");
    assert_eq!(body["headers"]["x-own"], "1, 2");
    assert_eq!(body["body"], "häuser");
}

#[tokio::test]
async fn several_requests_share_a_connection() {
    let server = start().await;
    let one = "GET /http/status/204 HTTP/1.1\r\nHost: a.test\r\n\r\n";
    let last = "GET /http/status/404 HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
    let answers = http(&server, &format!("{one}{one}{last}")).await;
    let statuses: Vec<_> =
        answers.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")).collect();
    assert_eq!(statuses, ["204 No Content", "204 No Content", "404 Not Found"]);
    assert_eq!(server.statistics().connections_total, 1);
}

#[tokio::test]
async fn what_an_endpoint_cannot_use_is_told() {
    let server = start().await;
    for (path, status) in [
        ("/http/bytes?size=x", 400),
        ("/http/echo?delay=60001", 400),
        ("/http/redirect?status=99", 400),
        ("/http/nothing", 404),
        ("/http/status/1000", 400),
    ] {
        assert_eq!(ask(&server, "GET", path, "", "").await.0, status, "{path}");
    }
}

#[tokio::test]
async fn bodies_and_connections_are_bounded() {
    let server = start_with(Limits { message_size: 10, ..Limits::default() }).await;
    assert_eq!(ask(&server, "POST", "/http/echo", "", "0123456789").await.0, 200);
    assert_eq!(ask(&server, "POST", "/http/echo", "", "0123456789a").await.0, 413);
    let server = start_with(Limits { connections: 0, ..Limits::default() }).await;
    assert_eq!(ask(&server, "GET", "/http/echo", "", "").await.0, 503);
}

#[tokio::test]
async fn a_token_opens_the_private_socket() {
    let server = start().await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let (status, body) = ask(&server, "POST", "/http/login", form, "user=ann&password=swamp").await;
    assert_eq!(status, 200);
    let body: Value = serde_json::from_str(&body).expect("it is JSON");
    let token = body["token"].as_str().expect("there is a token");
    let shown = HeaderValue::try_from(format!("Bearer {token}")).expect("it is text");
    let opened = connect_with(&server, "/private", |request| {
        request.headers_mut().insert("authorization", shown);
    });
    let (mut client, _) = opened.await.expect("the server accepts");
    assert!(message(&mut client).await.to_string().contains(token));
    assert!(connect_with(&server, &format!("/private?token={token}"), |_| {}).await.is_ok());
    assert_eq!(common::refusal(&server, "/private?token=ann.1").await, 401);
    assert_eq!(ask(&server, "POST", "/http/login", form, "user=ann&password=sea").await.0, 401);
}
