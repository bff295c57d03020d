//! Where iterations that are due meet virtual users that are free.

use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::arrivals::Arrivals;

/// How long an iteration that is due waits for a free virtual user: as long as timers are inexact. It may have
/// been told of that late.
const PATIENCE: Duration = Duration::from_millis(1);

/// Lets in as many virtual users as iterations are due. Those who wait longest come first.
pub(super) struct Gate {
    due: Semaphore,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self { due: Semaphore::new(0) }
    }

    /// Waits for an iteration that is due, and takes it.
    pub(super) async fn enter(&self) {
        match self.due.acquire().await {
            Ok(one) => one.forget(),
            // It is never closed.
            Err(_) => std::future::pending().await,
        }
    }

    /// Opens it for what is due, at its time, until all has been. What nobody takes is turned away, and
    /// `turned_away` is told how many.
    pub(super) async fn open(
        &self,
        arrivals: &Arrivals,
        start: Instant,
        mut turned_away: impl FnMut(usize),
    ) {
        let mut count = 0;
        loop {
            let waiting = self.due.available_permits() > 0;
            let wake = match (waiting, arrivals.after(count)) {
                (true, _) => Instant::now() + PATIENCE,
                (false, Some(due)) => start + due,
                (false, None) => return,
            };
            sleep_until(wake).await;
            match self.due.forget_permits(Semaphore::MAX_PERMITS) {
                0 => {}
                left => turned_away(left),
            }
            let due = arrivals.due(start.elapsed());
            self.admit(due - count);
            count = due;
        }
    }

    fn admit(&self, count: u64) {
        // More cannot be due at once: rates are bounded.
        let count = usize::try_from(count).unwrap_or(Semaphore::MAX_PERMITS);
        self.due.add_permits(count.min(Semaphore::MAX_PERMITS));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};

    use super::*;
    use crate::options::{Options, Scenario};

    /// Opens a gate for the arrivals of a scenario to users who are busy for `busy` with each. Returns when
    /// iterations began, in milliseconds, and how many were turned away.
    async fn play(
        scenario: Value,
        segment: &str,
        users: usize,
        busy: Duration,
    ) -> (Vec<u64>, usize) {
        let value = json!({"scenarios": {"s": scenario}, "executionSegment": segment});
        let (options, _) = Options::from_json(&value).unwrap();
        let share = options.share().unwrap();
        let scenario = Scenario { share, ..options.scenarios().unwrap().remove(0) };
        let arrivals = Arrivals::new(&scenario).unwrap();
        let (gate, began) = (Arc::new(Gate::new()), Arc::new(Mutex::new(Vec::new())));
        let start = Instant::now();
        for _ in 0..users {
            let (gate, began) = (gate.clone(), began.clone());
            tokio::spawn(async move {
                loop {
                    gate.enter().await;
                    let at = u64::try_from(start.elapsed().as_millis()).unwrap();
                    began.lock().unwrap().push(at);
                    tokio::time::sleep(busy).await;
                }
            });
        }
        let mut dropped = 0;
        gate.open(&arrivals, start, |count| dropped += count).await;
        // All have been let in, but the last may not have noticed.
        tokio::time::sleep(PATIENCE).await;
        let began = began.lock().unwrap().clone();
        (began, dropped)
    }

    fn constant(rate: u32, users: u32) -> Value {
        json!({
            "executor": "constant-arrival-rate", "rate": rate, "duration": "2s", "preAllocatedVUs": users
        })
    }

    #[tokio::test(start_paused = true)]
    async fn iterations_begin_when_they_are_due() {
        let (began, dropped) = play(constant(10, 1), "1", 1, Duration::from_millis(50)).await;
        assert_eq!(began, (0..20).map(|n| n * 100).collect::<Vec<_>>());
        assert_eq!(dropped, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_ramp_begins_its_iterations_at_its_times() {
        let ramp = json!({
            "executor": "ramping-arrival-rate", "preAllocatedVUs": 1,
            "stages": [{"duration": "1s", "target": 0}, {"duration": "0s", "target": 4}, {"duration": "1s", "target": 4}],
        });
        let (began, dropped) = play(ramp, "1", 1, Duration::from_millis(10)).await;
        assert_eq!((began, dropped), (vec![1_250, 1_500, 1_750, 2_000], 0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_finds_nobody_free_is_turned_away() {
        // Two users, each busy for 250 ms of every 300: one of three is turned away.
        let (began, dropped) = play(constant(10, 2), "1", 2, Duration::from_millis(250)).await;
        let expected: Vec<_> = (0..20).filter(|n| n % 3 < 2).map(|n| n * 100).collect();
        assert_eq!((began, dropped), (expected, 6));
    }

    #[tokio::test(start_paused = true)]
    async fn many_that_are_due_at_once_are_let_in_together() {
        let (began, dropped) = play(constant(100_000, 500), "1", 500, Duration::ZERO).await;
        assert_eq!((began.len(), dropped), (200_000, 0));
        assert!(began.iter().zip(0_u64..).all(|(at, n)| (n / 100..=n / 100 + 1).contains(at)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_begins_its_own_iterations_alone() {
        let (began, _) = play(constant(10, 4), "1/2:1", 2, Duration::ZERO).await;
        assert_eq!(began, (0..10).map(|n| 100 + n * 200).collect::<Vec<_>>());
    }
}
