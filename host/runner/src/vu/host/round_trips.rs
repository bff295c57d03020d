//! `wasock:websocket/round-trips`.

use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime::{Result, bail};

use crate::metrics::{Builtin, Contents, Kind as MetricKind, MetricId};
use crate::vu::bindings::round_trips::Host;
use crate::vu::bindings::tags::Tag;
use crate::vu::meter::Meter;
use crate::vu::round_trips::{Kind, MAX_KEY, MAX_KINDS};
use crate::vu::state::VuState;

/// What the name of the counter of lost replies has behind that of the trend.
const LOST: &str = "_lost";

impl Host for VuState {
    fn declare(
        &mut self,
        metric: Option<String>,
        tags: Vec<Tag>,
        timeout: Option<u64>,
    ) -> Result<std::result::Result<u32, String>> {
        if self.round_trips.len() >= MAX_KINDS {
            return Ok(Err(format!("a test may have {MAX_KINDS} kinds of round trips")));
        }
        let (times, lost) = match self.round_trip_metrics(metric) {
            Ok(metrics) => metrics,
            Err(text) => return Ok(Err(text)),
        };
        let number = u32::try_from(self.round_trips.len())?;
        let tags = self.bounded(tags);
        self.round_trips.push(Arc::new(Kind { times, lost, tags, timeout }));
        Ok(Ok(number))
    }

    fn sent(
        &mut self,
        meter: Resource<Meter>,
        kind: u32,
        key: Option<String>,
    ) -> Result<std::result::Result<bool, String>> {
        let key = key.unwrap_or_default();
        if key.len() > MAX_KEY {
            return Ok(Err(format!("a key may have {MAX_KEY} bytes, this one has {}", key.len())));
        }
        let kind = self.kind(kind)?;
        Ok(Ok(self.table.get(&meter)?.0.expects_reply(kind, &key)))
    }

    fn received(
        &mut self,
        meter: Resource<Meter>,
        kind: u32,
        key: Option<String>,
        at: u64,
    ) -> Result<Option<u64>> {
        let kind = self.kind(kind)?;
        Ok(self.table.get(&meter)?.0.replied(kind, &key.unwrap_or_default(), at))
    }
}

impl VuState {
    /// The number of a kind as an index; a number that was never given out is a trap.
    fn kind(&self, number: u32) -> Result<usize> {
        match usize::try_from(number)? {
            kind if kind < self.round_trips.len() => Ok(kind),
            _ => bail!("the guest measures round trips of kind {number}, which was never declared"),
        }
    }
}

impl VuState {
    /// The metrics of times and of lost replies.
    fn round_trip_metrics(
        &self,
        name: Option<String>,
    ) -> std::result::Result<(MetricId, MetricId), String> {
        let registry = &self.run.registry;
        let own = Builtin::WsRtt.name();
        let Some(name) = name.filter(|name| name != own) else {
            let claimed = [Builtin::WsRtt, Builtin::WsRttLost].map(|metric| registry.claim(metric));
            return match claimed {
                [true, true] => Ok((Builtin::WsRtt.id(), Builtin::WsRttLost.id())),
                _ => Err(format!(
                    "the script has a metric of its own with the name {own} or {own}{LOST}; \
                     name another one as `metric`"
                )),
            };
        };
        let declare = |name: &str, kind, contents| {
            let declared = registry.declare(name, kind, contents);
            declared.map_err(|error| self.refused_metric(&error))
        };
        let times = declare(&name, MetricKind::Trend, Contents::Time)?;
        let lost = declare(&format!("{name}{LOST}"), MetricKind::Counter, Contents::Default)?;
        Ok((times, lost))
    }
}
