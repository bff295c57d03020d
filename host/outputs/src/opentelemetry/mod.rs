//! `--out opentelemetry`: metrics by OTLP, over gRPC or HTTP.
//!
//! It follows the OTLP specification 1.x. Sums grow over the whole run, so what arrives last is complete whatever
//! was lost before.

mod config;
mod exporter;
mod mapping;

use std::time::Instant;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use tokio::runtime::Runtime;
use wasock_runner::log::SharedLog;
use wasock_runner::metrics::{Registry, Sample};
use wasock_runner::outputs::{Output, OutputError};
use wasock_runner::thresholds::Thresholds;

use crate::CreateError;
use crate::client;
use crate::delivery::Outbox;
use crate::series::SeriesTable;
use crate::settings::Settings;

use config::Config;
use exporter::Exporter;
use mapping::{Mapping, Sum, attribute, now};

/// Its name.
pub const NAME: &str = "opentelemetry";

/// How many series go into one request: a megabyte at most, as servers of gRPC take no more than four.
const SERIES_PER_REQUEST: usize = 2_000;

/// How many requests are under way at once. Points of one series have to arrive in order.
const AT_ONCE: usize = 1;

/// The attribute of the series for what there is no room for (metrics SDK specification, "Overflow attribute").
const OVERFLOW_ATTRIBUTE: &str = "otel.metric.overflow";

/// Sends metrics to an OpenTelemetry collector.
pub struct OpenTelemetry {
    config: Config,
    exporter: Exporter,
    runtime: Runtime,
    outbox: Outbox,
    version: String,
    series: SeriesTable<Sum>,
    mapping: Mapping,
    /// Samples since the last export.
    fresh: u64,
    exported: Instant,
}

impl OpenTelemetry {
    /// Prepares to send to the collector that the environment names.
    ///
    /// # Errors
    ///
    /// A setting is wrong.
    pub(crate) fn create(
        argument: Option<&str>,
        settings: &Settings<'_>,
    ) -> Result<Self, CreateError> {
        if let Some(argument) = argument {
            let expected = "none: K6_OTEL_GRPC_EXPORTER_ENDPOINT names the collector";
            return Err(settings.wrong("the argument", argument, expected));
        }
        let config = Config::read(settings)?;
        let runtime = client::runtime(settings)?;
        Ok(Self {
            outbox: Outbox::new(config.describe()),
            exporter: Exporter::new(&config, &runtime, settings)?,
            runtime,
            version: settings.surroundings.version.to_owned(),
            series: SeriesTable::new(OVERFLOW_ATTRIBUTE),
            mapping: config.mapping(now()),
            config,
            fresh: 0,
            exported: Instant::now(),
        })
    }

    /// Puts all series into the outbox, as their sums are now.
    fn export(&mut self) {
        if self.fresh == 0 {
            return;
        }
        let time = now();
        let body = |chunk| {
            let metrics = self.mapping.metrics(chunk, time);
            self.request(metrics).encode_to_vec().into()
        };
        let bodies: Vec<Bytes> = self.series.all().chunks(SERIES_PER_REQUEST).map(body).collect();
        let samples = std::mem::take(&mut self.fresh);
        self.outbox.put_all(bodies, samples);
    }

    fn request(&self, metrics: Vec<Metric>) -> ExportMetricsServiceRequest {
        let attributes = self.config.resource.iter();
        let attributes = attributes.map(|(name, value)| attribute(name, value)).collect();
        let scope = InstrumentationScope {
            name: "wasock".to_owned(),
            version: self.version.clone(),
            ..InstrumentationScope::default()
        };
        let scope_metrics = ScopeMetrics { scope: Some(scope), metrics, schema_url: String::new() };
        let resource = Resource { attributes, ..Resource::default() };
        ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(resource),
                scope_metrics: vec![scope_metrics],
                schema_url: String::new(),
            }],
        }
    }
}

impl Output for OpenTelemetry {
    fn description(&self) -> String {
        self.config.describe()
    }

    fn log_to(&mut self, log: SharedLog) {
        self.outbox.log_to(log);
    }

    fn start(&mut self, _thresholds: &Thresholds) {
        self.exported = Instant::now();
    }

    fn write(&mut self, registry: &Registry, samples: &[Sample]) -> Result<(), OutputError> {
        let histogram = self.config.histogram;
        self.fresh += self.series.add(
            samples,
            registry,
            &self.outbox,
            |metric| Sum::new(metric.kind, histogram),
            |series, value| series.sum.add(value),
        );
        Ok(())
    }

    fn tick(&mut self) -> Result<(), OutputError> {
        let now = Instant::now();
        if now.duration_since(self.exported) >= self.config.export_interval {
            self.exported = now;
            self.export();
        }
        let Self { exporter, runtime, outbox, .. } = self;
        outbox.deliver(runtime, now, AT_ONCE, |body| exporter.send(body));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        self.export();
        let Self { exporter, runtime, outbox, .. } = self;
        outbox.finish(runtime, AT_ONCE, |body| exporter.send(body));
        Ok(())
    }

    fn lost(&self) -> u64 {
        self.outbox.lost()
    }
}
