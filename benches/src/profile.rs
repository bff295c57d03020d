//! Profile: what the time of a message goes to, in wasock and in the native client, by Linux's `perf`.

use std::collections::HashMap;
use std::env;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};
use tokio::process::Command;

use crate::Common;
use crate::measured::{Measured, Window, during, warm};
use crate::report::{Row, print, say};
use crate::server::Server;
use crate::speed::{WORKS, Work, native_arguments, run_arguments};

/// Samples in a second of a processor's time: a prime, so that they are not in step with what happens regularly.
const FREQUENCY: &str = "3989";

/// What a sample has instead of a name when none is known.
const UNKNOWN: &str = "[unknown]";

/// The arguments of `profile`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,

    /// Seconds in which samples are taken
    #[arg(long, default_value_t = 8.0)]
    window: f64,

    /// How many functions to list for each kind of work
    #[arg(long, default_value_t = 0)]
    functions: usize,
}

/// The kernel's part: system calls, and what interrupts.
const KERNEL: &str = "kernel";

/// The part of compiled WebAssembly: the engine with the shim and the script in it.
const ENGINE: &str = "engine";

/// The other parts, each with what is in the names of its functions. The first that fits has it.
const PARTS: [(&str, &[&str]); 5] = [
    ("calls", &["wasmtime", "cranelift", "wasock_script", "bindings", "fiber"]),
    ("measuring", &["wasock_runner", "wasock_report", "wasock_outputs"]),
    ("connection", &["wasock_sockets", "tungstenite", "bytes", "utf8", "http"]),
    ("tasks", &["tokio", "mio::", "futures", "waker", "parking_lot", "crossbeam"]),
    (
        "memory",
        &["malloc", "calloc", "realloc", "free", "mem", "_int_", "alloc::", "drop_in_place"],
    ),
];

/// What belongs to none of them.
const REST: &str = "rest";

/// Where the samples of one program were taken, by part and by function.
struct Profile {
    measured: Measured,
    samples: usize,
    parts: HashMap<&'static str, usize>,
    functions: Vec<(String, &'static str, usize)>,
}

/// What a program is told to do: some work, at this address.
type Told = fn(&Work, &str) -> Vec<String>;

/// Measures, and prints tables.
pub async fn run(arguments: Arguments) -> Result<()> {
    let Arguments { common, window, functions } = arguments;
    let window =
        Window { warm_up: Duration::from_secs(2), length: Duration::from_secs_f64(window) };
    let as_one = env::current_exe()?;
    let (mut rows, mut listed) = (Vec::new(), Vec::new());
    for work in WORKS.iter().filter(|work| work.name.contains(&common.filter)) {
        say(&format!("{} …", work.name));
        let subjects: [(&str, &Path, Told); 2] = [
            ("wasock", &common.wasock, run_arguments),
            ("native as one", &as_one, native_arguments),
        ];
        for (name, program, told) in subjects {
            let profile = profile(common.core, work, program, told, window).await?;
            let name = format!("{}: {name}", work.name);
            listed.extend(profile.list(&name, functions));
            rows.push(profile.row(name));
        }
    }
    print("profile", &rows, common.json.as_deref())?;
    if functions > 0 {
        say("");
        print("functions", &listed, common.json.as_deref())?;
    }
    Ok(())
}

async fn profile(
    core: usize,
    work: &Work,
    program: &Path,
    told: Told,
    window: Window,
) -> Result<Profile> {
    let server = Server::start().await?;
    let arguments = told(work, &server.url(work.endpoint));
    let counter = (work.counter)(&server.counters);
    let mut subject = warm(core, program, &arguments, counter, window.warm_up).await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("samples");
    let recording = record(subject.id(), &file, window.length);
    let measured = during(&mut subject, counter, recording).await?;
    drop(subject);
    let samples = Command::new("perf")
        .args(["script", "-F", "ip,sym,dso", "--no-demangle", "-i"])
        .arg(&file)
        .output()
        .await?;
    ensure!(samples.status.success(), "{}", String::from_utf8_lossy(&samples.stderr));
    let profile = Profile::new(measured, &String::from_utf8_lossy(&samples.stdout));
    ensure!(profile.samples > 0, "perf has taken no samples");
    Ok(profile)
}

/// Takes samples of a process for so long.
async fn record(process: u32, file: &Path, length: Duration) -> Result<()> {
    let recorded = Command::new("perf")
        .args(["record", "-q", "-e", "cpu-clock", "-F", FREQUENCY, "-p", &process.to_string()])
        .arg("-o")
        .arg(file)
        .args(["--", "sleep", &length.as_secs_f64().to_string()])
        .output()
        .await
        .context("perf cannot be started (Debian: package linux-perf)")?;
    ensure!(
        recorded.status.success(),
        "perf cannot take samples: {}",
        String::from_utf8_lossy(&recorded.stderr).trim()
    );
    Ok(())
}

impl Profile {
    /// Reads lines of an address, a function and a file in parentheses.
    fn new(measured: Measured, lines: &str) -> Self {
        let mut functions: HashMap<(&str, &str), usize> = HashMap::new();
        for line in lines.lines().filter_map(|line| line.trim().split_once(' ')) {
            let (function, file) = line.1.rsplit_once(" (").unwrap_or((line.1, ""));
            *functions.entry((function, file.trim_end_matches(')'))).or_default() += 1;
        }
        let (mut parts, mut samples) = (HashMap::new(), 0);
        let mut functions: Vec<_> = functions
            .into_iter()
            .map(|((function, file), count)| {
                let name = readable(function);
                let part = part_of(&name, file);
                *parts.entry(part).or_default() += count;
                samples += count;
                (if name == UNKNOWN { format!("{name} in {file}") } else { name }, part, count)
            })
            .collect();
        functions.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        Self { measured, samples, parts, functions }
    }

