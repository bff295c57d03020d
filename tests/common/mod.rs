//! Runs the `wasock` command on a script against a server of its own.

pub mod http;
pub mod identity;
mod peak;
mod process;
pub mod proxy;
mod serving;
mod sources;
pub mod unix;
pub mod waiting;

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::mem;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::{NamedTempFile, TempDir};
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;
use wasock_server::{Server, ServerConfig};

pub use process::{Process, signal};
pub use serving::Serving;
pub use sources::sources;
pub use waiting::{PATIENCE, found, until};

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

/// What the command listens to besides `K6_…`.
const IGNORED: [&str; 10] = [
    "NO_COLOR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSLKEYLOGFILE",
];

/// An address that refuses connections as long as the tests run: it is bound, so that nobody else is given it, and
/// not listened at.
pub fn closed_address() -> SocketAddr {
    let socket = TcpSocket::new_v4().expect("there are sockets");
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a port is free");
    let address = socket.local_addr().expect("it is bound");
    mem::forget(socket);
    address
}

/// The command, with nothing of the user's environment that it listens to.
pub fn wasock() -> Command {
    let mut command = Command::new(WASOCK);
    for (name, _) in std::env::vars_os() {
        let is_read =
            ["K6_", "WASOCK_"].iter().any(|start| name.to_string_lossy().starts_with(start));
        if is_read || IGNORED.contains(&&*name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command.env("WASOCK_CACHE_DIR", cache()).env("XDG_CONFIG_HOME", cache()).stdin(Stdio::null());
    command
}

/// Files at a place that depends on nothing but what is in them: the second time that a test runs, its
/// script is found compiled.
pub fn kept_files(files: &[(&str, &str)]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    let name = format!("scripts/{:016x}", hasher.finish());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder can be made");
    for (name, text) in files {
        // Another process may be reading them: they are there whole or not at all.
        if !folder.join(name).exists() {
            let mut file = NamedTempFile::new_in(&folder).expect("a file can be made");
            file.write_all(text.as_bytes()).expect("a file can be written");
            file.persist(folder.join(name)).expect("a file can be moved");
        }
    }
    folder
}

/// A script, how to run it, and a folder for what it leaves.
pub struct Run {
    folder: TempDir,
    script: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
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
    folder: TempDir,
}

/// One sample.
#[derive(Clone, Debug)]
pub struct Point {
    pub metric: String,
    pub value: f64,
    /// In seconds since 1970.
    pub time: f64,
    pub tags: BTreeMap<String, String>,
    pub metadata: BTreeMap<String, String>,
}

impl Run {
    /// A script in `tests/scripts`.
    pub fn file(name: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts").join(name);
        Self::with(script, tempfile::tempdir().expect("a folder can be made"))
    }

    /// One function of the scripts that `cases.js` gathers, with a server.
    pub fn case(script: &str, function: &str) -> Self {
        let (script, function) = (format!("SCRIPT={script}"), format!("CASE={function}"));
        Self::file("cases.js").served().args(["-e", &script, "-e", &function])
    }

    /// A script given as text.
    pub fn script(source: &str) -> Self {
        Self::files(&[("script.js", source)])
    }

    /// A script and what it imports, given as names and texts. The first is the script.
    pub fn files(files: &[(&str, &str)]) -> Self {
        Self::path(kept_files(files).join(files[0].0))
    }

    /// A script at this path, which is taken relative to the folder of the run.
    pub fn path(script: impl AsRef<Path>) -> Self {
        Self::with(script.as_ref().to_owned(), tempfile::tempdir().expect("a folder can be made"))
    }

    fn with(script: PathBuf, folder: TempDir) -> Self {
        Self { folder, script, arguments: Vec::new(), variables: Vec::new(), server: None }
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

    /// An environment variable of the command.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A file in the folder of the run, which is the command's working directory.
    pub fn beside(self, name: &str, content: &str) -> Self {
        fs::write(self.folder.path().join(name), content).expect("the file can be written");
        self
    }

    /// The path of the script.
    pub fn script_path(&self) -> &Path {
        &self.script
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
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        (command, samples)
    }

    /// Runs to the end.
    pub fn go(self) -> Outcome {
        let (mut command, samples) = self.command();
        let output = command.output().expect("the command starts");
        Outcome::new(&output, &samples, self.folder)
    }

    /// Runs to the end. Returns the most memory as well that the command had at one time, in bytes.
    #[track_caller]
    pub fn measured(self) -> (Outcome, u64) {
        let (command, samples) = self.command();
        let (output, peak) = peak::output(command);
        (Outcome::new(&output, &samples, self.folder), peak)
    }

    /// Runs to the end, which must be good and without warnings, and returns what the script wrote
    /// to the console.
    #[track_caller]
    pub fn console(self) -> Vec<String> {
        let outcome = self.go().exits(0);
        assert_eq!(outcome.logged("error"), [""; 0], "errors were logged");
        assert_eq!(outcome.logged("warning"), [""; 0], "warnings were logged");
        outcome.console()
    }

    /// Runs a case of subtests, all of which must pass.
    #[track_caller]
    pub fn passes(self, subtests: usize) {
        assert_eq!(self.console(), [format!("{subtests} passed")]);
    }

    /// Starts it, and lets the test watch.
    pub fn start(self) -> Process {
        let (command, samples) = self.command();
        self.start_as(command, samples)
    }

    /// Starts it by another command that comes to the same.
    pub fn start_as(self, command: Command, samples: PathBuf) -> Process {
        Process::start(command, samples, self.folder, self.server)
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
            folder,
        }
    }

    /// Fails the test, with all that was printed, unless the run exited with `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The path of a file in the folder of the run.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file that the run left in its folder.
    #[track_caller]
    pub fn file(&self, name: &str) -> String {
        fs::read_to_string(self.path(name))
            .unwrap_or_else(|error| panic!("{name}: {error}\nstderr:\n{}", self.stderr))
    }

    /// The samples of one metric.
    pub fn samples(&self, metric: &str) -> Vec<&Point> {
        self.points.iter().filter(|point| point.metric == metric).collect()
    }

    /// The sum of the samples of one metric.
    pub fn sum(&self, metric: &str) -> f64 {
        self.samples(metric).iter().map(|point| point.value).sum()
    }

    /// The values of one tag on the samples of a metric; empty where it is not set.
    pub fn tags(&self, metric: &str, tag: &str) -> Vec<&str> {
        let samples = self.samples(metric).into_iter();
        samples.map(|point| point.tags.get(tag).map_or("", String::as_str)).collect()
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
    let data = &json["data"];
    let time: jiff::Timestamp = data["time"].as_str()?.parse().ok()?;
    Some(Point {
        metric: json["metric"].as_str()?.to_owned(),
        value: data["value"].as_f64()?,
        time: time.as_nanosecond() as f64 / 1e9,
        tags: texts(&data["tags"]),
        metadata: texts(&data["metadata"]),
    })
}

fn texts(object: &Value) -> BTreeMap<String, String> {
    let entries = object.as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    entries.map(|(name, value)| (name.clone(), text(value))).collect()
}
