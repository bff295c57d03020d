//! All guests on all hosts: how long each takes to start, and how many messages one connection of it carries.
//!
//! Every host runs the same components, with one user, against the same server, whose clock counts for all of them.

mod programs;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tempfile::TempDir;

use self::programs::{DEFAULT, Host, Installed, Prepared};
use crate::guests::{self, Program};
use crate::measured::{Measured, Window, during_time};
use crate::report::{Row, print, say, thousands};
use crate::server::Server;
use crate::speed::SCRIPTS;
use crate::subject::Subject;
use crate::{Common, measured};

/// The script among the guests: it exports the functions that the guests have.
const SCRIPT: &str = "guest.js";

/// How long a host may take until the first message: compiling Python's 22 MB takes minutes on one core.
const PATIENCE: Duration = Duration::from_secs(600);

/// How many lines of a host's standard error are shown when it fails.
const SHOWN_LINES: usize = 10;

/// The arguments of `hosts`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,

    /// Seconds in which messages are counted
    #[arg(long, default_value_t = 3.0)]
    window: f64,

    /// The guests to measure: c, rust, js, python, go; all if none is named
    #[arg(long, value_delimiter = ' ')]
    guests: Vec<String>,

    /// The hosts to measure, as the beginnings of their names; all if none is named
    #[arg(long, value_delimiter = ',')]
    hosts: Vec<String>,
}

/// What a guest does on a host.
struct Outcome {
    /// From the command to the first message, when nothing of the guest is compiled yet.
    first: Duration,
    /// The same when the host has run the guest before. None where it compiles it each time.
    again: Option<Duration>,
    there_and_back: Measured,
    /// None where the host gave the guest up, as a page must when it cannot keep up: a browser reads on.
    pushed: Option<Measured>,
}

/// Measures, and prints three tables: starts, messages there and back, and messages that are pushed.
pub async fn run(arguments: Arguments) -> Result<()> {
    let Arguments { common, window, guests, hosts } = arguments;
    let window = Window::of(window);
    let installed = Installed::find(&common.wasock)?;
    let is_picked = |host: &Host| {
        hosts.is_empty() || hosts.iter().any(|start| host.name.starts_with(start.as_str()))
    };
    let hosts: Vec<_> = installed.hosts()?.into_iter().filter(is_picked).collect();
    ensure!(!hosts.is_empty(), "no host has a name that begins so");
    let script = TempDir::new()?;
    let programs = programs(&common.wasock, &guests, script.path())?;
    let mut outcomes = Vec::new();
    for (name, component) in &programs {
        let mut of_guest = Vec::new();
        for host in &hosts {
            say(&format!("{name}, {} …", host.name));
            let bench = Bench { common: &common, window, host, component };
            let outcome = bench.run().await;
            of_guest.push(outcome.with_context(|| format!("{name} on {}", host.name))?);
        }
        outcomes.push((*name, of_guest));
    }
    tables(&hosts, &outcomes, common.json.as_deref())
}

/// The script, compiled, and the guests that are named.
fn programs(
    wasock: &Path,
    languages: &[String],
    folder: &Path,
) -> Result<Vec<(&'static str, PathBuf)>> {
    let compiled = folder.join("script.wasm");
    let compiling = |Program { name, component }: Program| {
        Ok((name, component.map_or_else(|| compile(wasock, &compiled), Ok)?))
    };
    guests::programs(languages)?.into_iter().map(compiling).collect()
}

fn compile(wasock: &Path, output: &Path) -> Result<PathBuf> {
    let script = format!("{SCRIPTS}/{SCRIPT}");
    let status = Command::new(wasock).args(["compile", &script, "-o"]).arg(output).status()?;
    ensure!(status.success(), "{script} cannot be compiled");
    Ok(output.to_owned())
}

/// One guest on one host.
struct Bench<'a> {
    common: &'a Common,
    window: Window,
    host: &'a Host,
    component: &'a Path,
}

