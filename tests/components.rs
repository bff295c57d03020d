//! Files that are no test: what is told about them. The components are written in the text format, so that none
//! needs a toolchain.

use std::fs;

use crate::common::Run;

/// Runs a component, which is refused, and returns what is told.
#[track_caller]
fn refusal(text: &str) -> String {
    refusal_of("guest.wasm", &wat::parse_str(text).expect("the component is well-formed"))
}

#[track_caller]
fn refusal_of(name: &str, content: &[u8]) -> String {
    let run = Run::path(name);
    fs::write(run.folder().join(name), content).expect("the file can be written");
    let outcome = run.go().exits(107);
    let told = outcome.stderr.lines().filter(|line| !line.starts_with("compiling "));
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_component_that_exports_no_test_is_told_what_to_be_built_for() {
    let hint = "hint: build it for the world `vu` of wit/; docs/guests.md tells how";
    assert_eq!(
        refusal("(component)"),
        format!(
            "error: the component is no test: it exports nothing, and no \
             `wasock:websocket/lifecycle@0.1.0`\n{hint}"
        )
    );
    let program = refusal(
        r#"(component
             (core module $m (func (export "run") (result i32) (i32.const 0)))
             (core instance $i (instantiate $m))
             (func $run (result (result)) (canon lift (core func $i "run")))
             (instance $cli (export "run" (func $run)))
             (export "wasi:cli/run@0.2.0" (instance $cli)))"#,
    );
    assert!(program.contains("it exports `wasi:cli/run@0.2.0`, and no `wasock:"), "{program}");
    assert!(program.ends_with(hint), "{program}");
}

#[test]
fn a_stage_that_is_missing_is_named() {
    let told = refusal(
        r#"(component
             (core module $m (func (export "init")))
             (core instance $i (instantiate $m))
             (func $init (canon lift (core func $i "init")))
             (instance $stages (export "init" (func $init)))
             (export "wasock:websocket/lifecycle@0.1.0" (instance $stages)))"#,
    );
    assert!(
        told.contains("its `wasock:websocket/lifecycle@0.1.0` lacks the function `setup`"),
        "{told}"
    );
}

#[test]
fn an_import_that_there_is_not_is_named() {
    let told =
        refusal(r#"(component (import "acme:db/query@1.0.0" (instance (export "all" (func)))))"#);
    assert_eq!(
        told,
        "error: the component imports `acme:db/query@1.0.0`, which wasock does not have\n\
         hint: a component may import the interfaces of wasock:websocket@0.1.0, and cli, clocks, \
         filesystem, io, random and sockets of WASI 0.2"
    );
    let http =
        refusal(r#"(component (import "wasi:http/types@0.2.0" (instance (export "f" (func)))))"#);
    assert!(http.contains("imports `wasi:http/types@0.2.0`, which wasock does not have"), "{http}");
    assert!(http.contains("hint: a test makes its requests by wasock:websocket/http"), "{http}");
}

#[test]
fn a_component_for_another_version_of_the_interfaces_is_told_both() {
    let told = refusal(
        r#"(component
             (import "wasock:websocket/timers@0.2.0" (instance (export "now" (func (result u64))))))"#,
    );
    assert_eq!(
        told,
        "error: the component was built for wasock:websocket@0.2.0 (`wasock:websocket/timers@0.2.0`), \
         and this version of wasock has wasock:websocket@0.1.0\n\
         hint: build it with the folder wit/ of this version of wasock"
    );
}

#[test]
fn an_import_in_another_form_is_told_with_what_differs() {
    let told = refusal(
        r#"(component
             (import "wasock:websocket/timers@0.1.0" (instance (export "now" (func (result u32))))))"#,
    );
    assert!(
        told.contains(
            "imports `wasock:websocket/timers@0.1.0` in another form than wasock has it: "
        ),
        "{told}"
    );
    assert!(
        told.ends_with("hint: build it with the folder wit/ of this version of wasock"),
        "{told}"
    );
}

#[test]
fn what_has_no_code_is_told_from_what_has() {
    let package = refusal(
        r#"(component
             (type $package (component
               (type $clock (instance (export "now" (func (result u64)))))
               (export "acme:time/clock" (instance (type $clock)))))
             (export "clock" (type $package)))"#,
    );
    assert!(package.contains("this is a WIT package, which describes interfaces"), "{package}");
}

#[test]
fn a_module_is_told_how_it_becomes_a_component() {
    assert_eq!(
        refusal("(module)"),
        "error: guest.wasm is a WebAssembly module, and no component\n\
         hint: `wasm-tools component new` makes a component of a module; docs/guests.md tells how"
    );
}

#[test]
fn a_file_is_what_it_begins_with_whatever_it_is_called() {
    let component = wat::parse_str("(component)").expect("it is well-formed");
    assert!(refusal_of("script.js", &component).contains("the component is no test"));
    let script = b"export default () => console.log('a script');";
    let run = Run::path("guest.wasm");
    fs::write(run.folder().join("guest.wasm"), script).expect("the file can be written");
    assert_eq!(run.console(), ["a script"]);
}
