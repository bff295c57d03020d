//! What a script has others read: it cannot command their terminal, nor forge a line of the program's.

use std::process::Output;

use crate::common::{Run, wasock};

/// Clears the screen, sets the title of the window, changes colours by a C1 control, forges a line, and turns the
/// direction of writing around.
const EVIL: &str = r"\x1b[2J\x1b]0;pwn\x07\u009b31m\r\nFAKE LINE\u202e";

/// The same as it is shown on one line.
const SHOWN: &str = r"\u{1b}[2J\u{1b}]0;pwn\u{7}\u{9b}31m\r\nFAKE LINE\u{202e}";

/// Nothing that a terminal obeys, and no line that the script has begun.
#[track_caller]
fn assert_harmless(text: &str) {
    let acts = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
    assert!(!text.contains(acts), "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("FAKE")), "{text}");
}

fn evil(source: &str) -> Run {
    Run::script(&source.replace("EVIL", EVIL))
}

#[test]
fn the_summary_writes_names_out() {
    let outcome = evil(
        "import { check, group } from 'k6';
        export const options = {
          iterations: 2, duration: '1m',
          thresholds: { 'checks{check:EVIL}': ['rate>0'], checks: ['rate>=0 '] },
        };
        export default function () {
          check(1, { 'EVIL': (x) => x === 2 });
          group('gEVIL', () => check(1, { 'inEVIL': () => true }));
        }",
    )
    .args(["--summary-mode", "full", "--no-color"])
    .go();
    assert_harmless(&outcome.stdout);
    for line in [format!("✗ {SHOWN}"), format!("{{check:{SHOWN}}}"), format!("GROUP: g{SHOWN}")] {
        assert!(outcome.stdout.contains(&line), "{line}: {}", outcome.stdout);
    }
}

#[test]
fn errors_write_out_what_they_name() {
    for source in [
        "export const options = {}; throw new Error('EVIL'); export default () => {};",
        "throw 'EVIL'; export default () => {};",
        "export const options = { vus: 'EVIL', hosts: { 'EVIL': 'EVIL' },
           thresholds: { 'xEVIL': ['EVIL'] }, scenarios: { 'EVIL': { executor: 'EVIL' } } };
         export default () => {};",
        "export const options = { scenarios: { a: { executor: 'shared-iterations', guest: './EVIL' } } };
         export default () => {};",
        "import { test } from 'k6/execution'; test.abort('EVIL'); export default () => {};",
    ] {
        let outcome = evil(source).go();
        assert_ne!(outcome.code, 0, "{source}");
        assert!(outcome.stderr.contains("error: "), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(r"\u{1b}[2J"), "{source}: {}", outcome.stderr);
        assert_harmless(&outcome.stderr);
    }
}

#[test]
fn sources_are_shown_as_they_can_be_read() {
    for source in
        ["import './\u{1b}[2J.js';", "let \u{1b}[2J\u{202e} = 1;", "/* \u{1b}c */ import 'k6/no';"]
    {
        let outcome = Run::script(&format!("{source} export default () => {{}};")).go();
        assert_ne!(outcome.code, 0, "{source}");
        assert!(outcome.stderr.contains(r"\u{1b}"), "{source}: {}", outcome.stderr);
        assert_harmless(&outcome.stderr);
    }
}

#[test]
fn what_is_inspected_is_shown_as_json_can_have_it() {
    let source =
        format!("export const options = {{ tags: {{ a: '{EVIL}' }} }}; export default () => {{}};");
    let run = Run::script(&source);
    let inspected = |flags: &[&str]| -> Output {
        wasock().arg("inspect").args(flags).arg(run.script_path()).output().expect("it starts")
    };
    let options = String::from_utf8(inspected(&[]).stdout).expect("it is UTF-8");
    assert!(options.contains(r"\u009b31m") && options.contains(r"\u202e"), "{options}");
    assert_harmless(&options);
    for flags in [&["--grants"][..], &["--grants=json"]] {
        assert_harmless(&String::from_utf8_lossy(&inspected(flags).stdout));
    }
}

#[test]
fn logs_of_every_format_but_raw_write_it_out() {
    let source = "export default () => {
          console.error('EVIL');
          throw Object.assign(new Error('EVIL'), { name: 'EVIL', stack: 'EVIL' });
        };
        export const handleSummary = () => ({ 'EVIL/no/such': 'x' });";
    for format in ["text", "json"] {
        let outcome = evil(source).args(["--log-format", format]).go();
        assert!(outcome.stderr.contains("FAKE LINE"), "{}", outcome.stderr);
        assert_harmless(&outcome.stderr);
    }
    let outcome = evil(source).args(["--log-format", "raw"]).go();
    assert!(outcome.stderr.contains("\u{1b}[2J"), "{}", outcome.stderr);
}
