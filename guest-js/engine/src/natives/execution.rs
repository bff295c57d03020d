//! Where the virtual user is in the test.

use rquickjs::function::Func;
use rquickjs::{Ctx, Object, Result};

use crate::bindings::wasock::websocket::execution;
use crate::text::Text;

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("vu", Func::from(vu))?;
    native.set("scenario", Func::from(scenario))?;
    native.set("instance", Func::from(instance))?;
    native.set("options", Func::from(execution::options))?;
    native.set("optionsContain", Func::from(options_contain))?;
    native.set("abortTest", Func::from(|message: Text| execution::abort(&message.0)))?;
    native.set("failTest", Func::from(|message: Text| execution::fail(&message.0)))
}

/// Whether the JSON of the options has this text somewhere: quicker than to make a string of it.
fn options_contain(text: Text) -> bool {
    execution::options().contains(&*text.0)
}

fn vu(ctx: Ctx<'_>) -> Result<Object<'_>> {
    let info = execution::vu();
    let object = Object::new(ctx)?;
    object.set("idInInstance", info.id_in_instance)?;
    object.set("idInTest", info.id_in_test)?;
    object.set("iterationInInstance", info.iteration_in_instance as f64)?;
    object.set("iterationInScenario", info.iteration_in_scenario as f64)?;
    Ok(object)
}

fn scenario(ctx: Ctx<'_>) -> Result<Option<Object<'_>>> {
    let Some(info) = execution::scenario() else { return Ok(None) };
    let object = Object::new(ctx)?;
    object.set("name", info.name)?;
    object.set("executor", info.executor)?;
    object.set("startTime", info.start_time)?;
    object.set("progress", info.progress)?;
    object.set("iterationInInstance", info.iteration_in_instance as f64)?;
    object.set("iterationInTest", info.iteration_in_test as f64)?;
    Ok(Some(object))
}

fn instance(ctx: Ctx<'_>) -> Result<Object<'_>> {
    let info = execution::instance();
    let object = Object::new(ctx)?;
    object.set("currentTestRunDuration", info.current_test_run_duration)?;
    object.set("iterationsCompleted", info.iterations_completed as f64)?;
    object.set("iterationsInterrupted", info.iterations_interrupted as f64)?;
    object.set("vusActive", info.vus_active)?;
    object.set("vusInitialized", info.vus_initialized)?;
    Ok(object)
}
