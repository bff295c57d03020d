//! Files that are taken for scripts, since they do not begin like components, and are none.

use std::path::Path;

use crate::{Problem, ScriptError};

/// What is to be done about a component that is none.
const REBUILD: &str = "build the component again, or take it anew from where it came";

/// Looks whether a text can be a script.
///
/// # Errors
///
/// It is empty, or the text of a component, and its name says that it should be one. Scripts may have any name.
pub(crate) fn check(path: &Path, text: &str) -> Result<(), ScriptError> {
    if !is_named_like_component(path) {
        return Ok(());
    }
    if text.trim().is_empty() {
        return Err(ScriptError::from(Problem::Empty { path: path.to_owned() }).with_hint(REBUILD));
    }
    match is_text_format(text) {
        true => Err(text_format(path)),
        false => Ok(()),
    }
}

/// An error of a text that was taken for a script, with what it is perhaps.
pub(crate) fn explained(error: ScriptError, path: &Path, text: &str) -> ScriptError {
    if !matches!(error.problem(), Problem::Syntax { .. } | Problem::TooDeep) {
        return error;
    }
    if is_text_format(text) {
        return text_format(path);
    }
    match is_named_like_component(path) {
        true => error.with_hint(format!(
            "\"{}\" is text, and no component, so it was taken for a script; {REBUILD}",
            path.display()
        )),
        false => error,
    }
}

/// An error of a file that cannot be read as a script, with what can be done about it.
pub(crate) fn unreadable(error: ScriptError, path: &Path) -> ScriptError {
    let hint = match error.problem() {
        _ if error.hint().is_some() => return error,
        Problem::Directory { .. } => "name the script or the component in it",
        Problem::NotUtf8 { .. } if is_named_like_component(path) => {
            return error.with_hint(format!("it does not begin like a component; {REBUILD}"));
        }
        _ => return error,
    };
    error.with_hint(hint)
}

fn text_format(path: &Path) -> ScriptError {
    ScriptError::from(Problem::TextFormat { path: path.to_owned() })
        .with_hint("`wasm-tools parse` makes a component of the text of one")
}

fn is_named_like_component(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ending == "wasm" || ending == "wat")
}

/// Whether a text begins like a component or a module. `(module.exports = …)` is a script.
fn is_text_format(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_start);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(";;"));
    let Some(first) = first else { return false };
    ["(component", "(module"].iter().filter_map(|start| first.strip_prefix(start)).any(|rest| {
        matches!(rest.chars().next(), None | Some(')' | '(' | ';'))
            || rest.starts_with(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_component_is_told_from_a_script() {
        for text in
            ["(component)", "\n  (module\n", ";; a comment\n(component $a", "(module(func))"]
        {
            assert!(is_text_format(text), "{text}");
        }
        for text in ["", "(module.exports = 1)", "(components)", "export default 1;"] {
            assert!(!is_text_format(text), "{text}");
        }
    }

    #[test]
    fn a_name_decides_only_about_what_is_no_script() {
        let told = |name: &str, text: &str| {
            check(Path::new(name), text).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(told("a.wasm", " \n"), "\"a.wasm\" is empty, and no WebAssembly component");
        assert!(told("a.WAT", "(component)").contains("is WebAssembly in its text format"));
        assert_eq!(told("a.wasm", "export default () => {};"), "");
        assert_eq!(told("a.js", ""), "");
    }
}
