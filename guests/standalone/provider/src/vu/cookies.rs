//! `wasock:websocket/cookies`.

use crate::Provider;
use crate::bindings::cookies::{Attributes, Guest, GuestJar, Jar as OwnedJar};

/// Cookies by domain, path and name.
#[derive(Default)]
pub(crate) struct Jar;

impl Guest for Provider {
    type Jar = Jar;

    fn current() -> OwnedJar {
        OwnedJar::new(Jar)
    }
}

impl GuestJar for Jar {
    fn new() -> Self {
        Self
    }

    fn cookies(&self, _url: String) -> Result<Vec<(String, String)>, String> {
        Ok(Vec::new())
    }

    fn set(&self, _: String, _: String, _: String, _: Attributes) -> Result<(), String> {
        Ok(())
    }

    fn store(&self, _: String, _: Vec<String>) -> Result<(), String> {
        Ok(())
    }

    fn remove(&self, _: String, _: Option<String>) -> Result<(), String> {
        Ok(())
    }
}
