//! Sets options from JSON values.

use serde_json::Value;

use super::fields::Fields;
use super::parse_scenario::{scenarios, stages};
use super::suggest::nearest;
use super::{
    ExecutionSegment, ExecutionSegmentSequence, Feature, OptionError, Options, SystemTag,
    SystemTags, ThresholdSpec, TimeUnit, read,
};
use crate::metrics::TrendColumn;

/// Options that k6 has and that have no effect on WebSocket tests there either.
const NO_EFFECT_IN_K6: [&str; 3] = ["cloud", "collectors", "ext"];

/// What is no option, in k6 either, and sounds like one: flags alone set it.
const FLAGS_ALONE: [(&str, &str); 5] = [
    ("consoleOutput", "--console-output"),
    ("newMachineReadableSummary", "--new-machine-readable-summary"),
    ("noThresholds", "--no-thresholds"),
    ("summaryExport", "--summary-export"),
    ("summaryMode", "--summary-mode"),
];

/// Options that are in force before there are scenarios, in whose place the others are shown.
const LOAD: [&str; 4] = ["vus", "duration", "iterations", "stages"];

impl Options {
    /// Reads the options of one source from a JSON object, and returns the names that are no options at all.
    pub fn from_json(value: &Value) -> Result<(Self, Vec<String>), OptionError> {
        Self::from_json_of(value, "the options")
    }

    fn from_json_of(value: &Value, what: &str) -> Result<(Self, Vec<String>), OptionError> {
        let entries = value.as_object().ok_or_else(|| OptionError::Json {
            what: what.to_owned(),
            problem: format!("they are {}", super::error::shown(value)),
        })?;
        let mut options = Self::default();
        let (mut unknown, mut wrong) = (Vec::new(), Vec::new());
        for (name, value) in entries {
            match options.set(name, value, name) {
                Ok(true) => {}
                Ok(false) => unknown.push(name.clone()),
                Err(problem) => wrong.push(problem),
            }
        }
        OptionError::all(wrong)?;
        Ok((options, unknown))
    }

    /// Reads the options of one source, named in errors as `what` (`the options of the script`), from JSON.
    pub fn from_json_text(text: &str, what: &str) -> Result<(Self, Vec<String>), OptionError> {
        let value = serde_json::from_str(text).map_err(|error| OptionError::Json {
            what: what.to_owned(),
            problem: error.to_string(),
        })?;
        Self::from_json_of(&value, what)
    }

