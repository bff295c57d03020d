//! The results of a run for people and programs: the text at the end, the data of `handleSummary`, and the
//! file of `--summary-export`.

mod data;
mod export;
pub mod format;
mod machine;
mod palette;
mod table;
#[cfg(test)]
mod tests;
mod text;

pub use data::{Surroundings, by_name, check, id};
pub(crate) use format::{percent as share_text, value as value_text};
pub use machine::{MachineReadable, RunInfo};

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::limits::Stop;
use crate::metrics::{Aggregator, TrendColumn};
use crate::options::TimeUnit;
use crate::thresholds::Evaluation;

/// How much of the results the text shows (`--summary-mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SummaryMode {
    /// The whole run.
    #[default]
    Compact,
    /// Every group and scenario too. The aggregator must have kept details.
    Full,
    /// Nothing.
    Disabled,
}

/// Makes the text of the results: with colours or not, of the metrics with these names.
pub type SummaryText = Arc<dyn Fn(bool, &[String]) -> String + Send + Sync>;

/// The results of a run, ready to be shown.
#[derive(Debug, Clone, Copy)]
pub struct Summary<'a> {
    /// The samples of the run, added up.
    pub results: &'a Aggregator,
    /// How the thresholds came out.
    pub thresholds: &'a Evaluation,
    /// How long the run lasted, `setup` and `teardown` included.
    pub elapsed: Duration,
    /// The columns of trends.
    pub trend_stats: &'a [TrendColumn],
    /// The unit of times; each its own if there is none.
    pub time_unit: Option<TimeUnit>,
    /// What `setup` returned.
    pub setup_data: Option<&'a Value>,
    /// What was stopped.
    pub stops: &'a [Stop],
    /// What outputs have lost, as sentences.
    pub losses: &'a [String],
}

impl Summary<'_> {
    /// Adds to results for programs what was stopped and what was lost, if there is something.
    fn add_shortcomings(&self, results: &mut Value) {
        if !self.stops.is_empty() {
            results["stopped"] = self.stops.iter().map(Stop::to_json).collect();
        }
        if !self.losses.is_empty() {
            results["lost"] = self.losses.into();
        }
    }
}

#[cfg(test)]
pub(crate) mod fixture {
    //! A small run with everything that a summary can show.

    use serde_json::{Value, json};

    use super::*;
    use crate::metrics::{Builtin, Contents, Kind, MetricId, Registry, Sample};
    use crate::options::Options;
    use crate::thresholds::Thresholds;

    pub struct Run {
        pub results: Aggregator,
        pub evaluation: Evaluation,
        pub setup_data: Option<Value>,
        pub stops: Vec<Stop>,
        pub losses: Vec<String>,
    }

    impl Run {
        pub fn summary(&self) -> Summary<'_> {
            Summary {
                results: &self.results,
                thresholds: &self.evaluation,
                elapsed: Duration::from_secs(4),
                trend_stats: TrendColumn::defaults(),
                time_unit: None,
                setup_data: self.setup_data.as_ref(),
                stops: &self.stops,
                losses: &self.losses,
            }
        }
    }

    pub fn sample(metric: impl Into<MetricId>, value: f64, tags: &[(&str, &str)]) -> Sample {
        Sample {
            metric: metric.into(),
            value,
            time: 0,
            tags: tags.iter().copied().collect(),
            metadata: None,
        }
    }

    /// A run with these thresholds and samples.
    pub fn run_of(registry: Arc<Registry>, thresholds: Value, samples: &[Sample]) -> Run {
        let (options, _) = Options::from_json(&json!({ "thresholds": thresholds })).unwrap();
        let thresholds = Thresholds::new(&options.thresholds.unwrap(), &registry).unwrap();
        let mut results = thresholds.aggregator(registry).with_details([]);
        results.add(samples);
        Run {
            evaluation: thresholds.evaluate(&results, Duration::from_secs(4)),
            results,
            setup_data: None,
            stops: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// A run of an echo test.
    pub fn run() -> Run {
        let registry = Arc::new(Registry::new());
        let rooms = registry.declare("rooms", Kind::Gauge, Contents::Default).unwrap();
        let echo = registry.declare("echo_time", Kind::Trend, Contents::Time).unwrap();
        let late = registry.declare("late", Kind::Rate, Contents::Default).unwrap();
        let scenario = ("scenario", "default");
        let mut samples = vec![
            sample(rooms, 5.0, &[]),
            sample(rooms, 2.0, &[]),
            sample(late, 1.0, &[]),
            sample(late, 0.0, &[]),
            sample(late, 0.0, &[]),
            sample(Builtin::GroupDuration, 12.0, &[("group", "::chat"), scenario]),
            sample(Builtin::DataSent, 544.0, &[]),
            sample(Builtin::DataReceived, 14_400.0, &[]),
            sample(Builtin::Vus, 2.0, &[]),
            sample(Builtin::VusMax, 10.0, &[]),
        ];
        for number in 1..=4 {
            let time = f64::from(number) * 10.5;
            let url = if number == 1 { "ws://b/" } else { "ws://a/" };
            samples.extend([
                sample(echo, time, &[scenario]),
                sample(Builtin::WsConnecting, time / 100.0, &[("url", url)]),
                sample(Builtin::WsSessions, 1.0, &[("url", url)]),
                sample(Builtin::Iterations, 1.0, &[scenario]),
                sample(Builtin::IterationDuration, time * 1_000.0, &[scenario]),
                sample(Builtin::Checks, 1.0, &[("check", "opened"), ("group", ""), scenario]),
                sample(
                    Builtin::Checks,
                    f64::from(u8::from(number == 4)),
                    &[("check", "echoed"), ("group", "::chat"), scenario],
                ),
            ]);
        }
        let thresholds = json!({
            "checks": ["rate>0.9"],
            "echo_time": ["p(95)<100", "avg<20"],
            "ws_connecting{url:ws://a/}": ["max<1"],
            "dropped_iterations": ["count==0"]
        });
        run_of(registry, thresholds, &samples)
    }
}
