//! Guests that turn the language against what stands on it.

use super::harness::{Guest, Harm, caught};

#[track_caller]
fn fails(guest: &str, error: &str) -> Harm {
    let harm = Guest::new(guest).patient().attacks();
    assert_eq!(harm.errors(), [error], "{guest}");
    assert_eq!(harm.finished(), 1, "{guest}");
    harm
}

/// The names of the checks that the guest passed.
fn checked(harm: &Harm) -> Vec<&str> {
    let checks = harm.samples("checks").into_iter();
    let own = checks.filter(|point| point.tags["scenario"] == "bad" && point.value == 1.0);
    own.map(|point| point.tags["check"].as_str()).collect()
}

#[test]
fn who_patches_the_language_still_gets_events() {
    let harm = Guest::new("shim/patched-language").patient().attacks();
    assert_eq!(harm.logged("error"), [""; 0]);
    assert_eq!(checked(&harm), ["message", "timer", "close"]);
    assert_eq!(harm.finished(), 1);
    caught("shim/patched-promise", &["went on"]);
    fails("shim/patched-iterators", "Error: patched");
}

#[test]
fn who_takes_the_globals_away_goes_on_with_what_it_has_imported() {
    let harm = Guest::new("shim/deleted-globals").patient().attacks();
    assert_eq!(harm.logged("error"), [""; 0]);
    assert_eq!(checked(&harm), ["echoed", "closed"]);
    let harm = Guest::new("shim/frozen-world").patient().attacks();
    assert_eq!(checked(&harm), ["checked"]);
}

#[test]
fn who_pollutes_all_objects_is_the_one_who_reads_it() {
    let harm = Guest::new("shim/polluted-object").patient().attacks();
    assert_eq!(harm.console(), ["Error: read timeout"]);
    let harm = Guest::new("shim/thenable-objects").patient().attacks();
    assert_eq!((harm.errors().len(), harm.finished()), (0, 1));
    let harm = Guest::new("shim/symbol-tricks").patient().attacks();
    assert_eq!(harm.console()[..2], ["Error: no tag", "Error: not primitive"]);
    assert_eq!(harm.finished(), 1);
}

#[test]
fn no_way_leads_out_of_the_language() {
    caught("shim/code-from-text", &["true true function"]);
    let harm = Guest::new("shim/dynamic-import").patient().attacks();
    let console = harm.console();
    assert_eq!(console.len(), 10, "{console:?}");
    assert!(
        console.iter().all(|line| line.starts_with("ReferenceError: Error resolving module '")),
        "{console:?}"
    );
}

#[test]
fn exceptions_of_any_shape_are_told() {
    for guest in ["shim/throwing-error", "shim/throwing-proxy"] {
        fails(guest, "an object that cannot be converted to a string");
    }
    fails("shim/forged-stack", "Error: forged");
    let harm = Guest::new("shim/huge-exception").patient().attacks();
    let [error] = &harm.errors()[..] else { panic!("{}", harm.stderr.len()) };
    assert!(
        error.starts_with("Error: xx") && error.ends_with("more bytes)") && error.len() < 1_100_000
    );
    let harm = Guest::new("shim/many-exceptions").patient().attacks();
    assert_eq!(harm.errors().len(), 100_000);
}