impl Bench<'_> {
    async fn run(&self) -> Result<Outcome> {
        let folder = TempDir::new()?;
        let guest = self.host.prepare(self.component, folder.path()).await?;
        let starts = if self.host.knows_wasock() {
            Some((self.start(&guest).await?, self.start(&guest).await?))
        } else {
            None
        };
        let (start, there_and_back) = self.measure(&guest, "pingPong", "/echo").await?;
        let pushed = match self.measure(&guest, "flood", "/flood").await {
            Ok((_, pushed)) => Some(pushed),
            Err(error) => {
                say(&format!("  pushed: {error}"));
                None
            }
        };
        // A host that keeps nothing of what it compiles has started for the first time then, too.
        let first = guest.preparation() + starts.map_or(start, |(first, _)| first);
        let again = starts.map(|(_, again)| again);
        Ok(Outcome { first, again, there_and_back, pushed })
    }

    /// How long the guest takes until its first message.
    async fn start(&self, guest: &Prepared<'_>) -> Result<Duration> {
        let server = Server::start().await?;
        let command = guest.command(self.common.core, DEFAULT, &server.url(""))?;
        let started = async {
            measured::started(Subject::spawn(command)?, &server.counters.messages, PATIENCE).await
        };
        Ok(started.await.with_context(|| complaints(&guest.log()))?.1)
    }

    /// How long a function takes until its first message, and what it does in the window.
    async fn measure(
        &self,
        guest: &Prepared<'_>,
        function: &str,
        endpoint: &str,
    ) -> Result<(Duration, Measured)> {
        let server = Server::start().await?;
        let command = guest.command(self.common.core, function, &server.url(endpoint))?;
        let measured = self.counted(command, &server.counters.messages).await;
        measured.with_context(|| complaints(&guest.log()))
    }

    async fn counted(&self, command: Command, counter: &AtomicU64) -> Result<(Duration, Measured)> {
        let subject = Subject::spawn(command)?;
        let (mut subject, start) = measured::started(subject, counter, PATIENCE).await?;
        tokio::time::sleep(self.window.warm_up).await;
        Ok((start, during_time(&mut subject, counter, self.window.length).await?))
    }
}

/// The last lines that a host has written to standard error.
fn complaints(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

fn tables(
    hosts: &[Host],
    outcomes: &[(&'static str, Vec<Outcome>)],
    json: Option<&Path>,
) -> Result<()> {
    let rows = |cell: &dyn Fn(usize, &Outcome) -> (String, serde_json::Value)| -> Vec<Row> {
        let row = |(name, of_guest): &(&'static str, Vec<Outcome>)| {
            let mut row = guests::empty(name);
            for (index, (host, outcome)) in hosts.iter().zip(of_guest).enumerate() {
                let (text, data) = cell(index, outcome);
                row.cells.push((host.name, text));
                row.data[host.name] = data;
            }
            row
        };
        outcomes.iter().map(row).collect()
    };
    let starts = rows(&|_, outcome| {
        let (first, again) =
            (outcome.first.as_secs_f64(), outcome.again.map(|time| time.as_secs_f64()));
        let later = again.map_or_else(String::new, |again| format!(", {again:.2} s"));
        (format!("{first:.2} s{later}"), json!({ "first": first, "again": again }))
    });
    print("hosts: starts", &starts, json)?;
    let javascript = outcomes.iter().find(|(name, _)| *name == guests::JAVASCRIPT);
    let messages = |of: fn(&Outcome) -> Option<Measured>| {
        rows(&|host, outcome| {
            let Some(Measured { per_second, cpu_micros, .. }) = of(outcome) else {
                return ("–".to_owned(), json!(null));
            };
            let of_javascript = javascript
                .and_then(|(_, all)| of(&all[host]))
                .map(|javascript| per_second / javascript.per_second);
            let ratio = of_javascript.map_or_else(String::new, |ratio| format!(" ({ratio:.2})"));
            let data = json!({
                "perSecond": per_second, "cpuMicros": cpu_micros, "ofJavaScript": of_javascript,
            });
            (thousands(per_second) + &ratio, data)
        })
    };
    print("hosts: there and back", &messages(|outcome| Some(outcome.there_and_back)), json)?;
    print("hosts: pushed", &messages(|outcome| outcome.pushed), json)
}
