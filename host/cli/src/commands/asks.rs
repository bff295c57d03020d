//! `wasock inspect --grants`: what a script asks for, found without running it.

use std::collections::BTreeSet;
use std::env;
use std::iter;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Value, json};
use wasock_script::archive::Kind;
use wasock_script::shown::{self, one_line};
use wasock_script::{
    Asks, Entry, LoadOptions, NamedGuests, component_file, local_path, normal_path, read_component,
};

use super::Context;
use crate::failure::Failure;
use crate::guests::{Guests, Program};
use crate::input::Input;

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
    /// The files of its modules, but for the script itself.
    local: Vec<PathBuf>,
    /// Whether it is a component.
    is_component: bool,
    /// The programs that its scenarios name.
    named: NamedGuests,
    /// What is known of those.
    guests: Vec<Named>,
}

/// What is known of a program that scenarios name.
struct Named {
    name: String,
    path: PathBuf,
    /// Or why it cannot be looked at.
    findings: Result<Findings, String>,
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
    (modules, context): (LoadOptions, &Context),
) -> Result<(), Failure> {
    let entry = input.entry();
    let mut findings = match component(input, &entry, &modules)? {
        Some(component) => Findings::of_component(&component, Path::new(name))?,
        None => Findings::of_script(&entry, &modules).await?,
    };
    let guests = Guests::of(input, modules);
    for name in findings.named.names.clone() {
        let found = match guests.program(&name) {
            Ok(Program::Component(wasm)) => Findings::of_component(&wasm, Path::new(&name)),
            Ok(Program::Script(entry)) => Findings::of_script(&entry, guests.modules()).await,
            Err(failure) => Err(failure),
        };
        let found = found.map_err(|failure| failure.parts().0);
        let path = guests.path(&name);
        findings.guests.push(Named { name, path, findings: found });
    }
    context.screen.out(match format {
        Format::Text => findings.text(name),
        Format::Json => shown::json(format!("{:#}\n", findings.json(name))),
    });
    Ok(())
}

/// The content of an input that is a component.
fn component(
    input: &Input,
    entry: &Entry,
    modules: &LoadOptions,
) -> Result<Option<Vec<u8>>, Failure> {
    if let Input::Archive(archive) = input {
        let is_component = archive.metadata.kind == Kind::Wasm;
        return Ok(is_component.then(|| archive.script.to_vec()));
    }
    if let Entry::Component(content) = entry {
        return Ok(Some(content.to_vec()));
    }
    let path = component_file(entry, modules);
    Ok(path.map(|path| read_component(&path, modules)).transpose()?)
}

impl Findings {
    fn of_component(wasm: &[u8], path: &Path) -> Result<Self, Failure> {
        let imports = wasock_script::surface(wasm, path)?.imports;
        Ok(Self { imports, is_component: true, ..Self::default() })
    }

    async fn of_script(entry: &Entry, modules: &LoadOptions) -> Result<Self, Failure> {
        let graph = wasock_script::load(entry, modules).await?;
        let asks = Asks::of(&graph)?;
        let folder = match entry {
            Entry::Path(path) => path.parent(),
            Entry::Url(_) | Entry::Text(_) | Entry::Component(_) => None,
        };
        let placed = |file: &String| match folder {
            Some(folder) if !file.contains("://") => in_folder(folder, file),
            _ => file.clone(),
        };
        let names = graph.modules.iter().map(|module| &module.name);
        Ok(Self {
            builtins: graph.builtins.clone(),
            remote: names.filter(|name| !name.starts_with("file:")).cloned().collect(),
            local: graph.modules[1..]
                .iter()
                .filter_map(|module| local_path(&module.name))
                .collect(),
            targets: asks.targets(),
            files: asks.files.iter().map(placed).collect(),
            named: NamedGuests::of(&graph)?,
            asks,
            ..Self::default()
        })
    }

    /// What is known of the programs of the test, its own first.
    fn programs(&self) -> impl Iterator<Item = &Self> {
        let guests = self.guests.iter().filter_map(|guest| guest.findings.as_ref().ok());
        iter::once(self).chain(guests)
    }

