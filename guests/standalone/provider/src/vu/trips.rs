//! `wasock:websocket/round-trips`.

use std::cell::RefCell;

use super::meter::Meter;
use super::round_trips::{Kind, MAX_KEY, MAX_KINDS};
use crate::Provider;
use crate::bindings::round_trips::{Guest, MeterBorrow, Tag};
use crate::metrics::{self, Builtin, Contents, Kind as MetricKind, MetricId};

/// What the name of the counter of lost replies has behind that of the trend.
const LOST: &str = "_lost";

thread_local! {
    static KINDS: RefCell<Vec<Kind>> = const { RefCell::new(Vec::new()) };
}

/// How long replies of each kind may take.
pub(super) fn timeouts() -> Vec<Option<u64>> {
    KINDS.with_borrow(|kinds| kinds.iter().map(|kind| kind.timeout).collect())
}

/// Whether there are kinds at all.
pub(super) fn are_measured() -> bool {
    KINDS.with_borrow(|kinds| !kinds.is_empty())
}

/// Counts replies that do not come.
pub(super) fn count_lost(kind: usize, lost: usize) {
    if lost > 0 {
        metrics::add(KINDS.with_borrow(|kinds| kinds[kind].lost), lost as f64);
    }
}

/// Counts a reply that took so many milliseconds.
pub(super) fn count_reply(kind: usize, milliseconds: f64) {
    metrics::add(KINDS.with_borrow(|kinds| kinds[kind].times), milliseconds);
}

impl Guest for Provider {
    fn declare(
        metric: Option<String>,
        tags: Vec<Tag>,
        timeout: Option<u64>,
    ) -> Result<u32, String> {
        let number = KINDS.with_borrow(Vec::len);
        if number >= MAX_KINDS {
            return Err(format!("a test may have {MAX_KINDS} kinds of round trips"));
        }
        let (times, lost) = metrics_of(metric)?;
        let tags = tags.into_iter().map(|tag| (tag.name, tag.value)).collect();
        KINDS.with_borrow_mut(|kinds| kinds.push(Kind { times, lost, tags, timeout }));
        Ok(number as u32)
    }

    fn sent(meter: MeterBorrow<'_>, kind: u32, key: Option<String>) -> Result<bool, String> {
        let key = key.unwrap_or_default();
        if key.len() > MAX_KEY {
            return Err(format!("a key may have {MAX_KEY} bytes, this one has {}", key.len()));
        }
        Ok(meter.get::<Meter>().0.expects_reply(index(kind), &key))
    }

    fn received(meter: MeterBorrow<'_>, kind: u32, key: Option<String>, at: u64) -> Option<u64> {
        meter.get::<Meter>().0.replied(index(kind), &key.unwrap_or_default(), at)
    }
}

/// The number of a kind as an index; a number that was never given out stops the guest.
fn index(number: u32) -> usize {
    let kinds = KINDS.with_borrow(Vec::len);
    let index = number as usize;
    assert!(
        index < kinds,
        "the guest measures round trips of kind {number}, which was never declared"
    );
    index
}

/// The metrics of times and of lost replies.
fn metrics_of(name: Option<String>) -> Result<(MetricId, MetricId), String> {
    let Some(name) = name else { return Ok((Builtin::WsRtt.into(), Builtin::WsRttLost.into())) };
    let times = metrics::declare(&name, MetricKind::Trend, Contents::Time)?;
    let lost = metrics::declare(&format!("{name}{LOST}"), MetricKind::Counter, Contents::Default)?;
    Ok((times, lost))
}
