//! Differences to k6 whose tests have no better place; `documents` tests that each line of `docs/differences.md`
//! has some.

use crate::common::Run;

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
