//! The project's own sources.

use std::fs;
use std::path::{Path, PathBuf};

/// All Rust sources of a folder, with their texts.
pub fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let of_entry = |path: PathBuf| {
        if path.is_dir() {
            sources(&path)
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("it is text");
            vec![(path, text)]
        } else {
            Vec::new()
        }
    };
    entries.flat_map(|entry| of_entry(entry.expect("it can be read").path())).collect()
}
