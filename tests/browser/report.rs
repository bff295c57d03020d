//! The report.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::chromium::{Browser, COLOURED, NUMBERS, compare};
use crate::common::{Outcome, Run};

/// One run, whose report all tests look at.
fn outcome() -> &'static Outcome {
    static OUTCOME: OnceLock<Outcome> = OnceLock::new();
    OUTCOME.get_or_init(|| {
        let files = ["--report", "report.html", "--summary-export", "summary.json"];
        Run::file("report.js").served().args(files).args(["-e", "DURATION=4s"]).go().exits(0)
    })
}

fn open(browser: &mut Browser) {
    browser.open(&format!("file://{}", outcome().path("report.html").display()));
}

#[test]
fn charts_are_drawn() {
    let mut browser = Browser::start();
    open(&mut browser);
    let found = browser.eval(COLOURED);
    let expected = [
        "load",
        "sessions",
        "connecting",
        "messages",
        "rtt",
        "data",
        "iterations",
        "iteration-duration",
        "checks",
        "errors",
        "session-duration",
        "metric-accepted",
        "metric-level",
        "metric-orders",
        "metric-pause",
    ];
    for chart in expected {
        let count = found[chart].as_u64().unwrap_or_else(|| panic!("{chart} is not in {found}"));
        assert!(count > 50, "{chart} has {count} dots of a line");
    }
    assert_eq!(found.get("ping"), None, "nothing was pinged");
    let zone = browser.eval("return document.getElementById('zone').textContent");
    assert!(zone.as_str().is_some_and(|zone| zone.starts_with("Times are in ")), "{zone}");
}

#[test]
fn numbers_are_those_of_the_summary() {
    let mut browser = Browser::start();
    open(&mut browser);
    let export: Value = serde_json::from_str(&outcome().file("summary.json")).unwrap();
    compare(&browser.eval(NUMBERS), &export);
}

#[test]
fn a_report_asks_for_nothing_and_complains_of_nothing() {
    let mut browser = Browser::start();
    open(&mut browser);
    browser.eval(COLOURED);
    let requests = browser.requests();
    let outside: Vec<_> = requests
        .iter()
        .filter(|url| !url.starts_with("file://") && !url.starts_with("data:"))
        .collect();
    assert_eq!(outside, [""; 0]);
    assert_eq!(requests.iter().filter(|url| url.starts_with("file://")).count(), 1, "{requests:?}");
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn names_that_look_like_markup_are_text() {
    let mut browser = Browser::start();
    open(&mut browser);
    assert_eq!(browser.eval("return window.stolen ?? 'nothing'"), "nothing");
    assert_eq!(browser.eval("return document.images.length"), 0);
    let names = browser.eval(
        "return [...document.querySelectorAll('#checks tbody th')].map((cell) => cell.textContent)",
    );
    let expected = [
        "is asked outside of groups",
        "<b>group</b> \"&'",
        "</script><script>window.stolen = 1</script>",
        "\"><img src=x onerror=\"window.stolen = 2\">",
    ];
    assert_eq!(names, json!(expected));
    let labels = browser.eval(
        "return [...document.querySelectorAll('#chart-checks .u-series th')].map((cell) => cell.textContent)",
    );
    assert!(labels.as_array().expect("labels").contains(&expected[2].into()), "{labels}");
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn the_search_leaves_the_metrics_that_were_meant() {
    let mut browser = Browser::start();
    open(&mut browser);
    let found = browser.eval(
        "const input = document.getElementById('search');
         input.value = 'WS_msgs';
         input.dispatchEvent(new Event('input'));
         return [...document.querySelectorAll('#rows tr')]
             .filter((row) => row.offsetParent).map((row) => row.dataset.name);",
    );
    assert_eq!(found, json!(["ws_msgs_received", "ws_msgs_sent"]));
}

/// What the legend of a chart shows: the time, and the value of each line.
fn legend(browser: &mut Browser, chart: &str) -> Value {
    let cells = format!("document.querySelectorAll('#chart-{chart} .u-value')");
    browser.eval(&format!("return [...{cells}].map((cell) => cell.textContent)"))
}

#[test]
fn the_arrow_keys_read_values_in_all_charts_at_once() {
    let mut browser = Browser::start();
    open(&mut browser);
    browser.eval("document.querySelector('#chart-messages .plot').focus()");
    browser.press("ArrowRight");
    browser.press("ArrowRight");
    browser.wait("return document.querySelector('#chart-rtt .u-value').textContent !== ''");
    let (messages, times) = (legend(&mut browser, "messages"), legend(&mut browser, "rtt"));
    assert_eq!(messages[0], times[0], "the cursors stand at the same time");
    assert!(messages[0].as_str().is_some_and(|time| time.ends_with("+0:01")), "{messages}");
    assert!(times[1].as_str().is_some_and(|time| time.ends_with('s')), "{times}");
    let read =
        browser.eval("return document.querySelector('body > .unseen[role=status]').textContent");
    assert!(read.as_str().is_some_and(|text| text.contains(": sent ")), "{read}");
}

#[test]
fn dark_and_light_have_their_own_colours() {
    let mut browser = Browser::start();
    open(&mut browser);
    let ground = "return getComputedStyle(document.body).backgroundColor";
    browser.emulate("prefers-color-scheme", "light");
    assert_eq!(browser.eval(ground), "rgb(252, 252, 251)");
    browser.eval(
        "window.drawing = () => document.querySelector('#chart-load canvas').toDataURL();
         window.light = drawing();",
    );
    browser.emulate("prefers-color-scheme", "dark");
    assert_eq!(browser.eval(ground), "rgb(18, 20, 22)");
    browser.wait("return drawing() !== light");
}

#[test]
fn without_scripts_the_tables_are_there() {
    let mut browser = Browser::without_scripts();
    open(&mut browser);
    let text = browser.eval("return document.body.innerText");
    let text = text.as_str().expect("it is text");
    for part in [
        "Passed",
        "Thresholds",
        "ws_connecting",
        "connection refused",
        "The charts need JavaScript",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(browser.eval("return document.querySelectorAll('canvas').length"), 0);
}
