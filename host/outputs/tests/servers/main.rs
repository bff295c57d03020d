//! Outputs against servers over real sockets: what arrives, and what happens when a server does not take it.

mod http;
mod influxdb;
mod opentelemetry;
mod prometheus;

use std::sync::Arc;

use parking_lot::Mutex;
use wasock_outputs::{Surroundings, create};
use wasock_runner::log::{Level, Line, Log};
use wasock_runner::metrics::{Builtin, MetricId, Registry, Sample};
use wasock_runner::outputs::Output;
use wasock_runner::thresholds::Thresholds;

/// The log of an output.
#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<(Level, String)>>);

impl Log for Lines {
    fn line(&self, line: Line) {
        self.0.lock().push((line.level, line.message));
    }
}

impl Lines {
    pub(crate) fn all(&self) -> Vec<(Level, String)> {
        self.0.lock().clone()
    }
}

/// An output as a run has it, with its log.
pub(crate) fn output(name: &str, environment: &[(&str, &str)]) -> (Box<dyn Output>, Arc<Lines>) {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let environment: Vec<_> = environment.iter().map(own).collect();
    let surroundings =
        Surroundings { environment: &environment, version: "1.2.3", ..Surroundings::default() };
    let mut output = create(name, &surroundings).expect("the settings are right");
    let lines = Arc::new(Lines::default());
    output.log_to(lines.clone());
    output.start(&Thresholds::default());
    (output, lines)
}

pub(crate) fn sample(metric: impl Into<MetricId>, value: f64, tags: &[(&str, &str)]) -> Sample {
    Sample {
        metric: metric.into(),
        value,
        time: 1_767_323_045_123_456_789,
        tags: tags.iter().copied().collect(),
        metadata: None,
    }
}

/// Messages of two URLs, a round trip for each, and checks.
pub(crate) fn samples() -> Vec<Sample> {
    let url = |number: u32| if number.is_multiple_of(2) { "ws://a/" } else { "ws://b/" };
    let mut samples = Vec::new();
    for number in 0..100 {
        let tags = [("url", url(number)), ("scenario", "default")];
        samples.push(sample(Builtin::WsMsgsSent, 1.0, &tags));
        samples.push(sample(Builtin::WsRtt, f64::from(number), &tags));
        samples.push(sample(Builtin::Checks, f64::from(u8::from(number < 75)), &[("check", "ok")]));
        samples.push(sample(Builtin::Vus, f64::from(number), &[]));
    }
    samples
}

/// Gives samples to an output and lets it finish.
pub(crate) fn run(output: &mut dyn Output, samples: &[Sample]) {
    let registry = Registry::new();
    for some in samples.chunks(50) {
        output.write(&registry, some).expect("it takes samples");
        output.tick().expect("it goes on");
    }
    output.finish().expect("it ends");
}
