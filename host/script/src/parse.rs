//! From the text of one file to one ECMAScript module.

use std::{collections::BTreeSet, ops::Range};

use oxc_allocator::Allocator;
use oxc_diagnostics::{OxcDiagnostic, Severity};
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_semantic::{Scoping, SemanticBuilder};
use oxc_span::SourceType;

use crate::{
    ModuleKind, Place, Problem, ScriptError, SourceMap, commonjs, json,
    nesting::{too_deep, with_stack},
    requests::{Request, Scan, scan},
    typescript,
};

/// A text and what errors call it.
#[derive(Clone, Copy)]
pub(crate) struct SourceText<'t> {
    pub(crate) name: &'t str,
    pub(crate) text: &'t str,
}

impl SourceText<'_> {
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        Place::new(self.name, self.text, span)
    }

    pub(crate) fn error(&self, problem: Problem, span: Range<usize>) -> ScriptError {
        ScriptError::from(problem).at(self.place(span))
    }
}

/// How a file is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// JavaScript, or else TypeScript.
    Script,
    TypeScript,
    Json,
    /// JSON that is the options of a test.
    Options,
    Jsx,
}

impl Language {
    /// By the end of a path: `.ts`, `.mts`, `.cts`, `.json`, `.jsx`, `.tsx`; all else is a script.
    pub(crate) fn of_path(path: &str) -> Self {
        let file = path.rsplit('/').next().unwrap_or(path);
        match file.rsplit_once('.').map(|(_, extension)| extension) {
            Some("ts" | "mts" | "cts") => Self::TypeScript,
            Some("json") => Self::Json,
            Some("jsx" | "tsx") => Self::Jsx,
            _ => Self::Script,
        }
    }
}

/// A module whose imports are not yet resolved. CommonJS is still what it was.
pub(crate) struct Prepared {
    pub(crate) kind: ModuleKind,
    pub(crate) source: String,
    pub(crate) map: Option<SourceMap>,
    pub(crate) requests: Vec<Request>,
}

impl Prepared {
    /// The text for the engine, given those of the requests that were found. What was not found must not be
    /// imported, because the engine would refuse the whole module.
    pub(crate) fn finish(self, found: &[(String, String)]) -> (String, Option<SourceMap>) {
        if self.kind != ModuleKind::CommonJs {
            return (self.source, self.map);
        }
        let required: BTreeSet<&str> = self
            .requests
            .iter()
            .filter(|request| request.require)
            .map(|request| request.specifier.as_str())
            .filter(|specifier| found.iter().any(|(name, _)| name == specifier))
            .collect();
        let wrapped = commonjs::wrap(&self.source, &Vec::from_iter(required));
        (wrapped.source, Some(self.map.unwrap_or_default().shifted(wrapped.prefix)))
    }
}

/// Makes JavaScript of a file.
pub(crate) fn prepare(file: &SourceText<'_>, language: Language) -> Result<Prepared, ScriptError> {
    match language {
        Language::Script => parsed(file, script),
        Language::TypeScript => parsed(file, typescript),
        Language::Json => {
            let source = json::module(file)?;
            Ok(Prepared { kind: ModuleKind::Json, source, map: None, requests: Vec::new() })
        }
        Language::Options => {
            let source = json::options_module(file)?;
            Ok(Prepared { kind: ModuleKind::Json, source, map: None, requests: Vec::new() })
        }
        Language::Jsx => Err(ScriptError::from(Problem::Jsx { file: file.name.to_owned() })
            .with_hint("compile it to JavaScript first, for example with esbuild")),
    }
}

/// The specifiers of a JavaScript module that is known to be right, in order.
pub(crate) fn specifiers(source: &str) -> Vec<String> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
    let scoping = SemanticBuilder::new().build(&parsed.program).semantic.into_scoping();
    scan(&parsed.program, &scoping).imports.into_iter().map(|request| request.specifier).collect()
}

/// Runs a parser where its recursion does no harm.
fn parsed(
    file: &SourceText<'_>,
    parser: fn(&SourceText<'_>) -> Result<Prepared, ScriptError>,
) -> Result<Prepared, ScriptError> {
    if let Some(bracket) = too_deep(file.text) {
        return Err(file.error(Problem::TooDeep, bracket..bracket + 1));
    }
    match with_stack(file.text, || parser(file)) {
        Ok(result) => result,
        Err(error) => {
            let problem = Problem::Stack { file: file.name.to_owned(), error };
            Err(ScriptError::from(problem).with_hint("split it into several modules"))
        }
    }
}

fn script(file: &SourceText<'_>) -> Result<Prepared, ScriptError> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, file.text, SourceType::mjs()).parse();
    let Some(diagnostic) = first_error(&parsed) else {
        return javascript(file, &parsed);
    };
    let error = syntax_error(file, diagnostic);
    if let Some(commonjs) = with_top_level_return(file)? {
        return Ok(commonjs);
    }
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, file.text, SourceType::ts()).parse();
    if first_error(&parsed).is_none() { typescript(file) } else { Err(error) }
}

