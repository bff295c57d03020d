//! `--out influxdb`: each sample as a line of InfluxDB's line protocol, over HTTP.
//!
//! It speaks the API of version 1, and that of version 2 where a bucket is named. See InfluxDB's documentation,
//! "Line protocol" and "/write", and "/api/v2/write".

mod config;
mod line;
mod texts;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::{Client, RequestBuilder};
use tokio::runtime::Runtime;
use wasock_runner::log::{Level, SharedLog, say};
use wasock_runner::metrics::{MetricId, Registry, Sample, Tags};
use wasock_runner::outputs::{Output, OutputError};
use wasock_runner::thresholds::Thresholds;

use crate::CreateError;
use crate::client::{self, TlsSettings};
use crate::delivery::{Outbox, Parcel, SendError};
use crate::settings::Settings;

use config::{Api, Config};
use line::{Fields, Lines};

/// Its name.
pub const NAME: &str = "influxdb";

/// How many bytes of lines are sent at once: InfluxDB recommends batches of some thousand lines, which are as many.
const BODY: usize = 1 << 20;

/// How long the database is waited for that version 1 is asked to make. It answers at once if it is there; the run
/// does not begin before.
const DATABASE_TIME: Duration = Duration::from_secs(1);

/// Sends samples to InfluxDB.
pub struct Influxdb {
    server: Server,
    runtime: Runtime,
    outbox: Outbox,
    log: Option<SharedLog>,
    /// Lines that are not in the outbox yet.
    body: Vec<u8>,
    /// How many there are.
    lines: u64,
    pushed: Instant,
    points: Points,
}

/// Where samples go.
struct Server {
    config: Config,
    client: Client,
}

/// The points of this body and of the one before. InfluxDB keeps one point of each series and time.
#[derive(Default)]
struct Points {
    now: HashSet<Point>,
    before: HashSet<Point>,
    /// By the tags of samples, those of their series: the tags that are no fields.
    series: HashMap<Tags, Tags>,
    /// How many bytes these take.
    remembered: usize,
}

type Point = (MetricId, Tags, i64);

/// How many sets of tags are remembered with those of their series. Most tests have some dozens; a script that tags
/// each message makes new ones without end.
const REMEMBERED_TAGS: usize = 10_000;

/// How many bytes these may take: a kilobyte and more for each of [`REMEMBERED_TAGS`]. A script can give each sample
/// tags of its own, of 16 KiB.
const REMEMBERED_BYTES: usize = 16 << 20;

impl Points {
    /// The time of a sample, or the next nanosecond at which its series has no other point.
    fn free(&mut self, sample: &Sample, fields: &Fields) -> i64 {
        if self.series.len() >= REMEMBERED_TAGS || self.remembered > REMEMBERED_BYTES {
            self.remembered = 0;
            self.series.clear();
        }
        let tags = match self.series.get(&sample.tags) {
            Some(tags) => tags.clone(),
            None => {
                let tags =
                    fields.names().fold(sample.tags.clone(), |tags, name| tags.without(name));
                self.remembered += sample.tags.bytes() + tags.bytes();
                self.series.insert(sample.tags.clone(), tags.clone());
                tags
            }
        };
        let mut point = (sample.metric, tags, sample.time);
        while self.before.contains(&point) || self.now.contains(&point) {
            point.2 += 1;
        }
        let time = point.2;
        self.now.insert(point);
        time
    }

    /// A new body begins.
    fn turn(&mut self) {
        std::mem::swap(&mut self.now, &mut self.before);
        self.now.clear();
    }
}

impl Server {
    /// The request that delivers lines.
    fn request(&self, body: Bytes) -> RequestBuilder {
        let request = self.client.post(self.config.write_url.clone()).body(body);
        self.authorized(request.header("Content-Type", "text/plain; charset=utf-8"))
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.config.api {
            Api::V1 { user: Some((name, password)) } => request.basic_auth(name, password.as_ref()),
            Api::V1 { user: None } => request,
            Api::V2 { token: Some(token) } => {
                request.header("Authorization", format!("Token {token}"))
            }
            Api::V2 { token: None } => request,
        }
    }
}

