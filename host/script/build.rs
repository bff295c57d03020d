//! Embeds the JavaScript shim: writes the table that `src/shim.rs` includes, with a digest of shim and
//! engine, so that no start has to hash them.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

const SHIM: &str = "../../guest-js/shim";
const ENGINE: &str = "../../guest-js/engine.wasm";

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(SHIM).canonicalize()?;
    println!("cargo::rerun-if-changed={}", root.display());
    let engine = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(ENGINE).canonicalize()?;
    println!("cargo::rerun-if-changed={}", engine.display());
    println!("cargo::rerun-if-changed=build.rs");

    let mut files = Vec::new();
    collect(&root, &mut files)?;
    let mut modules = files
        .into_iter()
        .map(|path| Ok((module_name(path.strip_prefix(&root)?)?, path)))
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    modules.sort();

    let table = Path::new(&env::var("OUT_DIR")?).join("shim_table.rs");
    fs::write(table, render(&modules, &fs::read(engine)?)?)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "js") {
            files.push(path);
        }
    }
    Ok(())
}

/// The specifier under which a file of the shim is imported.
fn module_name(file: &Path) -> Result<String, Box<dyn Error>> {
    let path = file.to_str().ok_or("the shim has a file name that is not UTF-8")?;
    let path = path.replace('\\', "/");
    let stem = path.strip_suffix(".js").unwrap_or(&path);
    if let Some(internal) = stem.strip_prefix("internal/") {
        Ok(format!("wasock:{internal}"))
    } else if let Some(library) = stem.strip_prefix("jslib/") {
        Ok(format!("https://jslib.k6.io/{library}/index.js"))
    } else if stem == "k6" || stem.starts_with("k6/") || stem.starts_with("wasock/") {
        Ok(stem.to_owned())
    } else {
        Err(format!("the shim's {path} is in none of k6.js, k6/, wasock/, internal/ and jslib/")
            .into())
    }
}

fn render(modules: &[(String, PathBuf)], engine: &[u8]) -> Result<String, Box<dyn Error>> {
    let mut hash = Sha256::new();
    hash.update((engine.len() as u64).to_le_bytes());
    hash.update(engine);
    let mut table = String::from("pub(super) static MODULES: &[ShimModule] = &[\n");
    for (name, path) in modules {
        let source = fs::read(path)?;
        for part in [name.as_bytes(), &source] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        writeln!(table, "    ShimModule {{ name: {name:?}, source: include_str!({path:?}) }},")?;
    }
    table.push_str("];\n");
    let digest = hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    writeln!(table, "pub(super) const DIGEST: &str = {digest:?};")?;
    Ok(table)
}
