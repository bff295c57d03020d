//! The stages of a test, as the host calls them.

use rquickjs::function::This;
use rquickjs::promise::PromiseState;
use rquickjs::{Array, ArrayBuffer, Ctx, Function, IntoJs as _, Object, Result, Value};

use crate::Component;
use crate::bindings::exports::wasock::websocket::lifecycle::{
    Exception, Failure, Guest, ScriptInfo, SummaryOutput,
};
use crate::bindings::wasock::websocket::{environment, execution};
use crate::names::Name;
use crate::{event_loop, failure, heap, load, platform, random, runtime};

impl Guest for Component {
    fn init() -> std::result::Result<ScriptInfo, Failure> {
        platform::wake();
        heap::touch_changing();
        random::seed(environment::random_seed());
        runtime::with(|ctx| stage(ctx, Name::Init, init_script))
    }

    fn setup() -> std::result::Result<Option<String>, Failure> {
        runtime::with(|ctx| {
            stage(ctx, Name::Setup, |ctx| {
                let value = call_hook(ctx, Name::Setup, [])?;
                let settled = settled(ctx, value)?;
                hook(ctx, "serialize")?.call((settled,))
            })
        })
    }

    fn iterate(name: String, data: Option<String>) -> std::result::Result<(), Failure> {
        runtime::with(|ctx| {
            stage(ctx, Name::Iteration, |ctx| {
                let vu = execution::vu();
                let value = call_hook(
                    ctx,
                    Name::Iterate,
                    [
                        name.into_js(ctx)?,
                        data.into_js(ctx)?,
                        vu.id_in_instance.into_js(ctx)?,
                        (vu.iteration_in_instance as f64).into_js(ctx)?,
                        (vu.iteration_in_scenario == 0).into_js(ctx)?,
                    ],
                )?;
                settled(ctx, value).map(drop)
            })
        })
    }

    fn teardown(data: Option<String>) -> std::result::Result<(), Failure> {
        runtime::with(|ctx| {
            stage(ctx, Name::Teardown, |ctx| {
                let value = call_hook(ctx, Name::Teardown, [data.into_js(ctx)?])?;
                settled(ctx, value).map(drop)
            })
        })
    }

    fn handle_summary(data: String) -> std::result::Result<Vec<SummaryOutput>, Failure> {
        runtime::with(|ctx| {
            stage(ctx, Name::Summary, |ctx| {
                let value = call_hook(ctx, Name::HandleSummary, [data.into_js(ctx)?])?;
                let settled = settled(ctx, value)?;
                let outputs: Array<'_> = hook(ctx, "summaryOutputs")?.call((settled,))?;
                outputs.iter::<Array<'_>>().map(|pair| summary_output(&pair?)).collect()
            })
        })
    }
}

/// Runs one stage. Its result is the host's, unless an exception that nobody caught or the host
/// itself ended it.
fn stage<T>(
    ctx: &Ctx<'_>,
    phase: Name,
    body: impl FnOnce(&Ctx<'_>) -> Result<T>,
) -> std::result::Result<T, Failure> {
    let result = enter(ctx, phase).and_then(|()| body(ctx));
    let result = match result {
        Ok(value) => Some(value),
        Err(error) => {
            event_loop::report(ctx, error);
            // Sockets that were open close in order, as their handlers expect.
            event_loop::run(ctx, || false);
            None
        }
    };
    if event_loop::is_interrupted() {
        event_loop::abandon();
        failure::take();
        return Err(Failure::Interrupted);
    }
    let left = enter(ctx, Name::None);
    if let Some(exception) = failure::take() {
        return Err(Failure::Exception(exception));
    }
    match (result, left) {
        (Some(value), Ok(())) => Ok(value),
        (_, Err(error)) => Err(Failure::Exception(failure::catch(ctx, error))),
        (None, Ok(())) => Err(Failure::Exception(Exception {
            message: "the script was stopped".to_owned(),
            stack: String::new(),
            location: None,
        })),
    }
}

fn init_script(ctx: &Ctx<'_>) -> Result<ScriptInfo> {
    hook(ctx, "start")?.call::<_, ()>(())?;
    let (module, promise) = load::evaluate(ctx)?;
    // A rejection is this stage's own result, not one that nobody handles.
    let ignore = Function::new(ctx.clone(), || {})?;
    promise.catch()?.call::<_, ()>((This(promise.clone()), ignore))?;
    event_loop::run(ctx, || promise.state() == PromiseState::Rejected);
    match promise.state() {
        PromiseState::Resolved => {}
        PromiseState::Rejected => promise.result::<()>().transpose().map(drop)?,
        PromiseState::Pending if event_loop::is_interrupted() => {}
        PromiseState::Pending => {
            let message = "the script's top level awaits a promise that nothing can settle";
            return Err(rquickjs::Exception::throw_message(ctx, message));
        }
    }
    let namespace: Object<'_> = module.namespace()?;
    let description: Object<'_> = hook(ctx, "describe")?.call((namespace,))?;
    Ok(ScriptInfo {
        functions: description.get("functions")?,
        options: description.get("options")?,
    })
}

fn enter(ctx: &Ctx<'_>, phase: Name) -> Result<()> {
    event_loop::begin_turn();
    call_hook(ctx, Name::Enter, [phase.text(ctx)]).map(drop)
}

fn hook<'js>(ctx: &Ctx<'js>, name: &str) -> Result<Function<'js>> {
    runtime::hooks(ctx)?.get(name)
}

fn call_hook<'js, const N: usize>(
    ctx: &Ctx<'js>,
    name: Name,
    arguments: [Value<'js>; N],
) -> Result<Value<'js>> {
    name.invoke(&runtime::hooks(ctx)?, arguments)
}

/// Runs the loop until all work has ended, and returns what a value, or the promise it is, came to.
/// A rejected promise was reported while the loop ran.
fn settled<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> Result<Value<'js>> {
    event_loop::run(ctx, || false);
    let Some(promise) = value.as_promise() else { return Ok(value) };
    // Only a socket that outlives its stage can still settle it.
    event_loop::run_with_all(ctx, || {
        promise.state() != PromiseState::Pending || failure::is_recorded()
    });
    match promise.state() {
        PromiseState::Resolved => promise.result().expect("a resolved promise has a result"),
        _ => Ok(Value::new_undefined(ctx.clone())),
    }
}

fn summary_output(pair: &Array<'_>) -> Result<SummaryOutput> {
    let content: ArrayBuffer<'_> = pair.get(1)?;
    // SAFETY: no script runs while the bytes are copied.
    let content = unsafe { content.as_bytes() }.unwrap_or_default().to_vec();
    Ok(SummaryOutput { destination: pair.get(0)?, content })
}
