//! Puts the options of all sources together.

use std::collections::BTreeMap;

use super::text::variables;
use super::{Feature, OptionError, Options, Origin, SystemTag, suggest};

/// Where options come from. A later one counts more than an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The configuration file.
    Config,
    /// The `options` that the script exports.
    Script,
    /// Environment variables.
    Environment,
    /// The command line.
    Flags,
}

impl Layer {
    fn name(self) -> &'static str {
        match self {
            Self::Config => "the configuration file",
            Self::Script => "the script",
            Self::Environment => "environment variables",
            Self::Flags => "the command line",
        }
    }

    /// Where this source sets an option.
    fn origin(self, option: &str) -> Origin {
        match self {
            Self::Config => Origin::Config(None),
            Self::Script => Origin::Script,
            Self::Environment => {
                let variable = variables().find(|(_, name)| *name == option);
                Origin::Variable(variable.map_or("", |(variable, _)| variable).to_owned())
            }
            Self::Flags if option == "stages" => Origin::Flag("--stage".to_owned()),
            Self::Flags => Origin::Flag(format!("--{option}")),
        }
    }
}

/// The options of all sources taken together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Consolidated {
    /// The options that are in force.
    pub options: Options,
    /// What people should know about how they came to be.
    pub warnings: Vec<String>,
    /// Which source has set each of them, by the names of their fields.
    set_by: BTreeMap<&'static str, Layer>,
}

impl Options {
    /// Puts the options of all sources together, the weakest first. What a stronger source sets replaces what
    /// a weaker one has set. The options that describe the load (`duration`, `iterations`, `stages`,
    /// `scenarios`) replace each other as a whole; `vus` alone replaces only `scenarios`.
    pub fn consolidate(layers: impl IntoIterator<Item = (Layer, Self)>) -> Consolidated {
        let layers: Vec<_> = layers.into_iter().collect();
        let features = layers.iter().rev().find_map(|(_, options)| options.features.clone());
        let merges_tags = features.unwrap_or_default().contains(&Feature::MergeRunTags);
        let mut consolidated = Consolidated::default();
        for (layer, mut options) in layers {
            if merges_tags {
                options.tags = merged(consolidated.options.tags.take(), options.tags);
            }
            consolidated.apply(layer, options);
        }
        let options = &consolidated.options;
        if options.vus.is_some() && options.scenarios.is_some() {
            let warning = "option \"vus\" has no effect, because the scenarios have their own";
            consolidated.warnings.push(warning.to_owned());
        }
        let options = &consolidated.options;
        let warnings: Vec<_> =
            options.name_warnings().chain(options.connection_warnings()).collect();
        consolidated.warnings.extend(warnings);
        consolidated
    }

    /// What people should know about names that do nothing.
    fn name_warnings(&self) -> impl Iterator<Item = String> {
        let tags = self.unknown_system_tags.iter().map(|tag| {
            let guess = suggest::guess(tag, SystemTag::ALL.map(SystemTag::name));
            format!("option \"systemTags\" names \"{tag}\", which is not a system tag{guess}")
        });
        let features = self.features.iter().flatten().filter(|feature| !feature.has_effect());
        let features = features.map(|feature| {
            format!("option \"features\" names {}: {}", feature.name(), feature.describe())
        });
        tags.chain(features)
    }

    fn describes_load(&self) -> bool {
        self.duration.is_some()
            || self.iterations.is_some()
            || self.stages.is_some()
            || self.scenarios.is_some()
    }
}

/// Replaces each of these fields that `from` has set.
macro_rules! replace_set {
    ($to:expr, $from:expr, $by:expr, $($field:ident),+ $(,)?) => {
        $(if $from.$field.is_some() {
            $to.$field = $from.$field;
            $by(stringify!($field));
        })+
    };
}

