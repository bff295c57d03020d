//! What a module asks for: its imports, and the signs of CommonJS.

use std::ops::Range;

use oxc_ast::ast::{
    ArrowFunctionExpression, AssignmentTarget, AwaitExpression, CallExpression, Decorator,
    ExportAllDeclaration, ExportFromDeclaration, Expression, ForOfStatement, Function,
    IdentifierReference, ImportAttributeKey, ImportDeclaration, ImportExpression,
    ObjectPropertyKind, Program, Statement, StringLiteral, TryStatement, UnaryExpression,
    UnaryOperator, WithClause,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::{ScopeFlags, Scoping};
use oxc_span::{GetSpan, Span};

use crate::Problem;

/// One specifier of a module.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) specifier: String,
    /// The specifier's string literal, in bytes of the source.
    pub(crate) span: Range<usize>,
    /// A failure to find it is the script's business at run time: `import()`, or a `require` that the script
    /// may never come to.
    pub(crate) optional: bool,
    /// Imported `with { type: 'json' }`.
    pub(crate) json: bool,
    /// Asked for by `require`.
    pub(crate) require: bool,
}

/// All that one walk over a module finds.
#[derive(Default)]
pub(crate) struct Scan {
    /// `import`, `export … from` and `import('…')`.
    pub(crate) imports: Vec<Request>,
    /// `require('…')` where `require` is no name of the module's own.
    pub(crate) requires: Vec<Request>,
    /// Import attributes, which the engine is not to see.
    pub(crate) attributes: Vec<Range<usize>>,
    /// The module reads or writes a global `require`, `module` or `exports`.
    pub(crate) names_commonjs: bool,
    /// Where it certainly is CommonJS: an unguarded `require('…')` or `module.exports = …`.
    pub(crate) commonjs: Option<Range<usize>>,
    /// Where it waits outside of every function, which only ECMAScript modules can.
    pub(crate) top_level_await: bool,
    /// What no engine of ours can do, and where.
    pub(crate) refused: Option<(Problem, Range<usize>)>,
}

const COMMONJS_NAMES: [&str; 3] = ["require", "module", "exports"];

/// Walks over a parsed (and, if it was TypeScript, transformed) module.
pub(crate) fn scan(program: &Program<'_>, scoping: &Scoping) -> Scan {
    let mut scanner =
        Scanner { scoping, scan: Scan::default(), functions: 0, tries: 0, guards: false };
    scanner.visit_program(program);
    let Scanner { mut scan, guards, .. } = scanner;
    for statement in &program.body {
        if let Some(span) = exports_assignment(statement, scoping) {
            scan.commonjs.get_or_insert(span);
        }
    }
    if guards {
        scan.commonjs = None;
    }
    scan.names_commonjs = scoping
        .root_unresolved_references()
        .keys()
        .any(|name| COMMONJS_NAMES.contains(&name.as_str()));
    scan
}

struct Scanner<'s> {
    scoping: &'s Scoping,
    scan: Scan,
    /// How many functions and `try` blocks enclose the current node.
    functions: usize,
    tries: usize,
    /// The module asks `typeof require`, so it knows how to live without.
    guards: bool,
}

impl Scanner<'_> {
    fn import(&mut self, source: &StringLiteral<'_>, clause: Option<&WithClause<'_>>) {
        let mut json = false;
        if let Some(clause) = clause {
            self.scan.attributes.push(source.span.end as usize..clause.span.end as usize);
            for attribute in &clause.with_entries {
                let key = match &attribute.key {
                    ImportAttributeKey::Identifier(key) => key.name.as_str(),
                    ImportAttributeKey::StringLiteral(key) => key.value.as_str(),
                };
                json |= self.attribute(key, attribute.value.value.as_str(), attribute.span);
            }
        }
        self.scan.imports.push(Request {
            specifier: source.value.to_string(),
            span: range(source.span),
            optional: false,
            json,
            require: false,
        });
    }

    /// Whether an import attribute asks for JSON; any other is refused.
    fn attribute(&mut self, key: &str, value: &str, span: Span) -> bool {
        let json = key == "type" && value == "json";
        if !json {
            let problem = Problem::ImportAttribute { key: key.to_owned(), value: value.to_owned() };
            self.refuse(problem, span);
        }
        json
    }

    fn refuse(&mut self, problem: Problem, span: Span) {
        self.scan.refused.get_or_insert((problem, range(span)));
    }

    /// Whether the second argument of `import()` is `{ with: { type: 'json' } }`.
    fn dynamic_attributes(&mut self, options: &Expression<'_>) -> bool {
        let Some(with) = property(options, "with") else {
            return false;
        };
        let Some(Expression::StringLiteral(value)) = property(with, "type") else {
            return false;
        };
        self.attribute("type", value.value.as_str(), with.span())
    }
}

