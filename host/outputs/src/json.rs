//! `--out json`: a line of JSON for each sample, and one for each metric before its first sample.

use std::collections::{HashMap, HashSet};
use std::io;

use serde::Serialize;
use serde_json::{Value, json};
use wasock_runner::metrics::{Metric, MetricId, Registry, Sample, Tags};
use wasock_runner::number::number;
use wasock_runner::outputs::{Output, OutputError};
use wasock_runner::thresholds::Thresholds;

use crate::file::{CHUNK, STANDARD_OUTPUT, Target, rfc3339};

/// Its name.
pub const NAME: &str = "json";

/// Writes samples as lines of JSON, compressed if the file's name ends in `.gz`.
pub struct Json {
    path: String,
    target: Target,
    /// Lines that are not written yet.
    lines: Vec<u8>,
    /// The metrics that have their line.
    told: HashSet<MetricId>,
    thresholds: HashMap<MetricId, MetricLines>,
}

/// What the line of a metric says about its thresholds.
#[derive(Default)]
struct MetricLines {
    thresholds: Vec<Value>,
    sub_metrics: Vec<Value>,
}

/// A sample as it is written.
#[derive(Serialize)]
struct Point<'a> {
    metric: &'a str,
    r#type: &'static str,
    data: PointData<'a>,
}

#[derive(Serialize)]
struct PointData<'a> {
    time: String,
    value: Value,
    tags: &'a Tags,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Tags>,
}

impl Json {
    /// Creates the file at `path`, or takes standard output if it is `-` or empty.
    ///
    /// # Errors
    ///
    /// The file cannot be created.
    pub fn create(path: &str) -> Result<Self, OutputError> {
        Ok(Self::new(path, Target::create(NAME, path)?))
    }

    fn new(path: &str, target: Target) -> Self {
        Self {
            path: path.to_owned(),
            target,
            lines: Vec::new(),
            told: HashSet::new(),
            thresholds: HashMap::new(),
        }
    }

    fn write_samples(&mut self, registry: &Registry, samples: &[Sample]) -> io::Result<()> {
        for sample in samples {
            let Some(metric) = registry.get(sample.metric) else {
                continue;
            };
            if self.told.insert(sample.metric) {
                let line = self.metric_line(sample.metric, &metric);
                self.add_line(&line)?;
            }
            self.add_line(&Point {
                metric: &metric.name,
                r#type: "Point",
                data: PointData {
                    time: rfc3339(sample.time),
                    value: number(sample.value),
                    tags: &sample.tags,
                    metadata: sample.metadata.as_ref().filter(|metadata| !metadata.is_empty()),
                },
            })?;
        }
        self.write_lines()
    }

    fn add_line(&mut self, line: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.lines, line)?;
        self.lines.push(b'\n');
        if self.lines.len() < CHUNK { Ok(()) } else { self.write_lines() }
    }

    fn write_lines(&mut self) -> io::Result<()> {
        let written = self.target.write(&self.lines);
        self.lines.clear();
        written
    }

    fn metric_line(&mut self, id: MetricId, metric: &Metric) -> Value {
        let MetricLines { thresholds, sub_metrics } =
            self.thresholds.remove(&id).unwrap_or_default();
        json!({
            "type": "Metric",
            "data": {
                "name": &*metric.name,
                "type": metric.kind.name(),
                "contains": metric.contents.name(),
                "thresholds": thresholds,
                "submetrics": if sub_metrics.is_empty() { Value::Null } else { Value::Array(sub_metrics) },
            },
            "metric": &*metric.name,
        })
    }

    fn failed(&self, source: io::Error) -> OutputError {
        OutputError::Write { output: self.description(), source }
    }
}

impl Output for Json {
    fn description(&self) -> String {
        match self.path.as_str() {
            "" | STANDARD_OUTPUT => "json(stdout)".to_owned(),
            path => format!("json ({path})"),
        }
    }

    fn start(&mut self, thresholds: &Thresholds) {
        for metric in thresholds.metrics() {
            let lines = self.thresholds.entry(metric.metric).or_default();
            match metric.selector.suffix() {
                None => {
                    let thresholds = metric.thresholds.iter();
                    lines.thresholds.extend(thresholds.map(|threshold| threshold.spec.to_json()));
                }
                Some(suffix) => lines.sub_metrics.push(json!({
                    "name": metric.selector.name(),
                    "suffix": suffix,
                    "tags": metric.selector.tags(),
                })),
            }
        }
    }

