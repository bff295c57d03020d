//! Reads the options of each source.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde_json::{Map, Value};
use wasock_runner::log::Level;
use wasock_runner::options::{
    Layer, OptionError, Options, Origin, misspelt_variable, unknown_options,
};

use super::{OptionArgs, system_environment, wrong};
use crate::cli;
use crate::failure::Failure;
use crate::sandbox::CONFIG_KEY;
use crate::terminal::log::Logger;

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
        wrong.extend(self.set_roots(&mut options)?.err());
        Ok(OptionError::all(wrong).map(|()| options))
    }

    /// Sets the certificates of `--ca-cert`, if there are any.
    fn set_roots(&self, options: &mut Options) -> Result<Result<(), OptionError>, Failure> {
        if self.ca_cert.is_empty() {
            return Ok(Ok(()));
        }
        let roots = self.ca_cert.iter().map(|path| read_root(path));
        let roots = roots.collect::<Result<Value, _>>()?;
        let origin = Origin::Flag("--ca-cert".to_owned());
        let set = options.set("caCerts", &roots, "caCerts");
        Ok(set.map(drop).map_err(|problem| problem.located(&origin)))
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
            // Nobody has asked for it.
            Err(error) if named.is_none() && is_out_of_reach(&error) => Ok(None),
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

/// Whether a file cannot be there for this user: none is, or its folder is closed or no folder.
fn is_out_of_reach(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | NotADirectory | PermissionDenied)
}

fn default_config() -> Option<PathBuf> {
    let folder = etcetera::choose_base_strategy().ok()?.config_dir();
    Some(folder.join("wasock").join("config.json"))
}

fn read_root(path: &Path) -> Result<Value, Failure> {
    let text = fs::read_to_string(path);
    text.map(Value::from).map_err(|error| {
        wrong(format!("the file of --ca-cert \"{}\" cannot be read: {error}", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use crate::options::tests::parse;

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
}