    /// The flags that grant what was found, and nothing else.
    fn flags(&self) -> Vec<String> {
        let is_unknown = self.guests.iter().any(|guest| guest.findings.is_err());
        if is_unknown || self.programs().any(|program| program.is_component) {
            // What a component does with what it imports is not known.
            return Vec::new();
        }
        let list = |flag: &str, items: BTreeSet<&str>| {
            let items: Vec<_> = items.into_iter().collect();
            format!("{flag}={}", items.join(","))
        };
        let targets = self.programs().flat_map(|one| &one.targets).map(String::as_str);
        let variables = self.programs().flat_map(|one| &one.asks.variables).map(String::as_str);
        let mut flags = vec![
            list("--allow-net", targets.collect()),
            list("--allow-env", variables.collect()),
            "--no-default-read".to_owned(),
        ];
        let files = self.programs().flat_map(|one| &one.files);
        let here = env::current_dir().unwrap_or_default();
        let shown = |path: &PathBuf| path.strip_prefix(&here).unwrap_or(path).display().to_string();
        let local = self.programs().flat_map(|one| &one.local).map(shown);
        let guests = self.guests.iter().map(|guest| shown(&guest.path));
        let files = files.map(|file| shown(&PathBuf::from(file)));
        let all: BTreeSet<_> = files.chain(local).chain(guests).collect();
        flags.extend(all.into_iter().map(|file| format!("--allow-read={file}")));
        flags
    }

    /// What cannot be known.
    fn unknown(&self) -> Vec<String> {
        let mut unknown: Vec<&str> = Vec::new();
        match self.is_component {
            true => {
                unknown.push("what it does with what it imports: a component is not looked into");
            }
            false => unknown.push("targets that are put together at run time"),
        }
        let (asks, named) = (&self.asks, &self.named);
        for (is_unknown, what) in [
            (asks.computed_files, "files whose names are put together for open()"),
            (asks.computed_variables, "variables, since __ENV is used as a whole"),
            (named.computed, "guests whose names are put together"),
        ] {
            unknown.extend(is_unknown.then_some(what));
        }
        let mut unknown: Vec<_> = unknown.into_iter().map(str::to_owned).collect();
        for guest in &self.guests {
            unknown.extend(
                guest
                    .findings
                    .as_ref()
                    .err()
                    .map(|reason| format!("what the guest \"{}\" asks for: {reason}", guest.name)),
            );
        }
        unknown
    }

    fn json(&self, name: &str) -> Value {
        let guests = self.guests.iter().map(|guest| match &guest.findings {
            Ok(findings) => findings.own_json("guest", &guest.name),
            Err(reason) => json!({ "guest": guest.name, "error": reason }),
        });
        let guests = guests.collect::<Value>();
        let mut json = self.own_json("script", name);
        json["guests"] = guests;
        json["flags"] = self.flags().into();
        json
    }

    /// What is known of this program.
    fn own_json(&self, kind: &str, name: &str) -> Value {
        json!({
            kind: name,
            "imports": self.imports,
            "builtin": self.builtins,
            "remote": self.remote,
            "urls": self.asks.urls,
            "targets": self.targets,
            "files": self.files,
            "variables": self.asks.variables,
            "unknown": self.unknown(),
        })
    }

    fn text(&self, name: &str) -> String {
        let mut text = self.own_text(name);
        for guest in &self.guests {
            if let Ok(findings) = &guest.findings {
                text += "\n";
                text += &findings.own_text(&format!("The guest {}", guest.name));
            }
        }
        let flags = self.flags();
        if !flags.is_empty() {
            text +=
                &format!("\nGranted, with nothing else, by\n  {}\n", one_line(&flags.join(" ")));
        }
        text
    }

    /// What is known of this program.
    fn own_text(&self, name: &str) -> String {
        let mut text = format!("{name} asks for\n\n");
        let listed = |items: &BTreeSet<String>| items.iter().cloned().collect();
        let rows: [(&str, Vec<String>); 8] = [
            ("imports", self.imports.clone()),
            ("modules", self.builtins.clone()),
            ("remote", self.remote.clone()),
            ("urls", listed(&self.asks.urls)),
            ("targets", listed(&self.targets)),
            ("files", listed(&self.files)),
            ("variables", listed(&self.asks.variables)),
            ("guests", listed(&self.named.names)),
        ];
        for (what, items) in rows.iter().filter(|(_, items)| !items.is_empty()) {
            for (index, item) in items.iter().enumerate() {
                let what = if index == 0 { *what } else { "" };
                text += &format!("  {what:<9}  {}\n", one_line(item));
            }
        }
        text += "\nNot known without running it:\n";
        text.extend(self.unknown().iter().map(|unknown| format!("  - {unknown}\n")));
        text
    }
}

fn in_folder(folder: &Path, file: &str) -> String {
    normal_path(&folder.join(file)).display().to_string()
}
