//! The options of a run from all sources but the script: flags, environment variables, and the
//! configuration file.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::FalseyValueParser;
use etcetera::BaseStrategy as _;
use serde_json::{Map, Value};
use wasock_runner::exit_code::ExitCode;
use wasock_runner::log::Level;
use wasock_runner::options::{
    Layer, OptionError, Options, Origin, misspelt_variable, unknown_options,
};

use crate::cli;
use crate::failure::Failure;
use crate::input::Input;
use crate::sandbox::{CONFIG_KEY, Sandbox};
use crate::script_type::ScriptType;
use crate::terminal::log::Logger;

/// The flags of commands that know the options of a run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of the run")]
pub struct OptionArgs {
    /// Virtual users
    #[arg(short = 'u', long, value_name = "N", allow_negative_numbers = true)]
    vus: Option<String>,

    /// How long to start iterations: 30s, 1h30m
    #[arg(short, long, value_name = "TIME", allow_hyphen_values = true)]
    duration: Option<String>,

    /// How many iterations all virtual users run together
    #[arg(short, long, value_name = "N", allow_negative_numbers = true)]
    iterations: Option<String>,

    /// A part of a ramp, as time and virtual users at its end: 10s:5; can be repeated
    #[arg(short, long, value_name = "TIME:N")]
    stage: Vec<String>,

    /// The part of the test that this process runs: 1/3:2/3, 25%
    #[arg(long, value_name = "FROM:TO")]
    execution_segment: Option<String>,

    /// The ends of the parts that all processes run: 0,1/3,2/3,1
    #[arg(long, value_name = "ENDS")]
    execution_segment_sequence: Option<String>,

    /// A variable for the script's __ENV; can be repeated
    #[arg(short, long, value_name = "NAME=VALUE")]
    env: Vec<String>,

    /// Whether __ENV has the environment variables of the system
    #[arg(long, value_name = "BOOL", env = "K6_INCLUDE_SYSTEM_ENV_VARS", hide_env_values = true)]
    #[arg(num_args = 0..=1, require_equals = true, action = clap::ArgAction::Set)]
    #[arg(default_value = "true", default_missing_value = "true")]
    #[arg(value_parser = FalseyValueParser::new(), hide_possible_values = true)]
    include_system_env_vars: bool,

    /// A file with options in JSON [default: wasock/config.json in the user's config folder]
    #[arg(short, long, value_name = "FILE", env = "K6_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,

    /// Make all virtual users ready, then wait until the API (--address) starts the run
    #[arg(short, long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    paused: Option<String>,

    /// What the script is, if it must be nothing else
    #[arg(
        short = 't',
        long = "type",
        value_name = "TYPE",
        env = "K6_TYPE",
        hide_env_values = true
    )]
    #[arg(value_enum)]
    pub script_type: Option<ScriptType>,

    /// Behaviour to ask for, as `wasock features` lists it; can be repeated
    #[arg(long, value_name = "NAMES")]
    features: Vec<String>,

    /// Leave out setup()
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_setup: Option<String>,

    /// Leave out teardown()
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_teardown: Option<String>,

    /// How long an iteration lasts at least
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    min_iteration_duration: Option<String>,

    /// Throw exceptions for failed connections
    #[arg(short = 'w', long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    throw: Option<String>,

    /// The header field User-Agent of handshakes
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,

    /// How many redirections HTTP requests follow
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_redirects: Option<String>,

    /// How many requests http.batch() makes at one time
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    batch: Option<String>,

    /// How many of them go to one host
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    batch_per_host: Option<String>,

    /// How many HTTP requests all virtual users make per second
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    rps: Option<String>,

    /// Show HTTP requests and answers in the log: headers, or full with bodies
    #[arg(long, value_name = "HOW")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "headers")]
    http_debug: Option<String>,

    /// Leave out the bodies of answers where the script does not say
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    discard_response_bodies: Option<String>,

    /// Make a new connection for each HTTP request
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_connection_reuse: Option<String>,

    /// Make new connections for HTTP requests in each iteration
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_vu_connection_reuse: Option<String>,

    /// Accept any TLS certificate
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    insecure_skip_tls_verify: Option<String>,

    /// A file with certificates in PEM to trust besides the system's; can be repeated
    #[arg(long, value_name = "FILE")]
    ca_cert: Vec<PathBuf>,

    /// Names that must not be reached: *.example.com,…; can be repeated
    #[arg(long, value_name = "NAMES")]
    block_hostnames: Vec<String>,

    /// Addresses that must not be reached: 10.0.0.0/8,…; can be repeated
    #[arg(long, value_name = "RANGES")]
    blacklist_ip: Vec<String>,

    /// How names become addresses: ttl=5m,select=random,policy=preferIPv4
    #[arg(long, value_name = "RULES")]
    dns: Option<String>,

    /// Addresses of this machine to connect from: 10.0.0.1,10.0.1.1-10.0.1.9,10.0.2.0/24
    #[arg(long, value_name = "ADDRESSES")]
    local_ips: Option<String>,

    /// A tag for all samples; can be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    tag: Vec<String>,

    /// The tags that samples get by themselves: url,scenario,…
    #[arg(long, value_name = "NAMES")]
    system_tags: Option<String>,

    /// The columns of trends in the summary: avg,p(99),count
    #[arg(long, value_name = "STATS")]
    summary_trend_stats: Option<String>,

    /// The unit of times in the summary: s, ms or us
    #[arg(long, value_name = "UNIT")]
    summary_time_unit: Option<String>,
}

