//! The functions that the shim calls: `import { native } from 'wasock:native'`.
//!
//! They take and return what is cheapest for the shim and check nothing that the shim checks. A
//! script cannot reach them.

mod cookies;
mod crypto;
mod encoding;
mod execution;
mod files;
mod http;
mod measure;
mod net;
mod secrets;
mod send;
mod shared_data;
mod summary;
mod system;
mod url;

use rquickjs::{Ctx, Exception, Object, Result, Value};

use crate::bindings::wasock::websocket::tags::Tag;
use crate::text::Text;

/// Sets all native functions on `native`.
pub fn install<'js>(ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    system::install(ctx, native)?;
    encoding::install(ctx, native)?;
    url::install(ctx, native)?;
    net::install(ctx, native)?;
    measure::install(ctx, native)?;
    execution::install(ctx, native)?;
    cookies::install(ctx, native)?;
    crypto::install(ctx, native)?;
    files::install(ctx, native)?;
    http::install(ctx, native)?;
    shared_data::install(ctx, native)?;
    secrets::install(ctx, native)?;
    summary::install(ctx, native)
}

/// `[[name, value], …]`, or nothing, as tags.
fn to_tags<'js>(value: &Value<'js>) -> Result<Vec<Tag>> {
    let pairs = to_pairs(value)?;
    Ok(pairs.into_iter().map(|(name, value)| Tag { name, value }).collect())
}

/// `[[name, value], …]`, or nothing.
fn to_pairs<'js>(value: &Value<'js>) -> Result<Vec<(String, String)>> {
    let Some(list) = value.as_array() else { return Ok(Vec::new()) };
    list.iter::<rquickjs::Array<'js>>()
        .map(|pair| {
            let pair = pair?;
            Ok((pair.get::<Text>(0)?.0, pair.get::<Text>(1)?.0))
        })
        .collect()
}

/// Pairs as `[[name, value], …]`.
fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Vec<Vec<String>> {
    pairs.into_iter().map(|(name, value)| vec![name, value]).collect()
}

/// The result of a call to the host, or an exception with its text.
fn outcome<T>(ctx: &Ctx<'_>, result: std::result::Result<T, String>) -> Result<T> {
    result.map_err(|message| Exception::throw_message(ctx, &message))
}
