//! `wasock:websocket/events`.

use std::time::Duration;

use wasmtime::component::Resource;
use wasmtime::{Result, bail};

use crate::bindings::events::{self, Event, WaitError};
use crate::bound::Bound;
use crate::ctx::SocketsCtxView;
use crate::queue::EventQueue;

impl events::Host for SocketsCtxView<'_> {}

impl events::HostEventQueue for SocketsCtxView<'_> {
    fn new(&mut self) -> Result<Resource<EventQueue>> {
        let limit = self.ctx.shared.limits.queues;
        if self.ctx.queues >= limit {
            bail!(
                "{}",
                self.ctx.shared.refusal(Bound::Queues, format_args!("{limit} event queues"))
            );
        }
        let queue = self.table.push(EventQueue::new(&self.ctx.shared))?;
        self.ctx.queues += 1;
        Ok(queue)
    }

    async fn wait(
        &mut self,
        queue: Resource<EventQueue>,
        max: u32,
        timeout: Option<u64>,
    ) -> Result<std::result::Result<Vec<Event>, WaitError>> {
        let queue = self.table.get(&queue)?.clone();
        Ok(queue.wait(max, timeout.map(Duration::from_nanos)).await)
    }

    fn drop(&mut self, queue: Resource<EventQueue>) -> Result<()> {
        self.table.delete(queue)?.close();
        self.ctx.queues -= 1;
        Ok(())
    }
}
