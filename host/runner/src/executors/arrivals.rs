//! When the iterations of an arrival rate are due.
//!
//! The rate over time is a line of straight pieces, and the area under it is the number of iterations. Iteration
//! n is due in the first nanosecond in which that area has reached n. Areas are whole numbers of a unit that all
//! pieces share, so nothing is rounded on the way, and no error adds up however long a test lasts.

use std::time::Duration;

use crate::options::{ExecutorConfig, PARTS, Rate, RateStage, Scenario, Share};

/// A piece of the line: the rate goes from one value to another.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Nanoseconds from the start of the scenario.
    start: u64,
    /// Nanoseconds, at least one.
    length: u64,
    /// The rate at its start, in millionths per time unit.
    from: u64,
    /// The rate at its end.
    to: u64,
    /// The area before it, see [`Schedule::iteration`].
    before: u128,
}

impl Piece {
    /// The area up to `x` nanoseconds after its start, rounded down.
    ///
    /// The rate is at most 2⁵⁴ and a time at most 2⁶³, so all products fit into 128 bits.
    fn area(&self, x: u64) -> u128 {
        let (x, length) = (u128::from(x), u128::from(self.length));
        let even = self.before + 2 * u128::from(self.from) * x;
        let slope = u128::from(self.from.abs_diff(self.to));
        // slope · x² / length, without the product of all three.
        let (whole, rest) = (x * x / length, x * x % length);
        let bend = slope * whole + slope * rest / length;
        if self.to >= self.from {
            even + bend
        } else {
            even - bend - u128::from(!(slope * rest).is_multiple_of(length))
        }
    }

    fn end_area(&self) -> u128 {
        self.area(self.length)
    }

    /// The first nanosecond after its start in which the area has reached `goal`, which lies above the area at
    /// its start and not above that at its end.
    fn reaches(&self, goal: u128) -> u64 {
        // The solution of the quadratic equation in floating point is near; whole numbers find the exact one.
        let (from, to) = (self.from as f64, self.to as f64);
        let (wanted, length) = ((goal - self.before) as f64 / 2.0, self.length as f64);
        let root = (from * from + 2.0 * (to - from) / length * wanted).max(0.0).sqrt();
        let near = (2.0 * wanted / (from + root)).clamp(1.0, length) as u64;
        first(self.length, near.clamp(1, self.length), |x| self.area(x) >= goal)
    }
}

/// The first number from 1 to `last` for which `holds`, which holds for `last` and then for all that follow.
/// Looks near `near` first, and ever further away from it.
fn first(last: u64, near: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut below, mut reached) = (0, last);
    let (mut probe, mut stride) = (near, 1_u64);
    while below < probe && probe < reached {
        if holds(probe) {
            (reached, probe) = (probe, probe.saturating_sub(stride));
        } else {
            (below, probe) = (probe, probe.saturating_add(stride));
        }
        stride = stride.saturating_mul(2);
        // Once it lies between two neighbours of the search, halving is faster.
        if below > 0 && reached < last {
            break;
        }
    }
    while reached - below > 1 {
        let middle = below + (reached - below) / 2;
        if holds(middle) { reached = middle } else { below = middle }
    }
    reached
}

/// When the iterations of all processes together are due.
#[derive(Clone, Debug)]
struct Schedule {
    pieces: Vec<Piece>,
    /// The area of one iteration: two time units in nanoseconds, times the parts of an iteration.
    iteration: u128,
    /// 1 if the first is due at the start, and not when its area has been reached.
    early: u64,
    /// How many there are.
    total: u64,
}

impl Schedule {
    /// The same rate all the time, the first iteration at the start, none at the end.
    fn constant(rate: Rate, time_unit: Duration, duration: Duration) -> Self {
        let stage = RateStage { duration, target: rate };
        let mut schedule = Self::ramp(rate, time_unit, &[stage]);
        schedule.early = 1;
        let area = schedule.pieces.last().map_or(0, Piece::end_area);
        schedule.total = u64::try_from(area.div_ceil(schedule.iteration)).unwrap_or(u64::MAX);
        schedule
    }

