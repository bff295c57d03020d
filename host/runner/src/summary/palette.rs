//! The colours of the summary.

use anstyle::{AnsiColor, Style};

/// Paints text, or leaves it as it is where colours are off.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    pub(super) enabled: bool,
}

impl Palette {
    pub(super) fn title(self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    pub(super) fn good(self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default(), text)
    }

    pub(super) fn value(self, text: &str) -> String {
        self.paint(AnsiColor::Cyan.on_default(), text)
    }

    pub(super) fn extra(self, text: &str) -> String {
        self.paint(AnsiColor::Cyan.on_default().dimmed(), text)
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    /// A tick or a cross.
    pub(super) fn mark(self, ok: bool) -> String {
        if ok { self.good("✓") } else { self.bad("✗") }
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.enabled && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}
