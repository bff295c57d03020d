//! `wasock:websocket/metrics`.

use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime::{Result, bail};
use wasock_http::Request;
use wasock_sockets::bindings::types::ErrorCode;
use wasock_sockets::{FrameKind, Socket, SocketObserver as _};

use crate::limits::Stopped;
use crate::log::{Level, say};
use crate::metrics::{Builtin, Contents, DeclareError, Kind, MetricId};
use crate::options::SystemTag;
use crate::vu::bindings::metrics::{self, Host, HostMeter, SocketApi, StatusRange};
use crate::vu::bindings::tags::Tag;
use crate::vu::http::HttpMetrics;
use crate::vu::meter::Meter;
use crate::vu::observer::WebSocketMetrics;
use crate::vu::state::VuState;

impl Host for VuState {
    fn declare(
        &mut self,
        name: String,
        kind: metrics::Kind,
        contents: metrics::Contents,
    ) -> Result<std::result::Result<u32, String>> {
        let kind = match kind {
            metrics::Kind::Counter => Kind::Counter,
            metrics::Kind::Gauge => Kind::Gauge,
            metrics::Kind::Rate => Kind::Rate,
            metrics::Kind::Trend => Kind::Trend,
        };
        let contents = match contents {
            metrics::Contents::Default => Contents::Default,
            metrics::Contents::Time => Contents::Time,
            metrics::Contents::Data => Contents::Data,
        };
        let declared = self.run.registry.declare(&name, kind, contents);
        Ok(declared.map(|id| id.0).map_err(|error| self.refused_metric(&error)))
    }

    fn add(&mut self, metric: u32, value: f64, tags: Vec<Tag>) -> Result<()> {
        let id = MetricId(metric);
        if !self.run.registry.contains(id) {
            bail!("the guest adds to metric {metric}, which was never declared");
        }
        if value.is_finite() {
            let tags = self.bounded(tags);
            self.record(id, value, tags);
        } else {
            let name = self.run.registry.get(id).map(|metric| metric.name.clone());
            let name = name.as_deref().unwrap_or_default();
            // As scripts write them.
            let value = if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            };
            let text = format!("{value} is an invalid value for metric '{name}' and is left out");
            say(&self.run.log, Level::Warn, text);
        }
        Ok(())
    }

    fn measure_request(
        &mut self,
        request: Resource<Request>,
        tags: Vec<Tag>,
        expected: Option<Vec<StatusRange>>,
    ) -> Result<()> {
        let tags = self.bounded(tags);
        let observer = HttpMetrics::new(self, tags, expected);
        self.table.get(&request)?.set_observer(Arc::new(observer));
        Ok(())
    }

    fn check(&mut self, name: String, passed: bool, tags: Vec<Tag>) -> Result<()> {
        let value = if passed { 1.0 } else { 0.0 };
        let own = self.run.system_tags.contains(SystemTag::Check);
        let own = own.then(|| (SystemTag::Check.name().to_owned(), self.cut(name)));
        let tags = self.bounded(tags);
        self.record(Builtin::Checks, value, tags.into_iter().chain(own));
        Ok(())
    }
}

impl VuState {
    /// What a script is told of a metric that it cannot have.
    pub(super) fn refused_metric(&self, error: &DeclareError) -> String {
        if matches!(error, DeclareError::TooMany(_)) {
            self.run.stops.count(Stopped::Metrics);
        }
        error.to_string()
    }
}

impl HostMeter for VuState {
    fn new(
        &mut self,
        socket: Resource<Socket>,
        api: SocketApi,
        tags: Vec<Tag>,
    ) -> Result<Resource<Meter>> {
        let tags = self.bounded(tags);
        let observer = Arc::new(WebSocketMetrics::new(self, api, tags));
        self.table.get(&socket)?.set_observer(observer.clone());
        Ok(self.table.push(Meter(observer))?)
    }

    fn refused(&mut self, meter: Resource<Meter>, url: String, reason: ErrorCode) -> Result<()> {
        self.table.get(&meter)?.0.refused(&url, reason);
        Ok(())
    }

    fn sent_late(&mut self, meter: Resource<Meter>) -> Result<()> {
        self.table.get(&meter)?.0.sent(FrameKind::Text, 0, false);
        Ok(())
    }

    fn drop(&mut self, meter: Resource<Meter>) -> Result<()> {
        self.table.delete(meter)?;
        Ok(())
    }
}
