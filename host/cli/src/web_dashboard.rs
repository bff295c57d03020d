//! k6's way of asking for the pages of a run: the output `web-dashboard`, and the variables `K6_WEB_DASHBOARD…`.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;
use wasock_runner::exit_code::ExitCode;

use crate::failure::Failure;
use crate::switch;

/// The name of k6's output, as `--out` has it.
pub const NAME: &str = "web-dashboard";

/// The environment variable that turns it on. Those of its settings begin with it.
const VARIABLE: &str = "K6_WEB_DASHBOARD";

/// The settings, as the argument of the output and, in capitals, the variables have them.
const SETTINGS: [&str; 7] = ["host", "port", "export", "open", "period", "record", "tag"];

/// The port that stands for no server: only the report is written.
const NO_PORT: &str = "-1";

/// What k6's output, or its variables, ask for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WebDashboard {
    /// Where the dashboard is to be shown, if anywhere.
    pub address: Option<String>,
    /// The file of the report.
    pub report: Option<PathBuf>,
    /// Whether a browser is to show the dashboard.
    pub open: bool,
    /// Settings that change nothing here, a sentence each.
    pub warnings: Vec<String>,
}

impl WebDashboard {
    /// Takes k6's output out of a list of outputs, and reads its settings: those of its argument, else those of
    /// the environment. `configured` is what the configuration file says about it.
    ///
    /// # Errors
    ///
    /// A setting is wrong.
    pub fn take_from(
        outputs: &mut Vec<String>,
        configured: Option<bool>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let what = format!("the environment variable {VARIABLE}");
        let switched_on = variable(VARIABLE).map(|value| switched(&value, &what)).transpose()?;
        let taken = take(outputs)?;
        let is_asked_for = taken.is_some() || switched_on.or(configured) == Some(true);
        let given = taken.unwrap_or_default();
        let setting = |name: &str| {
            let own = given.iter().rev().find(|(given, _)| given == name);
            own.map(|(_, value)| value.clone()).or_else(|| variable(&variable_of(name)))
        };
        // The file of a report is reason enough to write it.
        let report = setting("export").map(PathBuf::from);
        if !is_asked_for {
            return Ok(Self { report, ..Self::default() });
        }
        let open = setting("open").map(|value| {
            let what = format!("the setting open of {NAME} ({})", variable_of("open"));
            switched(&value, &what)
        });
        let (host, port) = (setting("host").unwrap_or_default(), setting("port"));
        Ok(Self {
            address: address(&host, port.as_deref()),
            report,
            open: open.transpose()?.unwrap_or(false),
            warnings: WITHOUT_EFFECT
                .iter()
                .filter(|(name, _)| setting(name).is_some())
                .map(|(name, reason)| {
                    let variable = variable_of(name);
                    format!("the setting {name} of {NAME} ({variable}) has no effect: {reason}")
                })
                .collect(),
        })
    }
}

/// Takes k6's output out of a list of outputs; its settings, or none if it is not there.
fn take(outputs: &mut Vec<String>) -> Result<Option<Vec<(String, String)>>, Failure> {
    let mut taken: Option<Vec<_>> = None;
    let mut wrong = None;
    outputs.retain(|output| {
        let (name, argument) = output.split_once('=').unwrap_or((output, ""));
        if name == NAME {
            let given = taken.get_or_insert_default();
            match arguments(argument) {
                Ok(settings) => given.extend(settings),
                Err(problem) => wrong = Some(problem),
            }
        }
        name != NAME
    });
    match wrong {
        Some(problem) => Err(Failure::new(ExitCode::InvalidConfig, problem)),
        None => Ok(taken),
    }
}

/// The environment variable of a setting.
fn variable_of(setting: &str) -> String {
    format!("{VARIABLE}_{}", setting.to_ascii_uppercase())
}

/// Whether something is on that is called `what` where it is wrong.
fn switched(value: &str, what: &str) -> Result<bool, Failure> {
    switch::parse(value).map_err(|expected| {
        let problem = format!("{what} is \"{value}\", {expected}");
        Failure::new(ExitCode::InvalidConfig, problem)
    })
}

/// Settings that are taken and change nothing.
const WITHOUT_EFFECT: [(&str, &str); 3] = [
    (
        "period",
        "the charts have a point for each second at first, and pages receive each point immediately",
    ),
    ("record", "--out json=FILE records all samples, and --report keeps the charts"),
    ("tag", "the tables show every metric as a whole, and its submetrics with a threshold"),
];

