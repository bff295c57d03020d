//! A script and all that it imports.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    env,
    path::PathBuf,
    sync::Arc,
};

use crate::{
    Entry, Inputs, LoadOptions, ModuleFiles, Problem, ScriptError, SourceMap, SourceMaps,
    archive::ArchivedFiles,
    commonjs::RUNTIME,
    files,
    hash::{self, sha256},
    inputs::{InputFile, InputUrl},
    mistaken,
    parse::{Language, SourceText, prepare},
    remote::Fetcher,
    requests::Request,
    resolve::{Location, Target, normal, resolve, resolve_entry, suggestion},
};

/// The most modules of a script: more than the largest without a bundler has; a program that writes modules in a loop
/// has no end.
pub const MAX_MODULES: usize = 10_000;

/// The size of the largest file that is read, in bytes: many times the largest bundle. A module is held in memory
/// several times while it is compiled.
pub const MAX_FILE_SIZE: u64 = 64 << 20;

/// A script and all that it imports, as ECMAScript modules.
#[derive(Clone, Debug)]
pub struct ModuleGraph {
    /// The name of the module that the run starts from.
    pub entry: String,
    /// The user's modules, the entry first. Embedded modules are in [`crate::shim`].
    pub modules: Vec<Module>,
    /// The names of the embedded modules that are imported, sorted.
    pub builtins: Vec<String>,
    /// What was read.
    pub inputs: Inputs,
}

/// One module.
#[derive(Clone, Debug)]
pub struct Module {
    /// A URL, which stack traces show: `file:///…` or `https://…`.
    pub name: String,
    /// What the file was written in.
    pub kind: ModuleKind,
    /// The ECMAScript module for the engine.
    pub source: String,
    /// Each specifier in it, and the name of the module that it stands for.
    pub imports: Vec<(String, String)>,
    /// How to find positions of `source` in `original`; `None` where they are the same.
    pub map: Option<SourceMap>,
    /// The text of the file.
    pub original: Arc<str>,
}

/// What a module was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModuleKind {
    /// An ECMAScript module, passed on as it is.
    JavaScript,
    /// An ECMAScript module with types.
    TypeScript,
    /// `require` and `module.exports`, with types or without.
    CommonJs,
    /// A value.
    Json,
}

impl ModuleGraph {
    /// The module of that name.
    pub fn module(&self, name: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.name == name)
    }

    /// A hexadecimal SHA-256 over all that reaches the engine: the same digest means the same compiled script.
    pub fn digest(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        let mut add = |part: &str| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(&self.entry);
        for module in &self.modules {
            add(&module.name);
            add(&module.source);
            add(&module.imports.len().to_string());
            for (specifier, name) in &module.imports {
                add(specifier);
                add(name);
            }
        }
        hash::hex(&hash.finalize())
    }

    /// The source maps of all modules that have one.
    pub fn source_maps(&self) -> SourceMaps {
        self.modules
            .iter()
            .filter_map(|module| Some((module.name.clone(), module.map.clone()?)))
            .collect()
    }

    /// Rewrites the positions in a stack trace to those in the user's files; see [`SourceMaps::remap`].
    pub fn remap(&self, text: &str) -> String {
        self.source_maps().remap(text)
    }
}

/// Loads a script and all that it imports.
///
/// # Errors
///
/// The first thing that is wrong; see [`Problem`].
pub async fn load(entry: &Entry, options: &LoadOptions) -> Result<ModuleGraph, ScriptError> {
    let working_directory = match &options.working_directory {
        Some(folder) => folder.clone(),
        None => env::current_dir().map_err(Problem::WorkingDirectory)?,
    };
    let mut loader = Loader {
        fetcher: Fetcher::new(options),
        archive: options.archive.as_deref(),
        files: options.files.as_deref().filter(|_| options.archive.is_none()),
        working_directory,
        queue: VecDeque::new(),
        known: HashMap::new(),
        builtins: BTreeSet::new(),
        inputs: Inputs::default(),
    };
    let entry = loader.entry(entry).await?;
    let mut modules = Vec::new();
    while let Some(pending) = loader.queue.pop_front() {
        let (location, text) = (pending.location.clone(), pending.text.clone());
        let module = loader.module(pending).await.map_err(|error| match &location {
            // The first is the script itself.
            Location::File(path) if modules.is_empty() => mistaken::explained(error, path, &text),
            _ => error,
        })?;
        modules.push(module);
    }
    let Loader { builtins, inputs, .. } = loader;
    Ok(ModuleGraph { entry, modules, builtins: builtins.into_iter().collect(), inputs })
}

/// A module that was read and not yet looked into.
struct Pending {
    location: Location,
    name: String,
    language: Language,
    text: Arc<str>,
}

struct Loader<'o> {
    fetcher: Fetcher<'o>,
    archive: Option<&'o ArchivedFiles>,
    files: Option<&'o ModuleFiles>,
    working_directory: PathBuf,
    queue: VecDeque<Pending>,
    /// Whether a module, by its name, is read as JSON.
    known: HashMap<String, bool>,
    builtins: BTreeSet<String>,
    inputs: Inputs,
}

