//! The script and the style sheet of all pages. They are made from `web/` by `make web` and committed, so that
//! building wasock needs no npm.

/// The script and the style sheet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Assets {
    pub(crate) js: &'static str,
    pub(crate) css: &'static str,
}

impl Assets {
    /// Those that are committed.
    pub(crate) fn get() -> Self {
        Self { js: include_str!("../assets/page.js"), css: include_str!("../assets/page.css") }
    }
}
