//! Where things are kept between two runs.

use std::{env, path::PathBuf};

use etcetera::BaseStrategy;

/// Names the folder that replaces the default one.
const VARIABLE: &str = "WASOCK_CACHE_DIR";

/// The folder for everything that can be computed or fetched again.
///
/// It is `$WASOCK_CACHE_DIR`, else `wasock` in the user's cache folder (`$XDG_CACHE_HOME`, `~/.cache`). `None`
/// means that the user has no home.
pub fn cache_dir() -> Option<PathBuf> {
    match env::var_os(VARIABLE) {
        Some(folder) if !folder.is_empty() => Some(PathBuf::from(folder)),
        _ => Some(etcetera::choose_base_strategy().ok()?.cache_dir().join("wasock")),
    }
}