impl OptionArgs {
    /// The options of each source. The log is told what in the configuration file is no option, and
    /// which variables nearly are.
    ///
    /// # Errors
    ///
    /// An option is wrong, or the configuration file cannot be read.
    pub fn layers(&self, log: &Logger) -> Result<Vec<(Layer, Options)>, Failure> {
        let environment = system_environment();
        tell_misspelt(environment.iter().map(|(name, _)| name.as_str()), log);
        let config = self.config_text()?;
        let config = config.map(|(path, text)| config_options(&path, &text, log));
        let read = [
            (Layer::Config, config.unwrap_or_else(|| Ok(Options::default()))),
            (Layer::Environment, Options::from_environment(environment)),
            (Layer::Flags, self.flags()?),
        ];
        let (mut layers, mut wrong) = (Vec::new(), Vec::new());
        for (layer, options) in read {
            match options {
                Ok(options) => layers.push((layer, options)),
                Err(problem) => wrong.push(problem),
            }
        }
        OptionError::all(wrong)?;
        Ok(layers)
    }

    /// The options that flags set.
    fn flags(&self) -> Result<Result<Options, OptionError>, Failure> {
        let joined = |items: &[String]| (!items.is_empty()).then(|| items.join(","));
        let (stages, features) = (joined(&self.stage), joined(&self.features));
        let (names, ranges) = (joined(&self.block_hostnames), joined(&self.blacklist_ip));
        let texts = [
            ("vus", "--vus", &self.vus),
            ("duration", "--duration", &self.duration),
            ("iterations", "--iterations", &self.iterations),
            ("stages", "--stage", &stages),
            ("executionSegment", "--execution-segment", &self.execution_segment),
            (
                "executionSegmentSequence",
                "--execution-segment-sequence",
                &self.execution_segment_sequence,
            ),
            ("paused", "--paused", &self.paused),
            ("noSetup", "--no-setup", &self.no_setup),
            ("noTeardown", "--no-teardown", &self.no_teardown),
            ("minIterationDuration", "--min-iteration-duration", &self.min_iteration_duration),
            ("throw", "--throw", &self.throw),
            ("userAgent", "--user-agent", &self.user_agent),
            ("maxRedirects", "--max-redirects", &self.max_redirects),
            ("batch", "--batch", &self.batch),
            ("batchPerHost", "--batch-per-host", &self.batch_per_host),
            ("rps", "--rps", &self.rps),
            ("httpDebug", "--http-debug", &self.http_debug),
            ("discardResponseBodies", "--discard-response-bodies", &self.discard_response_bodies),
            ("noConnectionReuse", "--no-connection-reuse", &self.no_connection_reuse),
            ("noVUConnectionReuse", "--no-vu-connection-reuse", &self.no_vu_connection_reuse),
            ("insecureSkipTLSVerify", "--insecure-skip-tls-verify", &self.insecure_skip_tls_verify),
            ("blockHostnames", "--block-hostnames", &names),
            ("blacklistIPs", "--blacklist-ip", &ranges),
            ("dns", "--dns", &self.dns),
            ("localIPs", "--local-ips", &self.local_ips),
            ("systemTags", "--system-tags", &self.system_tags),
            ("summaryTrendStats", "--summary-trend-stats", &self.summary_trend_stats),
            ("summaryTimeUnit", "--summary-time-unit", &self.summary_time_unit),
            ("features", "--features", &features),
        ];
        let (mut options, mut wrong) = (Options::default(), Vec::new());
        for (name, flag, text) in texts {
            if let Some(text) = text {
                wrong.extend(options.set_text(name, text, flag).err());
            }
        }
        let tags = self.tags().and_then(|tags| options.set("tags", &tags, "tags"));
        wrong.extend(tags.err().map(|problem| problem.located(&Origin::Flag("--tag".to_owned()))));
        if !self.ca_cert.is_empty() {
            let roots = self.ca_cert.iter().map(|path| read_root(path));
            let roots = roots.collect::<Result<Value, _>>()?;
            let origin = Origin::Flag("--ca-cert".to_owned());
            let set = options.set("caCerts", &roots, "caCerts");
            wrong.extend(set.err().map(|problem| problem.located(&origin)));
        }
        Ok(OptionError::all(wrong).map(|()| options))
    }

