//! Whatever a guest can be told is in a transcript, which all guests find on all hosts: each case of each variant and
//! enum that functions of `wit/` return.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wit_parser::{Resolve, Type, TypeDefKind, TypeId, WorldItem};

/// Cases that no transcript has, and why.
const UNTOLD: [(&str, &str, &str); 4] = [
    (
        "error-code",
        "unreachable",
        "Of most addresses it depends on the machine's routes. Linux always says so of 255.255.255.255, which WASI 0.2 \
         takes for a wrong argument.",
    ),
    ("version", "http10", "The test server never answers by it."),
    ("version", "http2", "Some hosts make requests by HTTP/1.1 alone."),
    (
        "wait-error",
        "interrupted",
        "It ends the iteration that is told so, and the lines with it: \
         `a_guest_is_interrupted_when_its_time_is_over` tests it with all guests.",
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The variants and enums that a guest of the world `vu` can be told, each with its cases.
fn told() -> Vec<(String, Vec<String>)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).expect("the WIT is sound");
    let world = resolve.select_world(&[package], Some("vu")).expect("it has the world");
    let mut seen = BTreeSet::new();
    for import in resolve.worlds[world].imports.values() {
        let WorldItem::Interface { id, .. } = import else { continue };
        for function in resolve.interfaces[*id].functions.values() {
            look(&resolve, function.result, &mut seen);
        }
    }
    let cases = |id| match &resolve.types[id].kind {
        TypeDefKind::Variant(variant) => {
            Some(variant.cases.iter().map(|case| case.name.clone()).collect())
        }
        TypeDefKind::Enum(kind) => Some(kind.cases.iter().map(|case| case.name.clone()).collect()),
        _ => None,
    };
    let named = |id: TypeId| Some((resolve.types[id].name.clone()?, cases(id)?));
    seen.into_iter().filter_map(named).collect()
}

/// Adds a type, and those that it is made of.
fn look(resolve: &Resolve, of: Option<Type>, seen: &mut BTreeSet<TypeId>) {
    let Some(Type::Id(id)) = of else { return };
    if !seen.insert(id) {
        return;
    }
    let parts: Vec<Option<Type>> = match &resolve.types[id].kind {
        TypeDefKind::Record(record) => record.fields.iter().map(|field| Some(field.ty)).collect(),
        TypeDefKind::Variant(variant) => variant.cases.iter().map(|case| case.ty).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.iter().copied().map(Some).collect(),
        TypeDefKind::Option(of) | TypeDefKind::List(of) | TypeDefKind::Type(of) => vec![Some(*of)],
        TypeDefKind::Result(result) => vec![result.ok, result.err],
        _ => Vec::new(),
    };
    for part in parts {
        look(resolve, part, seen);
    }
}

/// Whether a line of a transcript says that a guest was told this case.
fn tells(line: &str, kind: &str, case: &str) -> bool {
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    match kind {
        "event" => first == case && rest.starts_with(|c: char| c.is_ascii_digit()),
        "state" => first == "state" && rest == case,
        "version" => first == "answered" && rest.contains(&format!(" {case} ")),
        "found" => first.starts_with("find") && line.ends_with(&format!(": {case}")),
        // The last word, or the last before its text.
        "error-code" | "wait-error" => {
            line.match_indices(&format!(" {case}")).any(|(at, found)| {
                let behind = &line[at + found.len()..];
                behind.is_empty() || behind.starts_with(": ")
            })
        }
        _ => panic!("a guest can be told {kind}: say here how a transcript has it"),
    }
}

#[test]
fn each_case_that_a_guest_can_be_told_is_in_a_transcript() {
    let transcripts = ["client.txt", "vu.txt"].map(|name| {
        fs::read_to_string(root().join("guests/transcripts").join(name)).expect("it is there")
    });
    let lines: Vec<_> = transcripts.iter().flat_map(|text| text.lines()).collect();
    let told = told();
    let names: Vec<_> = told.iter().map(|(name, _)| name.as_str()).collect();
    for name in ["error-code", "event", "wait-error", "state", "version", "found"] {
        assert!(names.contains(&name), "{name} is none of {names:?}");
    }
    let mut untold = Vec::new();
    for (name, cases) in &told {
        for case in cases {
            if !lines.iter().any(|line| tells(line, name, case)) {
                untold.push((name.as_str(), case.as_str()));
            }
        }
    }
    untold.sort_unstable();
    assert_eq!(untold, UNTOLD.map(|(name, case, _)| (name, case)));
    assert!(UNTOLD.iter().all(|(_, _, reason)| reason.ends_with('.')));
}
