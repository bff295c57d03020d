//! The stages of a test: what runs when, how often, with which data.

use crate::common::{Outcome, Run};

fn lifecycle() -> Outcome {
    Run::file("lifecycle.js").go().exits(0)
}

fn lines_with<'a>(console: &'a [String], start: &str) -> Vec<&'a str> {
    console.iter().map(String::as_str).filter(|line| line.starts_with(start)).collect()
}

#[test]
fn the_top_level_runs_once_for_each_user_and_for_each_stage() {
    let console = lifecycle().console();
    let mut tops = lines_with(&console, "top level");
    tops.sort_unstable();
    // User 0 finds out the options, and runs setup and teardown.
    assert_eq!(
        tops,
        [
            "top level of user 0",
            "top level of user 0",
            "top level of user 0",
            "top level of user 1",
            "top level of user 2",
            "top level of user 3",
        ]
    );
}

#[test]
fn data_of_setup_reaches_every_iteration_as_a_copy_of_its_own() {
    let console = lifecycle().console();
    let data =
        r#"{"user":0,"when":"1970-01-01T00:00:00.000Z","notANumber":null,"list":[1,{"two":"zwei"}"#;
    let iterations = lines_with(&console, "user ");
    assert_eq!(iterations.len(), 4);
    for line in iterations {
        assert!(line.contains(&format!("data {data},\"mine\"]}} this undefined")), "{line}");
    }
    let teardown = format!("teardown of user 0 with {data}]}}, counted 0");
    assert_eq!(lines_with(&console, "teardown"), [teardown]);
}

#[test]
fn modules_keep_their_state_within_a_user_and_share_none_between_users() {
    let console = lifecycle().console();
    for user in [1, 2] {
        let lines = lines_with(&console, &format!("user {user} "));
        let starts = [0, 1].map(|n| format!("user {user} iteration {n} counts {n} "));
        assert_eq!(lines.len(), 2, "{console:?}");
        for (line, start) in lines.iter().zip(starts) {
            assert!(line.starts_with(&start), "{line}");
        }
    }
}

#[test]
fn a_scenario_runs_the_function_that_it_names() {
    let console = lifecycle().console();
    let other = lines_with(&console, "other");
    // Which user is free then is not said; the iterations of a user count on across scenarios.
    assert_eq!(other.len(), 1);
    assert!(other[0].ends_with(" list 2"), "{other:?}");
    let words: Vec<_> = other[0].split(' ').collect();
    assert_eq!(words[2], words[3], "__VU and idInTest: {other:?}");
    assert_eq!(words[6], "0", "the first iteration in its scenario: {other:?}");
}

#[test]
fn setup_that_returns_nothing_passes_undefined() {
    let outcome = Run::script(
        "export function setup() {}
         export default (data) => console.log(typeof data);
         export function teardown(data) { console.log(typeof data); }",
    );
    assert_eq!(outcome.go().exits(0).console(), ["undefined", "undefined"]);
}

#[test]
fn iterations_wait_for_timers_and_promises() {
    let source = "
        export default function () {
          setTimeout(() => console.log('timer'), 20);
          Promise.resolve().then(() => console.log('promise'));
          new Promise(() => {}).then(() => console.log('never'));
          console.log('returned');
        }";
    let outcome = Run::script(source).go().exits(0);
    assert_eq!(outcome.console(), ["returned", "promise", "timer"]);
    let duration = outcome.samples("iteration_duration")[0].value;
    assert!(duration >= 20.0, "{duration}");
}

#[test]
fn the_top_level_may_await() {
    let source = "
        const value = await new Promise((resolve) => setTimeout(() => resolve('waited'), 5));
        export const options = { iterations: 2 };
        export default () => console.log(value);";
    assert_eq!(Run::script(source).go().exits(0).console(), ["waited", "waited"]);
}

#[test]
fn teardown_runs_after_iterations_that_failed() {
    let source = "
        export default function () { throw new Error('no'); }
        export const teardown = () => console.log('teardown');";
    let outcome = Run::script(source).go().exits(0);
    assert_eq!(outcome.console(), ["teardown"]);
    assert_eq!(outcome.sum("iterations"), 1.0);
}

#[test]
fn a_script_may_be_a_commonjs_module() {
    let main = "
        const { check } = require('k6');
        const { greet } = require('./greeting.js');
        module.exports.options = { iterations: 2 };
        module.exports.default = function () {
          check(greet(), { greeted: (text) => text === 'hello' });
          console.log(greet(), typeof module, typeof exports);
        };";
    let greeting = "exports.greet = () => 'hello';";
    let outcome = Run::files(&[("main.js", main), ("greeting.js", greeting)]).go().exits(0);
    assert_eq!(outcome.console(), ["hello object object"; 2]);
    assert_eq!(outcome.sum("checks"), 2.0);
}

#[test]
fn scripts_import_typescript_and_json() {
    let main = "
        import rooms, { type Room } from './rooms.ts';
        import users from './users.json' with { type: 'json' };
        enum Mood { Calm = 1, Loud }
        export default function (): void {
          const room: Room = rooms[0]!;
          console.log(room.name, users.names.length, Mood.Loud, Mood[1], <string>'cast');
        }";
    let rooms = "export interface Room { name: string }
        const rooms: Room[] = [{ name: 'swamp' }];
        export default rooms satisfies Room[];";
    let users = r#"{"names": ["a", "b"]}"#;
    let files = [("main.ts", main), ("rooms.ts", rooms), ("users.json", users)];
    assert_eq!(Run::files(&files).go().exits(0).console(), ["swamp 2 2 Calm cast"]);
}

#[test]
fn two_imports_of_a_module_are_one_module() {
    let main = "
        import { count } from './counter.js';
        import { bump } from './bumper.js';
        export const options = { iterations: 2 };
        export default function () { bump(); console.log(count); }";
    let counter = "export let count = 0; export const increase = () => { count += 1; };";
    let bumper = "import { increase } from './counter.js'; export const bump = increase;";
    let files = [("main.js", main), ("counter.js", counter), ("bumper.js", bumper)];
    assert_eq!(Run::files(&files).go().exits(0).console(), ["1", "2"]);
}
