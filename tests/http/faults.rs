//! Requests that fail: each in the right error, in bounded time and memory.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use serde_json::{Value, json};

use crate::common::{Outcome, Run, closed_address};

fn request(url: &str) -> Run {
    Run::file("http/faults.js").served().args(["-e", &format!("URL={url}")])
}

/// Status, error code, error and the length of the body.
#[track_caller]
fn response(outcome: &Outcome) -> Value {
    let console = outcome.console();
    serde_json::from_str(console.first().expect("the script says what it got"))
        .unwrap_or_else(|_| panic!("{console:?}\n{}", outcome.stderr))
}

/// A server that sends these bytes to whoever asks, and ends the connection; with nothing to send it
/// resets it.
fn answering(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = stream;
            let mut head = [0; 4096];
            if bytes.is_empty() {
                // Bytes that nobody has read make the end of a connection a reset.
                let _ = stream.peek(&mut head);
                continue;
            }
            let _ = stream.read(&mut head);
            let _ = stream.write_all(bytes);
        }
    });
    format!("http://{address}/")
}

#[track_caller]
fn fails(url: &str, number: u16, error: &str) -> Outcome {
    let outcome = request(url).go().exits(0);
    assert_eq!(response(&outcome), json!([0, number, error, null]), "{url}");
    assert_eq!(outcome.logged("warning"), ["Request Failed"], "{}", outcome.stderr);
    assert_eq!(outcome.tags("http_reqs", "error_code"), [number.to_string()]);
    assert_eq!(outcome.tags("http_reqs", "status"), ["0"]);
    assert_eq!(outcome.tags("http_reqs", "expected_response"), ["false"]);
    assert_eq!(outcome.sum("http_req_failed"), 1.0);
    assert_eq!(outcome.sum("iterations"), 1.0);
    outcome
}

#[test]
fn connections_that_fail_have_their_numbers() {
    let port = closed_address().port();
    let url = format!("http://127.0.0.1:{port}/");
    let outcome = fails(&url, 1212, "dial: connection refused");
    let text = format!(
        "error=\"Get \\\"{url}\\\": dial tcp 127.0.0.1:{port}: connect: connection refused\""
    );
    assert!(outcome.stderr.contains(&text), "{}", outcome.stderr);
    assert_eq!(outcome.tags("http_reqs", "error"), ["dial: connection refused"]);
    fails("http://no-such-host.invalid/", 1101, "lookup: no such host");
    fails(&answering(b""), 1220, "read: connection reset by peer");
    fails("HTTP/http/drop", 1200, "unexpected EOF");
}

#[test]
fn answers_that_are_none_are_told() {
    let starts = |url: &str, number: u16, text: &str| {
        let outcome = request(url).go().exits(0);
        let response = response(&outcome);
        assert_eq!((&response[0], &response[1]), (&json!(0), &json!(number)), "{url} {response}");
        let error = response[2].as_str().unwrap_or_default();
        assert!(error.contains(text), "{url}: {error}");
    };
    starts(&answering(b"this is no HTTP\r\n\r\n"), 1000, "the answer is malformed");
    starts("HTTP/endless-headers", 1000, "header");
    starts(
        &answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"),
        1200,
        "unexpected EOF",
    );
    starts(
        &answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        1000,
        "malformed",
    );
    starts("HTTP/http/wrong-encoding", 1701, "decompression failed");
}

#[test]
fn bodies_are_bounded_compressed_or_not() {
    for url in ["HTTP/http/bytes?size=67108865", "HTTPS/http/bytes?size=67108865"] {
        let outcome = request(url).go().exits(0);
        let error = response(&outcome)[2].as_str().unwrap_or_default().to_owned();
        assert!(error.contains("the body is longer than 67108864 bytes"), "{error}");
    }
    for coding in ["gzip", "br", "zstd"] {
        let outcome = request(&format!("HTTP/http/{coding}?size=200000000")).go().exits(0);
        assert_eq!(response(&outcome)[1], 1000, "{coding}");
        assert!(outcome.stderr.contains("longer than 67108864 bytes"), "{}", outcome.stderr);
    }
    let discarded = r#"PARAMS={"responseType":"none"}"#;
    let outcome = request("HTTP/http/bytes?size=67108865").args(["-e", discarded]).go().exits(0);
    assert_eq!(response(&outcome), json!([200, 0, "", null]));
}

