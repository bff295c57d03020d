//! `wasock:websocket/execution`: one user, whose iterations are the runner's.

use super::stages::{self, Position};
use crate::Provider;
use crate::bindings::execution::{Guest, InstanceInfo, ScenarioInfo, VuInfo};
use crate::ctx;

/// The scenario that iterations belong to.
const SCENARIO: &str = "default";

/// What its executor would be called.
const EXECUTOR: &str = "shared-iterations";

impl Guest for Provider {
    fn vu() -> VuInfo {
        let Position { iterations, in_iteration, .. } = stages::position();
        VuInfo {
            id_in_instance: u32::from(in_iteration),
            id_in_test: u32::from(in_iteration),
            iteration_in_instance: iterations,
            iteration_in_scenario: iterations,
        }
    }

    fn scenario() -> Option<ScenarioInfo> {
        let Position { iterations, in_iteration, started_at, .. } = stages::position();
        in_iteration.then(|| ScenarioInfo {
            name: SCENARIO.to_owned(),
            executor: EXECUTOR.to_owned(),
            start_time: started_at,
            progress: 0.0,
            iteration_in_instance: iterations,
            iteration_in_test: iterations,
        })
    }

    fn instance() -> InstanceInfo {
        let position = stages::position();
        InstanceInfo {
            current_test_run_duration: position.elapsed,
            iterations_completed: position.completed,
            iterations_interrupted: position.interrupted,
            vus_active: 1,
            vus_initialized: 1,
        }
    }

    fn options() -> String {
        stages::options()
    }

    fn abort(message: String) {
        ctx::set_interrupted(true);
        stages::fail(format!("the test was aborted: {message}"));
    }

    fn fail(message: String) {
        stages::fail(message);
    }

    fn interrupted() -> bool {
        ctx::is_interrupted()
    }
}