    fn write(&mut self, registry: &Registry, samples: &[Sample]) -> Result<(), OutputError> {
        self.write_samples(registry, samples).map_err(|source| self.failed(source))
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        self.target.finish().map_err(|source| self.failed(source))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read as _, Write};

    use flate2::read::GzDecoder;
    use wasock_runner::metrics::Builtin;
    use wasock_runner::options::Options;

    use super::*;

    fn samples() -> Vec<Sample> {
        let sample = |metric: Builtin, value, time| Sample {
            metric: metric.id(),
            value,
            time,
            tags: [("url", "ws://a/"), ("group", "")].into_iter().collect(),
            metadata: None,
        };
        let mut samples = vec![
            sample(Builtin::WsSessions, 1.0, 1_767_323_045_123_456_789),
            sample(Builtin::WsConnecting, 1.25, 1_767_323_045_500_000_000),
            sample(Builtin::WsSessions, 1.0, 1_767_323_046_000_000_000),
        ];
        samples[2].metadata = Some(Tags::empty().with("vu", "7"));
        samples
    }

    const LINES: &str = r#"{"type":"Metric","data":{"name":"ws_sessions","type":"counter","contains":"default","thresholds":["count>0",{"threshold":"rate>1","abortOnFail":true,"delayAbortEval":"10s"}],"submetrics":[{"name":"ws_sessions{url:ws://a/}","suffix":"url:ws://a/","tags":{"url":"ws://a/"}}]},"metric":"ws_sessions"}
{"metric":"ws_sessions","type":"Point","data":{"time":"2026-01-02T03:04:05.123456789Z","value":1,"tags":{"group":"","url":"ws://a/"}}}
{"type":"Metric","data":{"name":"ws_connecting","type":"trend","contains":"time","thresholds":[],"submetrics":null},"metric":"ws_connecting"}
{"metric":"ws_connecting","type":"Point","data":{"time":"2026-01-02T03:04:05.5Z","value":1.25,"tags":{"group":"","url":"ws://a/"}}}
{"metric":"ws_sessions","type":"Point","data":{"time":"2026-01-02T03:04:06Z","value":1,"tags":{"group":"","url":"ws://a/"},"metadata":{"vu":"7"}}}
"#;

    /// Runs an output over the samples, in two batches.
    fn run(output: &mut dyn Output) {
        let registry = Registry::new();
        let options = json!({"thresholds": {
            "ws_sessions": ["count>0", {"threshold": "rate>1", "abortOnFail": true, "delayAbortEval": "10s"}],
            "ws_sessions{url:ws://a/}": ["count>0"]
        }});
        let (options, _) = Options::from_json(&options).unwrap();
        let thresholds = Thresholds::new(&options.thresholds.unwrap(), &registry).unwrap();
        output.start(&thresholds);
        let samples = samples();
        output.write(&registry, &samples[..2]).unwrap();
        output.write(&registry, &samples[2..]).unwrap();
        output.finish().unwrap();
    }

    #[test]
    fn a_file_has_a_line_for_each_metric_and_sample() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.json");
        let mut output = Json::create(&path.display().to_string()).unwrap();
        assert!(path.exists(), "the file is there before the run");
        assert_eq!(output.description(), format!("json ({})", path.display()));
        run(&mut output);
        assert_eq!(std::fs::read_to_string(path).unwrap(), LINES);
    }

    #[test]
    fn lines_are_in_the_file_before_the_end_of_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.json");
        let mut output = Json::create(&path.display().to_string()).unwrap();
        output.write(&Registry::new(), &samples()).unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), 5);
    }

    #[test]
    fn a_name_that_ends_in_gz_compresses() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.json.gz");
        let mut output = Json::create(&path.display().to_string()).unwrap();
        run(&mut output);
        let mut text = String::new();
        GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text, LINES);
    }

    #[test]
    fn standard_output_is_meant_by_a_dash_or_nothing() {
        for path in ["", "-"] {
            assert_eq!(Json::create(path).unwrap().description(), "json(stdout)");
        }
    }

    #[test]
    fn a_failing_write_names_the_output() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut output = Json::new("full.json", Target::Other(Box::new(Full)));
        let error = output.write(&Registry::new(), &samples()).unwrap_err();
        assert_eq!(error.to_string(), "the output json (full.json) could not be written");
    }
}
