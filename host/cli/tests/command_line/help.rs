//! Help texts, versions and completions.

use crate::common::{ended, wasock};

const COMMANDS: [&str; 5] = ["run", "serve", "compile", "inspect", "completion"];

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
fn the_version_is_the_same_for_flag_and_command() {
    let expected = concat!("wasock ", env!("CARGO_PKG_VERSION"), "\n");
    for argument in ["version", "-V", "--version"] {
        assert_eq!(ended(&mut wasock(&[argument])).out, expected);
    }
}

#[test]
fn shells_get_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let completion = ended(&mut wasock(&["completion", shell]));
        assert_eq!((completion.code, completion.err.as_str()), (Some(0), ""), "{shell}");
        assert!(completion.out.contains("summary-export"), "{shell}");
    }
    assert_eq!(ended(&mut wasock(&["completion", "tcsh"])).code, Some(104));
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
