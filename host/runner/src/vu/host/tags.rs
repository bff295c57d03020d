//! `wasock:websocket/tags`.

use std::collections::BTreeMap;

use wasmtime::Result;

use crate::vu::bindings::tags::{Host, Tag};
use crate::vu::state::VuState;

impl Host for VuState {
    fn set(&mut self, name: String, value: String) -> Result<()> {
        self.set_tag(name, value)
    }

    fn remove(&mut self, name: String) -> Result<()> {
        self.remove_tag(&name);
        Ok(())
    }

    fn all(&mut self) -> Result<Vec<Tag>> {
        let tags = self.tags();
        let tag = |(name, value): (&str, &str)| Tag { name: name.into(), value: value.into() };
        Ok(tags.iter().map(tag).collect())
    }

    fn set_metadata(&mut self, name: String, value: String) -> Result<()> {
        self.set_metadata(name, value)
    }

    fn remove_metadata(&mut self, name: String) -> Result<()> {
        self.remove_metadata(&name);
        Ok(())
    }

    fn all_metadata(&mut self) -> Result<Vec<Tag>> {
        Ok(listed(self.user_metadata()))
    }
}

fn listed(map: &BTreeMap<String, String>) -> Vec<Tag> {
    map.iter().map(|(name, value)| Tag { name: name.clone(), value: value.clone() }).collect()
}