/// CommonJS modules are function bodies, so they may `return`.
fn with_top_level_return(file: &SourceText<'_>) -> Result<Option<Prepared>, ScriptError> {
    let allocator = Allocator::default();
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    let parsed =
        Parser::new(&allocator, file.text, SourceType::mjs()).with_options(options).parse();
    if first_error(&parsed).is_some() || parsed.module_record.has_module_syntax {
        return Ok(None);
    }
    let prepared = javascript(file, &parsed)?;
    Ok(Some(prepared).filter(|prepared| prepared.kind == ModuleKind::CommonJs))
}

fn javascript(file: &SourceText<'_>, parsed: &ParserReturn<'_>) -> Result<Prepared, ScriptError> {
    let semantic = SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program);
    if let Some(diagnostic) = semantic.diagnostics.errors().next() {
        return Err(syntax_error(file, diagnostic));
    }
    let scoping: Scoping = semantic.semantic.into_scoping();
    let scan = scan(&parsed.program, &scoping);
    let source = blank(file.text, &scan.attributes);
    let module = Translated { kind: ModuleKind::JavaScript, source, map: None };
    finish(file, module, scan, parsed.module_record.has_module_syntax)
}

fn typescript(file: &SourceText<'_>) -> Result<Prepared, ScriptError> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, file.text, SourceType::ts()).parse();
    if let Some(diagnostic) = first_error(&parsed) {
        return Err(syntax_error(file, diagnostic));
    }
    let has_module_syntax = parsed.module_record.has_module_syntax;
    let output = typescript::translate(&allocator, file, parsed.program)
        .map_err(|diagnostic| syntax_error(file, &diagnostic))?;
    let module =
        Translated { kind: ModuleKind::TypeScript, source: output.source, map: Some(output.map) };
    finish(file, module, output.scan, has_module_syntax)
}

/// JavaScript, perhaps CommonJS still.
struct Translated {
    kind: ModuleKind,
    source: String,
    map: Option<SourceMap>,
}

fn finish(
    file: &SourceText<'_>,
    module: Translated,
    scan: Scan,
    has_module_syntax: bool,
) -> Result<Prepared, ScriptError> {
    if let Some((problem, span)) = scan.refused {
        return Err(file.error(problem, span));
    }
    let Translated { kind, source, map } = module;
    if has_module_syntax || scan.top_level_await {
        if let Some(span) = scan.commonjs {
            let problem = Problem::MixedModules { file: file.name.to_owned() };
            return Err(file.error(problem, span).with_hint(
                "use import and export throughout, in place of require and module.exports",
            ));
        }
    } else if scan.names_commonjs {
        let mut requests = scan.imports;
        requests.extend(scan.requires);
        return Ok(Prepared { kind: ModuleKind::CommonJs, source, map, requests });
    }
    Ok(Prepared { kind, source, map, requests: scan.imports })
}

fn first_error<'p>(parsed: &'p ParserReturn<'_>) -> Option<&'p OxcDiagnostic> {
    parsed.diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error)
}

fn syntax_error(file: &SourceText<'_>, diagnostic: &OxcDiagnostic) -> ScriptError {
    let mut error = ScriptError::from(Problem::Syntax { message: diagnostic.message.to_string() });
    if let Some(label) = diagnostic.labels.first() {
        let start = label.offset() as usize;
        error = error.at(file.place(start..start + label.len() as usize));
    }
    match &diagnostic.help {
        Some(help) => error.with_hint(help.to_string()),
        None => error,
    }
}

/// Overwrites pieces of a text with as many bytes of space; line breaks stay.
fn blank(text: &str, pieces: &[Range<usize>]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for piece in pieces {
        result.push_str(&text[done..piece.start]);
        result.extend(text[piece.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
        done = piece.end;
    }
    result.push_str(&text[done..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanking_keeps_every_other_byte_in_its_place() {
        assert_eq!(blank("ab{é\n}cdef", &[2..7, 8..9]), "ab   \n c ef");
    }

    #[test]
    fn the_language_follows_from_the_end_of_the_path() {
        assert_eq!(Language::of_path("/a.ts/b.js"), Language::Script);
        assert_eq!(Language::of_path("/a/b.mts"), Language::TypeScript);
        assert_eq!(Language::of_path("b.json"), Language::Json);
        assert_eq!(Language::of_path("/a.tsx"), Language::Jsx);
        assert_eq!(Language::of_path("/a/ts"), Language::Script);
    }
}
