//! What the store of a virtual user holds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasock_http::{HttpCtx, HttpCtxView, HttpView};
use wasock_sockets::{Interrupter, Leaving, SocketsCtx, SocketsCtxView, SocketsView, clock};

use super::aside::Begun;
use super::computing::Computing;
use super::instance::Position;
use super::lines::Lines;
use super::memory::Memory;
use super::round_trips::Kind;
use super::stack;
use super::{turn, wasi};
use crate::context::RunContext;
use crate::limits::{MAX_TAGS, Stopped, shown_bytes};
use crate::metrics::{MetricId, Sample, Tags};
use crate::options::SystemTag;
use crate::samples::{self, Slot};
use crate::shared_data::Maker;
use crate::summary::SummaryText;
use crate::traffic::Account;

/// The close code for what is still open when a virtual user goes (RFC 6455, section 7.4.1).
const GOING_AWAY: u16 = 1001;

/// Which virtual user it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its number in this process, from 1; 0 for the ones that run no iterations.
    pub in_instance: u32,
    /// Its number in the whole test, from 1; 0 for the ones that run no iterations.
    pub in_test: u32,
}

impl Identity {
    /// One that runs no iterations: for options, `setup`, `teardown` and `handleSummary`.
    pub const NONE: Self = Self { in_instance: 0, in_test: 0 };
}

/// The iteration that a virtual user is in, if it is in one.
#[derive(Clone, Default)]
pub(super) struct Iteration(pub(super) Option<Position>);

impl Iteration {
    /// Iterations that the virtual user has begun before.
    pub(super) fn in_instance(&self) -> u64 {
        self.0.as_ref().map_or(0, |position| position.in_instance)
    }

    /// Iterations of its scenario that the virtual user has begun before.
    pub(super) fn in_scenario(&self) -> u64 {
        self.0.as_ref().map_or(0, |position| position.in_scenario)
    }

    /// `__ENV`, if its scenario may have variables of its own.
    pub(super) fn env(&self) -> Option<&[(String, String)]> {
        self.0.as_ref().map(|position| &*position.env)
    }
}

/// What the store of a virtual user holds.
pub(super) struct VuState {
    pub(super) run: Arc<RunContext>,
    pub(super) identity: Identity,
    pub(super) iteration: Iteration,
    pub(super) interrupter: Interrupter,
    pub(super) slot: Slot,
    /// The tags that the script has set.
    pub(super) user_tags: BTreeMap<String, String>,
    /// The metadata that the script has set.
    user_metadata: BTreeMap<String, String>,
    group: String,
    /// The group in which the stage began.
    stage_group: String,
    /// Where its bytes count.
    pub(super) account: Arc<Account>,
    /// The kinds of round trips that the script has declared.
    pub(super) round_trips: Vec<Arc<Kind>>,
    /// All tags together; made anew when one of them changes.
    tags: Option<Tags>,
    /// All metadata together, none if there is none; made anew when it changes.
    metadata: Option<Option<Tags>>,
    pub(super) memory: Memory,
    pub(super) computing: Computing,
    /// How much it may log.
    pub(super) lines: Lines,
    http: HttpCtx,
    /// How many shared arrays the guest has in its hands.
    pub(super) arrays: usize,
    /// The text of the results, in the stage that is about them.
    pub(super) summary: Option<SummaryText>,
    /// Makes shared arrays.
    pub(super) maker: Maker,
    sockets: SocketsCtx,
    wasi: Option<WasiCtx>,
    pub(super) table: ResourceTable,
}

