//! The `ws_*` metrics of one socket, by the rules of the API that made it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use wasock_sockets::bindings::types::{ErrorCode, Failure, Handshake, Timings};
use wasock_sockets::{
    Delivered, DialOutcome, Dialed, FrameKind, SessionEnd, SocketObserver, clock,
};

use super::bindings::metrics::SocketApi;
use super::connect_error::{self, ErrorTags, GIVEN_UP, NO_STATUS};
use super::round_trips::{Kind, RoundTrips};
use super::state::VuState;
use crate::context::{OpenSocket, RunContext};
use crate::duration::NANOS_PER_MILLISECOND;
use crate::metrics::{Builtin, MetricId, Sample, Tags, TagsBuilder};
use crate::options::SystemTag;
use crate::samples::{Slot, unix_nanos};

/// How many pings without an answer are remembered: a script that pings a mute server must not fill the memory. With
/// the longest payload they take half a megabyte.
const MAX_PENDING_PINGS: usize = 4_096;

/// The metrics of sizes. They are measured if they are asked for and the script has none of these names.
const SIZES: [Builtin; 2] = [Builtin::WsMsgSizeSent, Builtin::WsMsgSizeReceived];

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
    sizes: bool,
    /// The URL, and when the attempt began.
    begun: OnceLock<(Box<str>, u64)>,
    /// Known once the connection attempt has ended.
    dialed: OnceLock<Known>,
    /// From the opening to the end.
    open: Mutex<Option<OpenSocket>>,
    pings: Mutex<HashMap<Box<[u8]>, u64>>,
    /// None if the script has declared no round trips.
    trips: Option<Trips>,
}

struct Known {
    tags: Tags,
    started: u64,
}

struct Trips {
    /// The kinds, and the tags of their samples on this socket.
    kinds: Vec<(Arc<Kind>, OnceLock<Tags>)>,
    state: Mutex<RoundTrips>,
}

impl Trips {
    fn new(kinds: &[Arc<Kind>]) -> Option<Self> {
        let timeouts = kinds.iter().map(|kind| kind.timeout);
        (!kinds.is_empty()).then(|| Self {
            state: Mutex::new(RoundTrips::new(timeouts)),
            kinds: kinds.iter().map(|kind| (kind.clone(), OnceLock::new())).collect(),
        })
    }
}

impl WebSocketMetrics {
    /// Measures a socket of this virtual user, with its tags of now.
    pub(super) fn new(user: &mut VuState, api: SocketApi, own_tags: Vec<(String, String)>) -> Self {
        let registry = &user.run.registry.clone();
        Self {
            api,
            own_tags,
            vu_tags: user.tags(),
            metadata: user.metadata(),
            sizes: user.run.message_sizes && SIZES.iter().all(|size| registry.is_measured(*size)),
            begun: OnceLock::new(),
            dialed: OnceLock::new(),
            open: Mutex::default(),
            pings: Mutex::default(),
            trips: Trips::new(&user.round_trips),
            slot: user.slot,
            run: user.run.clone(),
        }
    }

    /// An attempt that was refused before it began: it has failed as it started.
    pub(super) fn refused(&self, url: &str, code: ErrorCode) {
        if self.dialed.get().is_none() {
            let now = clock::now();
            let failure = Failure { code, address: None };
            let outcome = DialOutcome::Failed(&failure, None);
            self.attempted(&unanswered(url, &timings(now, now), outcome));
            self.count_error(&failure, NO_STATUS);
            self.ended(SessionEnd::Unopened, now);
        }
    }

    /// The virtual user was stopped while it was connecting.
    fn cut_short(&self, at: u64) {
        if let Some((url, started)) = self.begun.get() {
            let outcome = DialOutcome::GivenUp(None);
            self.attempted(&unanswered(url, &timings(*started, at), outcome));
        }
    }

    fn attempted(&self, dialed: &Dialed<'_>) {
        let tags = self.tags(dialed);
        self.run.attempts.ended();
        let started = dialed.timings.started;
        let connecting = dialed.timings.finished as f64 / NANOS_PER_MILLISECOND;
        let samples = [
            self.sample(Builtin::WsSessions, 1.0, started, &tags),
            self.sample(Builtin::WsConnecting, connecting, started, &tags),
        ];
        self.run.samples.extend(self.slot, samples);
        // A socket dials once.
        let _ = self.dialed.set(Known { tags, started });
    }

