//! JSON files as ECMAScript modules.

use serde::de::IgnoredAny;

use crate::{Place, Problem, ScriptError, parse::SourceText};

/// The module whose default export is the value in a JSON text.
///
/// The value is parsed by the engine, which is faster and takes less memory than compiling it.
pub(crate) fn module(file: &SourceText<'_>) -> Result<String, ScriptError> {
    let text = file.text.trim_start_matches('\u{feff}');
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        return Err(invalid(file, text, &error));
    }
    Ok(format!("export default JSON.parse({});\n", serde_json::Value::from(text)))
}

/// The module of a test that is options alone: the value in a JSON text is its export `options`.
pub(crate) fn options_module(file: &SourceText<'_>) -> Result<String, ScriptError> {
    let module = module(file)?;
    Ok(module.replacen("export default", "export const options =", 1))
}

fn invalid(file: &SourceText<'_>, text: &str, error: &serde_json::Error) -> ScriptError {
    let full = error.to_string();
    let suffix = format!(" at line {} column {}", error.line(), error.column());
    let message = full.strip_suffix(&suffix).unwrap_or(&full).to_owned();
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let start = line_start + error.column().saturating_sub(1);
    ScriptError::from(Problem::Json { message }).at(Place::new(file.name, text, start..start + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module_of(text: &str) -> Result<String, ScriptError> {
        module(&SourceText { name: "data.json", text })
    }

    #[test]
    fn a_value_becomes_the_default_export() {
        let source = module_of("{\"a\": [1, \"é\\n\"]}\n").expect("it is valid");
        assert_eq!(source, "export default JSON.parse(\"{\\\"a\\\": [1, \\\"é\\\\n\\\"]}\\n\");\n");
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(
            module_of("\u{feff}1").expect("it is valid"),
            "export default JSON.parse(\"1\");\n"
        );
    }

    #[test]
    fn deep_nesting_is_not_an_error() {
        let text = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(module_of(&text).is_ok());
    }

    #[test]
    fn an_error_shows_the_place() {
        let error = module_of("{\n  \"a\": 1,\n  \"b\": x\n}").expect_err("x is no value");
        assert_eq!(
            error.report(),
            "Invalid JSON: expected value\n --> data.json:3:8\n  |\n3 |   \"b\": x\n  |        ^"
        );
    }

    #[test]
    fn an_empty_file_is_an_error() {
        let error = module_of("").expect_err("nothing is no value");
        assert_eq!(error.to_string(), "Invalid JSON: EOF while parsing a value");
    }
}
