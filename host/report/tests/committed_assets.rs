//! The committed script and style sheet are those that their sources make.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// The text of a file of this crate.
fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The hash of the sources, as `web/build.js` makes it.
fn source_hash() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/src");
    let entries = fs::read_dir(folder).expect("the folder is there");
    let sources = entries.map(|entry| {
        let entry = entry.expect("it can be listed");
        format!("src/{}", entry.file_name().to_string_lossy())
    });
    let others = ["build.js", "package-lock.json", "package.json"].map(str::to_owned);
    let mut names: Vec<_> = sources.chain(others).collect();
    names.sort();
    let mut hash = Sha256::new();
    for name in names {
        let text = text(&format!("web/{name}"));
        hash.update(format!("{name}\0{}\0", text.len()));
        hash.update(text);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_committed_assets_were_made_from_these_sources() {
    let expected = format!("/* wasock-report-web, sources {}\n", source_hash());
    for name in ["assets/page.js", "assets/page.css"] {
        let asset = text(name);
        assert!(asset.starts_with(&expected), "{name} is stale: run `make web` and commit it");
    }
}

#[test]
fn the_licence_of_the_charts_goes_with_them() {
    for name in ["assets/page.js", "assets/page.css"] {
        let asset = text(name);
        assert!(
            asset.contains("Contains uPlot.\n\nThe MIT License (MIT)\n\nCopyright (c)"),
            "{name}"
        );
        assert!(asset.contains("THE SOFTWARE IS PROVIDED \"AS IS\""), "{name}");
    }
}

#[test]
fn nothing_in_the_assets_ends_the_element_that_holds_them() {
    let script = text("assets/page.js").to_lowercase();
    assert!(!script.contains("</script") && !script.contains("<!--"));
    assert!(!text("assets/page.css").to_lowercase().contains("</style"));
}
