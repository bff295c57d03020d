//! `k6/data`.

use crate::common::Run;

fn case(function: &str) -> Run {
    Run::case("modules/data", function)
}

#[test]
fn elements_are_read_by_index_and_made_once_per_name() {
    assert_eq!(
        case("reads").console(),
        [
            "6 [{\"id\":1,\"tags\":[\"a\",{\"deep\":true}]},\"two\",3,null,null,[4,5]] true \
             undefined undefined undefined undefined",
            "[{\"id\":1,\"tags\":[\"a\",{\"deep\":true}]},\"two\",3,null,null,[4,5]] [1,2,3] \
             [1,3,5,7,9] 0 worked",
        ]
    );
}

#[test]
fn a_shared_array_can_be_used_as_an_array() {
    assert_eq!(
        case("isArrayLike").console(),
        [
            "true true 0,1,2,3,4,5,6,7,8,9 true false true",
            "135 10 0,2,4,6,8,10,12,14,16,18 7 7 false",
            "8,9 9 11 45 true 3,3",
            "0 1 8 [{\"id\":1,\"tags\":[\"a\",{\"deep\":true}]},\"two\",3,null,null,[4,5]] 9",
            "[ 1, 2, 3 ]",
        ]
    );
}

#[test]
fn a_shared_array_and_its_elements_cannot_be_changed() {
    let lines = case("isReadOnly").console();
    let (last, writes) = lines.split_last().expect("there are lines");
    assert_eq!(writes.len(), 10);
    for line in &writes[..8] {
        assert_eq!(line, "TypeError: immutable");
    }
    assert!(writes[8..].iter().all(|line| line.starts_with("TypeError: ")), "{writes:?}");
    assert_eq!(last, "false true true {\"id\":1,\"tags\":[\"a\",{\"deep\":true}]} 10");
}

#[test]
fn what_is_no_shared_array_is_refused() {
    let lines = case("refused").console();
    let name = "GoError: empty name provided to SharedArray's constructor";
    let function =
        "GoError: a function is expected as the second argument of SharedArray's constructor";
    let array = "GoError: only arrays can be made into SharedArray";
    assert_eq!(lines[..4], [name, name, function, function]);
    assert_eq!(
        lines[4],
        "GoError: SharedArray constructor does not support async functions as second argument"
    );
    assert_eq!(lines[5..7], [array, array]);
    assert!(lines[7].starts_with("TypeError: "), "{}", lines[7]);
    assert_eq!(lines[8], "GoError: the SharedArray \"itself\" is made of itself");
    assert!(lines[9].starts_with("TypeError: "), "{}", lines[9]);
    assert_eq!(lines[10], "RangeError: no luck");
    assert_eq!(lines[11], "GoError: new SharedArray must be called in the init context");
}

/// The function runs while options are found out, and for no virtual user after that.
#[test]
fn the_function_runs_once_in_the_whole_test() {
    let source = "
        import { SharedArray } from 'k6/data';
        const data = new SharedArray('data', () => {
            console.log('made');
            return [1, 2, 3];
        });
        export const options = { vus: 5, iterations: 5 };
        export function setup() { return data.length; }
        export default (length) => { if (length + data[2] !== 6) throw new Error('wrong data'); };
        export function teardown() { console.log('teardown', data.length); }
        export function handleSummary() { return { stdout: `${data[0]} in the summary` }; }";
    let outcome = Run::script(source).args(["-q"]).go().exits(0);
    assert_eq!(outcome.console(), ["made", "teardown 3"]);
    assert_eq!(outcome.logged("error"), [""; 0]);
    assert_eq!(outcome.stdout, "1 in the summary");
}

/// Virtual users start side by side, so here several want an array that nobody has made before.
#[test]
fn users_that_start_at_the_same_time_make_an_array_once() {
    let source = "
        import { SharedArray } from 'k6/data';
        const data = __VU === 0 ? null : new SharedArray('late', () => {
            console.log('made');
            return Array.from({ length: 20000 }, (_, i) => i);
        });
        export const options = { vus: 20, iterations: 20 };
        export default () => { if (data[19999] !== 19999) throw new Error('wrong data'); };";
    let outcome = Run::script(source).go().exits(0);
    assert_eq!(outcome.console(), ["made"]);
    assert_eq!(outcome.logged("error"), [""; 0]);
}

#[test]
fn an_exception_of_the_function_ends_the_test_like_any_other_at_the_top_level() {
    let source = "
        import { SharedArray } from 'k6/data';
        new SharedArray('data', () => { throw new Error('no data today'); });
        export default () => {};";
    let outcome = Run::script(source).go().exits(107);
    assert!(outcome.stderr.contains("\nerror: Error: no data today\n"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("script.js:3:"), "{}", outcome.stderr);
}

#[test]
fn a_user_who_hoards_shared_arrays_is_stopped() {
    let source = "
        import { SharedArray } from 'k6/data';
        const all = [];
        for (;;) all.push(new SharedArray('one', () => []));
        export default () => {};";
    let outcome = Run::script(source).go().exits(107);
    assert!(outcome.stderr.contains("4096 shared arrays"), "{}", outcome.stderr);
}

/// 200 users, and a megabyte of data that each of them reads; once as an array of its own for comparison.
#[cfg(target_os = "linux")]
#[test]
fn shared_data_takes_no_memory_of_a_user() {
    const USERS: u64 = 200;
    const DATA: u64 = 1 << 20;
    let memory = |kind: &str| {
        let source = format!(
            "
            import {{ SharedArray }} from 'k6/data';
            import {{ sleep }} from 'k6';
            const elements = (length) => Array.from({{ length }}, (_, i) => String(i).padEnd(1024, 'x'));
            const data = {{
                none: () => elements(1),
                own: () => elements(1024),
                shared: () => new SharedArray('data', () => elements(1024)),
            }}.{kind}();
            export const options = {{ vus: {USERS}, duration: '60s', gracefulStop: '0s' }};
            export default () => {{
                const size = data.reduce((sum, one) => sum + one.length, 0);
                console.log(__VU, 'has read', size);
                sleep(60);
            }};"
        );
        let mut process = Run::script(&source).start();
        for _ in 0..USERS {
            process.prints(" has read ");
        }
        let memory = process.private_memory();
        process.signal("INT");
        process.ends().exits(105);
        memory
    };
    let [none, shared, own] = ["none", "shared", "own"].map(memory);
    let growth = |memory: u64| memory.saturating_sub(none);
    assert!(growth(own) > USERS * DATA / 2, "{own} bytes with own data, {none} without");
    // The data itself, and what the user that made it has left behind.
    assert!(growth(shared) < USERS * DATA / 5, "{shared} bytes with shared data, {none} without");
}
