//! What fuzz targets run, and tests run again on the inputs in `fuzz/corpus`.

use serde_json::Value;

use crate::duration;
use crate::options::{Layer, Options, variables};
use crate::thresholds::{Expression, Selector};

/// JSON as a script exports it: options that are accepted survive a record, and can be used.
pub fn options(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok((options, unknown)) = Options::from_json_text(text, "a text") else { return };
    let options = known(options);
    let record = options.to_record();
    let again = Options::from_json(&record);
    let (again, unknown_again) = again.unwrap_or_else(|error| panic!("{error}: {record}"));
    assert!(unknown_again.is_empty(), "{unknown_again:?} of {unknown:?}");
    assert_eq!(again, options, "{record}");
    use_them(options);
}

/// Names of tags that do not exist are there for a warning, and not for a record.
fn known(mut options: Options) -> Options {
    options.unknown_system_tags.clear();
    options
}

fn use_them(options: Options) {
    let consolidated = Options::consolidate([(Layer::Script, options)]);
    let options = consolidated.options;
    if let Ok(scenarios) = options.scenarios() {
        for scenario in &scenarios {
            let _ = (scenario.describe(), scenario.max_vus(), scenario.max_duration());
        }
        let _: Value = options.to_json(&scenarios);
    }
    let _ = options.share();
}

/// The number of a variable, and a text: options that it sets survive a record.
pub fn variable(data: &[u8]) {
    let Some((which, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let count = variables().count();
    let Some((name, _)) = variables().nth(usize::from(*which) % count) else { return };
    let Ok(options) = Options::from_environment([(name, text)]).map(known) else { return };
    let record = options.to_record();
    let (again, _) =
        Options::from_json(&record).unwrap_or_else(|error| panic!("{error}: {record}"));
    assert_eq!(again, options, "{name}={text}: {record}");
    use_them(options);
}

/// A text as a duration: what is read is written and read the same.
pub fn durations(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(duration) = duration::parse(text) else { return };
    assert!(duration <= duration::LONGEST);
    let written = duration::format(duration);
    assert_eq!(duration::parse(&written), Ok(duration), "{text:?} as {written:?}");
}

/// A text as a threshold, or as the metric that it is on.
pub fn thresholds(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(expression) = Expression::parse(text, "m") {
        assert!(expression.value.is_finite());
        assert!(!expression.operator.holds(f64::NAN, expression.value) || text.contains("!="));
    }
    if let Ok(selector) = text.parse::<Selector>() {
        assert_eq!(selector.name(), text);
        assert_eq!(selector.suffix().is_some(), !selector.tags().is_empty());
        assert!(selector.tags().iter().all(|(name, _)| !name.is_empty()));
    }
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::replay;

    #[test]
    fn options() {
        replay::corpus("options", super::options);
    }

    #[test]
    fn variable() {
        replay::corpus("variable", super::variable);
    }

    #[test]
    fn durations() {
        replay::corpus("durations", super::durations);
    }

    #[test]
    fn thresholds() {
        replay::corpus("thresholds", super::thresholds);
    }
}
