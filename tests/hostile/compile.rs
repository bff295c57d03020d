//! Scripts that are hard to compile: there is no run beside which they could do harm, so all that counts is that
//! the program says what is wrong, in bounded memory.

use super::harness::{Guest, MIB};

#[test]
fn code_that_is_nested_too_deeply_is_told_so() {
    let error = Guest::new("compile/nested-brackets").refusal(107);
    assert!(error.starts_with("The code is nested more than 10000 levels deep\n"), "{error}");
    for guest in ["nested-functions", "unary-operators"] {
        let error = Guest::new(&format!("compile/{guest}")).refusal(107);
        assert_eq!(error, "the code is nested too deeply for the engine");
    }
}

#[test]
fn code_of_which_there_is_too_much_is_told_so() {
    let error = Guest::new("compile/many-variables").refusal(107);
    assert_eq!(error, "SyntaxError: too many variables declared (only 65534 allowed)");
    let error = Guest::new("compile/too-large").refusal(107);
    assert!(error.ends_with("is too large: a module may have at most 67108864 bytes"), "{error}");
}

#[test]
fn giants_are_compiled() {
    // The text, what the parser makes of it, and the snapshot with both.
    for guest in ["giant-array", "giant-literal", "giant-pattern"] {
        let harm = Guest::new(&format!("compile/{guest}")).peak(1536 * MIB).run().exits(0);
        assert_eq!(harm.samples("iterations").len(), 1, "{guest}");
    }
}
