//! `wasock:websocket/cookies`.

use std::cell::RefCell;

use crate::Provider;
use crate::bindings::cookies::{Attributes, Guest, GuestJar, Jar as OwnedJar};
use crate::cookies::CookieJar;

thread_local! {
    static CURRENT: RefCell<CookieJar> = RefCell::default();
}

/// A handle of a jar.
#[derive(Default)]
pub(crate) struct Jar(pub(super) CookieJar);

/// An iteration begins with a new jar.
pub(super) fn renew() {
    CURRENT.take();
}

impl Guest for Provider {
    type Jar = Jar;

    fn current() -> OwnedJar {
        OwnedJar::new(Jar(CURRENT.with_borrow(Clone::clone)))
    }
}

impl GuestJar for Jar {
    fn new() -> Self {
        Self::default()
    }

    fn cookies(&self, url: String) -> Result<Vec<(String, String)>, String> {
        self.0.cookies(&url)
    }

    fn set(
        &self,
        url: String,
        name: String,
        value: String,
        attributes: Attributes,
    ) -> Result<(), String> {
        self.0.set(&url, &name, &value, &attributes)
    }

    fn store(&self, url: String, fields: Vec<String>) -> Result<(), String> {
        self.0.store(&url, &fields)
    }

    fn remove(&self, url: String, name: Option<String>) -> Result<(), String> {
        self.0.remove(&url, name.as_deref())
    }
}
