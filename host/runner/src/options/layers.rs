//! Puts the options of all sources together.

use super::Options;

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
}

/// The options of all sources taken together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Consolidated {
    /// The options that are in force.
    pub options: Options,
    /// What people should know about how they came to be.
    pub warnings: Vec<String>,
}

impl Options {
    /// Puts the options of all sources together, the weakest first. What a stronger source sets replaces what
    /// a weaker one has set. The options that describe the load (`duration`, `iterations`, `stages`,
    /// `scenarios`) replace each other as a whole; `vus` alone replaces only `scenarios`.
    pub fn consolidate(layers: impl IntoIterator<Item = (Layer, Self)>) -> Consolidated {
        let mut consolidated = Consolidated::default();
        for (layer, options) in layers {
            consolidated.apply(layer, options);
        }
        let options = &consolidated.options;
        if options.vus.is_some() && options.scenarios.is_some() {
            let warning = "option \"vus\" has no effect, because the scenarios have their own";
            consolidated.warnings.push(warning.to_owned());
        }
        for name in consolidated.options.without_effect() {
            let warning = format!("option \"{name}\" has no effect in this version");
            consolidated.warnings.push(warning);
        }
        let warnings: Vec<_> = consolidated.options.connection_warnings().collect();
        consolidated.warnings.extend(warnings);
        consolidated
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
    ($to:expr, $from:expr, $($field:ident),+ $(,)?) => {
        $(if $from.$field.is_some() {
            $to.$field = $from.$field;
        })+
    };
}

impl Consolidated {
    fn apply(&mut self, layer: Layer, from: Options) {
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
        replace_set!(
            to,
            from,
            vus,
            duration,
            iterations,
            stages,
            scenarios,
            execution_segment,
            execution_segment_sequence,
            thresholds,
            paused,
            linger,
            no_setup,
            no_teardown,
            setup_timeout,
            teardown_timeout,
            handle_summary_timeout,
            throw,
            user_agent,
            insecure_skip_tls_verify,
            hosts,
            dns,
            block_hostnames,
            blacklist_ips,
            local_ips,
            ca_certs,
            tls_auth,
            tls_version,
            tls_cipher_suites,
            tags,
            system_tags,
            summary_trend_stats,
            summary_time_unit,
            min_iteration_duration,
            no_cookies_reset,
            ws_message_sizes,
        );
        to.http.replace(from.http);
        to.other.extend(from.other);
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
    fn options_without_effect_are_told() {
        let scenarios = json!({"a": {"executor": "shared-iterations"}});
        let consolidated = consolidate(&[(
            Layer::Script,
            json!({"vus": 1, "webDashboard": {}, "scenarios": scenarios}),
        )]);
        assert_eq!(
            consolidated.warnings,
            [
                "option \"vus\" has no effect, because the scenarios have their own",
                "option \"webDashboard\" has no effect in this version"
            ]
        );
    }
}
