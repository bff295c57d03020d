//! `wasock:websocket/shared-data`. The one user makes each array, and finds it again.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::Provider;
use crate::bindings::shared_data::{
    Draft as OwnedDraft, Found, Guest, GuestDraft, GuestSharedArray, SharedArray as OwnedArray,
};

type Elements = Rc<[String]>;

#[derive(Default)]
struct Arrays {
    complete: HashMap<String, Elements>,
    /// Those that are being made.
    drafts: HashSet<String>,
}

thread_local! {
    static ARRAYS: RefCell<Arrays> = RefCell::default();
}

/// An array that is complete.
pub(crate) struct SharedArray(Elements);

/// An array that is being made.
pub(crate) struct Draft {
    name: String,
    elements: RefCell<Vec<String>>,
}

impl Guest for Provider {
    type SharedArray = SharedArray;
    type Draft = Draft;

    fn find(name: String) -> Result<Found, String> {
        ARRAYS.with_borrow_mut(|arrays| {
            if let Some(elements) = arrays.complete.get(&name) {
                return Ok(Found::Complete(OwnedArray::new(SharedArray(elements.clone()))));
            }
            if !arrays.drafts.insert(name.clone()) {
                return Err(format!("the SharedArray \"{name}\" is made of itself"));
            }
            Ok(Found::Missing(OwnedDraft::new(Draft { name, elements: RefCell::default() })))
        })
    }
}

impl GuestSharedArray for SharedArray {
    fn length(&self) -> u32 {
        self.0.len() as u32
    }

    fn element(&self, index: u32) -> Option<String> {
        self.0.get(index as usize).cloned()
    }
}

impl GuestDraft for Draft {
    fn append(&self, elements: Vec<String>) -> Result<(), String> {
        self.elements.borrow_mut().extend(elements);
        Ok(())
    }

    fn finish(draft: OwnedDraft) -> OwnedArray {
        let draft: Draft = draft.into_inner();
        let elements: Elements = draft.elements.take().into();
        ARRAYS.with_borrow_mut(|arrays| {
            arrays.complete.insert(draft.name.clone(), elements.clone());
        });
        OwnedArray::new(SharedArray(elements))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        ARRAYS.with_borrow_mut(|arrays| arrays.drafts.remove(&self.name));
    }
}
