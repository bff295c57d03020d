//! TypeScript to JavaScript: types go, enums, namespaces and parameter properties are written out. Nothing is
//! checked.

use std::path::Path;

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    ExportAllDeclaration, ExportFromDeclaration, ImportDeclaration, ImportExpression, Program,
};
use oxc_ast_visit::{VisitMut, walk_mut};
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_diagnostics::OxcDiagnostic;
use oxc_semantic::SemanticBuilder;
use oxc_transformer::{TransformOptions, Transformer};

use crate::{
    SourceMap,
    parse::SourceText,
    requests::{Scan, scan},
    source_map::Token,
};

/// A module in JavaScript. The spans in `scan` are those of the TypeScript source.
pub(crate) struct Output {
    pub(crate) source: String,
    pub(crate) map: SourceMap,
    pub(crate) scan: Scan,
}

/// Translates a parsed module. Imports that are only used as types vanish.
pub(crate) fn translate<'a>(
    allocator: &'a Allocator,
    file: &SourceText<'a>,
    mut program: Program<'a>,
) -> Result<Output, OxcDiagnostic> {
    let semantic =
        SemanticBuilder::new().with_check_syntax_error(true).with_enum_eval(true).build(&program);
    first_error(semantic.diagnostics)?;
    let scoping = semantic.semantic.into_scoping();

    let path = Path::new(file.name);
    let options = TransformOptions::default();
    let transformed =
        Transformer::new(allocator, path, &options).build_with_scoping(scoping, &mut program);
    first_error(transformed.diagnostics)?;
    let scan = scan(&program, &transformed.scoping);

    WithoutAttributes.visit_program(&mut program);
    let options = CodegenOptions {
        source_map_path: Some(path.to_path_buf()),
        // Indented, deeply nested code would grow with the square of its depth.
        indent_width: 0,
        ..CodegenOptions::default()
    };
    let generated = Codegen::new().with_options(options).build(&program);
    let map = generated.map.expect("a source map was asked for");
    let tokens = map.get_tokens().map(|token| Token {
        generated: (token.get_dst_line(), token.get_dst_col()),
        original: (token.get_src_line(), token.get_src_col()),
    });
    let map = SourceMap::from_tokens(tokens, &generated.code, file.text);
    Ok(Output { source: generated.code, map, scan })
}

fn first_error(diagnostics: impl IntoIterator<Item = OxcDiagnostic>) -> Result<(), OxcDiagnostic> {
    use oxc_diagnostics::Severity::Error;
    diagnostics.into_iter().find(|diagnostic| diagnostic.severity == Error).map_or(Ok(()), Err)
}

/// Takes the import attributes away, which the engine is not to see.
struct WithoutAttributes;

impl<'a> VisitMut<'a> for WithoutAttributes {
    fn visit_import_declaration(&mut self, it: &mut ImportDeclaration<'a>) {
        it.with_clause = None;
    }

    fn visit_export_from_declaration(&mut self, it: &mut ExportFromDeclaration<'a>) {
        it.with_clause = None;
    }

    fn visit_export_all_declaration(&mut self, it: &mut ExportAllDeclaration<'a>) {
        it.with_clause = None;
    }

    fn visit_import_expression(&mut self, it: &mut ImportExpression<'a>) {
        it.options = None;
        walk_mut::walk_import_expression(self, it);
    }
}
