//! Sets options from text: environment variables and flags.

use serde_json::{Map, Value};

use super::suggest::nearest;
use super::{OptionError, Options, Origin};

/// How the text of an option becomes a value.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// `true`, `false`, `1`, `0`.
    Boolean,
    /// A number.
    Number,
    /// Taken as it is; durations too.
    Text,
    /// Items between commas.
    List,
    /// `name=value` between commas.
    Pairs,
    /// `duration:target` between commas.
    Stages,
    /// JSON.
    Json,
}

/// The environment variable, the option, and its form. `scenarios` cannot be set by text.
const VARIABLES: &[(&str, &str, Form)] = &[
    ("K6_VUS", "vus", Form::Number),
    ("K6_DURATION", "duration", Form::Text),
    ("K6_ITERATIONS", "iterations", Form::Number),
    ("K6_STAGES", "stages", Form::Stages),
    ("K6_THRESHOLDS", "thresholds", Form::Json),
    ("K6_PAUSED", "paused", Form::Boolean),
    ("K6_NO_SETUP", "noSetup", Form::Boolean),
    ("K6_NO_TEARDOWN", "noTeardown", Form::Boolean),
    ("K6_INIT_TIMEOUT", "initTimeout", Form::Text),
    ("K6_SETUP_TIMEOUT", "setupTimeout", Form::Text),
    ("K6_TEARDOWN_TIMEOUT", "teardownTimeout", Form::Text),
    ("K6_HANDLE_SUMMARY_TIMEOUT", "handleSummaryTimeout", Form::Text),
    ("K6_THROW", "throw", Form::Boolean),
    ("K6_USER_AGENT", "userAgent", Form::Text),
    ("K6_INSECURE_SKIP_TLS_VERIFY", "insecureSkipTLSVerify", Form::Boolean),
    ("K6_HOSTS", "hosts", Form::Pairs),
    ("K6_TAGS", "tags", Form::Pairs),
    ("K6_SYSTEM_TAGS", "systemTags", Form::List),
    ("K6_SUMMARY_TREND_STATS", "summaryTrendStats", Form::List),
    ("K6_SUMMARY_TIME_UNIT", "summaryTimeUnit", Form::Text),
    ("K6_MIN_ITERATION_DURATION", "minIterationDuration", Form::Text),
    ("K6_NO_COOKIES_RESET", "noCookiesReset", Form::Boolean),
    ("K6_BLOCK_HOSTNAMES", "blockHostnames", Form::List),
    ("K6_BLACKLIST_IPS", "blacklistIPs", Form::List),
    ("K6_DNS", "dns", Form::Text),
    ("K6_LOCAL_IPS", "localIPs", Form::Text),
    ("K6_TLS_VERSION", "tlsVersion", Form::Text),
    ("K6_TLS_CIPHER_SUITES", "tlsCipherSuites", Form::List),
    ("K6_TLSAUTH", "tlsAuth", Form::Json),
    ("K6_BATCH", "batch", Form::Number),
    ("K6_BATCH_PER_HOST", "batchPerHost", Form::Number),
    ("K6_MAX_REDIRECTS", "maxRedirects", Form::Number),
    ("K6_RPS", "rps", Form::Number),
    ("K6_NO_CONNECTION_REUSE", "noConnectionReuse", Form::Boolean),
    ("K6_NO_VU_CONNECTION_REUSE", "noVUConnectionReuse", Form::Boolean),
    ("K6_DISCARD_RESPONSE_BODIES", "discardResponseBodies", Form::Boolean),
    ("K6_HTTP_DEBUG", "httpDebug", Form::Text),
    ("K6_FEATURES", "features", Form::List),
    ("K6_METRIC_SAMPLES_BUFFER_SIZE", "metricSamplesBufferSize", Form::Number),
];

/// Options that only flags set by text.
const FLAGS: [(&str, Form); 2] =
    [("executionSegment", Form::Text), ("executionSegmentSequence", Form::Text)];

