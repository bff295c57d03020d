//! Files that are no test: what is told about them. The components are written in the text format, so that none
//! needs a toolchain.

use std::fs;

use crate::common::{Run, wasock};

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
             (import "wasock:websocket/timers@0.1.0" (instance (export "now" (func (result u32)))))
             (instance $stages)
             (export "wasock:websocket/lifecycle@0.1.0" (instance $stages)))"#,
    );
    assert!(
        told.contains(
            "imports `wasock:websocket/timers@0.1.0` in another form than wasock has it: `now`: "
        ),
        "{told}"
    );
    assert!(
        told.ends_with("hint: build it with the folder wit/ of this version of wasock"),
        "{told}"
    );
}

#[test]
fn a_function_that_there_is_not_is_named() {
    let told = refusal(
        r#"(component
             (import "wasock:websocket/timers@0.1.0" (instance (export "sleep-well" (func))))
             (instance $stages)
             (export "wasock:websocket/lifecycle@0.1.0" (instance $stages)))"#,
    );
    assert_eq!(
        told,
        "error: the component imports `sleep-well` of `wasock:websocket/timers@0.1.0`, which wasock does \
         not have\nhint: build it with the folder wit/ of this version of wasock"
    );
    let command =
        refusal(r#"(component (import "wasi:cli/run@0.2.0" (instance (export "run" (func)))))"#);
    assert!(
        command.contains("the component imports `wasi:cli/run@0.2.0`, which wasock does not have")
            && command.contains("hint: wasi:cli/run is what a command exports"),
        "{command}"
    );
}

/// Two components of which one calls the other.
const COMPOSED: &str = include_str!("hostile/guests/component/composed.wat");

#[test]
fn what_is_composed_of_several_components_is_told_who_runs_it() {
    let told = refusal(COMPOSED);
    assert!(
        told.starts_with(
            "error: guest.wasm is no WebAssembly component that can be run: it is composed of several components"
        ) && told.contains("hint: a test that stands alone is run by any host of WASI 0.2")
            && !told.contains("panicked"),
        "{told}"
    );
}

#[test]
fn what_is_no_component_though_its_name_says_so_is_told() {
    let told = |name: &str, content: &[u8]| refusal_of(name, content);
    let empty = told("guest.wasm", b"");
    assert!(
        empty.starts_with("error: \"guest.wasm\" is empty, and no WebAssembly component\n"),
        "{empty}"
    );
    for name in ["guest.wasm", "guest.wat"] {
        let text = told(name, b";; a test\n(component)\n");
        assert!(text.contains("is WebAssembly in its text format, and no component\n"), "{text}");
        assert!(text.contains("hint: `wasm-tools parse` makes a component"), "{text}");
    }
    let module = told("guest.js", b"(module (func $f))");
    assert!(module.contains("guest.js\" is WebAssembly in its text format"), "{module}");
    let prose = told("guest.wasm", b"this is prose");
    assert!(
        prose.contains("Syntax error") && prose.contains("is text, and no component"),
        "{prose}"
    );
    let bytes = told("guest.wasm", b"\0bsm\xff");
    assert!(bytes.contains("hint: it does not begin like a component"), "{bytes}");
    let whole = wat::parse_str("(component (core module (func)))").expect("it is well-formed");
    let cut = told("guest.wasm", &whole[..whole.len() - 3]);
    assert!(cut.contains("hint: the file is cut off, damaged or newer than"), "{cut}");
}

#[test]
fn a_component_of_no_end_is_not_read() {
    let run = Run::path("guest.wasm");
    let file = fs::File::create(run.folder().join("guest.wasm")).expect("a file can be made");
    std::os::unix::fs::FileExt::write_all_at(&file, b"\0asm\x0d\0\x01\0", 0)
        .expect("it can be written");
    file.set_len(1 << 40).expect("it takes no space");
    let (outcome, used) = run.measured();
    let outcome = outcome.exits(107);
    let text = "guest.wasm is too large: a component may have at most 268435456 bytes";
    assert!(outcome.stderr.contains(text), "{}", outcome.stderr);
    assert!(used < 256 << 20, "{used}");
}

#[test]
fn a_component_may_come_by_standard_input() {
    let folder =
        crate::common::kept_files(&[("piped.js", "export default () => console.log('piped');")]);
    let output = wasock().args(["compile", "piped.js"]).current_dir(&folder).output();
    assert!(output.expect("the command starts").status.success());
    let component = fs::File::open(folder.join("piped.wasm")).expect("it was written");
    let output = wasock().args(["run", "-"]).stdin(component).output().expect("the command starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("piped"), "{told}");
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
