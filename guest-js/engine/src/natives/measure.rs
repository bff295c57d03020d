//! Metrics, checks, tags and round trips.

use rquickjs::function::Func;
use rquickjs::{Ctx, Exception, Object, Result, Value};

use crate::bindings::wasock::websocket::metrics::{self, Contents, Kind};
use crate::bindings::wasock::websocket::round_trips;
use crate::bindings::wasock::websocket::tags::{self, Tag};
use crate::event_loop::NANOS_PER_MILLI;
use crate::sockets;
use crate::text::Text;

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("declare", Func::from(declare))?;
    native.set("add", Func::from(add))?;
    native.set("check", Func::from(check))?;
    native.set("declareRoundTrips", Func::from(declare_round_trips))?;
    native.set("roundTripSent", Func::from(round_trip_sent))?;
    native.set("roundTripReceived", Func::from(round_trip_received))?;
    native.set("setTag", Func::from(|name: Text, value: Text| tags::set(&name.0, &value.0)))?;
    native.set("removeTag", Func::from(|name: Text| tags::remove(&name.0)))?;
    native.set("allTags", Func::from(|| super::from_pairs(pairs(tags::all()))))?;
    native.set(
        "setMetadata",
        Func::from(|name: Text, value: Text| tags::set_metadata(&name.0, &value.0)),
    )?;
    native.set("removeMetadata", Func::from(|name: Text| tags::remove_metadata(&name.0)))?;
    native.set("allMetadata", Func::from(|| super::from_pairs(pairs(tags::all_metadata()))))
}

fn pairs(tags: Vec<Tag>) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().map(|tag| (tag.name, tag.value))
}

/// What a metric's values are, by the name that k6 has for it.
pub(super) fn to_contents(name: &str) -> Contents {
    match name {
        "time" => Contents::Time,
        "data" => Contents::Data,
        _ => Contents::Default,
    }
}

fn declare<'js>(ctx: Ctx<'js>, name: Text, kind: Text, contents: Text) -> Result<u32> {
    let kind = match kind.0.as_str() {
        "counter" => Kind::Counter,
        "gauge" => Kind::Gauge,
        "rate" => Kind::Rate,
        _ => Kind::Trend,
    };
    metrics::declare(&name.0, kind, to_contents(&contents.0))
        .map_err(|message| Exception::throw_message(&ctx, &message))
}

fn add<'js>(metric: u32, value: f64, tags: Value<'js>) -> Result<()> {
    metrics::add(metric, value, &super::to_tags(&tags)?);
    Ok(())
}

fn check<'js>(name: Text, passed: bool, tags: Value<'js>) -> Result<()> {
    metrics::check(&name.0, passed, &super::to_tags(&tags)?);
    Ok(())
}

fn declare_round_trips<'js>(
    ctx: Ctx<'js>,
    metric: Option<Text>,
    tags: Value<'js>,
    timeout: Option<f64>,
) -> Result<u32> {
    let timeout = timeout.map(|millis| (millis * NANOS_PER_MILLI) as u64);
    let metric = metric.map(|metric| metric.0);
    round_trips::declare(metric.as_deref(), &super::to_tags(&tags)?, timeout)
        .map_err(|message| Exception::throw_message(&ctx, &message))
}

fn round_trip_sent<'js>(ctx: Ctx<'js>, id: u32, kind: u32, key: Option<Text>) -> Result<bool> {
    let key = key.map(|key| key.0);
    sockets::with_meter(id, |meter| round_trips::sent(meter, kind, key.as_deref()))
        .unwrap_or(Ok(false))
        .map_err(|message| Exception::throw_message(&ctx, &message))
}

/// How long the round trip took, in milliseconds.
fn round_trip_received(id: u32, kind: u32, key: Option<Text>, at: f64) -> Option<f64> {
    let key = key.map(|key| key.0);
    let at = (at * NANOS_PER_MILLI).round() as u64;
    sockets::with_meter(id, |meter| round_trips::received(meter, kind, key.as_deref(), at))
        .flatten()
        .map(|nanos| nanos as f64 / NANOS_PER_MILLI)
}
