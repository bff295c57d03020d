//! `wasock:websocket/execution`.

use wasmtime::Result;

use crate::context::StopReason;
use crate::log::clipped;
use crate::vu::bindings::execution::{Host, InstanceInfo, ScenarioInfo, VuInfo};
use crate::vu::state::VuState;

impl Host for VuState {
    fn vu(&mut self) -> Result<VuInfo> {
        Ok(VuInfo {
            id_in_instance: self.identity.in_instance,
            id_in_test: self.identity.in_test,
            iteration_in_instance: self.iteration.in_instance(),
            iteration_in_scenario: self.iteration.in_scenario(),
        })
    }

    fn scenario(&mut self) -> Result<Option<ScenarioInfo>> {
        Ok(self.iteration.0.as_ref().map(|position| ScenarioInfo {
            name: position.scenario.name().to_owned(),
            executor: position.scenario.executor().to_owned(),
            start_time: position.scenario.start_time(),
            progress: position.scenario.progress(),
            iteration_in_instance: position.number,
            iteration_in_test: position.number_in_test,
        }))
    }

    fn instance(&mut self) -> Result<InstanceInfo> {
        let counters = &self.run.counters;
        Ok(InstanceInfo {
            current_test_run_duration: self.run.elapsed().as_secs_f64() * 1_000.0,
            iterations_completed: counters.completed(),
            iterations_interrupted: counters.interrupted(),
            vus_active: counters.active(),
            vus_initialized: counters.initialized(),
        })
    }

    fn options(&mut self) -> Result<String> {
        Ok(self.run.options_json.clone())
    }

    fn abort(&mut self, message: String) -> Result<()> {
        self.interrupter.interrupt();
        let message = clipped(self.run.secrets.redact(message).into_owned());
        self.run.stop.stop(StopReason::Abort(message));
        Ok(())
    }

    fn fail(&mut self, message: String) -> Result<()> {
        self.run.stop.fail(clipped(self.run.secrets.redact(message).into_owned()));
        Ok(())
    }

    fn interrupted(&mut self) -> Result<bool> {
        Ok(self.interrupter.is_interrupted())
    }
}