    fn count_error(&self, failure: &Failure, status: u16) {
        self.run.attempts.failed(connect_error::tags(&failure.code, status));
        if let Some(known) = self.dialed.get()
            && self.run.registry.is_measured(Builtin::WsConnectErrors)
        {
            self.record(Builtin::WsConnectErrors, 1.0, known.started);
        }
    }

    /// The message that the script has sent last waits for a reply. False if there is none.
    pub(super) fn expects_reply(&self, kind: usize, key: &str) -> bool {
        let Some(trips) = &self.trips else { return false };
        let lost = trips.state.lock().wait(kind, key);
        self.record_lost(kind, lost.unwrap_or_default(), clock::now());
        lost.is_some()
    }

    /// A reply came `at`. Returns how long it took, in nanoseconds, if a message waits for it.
    pub(super) fn replied(&self, kind: usize, key: &str, at: u64) -> Option<u64> {
        let trips = self.trips.as_ref()?;
        let reply = trips.state.lock().replied(kind, key, at);
        self.record_lost(kind, reply.lost, at);
        let elapsed = reply.elapsed?;
        let times = trips.kinds[kind].0.times;
        self.record_trip(kind, times, elapsed as f64 / NANOS_PER_MILLISECOND, at);
        Some(elapsed)
    }

    /// Replies cannot come any more: what waits for one is lost.
    pub(super) fn no_more_replies(&self) {
        let Some(trips) = &self.trips else { return };
        let lost = trips.state.lock().end();
        for (kind, lost) in lost.into_iter().enumerate() {
            self.record_lost(kind, lost, clock::now());
        }
    }

    fn record_lost(&self, kind: usize, lost: usize, stamp: u64) {
        if let Some(trips) = self.trips.as_ref().filter(|_| lost > 0) {
            self.record_trip(kind, trips.kinds[kind].0.lost, lost as f64, stamp);
        }
    }

    fn record_trip(&self, kind: usize, metric: MetricId, value: f64, stamp: u64) {
        if let (Some(trips), Some(known)) = (&self.trips, self.dialed.get()) {
            let (kind, tags) = &trips.kinds[kind];
            let tags = tags.get_or_init(|| match kind.tags.as_slice() {
                [] => known.tags.clone(),
                own => {
                    let mut tags = known.tags.to_builder();
                    tags.extend(own.iter().cloned());
                    tags.build()
                }
            });
            self.run.samples.push(self.slot, self.sample(metric, value, stamp, tags));
        }
    }

    fn sample(&self, metric: impl Into<MetricId>, value: f64, stamp: u64, tags: &Tags) -> Sample {
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

    /// Records the size of a message, if sizes are measured.
    fn record_size(&self, metric: Builtin, bytes: usize, stamp: u64) {
        if self.sizes {
            self.record(metric, bytes as f64, stamp);
        }
    }

    /// The tags of this socket's samples.
    fn tags(&self, dialed: &Dialed<'_>) -> Tags {
        let (error, handshake) = match dialed.outcome {
            DialOutcome::Opened(handshake) => (None, Some(handshake)),
            DialOutcome::Failed(failure, handshake) => {
                (Some(connect_error::tags(&failure.code, status(handshake))), handshake)
            }
            DialOutcome::GivenUp(handshake) => (Some(GIVEN_UP), handshake),
        };
        let mut tags = self.system_tags(self.vu_tags.to_builder(), dialed, handshake);
        if let Some(error) = error {
            tags = self.error_tags(tags, error);
        }
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
        if on(SystemTag::Status) {
            tags = tags.set(SystemTag::Status.name(), status(handshake).to_string());
        }
        if let Some(handshake) = handshake.filter(|_| on(SystemTag::Subproto)) {
            tags = tags.set(SystemTag::Subproto.name(), handshake.protocol.as_str());
        }
        if let Some(peer) = dialed.peer.filter(|_| on(SystemTag::Ip)) {
            tags = tags.set(SystemTag::Ip.name(), peer.ip().to_string());
        }
        tags
    }

    /// The tags of a session that was open, and say why it ended if not by a closing handshake.
    fn end_tags(&self, known: &Tags, end: SessionEnd<'_>) -> Tags {
        let mut tags = match end {
            SessionEnd::Unopened | SessionEnd::Closed => return known.clone(),
            SessionEnd::Broken(failure) => {
                let error = connect_error::tags(&failure.code, NO_STATUS);
                self.error_tags(known.to_builder(), error)
            }
            SessionEnd::GivenUp => self.error_tags(known.to_builder(), GIVEN_UP),
        };
        // What the script has set stays.
        tags.extend(self.own_tags.iter().cloned());
        tags.build()
    }

    fn error_tags(&self, mut tags: TagsBuilder, (code, text): ErrorTags) -> TagsBuilder {
        let on = |tag| self.run.system_tags.contains(tag);
        if on(SystemTag::Error) {
            tags = tags.set(SystemTag::Error.name(), text);
        }
        if on(SystemTag::ErrorCode) {
            tags = tags.set(SystemTag::ErrorCode.name(), code.to_string());
        }
        tags
    }
}

impl SocketObserver for WebSocketMetrics {
    fn begun(&self, url: &str, at: u64) {
        // A socket dials once.
        let _ = self.begun.set((url.into(), at));
    }

