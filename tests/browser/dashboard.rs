//! The dashboard.

use serde_json::Value;

use crate::chromium::{Browser, COLOURED, NUMBERS, compare};
use crate::common::{Process, Run};

/// A run with a dashboard, and its address.
fn start(duration: &str) -> (Process, String) {
    let duration = format!("DURATION={duration}");
    let arguments = ["--dashboard=:0", "-e", &duration, "--summary-export", "summary.json"];
    let mut process = Run::file("report.js").served().args(arguments).start();
    let url = format!("http://{}", process.shows("dashboard: http://"));
    (process, url)
}

/// How many messages were sent, by the page.
const SENT: &str = "
    const cell = document.querySelector('tr[data-name=ws_msgs_sent] [data-statistic=count]');
    return cell ? Number(cell.dataset.value) : 0";

#[test]
fn a_run_is_followed_to_its_end() {
    let mut browser = Browser::start();
    let (process, url) = start("6s");
    browser.open(&url);
    browser.wait("return document.getElementById('connection').textContent === 'Live'");
    browser.wait("return document.querySelectorAll('.chart').length >= 8");
    let before = browser.eval(SENT).as_f64().unwrap();
    assert!(before > 0.0);
    browser.eval(&format!("window.sent = () => {{ {SENT} }}"));
    browser.wait(&format!("return window.sent() > {before}"));
    browser.wait("return document.title.startsWith('Running · ')");
    browser.wait("return document.getElementById('connection').dataset.state === 'ended'");
    let outcome = process.ends().exits(0);
    let export: Value = serde_json::from_str(&outcome.file("summary.json")).unwrap();
    compare(&browser.eval(NUMBERS), &export);
    let status = browser.eval("return document.querySelector('.verdict').textContent");
    assert!(status.as_str().is_some_and(|text| text.contains("Passed")), "{status}");
    let found = browser.eval(COLOURED);
    for chart in ["load", "messages", "rtt", "checks", "errors", "metric-pause"] {
        assert!(found[chart].as_u64().is_some_and(|count| count > 50), "{chart} in {found}");
    }
    let foreign: Vec<_> = browser.requests().into_iter().filter(|one| !is_own(one, &url)).collect();
    assert_eq!(foreign, [""; 0]);
    assert_eq!(browser.console(), [""; 0]);
}

fn is_own(request: &str, url: &str) -> bool {
    request.starts_with(url) || request.starts_with("data:")
}

#[test]
fn names_that_look_like_markup_are_text_while_it_runs() {
    let mut browser = Browser::start();
    let (process, url) = start("3s");
    browser.open(&url);
    browser.wait("return document.querySelectorAll('#checks tbody th').length === 4");
    assert_eq!(browser.eval("return window.stolen ?? 'nothing'"), "nothing");
    assert_eq!(browser.eval("return document.images.length"), 0);
    let name = browser.eval("return document.querySelectorAll('#checks tbody th')[2].textContent");
    assert_eq!(name, "</script><script>window.stolen = 1</script>");
    process.ends().exits(0);
}

#[test]
fn a_run_that_is_gone_is_told() {
    let mut browser = Browser::start();
    let (process, url) = start("60s");
    browser.open(&url);
    browser.wait("return document.getElementById('connection').textContent === 'Live'");
    drop(process);
    browser.wait("return document.getElementById('connection').dataset.state === 'lost'");
}
