//! `wasock:websocket/tags`.

use std::collections::BTreeMap;

use wasmtime::Result;

use crate::limits::{MAX_TAG_LENGTH, MAX_TAGS, Stopped};
use crate::vu::bindings::tags::{Host, Tag};
use crate::vu::state::VuState;

impl Host for VuState {
    fn set(&mut self, name: String, value: String) -> Result<()> {
        let (name, value) = (self.cut(name), self.cut(value));
        if self.has_room_for_tag(&name) {
            self.set_tag(name, value);
        } else {
            self.run.stops.count(Stopped::Tags);
        }
        Ok(())
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
        let (name, value) = (self.cut(name), self.cut(value));
        let metadata = self.user_metadata();
        if metadata.len() < MAX_TAGS || metadata.contains_key(&name) {
            self.change_metadata(|metadata| drop(metadata.insert(name, value)));
        } else {
            self.run.stops.count(Stopped::Tags);
        }
        Ok(())
    }

    fn remove_metadata(&mut self, name: String) -> Result<()> {
        self.change_metadata(|metadata| drop(metadata.remove(&name)));
        Ok(())
    }

    fn all_metadata(&mut self) -> Result<Vec<Tag>> {
        Ok(listed(self.user_metadata()))
    }
}

impl VuState {
    /// The tags of a sample, as many and as long as they may be.
    pub(super) fn bounded(&self, mut tags: Vec<Tag>) -> Vec<(String, String)> {
        if tags.len() > MAX_TAGS {
            self.run.stops.count(Stopped::Tags);
            tags.truncate(MAX_TAGS);
        }
        tags.into_iter().map(|tag| (self.cut(tag.name), self.cut(tag.value))).collect()
    }

    /// A name or a value of a tag, as long as it may be.
    pub(super) fn cut(&self, mut text: String) -> String {
        if text.len() > MAX_TAG_LENGTH {
            self.run.stops.count(Stopped::Tags);
            text.truncate(text.floor_char_boundary(MAX_TAG_LENGTH));
            text.shrink_to_fit();
        }
        text
    }
}

fn listed(map: &BTreeMap<String, String>) -> Vec<Tag> {
    map.iter().map(|(name, value)| Tag { name: name.clone(), value: value.clone() }).collect()
}