impl VuState {
    pub(super) fn new(run: Arc<RunContext>, identity: Identity) -> Self {
        let mut sockets = SocketsCtx::builder()
            .network(run.network.of_user(identity.in_instance))
            .limits(run.limits.of_sockets())
            .bound_observer(run.bounds.clone())
            .user_agent(run.user_agent.clone())
            .close_code_on_drop(GOING_AWAY)
            .alarms(run.alarms.clone())
            .spawner(Begun::shared())
            .rest(stack::release);
        if let Some(tls) = &run.tls {
            sockets = sockets.tls(tls.clone());
        }
        let sockets = sockets.build();
        let slot = run.samples.slot();
        let mut table = ResourceTable::new();
        table.set_max_capacity(run.limits.handles);
        Self {
            identity,
            iteration: Iteration::default(),
            interrupter: sockets.interrupter(),
            slot,
            account: run.accounts.open(sockets.traffic().clone(), sockets.interrupter(), slot),
            round_trips: Vec::new(),
            user_tags: BTreeMap::new(),
            user_metadata: BTreeMap::new(),
            group: String::new(),
            stage_group: String::new(),
            tags: None,
            metadata: None,
            memory: Memory::new(run.limits.memory, run.stops.clone()),
            computing: Computing::new(run.limits.cpu),
            lines: Lines::new(run.limits.console, run.stops.clone()),
            http: run.http.context(&sockets, &run.limits, run.bounds.clone()),
            arrays: 0,
            maker: Maker::default(),
            summary: None,
            sockets,
            wasi: None,
            table,
            run,
        }
    }

    /// Moves to another iteration, or out of iterations. The tags that the script has set stay for
    /// this scenario's iterations and go when the scenario changes, as in k6.
    pub(super) fn enter(&mut self, iteration: Iteration, group: &str) {
        self.iteration = iteration;
        self.group = group.to_owned();
        self.stage_group = group.to_owned();
        self.user_tags.clear();
        self.user_metadata.clear();
        let tags = self.build_tags(group);
        let metadata = self.build_metadata();
        self.account.label(tags.clone(), metadata.clone());
        self.tags = Some(tags);
        self.metadata = Some(metadata);
    }

    /// Lets bytes carry what the script has set. They belong to the stage as a whole, whatever group
    /// it is in.
    fn label_account(&mut self) {
        let metadata = self.metadata();
        self.account.label(self.build_tags(&self.stage_group), metadata);
    }

    /// Gives the virtual user an empty jar and no connections, unless it is to keep them.
    pub(super) fn renew(&mut self) {
        if !self.run.keeps_cookies {
            self.http.reset_cookies();
        }
        if !self.run.http.keeps_connections {
            self.http.close_idle();
        }
    }

    pub(super) fn set_tag(&mut self, name: String, value: String) {
        if name == SystemTag::Group.name() {
            self.group = value;
        } else {
            self.user_tags.insert(name, value);
            self.label_account();
        }
        self.tags = None;
    }

    /// Whether the script may set this tag: there are not too many, or it replaces one.
    pub(super) fn has_room_for_tag(&self, name: &str) -> bool {
        let is_group = name == SystemTag::Group.name();
        is_group || self.user_tags.len() < MAX_TAGS || self.user_tags.contains_key(name)
    }

    pub(super) fn remove_tag(&mut self, name: &str) {
        if name == SystemTag::Group.name() {
            self.group.clear();
        } else {
            self.user_tags.remove(name);
            self.label_account();
        }
        self.tags = None;
    }

    /// The tags of a sample that is made now.
    pub(super) fn tags(&mut self) -> Tags {
        if let Some(tags) = &self.tags {
            return tags.clone();
        }
        let tags = self.build_tags(&self.group);
        self.tags = Some(tags.clone());
        tags
    }

    fn build_tags(&self, group: &str) -> Tags {
        let system = self.run.system_tags;
        let mut tags = self.run.tags.to_builder();
        if let Some(position) = &self.iteration.0 {
            tags.extend(position.tags.iter().cloned());
            if system.contains(SystemTag::Scenario) {
                tags = tags.set(SystemTag::Scenario.name(), position.scenario.name());
            }
        }
        if system.contains(SystemTag::Group) {
            tags = tags.set(SystemTag::Group.name(), group);
        }
        tags.extend(self.user_tags.clone());
        tags.build()
    }

    /// Changes the metadata that the script has set.
    pub(super) fn change_metadata(&mut self, change: impl FnOnce(&mut BTreeMap<String, String>)) {
        change(&mut self.user_metadata);
        self.metadata = None;
        self.label_account();
    }

