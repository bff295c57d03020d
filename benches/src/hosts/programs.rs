//! The hosts as programs: where each is, and how it runs a function of a component.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command as Background};

use crate::subject::pinned;

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What of the environment of the measurement hosts get.
const PATH: &str = "PATH";

/// The function that a guest runs if none is named.
pub const DEFAULT: &str = "default";

/// A browser without a window that does nothing of its own on the network.
const CHROMIUM: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
];

/// A host.
pub struct Host {
    /// How it is called in the tables.
    pub name: &'static str,
    program: PathBuf,
    kind: Kind,
    /// The wasock command, which makes commands of tests.
    wasock: PathBuf,
    /// The newest Node.js, which makes pages.
    node: PathBuf,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Wasock,
    Node,
    Python,
    /// `wasmtime-wasi` as it is, which knows nothing of wasock.
    Wasmtime,
    /// `jco run`, which knows nothing of wasock.
    Jco,
    /// The page of `wasock-browser`.
    Chromium,
}

/// Where the programs are.
pub struct Installed {
    wasock: PathBuf,
    nodes: [PathBuf; 2],
}

impl Installed {
    /// Finds what `make bench-hosts` has built and fetched.
    pub fn find(wasock: &Path) -> Result<Self> {
        let wasock =
            fs::canonicalize(wasock).with_context(|| format!("{} is missing", wasock.display()))?;
        let nodes = [node("20")?, node("24")?];
        Ok(Self { wasock, nodes })
    }

    /// All hosts, in the order of the tables.
    pub fn hosts(&self) -> Result<Vec<Host>> {
        let [older, newer] = &self.nodes;
        let root = |path: &str| Path::new(ROOT).join(path);
        let all = [
            ("wasock run", Kind::Wasock, self.wasock.clone()),
            ("Node.js 20", Kind::Node, older.clone()),
            ("Node.js 24", Kind::Node, newer.clone()),
            ("Python", Kind::Python, root("target/hosts-python/bin/python")),
            ("WASI: wasmtime", Kind::Wasmtime, root("target/release/examples/plain_host")),
            ("WASI: jco", Kind::Jco, root("target/standalone/jco/node_modules/.bin/jco")),
            ("Chromium", Kind::Chromium, PathBuf::from("/usr/bin/chromium")),
        ];
        let host = |(name, kind, program): (&'static str, Kind, PathBuf)| {
            ensure!(
                program.exists(),
                "{name} is missing: there is no {}; `make bench-hosts` fetches what it can",
                program.display()
            );
            Ok(Host { name, program, kind, wasock: self.wasock.clone(), node: newer.clone() })
        };
        all.into_iter().map(host).collect()
    }
}

/// Node.js of a version, as npm has installed it.
fn node(major: &str) -> Result<PathBuf> {
    let start = format!("node-{major}.");
    let folders = fs::read_dir(format!("{ROOT}/target/hosts")).into_iter().flatten().flatten();
    let found = folders
        .filter(|folder| folder.file_name().to_string_lossy().starts_with(&start))
        .map(|folder| folder.path().join("node_modules/node/bin/node"))
        .find(|program| program.exists());
    found.with_context(|| format!("Node.js {major} is missing; `make bench-hosts` fetches it"))
}

/// A guest that is ready for a host.
pub struct Prepared<'a> {
    host: &'a Host,
    /// For what the host keeps: caches, profiles, logs.
    folder: &'a Path,
    component: PathBuf,
    /// The server of its page, which ends with this, and where the page is.
    page: Option<(Child, String)>,
    took: Duration,
}

impl Host {
    /// Whether it runs guests as they are, and compiles one only the first time. The others are plain hosts of WASI.
    pub fn knows_wasock(&self) -> bool {
        !matches!(self.kind, Kind::Wasmtime | Kind::Jco)
    }