impl Loader<'_> {
    /// Reads the module to start from, and returns its name.
    async fn entry(&mut self, entry: &Entry) -> Result<String, ScriptError> {
        let location = match entry {
            Entry::Path(path) => Location::File(normal(&self.working_directory.join(path))),
            Entry::Url(url) => resolve_entry(url, &self.working_directory)?,
            Entry::Component(_) => {
                return Err(ScriptError::from(Problem::Component)
                    .with_hint("it is compiled already: `wasock run` takes it as it is"));
            }
            Entry::Text(text) => {
                self.inputs.text = Some(sha256(text.as_bytes()));
                let location = Location::Text(self.working_directory.clone());
                return self.enqueue(location, Language::Script, text.as_str().into());
            }
        };
        let text = self.read(&location).await.map_err(|error| match entry {
            Entry::Path(path) => {
                let error = with_suggestion(error, &path.display().to_string(), &location);
                mistaken::unreadable(error, path)
            }
            Entry::Url(_) | Entry::Text(_) | Entry::Component(_) => error,
        })?;
        if let Entry::Path(path) = entry {
            mistaken::check(path, &text)?;
        }
        // A test in JSON is options, whose scenarios name programs.
        let language = match language(&location) {
            Language::Json => Language::Options,
            language => language,
        };
        self.enqueue(location, language, text)
    }

    fn enqueue(
        &mut self,
        location: Location,
        language: Language,
        text: Arc<str>,
    ) -> Result<String, ScriptError> {
        let name = location.name();
        self.known.insert(name.clone(), language == Language::Json);
        if self.known.len() > MAX_MODULES {
            return Err(Problem::TooManyModules.into());
        }
        self.queue.push_back(Pending { location, name: name.clone(), language, text });
        Ok(name)
    }

    /// Makes a module of a text, and reads what it imports. An error shows nothing of a file that lies elsewhere.
    async fn module(&mut self, pending: Pending) -> Result<Module, ScriptError> {
        let is_shown = match (&pending.location, self.files) {
            (Location::File(path), Some(files)) => files.has(path),
            _ => true,
        };
        let module = self.prepared(pending).await;
        module.map_err(|error| if is_shown { error } else { error.without_excerpt() })
    }

    async fn prepared(&mut self, pending: Pending) -> Result<Module, ScriptError> {
        let Pending { location, name, language, text } = pending;
        let label = location.label(&self.working_directory);
        let file = SourceText { name: &label, text: &text };
        let prepared = prepare(&file, language)?;
        let mut imports: Vec<(String, String)> = Vec::new();
        if prepared.kind == ModuleKind::CommonJs {
            self.builtins.insert(RUNTIME.to_owned());
            imports.push((RUNTIME.to_owned(), RUNTIME.to_owned()));
        }
        for request in &prepared.requests {
            match self.import(request, &location).await {
                Ok(found) => {
                    if !imports.iter().any(|(specifier, _)| *specifier == request.specifier) {
                        imports.push((request.specifier.clone(), found));
                    }
                }
                Err(error) if request.optional => {
                    tracing::debug!("{name}: left out an optional import: {error}");
                }
                Err(error) => return Err(error.at(file.place(request.span.clone()))),
            }
        }
        let kind = prepared.kind;
        let (source, map) = prepared.finish(&imports);
        Ok(Module { name, kind, source, imports, map, original: text })
    }

    /// Finds and, the first time, reads an imported module; returns its name.
    async fn import(
        &mut self,
        request: &Request,
        referrer: &Location,
    ) -> Result<String, ScriptError> {
        let location = match resolve(&request.specifier, referrer)? {
            Target::Builtin(name) => {
                self.builtins.insert(name.clone());
                return Ok(name);
            }
            Target::Module(location) => location,
        };
        let language = if request.json { Language::Json } else { language(&location) };
        let name = location.name();
        match self.known.get(&name) {
            Some(json) if *json == (language == Language::Json) => Ok(name),
            Some(_) => Err(Problem::JsonAndScript { name }.into()),
            None => {
                let text = self
                    .read(&location)
                    .await
                    .map_err(|error| with_suggestion(error, &request.specifier, &location))?;
                self.enqueue(location, language, text)
            }
        }
    }

    async fn read(&mut self, location: &Location) -> Result<Arc<str>, ScriptError> {
        let label = location.label(&self.working_directory);
        if let Some(archive) = self.archive {
            let name = location.name();
            let content = archive.get(&name).ok_or(Problem::NotArchived { name })?;
            return Ok(utf8(content.to_vec(), &label)?.into());
        }
        let content = match location {
            Location::File(path) => {
                if let Some(files) = self.files {
                    files.check(path)?;
                }
                let content = files::read(path);
                let sha256 = content.as_ref().ok().map(|content| sha256(content));
                self.inputs.files.push(InputFile { path: path.clone(), sha256 });
                content?
            }
            Location::Remote(url) => {
                let content = self.fetcher.fetch(url).await;
                let sha256 = content.as_ref().ok().map(|content| sha256(content));
                self.inputs.urls.push(InputUrl { url: url.to_string(), sha256 });
                content?
            }
            Location::Text(_) => unreachable!("a text is enqueued as it comes"),
        };
        Ok(utf8(content, &label)?.into())
    }
}

fn language(location: &Location) -> Language {
    match location {
        Location::File(path) => Language::of_path(&path.to_string_lossy()),
        Location::Text(_) => Language::Script,
        Location::Remote(url) => Language::of_path(url.path()),
    }
}

/// The text of a file's content.
pub(crate) fn utf8(content: Vec<u8>, file: &str) -> Result<String, Problem> {
    String::from_utf8(content).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let content = error.as_bytes();
        let line_start = content[..valid].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let before = String::from_utf8_lossy(&content[line_start..valid]);
        Problem::NotUtf8 {
            file: file.to_owned(),
            byte: content[valid],
            line: content[..valid].iter().filter(|b| **b == b'\n').count() + 1,
            column: before.chars().count() + 1,
        }
    })
}

fn with_suggestion(error: ScriptError, specifier: &str, location: &Location) -> ScriptError {
    let Location::File(path) = location else {
        return error;
    };
    match error.problem() {
        Problem::NotFound { .. } | Problem::Directory { .. } => match suggestion(specifier, path) {
            Some(better) => error.with_hint(format!("did you mean \"{better}\"?")),
            None => error,
        },
        _ => error,
    }
}