/// The tags of a weaker source and those of a stronger one.
fn merged(
    weaker: Option<Vec<(String, String)>>,
    stronger: Option<Vec<(String, String)>>,
) -> Option<Vec<(String, String)>> {
    match (weaker, stronger) {
        (Some(mut tags), Some(added)) => {
            tags.retain(|(name, _)| added.iter().all(|(other, _)| other != name));
            tags.extend(added);
            Some(tags)
        }
        (weaker, stronger) => stronger.or(weaker),
    }
}

impl Consolidated {
    /// Puts the options of a stronger source in the place of those that are in force.
    fn apply(&mut self, layer: Layer, from: Options) {
        self.make_way_for_load(layer, &from);
        if from.system_tags.is_some() {
            self.options.unknown_system_tags.clone_from(&from.unknown_system_tags);
        }
        self.replace(layer, from);
    }

    /// Drops the load that a stronger source replaces, or a part of it.
    fn make_way_for_load(&mut self, layer: Layer, from: &Options) {
        let to = &mut self.options;
        let replaces_load = from.describes_load();
        let replaces_scenarios = (replaces_load || from.vus.is_some()) && to.scenarios.is_some();
        if replaces_scenarios {
            let by = layer.name();
            let warning = format!(
                "the scenarios of weaker sources are replaced as a whole by options from {by}"
            );
            self.warnings.push(warning);
            to.scenarios = None;
        }
        if replaces_load {
            (to.duration, to.iterations, to.stages) = (None, None, None);
        }
    }

    /// Replaces each option that a stronger source sets.
    fn replace(&mut self, layer: Layer, from: Options) {
        let to = &mut self.options;
        let set_by = &mut self.set_by;
        let mut by = |field| {
            set_by.insert(field, layer);
        };
        replace_set! {
            to, from, by,
            vus, duration, iterations, stages, scenarios,
            execution_segment, execution_segment_sequence, thresholds,
            paused, linger, no_setup, no_teardown,
            init_timeout, setup_timeout, teardown_timeout, handle_summary_timeout,
            throw, user_agent, insecure_skip_tls_verify,
            hosts, dns, block_hostnames, blacklist_ips, local_ips,
            ca_certs, tls_auth, tls_version, tls_cipher_suites,
            tags, system_tags, summary_trend_stats, summary_time_unit,
            min_iteration_duration, no_cookies_reset, ws_message_sizes, features,
        }
        to.http.replace(from.http);
        to.other.extend(from.other);
    }

    /// An error about these options, with where the option was set. It is for options of one word, whose
    /// fields have their names: those that describe the load, and thresholds.
    pub fn locate(&self, problem: OptionError) -> OptionError {
        if let OptionError::Several(problems) = problem {
            let problems = problems.into_iter().map(|problem| self.locate(problem));
            return OptionError::Several(problems.collect());
        }
        match problem.option().and_then(|option| self.origin(option)) {
            Some(origin) => problem.located(&origin),
            None => problem,
        }
    }

