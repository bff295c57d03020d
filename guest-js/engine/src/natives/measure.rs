//! Metrics, checks and tags.

use rquickjs::function::Func;
use rquickjs::{Ctx, Exception, Object, Result, Value};

use crate::bindings::wasock::websocket::metrics::{self, Contents, Kind};
use crate::bindings::wasock::websocket::tags::{self, Tag};
use crate::text::Text;

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("declare", Func::from(declare))?;
    native.set("add", Func::from(add))?;
    native.set("check", Func::from(check))?;
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

fn declare<'js>(ctx: Ctx<'js>, name: Text, kind: Text, contents: Text) -> Result<u32> {
    let kind = match kind.0.as_str() {
        "counter" => Kind::Counter,
        "gauge" => Kind::Gauge,
        "rate" => Kind::Rate,
        _ => Kind::Trend,
    };
    let contents = match contents.0.as_str() {
        "time" => Contents::Time,
        "data" => Contents::Data,
        _ => Contents::Default,
    };
    metrics::declare(&name.0, kind, contents)
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
