//! Components that are none, and those that ask for more than a virtual user gets.

use super::guests;
use super::harness::{self, Guest};

/// How many bits are turned over, and at how many lengths a component is cut: enough to meet each kind of section.
const DAMAGES: usize = 24;

#[track_caller]
fn refused(guest: &str, code: i32, text: &str) {
    let error = Guest::new(guest).refusal(code);
    assert!(error.starts_with(text), "{guest}: {error}");
}

const NONE: &str = "guest.wasm is no WebAssembly component that can be run: ";

#[test]
fn what_is_no_virtual_user_is_told_so() {
    let world = "the component is no test: ";
    let lifecycle = "`wasock:websocket/lifecycle@0.1.0`";
    let nothing = format!("{world}it exports nothing, and no {lifecycle}");
    refused("component/exports-nothing", 107, &nothing);
    refused("component/nested-components", 107, &nothing);
    refused("component/many-blocks", 107, &nothing);
    refused("component/many-instances", 107, &nothing);
    let wrong = format!("{world}its {lifecycle} lacks the function `setup`");
    refused("component/wrong-types", 107, &wrong);
    let shell = "the component imports `evil:host/shell`, which wasock does not have";
    refused("boundary/unknown-import", 107, shell);
    let module = "guest.wasm is a WebAssembly module, and no component";
    refused("component/core-module", 107, module);
}

#[test]
fn what_asks_for_more_than_a_virtual_user_gets_refusal() {
    let parse = |text: &str| format!("{NONE}failed to parse WebAssembly module: {text}");
    refused("component/many-memories", 107, &parse("multiple memories"));
    refused("component/many-tables", 107, &parse("tables count exceeds limit of 100"));
    refused("component/many-functions", 107, &parse("functions count exceeds limit of 1000000"));
    let table = "a virtual user could not be started: table minimum size of 4294967295 elements";
    refused("component/giant-table", 107, table);
    let memory = parse("invalid var_u32: integer too large");
    refused("component/memory-of-64-bits", 107, &memory);
    let memory = parse("threads must be enabled for shared memories");
    refused("component/shared-memory", 107, &memory);
    let start =
        "a virtual user needs more memory than 256MiB to begin with; --vu-memory raises that";
    refused("boundary/giant-memory", 107, start);
    refused("boundary/large-data", 107, start);
    refused("boundary/second-memory", 107, NONE);
}

#[test]
fn what_takes_too_much_to_compile_is_not_compiled() {
    refused("component/giant-function", 107, &format!("{NONE}it has a function of 4000002 bytes"));
    let blocks = "it has a function with 20000 blocks and 20000 variables";
    refused("component/blocks-and-variables", 107, &format!("{NONE}{blocks}"));
    refused("component/composed", 107, &format!("{NONE}it is composed of several components"));
}

/// A section with a name, as it stands at the end of a component.
fn section(name: &str, content: &str) -> Vec<u8> {
    let number = |mut value: usize| {
        let mut bytes = Vec::new();
        while value > 127 {
            bytes.push((value % 128) as u8 | 128);
            value /= 128;
        }
        bytes.push(value as u8);
        bytes
    };
    let content = [number(name.len()), name.into(), content.into()].concat();
    [vec![0], number(content.len()), content].concat()
}

#[test]
fn what_a_component_says_of_itself_is_checked() {
    let whole = guests::component("component/forged-origin", guests::MUCH_TIME);
    let map = r#"{"first_line_offset": 4294967295, "mappings": []}"#;
    let many: Vec<_> = (0..20_000).map(|n| format!(r#""file:///{n}": {map}"#)).collect();
    for maps in [&format!(r#""": {map}"#), &format!(r#"":1": {map}"#), &many.join(",")] {
        let origin = section("wasock-script", &format!(r#"{{"name": "a", "maps": {{{maps}}}}}"#));
        let run = harness::component(&[whole.clone(), origin].concat());
        let (outcome, used) = run.measured();
        let outcome = outcome.exits(0);
        assert!(
            outcome.logged("error").len() == 2 && used < harness::USUAL_PEAK,
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn code_that_traps_before_there_is_a_user_is_told() {
    let trap = "wasm trap: wasm `unreachable` instruction executed";
    refused("boundary/trap-at-start", 107, &format!("a virtual user could not be started: {trap}"));
    refused("boundary/trap-at-init", 107, &format!("the virtual user was stopped: {trap}"));
}

#[test]
fn a_component_that_ends_too_early_refusal() {
    let whole = guests::component("component/truncated", guests::USUAL_TIME);
    for cut in 1..=DAMAGES {
        let length = whole.len() * cut / (DAMAGES + 1);
        let (outcome, _) = harness::component(&whole[..length]).measured();
        assert!([107, 255].contains(&outcome.code), "{length}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("panicked"), "{length}: {}", outcome.stderr);
    }
}

#[test]
fn a_component_with_a_wrong_bit_breaks_nothing() {
    let whole = guests::component("component/bit-flips", guests::USUAL_TIME);
    for damage in 0..DAMAGES {
        let mut wasm = whole.clone();
        let place = wasm.len() * damage / DAMAGES + 8;
        wasm[place] ^= 1 << (damage % 8);
        let run = harness::component(&wasm).variable("K6_INIT_TIMEOUT", "5s");
        let (outcome, _) = run.measured();
        // Where the bit does not matter, or makes another program that is sound.
        assert!([0, 104, 107, 255].contains(&outcome.code), "{place}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("panicked"), "{place}: {}", outcome.stderr);
    }
}
