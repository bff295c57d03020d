//! `wasock:websocket/metrics`.

use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime::{Result, bail};
use wasock_sockets::Socket;

use crate::metrics::{Builtin, Contents, Kind, MetricId};
use crate::options::SystemTag;
use crate::vu::bindings::metrics::{self, Host, SocketApi};
use crate::vu::bindings::tags::Tag;
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
        Ok(declared.map(|id| id.0).map_err(|error| error.to_string()))
    }

    fn add(&mut self, metric: u32, value: f64, tags: Vec<Tag>) -> Result<()> {
        let id = MetricId(metric);
        if !self.run.registry.contains(id) {
            bail!("the guest adds to metric {metric}, which was never declared");
        }
        self.record(id, value, pairs(tags));
        Ok(())
    }

    fn check(&mut self, name: String, passed: bool, tags: Vec<Tag>) -> Result<()> {
        let value = if passed { 1.0 } else { 0.0 };
        let own = self.run.system_tags.contains(SystemTag::Check);
        let own = own.then(|| (SystemTag::Check.name().to_owned(), name));
        self.record(Builtin::Checks, value, pairs(tags).chain(own));
        Ok(())
    }

    fn observe(&mut self, socket: Resource<Socket>, api: SocketApi, tags: Vec<Tag>) -> Result<()> {
        let vu_tags = self.tags();
        let metadata = self.metadata();
        let own: Vec<_> = pairs(tags).collect();
        let observer =
            WebSocketMetrics::new(self.run.clone(), self.slot, api, vu_tags, own, metadata);
        self.table.get(&socket)?.set_observer(Arc::new(observer));
        Ok(())
    }
}

fn pairs(tags: Vec<Tag>) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().map(|tag| (tag.name, tag.value))
}
