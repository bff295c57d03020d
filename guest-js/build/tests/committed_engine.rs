//! The committed components are those that their sources make.

use std::path::Path;

use wasock_engine_build::{ENGINE, STANDALONE, recorded_hash, source_hash};

#[test]
fn the_committed_engine_was_built_from_these_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let engine = std::fs::read(root.join("guest-js/engine.wasm")).unwrap();
    assert_eq!(
        recorded_hash(&engine).unwrap(),
        source_hash(&root, ENGINE).unwrap(),
        "guest-js/engine.wasm is stale: run `make engine` and commit it",
    );
}

#[test]
fn the_committed_provider_and_runner_were_built_from_these_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    for name in ["provider", "runner"] {
        let path = format!("guests/standalone/{name}.wasm");
        let component = std::fs::read(root.join(&path)).unwrap();
        assert_eq!(
            recorded_hash(&component).unwrap(),
            source_hash(&root, STANDALONE).unwrap(),
            "{path} is stale: run `make standalone` and commit it",
        );
    }
}

#[test]
fn the_engine_imports_no_wasi() {
    imports_begin_with("guest-js/engine.wasm", &["wasock:websocket/"]);
}

#[test]
fn the_provider_imports_nothing_but_wasi() {
    imports_begin_with("guests/standalone/provider.wasm", &["wasi:"]);
    let of_runner = ["wasi:", "wasock:websocket/lifecycle@", "wasock:standalone/stages"];
    imports_begin_with("guests/standalone/runner.wasm", &of_runner);
}

/// Checks what a component imports, itself and not within.
fn imports_begin_with(path: &str, starts: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize();
    let root = root.expect("the repository is there");
    let component = std::fs::read(root.join(path)).expect("it is committed");
    let mut depth = 0;
    for payload in wasmparser::Parser::new(0).parse_all(&component) {
        match payload.expect("it is a component") {
            wasmparser::Payload::ModuleSection { .. }
            | wasmparser::Payload::ComponentSection { .. } => {
                depth += 1;
            }
            wasmparser::Payload::End(_) if depth > 0 => depth -= 1,
            wasmparser::Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    let name = import.expect("it is one").name.name;
                    let fits = starts.iter().any(|start| name.starts_with(start));
                    assert!(fits, "{path} imports {name}");
                }
            }
            _ => {}
        }
    }
}
