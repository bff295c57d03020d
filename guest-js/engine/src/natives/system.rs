//! Clock, console, timers, random numbers, and the way back into the engine.

use rquickjs::function::{Func, Opt};
use rquickjs::{ArrayBuffer, Ctx, Function, Object, Result, Value};

use crate::bindings::wasock::websocket::console::{self, Level, Source};
use crate::bindings::wasock::websocket::environment;
use crate::event_loop::{self, NANOS_PER_MILLI};
use crate::text::Text;
use crate::{failure, platform, random, runtime, timers};

/// The longest request that `random-bytes` answers at once.
const RANDOM_CHUNK: usize = 65_536;

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("setHooks", Func::from(|ctx: Ctx<'js>, hooks| runtime::set_hooks(&ctx, hooks)))?;
    native.set("now", Func::from(event_loop::now_millis))?;
    native.set("unixTime", Func::from(|| platform::unix_time() as f64 / NANOS_PER_MILLI))?;
    native.set("log", Func::from(log))?;
    native.set("logFailure", Func::from(log_failure))?;
    native.set("sleep", Func::from(|ctx: Ctx<'js>, millis| event_loop::sleep(&ctx, millis)))?;
    native.set("settle", Func::from(|ctx: Ctx<'js>| event_loop::settle(&ctx)))?;
    native.set("setTimer", Func::from(set_timer))?;
    native.set("takeTimerId", Func::from(timers::take_id))?;
    native.set("clearTimer", Func::from(timers::clear))?;
    native.set("report", Func::from(report))?;
    native.set("variables", Func::from(variables))?;
    native.set("seedRandom", Func::from(|seed: f64| random::seed(seed.to_bits())))?;
    native.set("randomBytes", Func::from(random_bytes))
}

fn log(level: Text, source: Text, line: Text) {
    let level = match level.0.as_str() {
        "debug" => Level::Debug,
        "warn" => Level::Warn,
        "error" => Level::Error,
        _ => Level::Info,
    };
    let source = if source.0 == "console" { Source::Console } else { Source::Runtime };
    console::log(level, source, &line.0);
}

/// A warning of the runtime, with the error as a field of its own.
fn log_failure(line: Text, error: Text) {
    console::log_failure(Level::Warn, Source::Runtime, &line.0, &error.0);
}

/// What the run grants, as an object.
fn variables<'js>(ctx: Ctx<'js>) -> Result<Object<'js>> {
    let variables = Object::new(ctx)?;
    for (name, value) in environment::variables() {
        variables.set(name, value)?;
    }
    Ok(variables)
}

fn set_timer<'js>(ctx: Ctx<'js>, callback: Function<'js>, millis: f64, repeat: Opt<bool>) -> u32 {
    timers::set(&ctx, callback, millis, repeat.unwrap_or(false))
}

fn report<'js>(ctx: Ctx<'js>, error: Value<'js>) {
    let exception = failure::describe(&ctx, &error);
    event_loop::end_stage(&ctx, exception);
}

fn random_bytes<'js>(ctx: Ctx<'js>, length: usize) -> Result<ArrayBuffer<'js>> {
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let chunk = (length - bytes.len()).min(RANDOM_CHUNK);
        bytes.extend(environment::random_bytes(chunk as u32));
    }
    ArrayBuffer::new(ctx, bytes)
}
