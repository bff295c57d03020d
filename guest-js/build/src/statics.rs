//! Where a core module has its static variables.

use anyhow::{Context, Result};
use wasmparser::{DataKind, KnownCustom, Name, Operator, Parser, Payload};

/// How the linker names the segment of variables that do not begin at zero; those that do follow it.
const VARIABLES: &str = ".data";

/// The pages of a host, in bytes.
const HOST_PAGE: u32 = 4 << 10;

/// How many bytes further the variables would have to start for a page to start with them. They are less than a page, and
/// each virtual user writes some: where they lie in two pages, each has copies of two.
///
/// # Errors
///
/// The module is malformed, or the linker has named no such segment.
pub fn gap(core: &[u8]) -> Result<u32> {
    let (mut starts, mut variables) = (Vec::new(), None);
    for payload in Parser::new(0).parse_all(core) {
        match payload.context("the core module is malformed")? {
            Payload::DataSection(segments) => {
                for segment in segments {
                    starts.push(start(&segment?.kind)?);
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    variables = variables.or(named(names)?);
                }
            }
            _ => {}
        }
    }
    let start = variables.and_then(|index| starts.get(index as usize).copied().flatten());
    let start = start.context("the core module has no segment of variables")?;
    Ok(start.next_multiple_of(HOST_PAGE) - start)
}

/// Where a segment starts, if that is a constant.
fn start(kind: &DataKind<'_>) -> Result<Option<u32>> {
    let DataKind::Active { offset_expr, .. } = kind else { return Ok(None) };
    Ok(match offset_expr.get_operators_reader().read()? {
        Operator::I32Const { value } => Some(value as u32),
        _ => None,
    })
}

/// The index of the segment of variables.
fn named(names: wasmparser::NameSectionReader<'_>) -> Result<Option<u32>> {
    for name in names {
        let Name::Data(segments) = name? else { continue };
        for segment in segments {
            let segment = segment?;
            if segment.name == VARIABLES {
                return Ok(Some(segment.index));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(start: u32) -> Vec<u8> {
        let text = format!(
            r#"(module (memory 20)
              (data $.rodata (i32.const 1024) "constants")
              (data $.data (i32.const {start}) "variables"))"#
        );
        wat::parse_str(text).unwrap()
    }

    #[test]
    fn a_gap_is_what_is_left_of_a_page() {
        for (start, left) in [(8192, 0), (8193, 4095), (12287, 1)] {
            assert_eq!(gap(&module(start)).unwrap(), left, "{start}");
        }
    }

    #[test]
    fn a_module_without_variables_is_an_error() {
        let error = gap(&wat::parse_str("(module (memory 1))").unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "the core module has no segment of variables");
    }
}
