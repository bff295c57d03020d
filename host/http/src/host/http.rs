//! `wasock:websocket/http`.

use std::result::Result as StdResult;

use wasmtime::component::Resource;
use wasmtime::{Result, bail};
use wasock_sockets::EventQueue;
use wasock_sockets::bindings::events::WaitError;
use wasock_sockets::bindings::types::ErrorCode;

use crate::CookieJar;
use crate::bindings::http::{Host, HostRequest, Outcome, RequestOptions};
use crate::ctx::HttpCtxView;
use crate::request::{Request, wait};

impl Host for HttpCtxView<'_> {
    async fn wait(
        &mut self,
        requests: Vec<Resource<Request>>,
    ) -> Result<StdResult<Vec<u32>, WaitError>> {
        if requests.is_empty() {
            bail!("the guest waits for no request at all");
        }
        let mut flights = Vec::with_capacity(requests.len());
        for request in &requests {
            let Some(flight) = self.table.get(request)?.started() else {
                bail!("the guest waits for a request that it never started");
            };
            flights.push(flight);
        }
        let shared = self.ctx.shared.clone();
        Ok(wait(&shared, &flights).await)
    }
}

impl HostRequest for HttpCtxView<'_> {
    fn new(&mut self, queue: Option<Resource<EventQueue>>) -> Result<Resource<Request>> {
        let queue = match queue {
            Some(queue) => Some(self.table.get(&queue)?.clone()),
            None => None,
        };
        let id = self.sockets.next_operation()?;
        Ok(self.table.push(Request::new(id, queue, self.ctx.shared.clone()))?)
    }

    fn id(&mut self, request: Resource<Request>) -> Result<u32> {
        Ok(self.table.get(&request)?.id())
    }

    fn start(
        &mut self,
        request: Resource<Request>,
        method: String,
        url: String,
        options: RequestOptions,
        jar: Option<Resource<CookieJar>>,
    ) -> Result<StdResult<(), ErrorCode>> {
        let jar = match jar {
            Some(jar) => Some(self.table.get(&jar)?.clone()),
            None => None,
        };
        Ok(self.table.get_mut(&request)?.start(&method, url, options, jar))
    }

    fn take(&mut self, request: Resource<Request>) -> Result<Option<Outcome>> {
        Ok(self.table.get(&request)?.take())
    }

    fn drop(&mut self, request: Resource<Request>) -> Result<()> {
        self.table.delete(request)?;
        Ok(())
    }
}