impl Options {
    /// Reads the options that environment variables (`K6_VUS`, …) set. Empty ones count as not set, and those
    /// that are no options are left out.
    pub fn from_environment<N, V>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, OptionError>
    where
        N: AsRef<str>,
        V: AsRef<str>,
    {
        let (mut options, mut wrong) = (Self::default(), Vec::new());
        for (name, text) in variables {
            let (name, text) = (name.as_ref(), text.as_ref());
            let Some((_, option, form)) = VARIABLES.iter().find(|(variable, ..)| *variable == name)
            else {
                continue;
            };
            if !text.is_empty() {
                let value = value(text, *form, option, name);
                let set = value.and_then(|value| options.set(option, &value, option));
                let origin = || Origin::Variable(name.to_owned());
                wrong.extend(set.err().map(|problem| problem.located(&origin())));
            }
        }
        OptionError::all(wrong)?;
        Ok(options)
    }

    /// Sets the option `name` from the text of a flag (`--vus`). The forms are those of the environment
    /// variables: `10`, `true`, `a,b`, `a=1,b=2`, `10s:5,1m:0`.
    pub fn set_text(&mut self, name: &str, text: &str, flag: &str) -> Result<bool, OptionError> {
        let variables = VARIABLES.iter().map(|&(_, option, form)| (option, form));
        let Some((_, form)) = variables.chain(FLAGS).find(|(option, _)| *option == name) else {
            return Ok(false);
        };
        value(text, form, name, flag)
            .and_then(|value| self.set(name, &value, name))
            .map_err(|problem| problem.located(&Origin::Flag(flag.to_owned())))
    }
}

/// The environment variables that set options, and the options.
pub fn variables() -> impl Iterator<Item = (&'static str, &'static str)> {
    VARIABLES.iter().map(|(variable, option, _)| (*variable, *option))
}

/// The variable that was perhaps meant by one that sets no option.
pub fn misspelt_variable(name: &str) -> Option<&'static str> {
    const PREFIX: &str = "K6_";
    let rest = name.strip_prefix(PREFIX)?;
    let names = || variables().map(|(variable, _)| variable);
    // The prefix is right, and would make room for more slips.
    let meant = nearest(rest, names().filter_map(|variable| variable.strip_prefix(PREFIX)))?;
    names().find(|variable| variable.strip_prefix(PREFIX) == Some(meant) && *variable != name)
}

/// The value of the option `path`, as the variable or flag `source` has it.
fn value(text: &str, form: Form, path: &str, source: &str) -> Result<Value, OptionError> {
    let wrong = |expected: &str| OptionError::value(path, &text.into(), expected);
    Ok(match form {
        Form::Boolean => Value::Bool(boolean(text).ok_or_else(|| wrong("true or false"))?),
        // In JSON an empty number is one that is not set; a flag without a number is a slip.
        Form::Number if text.is_empty() => return Err(wrong("a whole number")),
        Form::Number => number(text),
        Form::Text => text.into(),
        Form::List => items(text).map(Value::from).collect(),
        Form::Pairs if text.trim_start().starts_with('{') => json(text, source)?,
        Form::Pairs => Value::Object(
            pairs(text).ok_or_else(|| wrong("name=value, with commas between several"))?,
        ),
        Form::Stages => items(text)
            .map(|item| {
                let (duration, target) = item.split_once(':')?;
                Some(serde_json::json!({ "duration": duration.trim(), "target": number(target) }))
            })
            .collect::<Option<_>>()
            .ok_or_else(|| {
                wrong("duration:target, with commas between several (\"10s:5,1m:0\")")
            })?,
        Form::Json => json(text, source)?,
    })
}

/// Whether a text says yes or no, if it says either.
pub fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "t" => Some(true),
        "false" | "0" | "f" => Some(false),
        _ => None,
    }
}

