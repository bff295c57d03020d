//! `wasock:websocket/timers`.

use std::time::Duration;

use wasmtime::component::Resource;
use wasmtime::{Result, bail};

use crate::bindings::timers;
use crate::bound::Bound;
use crate::clock;
use crate::ctx::{SocketsCtxView, next_id};
use crate::queue::EventQueue;
use crate::timer::Timer;

impl timers::Host for SocketsCtxView<'_> {
    fn now(&mut self) -> Result<u64> {
        Ok(clock::now())
    }
}

impl timers::HostTimer for SocketsCtxView<'_> {
    fn new(
        &mut self,
        queue: Resource<EventQueue>,
        first: u64,
        period: Option<u64>,
    ) -> Result<Resource<Timer>> {
        let limit = self.ctx.shared.limits.timers;
        if self.ctx.timers >= limit {
            bail!("{}", self.ctx.shared.refusal(Bound::Timers, format_args!("{limit} timers")));
        }
        let queue = self.table.get(&queue)?.clone();
        queue.check_untaken().map_err(wasmtime::Error::msg)?;
        let id = next_id(&mut self.ctx.last_timer)?;
        let period = period.map(Duration::from_nanos);
        let timer = Timer::start(id, queue, Duration::from_nanos(first), period);
        let timer = self.table.push(timer)?;
        self.ctx.timers += 1;
        Ok(timer)
    }

    fn id(&mut self, timer: Resource<Timer>) -> Result<u32> {
        Ok(self.table.get(&timer)?.id)
    }

    fn drop(&mut self, timer: Resource<Timer>) -> Result<()> {
        self.table.delete(timer)?;
        self.ctx.timers -= 1;
        Ok(())
    }
}
