//! Runs what a fuzz target runs on the inputs that are kept for it: crashes that were mended stay mended.

use std::fs;
use std::path::Path;

/// Runs a target on each of its inputs.
pub fn corpus(name: &str, target: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let entries = fs::read_dir(&root).expect("the corpus is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", root.display());
    for path in paths {
        let input = fs::read(&path).expect("it can be read");
        let run = std::panic::catch_unwind(|| target(&input));
        assert!(run.is_ok(), "{} fails again", path.display());
    }
}
