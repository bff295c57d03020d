//! Secrets.

use rquickjs::function::Func;
use rquickjs::{Ctx, Object, Result};

use super::outcome;
use crate::bindings::wasock::websocket::secrets;
use crate::text::Text;

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("secret", Func::from(secret))
}

/// The value of a secret; `source` is undefined for the default one.
fn secret(ctx: Ctx<'_>, source: Option<Text>, name: Text) -> Result<String> {
    let source = source.map(|source| source.0);
    outcome(&ctx, secrets::get(source.as_deref(), &name.0))
}
