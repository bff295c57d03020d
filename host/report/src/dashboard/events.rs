//! What open pages are told: server-sent events.
//!
//! Each page has its own place in the timeline. It is told what has changed since its last event when it takes the
//! next, so a page that is slow or stalled gets fewer and larger ones, and nothing piles up for it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Interval, MissedTickBehavior};

use super::Shared;
use crate::page::Parts;
use crate::recording::Recording;
use crate::timeline::Patch;
use crate::view::phase_word;

/// How often a page is told what has changed: as often as an interval of the timeline ends.
const PERIOD: Duration = Duration::from_secs(1);

/// One event.
#[derive(Serialize)]
struct Update {
    /// What the run is doing.
    phase: &'static str,
    /// Whether this is the last event.
    ended: bool,
    timeline: Option<Patch>,
    parts: Changed,
}

/// The parts of the page that have changed, as HTML.
#[derive(Serialize)]
struct Changed {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<String>,
}

/// What one page knows already.
#[derive(Default)]
struct Known {
    revision: u64,
    parts: Parts,
}

/// One open page.
struct Watcher {
    recording: Recording,
    known: Known,
    ticks: Interval,
    ended: watch::Receiver<bool>,
    done: bool,
    _place: OwnedSemaphorePermit,
}

/// The events for one page.
pub(super) async fn stream(State(shared): State<Arc<Shared>>) -> Response {
    let Ok(place) = shared.watchers.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many pages are open\n").into_response();
    };
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watcher = Watcher {
        recording: shared.recording.clone(),
        known: Known::default(),
        ticks,
        ended: shared.ended.clone(),
        done: false,
        _place: place,
    };
    Sse::new(events(watcher)).into_response()
}

fn events(watcher: Watcher) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watcher, async |mut watcher| {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    })
}

impl Watcher {
    async fn next(&mut self) -> Option<Event> {
        if self.done {
            return None;
        }
        self.done = tokio::select! {
            biased;
            _ = self.ended.wait_for(|ended| *ended) => true,
            _ = self.ticks.tick() => false,
        };
        let (recording, ended) = (self.recording.clone(), self.done);
        let mut known = std::mem::take(&mut self.known);
        // Virtual users run on the threads that this would keep.
        let made = tokio::task::spawn_blocking(move || {
            let text = serde_json::to_string(&Update::new(&recording, &mut known, ended));
            (text, known)
        });
        let (text, known) = made.await.ok()?;
        self.known = known;
        Some(Event::default().data(text.ok()?))
    }
}

impl Update {
    fn new(recording: &Recording, known: &mut Known, ended: bool) -> Self {
        let timeline = recording.timeline_since(known.revision);
        if let Some(patch) = &timeline {
            known.revision = patch.revision;
        }
        let parts = Parts::new(recording);
        let before = std::mem::replace(&mut known.parts, parts.clone());
        Self {
            phase: phase_word(recording.phase()),
            ended,
            timeline,
            parts: Changed {
                status: changed(before.status, parts.status),
                results: changed(before.results, parts.results),
                details: changed(before.details, parts.details),
                metrics: changed(before.metrics, parts.metrics),
            },
        }
    }
}

fn changed(before: String, now: String) -> Option<String> {
    (before != now).then_some(now)
}