    /// A rate that changes; an iteration is due when its area is complete, the end included.
    fn ramp(start_rate: Rate, time_unit: Duration, stages: &[RateStage]) -> Self {
        let iteration = 2 * u128::from(PARTS) * time_unit.as_nanos();
        let mut pieces: Vec<Piece> = Vec::with_capacity(stages.len());
        let (mut start, mut from, mut before) = (0_u64, start_rate.parts(), 0);
        for stage in stages {
            let length = nanos(stage.duration);
            let to = stage.target.parts();
            if length > 0 {
                let piece = Piece { start, length, from, to, before };
                before = piece.end_area();
                pieces.push(piece);
            }
            start = start.saturating_add(length);
            from = to;
        }
        let total = u64::try_from(before / iteration).unwrap_or(u64::MAX);
        Self { pieces, iteration, early: 0, total }
    }

    /// How many are due within this many nanoseconds.
    fn due(&self, time: u64) -> u64 {
        let begun = self.pieces.partition_point(|piece| piece.start <= time);
        let area = match begun.checked_sub(1).and_then(|last| self.pieces.get(last)) {
            Some(piece) => piece.area((time - piece.start).min(piece.length)),
            None => 0,
        };
        let due = u64::try_from(area / self.iteration).unwrap_or(u64::MAX);
        due.saturating_add(self.early).min(self.total)
    }

    /// When iteration `number`, from 0, is due, in nanoseconds.
    fn at(&self, number: u64) -> Option<u64> {
        if number >= self.total {
            return None;
        }
        let Some(complete) = (number + 1).checked_sub(self.early).filter(|count| *count > 0) else {
            return Some(0);
        };
        let goal = u128::from(complete) * self.iteration;
        let index = self.pieces.partition_point(|piece| piece.end_area() < goal);
        self.pieces.get(index).map(|piece| piece.start + piece.reaches(goal))
    }

    /// The rate at a time, in millionths per time unit.
    fn rate(&self, time: u64) -> f64 {
        let begun = self.pieces.partition_point(|piece| piece.start <= time);
        let Some(piece) = begun.checked_sub(1).and_then(|last| self.pieces.get(last)) else {
            return 0.0;
        };
        let (from, to) = (piece.from as f64, piece.to as f64);
        let part = (time - piece.start) as f64 / piece.length as f64;
        from + (to - from) * part.min(1.0)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// When the iterations of this process are due.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    schedule: Schedule,
    share: Share,
    time_unit: Duration,
}

impl Arrivals {
    /// The arrivals of a scenario; none if its executor has no arrival rate.
    pub(super) fn new(scenario: &Scenario) -> Option<Self> {
        let (schedule, time_unit) = match &scenario.executor {
            ExecutorConfig::ConstantArrivalRate { rate, time_unit, duration, .. } => {
                (Schedule::constant(*rate, *time_unit, *duration), *time_unit)
            }
            ExecutorConfig::RampingArrivalRate { start_rate, time_unit, stages, .. } => {
                (Schedule::ramp(*start_rate, *time_unit, stages), *time_unit)
            }
            _ => return None,
        };
        Some(Self { schedule, share: scenario.iterations_share(), time_unit })
    }

    /// How many are due within this time after the start.
    pub(super) fn due(&self, elapsed: Duration) -> u64 {
        self.share.of(self.schedule.due(nanos(elapsed)))
    }

    /// When the next after `count` is due.
    pub(super) fn after(&self, count: u64) -> Option<Duration> {
        self.schedule.at(self.share.global(count)).map(Duration::from_nanos)
    }

    /// How many begin in a second at this time.
    pub(super) fn rate(&self, elapsed: Duration) -> f64 {
        let whole = self.schedule.rate(nanos(elapsed)) / PARTS as f64;
        whole / self.time_unit.as_secs_f64() * self.share.fraction()
    }

    /// The times of all of them.
    #[cfg(test)]
    pub(super) fn times(&self) -> impl Iterator<Item = Duration> {
        (0..).map_while(|count| self.after(count))
    }
}

#[cfg(test)]
#[path = "arrivals_tests.rs"]
mod tests;
