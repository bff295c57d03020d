//! What a component is made of, found without compiling it: a component of somebody else's is to be refused before
//! it takes time and memory.

use std::collections::BTreeSet;

use thiserror::Error;
use wasmparser::{
    BinaryReaderError, ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind,
    ComponentType, ComponentTypeRef, FunctionBody, InstanceTypeDeclaration, Operator, Parser,
    Payload, TypeBounds,
};

/// The most code of a component, in bytes. The largest guest that is known, with an engine for JavaScript of its own,
/// has 9 MB, and each megabyte takes a processor about a second to compile.
pub const MAX_CODE: u64 = 64 << 20;

/// The largest function of a component, in bytes. A function is compiled as a whole, in more than linear time; the largest
/// that is known, the interpreter of Python, has 430 kB.
pub const MAX_FUNCTION: u64 = 1 << 20;

/// The most blocks of a function times its variables. The compiler may keep a value for each variable in each block:
/// two million take some hundred megabytes and some seconds. The interpreter in a guest in JavaScript has 0.2 million.
pub const MAX_BLOCK_VARIABLES: u64 = 2 << 20;

/// The same of all functions together, which that guest has 2.9 million of.
pub const MAX_ALL_BLOCK_VARIABLES: u64 = 16 << 20;

/// Why a component is not compiled.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SurfaceError {
    /// It ends too early, or is damaged.
    #[error("{0}")]
    Malformed(String),
    /// See [`MAX_CODE`].
    #[error("it has more than {} MiB of code", MAX_CODE >> 20)]
    Code,
    /// See [`MAX_FUNCTION`].
    #[error("it has a function of {0} bytes, and {MAX_FUNCTION} is the most")]
    Function(u64),
    /// See `MAX_BLOCK_VARIABLES`.
    #[error(
        "it has a function with {blocks} blocks and {variables} variables, which takes too much memory to compile"
    )]
    Blocks {
        /// The blocks of the function.
        blocks: u64,
        /// Its variables.
        variables: u64,
    },
    /// See `MAX_ALL_BLOCK_VARIABLES`.
    #[error("its functions have too many blocks and variables to be compiled")]
    AllBlocks,
    /// Several components with code, joined to one.
    #[error("it is composed of several components, and wasock runs one as a virtual user")]
    Composed,
}

impl SurfaceError {
    /// How to put it right.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Malformed(_) => {
                "the file is cut off, damaged or newer than this version of wasock: build it again"
            }
            Self::Composed => {
                "a test that stands alone is run by any host of WASI 0.2, such as `wasmtime run`; of other \
                 compositions wasock runs the part that is the test"
            }
            Self::Code | Self::Function(_) | Self::Blocks { .. } | Self::AllBlocks => {
                "build it with optimisation, which makes its code smaller"
            }
        }
    }
}

/// What a component imports, exports and says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surface {
    /// The names of what it imports, in their order.
    pub imports: Vec<String>,
    /// Those of the imports that are more than types, so that somebody has to offer them.
    pub(crate) needed: Vec<String>,
    /// The names of what it exports, in their order.
    pub exports: Vec<String>,
    /// Whether all that it exports are types, as in a WIT package in its binary form.
    pub exports_types_only: bool,
}

impl Surface {
    /// Reads a component, and refuses one that would be too much to compile.
    ///
    /// # Errors
    ///
    /// See [`SurfaceError`].
    pub fn of(wasm: &[u8]) -> Result<Self, SurfaceError> {
        let mut reader = Reader { surface: Self::default(), ..Reader::default() };
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload.map_err(|error| malformed(&error))?;
            reader.read(payload)?;
        }
        let Reader { mut surface, other_exports, .. } = reader;
        surface.exports_types_only = !surface.exports.is_empty() && other_exports == 0;
        Ok(surface)
    }
}

fn malformed(error: &BinaryReaderError) -> SurfaceError {
    SurfaceError::Malformed(error.to_string())
}

#[derive(Default)]
struct Reader {
    surface: Surface,
    /// The components and modules around what is read, each by the number of its component.
    around: Vec<usize>,
    /// How many components there have been.
    components: usize,
    /// Those that have code.
    with_code: BTreeSet<usize>,
    /// Of each type of the component itself: whether it is an instance with more than types in it.
    types: Vec<bool>,
    other_exports: usize,
    code: u64,
    block_variables: u64,
}

impl Reader {
    fn read(&mut self, payload: Payload<'_>) -> Result<(), SurfaceError> {
        match payload {
            Payload::ModuleSection { .. } => self.around.push(self.component()),
            Payload::ComponentSection { .. } => {
                self.components += 1;
                self.around.push(self.components);
            }
            Payload::End(_) => drop(self.around.pop()),
            Payload::CodeSectionStart { size, count, .. } => {
                self.code += u64::from(size);
                if self.code > MAX_CODE {
                    return Err(SurfaceError::Code);
                }
                if count > 0 {
                    self.with_code.insert(self.component());
                }
                if self.with_code.len() > 1 {
                    return Err(SurfaceError::Composed);
                }
            }
            Payload::CodeSectionEntry(body) => return self.function(&body),
            payload if self.around.is_empty() => {
                return self.own(payload).map_err(|error| malformed(&error));
            }
            _ => {}
        }
        Ok(())
    }

    /// The component that is read. The outermost is the first.
    fn component(&self) -> usize {
        self.around.last().copied().unwrap_or_default()
    }

