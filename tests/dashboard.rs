//! The live page (`--dashboard`), as a program sees it. How it looks in a browser is tested by `browser.rs`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::common::{Process, Run};

/// A run whose dashboard is on a free port, and its address.
fn start(duration: &str) -> (Process, String) {
    let duration = format!("DURATION={duration}");
    let arguments = ["--dashboard=:0", "-e", &duration, "--summary-export", "summary.json"];
    let mut process = Run::file("report.js").served().args(arguments).start();
    let url = process.shows("dashboard: http://");
    (process, url)
}

/// Asks for a path, with a name for the host.
fn ask(address: &str, path: &str, host: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(address).expect("the dashboard listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        .expect("it is sent");
    BufReader::new(stream)
}

/// The whole of an answer.
fn answer(address: &str, path: &str, host: &str) -> String {
    let mut text = String::new();
    ask(address, path, host).read_to_string(&mut text).expect("the answer is text");
    text
}

/// All events of one page until the server has no more.
fn events(address: &str) -> Vec<Value> {
    let lines = ask(address, "/events", address).lines().map_while(Result::ok);
    let data = lines.filter_map(|line| line.strip_prefix("data: ").map(str::to_owned));
    data.map(|json| serde_json::from_str(&json).expect("events are JSON")).collect()
}

/// The sum of a counter over the intervals of one event.
fn sum(event: &Value, metric: &str) -> f64 {
    let series = event["timeline"]["series"].as_array().expect("there are series");
    let one = series.iter().find(|one| one["metric"] == metric && one.get("tag").is_none());
    let values = one.expect("the metric is there")["values"]["sum"].as_array().expect("it counts");
    values.iter().filter_map(Value::as_f64).sum()
}

#[test]
fn a_page_is_told_how_the_run_goes_and_how_it_ended() {
    let (process, address) = start("3s");
    let page = answer(&address, "/", &address);
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("content-security-policy: default-src 'none'; script-src 'sha256-"));
    assert!(page.contains("connect-src 'self'; frame-ancestors 'none'"), "{page}");
    let events = events(&address);
    let outcome = process.ends().exits(0);
    let (last, others) = events.split_last().expect("there are events");
    assert!(others.len() >= 2, "{} events", others.len());
    assert!(others.iter().all(|event| event["ended"] == false));
    assert_eq!((&last["ended"], &last["phase"]), (&true.into(), &"Ending".into()));
    let status = last["parts"]["status"].as_str().expect("the status has changed");
    assert!(status.contains("Passed"), "{status}");
    let export: Value = serde_json::from_str(&outcome.file("summary.json")).unwrap();
    let sent = &export["metrics"]["ws_msgs_sent"]["count"];
    let metrics = last["parts"]["metrics"].as_str().expect("the metrics have changed");
    assert!(metrics.contains(&format!("data-value=\"{sent}\">{sent}</dd>")), "{metrics}");
}

#[test]
fn every_page_gets_the_whole_run_whenever_it_comes() {
    let (mut process, address) = start("3s");
    let first = std::thread::spawn({
        let address = address.clone();
        move || events(&address)
    });
    process.samples_have("\"metric\":\"iterations\"");
    let second = events(&address);
    let first = first.join().expect("the first page gets its events");
    process.ends().exits(0);
    let whole = |events: &[Value]| {
        // Each event has the intervals from its first one on; later ones replace earlier ones.
        let mut sums: Vec<f64> = Vec::new();
        for event in events.iter().filter(|event| !event["timeline"].is_null()) {
            let begin = event["timeline"]["first"].as_u64().expect("it is a number") as usize;
            let series = event["timeline"]["series"].as_array().expect("there are series");
            let Some(sent) = series.iter().find(|one| one["metric"] == "ws_msgs_sent") else {
                continue;
            };
            let values = sent["values"]["sum"].as_array().expect("it counts");
            sums.resize(begin, 0.0);
            sums.extend(values.iter().filter_map(Value::as_f64));
        }
        sums
    };
    assert_eq!(whole(&first), whole(&second));
    assert!(sum(&second[0], "ws_msgs_sent") > 0.0, "what was before is told at once");
}

#[test]
fn a_page_that_does_not_read_holds_nothing_up() {
    let (process, address) = start("1s");
    let stalled: Vec<_> = (0..5).map(|_| ask(&address, "/events", &address)).collect();
    let _silent = TcpStream::connect(&address).expect("the dashboard listens");
    process.ends().exits(0);
    drop(stalled);
}

#[test]
fn other_sites_cannot_read_it() {
    let (mut process, address) = start("60s");
    let foreign = answer(&address, "/", "evil.example");
    assert!(foreign.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{foreign}");
    assert!(foreign.contains("this name is not the dashboard's"), "{foreign}");
    let own = answer(&address, "/", "localhost:1234").to_lowercase();
    assert!(own.starts_with("http/1.1 200 ok\r\n") && !own.contains("access-control-"), "{own}");
    assert!(own.contains("cross-origin-resource-policy: same-origin"));
    assert!(answer(&address, "/other", &address).starts_with("HTTP/1.1 404 "));
    process.signal("INT");
    process.ends().exits(105);
}

#[test]
fn an_address_that_is_taken_ends_the_run_before_it_begins() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it has an address").to_string();
    let run = Run::file("report.js").served().args([&*format!("--dashboard={address}")]);
    let outcome = run.go().exits(106);
    let expected =
        format!("error: the dashboard cannot listen on {address}: Address already in use");
    assert!(outcome.stderr.starts_with(&expected), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("hint: another program listens there"), "{}", outcome.stderr);
    assert_eq!(outcome.points.len(), 0);
}

