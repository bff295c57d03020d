//! The table of `docs/faults.md` is what happens.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::books::books;
use crate::common::{Outcome, Run, server};

/// The title of the table's first column.
const TITLE: &str = "| endpoint |";

/// What stands where there is nothing to be seen soon.
const UNTESTED: &str = "—";

/// A row: the endpoint, what each API shows, and how the session is counted.
struct Row {
    path: String,
    web_socket: String,
    k6_ws: String,
    counted: String,
}

fn rows() -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md");
    let page = fs::read_to_string(path).expect("the page is there");
    let lines = page.lines().skip_while(|line| !line.starts_with(TITLE)).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(unquoted).collect();
        let [path, web_socket, k6_ws, counted] = cells.try_into().expect("there are four columns");
        Row { path, web_socket, k6_ws, counted }
    });
    rows.collect()
}

/// The text of a cell, without backquotes.
fn unquoted(cell: &str) -> String {
    cell.trim().replace('`', "")
}

/// Connects to these paths by one API, and checks the books.
fn run(api: &str, paths: &[&str], base: &str, compression: &str) -> Outcome {
    let paths = serde_json::to_string(paths).expect("it is text");
    let (api, paths) = (format!("API={api}"), format!("PATHS={paths}"));
    let (base, compression) = (format!("URL_BASE={base}"), format!("COMPRESSION={compression}"));
    let arguments = ["-e", &api, "-e", &paths, "-e", &base, "-e", &compression];
    let run = Run::file("faults/table.js").args(arguments).args(["--insecure-skip-tls-verify"]);
    let outcome = run.go().exits(0);
    assert_eq!(outcome.sum("iterations"), 1.0, "{}", outcome.stderr);
    books(&outcome);
    outcome
}

/// What was seen of each path.
fn seen(outcome: &Outcome) -> Vec<(String, String)> {
    let lines = outcome.console();
    let lines = lines.iter().map(|line| serde_json::from_str::<Value>(line).expect("it is JSON"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let joined = |seen: &Value| {
        seen.as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(", ")
    };
    lines.map(|line| (text(&line["path"]), joined(&line["seen"]))).collect()
}

/// How the session of each path is counted.
fn counted(outcome: &Outcome, path: &str) -> String {
    let of = |metric: &str| {
        let points = outcome.samples(metric).into_iter();
        let mut points = points.filter(|point| point.tags["url"].ends_with(path));
        points.next().map(|point| {
            let tag = |name: &str| point.tags.get(name).cloned().unwrap_or_default();
            format!("{metric} {} {}", tag("error_code"), tag("error"))
        })
    };
    let broken = of("ws_connect_errors").or_else(|| of("ws_session_errors"));
    broken.unwrap_or_else(|| "closed".to_owned())
}

fn matches(rows: &[Row], api: &str, base: &str, compression: &str) {
    let shown = |row: &Row| if api == "k6/ws" { row.k6_ws.clone() } else { row.web_socket.clone() };
    let rows: Vec<_> = rows.iter().filter(|row| shown(row) != UNTESTED).collect();
    let paths: Vec<_> = rows.iter().map(|row| row.path.as_str()).collect();
    let outcome = run(api, &paths, base, compression);
    let seen = seen(&outcome);
    assert_eq!(seen.len(), rows.len(), "{}", outcome.stderr);
    let found: Vec<_> = seen
        .iter()
        .map(|(path, seen)| format!("{path}: {seen}; {}", counted(&outcome, path)))
        .collect();
    let expected: Vec<_> = rows
        .iter()
        .map(|row| {
            // What `close` of `k6/ws` does not wait for cannot break.
            let left = api == "k6/ws" && shown(row).contains("open, close 1001, status");
            let counted = if left { "closed" } else { &row.counted };
            format!("{}: {}; {counted}", row.path, shown(row))
        })
        .collect();
    assert_eq!(found, expected, "{api} {base} {compression}");
}

#[test]
fn scripts_see_what_the_table_says() {
    let rows = rows();
    assert!(rows.len() > 20, "{} rows", rows.len());
    let server = server();
    let plain = format!("ws://{}", server.address().expect("it has a plain port"));
    for api in ["WebSocket", "k6/ws"] {
        matches(&rows, api, &plain, "0");
    }
}

#[test]
fn scripts_see_the_same_over_tls() {
    let server = server();
    let secure = format!("wss://{}", server.tls_address().expect("it has a TLS port"));
    for api in ["WebSocket", "k6/ws"] {
        matches(&rows(), api, &secure, "0");
    }
}
