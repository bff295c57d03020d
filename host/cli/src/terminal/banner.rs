//! What a run is going to do, before it does.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use wasock_runner::options::{Scenario, lasting, max_duration, max_vus};
use wasock_script::shown::one_line;

/// The name of the program with its version, and what it is.
pub fn banner(colours: bool) -> String {
    let (wave, name) = match colours {
        true => (AnsiColor::Cyan.on_default(), Style::new().bold()),
        false => (Style::new(), Style::new()),
    };
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "\n  {wave}∿∿∿{wave:#} {name}wasock{name:#} {version}  WebSocket load tests in WebAssembly\n\n"
    )
}

/// What a run works with.
pub struct Description<'a> {
    /// The script as the command line names it.
    pub script: &'a str,
    /// Where samples go.
    pub outputs: &'a [String],
    /// Where the embedded server listens, and for whom it stands in.
    pub server: Option<&'a str>,
    /// Where the dashboard is.
    pub dashboard: Option<&'a str>,
    /// The loads.
    pub scenarios: &'a [Scenario],
    /// How much of the test is run, from 0 to 1.
    pub share: f64,
    /// How many processes run it.
    pub processes: u32,
}

impl Description<'_> {
    /// The description as text, with a blank line at its end.
    pub fn text(&self, colours: bool) -> String {
        let value = if colours { AnsiColor::Cyan.on_default() } else { Style::new() };
        let outputs = match self.outputs {
            [] => "-".to_owned(),
            outputs => outputs.join(", "),
        };
        let script = if self.script == "-" { "standard input" } else { self.script };
        let execution = match self.processes {
            1 => "local".to_owned(),
            count => format!("local, {count} processes"),
        };
        let mut lines = vec![("execution", &*execution), ("script", script), ("output", &outputs)];
        lines.extend(self.server.map(|server| ("server", server)));
        lines.extend(self.dashboard.map(|url| ("dashboard", url)));
        let mut text = String::new();
        for (label, what) in lines {
            let what = one_line(what);
            writeln!(text, "{label:>14}: {value}{what}{value:#}").expect("a string takes all text");
        }
        let count = match self.scenarios.len() {
            1 => "1 scenario".to_owned(),
            count => format!("{count} scenarios"),
        };
        let (vus, longest) = (max_vus(self.scenarios), max_duration(self.scenarios));
        let (longest, percent) = (lasting(longest), self.share * 100.0);
        writeln!(
            text,
            "\n{:>14}: {value}({percent:.2}%) {count}, {vus} max VUs, {longest} max duration{value:#} \
             (incl. graceful stop):",
            "scenarios"
        )
        .expect("a string takes all text");
        for scenario in self.scenarios {
            let line = format!("{}: {}", scenario.name, scenario.describe());
            writeln!(text, "{:>15} {}", "*", one_line(&line)).expect("a string takes all text");
        }
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use wasock_runner::options::Options;

    use super::*;

    #[test]
    fn a_description_lists_script_outputs_and_scenarios() {
        let (options, _) =
            Options::from_json_text(r#"{"vus": 2, "iterations": 4}"#, "the options").unwrap();
        let scenarios = options.scenarios().unwrap();
        let mut description = Description {
            script: "a.js",
            outputs: &[],
            server: None,
            dashboard: None,
            scenarios: &scenarios,
            share: 1.0,
            processes: 1,
        };
        assert_eq!(
            description.text(false),
            "     execution: local
        script: a.js
        output: -

     scenarios: (100.00%) 1 scenario, 2 max VUs, 10m30s max duration (incl. graceful stop):
              * default: 4 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)

"
            .trim_start_matches(' ')
            .to_owned()
            .replacen("execution", "     execution", 1)
        );
        description.processes = 3;
        assert!(description.text(false).contains("     execution: local, 3 processes\n"));
        description.server = Some("ws://127.0.0.1:1");
        assert!(description.text(false).contains("        server: ws://127.0.0.1:1\n"));
    }
}
