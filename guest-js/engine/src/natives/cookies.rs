//! Cookie jars.

use rquickjs::class::{JsClass, Readable, Trace, Tracer};
use rquickjs::function::{Constructor, Func};
use rquickjs::{Class, Ctx, JsLifetime, Object, Result, Value};

use super::outcome;
use crate::bindings::wasock::websocket::cookies::{self, Attributes, Jar};
use crate::text::Text;

/// A jar as JavaScript holds it: the host's jar goes when the object is collected.
pub(super) struct Handle(pub(super) Jar);

impl<'js> Trace<'js> for Handle {
    fn trace<'a>(&self, _tracer: Tracer<'a, 'js>) {}
}

// SAFETY: the type has no lifetime of JavaScript.
unsafe impl<'js> JsLifetime<'js> for Handle {
    type Changed<'to> = Handle;
}

impl<'js> JsClass<'js> for Handle {
    const NAME: &'static str = "Jar";
    type Mutable = Readable;

    fn constructor(_ctx: &Ctx<'js>) -> Result<Option<Constructor<'js>>> {
        Ok(None)
    }
}

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("newJar", Func::from(|ctx: Ctx<'js>| Class::instance(ctx, Handle(Jar::new()))))?;
    native.set(
        "currentJar",
        Func::from(|ctx: Ctx<'js>| Class::instance(ctx, Handle(cookies::current()))),
    )?;
    native.set("cookies", Func::from(cookies))?;
    native.set("cookieHeader", Func::from(cookie_header))?;
    native.set("setCookie", Func::from(set_cookie))?;
    native.set("storeCookies", Func::from(store_cookies))?;
    native.set("removeCookies", Func::from(remove_cookies))
}

fn cookies<'js>(ctx: Ctx<'js>, jar: Class<'js, Handle>, url: Text) -> Result<Vec<Vec<String>>> {
    let pairs = outcome(&ctx, jar.borrow().0.cookies(&url.0))?;
    Ok(super::from_pairs(pairs))
}

/// The value of the header for a handshake. '' if there are no cookies for the URL, or it is none: then
/// the attempt to connect is refused anyway.
fn cookie_header(jar: Class<'_, Handle>, url: Text) -> String {
    let pairs = jar.borrow().0.cookies(&url.0).unwrap_or_default();
    let pairs: Vec<String> =
        pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("; ")
}

/// Stores the cookie `{name, value, domain, path, maxAge, expires, secure, httpOnly}`.
fn set_cookie<'js>(
    ctx: Ctx<'js>,
    jar: Class<'js, Handle>,
    url: Text,
    cookie: Object<'js>,
) -> Result<()> {
    let text = |name| cookie.get::<_, Option<Text>>(name).map(|text| text.map(|text| text.0));
    let flag = |name| cookie.get::<_, Option<bool>>(name).map(Option::unwrap_or_default);
    let attributes = Attributes {
        domain: text("domain")?,
        path: text("path")?,
        max_age: cookie.get::<_, Option<f64>>("maxAge")?.map(|seconds| seconds as i64),
        expires: text("expires")?,
        secure: flag("secure")?,
        http_only: flag("httpOnly")?,
    };
    let (name, value): (Text, Text) = (cookie.get("name")?, cookie.get("value")?);
    outcome(&ctx, jar.borrow().0.set(&url.0, &name.0, &value.0, &attributes))
}

fn store_cookies<'js>(
    ctx: Ctx<'js>,
    jar: Class<'js, Handle>,
    url: Text,
    fields: Vec<Text>,
) -> Result<()> {
    let fields: Vec<String> = fields.into_iter().map(|field| field.0).collect();
    outcome(&ctx, jar.borrow().0.store(&url.0, &fields))
}

fn remove_cookies<'js>(
    ctx: Ctx<'js>,
    jar: Class<'js, Handle>,
    url: Text,
    name: Value<'js>,
) -> Result<()> {
    let name = match name.is_undefined() {
        true => None,
        false => Some(name.get::<Text>()?.0),
    };
    outcome(&ctx, jar.borrow().0.remove(&url.0, name.as_deref()))
}