    /// A section of the component itself.
    fn own(&mut self, payload: Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import?;
                    let name = import.name.name.to_owned();
                    let is_needed = match import.ty {
                        ComponentTypeRef::Instance(number) => {
                            self.types.get(number as usize).copied().unwrap_or_default()
                        }
                        other => needs_more_than_types(&other),
                    };
                    self.types
                        .extend(matches!(import.ty, ComponentTypeRef::Type(_)).then_some(false));
                    self.surface.needed.extend(is_needed.then(|| name.clone()));
                    self.surface.imports.push(name);
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    let is_type = matches!(
                        export.kind,
                        ComponentExternalKind::Type | ComponentExternalKind::Component
                    );
                    self.other_exports += usize::from(!is_type);
                    self.types
                        .extend((export.kind == ComponentExternalKind::Type).then_some(false));
                    self.surface.exports.push(export.name.name.to_owned());
                }
            }
            Payload::ComponentTypeSection(types) => {
                for kind in types {
                    self.types.push(is_needed(&kind?));
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    let is_type = matches!(
                        alias?,
                        ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, .. }
                            | ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. }
                    );
                    self.types.extend(is_type.then_some(false));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn function(&mut self, body: &FunctionBody<'_>) -> Result<(), SurfaceError> {
        let size = body.range().end - body.range().start;
        if size > MAX_FUNCTION {
            return Err(SurfaceError::Function(size));
        }
        let (blocks, variables) = counted(body).map_err(|error| malformed(&error))?;
        let product = blocks.saturating_mul(variables);
        if product > MAX_BLOCK_VARIABLES {
            return Err(SurfaceError::Blocks { blocks, variables });
        }
        self.block_variables += product;
        match self.block_variables > MAX_ALL_BLOCK_VARIABLES {
            true => Err(SurfaceError::AllBlocks),
            false => Ok(()),
        }
    }
}

/// Whether a type is that of an instance with more than types in it.
fn is_needed(kind: &ComponentType<'_>) -> bool {
    let ComponentType::Instance(parts) = kind else { return false };
    parts.iter().any(|part| match part {
        InstanceTypeDeclaration::Export { ty, .. } => needs_more_than_types(ty),
        _ => false,
    })
}

/// Whether somebody has to offer it. A resource is more than its type.
fn needs_more_than_types(kind: &ComponentTypeRef) -> bool {
    !matches!(kind, ComponentTypeRef::Type(TypeBounds::Eq(_)))
}

/// The blocks and the variables of a function.
fn counted(body: &FunctionBody<'_>) -> Result<(u64, u64), BinaryReaderError> {
    let mut variables = 0_u64;
    for locals in body.get_locals_reader()? {
        variables = variables.saturating_add(u64::from(locals?.0));
    }
    let mut blocks = 0;
    for operator in body.get_operators_reader()? {
        let is_block = matches!(
            operator?,
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. }
        );
        blocks += u64::from(is_block);
    }
    Ok((blocks, variables))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn surface(text: &str) -> Result<Surface, SurfaceError> {
        Surface::of(&wat::parse_str(text).unwrap())
    }

    #[test]
    fn imports_and_exports_are_those_of_the_component_itself() {
        let found = surface(
            r#"(component
                 (import "a:b/types" (instance (type $r (record (field "x" u8))) (export "t" (type (eq $r)))))
                 (import "a:b/calls" (instance (export "f" (func))))
                 (import "a:b/things" (instance (export "r" (type (sub resource)))))
                 (component (import "inner" (func)) (export "inner" (func 0)))
                 (instance $i) (export "a:b/out" (instance $i)))"#,
        )
        .unwrap();
        assert_eq!(found.imports, ["a:b/types", "a:b/calls", "a:b/things"]);
        assert_eq!(found.needed, ["a:b/calls", "a:b/things"]);
        assert_eq!((found.exports, found.exports_types_only), (vec!["a:b/out".to_owned()], false));
    }

    #[test]
    fn several_components_with_code_are_a_composition() {
        let part = "(component (core module (func)))";
        assert!(surface(&format!("(component {part})")).is_ok());
        for whole in [format!("{part} {part}"), format!("(core module (func)) {part}")] {
            assert_eq!(surface(&format!("(component {whole})")), Err(SurfaceError::Composed));
        }
        assert!(surface("(component (core module (func)) (core module (func)))").is_ok());
    }

    #[test]
    fn what_takes_too_much_to_compile_is_refused() {
        let function = |locals: &str, code: &str| {
            surface(&format!("(component (core module (func (local {locals}) {code})))"))
        };
        let nops = usize::try_from(MAX_FUNCTION).unwrap();
        let size = function("i32", &"nop ".repeat(nops));
        assert!(matches!(size, Err(SurfaceError::Function(_))), "{size:?}");
        let (blocks, variables) = (4096, 1024);
        let all = function(&"i32 ".repeat(variables), &"(block)".repeat(blocks));
        assert!(matches!(all, Err(SurfaceError::Blocks { .. })), "{all:?}");
        assert!(function(&"i32 ".repeat(variables), &"(block)".repeat(blocks / 4)).is_ok());
        let one = format!("(func (local {}) {})", "i32 ".repeat(1024), "(block)".repeat(1024));
        let many = surface(&format!("(component (core module {}))", one.repeat(17)));
        assert_eq!(many, Err(SurfaceError::AllBlocks));
    }

    #[test]
    fn a_component_that_ends_early_is_malformed() {
        let whole = wat::parse_str("(component (core module (func)))").unwrap();
        let cut = Surface::of(&whole[..whole.len() - 2]);
        assert!(matches!(cut, Err(SurfaceError::Malformed(_))), "{cut:?}");
    }
}
