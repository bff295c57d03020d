//! Puts the functions that every virtual user calls through a table beside each other in the host's memory.
//!
//! wasmtime keeps a record of 32 bytes in each instance for each function that a table can hold, in the order in
//! which the module names them, and writes it when the function is first called. QuickJS has some 750 of them, of
//! which a script calls a few dozen: spread over six pages, or on one. An element segment that declares
//! functions and does nothing else, before all others, decides the order.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use wasm_encoder::{Encode, Module, RawSection, SectionId};
use wasmparser::{BinaryReader, ElementItems, KnownCustom, Name, Parser, Payload};

/// A segment of function indices that is only declared (WebAssembly 2.0, section 5.5.12).
const DECLARED_FUNCTIONS: [u8; 2] = [3, 0];

/// A module like `core` that names hot functions before all others. Each line of `patterns` stands for some: one with
/// `::` for all whose name contains it, another for the one of that name.
///
/// # Errors
///
/// The module is malformed, or a line stands for no function that is called through a table.
pub fn first(core: &[u8], patterns: &str) -> Result<Vec<u8>> {
    let hot = matching(patterns, &in_tables(core)?)?;
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(core) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else { continue };
        let data = &core[usize::try_from(range.start)?..usize::try_from(range.end)?];
        if id == SectionId::Element as u8 {
            module.section(&RawSection { id, data: &declared_first(&hot, data)? });
        } else {
            module.section(&RawSection { id, data });
        }
    }
    Ok(module.finish())
}

/// The functions that lines stand for, in the order of the lines.
fn matching(patterns: &str, functions: &[(u32, String)]) -> Result<Vec<u32>> {
    let mut hot = Vec::new();
    for pattern in patterns.lines() {
        let stands_for = |name: &str| match pattern.contains("::") {
            true => name.contains(pattern),
            false => name == pattern,
        };
        let before = hot.len();
        for (index, _) in functions.iter().filter(|(_, name)| stands_for(name)) {
            hot.push(*index);
        }
        ensure!(hot.len() > before, "no function of the engine's table is called `{pattern}`");
    }
    Ok(hot)
}

/// The content of an element section with one more segment before the others.
fn declared_first(functions: &[u32], section: &[u8]) -> Result<Vec<u8>> {
    let mut reader = BinaryReader::new(section, 0);
    let count = reader.read_var_u32()?;
    let others = &section[usize::try_from(reader.original_position())?..];
    let mut data = Vec::new();
    (count + 1).encode(&mut data);
    data.extend(DECLARED_FUNCTIONS);
    functions.encode(&mut data);
    data.extend(others);
    Ok(data)
}

/// The functions that tables hold, with their names in Rust or C.
fn in_tables(core: &[u8]) -> Result<Vec<(u32, String)>> {
    let (mut held, mut names) = (BTreeSet::new(), Vec::new());
    for payload in Parser::new(0).parse_all(core) {
        match payload? {
            Payload::ElementSection(elements) => {
                for element in elements {
                    let ElementItems::Functions(functions) = element?.items else { continue };
                    held.extend(functions.into_iter().collect::<Result<Vec<_>, _>>()?);
                }
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(subsections) = section.as_known() else { continue };
                for subsection in subsections {
                    let Name::Function(functions) = subsection? else { continue };
                    names.extend(functions.into_iter().collect::<Result<Vec<_>, _>>()?);
                }
            }
            _ => {}
        }
    }
    // Without the hashes, which each compiler makes anew.
    let plain = |name| format!("{:#}", rustc_demangle::demangle(name));
    let functions = names.iter().filter(|name| held.contains(&name.index));
    let functions: Vec<_> = functions.map(|name| (name.index, plain(name.name))).collect();
    functions.first().context("the engine's core module names no function of a table")?;
    Ok(functions)
}

#[cfg(test)]
mod tests {
    use wasmparser::{ElementKind, Validator};

    use super::*;

    const MODULE: &str = "(module
        (func $cold) (func $js_hot) (func $a::natives::hot) (func $not_in_a_table)
        (table 3 funcref)
        (elem (i32.const 0) $cold $js_hot $a::natives::hot))";

    /// The kinds of the segments and the functions in them.
    fn segments(module: &[u8]) -> Vec<(bool, Vec<u32>)> {
        let mut segments = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            let Payload::ElementSection(elements) = payload.unwrap() else { continue };
            for element in elements {
                let element = element.unwrap();
                let ElementItems::Functions(functions) = element.items else { panic!("functions") };
                let functions = functions.into_iter().map(Result::unwrap).collect();
                segments.push((matches!(element.kind, ElementKind::Declared), functions));
            }
        }
        segments
    }

    #[test]
    fn hot_functions_are_declared_first_and_the_table_stays_as_it_is() {
        let core = wat::parse_str(MODULE).unwrap();
        let module = first(&core, "natives::hot\njs_hot\n").unwrap();
        Validator::new().validate_all(&module).unwrap();
        assert_eq!(segments(&core), [(false, vec![0, 1, 2])]);
        assert_eq!(segments(&module), [(true, vec![2, 1]), (false, vec![0, 1, 2])]);
    }

    #[test]
    fn a_line_that_stands_for_nothing_in_a_table_is_told() {
        let core = wat::parse_str(MODULE).unwrap();
        for line in ["hot", "not_in_a_table", "natives::cold"] {
            let error = first(&core, line).unwrap_err().to_string();
            assert_eq!(error, format!("no function of the engine's table is called `{line}`"));
        }
    }
}
