//! Guests in other languages beside a script: messages there and back, and messages that are pushed.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde_json::json;
use tempfile::TempDir;

use crate::measured::{Measured, Turns, Window, median, rate};
use crate::report::{Row, print, say};
use crate::server::Server;
use crate::speed::SCRIPTS;
use crate::{Common, report};

/// Where `make guests` puts them.
const GUESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guests");

/// What the guest in JavaScript is called in the tables.
pub const JAVASCRIPT: &str = "JavaScript";

/// The languages, as files and as names.
const LANGUAGES: [(&str, &str); 5] =
    [("c", "C"), ("rust", "Rust"), ("js", JAVASCRIPT), ("python", "Python"), ("go", "Go")];

/// The arguments of `guests`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,

    #[command(flatten)]
    turns: Turns,

    /// The guests to measure: c, rust, js, python, go; all if none is named
    #[arg(long, value_delimiter = ' ')]
    guests: Vec<String>,
}

/// One kind of work, which is a function of each guest.
struct Work {
    function: &'static str,
    script: &'static str,
    users: u32,
    endpoint: &'static str,
    /// The columns of the rate, of the time for a message, and of the ratio.
    columns: [&'static str; 3],
}

const WORKS: [Work; 2] = [
    Work {
        function: "pingPong",
        script: "ping-pong.js",
        users: 50,
        endpoint: "/echo",
        columns: ["there and back", "µs CPU", "of the script's"],
    },
    Work {
        function: "flood",
        script: "flood.js",
        users: 1,
        endpoint: "/flood",
        columns: ["pushed", "µs CPU of one", "of the script's time"],
    },
];

/// A script or a guest.
pub struct Program {
    /// What it is called in the tables.
    pub name: &'static str,
    /// None is a script.
    pub component: Option<PathBuf>,
}

/// Measures, and prints a table.
pub async fn run(arguments: Arguments) -> Result<()> {
    let Arguments { common, turns, guests } = arguments;
    let programs = programs(&guests)?;
    let mut rows: Vec<Row> = programs.iter().map(|program| empty(program.name)).collect();
    for work in &WORKS {
        let mut measured: Vec<Vec<Measured>> = programs.iter().map(|_| Vec::new()).collect();
        for round in 1..=turns.rounds {
            for (program, measured) in programs.iter().zip(&mut measured) {
                say(&format!("{}, round {round}, {} …", work.function, program.name));
                measured.push(measure(&common, work, program, turns.window()).await?);
            }
        }
        // Rates depend more on what else is running.
        let by_cpu = |rounds| median(rounds, |one| one.cpu_micros);
        let middle: Vec<_> = measured.into_iter().map(by_cpu).collect();
        for (row, one) in rows.iter_mut().zip(&middle) {
            add(row, work, one, &middle[0]);
        }
    }
    print("guests", &rows, common.json.as_deref())
}

/// The script, and the guests that are named.
pub fn programs(languages: &[String]) -> Result<Vec<Program>> {
    let mut programs = vec![Program { name: "a script", component: None }];
    for language in languages {
        let known = LANGUAGES.iter().any(|(file, _)| file == language);
        let files = LANGUAGES.map(|(file, _)| file).join(", ");
        ensure!(known, "there is no guest in \"{language}\"; there are {files}");
    }
    for (file, name) in LANGUAGES {
        if languages.is_empty() || languages.iter().any(|language| language == file) {
            let component = Path::new(GUESTS).join(format!("{file}.wasm"));
            let path = component.display();
            ensure!(component.exists(), "{path} is missing; make guest-{file} builds it");
            programs.push(Program { name, component: Some(component) });
        }
    }
    Ok(programs)
}

async fn measure(
    common: &Common,
    work: &Work,
    program: &Program,
    window: Window,
) -> Result<Measured> {
    let server = Server::start().await?;
    let folder = TempDir::new()?;
    let mut scenario = json!({
        "executor": "constant-vus", "vus": work.users, "duration": "1h", "gracefulStop": "0s",
    });
    let script = PathBuf::from(format!("{SCRIPTS}/{}", work.script));
    scenario["guest"] = json!(program.component.as_ref().unwrap_or(&script));
    if program.component.is_some() {
        scenario["exec"] = json!(work.function);
    }
    let file = folder.path().join("test.json");
    let test = json!({ "scenarios": { "s": scenario }, "setupTimeout": "5m" });
    std::fs::write(&file, test.to_string())?;
    let arguments = [
        "run".to_owned(),
        "--quiet".to_owned(),
        "-e".to_owned(),
        format!("URL={}", server.url(work.endpoint)),
        file.display().to_string(),
    ];
    rate(common.core, &common.wasock, &arguments, &server.counters.messages, window).await
}

/// A row without cells.
pub fn empty(name: &str) -> Row {
    Row { name: name.to_owned(), goal: String::new(), cells: Vec::new(), data: json!({}) }
}

fn add(row: &mut Row, work: &Work, one: &Measured, script: &Measured) {
    let [rate, micros, ratio] = work.columns;
    let of_script = script.cpu_micros / one.cpu_micros;
    row.cells.extend([
        (rate, report::thousands(one.per_second)),
        (micros, format!("{:.2}", one.cpu_micros)),
        (ratio, format!("{of_script:.2}")),
    ]);
    row.data[work.function] = json!({
        "perSecond": one.per_second, "cpuMicros": one.cpu_micros, "ofScript": of_script,
    });
}
