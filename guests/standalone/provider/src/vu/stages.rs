//! `wasock:standalone/stages`: where the test is, as the runner tells it.

use std::cell::RefCell;

use super::environment::unix_nanos;
use super::{cookies, tally};
use crate::Provider;
use crate::bindings::stages::{Guest, Outcome, Stage};
use crate::limits::TCP_CLOSE_WAIT;
use crate::metrics::{self, Builtin};
use crate::{clock, ctx, panics, reactor};

const NANOS_PER_MILLISECOND: f64 = 1e6;

/// Where the test is.
#[derive(Clone, Copy, Default)]
pub(super) struct Position {
    /// Iterations that were begun before the current one.
    pub(super) iterations: u64,
    pub(super) in_iteration: bool,
    pub(super) completed: u64,
    pub(super) interrupted: u64,
    /// When the first iteration began, in milliseconds since 1970.
    pub(super) started_at: f64,
    /// Milliseconds since then.
    pub(super) elapsed: f64,
}

#[derive(Default)]
struct Test {
    position: Position,
    begun: u64,
    /// When the first iteration and the current stage began, on the monotonic clock.
    first_began: u64,
    stage_began: u64,
    options: Option<String>,
    failure: Option<String>,
}

thread_local! {
    static TEST: RefCell<Test> = RefCell::default();
}

/// Where the test is now.
pub(super) fn position() -> Position {
    TEST.with_borrow(|test| {
        let since = if test.first_began == 0 { 0 } else { clock::now() - test.first_began };
        Position { elapsed: since as f64 / NANOS_PER_MILLISECOND, ..test.position }
    })
}

/// The options that are in force, as JSON.
pub(super) fn options() -> String {
    TEST.with_borrow(|test| test.options.clone()).unwrap_or_else(|| "{}".to_owned())
}

/// Marks the test as failed. The first reason stays.
pub(super) fn fail(reason: String) {
    TEST.with_borrow_mut(|test| {
        test.failure.get_or_insert(reason);
    });
}

impl Guest for Provider {
    fn begin(stage: Stage, _name: String) {
        panics::tell();
        ctx::set_interrupted(false);
        if stage == Stage::Iteration {
            cookies::renew();
        }
        TEST.with_borrow_mut(|test| {
            test.stage_began = clock::now();
            test.position.in_iteration = stage == Stage::Iteration;
            if stage == Stage::Iteration {
                test.position.iterations = test.begun;
                test.begun += 1;
                if test.first_began == 0 {
                    test.first_began = test.stage_began;
                    test.position.started_at = unix_nanos() as f64 / NANOS_PER_MILLISECOND;
                }
            }
        });
    }

    fn end(completed: bool) {
        // What the stage has left behind goes now.
        reactor::look();
        let duration = TEST.with_borrow_mut(|test| {
            let was_iteration = std::mem::take(&mut test.position.in_iteration);
            if was_iteration && completed {
                test.position.completed += 1;
            } else if was_iteration {
                test.position.interrupted += 1;
            }
            was_iteration.then(|| clock::now() - test.stage_began)
        });
        if let Some(nanos) = duration {
            metrics::add(Builtin::Iterations, 1.0);
            metrics::add(Builtin::IterationDuration, nanos as f64 / NANOS_PER_MILLISECOND);
        }
    }

    fn set_options(options: String) {
        TEST.with_borrow_mut(|test| test.options = Some(options));
    }

    fn finish() -> Outcome {
        // What is being closed still says so to its peer.
        let deadline = clock::now().saturating_add(TCP_CLOSE_WAIT.as_nanos() as u64);
        reactor::run(Some(deadline), || reactor::is_idle().then_some(()));
        Outcome {
            summary: tally::summary(),
            failure: TEST.with_borrow_mut(|test| test.failure.take()),
        }
    }
}
