//! `wasock:websocket/async-events`.

use std::time::Duration;

use wasmtime::Result;
use wasmtime::component::{Accessor, Resource};

use super::WasockSockets;
use crate::bindings::async_events;
use crate::bindings::events::{Event, WaitError};
use crate::ctx::SocketsCtxView;
use crate::queue::EventQueue;

impl async_events::Host for SocketsCtxView<'_> {}

impl<T: Send> async_events::HostWithStore<T> for WasockSockets {
    async fn wait(
        store: &Accessor<T, Self>,
        queue: Resource<EventQueue>,
        max: u32,
        timeout: Option<u64>,
    ) -> Result<std::result::Result<Vec<Event>, WaitError>> {
        let queue = store.with(|mut view| view.get().table.get(&queue).cloned())?;
        Ok(queue.wait_beside(max, timeout.map(Duration::from_nanos)).await)
    }
}
