//! Header fields of the handshake.

use serde_json::{Value, json};

use super::both::{result, with_params};
use crate::common::server;

/// What the server has seen, or why the attempt failed.
fn seen(headers: &Value) -> Value {
    let server = server();
    let url = format!("ws://{}/headers", server.address().expect("it has a plain port"));
    let text = result(with_params(&[&url], &json!({}), &json!({"headers": headers})));
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

#[test]
fn the_handshake_has_the_fields_of_the_script_and_no_origin_of_its_own() {
    let seen = seen(&json!({"x-lower": 1, "X-Twice": "a", "x-twice": "b", "Host": "else.where"}));
    for (name, expected) in [
        ("x-lower", json!("1")),
        ("x-twice", json!("b")),
        ("host", json!("else.where")),
        ("connection", json!("Upgrade")),
        ("upgrade", json!("websocket")),
        ("sec-websocket-version", json!("13")),
        ("origin", Value::Null),
        ("sec-websocket-protocol", Value::Null),
        ("sec-websocket-extensions", Value::Null),
        ("cookie", Value::Null),
    ] {
        assert_eq!(seen.get(name).cloned().unwrap_or_default(), expected, "{name}");
    }
}

#[test]
fn fields_that_make_the_handshake_are_refused() {
    for (name, canonical) in [
        ("upgrade", "Upgrade"),
        ("CONNECTION", "Connection"),
        ("sec-websocket-key", "Sec-Websocket-Key"),
        ("Sec-WebSocket-Version", "Sec-Websocket-Version"),
        ("sec-webSocket-extensions", "Sec-Websocket-Extensions"),
    ] {
        let text = format!("websocket: duplicate header not allowed: {canonical}");
        assert_eq!(seen(&json!({name: "x"})), json!(text));
    }
}

#[test]
fn a_field_cannot_end_its_line() {
    let Value::String(text) = seen(&json!({"X-A": "b\r\nX-C: d"})) else {
        panic!("the field was sent");
    };
    assert!(text.contains("the value of the header X-A is malformed"), "{text}");
}