impl Influxdb {
    /// Prepares to send to the server that the argument or the environment names.
    ///
    /// # Errors
    ///
    /// A setting is wrong.
    pub(crate) fn create(
        argument: Option<&str>,
        settings: &Settings<'_>,
    ) -> Result<Self, CreateError> {
        let config = Config::read(argument, settings)?;
        let tls = TlsSettings { insecure: config.insecure, ..TlsSettings::default() };
        let client = client::http(tls.read(settings)?, config.proxy.as_deref(), settings)?;
        Ok(Self {
            outbox: Outbox::new(config.describe()),
            runtime: client::runtime(settings)?,
            server: Server { config, client },
            log: None,
            body: Vec::new(),
            lines: 0,
            pushed: Instant::now(),
            points: Points::default(),
        })
    }

    /// Asks version 1 to make the database. That it fails is no harm where there is one.
    fn make_database(&self) {
        let Some(url) = self.server.config.database_url() else {
            return;
        };
        let request = self.server.authorized(self.server.client.post(url)).timeout(DATABASE_TIME);
        let outcome = self.runtime.block_on(client::send(request));
        if let (Err(SendError::Temporary(reason) | SendError::Refused(reason)), Some(log)) =
            (outcome, &self.log)
        {
            let text = format!("the database could not be made, which it may be already: {reason}");
            say(log, Level::Debug, text);
        }
    }

    /// Moves the lines so far into the outbox.
    fn pack(&mut self) {
        if self.lines > 0 {
            let body = std::mem::take(&mut self.body).into();
            self.outbox.put(Parcel { body, samples: std::mem::take(&mut self.lines) });
            self.points.turn();
        }
    }
}

impl Output for Influxdb {
    fn description(&self) -> String {
        self.server.config.describe()
    }

    fn log_to(&mut self, log: SharedLog) {
        self.outbox.log_to(log.clone());
        self.log = Some(log);
    }

    fn start(&mut self, _thresholds: &Thresholds) {
        self.make_database();
        self.pushed = Instant::now();
    }

    fn write(&mut self, registry: &Registry, samples: &[Sample]) -> Result<(), OutputError> {
        for sample in samples {
            let Some(metric) = registry.get(sample.metric) else {
                continue;
            };
            let Config { precision, fields, .. } = &self.server.config;
            // With a coarser precision points fall together in any case.
            let time = match precision.is_exact() {
                true => self.points.free(sample, fields),
                false => precision.of(sample.time),
            };
            Lines::new(&mut self.body, fields).add(&metric.name, &sample.tags, sample.value, time);
            self.lines += 1;
            if self.body.len() >= BODY {
                self.pack();
            }
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), OutputError> {
        let now = Instant::now();
        if now.duration_since(self.pushed) >= self.server.config.push_interval {
            self.pushed = now;
            self.pack();
        }
        let Self { server, runtime, outbox, .. } = self;
        let at_once = server.config.concurrent_writes;
        outbox.deliver(runtime, now, at_once, |body| client::send(server.request(body)));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        self.pack();
        let Self { server, runtime, outbox, .. } = self;
        let at_once = server.config.concurrent_writes;
        outbox.finish(runtime, at_once, |body| client::send(server.request(body)));
        Ok(())
    }

    fn lost(&self) -> u64 {
        self.outbox.lost()
    }
}

#[cfg(test)]
mod tests {
    use wasock_runner::metrics::Builtin;

    use super::line::FieldKind;
    use super::*;

    #[test]
    fn points_of_one_series_and_time_are_moved_apart() {
        let sample = |url: &str, time| Sample {
            metric: Builtin::WsMsgsReceived.id(),
            value: 1.0,
            time,
            tags: Tags::empty().with("url", url),
            metadata: None,
        };
        let mut fields = Fields::default();
        fields.add("at", FieldKind::String);
        let mut points = Points::default();
        let mut free = |sample: &Sample| points.free(sample, &fields);
        let samples = [sample("a", 5), sample("a", 5), sample("b", 5), sample("a", 6)];
        assert_eq!(samples.each_ref().map(&mut free), [5, 6, 5, 7]);
        let field = |place: &str| Sample {
            tags: Tags::empty().with("url", "c").with("at", place),
            ..sample("c", 5)
        };
        assert_eq!([field("1"), field("2")].each_ref().map(&mut free), [5, 6]);
        points.turn();
        assert_eq!(points.free(&sample("a", 5), &fields), 8);
        points.turn();
        points.turn();
        assert_eq!(points.free(&sample("a", 5), &fields), 5);
    }
}