    /// The metadata that the script has set.
    pub(super) fn user_metadata(&self) -> &BTreeMap<String, String> {
        &self.user_metadata
    }

    /// The metadata of a sample that is made now.
    pub(super) fn metadata(&mut self) -> Option<Tags> {
        if let Some(metadata) = &self.metadata {
            return metadata.clone();
        }
        let metadata = self.build_metadata();
        self.metadata = Some(metadata.clone());
        metadata
    }

    fn build_metadata(&self) -> Option<Tags> {
        let system = self.run.system_tags;
        let mut metadata = Tags::builder();
        if system.contains(SystemTag::Vu) {
            let vu = self.identity.in_test.to_string();
            metadata = metadata.set(SystemTag::Vu.name(), vu);
        }
        if system.contains(SystemTag::Iter) {
            let iteration = self.iteration.in_instance().to_string();
            metadata = metadata.set(SystemTag::Iter.name(), iteration);
        }
        metadata.extend(self.user_metadata.clone());
        let metadata = metadata.build();
        (!metadata.is_empty()).then_some(metadata)
    }

    /// Records a value with these tags besides those of the virtual user.
    pub(super) fn record(
        &mut self,
        metric: impl Into<MetricId>,
        value: f64,
        extra: impl IntoIterator<Item = (String, String)>,
    ) {
        let mut extra = extra.into_iter().peekable();
        let mut tags = self.tags();
        if extra.peek().is_some() {
            let mut builder = tags.to_builder();
            builder.extend(extra);
            tags = builder.build();
        }
        let metadata = self.metadata();
        let metric = metric.into();
        let sample = Sample { metric, value, time: samples::now(), tags, metadata };
        self.run.samples.push(self.slot, sample);
    }

    /// A call into the guest begins. Returns what it needs besides its store: what interrupts it, and the run.
    pub(super) fn begin_call(&mut self) -> (Interrupter, Arc<RunContext>) {
        self.memory.begin();
        self.computing.begin(clock::now());
        (self.interrupter.clone(), self.run.clone())
    }

    /// What to add to the text of a failure: whether the guest was short of memory.
    pub(super) fn shortage(&self) -> String {
        if !self.memory.was_short() {
            return String::new();
        }
        let most = shown_bytes(self.run.limits.memory as u64);
        format!("\nhint: its memory is limited to {most}; --vu-memory raises that")
    }

    /// The connections that end without the script.
    pub(super) fn leaving(&self) -> Arc<Leaving> {
        self.sockets.leaving().clone()
    }

    pub(super) fn limiter(&mut self) -> &mut dyn ResourceLimiter {
        &mut self.memory
    }

    /// A tick of the epoch clock has met the guest at work: if its turn is over, the others have theirs. One that
    /// has only just been woken goes on: the clock ticks while it waits, too.
    pub(super) fn take_turn(&mut self) -> UpdateDeadline {
        let now = clock::now();
        if self.computing.tick(now, self.interrupter.waits()) {
            self.run.stops.count(Stopped::Cpu);
            self.interrupter.interrupt();
        }
        if !turn::is_over(now) {
            return UpdateDeadline::Continue(1);
        }
        let resumption = self.computing.resumption();
        let turn = async move {
            turn::give_way().await;
            resumption.store(clock::now(), Ordering::Relaxed);
        };
        UpdateDeadline::YieldCustom(1, Box::pin(turn))
    }
}

impl SocketsView for VuState {
    fn sockets(&mut self) -> SocketsCtxView<'_> {
        SocketsCtxView { ctx: &mut self.sockets, table: &mut self.table }
    }
}

impl HttpView for VuState {
    fn http(&mut self) -> HttpCtxView<'_> {
        HttpCtxView { ctx: &mut self.http, sockets: &mut self.sockets, table: &mut self.table }
    }
}

impl WasiView for VuState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let ctx = self.wasi.get_or_insert_with(|| wasi::context(&self.run, &self.lines));
        WasiCtxView { ctx, table: &mut self.table }
    }
}
