//! What makes the load of a run: virtual users of this process, or other processes.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{Plan, Progress, RunError};
use crate::executors::{Pool, ScenarioRun};
use crate::processes::Processes;
use crate::processes::whole::Whole;

/// What makes the load of a run.
pub(super) enum Load {
    /// A pool for each program.
    Here(Vec<Arc<Pool>>),
    /// Other processes.
    Elsewhere(Whole),
}

impl Load {
    /// Makes nothing yet but processes, if there are to be any.
    ///
    /// # Errors
    ///
    /// A process cannot be started, or the plan needs several and there are to be none.
    pub(super) fn of(
        plan: &Plan,
        processes: Option<Processes>,
        progress: &Arc<Progress>,
    ) -> Result<Self, RunError> {
        let run = &plan.run;
        if let Some(processes) = processes {
            return Whole::start(processes, run.clone(), progress.clone()).map(Self::Elsewhere);
        }
        if plan.processes > 1 {
            return Err(RunError::TooManyVus { vus: u64::from(plan.vus), processes: 1 });
        }
        let numbers = Arc::default();
        let pools = plan.guests.iter().map(|guest| guest.pool(run, &plan.share, &numbers));
        Ok(Self::Here(pools.collect()))
    }

    /// Makes the virtual users that are planned.
    pub(super) async fn fill(&self, plan: &Plan, progress: &Progress) -> Result<(), RunError> {
        match self {
            Self::Here(pools) => {
                for (guest, pool) in plan.guests.iter().zip(pools) {
                    pool.fill(guest.planned_vus, progress.counter()).await?;
                }
                Ok(())
            }
            Self::Elsewhere(whole) => whole.ready().await,
        }
    }

    /// Runs the scenarios to their end, and lets the virtual users go.
    pub(super) async fn run(&self, plan: &Plan, progress: &Progress) -> Result<(), RunError> {
        let setup_data = plan.control.all_setup_data();
        let scenarios = plan.scenarios.iter().enumerate().map(|(index, scenario)| {
            let guest = plan.guests.iter().position(|guest| guest.name == scenario.guest);
            let guest = guest.unwrap_or_default();
            let data = setup_data.get(guest).cloned().flatten();
            let least = plan.options.min_iteration_duration;
            let scenario = ScenarioRun::new(index, scenario.clone(), data, least, &plan.run.env);
            progress.follow(scenario.progress());
            (guest, scenario)
        });
        match self {
            Self::Here(pools) => {
                let mut running = JoinSet::new();
                for (guest, scenario) in scenarios {
                    running.spawn(scenario.run(pools[guest].clone()));
                }
                while running.join_next().await.is_some() {}
                self.dismiss().await;
                Ok(())
            }
            Self::Elsewhere(whole) => {
                // They are only followed.
                scenarios.for_each(drop);
                whole.work(setup_data, plan.run.shows_each_sample()).await
            }
        }
    }

    /// Lets all virtual users go.
    pub(super) async fn dismiss(&self) {
        match self {
            Self::Here(pools) => {
                for pool in pools {
                    pool.dismiss().await;
                }
            }
            // They end with their pipes.
            Self::Elsewhere(_) => {}
        }
    }
}
