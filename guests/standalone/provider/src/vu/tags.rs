//! `wasock:websocket/tags`. They are kept for the guest; sums are not told apart by them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::Provider;
use crate::bindings::tags::{Guest, Tag};

type Map = BTreeMap<String, String>;

thread_local! {
    static TAGS: RefCell<Map> = const { RefCell::new(Map::new()) };
    static METADATA: RefCell<Map> = const { RefCell::new(Map::new()) };
}

impl Guest for Provider {
    fn set(name: String, value: String) {
        TAGS.with_borrow_mut(|tags| drop(tags.insert(name, value)));
    }

    fn remove(name: String) {
        TAGS.with_borrow_mut(|tags| drop(tags.remove(&name)));
    }

    fn all() -> Vec<Tag> {
        TAGS.with_borrow(listed)
    }

    fn set_metadata(name: String, value: String) {
        METADATA.with_borrow_mut(|metadata| drop(metadata.insert(name, value)));
    }

    fn remove_metadata(name: String) {
        METADATA.with_borrow_mut(|metadata| drop(metadata.remove(&name)));
    }

    fn all_metadata() -> Vec<Tag> {
        METADATA.with_borrow(listed)
    }
}

fn listed(map: &Map) -> Vec<Tag> {
    map.iter().map(|(name, value)| Tag { name: name.clone(), value: value.clone() }).collect()
}
