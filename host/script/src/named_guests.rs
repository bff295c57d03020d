//! The programs that the scenarios of a script name by `guest`, as far as its text says so. Nothing of it runs.

use std::collections::BTreeSet;

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    AssignmentExpression, AssignmentTarget, Expression, ObjectExpression, ObjectPropertyKind,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::SourceType;
use serde_json::Value;

use crate::nesting::with_stack;
use crate::requests::literal;
use crate::{ModuleGraph, ModuleKind, Problem, ScriptError};

/// The option of a scenario that names its program.
const GUEST: &str = "guest";

/// The option that every scenario has.
const EXECUTOR: &str = "executor";

/// The programs that the scenarios of a script name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedGuests {
    /// As they are named: paths from the test on.
    pub names: BTreeSet<String>,
    /// Whether there are some whose names are put together at run time.
    pub computed: bool,
}

impl NamedGuests {
    /// What the modules of a script name.
    ///
    /// # Errors
    ///
    /// There is no room for what reads them.
    pub fn of(graph: &ModuleGraph) -> Result<Self, ScriptError> {
        let mut guests = Self::default();
        for module in &graph.modules {
            if module.kind == ModuleKind::Json {
                let text = module.original.trim_start_matches('\u{feff}');
                // What is nested too deeply for the parser is no test either.
                let value = serde_json::from_str(text).unwrap_or(Value::Null);
                guests.read_value(&value);
                continue;
            }
            let read = with_stack(&module.source, || guests.read(&module.source));
            read.map_err(|error| Problem::Stack { file: module.name.clone(), error })?;
        }
        Ok(guests)
    }

    /// Reads a module, which is known to be right.
    fn read(&mut self, source: &str) {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
        self.visit_program(&parsed.program);
    }

    fn read_value(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.read_value(value)),
            Value::Object(members) => {
                let guest = members.get(GUEST).and_then(Value::as_str);
                if let Some(name) = guest.filter(|_| members.contains_key(EXECUTOR)) {
                    self.names.insert(name.to_owned());
                }
                members.values().for_each(|value| self.read_value(value));
            }
            _ => {}
        }
    }

    fn found(&mut self, name: &Expression<'_>) {
        match literal(name) {
            Some(name) => drop(self.names.insert(name)),
            None => self.computed = true,
        }
    }
}

impl<'a> Visit<'a> for NamedGuests {
    /// `{ executor: …, guest: './a.wasm' }`; the executor may be in what is spread.
    fn visit_object_expression(&mut self, it: &ObjectExpression<'a>) {
        let mut is_scenario = false;
        let mut guest = None;
        for property in &it.properties {
            match property {
                ObjectPropertyKind::SpreadProperty(_) => is_scenario = true,
                ObjectPropertyKind::ObjectProperty(property) => {
                    match property.key.static_name().as_deref() {
                        Some(EXECUTOR) => is_scenario = true,
                        Some(GUEST) => guest = Some(&property.value),
                        _ => {}
                    }
                }
            }
        }
        if let Some(name) = guest.filter(|_| is_scenario) {
            self.found(name);
        }
        walk::walk_object_expression(self, it);
    }

    /// `options.scenarios.a.guest = './a.wasm'`.
    fn visit_assignment_expression(&mut self, it: &AssignmentExpression<'a>) {
        let is_guest = match &it.left {
            AssignmentTarget::StaticMemberExpression(member) => member.property.name == GUEST,
            AssignmentTarget::ComputedMemberExpression(member) => {
                literal(&member.expression).is_some_and(|name| name == GUEST)
            }
            _ => false,
        };
        if is_guest {
            self.found(&it.right);
        }
        walk::walk_assignment_expression(self, it);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guests(source: &str) -> (Vec<String>, bool) {
        let mut guests = NamedGuests::default();
        guests.read(source);
        (guests.names.into_iter().collect(), guests.computed)
    }

    #[test]
    fn guests_are_what_scenarios_name() {
        let found = guests(
            "export const options = { scenarios: { a: { executor: 'x', guest: './a.wasm' }, b: { ...a, 'guest': `b.js` } } };
             options.scenarios.c['guest'] = 'c.js'; send({ guest: 'Alice' });",
        );
        assert_eq!(found, (["./a.wasm", "b.js", "c.js"].map(str::to_owned).to_vec(), false));
        for source in ["({ executor: 'x', guest: name })", "a.guest = __ENV.GUEST"] {
            assert_eq!(guests(source), (Vec::new(), true), "{source}");
        }
    }

    #[test]
    fn guests_of_a_test_in_json_are_found() {
        let mut found = NamedGuests::default();
        found.read_value(&serde_json::json!({
            "scenarios": { "a": { "executor": "x", "guest": "a.wasm" } }, "tags": { "guest": "no" },
        }));
        assert_eq!(found.names.into_iter().collect::<Vec<_>>(), ["a.wasm"]);
    }
}
