//! The results of a test as the host shows them.

use rquickjs::function::Func;
use rquickjs::{Ctx, Object, Result};

use super::measure::to_contents;
use crate::bindings::wasock::websocket::summary;
use crate::text::Text;

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("summaryText", Func::from(summary_text))?;
    native.set("summaryValue", Func::from(summary_value))?;
    native.set("summaryShare", Func::from(summary::share))
}

fn summary_text(colours: bool, metrics: Vec<Text>) -> Option<String> {
    let metrics: Vec<String> = metrics.into_iter().map(|name| name.0).collect();
    summary::text(colours, &metrics)
}

fn summary_value(value: f64, contents: Text, unit: Option<Text>) -> String {
    let unit = unit.map(|unit| unit.0);
    summary::value(value, to_contents(&contents.0), unit.as_deref())
}
