//! What lies behind an error, as text.

use std::error::Error;

/// An error and what lies behind it, each after a colon. What a message repeats of its cause is there once.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// The text of the innermost error, which says most where the outer ones only say that something failed.
pub fn innermost(error: &dyn Error) -> String {
    let Some(mut inner) = error.source() else { return error.to_string() };
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    #[error("the disk is full")]
    struct Inner;

    #[derive(Debug, Error)]
    enum Outer {
        #[error("no file was written")]
        Silent(#[source] Inner),
        #[error("no file was written: {0}")]
        Repeating(#[source] Inner),
    }

    #[test]
    fn each_cause_is_told_once() {
        let told = "no file was written: the disk is full";
        assert_eq!([chain(&Outer::Silent(Inner)), chain(&Outer::Repeating(Inner))], [told, told]);
        assert_eq!(chain(&Inner), "the disk is full");
    }

    #[test]
    fn the_innermost_error_may_be_the_only_one() {
        assert_eq!([innermost(&Outer::Silent(Inner)), innermost(&Inner)], ["the disk is full"; 2]);
    }
}