/// What is no number stays a string, and the option refuses it with what it expects.
fn number(text: &str) -> Value {
    serde_json::from_str::<serde_json::Number>(text.trim())
        .map_or_else(|_| text.into(), Value::Number)
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// `name=value` between commas, as an object.
pub(super) fn pairs(text: &str) -> Option<Map<String, Value>> {
    items(text)
        .map(|item| item.split_once('='))
        .map(|pair| pair.map(|(name, value)| (name.trim().to_owned(), value.trim().into())))
        .collect()
}

fn json(text: &str, path: &str) -> Result<Value, OptionError> {
    serde_json::from_str(text).map_err(|error| OptionError::Json {
        what: format!("the contents of {path}"),
        problem: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::options::Stage;

    #[test]
    fn variables_set_options() {
        let options = Options::from_environment([
            ("K6_VUS", "7"),
            ("K6_DURATION", "1m"),
            ("K6_THROW", "true"),
            ("K6_TAGS", "a=1, b=2"),
            ("K6_SYSTEM_TAGS", "url,group"),
            ("K6_THRESHOLDS", r#"{"checks": ["rate>0.9"]}"#),
            ("K6_ITERATIONS", ""),
            ("PATH", "/bin"),
        ])
        .unwrap();
        assert_eq!((options.vus, options.iterations), (Some(7), None));
        assert_eq!(options.duration, Some(Duration::from_secs(60)));
        assert!(options.throw());
        assert_eq!(options.tags.unwrap()[1], ("b".into(), "2".into()));
        assert_eq!(options.system_tags.unwrap().iter().count(), 2);
        assert_eq!(options.thresholds.unwrap()[0].1[0].threshold, "rate>0.9");
    }

    #[test]
    fn stages_are_pairs_of_duration_and_target() {
        let options = Options::from_environment([("K6_STAGES", "10s:5, 1m:0")]).unwrap();
        let stage = |seconds, target| Stage { duration: Duration::from_secs(seconds), target };
        assert_eq!(options.stages, Some(vec![stage(10, 5), stage(60, 0)]));
    }

    #[test]
    fn errors_name_the_option_and_the_variable_or_flag() {
        let cases = [
            (
                "K6_VUS",
                "ten",
                "option \"vus\" is \"ten\", expected a whole number from 0 to 1000000 (by the \
                 environment variable K6_VUS)",
            ),
            (
                "K6_THROW",
                "maybe",
                "option \"throw\" is \"maybe\", expected true or false (by the environment variable \
                 K6_THROW)",
            ),
            (
                "K6_TAGS",
                "a",
                "option \"tags\" is \"a\", expected name=value, with commas between several (by the \
                 environment variable K6_TAGS)",
            ),
            (
                "K6_STAGES",
                "10s",
                "option \"stages\" is \"10s\", expected duration:target, with commas between several \
                 (\"10s:5,1m:0\") (by the environment variable K6_STAGES)",
            ),
            (
                "K6_STAGES",
                "10s:5,1s:x",
                "option \"stages[1].target\" is \"x\", expected a whole number from 0 to 1000000 (by \
                 the environment variable K6_STAGES)",
            ),
        ];
        for (name, text, expected) in cases {
            let error = Options::from_environment([(name, text)]).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        let error = Options::default().set_text("vus", "-5", "--vus").unwrap_err();
        assert_eq!(
            error.to_string(),
            "option \"vus\" is -5, expected a whole number from 0 to 1000000 (by the flag --vus)"
        );
        let error = Options::default().set_text("vus", "", "--vus").unwrap_err();
        assert_eq!(
            error.to_string(),
            "option \"vus\" is \"\", expected a whole number (by the flag --vus)"
        );
    }

    #[test]
    fn variables_that_are_nearly_right_are_told() {
        let cases = [
            ("K6_VUSS", Some("K6_VUS")),
            ("K6_ITERATION", Some("K6_ITERATIONS")),
            ("K6_TLS_AUTH", Some("K6_TLSAUTH")),
            ("K6_VUS", None),
            ("K6_INFLUXDB_URL", None),
            ("VUSS", None),
        ];
        for (name, meant) in cases {
            assert_eq!(misspelt_variable(name), meant, "{name}");
        }
    }

    #[test]
    fn every_variable_and_flag_sets_an_option() {
        for (option, _) in VARIABLES.iter().map(|&(_, option, form)| (option, form)).chain(FLAGS) {
            // An array of null is no value of any option, so it is refused, and not passed over.
            let wrong = serde_json::json!([null]);
            let outcome = Options::default().set(option, &wrong, option);
            assert_ne!(outcome, Ok(false), "{option}");
        }
    }
}
