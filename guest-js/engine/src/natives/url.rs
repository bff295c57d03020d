//! URLs and `application/x-www-form-urlencoded`. <https://url.spec.whatwg.org/>

use percent_encoding::percent_decode_str;
use rquickjs::function::Func;
use rquickjs::{ArrayBuffer, Ctx, IntoJs, Object, Result, Value};
use url::{Origin, Url, quirks};

use crate::text::Text;

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("parseUrl", Func::from(parse))?;
    native.set("setInUrl", Func::from(set))?;
    native.set("percentDecode", Func::from(percent_decode))?;
    native.set("parseQuery", Func::from(parse_query))?;
    native.set("serialiseQuery", Func::from(serialise_query))
}

/// The parts of a URL in the order of the shim's `url-record.js`, or why the text is none.
fn parse<'js>(ctx: Ctx<'js>, text: Text, base: Option<Text>) -> Result<Value<'js>> {
    let base = match base.map(|base| Url::parse(&base.0)).transpose() {
        Ok(base) => base,
        Err(error) => return error.to_string().into_js(&ctx),
    };
    match Url::options().base_url(base.as_ref()).parse(&text.0) {
        Ok(url) => parts(&ctx, &url),
        Err(error) => error.to_string().into_js(&ctx),
    }
}

/// Changes one part of a URL as the setter of this name does; a value that is not valid for it
/// changes nothing.
fn set<'js>(ctx: Ctx<'js>, href: Text, part: Text, value: Text) -> Result<Value<'js>> {
    let mut url = match Url::parse(&href.0) {
        Ok(url) => url,
        Err(error) => return error.to_string().into_js(&ctx),
    };
    let value = value.0.as_str();
    let _ = match part.0.as_str() {
        "protocol" => quirks::set_protocol(&mut url, value),
        "username" => quirks::set_username(&mut url, value),
        "password" => quirks::set_password(&mut url, value),
        "host" => quirks::set_host(&mut url, value),
        "hostname" => quirks::set_hostname(&mut url, value),
        "port" => quirks::set_port(&mut url, value),
        "pathname" => {
            quirks::set_pathname(&mut url, value);
            Ok(())
        }
        "search" => {
            quirks::set_search(&mut url, value);
            Ok(())
        }
        _ => {
            quirks::set_hash(&mut url, value);
            Ok(())
        }
    };
    parts(&ctx, &url)
}

fn parts<'js>(ctx: &Ctx<'js>, url: &Url) -> Result<Value<'js>> {
    let origin = origin(url);
    let list = [
        quirks::href(url),
        &origin,
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ];
    Vec::from(list).into_js(ctx)
}

/// The origin of a `blob:` URL is that of the URL in its path, if this is one of HTTP.
/// <https://url.spec.whatwg.org/#origin>
fn origin(url: &Url) -> String {
    let is_of_http = |inner: Url| matches!(inner.scheme(), "http" | "https");
    if url.scheme() == "blob" && !Url::parse(url.path()).is_ok_and(is_of_http) {
        return Origin::new_opaque().ascii_serialization();
    }
    quirks::origin(url)
}

fn percent_decode<'js>(ctx: Ctx<'js>, text: Text) -> Result<ArrayBuffer<'js>> {
    ArrayBuffer::new(ctx, percent_decode_str(&text.0).collect::<Vec<u8>>())
}

fn parse_query(text: Text) -> Vec<Vec<String>> {
    let pairs = form_urlencoded::parse(text.0.as_bytes());
    super::from_pairs(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())))
}

fn serialise_query(pairs: Value<'_>) -> Result<String> {
    Ok(form_urlencoded::Serializer::new(String::new())
        .extend_pairs(super::to_pairs(&pairs)?)
        .finish())
}
