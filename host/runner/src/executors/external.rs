//! Runs a scenario that is controlled from outside.

use std::sync::Arc;
use std::sync::atomic::Ordering;
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
    // How many users go as soon as their iterations have ended.
    let mut going = 0;
    let mut changes = JoinSet::new();
    let stopped = loop {
        let now = *wanted.borrow_and_update();
        let max = share.of_vus(now.max_vus);
        shared.crew.store(max, Ordering::Relaxed);
        shared.pause(now.paused);
        crew.run(if now.paused { 0 } else { share.of_vus(now.vus) as usize }).await;
        while changes.try_join_next().is_some() {}
        if max > ready {
            let kept = going.min(max - ready);
            going -= kept;
            changes.spawn(make_more(pool.clone(), shared.clone(), max - ready - kept));
        } else if max < ready {
            let at_work = crew.keep(max as usize) as u32;
            going += at_work;
            changes.spawn(let_go(pool.clone(), ready - max - at_work));
        }
        ready = max;
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
            Some(_) = crew.left() => if going > 0 {
                going -= 1;
                changes.spawn(let_go(pool.clone(), 1));
            },
            () = over => break false,
        }
    };
    crew.dismiss(Order::Abort);
    while crew.left().await.is_some() {}
    changes.shutdown().await;
    stopped
}

async fn let_go(pool: Arc<Pool>, count: u32) {
    pool.shrink(count).await;
}

async fn make_more(pool: Arc<Pool>, shared: Arc<Shared>, count: u32) {
    match pool.grow(count).await {
        Ok(()) | Err(RunError::Stopped) => {}
        Err(error) => {
            let text = format!("more virtual users could not be made: {error}");
            shared.say(pool.run(), Level::Error, Source::Runner, text);
        }
    }
}
