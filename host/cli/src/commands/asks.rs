//! `wasock inspect --grants`: what a script asks for, found without running it.

use std::collections::BTreeSet;
use std::path::Path;

use clap::ValueEnum;
use serde_json::{Value, json};
use wasock_runner::run::RunError;
use wasock_runner::vu;
use wasock_script::shown::{self, one_line};
use wasock_script::{Asks, Compiler, Entry, ModuleGraph, normal_path};

use super::Context;
use crate::failure::Failure;
use crate::input::Input;
use crate::load;
use crate::sandbox::Sandbox;
use crate::script_type;

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What is known of a script that did not run.
#[derive(Default)]
struct Findings {
    /// The interfaces that a component imports.
    imports: Vec<String>,
    builtins: Vec<String>,
    /// Modules from the network.
    remote: Vec<String>,
    asks: Asks,
    targets: BTreeSet<String>,
    /// The files, relative to the working directory where the script is a file.
    files: BTreeSet<String>,
}

/// Finds it out and prints it.
///
/// # Errors
///
/// The script cannot be read.
pub async fn asks(
    name: &str,
    input: &Input,
    format: Format,
    (sandbox, context): (&Sandbox, &Context),
) -> Result<(), Failure> {
    let entry = input.entry();
    let findings = match script_type::is_component(&entry) {
        true => Findings::of_component(input, &entry).await?,
        false => {
            let graph = wasock_script::load(&entry, &load::granted(input, sandbox)).await?;
            Findings::of_script(&graph, &entry)?
        }
    };
    context.screen.out(match format {
        Format::Text => findings.text(name),
        Format::Json => shown::json(format!("{:#}\n", findings.json(name))),
    });
    Ok(())
}

impl Findings {
    async fn of_component(input: &Input, entry: &Entry) -> Result<Self, Failure> {
        let engine = vu::engine().map_err(RunError::from)?;
        let compiler = Compiler::new(&engine, load::load_options(input));
        let script = compiler.script(entry, &mut |_| {}).await?;
        Ok(Self { imports: script.imports(), ..Self::default() })
    }

    fn of_script(graph: &ModuleGraph, entry: &Entry) -> Result<Self, Failure> {
        let asks = Asks::of(graph)?;
        let folder = match entry {
            Entry::Path(path) => path.parent(),
            Entry::Url(_) | Entry::Text(_) => None,
        };
        let placed = |file: &String| match folder {
            Some(folder) if !file.contains("://") => in_folder(folder, file),
            _ => file.clone(),
        };
        let names = graph.modules.iter().map(|module| &module.name);
        Ok(Self {
            builtins: graph.builtins.clone(),
            remote: names.filter(|name| !name.starts_with("file:")).cloned().collect(),
            targets: asks.targets(),
            files: asks.files.iter().map(placed).collect(),
            asks,
            imports: Vec::new(),
        })
    }

    /// The flags that grant what was found, and nothing else.
    fn flags(&self) -> Vec<String> {
        if !self.imports.is_empty() {
            // What a component does with what it imports is not known.
            return Vec::new();
        }
        let list = |flag: &str, items: &BTreeSet<String>| {
            let items: Vec<_> = items.iter().map(String::as_str).collect();
            format!("{flag}={}", items.join(","))
        };
        let mut flags = vec![
            list("--allow-net", &self.targets),
            list("--allow-env", &self.asks.variables),
            "--no-default-read".to_owned(),
        ];
        flags.extend(self.files.iter().map(|file| format!("--allow-read={file}")));
        flags
    }

    /// What cannot be known.
    fn unknown(&self) -> Vec<&'static str> {
        if !self.imports.is_empty() {
            return vec!["what it does with what it imports: a component is not looked into"];
        }
        let mut unknown = vec!["targets that are put together at run time"];
        if self.asks.computed_files {
            unknown.push("files whose names are put together for open()");
        }
        if self.asks.computed_variables {
            unknown.push("variables, since __ENV is used as a whole");
        }
        unknown
    }

    fn json(&self, name: &str) -> Value {
        json!({
            "script": name,
            "imports": self.imports,
            "builtin": self.builtins,
            "remote": self.remote,
            "urls": self.asks.urls,
            "targets": self.targets,
            "files": self.files,
            "variables": self.asks.variables,
            "unknown": self.unknown(),
            "flags": self.flags(),
        })
    }

    fn text(&self, name: &str) -> String {
        let mut text = format!("{name} asks for\n\n");
        let urls = self.asks.urls.iter().cloned().collect();
        let listed = |items: &BTreeSet<String>| items.iter().cloned().collect();
        let rows: [(&str, Vec<String>); 7] = [
            ("imports", self.imports.clone()),
            ("modules", self.builtins.clone()),
            ("remote", self.remote.clone()),
            ("urls", urls),
            ("targets", listed(&self.targets)),
            ("files", listed(&self.files)),
            ("variables", listed(&self.asks.variables)),
        ];
        for (what, items) in rows.iter().filter(|(_, items)| !items.is_empty()) {
            for (index, item) in items.iter().enumerate() {
                let what = if index == 0 { *what } else { "" };
                text += &format!("  {what:<9}  {}\n", one_line(item));
            }
        }
        text += "\nNot known without running it:\n";
        text.extend(self.unknown().iter().map(|unknown| format!("  - {unknown}\n")));
        let flags = self.flags();
        if !flags.is_empty() {
            text +=
                &format!("\nGranted, with nothing else, by\n  {}\n", one_line(&flags.join(" ")));
        }
        text
    }
}

fn in_folder(folder: &Path, file: &str) -> String {
    normal_path(&folder.join(file)).display().to_string()
}
