//! `wasock:websocket/sockets`.

use tokio_tungstenite::tungstenite::Message;
use wasmtime::Result;
use wasmtime::component::Resource;

use crate::bindings::sockets::{self, ConnectOptions, State};
use crate::ctx::{SocketsCtxView, next_id};
use crate::error::SocketResult;
use crate::queue::EventQueue;
use crate::socket::Socket;

impl sockets::Host for SocketsCtxView<'_> {}

impl sockets::HostSocket for SocketsCtxView<'_> {
    fn new(&mut self, queue: Resource<EventQueue>) -> Result<Resource<Socket>> {
        let queue = self.table.get(&queue)?.clone();
        let id = next_id(&mut self.ctx.last_socket)?;
        let socket = Socket::new(id, queue, self.ctx.shared.clone());
        Ok(self.table.push(socket)?)
    }

    fn id(&mut self, socket: Resource<Socket>) -> Result<u32> {
        Ok(self.table.get(&socket)?.id())
    }

    fn state(&mut self, socket: Resource<Socket>) -> Result<State> {
        Ok(self.table.get(&socket)?.state())
    }

    fn connect(
        &mut self,
        socket: Resource<Socket>,
        url: String,
        options: ConnectOptions,
    ) -> SocketResult<()> {
        Ok(self.table.get_mut(&socket)?.connect(url, options)?)
    }

    async fn send_text(&mut self, socket: Resource<Socket>, data: String) -> SocketResult<()> {
        Ok(self.table.get(&socket)?.send(Message::Text(data.into())).await?)
    }

    async fn send_binary(&mut self, socket: Resource<Socket>, data: Vec<u8>) -> SocketResult<()> {
        Ok(self.table.get(&socket)?.send(Message::Binary(data.into())).await?)
    }

    fn ping(&mut self, socket: Resource<Socket>, payload: Vec<u8>) -> SocketResult<()> {
        Ok(self.table.get(&socket)?.ping(payload)?)
    }

    fn close(
        &mut self,
        socket: Resource<Socket>,
        code: Option<u16>,
        reason: String,
    ) -> SocketResult<()> {
        Ok(self.table.get(&socket)?.close(code, &reason)?)
    }

    fn abort(&mut self, socket: Resource<Socket>) -> Result<()> {
        self.table.get(&socket)?.abort();
        Ok(())
    }

    fn skip(&mut self, socket: Resource<Socket>, messages: u32) -> Result<()> {
        self.table.get(&socket)?.skip(messages);
        Ok(())
    }

    fn buffered_amount(&mut self, socket: Resource<Socket>) -> Result<u64> {
        Ok(self.table.get(&socket)?.buffered_amount())
    }

    fn drop(&mut self, socket: Resource<Socket>) -> Result<()> {
        self.table.delete(socket)?;
        Ok(())
    }
}
