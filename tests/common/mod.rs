//! Runs the `wasock` command on a script against a server of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wasock_server::{Server, ServerConfig};

/// The command under test.
pub const WASOCK: &str = env!("CARGO_BIN_EXE_wasock");

/// A cache that all tests share, so that each script is compiled once.
fn cache() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
}

/// The runtime that servers of tests live on.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime can be started"))
}

/// A test server on free ports.
pub fn server() -> Server {
    let config = ServerConfig { port: Some(0), tls_port: Some(0), ..ServerConfig::default() };
    runtime().block_on(Server::start(config)).expect("the server starts")
}

/// The command, with nothing of the user's environment that it listens to.
pub fn wasock() -> Command {
    let mut command = Command::new(WASOCK);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("K6_") || name == "NO_COLOR" {
            command.env_remove(name);
        }
    }
    command.env("WASOCK_CACHE_DIR", cache()).env("XDG_CONFIG_HOME", cache()).stdin(Stdio::null());
    command
}

/// A script, how to run it, and a folder for what it leaves.
pub struct Run {
    folder: TempDir,
    script: PathBuf,
    arguments: Vec<String>,
    server: Option<Server>,
}

/// What a run left.
pub struct Outcome {
    /// The exit code.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// The samples, as `--out json` wrote them.
    pub points: Vec<Point>,
    _folder: TempDir,
}

/// One sample.
#[derive(Clone, Debug)]
pub struct Point {
    pub metric: String,
    pub value: f64,
    pub tags: BTreeMap<String, String>,
}

impl Run {
    /// A script in `tests/scripts`.
    pub fn file(name: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts").join(name);
        Self::with(script, tempfile::tempdir().expect("a folder can be made"))
    }

    /// A script given as text.
    pub fn script(source: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let script = folder.path().join("script.js");
        fs::write(&script, source).expect("the script can be written");
        Self::with(script, folder)
    }

    fn with(script: PathBuf, folder: TempDir) -> Self {
        Self { folder, script, arguments: Vec::new(), server: None }
    }

    /// Starts a server and tells the script in `__ENV.WS` and `__ENV.WSS` where it is.
    pub fn served(mut self) -> Self {
        let server = server();
        let plain = server.address().expect("it has a plain port");
        let tls = server.tls_address().expect("it has a TLS port");
        self.server = Some(server);
        self.args(["-e", &format!("WS=ws://{plain}"), "-e", &format!("WSS=wss://{tls}")])
            .args(["--insecure-skip-tls-verify"])
    }

    /// Further arguments.
    pub fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(arguments.into_iter().map(str::to_owned));
        self
    }

    /// The folder of the run.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The command, not yet started, and where it writes its samples.
    pub fn command(&self) -> (Command, PathBuf) {
        let samples = self.folder.path().join("samples.json");
        let mut command = wasock();
        command.arg("run").args(&self.arguments).arg(format!("--out=json={}", samples.display()));
        command.arg(&self.script).current_dir(self.folder.path());
        (command, samples)
    }

    /// Runs to the end.
    pub fn go(self) -> Outcome {
        let (mut command, samples) = self.command();
        let output = command.output().expect("the command starts");
        Outcome::new(&output, &samples, self.folder)
    }
}

impl Outcome {
    fn new(output: &Output, samples: &Path, folder: TempDir) -> Self {
        let lines = fs::read_to_string(samples).unwrap_or_default();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            points: lines.lines().filter_map(point).collect(),
            _folder: folder,
        }
    }

    /// Fails the test, with all that was printed, unless the run exited with `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The samples of one metric.
    pub fn samples(&self, metric: &str) -> Vec<&Point> {
        self.points.iter().filter(|point| point.metric == metric).collect()
    }

    /// The sum of the samples of one metric.
    pub fn sum(&self, metric: &str) -> f64 {
        self.samples(metric).iter().map(|point| point.value).sum()
    }

    /// What the script wrote to the console, line by line, without time and level.
    pub fn console(&self) -> Vec<String> {
        self.stderr
            .lines()
            .filter(|line| line.ends_with("source=console"))
            .filter_map(message)
            .collect()
    }

    /// The lines of the log of this level.
    pub fn logged(&self, level: &str) -> Vec<String> {
        let level = format!(" level={level} ");
        self.stderr.lines().filter(|line| line.contains(&level)).filter_map(message).collect()
    }
}

/// The message of a line of the log: `time="…" level=info msg="…" source=console`.
fn message(line: &str) -> Option<String> {
    let start = line.find(" msg=")? + " msg=".len();
    let rest = &line[start..];
    if !rest.starts_with('"') {
        return rest.split(' ').next().map(str::to_owned);
    }
    let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    stream.next()?.ok()
}

fn point(line: &str) -> Option<Point> {
    let json: Value = serde_json::from_str(line).ok()?;
    if json["type"] != "Point" {
        return None;
    }
    let tags = json["data"]["tags"].as_object()?;
    Some(Point {
        metric: json["metric"].as_str()?.to_owned(),
        value: json["data"]["value"].as_f64()?,
        tags: tags
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
    })
}