/// Reads `name=value&name=value`.
fn arguments(text: &str) -> Result<Vec<(String, String)>, String> {
    let settings = text.split('&').filter(|setting| !setting.is_empty());
    let setting = |setting: &str| {
        let (name, value) = setting.split_once('=').unwrap_or((setting, "true"));
        match SETTINGS.contains(&name) {
            true => Ok((name.to_owned(), value.to_owned())),
            false => Err(format!(
                "the output {NAME} has no setting \"{name}\"; its settings are {}",
                SETTINGS.join(", ")
            )),
        }
    };
    settings.map(setting).collect()
}

/// The address in the form of `--dashboard`, none if there is to be no server.
fn address(host: &str, port: Option<&str>) -> Option<String> {
    match port {
        Some(NO_PORT) => None,
        None => Some(host.to_owned()),
        Some(port) if host.contains(':') => Some(format!("[{host}]:{port}")),
        Some(port) => Some(format!("{host}:{port}")),
    }
}

/// Shows a page in the user's browser.
///
/// # Errors
///
/// There is no program for that, as a sentence.
pub fn open(url: &str) -> Result<(), String> {
    let (program, arguments): (_, &[&str]) = match () {
        () if cfg!(target_os = "macos") => ("open", &[]),
        () if cfg!(windows) => ("cmd", &["/C", "start", ""]),
        () => ("xdg-open", &[]),
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(url);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let opened = command.spawn().map(drop);
    opened.map_err(|error| format!("no browser was opened at {url}: {program}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        outputs: &[&str],
        variables: &[(&str, &str)],
    ) -> (Result<WebDashboard, String>, Vec<String>) {
        let mut outputs: Vec<_> = outputs.iter().map(|&output| output.to_owned()).collect();
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let dashboard = WebDashboard::take_from(&mut outputs, None, variable);
        (dashboard.map_err(|failure| failure.report(false)), outputs)
    }

    fn dashboard(address: Option<&str>, report: Option<&str>) -> WebDashboard {
        let (address, report) = (address.map(str::to_owned), report.map(PathBuf::from));
        WebDashboard { address, report, ..WebDashboard::default() }
    }

    #[test]
    fn the_output_is_taken_out_of_the_others() {
        let (found, rest) = read(&["json=a", "web-dashboard", "csv"], &[]);
        assert_eq!(found, Ok(dashboard(Some(""), None)));
        assert_eq!(rest, ["json=a", "csv"]);
        let (found, _) = read(&["web-dashboard=host=::1&port=80&export=a.html"], &[]);
        assert_eq!(found, Ok(dashboard(Some("[::1]:80"), Some("a.html"))));
        assert_eq!(read(&["json=a"], &[]).0, Ok(WebDashboard::default()));
    }

    #[test]
    fn its_argument_counts_more_than_variables() {
        let variables = [
            ("K6_WEB_DASHBOARD_HOST", "a.test"),
            ("K6_WEB_DASHBOARD_PORT", "1"),
            ("K6_WEB_DASHBOARD_EXPORT", "b.html"),
        ];
        let (found, _) = read(&["web-dashboard=port=2"], &variables);
        assert_eq!(found, Ok(dashboard(Some("a.test:2"), Some("b.html"))));
        // Without the output or its variable there is a report alone.
        assert_eq!(read(&[], &variables).0, Ok(dashboard(None, Some("b.html"))));
        let on = [("K6_WEB_DASHBOARD", "true"), variables[1]];
        assert_eq!(read(&[], &on).0, Ok(dashboard(Some(":1"), None)));
        let off = [("K6_WEB_DASHBOARD", "false"), variables[1]];
        assert_eq!(read(&[], &off).0, Ok(dashboard(None, None)));
    }

    #[test]
    fn without_a_port_there_is_the_report_alone() {
        let (found, _) = read(&["web-dashboard=port=-1&export=a.html"], &[]);
        assert_eq!(found, Ok(dashboard(None, Some("a.html"))));
    }

    #[test]
    fn what_has_no_effect_is_told_and_what_does_not_exist_refused() {
        let (found, _) = read(&["web-dashboard=period=5s&open"], &[]);
        let found = found.unwrap();
        assert!(found.open);
        assert_eq!(found.warnings.len(), 1);
        let start = "the setting period of web-dashboard (K6_WEB_DASHBOARD_PERIOD) has no effect: ";
        assert!(found.warnings[0].starts_with(start), "{:?}", found.warnings);
        let (found, _) = read(&["web-dashboard=open=maybe"], &[]);
        assert_eq!(
            found.unwrap_err(),
            "error: the setting open of web-dashboard (K6_WEB_DASHBOARD_OPEN) is \"maybe\", expected true or false\n"
        );
        let (found, _) = read(&["web-dashboard=colour=red"], &[]);
        assert_eq!(
            found.unwrap_err(),
            "error: the output web-dashboard has no setting \"colour\"; its settings are host, port, export, open, \
             period, record, tag\n"
        );
    }
}
