//! Arrays that are kept once for all virtual users (`k6/data`).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most text in all arrays of a test together, in bytes: far more than test data has, and less
/// than a machine for load tests has memory.
pub const MAX_SHARED_DATA: usize = 1 << 30;

/// What an array takes besides its text and its name, in bytes, about: a script could make empty ones
/// without end.
const ARRAY_OVERHEAD: usize = 128;

/// Why an array cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SharedDataError {
    /// There is too much already.
    #[error(
        "the arrays that virtual users share have no room for more than {MAX_SHARED_DATA} bytes of \
         JSON together; give each element fewer fields, or leave out the elements that are not used"
    )]
    Full,
    /// The function that makes an array wants that array.
    #[error("the SharedArray \"{0}\" is made of itself")]
    Recursive(String),
}

/// An array that is complete.
#[derive(Debug, Default)]
pub struct SharedArray {
    /// All elements, one behind the other.
    text: Box<str>,
    /// Where each ends.
    ends: Box<[usize]>,
}

impl SharedArray {
    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// An element.
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(&self.text[start..end])
    }
}

/// The arrays of a test.
#[derive(Debug)]
pub struct SharedData {
    arrays: Mutex<HashMap<String, Arc<SharedArray>>>,
    /// How many bytes the arrays have, those that are being made included.
    size: Mutex<usize>,
    /// Who has the permit makes arrays. With a turn for each array, two makers that need each other's
    /// would wait for ever.
    making: Arc<Semaphore>,
}

impl Default for SharedData {
    fn default() -> Self {
        Self {
            arrays: Mutex::default(),
            size: Mutex::default(),
            making: Arc::new(Semaphore::new(1)),
        }
    }
}

/// What there is of a name.
#[derive(Debug)]
pub enum Found {
    /// The array.
    Complete(Arc<SharedArray>),
    /// Nothing; the maker who has asked makes it.
    Missing(Draft),
}

impl SharedData {
    /// The array of this name, or the right to make it. Waits while another maker makes arrays.
    ///
    /// # Errors
    ///
    /// The maker is making this very array, or there is no room for another one.
    pub async fn find(
        self: &Arc<Self>,
        maker: &mut Maker,
        name: &str,
    ) -> Result<Found, SharedDataError> {
        if let Some(array) = self.complete(name) {
            return Ok(Found::Complete(array));
        }
        let turn = match maker.0.upgrade() {
            Some(turn) => turn,
            None => {
                let permit = self.making.clone().acquire_owned().await;
                let permit = permit.expect("the semaphore is never closed");
                let turn = Arc::new(Turn { names: Mutex::default(), _permit: permit });
                maker.0 = Arc::downgrade(&turn);
                turn
            }
        };
        // It may have been made meanwhile.
        if let Some(array) = self.complete(name) {
            return Ok(Found::Complete(array));
        }
        if !turn.names.lock().insert(name.to_owned()) {
            return Err(SharedDataError::Recursive(name.to_owned()));
        }
        let (data, name) = (self.clone(), name.to_owned());
        let mut draft = Draft { data, turn, name, text: String::new(), ends: Vec::new(), size: 0 };
        draft.reserve(draft.name.len() + ARRAY_OVERHEAD)?;
        Ok(Found::Missing(draft))
    }

    fn complete(&self, name: &str) -> Option<Arc<SharedArray>> {
        self.arrays.lock().get(name).cloned()
    }

    fn reserve(&self, bytes: usize) -> Result<(), SharedDataError> {
        let mut size = self.size.lock();
        let needed = size.saturating_add(bytes);
        if needed > MAX_SHARED_DATA {
            return Err(SharedDataError::Full);
        }
        *size = needed;
        Ok(())
    }
}

/// One who may make arrays: a virtual user.
#[derive(Debug, Default)]
pub struct Maker(Weak<Turn>);

/// A maker's turn, which lasts as long as it has drafts.
#[derive(Debug)]
struct Turn {
    /// The arrays it is making.
    names: Mutex<HashSet<String>>,
    _permit: OwnedSemaphorePermit,
}

/// An array that is being made.
#[derive(Debug)]
pub struct Draft {
    data: Arc<SharedData>,
    turn: Arc<Turn>,
    name: String,
    text: String,
    ends: Vec<usize>,
    /// What was reserved for it and is not yet part of a complete array.
    size: usize,
}

