//! What there is a line for: metrics, checks, errors, open sockets.

use std::collections::HashMap;
use std::sync::Arc;

use wasock_runner::metrics::{Contents, Kind, Metric, MetricId, Registry};

use super::Name;
use super::cell::Cell;

/// The most series of one run. Each has up to [`MAX_INTERVALS`](super::MAX_INTERVALS) cells of a few words, and
/// nobody looks at more charts. What comes later has its place in the tables only.
const MAX_SERIES: usize = 256;

/// The most trends among them: their cells take about a kilobyte each, so that these take some 30 MB at most in a
/// common run.
const MAX_TRENDS: usize = 48;

/// The most names of checks and errors that are remembered, with a place or without: each is a few dozen bytes, and
/// a script that has more has put data into them.
const MAX_NAMES: usize = 1_024;

/// The name of the tag by which checks are told apart.
const CHECK_TAG: &str = "check";

/// The name of the tag by which errors are told apart.
const ERROR_TAG: &str = "error_code";

/// The name of the series of open sockets. No metric can have it: it has a space.
const SOCKETS: &str = "open sockets";

/// One line over time.
#[derive(Debug)]
pub(super) struct Series {
    /// The name of the metric.
    pub(super) name: Arc<str>,
    pub(super) kind: Kind,
    pub(super) contents: Contents,
    /// The tag that all its samples have, if it is a part of a metric.
    pub(super) tag: Option<(&'static str, Name)>,
    /// By interval; none where there were no samples.
    pub(super) cells: Vec<Option<Cell>>,
}

impl Series {
    fn add(&mut self, index: usize, value: f64) {
        if self.cells.len() <= index {
            self.cells.resize_with(index + 1, || None);
        }
        match &mut self.cells[index] {
            Some(cell) => cell.add(value),
            empty => *empty = Some(Cell::new(self.kind, value)),
        }
    }

    fn merge_pairs(&mut self) {
        let pairs = self.cells.chunks(2).map(|pair| match pair {
            [Some(first), Some(second)] => {
                let mut both = first.clone();
                both.merge(second);
                Some(both)
            }
            [one] | [one, None] | [None, one] => one.clone(),
            _ => None,
        });
        self.cells = pairs.collect();
    }
}

/// Where a series is, or that there was no room for it.
type Place = Option<usize>;

/// All series of a run.
#[derive(Debug, Default)]
pub(super) struct Lines {
    series: Vec<Series>,
    trends: usize,
    left_out: usize,
    metrics: HashMap<MetricId, Place>,
    checks: HashMap<Name, Place>,
    errors: HashMap<(MetricId, Name), Place>,
    sockets: Place,
}

impl Lines {
    /// All series in the order of their first samples.
    pub(super) fn all(&self) -> &[Series] {
        &self.series
    }

    /// How many series there was no room for, as far as that was counted.
    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }

    pub(super) fn add_metric(
        &mut self,
        registry: &Registry,
        id: MetricId,
        index: usize,
        value: f64,
    ) {
        let place = match self.metrics.get(&id) {
            Some(place) => *place,
            None => {
                let place = registry.get(id).and_then(|metric| {
                    self.open(metric.name.clone(), metric.kind, metric.contents, None)
                });
                self.left_out += usize::from(place.is_none());
                self.metrics.insert(id, place);
                place
            }
        };
        self.add(place, index, value);
    }

    pub(super) fn add_check(&mut self, name: &Name, index: usize, value: f64) {
        let place = match self.checks.get(name) {
            Some(place) => *place,
            None => {
                let tag = Some((CHECK_TAG, name.clone()));
                let place = self.open("checks".into(), Kind::Rate, Contents::Default, tag);
                self.remember(place, |lines| lines.checks.insert(name.clone(), place));
                place
            }
        };
        self.add(place, index, value);
    }

    /// Adds a value of a metric that counts errors.
    pub(super) fn add_error(
        &mut self,
        metric: &Metric,
        id: MetricId,
        code: &Name,
        at: usize,
        value: f64,
    ) {
        let key = (id, code.clone());
        let place = match self.errors.get(&key) {
            Some(place) => *place,
            None => {
                let tag = Some((ERROR_TAG, code.clone()));
                let place = self.open(metric.name.clone(), metric.kind, metric.contents, tag);
                self.remember(place, |lines| lines.errors.insert(key, place));
                place
            }
        };
        self.add(place, at, value);
    }

    pub(super) fn add_sockets(&mut self, index: usize, open: f64) {
        if self.sockets.is_none() {
            self.sockets = self.open(SOCKETS.into(), Kind::Gauge, Contents::Default, None);
        }
        self.add(self.sockets, index, open);
    }

    pub(super) fn merge_pairs(&mut self) {
        self.series.iter_mut().for_each(Series::merge_pairs);
    }

    fn add(&mut self, place: Place, index: usize, value: f64) {
        if let Some(place) = place {
            self.series[place].add(index, value);
        }
    }

    /// Remembers where a part of a metric is. A script may make up ever new names, so those without a place are
    /// remembered, and counted, up to a limit.
    fn remember<T>(&mut self, place: Place, insert: impl FnOnce(&mut Self) -> T) {
        if place.is_some() || self.checks.len() + self.errors.len() < MAX_NAMES {
            self.left_out += usize::from(place.is_none());
            insert(self);
        }
    }

    fn open(
        &mut self,
        name: Arc<str>,
        kind: Kind,
        contents: Contents,
        tag: Option<(&'static str, Name)>,
    ) -> Place {
        let is_trend = kind == Kind::Trend;
        if self.series.len() >= MAX_SERIES || (is_trend && self.trends >= MAX_TRENDS) {
            return None;
        }
        self.trends += usize::from(is_trend);
        self.series.push(Series { name, kind, contents, tag, cells: Vec::new() });
        Some(self.series.len() - 1)
    }
}
