//! The page about hostile guests has them all, and none besides.

use std::fs;

use super::guests;

/// The lines of the table: what begins with the name of a guest in backquotes.
fn listed() -> Vec<String> {
    let page =
        fs::read_to_string(guests::root().join("docs/hostile.md")).expect("the page is there");
    let name =
        |line: &str| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name.to_owned());
    let mut names: Vec<_> = page.lines().filter_map(name).collect();
    names.sort();
    names
}

#[test]
fn every_guest_is_in_the_table() {
    assert_eq!(listed(), guests::all());
}

#[test]
fn every_guest_is_run_by_a_test() {
    let folder = guests::root().join("tests/hostile");
    let sources: String = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| fs::read_to_string(path).expect("it is text"))
        .collect();
    for name in guests::all() {
        let short = name.rsplit('/').next().unwrap_or_default();
        let short = short.trim_start_matches("loop-in-");
        assert!(sources.contains(&format!("{short}\"")), "no test runs {name}");
    }
}

#[test]
fn every_script_can_be_run_beside_good_users() {
    let beside = guests::root().join("tests/hostile/beside.js");
    let beside = fs::read_to_string(beside).expect("the script is there");
    for name in guests::all().iter().filter(|name| !guests::is_wasm(name)) {
        let is_there = beside.contains(&format!("'./guests/{name}.js'"));
        assert_eq!(is_there, !name.starts_with("compile/"), "{name}");
    }
}
