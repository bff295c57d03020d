//! The `ws_*` metrics of one socket, by the rules of the API that made it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use wasock_sockets::bindings::types::Handshake;
use wasock_sockets::{DialOutcome, Dialed, FrameKind, SocketObserver, clock};

use super::bindings::metrics::SocketApi;
use crate::context::RunContext;
use crate::metrics::{Builtin, Sample, Tags, TagsBuilder};
use crate::options::SystemTag;
use crate::samples::{Slot, unix_nanos};

/// Nanoseconds in a millisecond, the unit of time metrics.
const NANOS_PER_MILLI: f64 = 1e6;

/// How many pings without an answer are remembered: a script that pings a mute server must not fill
/// the memory.
const MAX_PENDING_PINGS: usize = 4_096;

/// Measures one socket.
pub(super) struct WebSocketMetrics {
    run: Arc<RunContext>,
    slot: Slot,
    api: SocketApi,
    /// The tags of the virtual user when the socket was made.
    vu_tags: Tags,
    /// The tags that the script gave the socket.
    own_tags: Vec<(String, String)>,
    metadata: Option<Tags>,
    /// Known once the connection attempt has ended.
    dialed: OnceLock<Known>,
    pings: Mutex<HashMap<Box<[u8]>, u64>>,
}

struct Known {
    tags: Tags,
    started: u64,
}

impl WebSocketMetrics {
    pub(super) fn new(
        run: Arc<RunContext>,
        slot: Slot,
        api: SocketApi,
        vu_tags: Tags,
        own_tags: Vec<(String, String)>,
        metadata: Option<Tags>,
    ) -> Self {
        let (dialed, pings) = (OnceLock::new(), Mutex::default());
        Self { run, slot, api, vu_tags, own_tags, metadata, dialed, pings }
    }

    fn sample(&self, metric: Builtin, value: f64, stamp: u64, tags: &Tags) -> Sample {
        Sample {
            metric: metric.into(),
            value,
            time: unix_nanos(clock::wall(stamp)),
            tags: tags.clone(),
            metadata: self.metadata.clone(),
        }
    }

    /// Records a value if the connection attempt has ended, before which nothing can be measured.
    fn record(&self, metric: Builtin, value: f64, stamp: u64) {
        if let Some(known) = self.dialed.get() {
            let sample = self.sample(metric, value, stamp, &known.tags);
            self.run.samples.push(self.slot, sample);
        }
    }

    /// The tags of this socket's samples.
    fn tags(&self, dialed: &Dialed<'_>) -> Tags {
        let handshake = match dialed.outcome {
            DialOutcome::Opened(handshake) => Some(handshake),
            DialOutcome::Failed(_, handshake) => handshake,
        };
        let mut tags = self.vu_tags.to_builder();
        tags = self.system_tags(tags, dialed, handshake);
        tags.extend(self.own_tags.iter().cloned());
        // In `k6/websockets` a name of the script's stands for the URL everywhere.
        if self.api == SocketApi::Websockets
            && let Some((_, name)) = self.own_tags.iter().find(|(key, _)| key == "name")
            && self.run.system_tags.contains(SystemTag::Url)
        {
            tags = tags.set(SystemTag::Url.name(), name.as_str());
        }
        tags.build()
    }

    fn system_tags(
        &self,
        mut tags: TagsBuilder,
        dialed: &Dialed<'_>,
        handshake: Option<&Handshake>,
    ) -> TagsBuilder {
        let on = |tag| self.run.system_tags.contains(tag);
        if on(SystemTag::Url) {
            tags = tags.set(SystemTag::Url.name(), dialed.url);
        }
        if on(SystemTag::Name) && self.api == SocketApi::Websockets {
            tags = tags.set(SystemTag::Name.name(), dialed.url);
        }
        if let Some(handshake) = handshake {
            if on(SystemTag::Status) {
                tags = tags.set(SystemTag::Status.name(), handshake.status.to_string());
            }
            if on(SystemTag::Subproto) {
                tags = tags.set(SystemTag::Subproto.name(), handshake.protocol.as_str());
            }
        }
        if let Some(peer) = dialed.peer.filter(|_| on(SystemTag::Ip)) {
            tags = tags.set(SystemTag::Ip.name(), peer.ip().to_string());
        }
        tags
    }
}

impl SocketObserver for WebSocketMetrics {
    fn dialed(&self, dialed: &Dialed<'_>) {
        let tags = self.tags(dialed);
        let started = dialed.timings.started;
        let connecting = dialed.timings.finished as f64 / NANOS_PER_MILLI;
        let samples = [
            self.sample(Builtin::WsSessions, 1.0, started, &tags),
            self.sample(Builtin::WsConnecting, connecting, started, &tags),
        ];
        self.run.samples.extend(self.slot, samples);
        // A socket dials once.
        let _ = self.dialed.set(Known { tags, started });
    }

    fn sent(&self, kind: FrameKind, _bytes: usize, _accepted: bool) {
        let is_message = matches!(kind, FrameKind::Text | FrameKind::Binary);
        if self.api == SocketApi::Ws && is_message {
            self.record(Builtin::WsMsgsSent, 1.0, clock::now());
        }
    }

    fn written(&self, kind: FrameKind, payload: &[u8], at: u64) {
        if kind == FrameKind::Ping {
            let mut pings = self.pings.lock();
            if pings.len() < MAX_PENDING_PINGS {
                pings.insert(payload.into(), at);
            }
        }
        if self.api == SocketApi::Websockets {
            self.record(Builtin::WsMsgsSent, 1.0, at);
        }
    }

    fn pong(&self, payload: &[u8], at: u64) {
        let sent = self.pings.lock().remove(payload);
        if let Some(sent) = sent {
            let elapsed = at.saturating_sub(sent) as f64 / NANOS_PER_MILLI;
            self.record(Builtin::WsPing, elapsed, at);
        }
    }

    fn delivered(&self, _kind: FrameKind, _bytes: usize, at: u64) {
        self.record(Builtin::WsMsgsReceived, 1.0, at);
    }

    fn ended(&self, at: u64) {
        if let Some(known) = self.dialed.get() {
            let elapsed = at.saturating_sub(known.started) as f64 / NANOS_PER_MILLI;
            // k6/ws stamps a session with its start, k6/websockets with its end.
            let stamp = if self.api == SocketApi::Ws { known.started } else { at };
            self.record(Builtin::WsSessionDuration, elapsed, stamp);
        }
    }
}