    /// The microseconds for each message that so many samples stand for.
    fn micros(&self, samples: usize) -> f64 {
        self.measured.cpu_micros * samples as f64 / self.samples as f64
    }

    fn row(&self, name: String) -> Row {
        let named = PARTS.iter().map(|(name, _)| *name);
        let names = [KERNEL, ENGINE].into_iter().chain(named).chain([REST]);
        let micros: Vec<_> = names
            .map(|name| (name, self.micros(self.parts.get(name).copied().unwrap_or_default())))
            .collect();
        let whole = [("whole", self.measured.cpu_micros)].into_iter().chain(micros);
        let (mut cells, mut data) = (Vec::new(), Map::new());
        for (name, micros) in whole {
            cells.push((name, format!("{micros:.2} µs")));
            data.insert(name.to_owned(), json!(micros));
        }
        Row { name, goal: String::new(), cells, data: Value::Object(data) }
    }

    /// The functions with the most samples.
    fn list(&self, of: &str, most: usize) -> Vec<Row> {
        let functions = self.functions.iter().take(most);
        let row = |(name, part, count): &(String, &'static str, usize)| Row {
            name: format!("{of}: `{name}`"),
            goal: String::new(),
            cells: vec![
                ("part", (*part).to_owned()),
                ("each", format!("{:.3} µs", self.micros(*count))),
            ],
            data: json!({ "part": part, "micros": self.micros(*count) }),
        };
        functions.map(row).collect()
    }
}

/// The name that a function has in its source.
fn readable(symbol: &str) -> String {
    // wasmtime's symbols are module, function and, where it is known, its name.
    let name = symbol.rsplit_once("]::").map_or(symbol, |(_, name)| name);
    format!("{:#}", rustc_demangle::demangle(name))
}

fn part_of(function: &str, file: &str) -> &'static str {
    if file.starts_with('[') {
        return KERNEL;
    }
    if file.ends_with(".cwasm") {
        return ENGINE;
    }
    let fits = |marks: &[&str]| marks.iter().any(|mark| function.contains(mark));
    PARTS.iter().find(|(_, marks)| fits(marks)).map_or(REST, |(name, _)| name)
}
