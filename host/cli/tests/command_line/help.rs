//! Help texts, versions and completions.

use crate::common::{ended, wasock};

const COMMANDS: [&str; 7] = ["run", "serve", "new", "compile", "inspect", "features", "completion"];

#[test]
fn every_command_has_examples_in_both_forms_of_its_help() {
    for command in COMMANDS {
        for flag in ["-h", "--help"] {
            let help = ended(&mut wasock(&[command, flag]));
            assert_eq!(help.code, Some(0), "{command} {flag}");
            let example = format!("\nExamples:\n  wasock {command} ");
            assert!(help.out.contains(&example), "{command} {flag}: {}", help.out);
        }
    }
}

#[test]
fn the_long_help_of_run_explains_sources_of_options_and_exit_codes() {
    let short = ended(&mut wasock(&["run", "-h"])).out;
    let long = ended(&mut wasock(&["run", "--help"])).out;
    assert!(!short.contains("exit code"), "{short}");
    for words in ["The exit code is 0", "K6_VUS", "Certificates are not verified"] {
        assert!(long.contains(words), "{words} in {long}");
    }
}

#[test]
fn the_program_lists_its_commands_when_it_gets_none() {
    let nothing = ended(&mut wasock(&[]));
    assert_eq!((nothing.code, nothing.out.as_str()), (Some(255), ""));
    for command in COMMANDS {
        assert!(nothing.err.contains(&format!("\n  {command} ")), "{}", nothing.err);
    }
}

#[test]
fn commands_are_listed_in_groups_with_examples() {
    let help = ended(&mut wasock(&["--help"]));
    assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
    let places = ["\nTests:\n  run ", "\nScripts:\n  new ", "\nThis program:\n", "\nExamples:\n"];
    let places: Vec<_> = places.iter().map(|title| help.out.find(title)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}: {}", help.out);
    assert_eq!(ended(&mut wasock(&["help"])).out, ended(&mut wasock(&["--help"])).out);
    let short = ended(&mut wasock(&["-h"]));
    assert!(short.out.contains("\nGlobal options:\n  -q, --quiet"), "{}", short.out);
}

#[test]
fn the_version_comes_with_what_a_report_needs() {
    let short = concat!("wasock ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(ended(&mut wasock(&["-V"])).out, short);
    let long = ended(&mut wasock(&["version"])).out;
    assert_eq!(ended(&mut wasock(&["--version"])).out, long);
    assert!(long.starts_with(short), "{long}");
    for words in
        ["\n  platform    ", "\n  interfaces  wasock:websocket@", "\n  engine      QuickJS-ng, "]
    {
        assert!(long.contains(words), "{words:?} in {long}");
    }
    let json = ended(&mut wasock(&["version", "--json"])).out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_interfaces_of_the_version_are_those_of_the_wit_package() {
    let wit = include_str!("../../../../wit/world.wit");
    let package =
        wit.lines().find_map(|line| line.strip_prefix("package ")).expect("it has a package");
    let long = ended(&mut wasock(&["version"])).out;
    assert!(long.contains(&format!("interfaces  {}\n", package.trim_end_matches(';'))), "{long}");
}

#[test]
fn colours_are_off_where_the_user_says_so() {
    let stderr = |variables: &[(&str, &str)], flags: &[&str]| {
        let arguments = [flags, &["run", "missing.js"]].concat();
        ended(wasock(&arguments).envs(variables.iter().copied())).err
    };
    let forced = ("CLICOLOR_FORCE", "1");
    assert!(stderr(&[forced], &[]).starts_with("\u{1b}["));
    for plain in [
        stderr(&[], &[]),
        stderr(&[forced, ("NO_COLOR", "1")], &[]),
        stderr(&[forced, ("K6_NO_COLOR", "true")], &[]),
        stderr(&[forced], &["--no-color"]),
    ] {
        assert!(plain.starts_with("error: "), "{plain}");
    }
}
