//! Runs a scenario that is controlled from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::crew::{Crew, Order};
use super::pool::Pool;
use super::scenario::Shared;
use super::worker;
use crate::log::{Level, Source};
use crate::options::ENDLESS;
use crate::run::RunError;

/// Runs the scenario as it is told to from outside, for this long, pauses not counted. Iterations that run then
/// are broken off. Tells whether the scenario was stopped before its end.
pub(super) async fn run(pool: &Arc<Pool>, shared: &Arc<Shared>, duration: Duration) -> bool {
    let run = pool.run().clone();
    let Some(mut wanted) = run.external.follow() else { return false };
    shared.start();
    let share = &shared.scenario.share;
    let mut crew =
        Crew::new(|orders| worker::work_in_turns(pool.clone(), shared.clone(), orders), None);
    let mut ready = shared.scenario.max_vus();
    let mut makings = JoinSet::new();
    let stopped = loop {
        let now = *wanted.borrow_and_update();
        let max = share.of_vus(now.max_vus);
        shared.crew.store(max, Ordering::Relaxed);
        shared.pause(now.paused);
        if max > ready {
            makings.spawn(make_more(pool.clone(), shared.clone(), max - ready));
            ready = max;
        }
        crew.run(if now.paused { 0 } else { share.of_vus(now.vus) as usize });
        let over = async {
            if now.paused || duration == ENDLESS {
                std::future::pending::<()>().await;
            }
            sleep(duration.saturating_sub(shared.elapsed().unwrap_or_default())).await;
        };
        tokio::select! {
            biased;
            () = run.stop.stopped() => break true,
            // The control lives as long as the run.
            _ = wanted.changed() => {}
            () = over => break false,
        }
    };
    crew.dismiss(Order::Abort);
    while crew.left().await.is_some() {}
    makings.shutdown().await;
    stopped
}

async fn make_more(pool: Arc<Pool>, shared: Arc<Shared>, count: u32) {
    match pool.grow(count, &AtomicU32::new(0)).await {
        Ok(()) | Err(RunError::Stopped) => {}
        Err(error) => {
            let text = format!("more virtual users could not be made: {error}");
            shared.say(pool.run(), Level::Error, Source::Runner, text);
        }
    }
}
