//! Guests in WebAssembly that break the rules of the calls between guest and host.

use super::harness::{Guest, interrupted, replaced};

/// Each of its two iterations ends with this text, and a new virtual user.
#[track_caller]
fn trap(guest: &str, text: &str) {
    replaced(&format!("boundary/{guest}"), 2, text);
}

#[test]
fn handles_that_are_none_stop_their_user() {
    trap("forged-handle", "unknown handle index 7");
    trap("forged-handle-minus-one", "unknown handle index 4294967295");
    trap("dropped-handle", "unknown handle index 1");
    trap("double-drop", "unknown handle index 1");
    let other = |index| {
        format!(
            "handle index {index} used with the wrong type, expected guest-defined resource but found a different \
             guest-defined resource"
        )
    };
    trap("handle-of-other-type", &other(1));
    trap("reused-handle", &other(2));
}

#[test]
fn texts_and_lists_that_are_none_stop_their_user() {
    let text = "string pointer/length out of bounds of memory";
    let list = "list pointer/length out of bounds of memory";
    trap("text-that-is-not-utf8", "invalid utf-8 sequence of 1 bytes from index 0");
    trap("text-out-of-memory", text);
    trap("text-that-wraps-around", text);
    trap("longest-list", list);
    trap("list-that-wraps-around", list);
    trap("list-that-is-not-aligned", "list pointer is not aligned");
    let fuel = "too much data is being copied between the host and the guest: fuel allocated for hostcalls has been \
                exhausted";
    trap("list-of-one-text", fuel);
    trap("longer-line", fuel);
}

#[test]
fn values_that_a_type_does_not_have_stop_their_user() {
    trap("discriminant-out-of-range", "unexpected discriminant: 9");
    trap("option-out-of-range", "invalid option discriminant");
    trap("undeclared-metric", "the guest adds to metric 99999, which was never declared");
    trap("random-bytes", "the guest asks for 4294967295 random bytes; 65536 is the most");
    trap("waits-for-nothing", "the guest waits for no request at all");
}

#[test]
fn numbers_that_are_none_are_left_out_and_sums_stay_finite() {
    let harm = Guest::new("boundary/numbers-that-are-none").patient().attacks();
    assert_eq!((harm.errors().len(), harm.finished()), (0, 2));
    let left_out =
        |value| format!("{value} is an invalid value for metric 'hello' and is left out");
    let warnings = ["NaN", "NaN", "Infinity", "-Infinity"].map(left_out);
    assert_eq!(harm.logged("warning"), [&warnings[..], &warnings[..]].concat());
    assert_eq!(harm.of("bad", "hello").len(), 12);
    assert!(!harm.stdout.contains("inf") && !harm.stdout.contains("NaN"), "{}", harm.stdout);
}

#[test]
fn memory_that_is_none_for_what_the_host_returns_stops_its_user() {
    trap("realloc-out-of-memory", "realloc return: beyond end of memory");
    trap("realloc-unaligned", "realloc return: result not aligned");
    trap("realloc-traps", "wasm trap: wasm `unreachable` instruction executed");
    trap("realloc-calls-host", "wasm trap: cannot leave component instance");
    trap("realloc-recurses", "wasm trap: cannot leave component instance");
    interrupted("boundary/realloc-loops");
    // It gets what it has asked for.
    let harm = Guest::new("boundary/realloc-overlapping").patient().attacks();
    assert_eq!((harm.errors().len(), harm.finished()), (0, 2));
}

#[test]
fn results_that_are_none_stop_their_user() {
    trap("returns-bad-pointer", "pointer out of bounds of memory");
    trap("returns-unaligned", "return pointer not aligned");
    trap("returns-no-variant", "invalid expected discriminant");
    trap("returns-endless-message", "string pointer/length out of bounds of memory");
}

#[test]
fn texts_of_any_length_are_cut() {
    let harm = Guest::new("boundary/returns-long-message").patient().attacks();
    assert_eq!(harm.finished(), 2);
    let errors = harm.errors();
    assert!(
        errors.len() == 2
            && errors.iter().all(|error| error.ends_with("\0… (98951488 more bytes)"))
    );
    let harm = Guest::new("boundary/long-line").patient().attacks();
    let console = harm.console();
    assert!(
        console.len() == 2
            && console.iter().all(|line| line.ends_with("\0… (98951488 more bytes)"))
    );
}

#[test]
fn code_that_goes_astray_stops_its_user() {
    trap("unreachable", "wasm trap: wasm `unreachable` instruction executed");
    trap("wild-pointer", "wasm trap: out of bounds memory access");
    trap("wild-call", "wasm trap: undefined element: out of bounds table access");
}

#[test]
fn a_queue_may_go_before_its_sockets() {
    let harm = Guest::new("boundary/dropped-queue-of-socket").patient().attacks();
    assert_eq!((harm.errors().len(), harm.finished()), (0, 2));
}

#[test]
fn wasi_has_nothing_behind_it() {
    for guest in ["wasi-files", "wasi-sockets"] {
        let harm = Guest::new(&format!("boundary/{guest}")).patient().attacks();
        assert_eq!((harm.errors().len(), harm.finished()), (0, 2), "{guest}: {}", harm.stderr);
        assert_eq!(harm.of("bad", "checks"), [1.0; 2], "{guest}");
    }
}
