//! `open()`, and which module has called it.

use rquickjs::function::Func;
use rquickjs::{ArrayBuffer, Ctx, Object, Result};

use super::outcome;
use crate::bindings::wasock::websocket::files;
use crate::text::Text;

/// How many calls may lie between a module of the user's and the native function: more than any
/// helper of a script has.
const MAX_CALLS: isize = 256;

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("callingModule", Func::from(|ctx: Ctx<'js>| calling_module(&ctx)))?;
    native.set("readFile", Func::from(read_file))?;
    native.set("readText", Func::from(read_text))
}

/// The bytes of a file, by its path and the module that the path is relative to.
fn read_file<'js>(ctx: Ctx<'js>, path: Text, module: Text) -> Result<ArrayBuffer<'js>> {
    let content = outcome(&ctx, files::read(&path.0, &module.0))?;
    ArrayBuffer::new(ctx, content)
}

/// The text of a file; what is not UTF-8 in it is U+FFFD.
fn read_text(ctx: Ctx<'_>, path: Text, module: Text) -> Result<String> {
    let content = outcome(&ctx, files::read(&path.0, &module.0))?;
    Ok(String::from_utf8(content)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// The name of the user's module whose code is closest to this call; empty if there is none.
fn calling_module(ctx: &Ctx<'_>) -> String {
    let name = |level| ctx.script_or_module_name(level)?.to_string().ok();
    let is_users = |name: &String| name.starts_with("file:") || name.starts_with("https:");
    (0..MAX_CALLS).filter_map(name).find(is_users).unwrap_or_default()
}
