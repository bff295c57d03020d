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

/// The longest word that makes a parser recurse, `instanceof`. What is longer is a name or a piece of data, and a
/// megabyte of data in one literal takes no more stack than a name.
const LONGEST_KEYWORD: usize = 10;

/// Calls a function that recurses over `text`, which [`too_deep`] let pass, on a thread that has the stack for
/// it. Stack that is not used costs no memory.
pub(crate) fn with_stack<R: Send>(text: &str, recurse: impl FnOnce() -> R + Send) -> io::Result<R> {
    let size = MAX_NESTING * STACK_PER_BRACKET + recursing(text) * STACK_PER_BYTE;
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("parser".to_owned())
            .stack_size(size)
            .spawn_scoped(scope, recurse)?;
        thread.join().or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// How many bytes may make a parser recurse: those of words, up to the length of keywords, and of all else but
/// white space.
fn recursing(text: &str) -> usize {
    let mut word = 0;
    let recurses = |byte: &u8| {
        let is_of_word = byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"_$".contains(byte);
        word = if is_of_word { word + 1 } else { 0 };
        word <= LONGEST_KEYWORD && !byte.is_ascii_whitespace()
    };
    text.as_bytes().iter().copied().filter(recurses).count()
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
    fn data_takes_no_stack() {
        assert_eq!(recursing(&format!("x = '{}' +\n y", "x".repeat(1_000))), 16);
        assert_eq!(recursing("!!typeof void (a)"), 15);
    }

    #[test]
    fn depth_is_counted_over_all_brackets() {
        let deep = "([{".repeat(MAX_NESTING / 3);
        assert_eq!(too_deep(&deep), None);
        assert_eq!(too_deep(&format!("{deep}((")), Some(MAX_NESTING));
        assert_eq!(too_deep(&"()".repeat(MAX_NESTING * 2)), None);
    }
}
