//! What a script asks for, as far as its text says so: files, variables, URLs. Nothing of it runs.

use std::collections::BTreeSet;

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    CallExpression, ComputedMemberExpression, Expression, IdentifierReference,
    StaticMemberExpression, StringLiteral, TemplateLiteral, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_semantic::{Scoping, SemanticBuilder};
use oxc_span::SourceType;
use serde::Serialize;
use url::Url;

use crate::nesting::with_stack;
use crate::requests::{is_global, literal};
use crate::{ModuleGraph, ModuleKind, Problem, ScriptError};

/// The schemes of what a script connects to.
const SCHEMES: [&str; 5] = ["ws", "wss", "http", "https", "ws+unix"];

/// What a script asks for, as far as its text says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Asks {
    /// URLs that stand in it, whole or up to what is put in at run time. Not all of them need be connected
    /// to, and others may be put together.
    pub urls: BTreeSet<String>,
    /// What `open()` is called with.
    pub files: BTreeSet<String>,
    /// Whether `open()` is called with something that is put together at run time too.
    pub computed_files: bool,
    /// The names in `__ENV` that are used.
    pub variables: BTreeSet<String>,
    /// Whether `__ENV` is used in other ways too, so that it may be all of it.
    pub computed_variables: bool,
}

impl Asks {
    /// What the modules of a script ask for.
    ///
    /// # Errors
    ///
    /// There is no room for what reads them.
    pub fn of(graph: &ModuleGraph) -> Result<Self, ScriptError> {
        let mut asks = Self::default();
        for module in graph.modules.iter().filter(|module| module.kind != ModuleKind::Json) {
            let read = with_stack(&module.source, || asks.read(&module.source));
            read.map_err(|error| Problem::Stack { file: module.name.clone(), error })?;
        }
        Ok(asks)
    }

    /// Reads a module, which is known to be right.
    fn read(&mut self, source: &str) {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
        let scoping = SemanticBuilder::new().build(&parsed.program).semantic.into_scoping();
        Reader { scoping: &scoping, asks: self }.visit_program(&parsed.program);
    }

    /// The hosts of the URLs, with their ports, as a grant names them; Unix sockets too.
    pub fn targets(&self) -> BTreeSet<String> {
        self.urls.iter().filter_map(|url| target(url)).collect()
    }
}

struct Reader<'s> {
    scoping: &'s Scoping,
    asks: &'s mut Asks,
}

impl Reader<'_> {
    fn is_env(&self, object: &Expression<'_>) -> bool {
        matches!(object, Expression::Identifier(name) if is_global(name, "__ENV", self.scoping))
    }

    fn text(&mut self, text: &str) {
        let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        if scheme.is_some_and(|scheme| SCHEMES.contains(&scheme.as_str()))
            && Url::parse(text).is_ok()
        {
            self.asks.urls.insert(text.to_owned());
        }
    }
}

impl<'a> Visit<'a> for Reader<'_> {
    fn visit_string_literal(&mut self, it: &StringLiteral<'a>) {
        self.text(it.value.as_str());
    }

    fn visit_template_literal(&mut self, it: &TemplateLiteral<'a>) {
        if let Some(first) = it.quasis.first().and_then(|part| part.value.cooked) {
            // What follows belongs to the host unless a path has begun.
            let is_whole = it.expressions.is_empty();
            let has_path = first.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
            if is_whole || has_path {
                self.text(first.as_str());
            }
        }
        walk::walk_template_literal(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if let Expression::Identifier(callee) = &it.callee
            && is_global(callee, "open", self.scoping)
        {
            match it
                .arguments
                .first()
                .and_then(|argument| argument.as_expression())
                .and_then(literal)
            {
                Some(path) => drop(self.asks.files.insert(path)),
                None => self.asks.computed_files = true,
            }
        }
        walk::walk_call_expression(self, it);
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        if self.is_env(&it.object) {
            self.asks.variables.insert(it.property.name.to_string());
        } else {
            walk::walk_static_member_expression(self, it);
        }
    }

    fn visit_computed_member_expression(&mut self, it: &ComputedMemberExpression<'a>) {
        match literal(&it.expression) {
            Some(name) if self.is_env(&it.object) => drop(self.asks.variables.insert(name)),
            _ => walk::walk_computed_member_expression(self, it),
        }
    }

    /// `const { A, B } = __ENV`.
    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if let (oxc_ast::ast::BindingPattern::ObjectPattern(pattern), Some(init)) =
            (&it.id, &it.init)
            && self.is_env(init)
            && pattern.rest.is_none()
        {
            let names = pattern.properties.iter().map(|property| property.key.static_name());
            if let Some(names) = names.collect::<Option<Vec<_>>>() {
                self.asks.variables.extend(names.into_iter().map(|name| name.to_string()));
                return walk::walk_binding_pattern(self, &it.id);
            }
        }
        walk::walk_variable_declarator(self, it);
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        // Where it is not followed by a name, which is looked at before.
        self.asks.computed_variables |= is_global(it, "__ENV", self.scoping);
    }
}

/// What a grant for a URL names.
fn target(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    if url.scheme() == "ws+unix" {
        let path = url.path().split(':').next()?;
        return (path.len() > 1).then(|| format!("unix:{path}"));
    }
    let port = url.port_or_known_default()?;
    Some(format!("{}:{port}", url.host()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(source: &str) -> Asks {
        let mut asks = Asks::default();
        asks.read(source);
        asks
    }

    fn listed(texts: &BTreeSet<String>) -> Vec<&str> {
        texts.iter().map(String::as_str).collect()
    }

    #[test]
    fn urls_are_found_as_far_as_they_are_known() {
        let found = asks(
            "connect('wss://chat.test/room'); get(`http://a.test:81/${id}`); get(`http://${host}/`);
             get(`http://b.test${port}/`); get('ws+unix:///run/a.sock:/x'); note('HTTP: a note', 'ftp://c.test');
             get('WS://[::1]:9/');",
        );
        assert_eq!(
            listed(&found.urls),
            [
                "WS://[::1]:9/",
                "http://a.test:81/",
                "ws+unix:///run/a.sock:/x",
                "wss://chat.test/room"
            ]
        );
        let targets = found.targets();
        assert_eq!(listed(&targets), ["[::1]:9", "a.test:81", "chat.test:443", "unix:/run/a.sock"]);
    }

    #[test]
    fn files_are_what_open_is_called_with() {
        let found = asks("open('./a.txt'); open(`b.bin`, 'b');");
        assert_eq!((listed(&found.files), found.computed_files), (vec!["./a.txt", "b.bin"], false));
        assert!(asks("open(name)").computed_files);
        assert_eq!(asks("function open() {} open('./a.txt');"), Asks::default());
    }

    #[test]
    fn variables_are_found_by_name() {
        let found = asks("__ENV.A + __ENV['B-C']; const { D, E: e = 1 } = __ENV;");
        assert_eq!(listed(&found.variables), ["A", "B-C", "D", "E"]);
        assert!(!found.computed_variables);
        for all in ["log(__ENV)", "__ENV[name]", "const { A, ...rest } = __ENV;", "`${__ENV}`"] {
            assert!(asks(all).computed_variables, "{all}");
        }
        assert_eq!(asks("const __ENV = {}; __ENV.A;"), Asks::default());
    }
}
