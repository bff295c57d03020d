//! Room for the parser, which recurses as deep as the code is nested.

use std::{io, thread};

/// The deepest nesting of brackets in a module. Generated code stays in the hundreds; the engine's own parser
/// gives up earlier than this.
pub const MAX_NESTING: usize = 10_000;

/// The stack that one pair of brackets takes, in bytes, with a margin: 4.2 KiB were measured for an object in
/// parentheses, the most of all forms.
const STACK_PER_BRACKET: usize = 8 << 10;

/// The stack that one byte of text takes that is no bracket: `!!!x`, `a => b => c`, `1 + 2 + 3`. At most 400
/// bytes were measured; `(/*)*/` and its like, whose brackets are not seen, take less than 500.
const STACK_PER_BYTE: usize = 768;

/// Calls a function that recurses over `text`, which [`too_deep`] let pass, on a thread that has the stack for
/// it. Stack that is not used costs no memory.
pub(crate) fn with_stack<R: Send>(text: &str, recurse: impl FnOnce() -> R + Send) -> io::Result<R> {
    let size = MAX_NESTING * STACK_PER_BRACKET + text.len() * STACK_PER_BYTE;
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("parser".to_owned())
            .stack_size(size)
            .spawn_scoped(scope, recurse)?;
        thread.join().or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The offset of the first bracket that is nested too deep. Brackets in strings and comments count too, which
/// changes nothing for code that people mean.
pub(crate) fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_NESTING
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_over_all_brackets() {
        let deep = "([{".repeat(MAX_NESTING / 3);
        assert_eq!(too_deep(&deep), None);
        assert_eq!(too_deep(&format!("{deep}((")), Some(MAX_NESTING));
        assert_eq!(too_deep(&"()".repeat(MAX_NESTING * 2)), None);
    }
}
