//! CommonJS modules as ECMAScript modules.

use std::fmt::Write as _;

/// The module of the shim that runs CommonJS.
pub(crate) const RUNTIME: &str = "wasock:commonjs";

/// A CommonJS module that was put into an ECMAScript module.
pub(crate) struct Wrapped {
    pub(crate) source: String,
    /// Bytes that stand before the first line of the module's own text.
    pub(crate) prefix: usize,
}

/// Wraps a source whose `require` calls name `specifiers`. All that is put before the source is on its first
/// line, so that line numbers stay true.
pub(crate) fn wrap(source: &str, specifiers: &[&str]) -> Wrapped {
    let mut imports = format!("import {{ load as $load }} from '{RUNTIME}';");
    let mut table = String::new();
    for (index, specifier) in specifiers.iter().enumerate() {
        let specifier = serde_json::Value::from(*specifier);
        // A computed key, because `"__proto__": x` would set the table's prototype.
        let _ = write!(imports, " import * as ${index} from {specifier};");
        let _ = write!(table, "[{specifier}]: ${index}, ");
    }
    let mut wrapped = format!(
        "{imports} export const __wasock_commonjs = true; \
         export default $load({{{table}}}, function (module, exports, require) {{"
    );
    let prefix = wrapped.len();
    match source.strip_prefix("#!") {
        Some(rest) => {
            wrapped.push_str("//");
            wrapped.push_str(rest);
        }
        None => wrapped.push_str(source),
    }
    // On a line of its own, because the source may end in a comment.
    wrapped.push_str("\n});\n");
    Wrapped { source: wrapped, prefix }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_follows_one_generated_line() {
        let wrapped = wrap("const a = require('./a.js');\nexports.b = a;", &["./a.js", "k6"]);
        assert_eq!(
            wrapped.source,
            "import { load as $load } from 'wasock:commonjs'; import * as $0 from \"./a.js\"; \
             import * as $1 from \"k6\"; export const __wasock_commonjs = true; \
             export default $load({[\"./a.js\"]: $0, [\"k6\"]: $1, }, function (module, exports, require) {\
             const a = require('./a.js');\nexports.b = a;\n});\n"
        );
        assert!(wrapped.source[wrapped.prefix..].starts_with("const a"));
    }

    #[test]
    fn a_hashbang_becomes_a_comment_of_the_same_length() {
        let wrapped = wrap("#!/usr/bin/env wasock\nexports.a = 1;", &[]);
        assert!(wrapped.source[wrapped.prefix..].starts_with("///usr/bin/env wasock\n"));
    }
}
