//! `wasock-engine-build <core.wasm> <component.wasm>`: the last step of `make engine`; with `standalone` in front,
//! of `make standalone`. `wasock-engine-build gap <core.wasm>` prints [`gap`].
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "a build tool speaks to its user")]

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use wasock_engine_build::{ENGINE, STANDALONE, componentize, gap, hot_first, source_hash};

fn main() -> Result<()> {
    let mut arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    if let [command, core] = arguments.as_slice()
        && command == Path::new("gap")
    {
        println!("{}", gap(&read(core)?)?);
        return Ok(());
    }
    let stands_alone = arguments.first().is_some_and(|first| first == Path::new("standalone"));
    let sources = if stands_alone { STANDALONE } else { ENGINE };
    arguments.drain(..usize::from(stands_alone));
    let [core, output] = arguments.as_slice() else {
        bail!("usage: wasock-engine-build [standalone] <core.wasm> <component.wasm>");
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let module = read(core)?;
    let hash = source_hash(&root, sources)?;
    let module = if stands_alone { module } else { hot_first(&module)? };
    let component = componentize(&module, &hash)?;
    fs::write(output, &component).with_context(|| format!("cannot write {}", output.display()))?;
    eprintln!("{}: {} bytes, sources {}", output.display(), component.len(), &hash[..12]);
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
