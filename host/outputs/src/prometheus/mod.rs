//! `--out experimental-prometheus-rw`: time series by Prometheus remote write.
//!
//! It follows the Remote-Write specification 1.0. Sums grow over the whole run, so what arrives last is complete
//! whatever was lost before.

mod config;
mod mapping;
mod proto;

use std::time::Instant;

use bytes::Bytes;
use jiff::Timestamp;
use prost::Message as _;
use reqwest::{Client, RequestBuilder};
use snap::raw::Encoder;
use tokio::runtime::Runtime;
use wasock_runner::log::SharedLog;
use wasock_runner::metrics::{Registry, Sample};
use wasock_runner::outputs::{Output, OutputError};

use crate::CreateError;
use crate::client;
use crate::delivery::Outbox;
use crate::series::SeriesTable;
use crate::settings::Settings;

use config::Config;
use mapping::{STALE, Sum, time_series};
use proto::{TimeSeries, WriteRequest};

/// Its name.
pub const NAME: &str = "experimental-prometheus-rw";

/// How many time series go into one request: a megabyte or two, which every server takes.
const SERIES_PER_REQUEST: usize = 5_000;

/// How many requests are under way at once. Points of one series have to arrive in order.
const AT_ONCE: usize = 1;

/// The label of the series for what there is no room for.
const OVERFLOW_LABEL: &str = "overflow";

/// Sends time series to a server of Prometheus remote write.
pub struct Prometheus {
    server: Server,
    runtime: Runtime,
    outbox: Outbox,
    series: SeriesTable<Sum>,
    /// Samples since the last push.
    fresh: u64,
    pushed: Instant,
    /// The time of the last push, in milliseconds since 1970. The next one is later.
    last_time: i64,
}

struct Server {
    config: Config,
    client: Client,
}

impl Server {
    fn request(&self, body: Bytes) -> RequestBuilder {
        self.client
            .post(self.config.url.clone())
            .header("Content-Type", "application/x-protobuf")
            .header("Content-Encoding", "snappy")
            .header("X-Prometheus-Remote-Write-Version", "0.1.0")
            .headers(self.config.headers.clone())
            .body(body)
    }
}

impl Prometheus {
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
        let client = client::http(config.tls(settings)?, None, settings)?;
        Ok(Self {
            outbox: Outbox::new(config.describe()),
            runtime: client::runtime(settings)?,
            server: Server { config, client },
            series: SeriesTable::new(OVERFLOW_LABEL),
            fresh: 0,
            pushed: Instant::now(),
            last_time: 0,
        })
    }

    /// A time for points: now, and later than the last.
    fn next_time(&mut self) -> i64 {
        self.last_time = Timestamp::now().as_millisecond().max(self.last_time + 1);
        self.last_time
    }

    /// Puts the series that have changed into the outbox.
    fn push(&mut self) {
        if self.fresh == 0 {
            return;
        }
        let time = self.next_time();
        let stats = &self.server.config.trend_stats;
        let mut points = Vec::new();
        for series in self.series.all_mut().iter_mut().filter(|series| series.changed) {
            series.changed = false;
            points.extend(time_series(series, stats, time));
        }
        let samples = std::mem::take(&mut self.fresh);
        self.put(&points, samples);
    }

    /// Tells the server that all series have ended.
    fn push_stale(&mut self) {
        let time = self.next_time();
        let stats = &self.server.config.trend_stats;
        let ends = self.series.all().iter().flat_map(|series| time_series(series, stats, time));
        let stale = |series: TimeSeries| TimeSeries {
            samples: vec![proto::Sample { value: STALE, timestamp: time }],
            histograms: Vec::new(),
            ..series
        };
        let ends: Vec<_> = ends.map(stale).collect();
        self.put(&ends, 0);
    }

    /// Puts points into the outbox.
    fn put(&mut self, points: &[TimeSeries], samples: u64) {
        let body = |chunk: &[TimeSeries]| {
            let request = WriteRequest { timeseries: chunk.to_vec() }.encode_to_vec();
            let body = Encoder::new().compress_vec(&request);
            body.expect("a request is far smaller than the 4 GiB that snappy takes").into()
        };
        self.outbox.put_all(points.chunks(SERIES_PER_REQUEST).map(body), samples);
    }
}

impl Output for Prometheus {
    fn description(&self) -> String {
        self.server.config.describe()
    }

    fn log_to(&mut self, log: SharedLog) {
        self.outbox.log_to(log);
    }

    fn write(&mut self, registry: &Registry, samples: &[Sample]) -> Result<(), OutputError> {
        let native = self.server.config.native_histograms;
        self.fresh += self.series.add(
            samples,
            registry,
            &self.outbox,
            |metric| Sum::new(metric.kind, native),
            |series, value| series.sum.add(value, series.metric.contents),
        );
        Ok(())
    }

    fn tick(&mut self) -> Result<(), OutputError> {
        let now = Instant::now();
        if now.duration_since(self.pushed) >= self.server.config.push_interval {
            self.pushed = now;
            self.push();
        }
        let Self { server, runtime, outbox, .. } = self;
        outbox.deliver(runtime, now, AT_ONCE, |body| client::send(server.request(body)));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        self.push();
        if self.server.config.stale_markers {
            self.push_stale();
        }
        let Self { server, runtime, outbox, .. } = self;
        outbox.finish(runtime, AT_ONCE, |body| client::send(server.request(body)));
        Ok(())
    }

    fn lost(&self) -> u64 {
        self.outbox.lost()
    }
}