    fn dialed(&self, dialed: &Dialed<'_>) {
        self.attempted(dialed);
        if let DialOutcome::Opened(_) = dialed.outcome {
            *self.open.lock() = Some(OpenSocket::new(self.run.clone()));
        }
        if let DialOutcome::Failed(failure, handshake) = dialed.outcome {
            self.count_error(failure, status(handshake));
        }
    }

    fn sent(&self, kind: FrameKind, bytes: usize, accepted: bool) {
        if !is_message(kind) {
            return;
        }
        if let Some(trips) = &self.trips {
            trips.state.lock().sent(accepted);
        }
        if self.api == SocketApi::Ws {
            self.record(Builtin::WsMsgsSent, 1.0, clock::now());
        }
        // Else the clock is not looked at, which takes as long as all the rest of this.
        if accepted && self.sizes {
            self.record_size(Builtin::WsMsgSizeSent, bytes, clock::now());
        }
    }

    fn written(&self, kind: FrameKind, payload: &[u8], at: u64) {
        if kind == FrameKind::Ping {
            let mut pings = self.pings.lock();
            if pings.len() < MAX_PENDING_PINGS {
                pings.insert(payload.into(), at);
            }
        }
        if let Some(trips) = self.trips.as_ref().filter(|_| is_message(kind)) {
            trips.state.lock().written(at);
        }
        if self.api == SocketApi::Websockets {
            self.record(Builtin::WsMsgsSent, 1.0, at);
        }
    }

    fn pong(&self, payload: &[u8], at: u64) {
        let sent = self.pings.lock().remove(payload);
        if let Some(sent) = sent {
            let elapsed = at.saturating_sub(sent) as f64 / NANOS_PER_MILLISECOND;
            self.record(Builtin::WsPing, elapsed, at);
        }
    }

    fn delivered(&self, messages: &mut dyn Iterator<Item = Delivered>) {
        if self.run.shows_each_sample() || self.sizes {
            for Delivered { bytes, at, .. } in messages {
                self.record(Builtin::WsMsgsReceived, 1.0, at);
                self.record_size(Builtin::WsMsgSizeReceived, bytes, at);
            }
            return;
        }
        let count = |(count, _), one: Delivered| (count + 1, one.at);
        let (count, last) = messages.fold((0, 0), count);
        self.record(Builtin::WsMsgsReceived, f64::from(count), last);
    }

    fn ended(&self, end: SessionEnd<'_>, at: u64) {
        self.open.lock().take();
        if self.dialed.get().is_none() {
            self.cut_short(at);
        }
        if let Some(known) = self.dialed.get() {
            let elapsed = at.saturating_sub(known.started) as f64 / NANOS_PER_MILLISECOND;
            // k6/ws stamps a session with its start, k6/websockets with its end.
            let stamp = if self.api == SocketApi::Ws { known.started } else { at };
            let tags = self.end_tags(&known.tags, end);
            let mut samples = vec![self.sample(Builtin::WsSessionDuration, elapsed, stamp, &tags)];
            if let SessionEnd::Broken(_) = end
                && self.run.registry.is_measured(Builtin::WsSessionErrors)
            {
                samples.push(self.sample(Builtin::WsSessionErrors, 1.0, at, &tags));
            }
            self.run.samples.extend(self.slot, samples);
        }
    }
}

fn timings(started: u64, ended: u64) -> Timings {
    let finished = ended.saturating_sub(started);
    Timings { started, resolved: 0, connected: 0, secured: 0, finished }
}

/// An attempt that no server has heard of.
fn unanswered<'a>(url: &'a str, timings: &'a Timings, outcome: DialOutcome<'a>) -> Dialed<'a> {
    Dialed { url, timings, peer: None, outcome }
}

fn status(handshake: Option<&Handshake>) -> u16 {
    handshake.map_or(NO_STATUS, |handshake| handshake.status)
}

fn is_message(kind: FrameKind) -> bool {
    matches!(kind, FrameKind::Text | FrameKind::Binary)
}