    /// Makes a command of the test, or a page that is served.
    pub async fn prepare<'a>(&'a self, component: &Path, folder: &'a Path) -> Result<Prepared<'a>> {
        let began = Instant::now();
        let component =
            if self.knows_wasock() { component.to_owned() } else { self.alone(component, folder)? };
        let page =
            if self.kind == Kind::Chromium { Some(self.page(&component).await?) } else { None };
        Ok(Prepared { host: self, folder, component, page, took: began.elapsed() })
    }

    fn alone(&self, component: &Path, folder: &Path) -> Result<PathBuf> {
        let alone = folder.join("alone.wasm");
        let mut command = Command::new(&self.wasock);
        command.args(["compile", "--standalone"]).arg(component).arg("-o").arg(&alone);
        ensure!(command.status()?.success(), "{} cannot stand alone", component.display());
        Ok(alone)
    }

    async fn page(&self, component: &Path) -> Result<(Child, String)> {
        let mut server = Background::new(&self.node)
            .arg(format!("{ROOT}/hosts/browser/bin/wasock-browser.js"))
            .args(["--port", "0"])
            .arg(component)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = server.stdout.take().context("it has been piped")?;
        let line = BufReader::new(output).lines().next_line().await?;
        Ok((server, line.context("wasock-browser has made no page")?))
    }
}

impl Prepared<'_> {
    /// How long the preparation took.
    pub fn preparation(&self) -> Duration {
        self.took
    }

    /// Where its standard error goes.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The command that runs a function, which gets the address of the server as `URL` and `WSS`.
    pub fn command(&self, core: usize, function: &str, url: &str) -> Result<Command> {
        let mut command = pinned(core, &self.host.program);
        command.env_clear().envs(std::env::var_os(PATH).map(|path| (PATH, path)));
        command.env("XDG_CACHE_HOME", self.folder).env("HOME", self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(self.log())?);
        let variables = ["URL", "WSS"].map(|name| format!("{name}={url}"));
        let flags = |flag: &str| variables.clone().map(|variable| [flag.to_owned(), variable]);
        match self.host.kind {
            Kind::Wasock => {
                command.args(["run", "--quiet"]).args(flags("-e").as_flattened());
                // The test that names a function would have to be compiled, too.
                let is_default = function == DEFAULT;
                command.arg(if is_default { self.component.clone() } else { self.test(function)? });
            }
            Kind::Node => {
                command.arg(format!("{ROOT}/hosts/node/bin/wasock-node.js"));
                command.args(["--exec", function]).args(flags("-e").as_flattened());
                command.arg(&self.component);
            }
            Kind::Python => {
                command.args(["-m", "wasock_host", "--exec", function]);
                command.args(flags("-e").as_flattened()).arg(&self.component);
            }
            Kind::Wasmtime => {
                command.args(flags("--env").as_flattened()).arg(&self.component).arg(function);
            }
            Kind::Jco => {
                let programs = self.host.program.parent().unwrap_or(Path::new(""));
                let others = std::env::var_os(PATH).unwrap_or_default();
                let all = [programs.to_owned()].into_iter().chain(std::env::split_paths(&others));
                command.env(PATH, std::env::join_paths(all)?).env("URL", url).env("WSS", url);
                command.arg("run").arg(&self.component).arg(function);
            }
            Kind::Chromium => {
                let (_, page) = self.page.as_ref().context("it has a page")?;
                let profile = tempfile::TempDir::new_in(self.folder)?.keep();
                command.args(CHROMIUM).arg(format!("--user-data-dir={}", profile.display()));
                let [first, second] = &variables;
                command.arg(format!("{page}?exec={function}&e={first}&e={second}&run=1"));
            }
        }
        Ok(command)
    }

    /// A test of one user that runs the function until it is stopped.
    fn test(&self, function: &str) -> Result<PathBuf> {
        let scenario = json!({
            "executor": "constant-vus", "vus": 1, "duration": "1h", "gracefulStop": "0s",
            "guest": self.component, "exec": function,
        });
        let file = self.folder.join("test.json");
        fs::write(&file, json!({ "scenarios": { "s": scenario } }).to_string())?;
        Ok(file)
    }
}