    /// The tags of flags, null if there are none.
    fn tags(&self) -> Result<Value, OptionError> {
        let mut tags = Map::new();
        let mut wrong = Vec::new();
        for tag in &self.tag {
            match tag.split_once('=') {
                Some((name, value)) if !name.is_empty() => {
                    tags.insert(name.to_owned(), value.into());
                }
                _ => wrong.push(OptionError::Value {
                    path: "tags".to_owned(),
                    found: format!("\"{tag}\""),
                    expected: "name=value".to_owned(),
                }),
            }
        }
        OptionError::all(wrong)?;
        Ok(if tags.is_empty() { Value::Null } else { tags.into() })
    }

    /// The script's `__ENV`.
    ///
    /// # Errors
    ///
    /// A name is none.
    pub fn env(&self, input: &Input, sandbox: &Sandbox) -> Result<Vec<(String, String)>, Failure> {
        let mut env = match self.include_system_env_vars {
            true => system_environment(),
            false => Vec::new(),
        };
        env.retain(|(name, _)| sandbox.grants_variable(name));
        if let Input::Archive(archive) = input {
            env.retain(|(name, _)| !archive.metadata.env.contains_key(name));
            env.extend(archive.metadata.env.clone());
        }
        for (name, value) in self.env_flags()? {
            env.retain(|(other, _)| *other != name);
            env.push((name, value));
        }
        Ok(env)
    }

    /// The variables that flags set, in their order.
    ///
    /// # Errors
    ///
    /// A name is none.
    pub fn env_flags(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut env = Vec::new();
        for variable in &self.env {
            let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
            if !is_variable_name(name) {
                return Err(wrong(format!(
                    "--env is \"{variable}\", expected NAME=value with a name of letters, digits \
                     and underscores that does not begin with a digit"
                )));
            }
            env.push((name.to_owned(), value.to_owned()));
        }
        Ok(env)
    }

    /// What the configuration file says about the sandbox. It is no option: scripts have those too.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn sandbox(&self) -> Result<Option<Value>, Failure> {
        let Some((_, text)) = self.config_text()? else { return Ok(None) };
        // What is no JSON is told with the options.
        let config: Option<Value> = serde_json::from_str(&text).ok();
        Ok(config.and_then(|mut config| config.get_mut(CONFIG_KEY).map(Value::take)))
    }

    /// The configuration file, if there is one. One that the user names must be there.
    fn config_text(&self) -> Result<Option<(PathBuf, String)>, Failure> {
        let named = self.config.as_deref().filter(|path| *path != Path::new(""));
        let Some(path) = named.map(Path::to_owned).or_else(default_config) else {
            return Ok(None);
        };
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some((path, text))),
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(wrong(format!(
                "the configuration file \"{}\" cannot be read: {error}",
                path.display()
            ))),
        }
    }
}