#[test]
fn a_request_that_takes_too_long_is_ended() {
    let slow = "HTTP/http/echo?delay=60000";
    let run = request(slow).args(["-e", r#"PARAMS={"timeout":"100ms"}"#]);
    let outcome = run.go().exits(0);
    assert_eq!(response(&outcome), json!([0, 1050, "request timeout", null]));
    let run = request("HTTP/slow-handshake").args(["-e", r#"PARAMS={"timeout":100}"#]);
    assert_eq!(response(&run.go().exits(0))[1], 1050);
}

#[test]
fn what_is_no_url_is_told_and_not_measured() {
    for url in ["", "nonsense", "ftp://a.test/", "http://a b/"] {
        let outcome = request(url).go().exits(0);
        let response = response(&outcome);
        assert_eq!((&response[0], &response[1]), (&json!(0), &json!(1020)), "{url:?}");
        assert_eq!(outcome.samples("http_reqs").len(), 0);
        assert_eq!(outcome.logged("warning"), ["Request Failed"]);
    }
}

#[test]
fn failures_throw_where_the_option_or_the_params_say_so() {
    let url = format!("http://127.0.0.1:{}/", closed_address().port());
    let expected = format!("GoError: Get \"{url}\": dial tcp ");
    for args in [["--throw", "-e", "A=1"], ["-e", r#"PARAMS={"throw":true}"#, "--throw=false"]] {
        let outcome = request(&url).args(args).go().exits(0);
        let console = outcome.console();
        assert!(console[0].starts_with(&expected), "{console:?}");
        assert_eq!(outcome.logged("warning"), [""; 0]);
        assert_eq!(outcome.samples("http_reqs").len(), 1);
    }
    let outcome = request("nonsense").args(["--throw"]).go().exits(0);
    assert!(outcome.console()[0].starts_with("GoError: invalid URL"), "{:?}", outcome.console());
}

#[test]
fn certificates_are_checked() {
    let run = request("HTTPS/http/echo").args(["--insecure-skip-tls-verify=false"]);
    let outcome = run.go().exits(0);
    assert_eq!(response(&outcome)[0], 0);
    let number = response(&outcome)[1].as_u64().unwrap_or_default();
    assert!((1300..1400).contains(&number), "{}", outcome.stderr);
}

#[test]
fn the_rules_for_names_and_addresses_count_for_each_hop() {
    let blocked = request("HTTP/http/echo").args(["--blacklist-ip", "127.0.0.0/8"]).go().exits(0);
    assert_eq!(response(&blocked), json!([0, 1110, "ip is blacklisted", null]));
    let named = request("http://other.test/").args(["--block-hostnames", "*.test"]).go().exits(0);
    assert_eq!(response(&named), json!([0, 1111, "hostname is blocked", null]));
    let to = "HTTP/http/redirect?to=http://other.test/";
    let outcome = request(to).args(["--block-hostnames", "*.test"]).go().exits(0);
    assert_eq!(response(&outcome)[1], 1111);
    assert_eq!(outcome.tags("http_reqs", "status"), ["302", "0"]);
    let nowhere = request("HTTP/http/redirect?to=mailto:a@b.test").go().exits(0);
    assert_eq!(response(&nowhere)[1], 1020);
}

#[test]
fn a_server_that_closes_kept_connections_is_asked_anew() {
    let url = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let outcome = request(&url).args(["-i", "5"]).go().exits(0);
    assert_eq!(outcome.console(), [r#"[200,0,"",2]"#; 5]);
}
