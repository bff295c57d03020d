//! The committed engine is the one that its sources make.

use std::path::Path;

use wasock_engine_build::{recorded_hash, source_hash};

#[test]
fn the_committed_engine_was_built_from_these_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let engine = std::fs::read(root.join("guest-js/engine.wasm")).unwrap();
    assert_eq!(
        recorded_hash(&engine).unwrap(),
        source_hash(&root).unwrap(),
        "guest-js/engine.wasm is stale: run `make engine` and commit it",
    );
}

#[test]
fn the_engine_imports_no_wasi() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let engine = std::fs::read(root.join("guest-js/engine.wasm")).unwrap();
    let mut depth = 0;
    for payload in wasmparser::Parser::new(0).parse_all(&engine) {
        match payload.unwrap() {
            wasmparser::Payload::ModuleSection { .. }
            | wasmparser::Payload::ComponentSection { .. } => {
                depth += 1;
            }
            wasmparser::Payload::End(_) if depth > 0 => depth -= 1,
            wasmparser::Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    let name = import.unwrap().name.name;
                    assert!(name.starts_with("wasock:websocket/"), "the engine imports {name}");
                }
            }
            _ => {}
        }
    }
}