/// The options in the text of a configuration file.
fn config_options(path: &Path, text: &str, log: &Logger) -> Result<Options, OptionError> {
    let path = path.display();
    let what = format!("the options in \"{path}\"");
    let (options, mut unknown) = Options::from_json_text(text, &what)
        .map_err(|problem| problem.located(&Origin::Config(Some(path.to_string()))))?;
    unknown.retain(|name| name != CONFIG_KEY);
    if !unknown.is_empty() {
        log.say(Level::Warn, unknown_options(&unknown, &format!("in \"{path}\"")));
    }
    Ok(options)
}

/// Tells the log which of these environment variables nearly set an option.
fn tell_misspelt<'a>(names: impl Iterator<Item = &'a str>, log: &Logger) {
    let flags = cli::variables();
    for name in names.filter(|name| flags.iter().all(|(variable, _)| variable != name)) {
        if let Some(meant) = misspelt_variable(name) {
            let text =
                format!("the environment variable {name} sets no option; did you mean {meant}?");
            log.say(Level::Warn, text);
        }
    }
}

fn default_config() -> Option<PathBuf> {
    let folder = etcetera::choose_base_strategy().ok()?.config_dir();
    Some(folder.join("wasock").join("config.json"))
}

/// The environment variables that are text.
pub fn system_environment() -> Vec<(String, String)> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    env::vars_os().filter_map(text).collect()
}

fn is_variable_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

fn read_root(path: &Path) -> Result<Value, Failure> {
    let text = fs::read_to_string(path);
    text.map(Value::from).map_err(|error| {
        wrong(format!("the file of --ca-cert \"{}\" cannot be read: {error}", path.display()))
    })
}

fn wrong(message: String) -> Failure {
    Failure::new(ExitCode::InvalidConfig, message)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        options: OptionArgs,
    }

    fn parse(flags: &[&str]) -> OptionArgs {
        Only::try_parse_from([&["test"], flags].concat()).unwrap().options
    }

    #[test]
    fn flags_set_options() {
        let flags = ["-u", "5", "-s", "1s:2,2s:3", "-s", "3s:0", "--tag", "a=b,c=d", "-w"];
        let options = parse(&flags).flags().unwrap().unwrap();
        assert_eq!(options.vus, Some(5));
        assert_eq!(options.stages.map(|stages| stages.len()), Some(3));
        assert_eq!(options.tags, Some(vec![("a".into(), "b,c=d".into())]));
        assert_eq!(options.throw, Some(true));
        let options = parse(&["--throw=false"]).flags().unwrap().unwrap();
        assert_eq!((options.throw, options.tags), (Some(false), None));
    }

    #[test]
    fn wrong_values_are_told_with_their_flag() {
        let error = |flags: &[&str]| parse(flags).flags().unwrap().unwrap_err().to_string();
        assert_eq!(
            error(&["--vus=-5"]),
            "option \"vus\" is -5, expected a whole number from 0 to 1000000 (by the flag --vus)"
        );
        assert_eq!(
            error(&["--tag", "a", "--throw=x"]),
            "2 options are wrong
  option \"throw\" is \"x\", expected true or false (by the flag --throw)
  option \"tags\" is \"a\", expected name=value (by the flag --tag)"
        );
    }

    fn script() -> Input {
        Input::Script(wasock_script::Entry::Path("script.js".into()))
    }

    #[test]
    fn variables_follow_those_of_the_system() {
        let flags = ["--include-system-env-vars=false", "-e", "A=1=2", "-e", "B", "-e", "A=3"];
        let env = parse(&flags).env(&script(), &Sandbox::default()).unwrap();
        assert_eq!(env, [("B".into(), String::new()), ("A".into(), "3".into())]);
        assert!(parse(&["-e", "1A=2"]).env(&script(), &Sandbox::default()).is_err());
        let system = parse(&["-e", "PATH=x"]).env(&script(), &Sandbox::default()).unwrap();
        assert_eq!(system.iter().filter(|(name, _)| name == "PATH").count(), 1);
    }
}
