//! Guests that want more memory, or more stack, than they may have.

use super::harness::{Guest, caught, interrupted, replaced};

/// Each hoards until there is no more, which ends the iteration with an exception.
#[track_caller]
fn runs_out(guests: &[&str], error: &str) {
    for guest in guests {
        let harm = Guest::new(guest).patient().attacks();
        assert_eq!(harm.errors(), [error], "{guest}");
        assert_eq!(harm.finished(), 1, "{guest}");
    }
}

#[test]
fn hoarders_of_memory_get_an_exception() {
    runs_out(
        &["memory/arrays", "memory/filled-array", "memory/map"],
        "InternalError: out of memory",
    );
    runs_out(&["memory/strings"], "InternalError: out of memory");
    // It takes its time.
    interrupted("memory/promises");
    runs_out(&["memory/endless-spread"], "InternalError: out of memory");
    runs_out(&["memory/big-integer"], "RangeError: BigInt is too large to allocate");
}

#[test]
fn what_one_iteration_has_hoarded_is_free_again_for_the_next() {
    let harm = Guest::new("memory/typed-arrays").patient().times(3).attacks();
    assert_eq!(harm.errors(), ["InternalError: out of memory"; 3]);
    assert_eq!(harm.finished(), 3);
}

#[test]
fn sizes_that_nothing_can_have_are_exceptions_that_can_be_caught() {
    caught(
        "memory/repeat",
        &[
            "RangeError: invalid string length",
            "RangeError: invalid repeat count",
            "RangeError: invalid repeat count",
        ],
    );
    caught("memory/recursion", &["RangeError: Maximum call stack size exceeded"]);
    let harm = Guest::new("memory/array-buffers").patient().attacks();
    assert_eq!(harm.console(), ["RangeError: invalid array buffer length"; 2]);
    assert_eq!(harm.errors(), ["InternalError: out of memory"]);
    let harm = Guest::new("memory/doubling-string").patient().attacks();
    assert_eq!(harm.console(), ["InternalError: out of memory"]);
}

#[test]
fn who_exhausts_the_stack_of_the_engine_is_replaced() {
    let guests = ["getter-recursion", "nested-text", "nested-clone", "nested-code", "proxy-chain"];
    for guest in guests {
        replaced(&format!("memory/{guest}"), 1, "wasm trap: call stack exhausted");
    }
    // It goes on with a new one.
    let harm = Guest::new("memory/nested-text").patient().times(3).attacks();
    assert_eq!(harm.errors().len(), 3);
    replaced("boundary/endless-recursion", 2, "wasm trap: call stack exhausted");
}

#[test]
fn memories_and_tables_do_not_grow_beyond_their_bounds() {
    let harm = Guest::new("boundary/memory-bomb").patient().attacks();
    // 256 MiB in pages of 64 KiB.
    let pages = harm.of("bad", "hello");
    assert!(!pages.is_empty() && pages.iter().all(|pages| *pages == 4096.0), "{pages:?}");
    let harm = Guest::new("boundary/table-bomb").patient().attacks();
    assert_eq!(harm.of("bad", "hello"), [65_001.0; 2]);
    let harm = Guest::new("boundary/realloc-grows").patient().attacks();
    assert_eq!((harm.errors().len(), harm.finished()), (0, 2));
}
