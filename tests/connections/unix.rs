//! Servers at Unix sockets.

use serde_json::json;

use super::both::{connects, result, results};
use crate::common::unix::UnixFront;
use crate::common::{runtime, server};

#[test]
fn a_server_at_a_unix_socket_is_reached_by_both_apis() {
    let server = server();
    let address = server.address().expect("it has a plain port");
    let front = runtime().block_on(UnixFront::start(address));
    let (headers, cookies) = (front.url("/headers"), front.url("/cookies?set=a%3D1"));
    let run = connects(&[&headers, &cookies, &headers], &json!({}));
    let results = results(run.variable("ALL_PROXY", "http://127.0.0.1:1"));
    assert!(results[0].contains(r#""host":"localhost""#), "{results:?}");
    assert!(results.iter().all(|text| !text.contains(r#""cookie""#)), "{results:?}");
}

#[test]
fn a_unix_socket_that_is_not_there_is_named() {
    let text = result(connects(&["ws+unix:///nowhere.sock:/echo"], &json!({})));
    let expected = "dial unix /nowhere.sock: connect: No such file or directory (os error 2)";
    assert_eq!(text, expected);
    let text = result(connects(&["ws+unix://host/path"], &json!({})));
    assert!(text.contains("has a host: write ws+unix:///path"), "{text}");
}