impl<'a> Visit<'a> for Scanner<'_> {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        self.import(&it.source, it.with_clause.as_deref());
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        self.import(&it.source, it.with_clause.as_deref());
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        self.import(&it.source, it.with_clause.as_deref());
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        if let Some(specifier) = literal(&it.source) {
            let mut json = false;
            if let Some(options) = &it.options {
                json = self.dynamic_attributes(options);
                if json {
                    let attributes = it.source.span().end as usize..options.span().end as usize;
                    self.scan.attributes.push(attributes);
                }
            }
            let span = range(it.source.span());
            self.scan.imports.push(Request {
                specifier,
                span,
                optional: true,
                json,
                require: false,
            });
        }
        walk::walk_import_expression(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if let Expression::Identifier(callee) = &it.callee
            && is_global(callee, "require", self.scoping)
            && let [argument] = it.arguments.as_slice()
            && let Some(specifier) = argument.as_expression().and_then(literal)
        {
            let optional = self.functions > 0 || self.tries > 0;
            let span = range(argument.span());
            if !optional {
                // `import a = require('b')` of TypeScript has no call of its own in the source.
                let call = if it.span.is_empty() { span.clone() } else { range(it.span) };
                self.scan.commonjs.get_or_insert(call);
            }
            self.scan.requires.push(Request {
                specifier,
                span,
                optional,
                json: false,
                require: true,
            });
        }
        walk::walk_call_expression(self, it);
    }

    fn visit_unary_expression(&mut self, it: &UnaryExpression<'a>) {
        if it.operator == UnaryOperator::Typeof
            && let Expression::Identifier(name) = &it.argument
            && COMMONJS_NAMES.iter().any(|global| is_global(name, global, self.scoping))
        {
            self.guards = true;
        }
        walk::walk_unary_expression(self, it);
    }

    fn visit_await_expression(&mut self, it: &AwaitExpression<'a>) {
        self.scan.top_level_await |= self.functions == 0;
        walk::walk_await_expression(self, it);
    }

    fn visit_for_of_statement(&mut self, it: &ForOfStatement<'a>) {
        self.scan.top_level_await |= it.r#await && self.functions == 0;
        walk::walk_for_of_statement(self, it);
    }

    fn visit_try_statement(&mut self, it: &TryStatement<'a>) {
        self.tries += 1;
        walk::walk_try_statement(self, it);
        self.tries -= 1;
    }

    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        self.functions += 1;
        walk::walk_function(self, it, flags);
        self.functions -= 1;
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        self.functions += 1;
        walk::walk_arrow_function_expression(self, it);
        self.functions -= 1;
    }

    fn visit_decorator(&mut self, it: &Decorator<'a>) {
        self.refuse(Problem::Decorator, it.span);
    }
}

fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// The text of a string literal, or of a template without holes.
pub(crate) fn literal(expression: &Expression<'_>) -> Option<String> {
    match expression {
        Expression::StringLiteral(literal) => Some(literal.value.to_string()),
        Expression::TemplateLiteral(template) => {
            template.single_quasi().map(|text| text.to_string())
        }
        _ => None,
    }
}

/// The value of a plain property of an object literal.
fn property<'e, 'a>(object: &'e Expression<'a>, name: &str) -> Option<&'e Expression<'a>> {
    let Expression::ObjectExpression(object) = object else {
        return None;
    };
    object.properties.iter().find_map(|property| match property {
        ObjectPropertyKind::ObjectProperty(property)
            if property.key.static_name().as_deref() == Some(name) =>
        {
            Some(&property.value)
        }
        _ => None,
    })
}

pub(crate) fn is_global(
    identifier: &IdentifierReference<'_>,
    name: &str,
    scoping: &Scoping,
) -> bool {
    identifier.name == name
        && identifier
            .reference_id
            .get()
            .is_none_or(|id| scoping.get_reference(id).symbol_id().is_none())
}

/// Where a statement is `module.exports = …`, `module.exports.x = …` or `exports.x = …`.
fn exports_assignment(statement: &Statement<'_>, scoping: &Scoping) -> Option<Range<usize>> {
    let Statement::ExpressionStatement(statement) = statement else {
        return None;
    };
    let Expression::AssignmentExpression(assignment) = &statement.expression else {
        return None;
    };
    let AssignmentTarget::StaticMemberExpression(target) = &assignment.left else {
        return None;
    };
    let exports = match &target.object {
        Expression::Identifier(object) => {
            is_global(object, "exports", scoping)
                || is_global(object, "module", scoping) && target.property.name == "exports"
        }
        Expression::StaticMemberExpression(object) => {
            object.property.name == "exports"
                && matches!(&object.object, Expression::Identifier(name) if is_global(name, "module", scoping))
        }
        _ => false,
    };
    exports.then(|| range(target.span))
}
