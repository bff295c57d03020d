//! Connections that fail: what the script is told, what is measured, and that the run goes on.

pub mod both;
mod cookies;
mod headers;
mod names;
mod proxies;
mod tls;
mod unix;

use crate::common::{Outcome, Run, closed_address};

const ATTEMPT: &str = "
import ws from 'k6/ws';
export const options = JSON.parse(__ENV.OPTIONS || '{}');
export default function () {
  const response = ws.connect(__ENV.URL || `${__ENV.WSS}/echo`, (socket) => {
    socket.on('open', () => console.log('open'));
    socket.on('message', () => console.log('message'));
    socket.on('error', (e) => console.log(`error: ${e.error()}`));
    socket.on('close', (code) => console.log(`close: ${code}`));
    socket.send('hello');
    socket.setTimeout(() => socket.close(), 200);
  });
  console.log(JSON.stringify([response.status, response.error]));
}
";

fn attempt(url: &str) -> Run {
    Run::script(ATTEMPT).args(["-e", &format!("URL={url}")])
}

/// The last line of the console: status and error of the response.
#[track_caller]
fn response(outcome: &Outcome) -> (u64, String) {
    let console = outcome.console();
    let last = console.last().expect("the script says what it got");
    serde_json::from_str(last).expect("it is JSON")
}

#[test]
fn a_refused_connection_is_told_and_measured() {
    let port = closed_address().port();
    let outcome = attempt(&format!("ws://127.0.0.1:{port}")).go().exits(0);
    let text = format!("dial tcp 127.0.0.1:{port}: connect: connection refused");
    assert_eq!(response(&outcome), (0, text));
    assert_eq!(outcome.sum("ws_sessions"), 1.0);
    assert_eq!(outcome.samples("ws_connecting").len(), 1);
    assert_eq!(outcome.samples("ws_session_duration").len(), 1);
    assert_eq!(outcome.sum("ws_msgs_sent"), 0.0);
    assert_eq!(outcome.sum("iterations"), 1.0);
}

#[test]
fn a_host_without_an_address_is_named() {
    let outcome = attempt("ws://no-such-host.invalid/").go().exits(0);
    let (status, error) = response(&outcome);
    assert_eq!(status, 0);
    assert!(error.starts_with("lookup no-such-host.invalid"), "{error}");
    assert!(error.ends_with("no such host"), "{error}");
}

#[test]
fn a_certificate_of_nobody_known_is_refused() {
    let outcome = Run::script(ATTEMPT).served().args(["--insecure-skip-tls-verify=false"]).go();
    let (status, error) = response(&outcome.exits(0));
    assert_eq!(status, 0);
    assert!(error.to_lowercase().contains("certificate"), "{error}");
}

#[test]
fn a_certificate_of_nobody_known_is_accepted_on_request() {
    let outcome = Run::script(ATTEMPT).served().go().exits(0);
    assert_eq!(outcome.console()[..2], ["open", "message"]);
    assert_eq!(response(&outcome), (101, String::new()));
}

#[test]
fn a_connection_that_fails_throws_where_the_option_says_so() {
    let port = closed_address().port();
    let outcome = attempt(&format!("ws://127.0.0.1:{port}")).args(["--throw"]).go().exits(0);
    let errors = outcome.logged("error");
    let text = format!("dial tcp 127.0.0.1:{port}: connect: connection refused");
    assert!(errors[0].contains(&text), "{errors:?}");
    assert_eq!(outcome.console(), [""; 0]);
}

#[test]
fn a_server_that_talks_nonsense_ends_its_own_session_only() {
    let outcome =
        Run::script(&ATTEMPT.replace("/echo", "/garbage")).served().args(["-i", "2"]).go();
    let outcome = outcome.exits(0);
    let session =
        ["open", "error: websocket: close sent", "close: 1001", "[101,\"\"]"].map(String::from);
    assert_eq!(outcome.console(), [session.clone(), session].concat());
    assert_eq!(outcome.sum("iterations"), 2.0);
}

#[test]
fn a_user_whose_connections_fail_harms_no_other() {
    let port = closed_address().port();
    let options = serde_json::json!({"scenarios": {
        "well": {"executor": "per-vu-iterations", "iterations": 5},
        "ill": {
            "executor": "per-vu-iterations",
            "iterations": 5,
            "env": {"URL": format!("ws://127.0.0.1:{port}")},
        },
    }});
    let run = Run::script(ATTEMPT).served().args(["-e", &format!("OPTIONS={options}")]);
    let outcome = run.go().exits(0);
    let statuses = |status: &str| {
        let all = outcome.samples("ws_sessions");
        all.iter().filter(|point| point.tags.get("status").is_some_and(|s| s == status)).count()
    };
    assert_eq!(outcome.samples("ws_sessions").len(), 10);
    assert_eq!(statuses("101"), 5);
    assert_eq!(outcome.sum("iterations"), 10.0);
}
