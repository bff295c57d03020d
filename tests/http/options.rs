//! The options for requests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use serde_json::json;

use crate::common::{Outcome, Run};

fn run(body: &str, options: serde_json::Value) -> Run {
    let source = format!(
        "import http from 'k6/http';
        export const options = JSON.parse(__ENV.OPTIONS);
        const URL = `${{__ENV.WS.replace('ws:', 'http:')}}/http`;
        export default () => {{ {body} }};"
    );
    Run::script(&source).served().args(["-e", &format!("OPTIONS={options}")])
}

/// An HTTP proxy that answers each request with its first line.
fn proxy_that_tells() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let first = lines.next().unwrap_or_default();
            let _ = lines.find(String::is_empty);
            drop(lines);
            let length = first.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{first}");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

fn connections(outcome: &Outcome) -> usize {
    let connecting = outcome.samples("http_req_connecting").into_iter();
    connecting.filter(|point| point.value > 0.0).count()
}

#[test]
fn redirections_are_bounded_by_the_option_or_ten() {
    let body = "console.log(http.get(`${URL}/redirect?n=11`).status);";
    let outcome = run(body, json!({})).go().exits(0);
    assert_eq!(outcome.console(), ["302"]);
    assert_eq!(outcome.samples("http_reqs").len(), 11);
    let warning = "Stopped after 10 redirects and returned the redirection";
    assert!(outcome.logged("warning")[0].starts_with(warning), "{}", outcome.stderr);
    let outcome = run(body, json!({"maxRedirects": 11})).go().exits(0);
    assert_eq!(outcome.console(), ["200"]);
    assert_eq!(run(body, json!({"maxRedirects": 2})).console(), ["302"]);
    assert_eq!(run(body, json!({})).args(["--max-redirects", "20"]).console(), ["200"]);
}

#[test]
fn connections_are_kept_unless_they_are_not_to_be() {
    let body = "http.get(`${URL}/echo`); http.get(`${URL}/echo`);";
    let count = |options: serde_json::Value| {
        connections(&run(body, options).args(["-i", "2"]).go().exits(0))
    };
    assert_eq!(count(json!({})), 1);
    assert_eq!(count(json!({"noVUConnectionReuse": true})), 2);
    assert_eq!(count(json!({"noConnectionReuse": true})), 4);
}

#[test]
fn bodies_are_discarded_where_the_script_does_not_say() {
    let body = "console.log(http.get(`${URL}/echo`).body,
        typeof http.get(`${URL}/echo`, { responseType: 'text' }).body);";
    assert_eq!(run(body, json!({"discardResponseBodies": true})).console(), ["null string"]);
    let flag = ["--discard-response-bodies"];
    assert_eq!(run(body, json!({})).args(flag).console(), ["null string"]);
}

#[test]
fn requests_and_answers_can_be_shown() {
    let body = "http.post(`${URL}/status/404`, 'the body');";
    let outcome = run(body, json!({"httpDebug": "full"})).go().exits(0);
    let lines = outcome.logged("info");
    let request = lines.iter().find(|line| line.starts_with("Request:")).expect("it is shown");
    assert!(request.contains("POST http://") && request.ends_with("the body"), "{request}");
    let answer = lines.iter().find(|line| line.starts_with("Response:")).expect("it is shown");
    assert!(answer.contains("HTTP/1.1 404 Not Found"), "{answer}");
    let outcome = run(body, json!({})).args(["--http-debug"]).go().exits(0);
    assert!(outcome.logged("info").iter().any(|line| line.starts_with("Request:")));
    assert!(!outcome.stderr.contains("the body"));
}

#[test]
fn a_batch_runs_as_many_at_a_time_as_the_options_say() {
    // What is asked of one host at a time shows in how many connections there are.
    let body = "http.batch(Array(8).fill(`${URL}/echo?delay=50`));";
    let count = |options: serde_json::Value| connections(&run(body, options).go().exits(0));
    assert_eq!(count(json!({"batch": 1})), 1);
    assert_eq!(count(json!({"batchPerHost": 2})), 2);
    assert_eq!(count(json!({})), 6);
}

#[test]
fn an_http_proxy_is_asked_for_what_is_not_here() {
    let proxy = proxy_that_tells();
    let body = "console.log(http.get('http://far.test/path?a=1').body);";
    let outcome = run(body, json!({})).variable("HTTP_PROXY", &proxy).go().exits(0);
    assert_eq!(outcome.console(), ["GET http://far.test/path?a=1 HTTP/1.1"]);
}