impl Draft {
    /// Adds elements at the end.
    ///
    /// # Errors
    ///
    /// There is no room for them.
    pub fn append(&mut self, elements: &[String]) -> Result<(), SharedDataError> {
        let texts: usize = elements.iter().map(String::len).sum();
        let bytes = texts + elements.len() * size_of::<usize>();
        self.reserve(bytes)?;
        for element in elements {
            self.text.push_str(element);
            self.ends.push(self.text.len());
        }
        Ok(())
    }

    fn reserve(&mut self, bytes: usize) -> Result<(), SharedDataError> {
        self.data.reserve(bytes)?;
        self.size += bytes;
        Ok(())
    }

    /// Makes it the array of its name.
    pub fn finish(mut self) -> Arc<SharedArray> {
        let text = std::mem::take(&mut self.text).into_boxed_str();
        let ends = std::mem::take(&mut self.ends).into_boxed_slice();
        let array = Arc::new(SharedArray { text, ends });
        self.data.arrays.lock().insert(self.name.clone(), array.clone());
        self.size = 0;
        array
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.turn.names.lock().remove(&self.name);
        *self.data.size.lock() -= self.size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(found: Result<Found, SharedDataError>) -> Draft {
        match found {
            Ok(Found::Missing(draft)) => draft,
            other => panic!("not missing: {other:?}"),
        }
    }

    fn texts(array: &SharedArray) -> Vec<&str> {
        (0..array.len()).filter_map(|index| array.get(index)).collect()
    }

    #[tokio::test]
    async fn elements_are_kept_in_order_in_one_text() {
        let data = Arc::new(SharedData::default());
        let mut maker = Maker::default();
        let mut draft = missing(data.find(&mut maker, "a").await);
        draft.append(&["1".to_owned(), String::new()]).unwrap();
        draft.append(&["\"é\"".to_owned()]).unwrap();
        let array = draft.finish();
        assert_eq!(texts(&array), ["1", "", "\"é\""]);
        assert_eq!(array.get(3), None);
        let Ok(Found::Complete(same)) = data.find(&mut maker, "a").await else { panic!("missing") };
        assert!(Arc::ptr_eq(&array, &same));
    }

    #[tokio::test]
    async fn the_first_makes_it_and_the_others_wait_for_it() {
        let data = Arc::new(SharedData::default());
        let mut draft = missing(data.find(&mut Maker::default(), "a").await);
        let others: Vec<_> = (0..4)
            .map(|_| {
                let data = data.clone();
                tokio::spawn(async move { data.find(&mut Maker::default(), "a").await })
            })
            .collect();
        // They run until they wait.
        tokio::task::yield_now().await;
        assert!(others.iter().all(|other| !other.is_finished()));
        draft.append(&["7".to_owned()]).unwrap();
        let array = draft.finish();
        for other in others {
            match other.await.unwrap() {
                Ok(Found::Complete(found)) => assert!(Arc::ptr_eq(&array, &found)),
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_draft_that_is_dropped_leaves_its_turn_its_name_and_its_room_to_the_next() {
        let data = Arc::new(SharedData::default());
        let mut draft = missing(data.find(&mut Maker::default(), "a").await);
        draft.append(&["123".to_owned()]).unwrap();
        assert!(*data.size.lock() > 0);
        drop(draft);
        assert_eq!(*data.size.lock(), 0);
        let draft = missing(data.find(&mut Maker::default(), "a").await);
        assert!(draft.finish().is_empty());
    }

    #[tokio::test]
    async fn a_maker_may_make_one_array_inside_of_another_but_not_of_itself() {
        let data = Arc::new(SharedData::default());
        let mut maker = Maker::default();
        let outer = missing(data.find(&mut maker, "outer").await);
        let inner = missing(data.find(&mut maker, "inner").await);
        let error = data.find(&mut maker, "outer").await.unwrap_err();
        assert_eq!(error.to_string(), "the SharedArray \"outer\" is made of itself");
        inner.finish();
        outer.finish();
        assert!(matches!(data.find(&mut maker, "inner").await, Ok(Found::Complete(_))));
    }

    #[tokio::test]
    async fn all_arrays_together_are_bounded() {
        let data = Arc::new(SharedData::default());
        let mut maker = Maker::default();
        missing(data.find(&mut maker, "a").await).finish();
        let mut draft = missing(data.find(&mut maker, "b").await);
        let left = MAX_SHARED_DATA - *data.size.lock();
        draft.reserve(left).unwrap();
        assert_eq!(draft.append(&["1".to_owned()]), Err(SharedDataError::Full));
        assert_eq!(data.find(&mut maker, "c").await.unwrap_err(), SharedDataError::Full);
        drop(draft);
        assert!(matches!(data.find(&mut maker, "c").await, Ok(Found::Missing(_))));
    }
}
