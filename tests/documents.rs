//! The tables of the documents: each row names tests that exist, and nothing of the command line is missing.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::common::{sources, wasock};

/// States that need no test: nothing is there to be tested.
const UNTESTED: [&str; 2] = ["not yet", "no"];

/// The column of `docs/k6-options.md` with the state.
const STATE: &str = "state";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).expect("the page is there")
}

/// A row of a table, as the titles of its columns with what stands there.
type Row = Vec<(String, String)>;

fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(|cell| cell.trim().to_owned()).collect())
}

/// The rows of all tables of a page whose last column has tests.
fn rows(page: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut titles: Option<Vec<String>> = None;
    for line in page.lines() {
        match (cells(line), &titles) {
            (None, _) => titles = None,
            (Some(cells), None) => titles = Some(cells),
            (Some(cells), Some(_)) if cells.iter().all(|cell| cell == "---") => {}
            (Some(cells), Some(titles)) => {
                assert_eq!(cells.len(), titles.len(), "another number of columns: {line}");
                rows.push(titles.iter().cloned().zip(cells).collect());
            }
        }
    }
    rows.retain(|row: &Row| row.last().is_some_and(|(title, _)| title == "test"));
    rows
}

fn cell<'a>(row: &'a Row, title: &str) -> Option<&'a str> {
    row.iter().find(|(one, _)| one == title).map(|(_, cell)| cell.as_str())
}

/// What stands in backquotes.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// What the command prints.
fn printed(arguments: &[&str]) -> String {
    let output = wasock().args(arguments).output().expect("the command starts");
    String::from_utf8(output.stdout).expect("it is text")
}

#[test]
fn each_row_names_its_tests() {
    let sources = ["tests", "host"].map(|folder| sources(&root().join(folder)));
    let tests: String = sources.into_iter().flatten().map(|(_, text)| text).collect();
    for (name, least) in [("differences.md", 40), ("k6-options.md", 60)] {
        let rows = rows(&page(name));
        assert!(rows.len() > least, "{name} has {} rows", rows.len());
        for row in rows {
            let named: Vec<_> = cell(&row, "test").map(names).into_iter().flatten().collect();
            let needed = !cell(&row, STATE).is_some_and(|state| UNTESTED.contains(&state));
            assert!(!needed || !named.is_empty(), "a row of {name} names no test: {row:?}");
            for test in named {
                assert!(tests.contains(&format!("fn {test}()")), "{name}: there is no test {test}");
            }
        }
    }
}

#[test]
fn every_flag_of_run_is_in_the_table() {
    let rows = rows(&page("k6-options.md"));
    let listed = |flag: &str| {
        let flags = rows.iter().filter_map(|row| cell(row, "flag"));
        flags.flat_map(names).any(|one| one == flag)
    };
    let help = printed(&["run", "--help"]);
    let words = help.split_whitespace().filter(|word| word.starts_with("--"));
    let end = |c: char| c != '-' && !c.is_ascii_alphanumeric();
    let mut flags: Vec<_> = words.map(|word| word.split(end).next().unwrap_or(word)).collect();
    flags.sort_unstable();
    flags.dedup();
    assert!(flags.len() > 30, "{flags:?}");
    for flag in flags {
        assert!(listed(flag), "{flag} is not in docs/k6-options.md");
    }
}

#[test]
fn every_option_executor_output_and_command_is_in_the_table() {
    let rows = rows(&page("k6-options.md"));
    let listed = |title: &str, name: &str| {
        let cells = rows.iter().filter_map(|row| Some((cell(row, title)?, cell(row, STATE)?)));
        let mut cells = cells.filter(|(cell, _)| names(cell).any(|one| one == name));
        let (_, state) = cells.next().unwrap_or_else(|| panic!("no {title} {name} in the table"));
        state.to_owned()
    };
    let script = root().join("tests/scripts/options.js");
    let options: Value = serde_json::from_str(&printed(&["inspect", &script.to_string_lossy()]))
        .expect("it is JSON");
    for name in options.as_object().expect("it is an object").keys() {
        listed("option", name);
    }
    let features: Value =
        serde_json::from_str(&printed(&["features", "--json"])).expect("it is JSON");
    for (title, list) in [("executor", "executors"), ("output", "outputs")] {
        for name in features[list].as_array().expect("it is a list") {
            let name = name.as_str().expect("it is a name");
            assert_eq!(listed(title, name), "works", "{title} {name}");
        }
    }
    let help = printed(&["--help"]);
    let commands = help.lines().filter_map(|line| line.strip_prefix("  "));
    let commands = commands.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    for command in commands.filter(|line| !line.starts_with("wasock ")) {
        listed("command", command.split(' ').next().unwrap_or(command));
    }
}

/// Each guest on each host is compared to the letter with the transcripts, so that their hashes are the same
/// everywhere.
#[test]
fn the_hashes_of_the_transcripts_are_on_the_page_of_the_hosts() {
    let page = page("hosts.md");
    for name in ["client.txt", "vu.txt"] {
        let text = fs::read(root().join("guests/transcripts").join(name)).expect("it is there");
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        let hash = Sha256::digest(&text)
            .iter()
            .fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
        let row = format!("| `{name}` | {lines} | `{hash}` |");
        assert!(page.contains(&row), "docs/hosts.md lacks {row}");
    }
}
