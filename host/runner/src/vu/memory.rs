//! How much memory a guest may have.

use std::sync::Arc;

use wasmtime::{ResourceLimiter, Result};

use crate::limits::{Stopped, Stops};

/// The elements of a table: some eighty times as many as the engine of scripts has, and half a megabyte.
const TABLE_ELEMENTS: usize = 65_536;

/// Core instances of a component. One made by wit-bindgen has up to three: the guest, and two that wire it. Those
/// of dynamically linked languages have one for each library: Python's has fourteen.
const CORE_INSTANCES: usize = 64;

/// Memories of a component: what [`Memory`] bounds is one.
const MEMORIES: usize = 1;

/// Tables of a component. One made by wit-bindgen has three.
const TABLES: usize = 8;

/// Refuses a guest what is beyond its memory, which it may survive.
pub(super) struct Memory {
    most: usize,
    short: bool,
    stops: Arc<Stops>,
}

impl Memory {
    pub(super) fn new(most: usize, stops: Arc<Stops>) -> Self {
        Self { most, short: false, stops }
    }

    /// A call into the guest begins.
    pub(super) fn begin(&mut self) {
        self.short = false;
    }

    /// Whether the guest has asked for more than it may have.
    pub(super) fn was_short(&self) -> bool {
        self.short
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        if desired > self.most && !std::mem::replace(&mut self.short, true) {
            self.stops.count(Stopped::Memory);
        }
        Ok(desired <= self.most && maximum.is_none_or(|maximum| desired <= maximum))
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        let most = maximum.map_or(TABLE_ELEMENTS, |maximum| maximum.min(TABLE_ELEMENTS));
        Ok(desired <= most)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }

    fn tables(&self) -> usize {
        TABLES
    }
}
