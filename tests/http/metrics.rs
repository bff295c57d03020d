//! What is measured of requests.

use crate::common::{Outcome, Run};

const TIMES: [&str; 7] = [
    "http_req_duration",
    "http_req_blocked",
    "http_req_connecting",
    "http_req_tls_handshaking",
    "http_req_sending",
    "http_req_waiting",
    "http_req_receiving",
];

fn case(function: &str) -> Outcome {
    Run::case("http/metrics", function).go().exits(0)
}

#[test]
fn each_exchange_has_one_set_of_samples_with_its_tags() {
    let outcome = case("tagged");
    let requests = outcome.samples("http_reqs");
    assert_eq!(requests.len(), 4);
    for metric in TIMES.into_iter().chain(["http_req_failed"]) {
        assert_eq!(outcome.samples(metric).len(), 4, "{metric}");
    }
    let base = requests[1].tags["url"].split("/http/").next().unwrap_or_default();
    let of = |index: usize, tag: &str| requests[index].tags.get(tag).map_or("", String::as_str);
    assert_eq!(of(0, "name"), "${}/http/echo?id=${}");
    assert_eq!(of(0, "url"), of(0, "name"));
    assert_eq!(of(0, "kind"), "a");
    assert_eq!(of(1, "url"), format!("{base}/http/redirect?status=307"));
    assert_eq!(of(2, "url"), format!("{base}/http/echo"));
    assert_eq!(outcome.tags("http_reqs", "method"), ["GET", "POST", "POST", "GET"]);
    assert_eq!(outcome.tags("http_reqs", "status"), ["200", "307", "200", "404"]);
    assert_eq!(outcome.tags("http_reqs", "expected_response"), ["true", "true", "true", "false"]);
    assert_eq!(outcome.tags("http_reqs", "error_code"), ["", "", "", "1404"]);
    assert_eq!(outcome.tags("http_reqs", "error"), [""; 4]);
    assert_eq!(outcome.tags("http_reqs", "proto"), ["HTTP/1.1"; 4]);
    assert_eq!(outcome.tags("http_reqs", "group"), ["::page"; 4]);
    assert_eq!(outcome.tags("http_reqs", "scenario"), ["default"; 4]);
    assert_eq!(outcome.tags("http_reqs", "tls_version"), [""; 4]);
    let failed: Vec<_> = outcome.samples("http_req_failed").iter().map(|p| p.value).collect();
    assert_eq!(failed, [0.0, 0.0, 0.0, 1.0]);
    assert!(outcome.sum("data_sent") > 400.0 && outcome.sum("data_received") > 400.0);
}

#[test]
fn only_the_first_request_to_a_server_connects() {
    let outcome = case("tagged");
    let connecting: Vec<_> =
        outcome.samples("http_req_connecting").iter().map(|point| point.value > 0.0).collect();
    assert_eq!(connecting, [true, false, false, false]);
}

#[test]
fn a_script_says_which_statuses_it_expects() {
    let outcome = case("expected");
    // The last two are the digest: being asked is expected, and so is the answer.
    let expected = ["true", "true", "", "false", "", "true", "true"];
    assert_eq!(outcome.tags("http_reqs", "expected_response"), expected);
    let statuses = ["404", "500", "404", "200", "201", "401", "200"];
    assert_eq!(outcome.tags("http_reqs", "status"), statuses);
    let failed: Vec<_> = outcome.samples("http_req_failed").iter().map(|p| p.value).collect();
    assert_eq!(failed, [0.0, 0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn the_summary_has_a_section_for_http() {
    let outcome = case("tagged");
    let section = outcome.stdout.split("HTTP\n").nth(1).unwrap_or_default();
    let section = section.split("\n\n").next().unwrap_or_default();
    let names: Vec<_> =
        section.lines().map(|line| line.split("...").next().unwrap_or_default().trim()).collect();
    let expected =
        ["http_req_duration", "{ expected_response:true }", "http_req_failed", "http_reqs"];
    assert_eq!(names, expected, "{}", outcome.stdout);
}

#[test]
fn thresholds_can_be_on_requests() {
    let run = |expression: &str| {
        let source = format!(
            "import http from 'k6/http';
            export const options = {{ thresholds: {{ 'http_reqs{{status:200}}': ['{expression}'] }} }};
            export default () => http.get(`${{__ENV.WS.replace('ws:', 'http:')}}/http/echo`);"
        );
        Run::script(&source).served().go().code
    };
    assert_eq!(run("count==1"), 0);
    assert_eq!(run("count>1"), 99);
}

#[test]
fn a_request_that_is_cut_short_is_measured() {
    let source = "import http from 'k6/http';
        export const options = { scenarios: { one: {
          executor: 'per-vu-iterations', maxDuration: '1s', gracefulStop: '0s' } } };
        export default () => http.get(`${__ENV.WS.replace('ws:', 'http:')}/http/echo?delay=60000`);";
    let outcome = Run::script(source).served().go().exits(0);
    assert_eq!(outcome.tags("http_reqs", "error"), ["given up"]);
    assert_eq!(outcome.tags("http_reqs", "status"), ["0"]);
}