#[test]
fn an_address_that_is_none_is_a_wrong_option() {
    let outcome = Run::file("report.js").served().args(["--dashboard=here:there"]).go().exits(104);
    let expected =
        "error: --dashboard is \"here:there\", expected an address such as 127.0.0.1:5665";
    assert!(outcome.stderr.starts_with(expected), "{}", outcome.stderr);
}

#[test]
fn the_variables_of_k6_turn_pages_on() {
    let run = Run::file("report.js")
        .served()
        .variable("K6_WEB_DASHBOARD", "true")
        .variable("K6_WEB_DASHBOARD_HOST", "localhost")
        .variable("K6_WEB_DASHBOARD_PORT", "0")
        .variable("K6_WEB_DASHBOARD_EXPORT", "from-variable.html");
    let mut process = run.start();
    let address = process.shows("dashboard: http://");
    assert!(address.starts_with("localhost:"), "{address}");
    assert!(process.ends().exits(0).file("from-variable.html").contains("Passed</p>"));
}

#[test]
fn the_output_of_k6_is_the_dashboard_and_the_report() {
    let argument = "web-dashboard=host=localhost&port=0&export=page.html&period=5s";
    let mut process = Run::file("report.js").served().args(["--out", argument]).start();
    let address = process.shows("dashboard: http://");
    assert!(address.starts_with("localhost:"), "{address}");
    let outcome = process.ends().exits(0);
    assert!(outcome.file("page.html").contains("Passed</p>"));
    assert!(outcome.sum("iterations") > 0.0, "other outputs are there too");
    assert_eq!(
        outcome.logged("warning"),
        [
            "the setting period of web-dashboard (K6_WEB_DASHBOARD_PERIOD) has no effect: the charts have a point for \
          each second at first, and pages receive each point immediately"
        ]
    );
    let wrong = Run::file("report.js").served().args(["--out", "web-dashboard=colour=red"]);
    let outcome = wrong.go().exits(104);
    let expected = "error: the output web-dashboard has no setting \"colour\"";
    assert!(outcome.stderr.starts_with(expected), "{}", outcome.stderr);
}

#[test]
fn the_configuration_file_can_turn_the_dashboard_on() {
    let run = Run::file("report.js").served().beside("k6.json", r#"{"webDashboard": true}"#);
    let mut process =
        run.args(["--config", "k6.json"]).variable("K6_WEB_DASHBOARD_PORT", "0").start();
    process.shows("dashboard: http://");
    process.ends().exits(0);
}

#[test]
fn without_a_port_there_is_the_report_alone() {
    let run = Run::file("report.js")
        .served()
        .variable("K6_WEB_DASHBOARD", "true")
        .variable("K6_WEB_DASHBOARD_PORT", "-1")
        .variable("K6_WEB_DASHBOARD_EXPORT", "from-variable.html");
    let outcome = run.args(["--report", "from-flag.html"]).go().exits(0);
    assert!(!outcome.stdout.contains("dashboard: "), "{}", outcome.stdout);
    assert!(outcome.file("from-flag.html").contains("Passed</p>"));
    assert!(!outcome.path("from-variable.html").exists(), "the flag counts more");
}

/// A program `xdg-open` that writes down what it is to open.
#[cfg(target_os = "linux")]
#[test]
fn the_dashboard_opens_in_the_browser_on_request() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use crate::common::until;

    let run = Run::file("report.js")
        .served()
        .beside("xdg-open", "#!/bin/sh\nprintf %s \"$1\" > opening\nmv opening opened\n");
    let opener = run.folder().join("xdg-open");
    std::fs::set_permissions(&opener, Permissions::from_mode(0o755)).expect("it is ours");
    let path = format!("{}:/usr/bin:/bin", run.folder().display());
    let opened = run.folder().join("opened");
    let run = run.variable("PATH", &path).args(["--out", "web-dashboard=port=0&open=true"]);
    let mut process = run.start();
    let url = format!("http://{}", process.shows("dashboard: http://"));
    until("the page is opened", || opened.exists());
    assert_eq!(std::fs::read_to_string(&opened).unwrap(), url);
    process.signal("INT");
    process.ends().exits(105);

    let run = Run::file("report.js").served().variable("PATH", "/nowhere");
    let outcome = run.args(["--out", "web-dashboard=port=0&open=true"]).go().exits(0);
    let warnings = outcome.logged("warning");
    assert!(warnings[0].starts_with("no browser was opened at http://"), "{warnings:?}");
    assert!(warnings[0].ends_with(": xdg-open: No such file or directory (os error 2)"));
}
