//! `docs/differences.md`: each of its lines names a test that exists, and here are those that have no better place.

use std::fs;
use std::path::Path;

use crate::common::Run;

const PAGE: &str = "../../docs/differences.md";

/// All Rust sources of a folder, one behind the other.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let texts = entries.map(|entry| {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            sources(&path)
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            fs::read_to_string(&path).expect("it is text")
        } else {
            String::new()
        }
    });
    texts.collect()
}

#[test]
fn each_line_names_its_tests() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(here.join(PAGE)).expect("the page is there");
    let tests = sources(&here.join("../../tests")) + &sources(&here.join(".."));
    let is_row = |line: &&str| {
        line.starts_with("| ") && !line.starts_with("| k6 |") && !line.starts_with("| --- |")
    };
    let mut rows = 0;
    for row in page.lines().filter(is_row) {
        rows += 1;
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, _, _, names] = cells[..] else { panic!("not four columns: {row}") };
        for name in names.split(", ") {
            let name = name.trim_matches('`');
            assert!(tests.contains(&format!("fn {name}()")), "there is no test {name}: {row}");
        }
    }
    assert!(rows > 40, "{rows} lines");
}

#[test]
fn dates_are_in_utc_wherever_the_machine_is() {
    let source = "export default () => {
        const date = new Date(2026, 0, 2, 3, 4);
        console.log(date.getTimezoneOffset(), date.toISOString());
    };";
    let run = Run::script(source).variable("TZ", "America/New_York");
    assert_eq!(run.go().exits(0).console(), ["0 2026-01-02T03:04:00.000Z"]);
}

#[test]
fn a_module_can_be_imported_later_if_it_was_found_before() {
    let main = "export default async () => {
        const { text } = await import('./later.js');
        const missing = './mis' + 'sing.js';
        console.log(text, await import(missing).then(() => 'found', (error) => error.name));
    };";
    let files = [("main.js", main), ("later.js", "export const text = 'later';")];
    let console = Run::files(&files).go().exits(0).console();
    assert_eq!(console.len(), 1, "{console:?}");
    assert!(console[0].starts_with("later ") && !console[0].ends_with("found"), "{console:?}");
}

#[test]
fn a_user_that_was_interrupted_starts_from_its_top_level() {
    let source = "import { sleep } from 'k6';
        let count = 0;
        const once = { executor: 'per-vu-iterations' };
        export const options = { scenarios: {
            hangs: { ...once, exec: 'hang', maxDuration: '1s', gracefulStop: '0s' },
            tells: { ...once, exec: 'tell', startTime: '3s' },
        } };
        export function hang() { count += 1; console.log(__VU, count); sleep(60); }
        export function tell() { console.log(__VU, count); }";
    assert_eq!(Run::script(source).go().exits(0).console(), ["1 1", "1 0"]);
}