    /// Sets one option, which errors call `path`. It returns false if there is no option of this name. Null
    /// leaves it unset.
    pub fn set(&mut self, name: &str, value: &Value, path: &str) -> Result<bool, OptionError> {
        if value.is_null() {
            return Ok(is_known(name));
        }
        if self.set_load(name, value, path)?
            || self.set_life_cycle(name, value, path)?
            || self.set_connection(name, value, path)?
            || self.set_http(name, value, path)?
        {
            return Ok(true);
        }
        match name {
            "tags" => self.tags = Some(read::tags(value, path)?),
            "systemTags" => {
                let names = read::strings(value, path)?.into_iter().map(|(_, name)| name);
                let names: Vec<_> = names.collect();
                self.system_tags = Some(SystemTags::from_names(names.iter().map(String::as_str)));
                let unknown = |name: &String| SystemTag::ALL.iter().all(|tag| tag.name() != name);
                self.unknown_system_tags = names.into_iter().filter(unknown).collect();
            }
            "features" => self.features = Some(Feature::read_all(value, path)?),
            "out" => {
                let outputs = read::string_or_strings(value, path)?;
                self.other.insert(name.to_owned(), outputs.into());
            }
            "metricSamplesBufferSize" => {
                if let Some(size) = read::whole(value, path, 1, read::MAX_ITERATIONS)? {
                    self.other.insert(name.to_owned(), size.into());
                }
            }
            "noUsageReport" | "webDashboard" => {
                read::boolean(value, path)?;
                self.other.insert(name.to_owned(), value.clone());
            }
            "summaryTrendStats" => self.summary_trend_stats = Some(trend_stats(value, path)?),
            "summaryTimeUnit" => self.summary_time_unit = time_unit(value, path)?,
            "throw" => self.throw = Some(read::boolean(value, path)?),
            "wsMessageSizes" => self.ws_message_sizes = Some(read::boolean(value, path)?),
            other if NO_EFFECT_IN_K6.contains(&other) => {
                self.other.insert(other.to_owned(), read::anything(value, path)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn set_load(&mut self, name: &str, value: &Value, path: &str) -> Result<bool, OptionError> {
        match name {
            "vus" => self.vus = read::vus(value, path, 0)?,
            "duration" => self.duration = Some(read::duration(value, path)?),
            "iterations" => self.iterations = read::iterations(value, path)?,
            "stages" => {
                self.stages = Some(stages(value, path)?).filter(|stages| !stages.is_empty())
            }
            "scenarios" => {
                let scenarios = scenarios(value, path)?;
                self.scenarios = Some(scenarios).filter(|scenarios| !scenarios.is_empty());
            }
            "thresholds" => self.thresholds = Some(thresholds(value, path)?),
            "executionSegment" => {
                self.execution_segment = Some(ExecutionSegment::read(value, path)?);
            }
            "executionSegmentSequence" => {
                self.execution_segment_sequence =
                    Some(ExecutionSegmentSequence::read(value, path)?);
            }
            "minIterationDuration" => {
                self.min_iteration_duration = Some(read::duration(value, path)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn set_life_cycle(
        &mut self,
        name: &str,
        value: &Value,
        path: &str,
    ) -> Result<bool, OptionError> {
        match name {
            "paused" => self.paused = Some(read::boolean(value, path)?),
            "linger" => self.linger = Some(read::boolean(value, path)?),
            "noSetup" => self.no_setup = Some(read::boolean(value, path)?),
            "noTeardown" => self.no_teardown = Some(read::boolean(value, path)?),
            "initTimeout" => self.init_timeout = Some(read::duration(value, path)?),
            "setupTimeout" => self.setup_timeout = Some(read::duration(value, path)?),
            "teardownTimeout" => self.teardown_timeout = Some(read::duration(value, path)?),
            "handleSummaryTimeout" => {
                self.handle_summary_timeout = Some(read::duration(value, path)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Whether there is an option of this name, found out by setting it to something: every option but those kept
/// as they are refuses an array of null.
fn is_known(name: &str) -> bool {
    let wrong = Value::Array(vec![Value::Null]);
    !matches!(Options::default().set(name, &wrong, name), Ok(false))
}

/// All names of options.
pub(super) fn names() -> Vec<String> {
    let json = Options::default().to_json(&[]);
    let shown = json.as_object().into_iter().flat_map(|object| object.keys().cloned());
    let others = ["features", "out", "metricSamplesBufferSize", "noUsageReport", "webDashboard"];
    let rest = LOAD.iter().chain(&NO_EFFECT_IN_K6).chain(&others);
    shown.chain(rest.map(|name| (*name).to_owned())).collect()
}

/// A sentence about fields that are no options, with what was perhaps meant. `place` says where they are.
pub fn unknown_options(unknown: &[String], place: &str) -> String {
    let names = names();
    let field = |field: &String| {
        if let Some((_, flag)) = FLAGS_ALONE.iter().find(|(name, _)| name == field) {
            return format!("{field} (the flag {flag} sets it)");
        }
        match nearest(field, names.iter().map(String::as_str)) {
            Some(name) => format!("{field} (did you mean {name}?)"),
            None => field.clone(),
        }
    };
    let fields: Vec<_> = unknown.iter().map(field).collect();
    format!("There were unknown fields in the options {place}: {}", fields.join(", "))
}

fn thresholds(value: &Value, path: &str) -> Result<Vec<(String, Vec<ThresholdSpec>)>, OptionError> {
    let entry = |(metric, value): (&String, &Value)| {
        let path = format!("{path}.{metric}");
        let specs = read::array(value, &path)?.iter().enumerate();
        let specs = specs.map(|(index, value)| threshold(value, &format!("{path}[{index}]")));
        Ok((metric.clone(), read::all(specs)?))
    };
    read::all(read::object(value, path)?.iter().map(entry))
}

fn threshold(value: &Value, path: &str) -> Result<ThresholdSpec, OptionError> {
    if let Some(text) = value.as_str() {
        return Ok(ThresholdSpec {
            threshold: text.to_owned(),
            abort_on_fail: false,
            delay_abort_eval: None,
        });
    }
    let wrong = || {
        let expected =
            "an expression such as \"p(95)<200\", or an object with one as \"threshold\"";
        OptionError::value(path, value, expected)
    };
    let fields = Fields::of(value, path).map_err(|_| wrong())?;
    fields.refuse_others("a threshold", &["threshold", "abortOnFail", "delayAbortEval"], &[])?;
    Ok(ThresholdSpec {
        threshold: fields.optional("threshold", read::string)?.ok_or_else(wrong)?,
        abort_on_fail: fields.optional("abortOnFail", read::boolean)?.unwrap_or(false),
        delay_abort_eval: fields.optional("delayAbortEval", read::duration)?,
    })
}

fn trend_stats(value: &Value, path: &str) -> Result<Vec<TrendColumn>, OptionError> {
    let column = |(path, text): (String, String)| {
        TrendColumn::of_name(&text).ok_or_else(|| {
            let expected = "avg, min, med, max, count or a percentile such as p(95)";
            OptionError::value(&path, &text.into(), expected)
        })
    };
    read::all(read::strings(value, path)?.into_iter().map(column))
}

fn time_unit(value: &Value, path: &str) -> Result<Option<TimeUnit>, OptionError> {
    match read::str(value, path)? {
        "" => Ok(None),
        name => match TimeUnit::from_name(name) {
            Some(unit) => Ok(Some(unit)),
            None => Err(OptionError::value(path, value, "\"s\", \"ms\" or \"us\"")),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::options::SystemTag;

    #[test]
    fn options_are_read_by_their_names() {
        let (options, unknown) = Options::from_json(&json!({
            "vus": 5, "duration": "30s", "setupTimeout": 1500, "throw": true, "tags": {"env": "test"},
            "systemTags": ["url"], "summaryTrendStats": ["avg", "p(99.90)"], "summaryTimeUnit": "ms",
            "userAgent": "me", "noCookiesReset": null, "hosts": {"a.test": "127.0.0.1"}, "rps": 5
        }))
        .unwrap();
        assert_eq!(options.vus, Some(5));
        assert_eq!(options.duration, Some(Duration::from_secs(30)));
        assert_eq!(options.setup_timeout(), Duration::from_millis(1500));
        assert_eq!(options.teardown_timeout(), Duration::from_secs(60));
        assert!(options.throw());
        assert_eq!(options.tags, Some(vec![("env".into(), "test".into())]));
        assert!(options.system_tags().contains(SystemTag::Url));
        assert!(!options.system_tags().contains(SystemTag::Group));
        let columns: Vec<_> = options.summary_trend_stats().iter().map(TrendColumn::name).collect();
        assert_eq!(columns, ["avg", "p(99.90)"]);
        assert_eq!(options.summary_time_unit, Some(TimeUnit::Milliseconds));
        assert_eq!(options.no_cookies_reset, None);
        assert_eq!(options.http.rps, Some(5));
        assert!(unknown.is_empty());
    }

    #[test]
    fn numbers_may_be_strings_and_empty_ones_set_nothing() {
        let stages = |target: &str| json!([{"duration": "1s", "target": target}]);
        let scenario = json!({"a": {
            "executor": "constant-arrival-rate", "duration": "1s", "rate": "5",
            "preAllocatedVUs": "2", "maxVUs": ""
        }});
        let text = json!({
            "vus": "3", "iterations": "", "rps": "7", "batch": "", "maxRedirects": "0",
            "metricSamplesBufferSize": "9", "stages": stages("4"), "scenarios": scenario
        });
        let scenario = json!({"a": {
            "executor": "constant-arrival-rate", "duration": "1s", "rate": 5, "preAllocatedVUs": 2
        }});
        let numbers = json!({
            "vus": 3, "rps": 7, "maxRedirects": 0, "metricSamplesBufferSize": 9,
            "stages": [{"duration": "1s", "target": 4}], "scenarios": scenario
        });
        assert_eq!(Options::from_json(&text).unwrap(), Options::from_json(&numbers).unwrap());
        let error = Options::from_json(&json!({"stages": stages("")})).unwrap_err();
        let missing = "option \"stages[0].target\" is missing, expected a number of virtual users";
        assert_eq!(error.to_string(), missing);
    }

    #[test]
    fn unknown_options_are_reported_and_not_refused() {
        let (_, unknown) =
            Options::from_json(&json!({"vus": 1, "vsu": 2, "Duration": null})).unwrap();
        assert_eq!(unknown, ["vsu", "Duration"]);
    }

    #[test]
    fn thresholds_are_expressions_or_objects() {
        let (options, _) = Options::from_json(&json!({"thresholds": {
            "checks": ["rate>0.9", {"threshold": "rate>0.5", "abortOnFail": true, "delayAbortEval": "10s"}]
        }}))
        .unwrap();
        let thresholds = options.thresholds.unwrap();
        assert_eq!(thresholds[0].0, "checks");
        assert_eq!(thresholds[0].1[0].threshold, "rate>0.9");
        assert!(thresholds[0].1[1].abort_on_fail);
        assert_eq!(thresholds[0].1[1].delay_abort_eval, Some(Duration::from_secs(10)));
    }

    #[test]
    fn errors_name_the_option() {
        let cases = [
            (json!({"throw": "yes"}), "option \"throw\" is \"yes\", expected true or false"),
            (
                json!({"stages": [{"duration": "5s", "target": "x"}]}),
                "option \"stages[0].target\" is \"x\", expected a whole number from 0 to 1000000",
            ),
            (
                json!({"summaryTrendStats": ["avg", "rate"]}),
                "option \"summaryTrendStats[1]\" is \"rate\", expected avg, min, med, max, count or a percentile \
              such as p(95)",
            ),
            (
                json!({"thresholds": {"checks": "rate>1"}}),
                "option \"thresholds.checks\" is \"rate>1\", expected an array",
            ),
            (
                json!({"thresholds": {"checks": [5]}}),
                "option \"thresholds.checks[0]\" is 5, expected an expression such as \"p(95)<200\", or an \
              object with one as \"threshold\"",
            ),
            (
                json!({"thresholds": {"checks": [{"threshold": "rate>1", "abortOnFai": true}]}}),
                "option \"thresholds.checks[0].abortOnFai\" does not exist; a threshold has threshold, \
              abortOnFail, delayAbortEval; did you mean \"abortOnFail\"?",
            ),
            (
                json!({"tags": {"": "x"}}),
                "option \"tags\" is {\"\":\"x\"}, expected tags that have a name",
            ),
            (json!({"tags": {"a": 1}}), "option \"tags.a\" is 1, expected a string"),
            (
                json!({"summaryTimeUnit": "h"}),
                "option \"summaryTimeUnit\" is \"h\", expected \"s\", \"ms\" or \"us\"",
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(Options::from_json(&value).unwrap_err().to_string(), expected);
        }
        let error = Options::from_json_text("[1]", "the options of the script").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the options of the script are not a JSON object: they are [1]"
        );
        let error = Options::from_json_text("{", "the options in k6.json").unwrap_err();
        assert!(error.to_string().starts_with("the options in k6.json are not a JSON object: EOF"));
    }

    #[test]
    fn what_flags_alone_set_is_told_with_the_flag() {
        let (options, unknown) =
            Options::from_json(&json!({"out": "json", "summaryMode": "full"})).unwrap();
        assert_eq!(options.other["out"], json!(["json"]));
        assert_eq!(
            unknown_options(&unknown, "exported in the script"),
            "There were unknown fields in the options exported in the script: summaryMode (the flag \
             --summary-mode sets it)"
        );
    }

    #[test]
    fn what_json_has_no_form_for_is_refused_at_its_place() {
        let none = |text: &str| json!({ "wasock:no-json": text });
        let cases = [
            (
                json!({"vus": none("NaN")}),
                "option \"vus\" is NaN, expected a whole number from 0 to 1000000",
            ),
            (json!({"scenarios": none("10n")}), "option \"scenarios\" is 10n, expected an object"),
            (
                json!({"userAgent": none("a function")}),
                "option \"userAgent\" is a function, expected a string",
            ),
            (
                json!({"ext": {"a": [1, none("Infinity")]}}),
                "option \"ext.a[1]\" is Infinity, expected what JSON has a form for",
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(Options::from_json(&value).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn every_name_is_that_of_an_option() {
        for name in names() {
            assert!(is_known(&name), "{name}");
        }
    }

    #[test]
    fn unknown_options_come_with_a_guess() {
        let unknown = ["vuss".to_owned(), "Duration".to_owned(), "nonsense".to_owned()];
        assert_eq!(
            unknown_options(&unknown, "exported in the script"),
            "There were unknown fields in the options exported in the script: vuss (did you mean vus?), \
             Duration (did you mean duration?), nonsense"
        );
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let value =
            json!({"vus": "x", "duration": 5000, "stages": [{"duration": "x", "target": 1}, {}]});
        assert_eq!(
            Options::from_json(&value).unwrap_err().to_string(),
            "3 options are wrong
  option \"vus\" is \"x\", expected a whole number from 0 to 1000000
  option \"stages[0].duration\" is \"x\", expected a duration such as \"1m30s\": a number must come before each unit
  option \"stages[1].duration\" is missing, expected a duration such as \"1m30s\""
        );
    }
}
