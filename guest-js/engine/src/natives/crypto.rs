//! Hash functions, and HMAC (RFC 2104) over them.

use std::cell::RefCell;

use hmac::digest::{FixedOutput, Update};
use hmac::{EagerHash, Hmac, KeyInit};
use rquickjs::class::{JsClass, Readable, Trace, Tracer};
use rquickjs::function::{Constructor, Func};
use rquickjs::{ArrayBuffer, Class, Ctx, JsLifetime, Object, Result};

use super::encoding::with_part;
use crate::text::Text;

/// A hash that is being computed.
trait Hashing {
    fn update(&mut self, bytes: &[u8]);

    /// The digest of what has come so far; more may follow.
    fn digest(&self) -> Vec<u8>;
}

impl<T: Update + FixedOutput + Clone> Hashing for T {
    fn update(&mut self, bytes: &[u8]) {
        Update::update(self, bytes);
    }

    fn digest(&self) -> Vec<u8> {
        self.clone().finalize_fixed().to_vec()
    }
}

/// A hash as JavaScript holds it.
struct Hash(RefCell<Box<dyn Hashing>>);

impl<'js> Trace<'js> for Hash {
    fn trace<'a>(&self, _tracer: Tracer<'a, 'js>) {}
}

// SAFETY: the type has no lifetime of JavaScript.
unsafe impl<'js> JsLifetime<'js> for Hash {
    type Changed<'to> = Hash;
}

impl<'js> JsClass<'js> for Hash {
    const NAME: &'static str = "Hash";
    type Mutable = Readable;

    fn constructor(_ctx: &Ctx<'js>) -> Result<Option<Constructor<'js>>> {
        Ok(None)
    }
}

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("newHash", Func::from(new_hash))?;
    native.set("updateHash", Func::from(update_hash))?;
    native.set("digestHash", Func::from(digest_hash))
}

/// A hash by the name that k6 has for its function, with the key of an HMAC if there is one; nothing
/// if there is no such function.
fn new_hash<'js>(
    ctx: Ctx<'js>,
    name: Text,
    key: Option<ArrayBuffer<'js>>,
) -> Result<Option<Class<'js, Hash>>> {
    // SAFETY: no script runs while the bytes are borrowed.
    let key = key.as_ref().map(|key| unsafe { key.as_bytes() }.unwrap_or_default());
    let hashing = match name.0.as_str() {
        "md4" => start::<md4::Md4>(key),
        "md5" => start::<md5::Md5>(key),
        "sha1" => start::<sha1::Sha1>(key),
        "sha256" => start::<sha2::Sha256>(key),
        "sha384" => start::<sha2::Sha384>(key),
        "sha512" => start::<sha2::Sha512>(key),
        "sha512_224" => start::<sha2::Sha512_224>(key),
        "sha512_256" => start::<sha2::Sha512_256>(key),
        "ripemd160" => start::<ripemd::Ripemd160>(key),
        _ => return Ok(None),
    };
    Class::instance(ctx, Hash(RefCell::new(hashing))).map(Some)
}

fn start<H>(key: Option<&[u8]>) -> Box<dyn Hashing>
where
    H: EagerHash + Update + FixedOutput + Default + Clone + 'static,
    Hmac<H>: KeyInit + Update + FixedOutput + Clone,
{
    match key {
        None => Box::new(H::default()),
        Some(key) => {
            let keyed = <Hmac<H> as KeyInit>::new_from_slice(key);
            Box::new(keyed.expect("HMAC takes keys of every length"))
        }
    }
}

fn update_hash<'js>(
    ctx: Ctx<'js>,
    hash: Class<'js, Hash>,
    buffer: ArrayBuffer<'js>,
    offset: usize,
    length: usize,
) -> Result<()> {
    let hash = hash.borrow();
    with_part(&ctx, &buffer, offset, length, |bytes| hash.0.borrow_mut().update(bytes))
}

fn digest_hash<'js>(ctx: Ctx<'js>, hash: Class<'js, Hash>) -> Result<ArrayBuffer<'js>> {
    let digest = hash.borrow().0.borrow().digest();
    ArrayBuffer::new(ctx, digest)
}