    /// Where an option of one word was set.
    pub fn origin(&self, option: &str) -> Option<Origin> {
        self.set_by.get(option).map(|layer| layer.origin(option))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

    fn consolidate(layers: &[(Layer, Value)]) -> Consolidated {
        let read = |(layer, value): &(Layer, Value)| (*layer, Options::from_json(value).unwrap().0);
        Options::consolidate(layers.iter().map(read))
    }

    #[test]
    fn a_stronger_source_replaces_single_options() {
        let consolidated = consolidate(&[
            (Layer::Script, json!({"throw": true, "userAgent": "a", "tags": {"x": "1"}})),
            (Layer::Flags, json!({"userAgent": "b", "tags": {"y": "2"}})),
        ]);
        assert!(consolidated.options.throw());
        assert_eq!(consolidated.options.user_agent.as_deref(), Some("b"));
        assert_eq!(consolidated.options.tags, Some(vec![("y".into(), "2".into())]));
        assert!(consolidated.warnings.is_empty());
    }

    #[test]
    fn a_load_replaces_the_load_of_weaker_sources_as_a_whole() {
        let consolidated = consolidate(&[
            (Layer::Script, json!({"vus": 9, "stages": [{"duration": "1s", "target": 5}]})),
            (Layer::Environment, json!({"iterations": 3})),
            (Layer::Flags, json!({"duration": "5s"})),
        ]);
        let options = consolidated.options;
        assert_eq!(options.duration, Some(Duration::from_secs(5)));
        assert_eq!((options.iterations, options.stages), (None, None));
        assert_eq!(options.vus, Some(9));
    }

    #[test]
    fn scenarios_are_replaced_with_a_warning() {
        let scenarios = json!({"scenarios": {"a": {"executor": "shared-iterations"}}});
        for flags in [json!({"vus": 2}), json!({"duration": "5s"})] {
            let layers = [(Layer::Script, scenarios.clone()), (Layer::Flags, flags)];
            let consolidated = consolidate(&layers);
            assert_eq!(consolidated.options.scenarios, None);
            assert_eq!(
                consolidated.warnings,
                [
                    "the scenarios of weaker sources are replaced as a whole by options from the command line"
                ]
            );
        }
    }

    #[test]
    fn virtual_users_alone_keep_a_duration() {
        let consolidated = consolidate(&[
            (Layer::Script, json!({"vus": 1, "duration": "5s"})),
            (Layer::Flags, json!({"vus": 2})),
        ]);
        assert_eq!(consolidated.options.vus, Some(2));
        assert_eq!(consolidated.options.duration, Some(Duration::from_secs(5)));
    }

    #[test]
    fn errors_about_the_options_taken_together_say_who_set_them() {
        let consolidated = consolidate(&[
            (Layer::Script, json!({"vus": 9, "iterations": 20})),
            (Layer::Environment, json!({"iterations": 3})),
        ]);
        let error = consolidated.options.scenarios().unwrap_err();
        assert_eq!(
            consolidated.locate(error).to_string(),
            "option \"iterations\" is 3, which is not enough for one iteration for each of 9 VUs (by the \
             environment variable K6_ITERATIONS)"
        );
        let stages = json!({"duration": "5s", "stages": [{"duration": "1s", "target": 1}]});
        let consolidated = consolidate(&[(Layer::Flags, stages)]);
        let error = consolidated.locate(consolidated.options.scenarios().unwrap_err());
        assert!(error.to_string().ends_with("on its own (by the flag --stage)"), "{error}");
    }

    #[test]
    fn tags_are_merged_on_request() {
        let tags = |features: Value| {
            let layers = [
                (Layer::Script, json!({"tags": {"a": "1", "b": "1"}})),
                (Layer::Environment, json!({ "features": features })),
                (Layer::Flags, json!({"tags": {"b": "2", "c": "2"}})),
            ];
            let tags = consolidate(&layers).options.tags.unwrap();
            tags.into_iter().map(|(name, value)| name + &value).collect::<Vec<_>>()
        };
        assert_eq!(tags(json!(["merge-run-tags"])), ["a1", "b2", "c2"]);
        assert_eq!(tags(json!([])), ["b2", "c2"]);
    }

    #[test]
    fn names_without_effect_are_told() {
        let options =
            json!({"systemTags": ["url", "ur"], "features": ["native-histograms", "freeze-env"]});
        assert_eq!(
            consolidate(&[(Layer::Script, options)]).warnings,
            [
                "option \"systemTags\" names \"ur\", which is not a system tag; did you mean \"url\"?",
                "option \"features\" names native-histograms: no effect: trends are always kept in bounded memory"
            ]
        );
    }

    #[test]
    fn options_without_effect_are_told() {
        let scenarios = json!({"a": {"executor": "shared-iterations"}});
        let consolidated =
            consolidate(&[(Layer::Script, json!({"vus": 1, "scenarios": scenarios}))]);
        assert_eq!(
            consolidated.warnings,
            ["option \"vus\" has no effect, because the scenarios have their own"]
        );
    }
}
