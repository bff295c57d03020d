//! `wasock:websocket/async-sockets`.

use tokio_tungstenite::tungstenite::Message;
use wasmtime::Result;
use wasmtime::component::{Accessor, Resource};

use super::WasockSockets;
use crate::bindings::async_sockets;
use crate::bindings::types::ErrorCode;
use crate::ctx::SocketsCtxView;
use crate::socket::Socket;

impl async_sockets::Host for SocketsCtxView<'_> {}

impl<T: Send> async_sockets::HostWithStore<T> for WasockSockets {
    async fn send_text(
        store: &Accessor<T, Self>,
        socket: Resource<Socket>,
        data: String,
    ) -> Result<std::result::Result<(), ErrorCode>> {
        send(store, &socket, Message::Text(data.into())).await
    }

    async fn send_binary(
        store: &Accessor<T, Self>,
        socket: Resource<Socket>,
        data: Vec<u8>,
    ) -> Result<std::result::Result<(), ErrorCode>> {
        send(store, &socket, Message::Binary(data.into())).await
    }
}

async fn send<T: Send>(
    store: &Accessor<T, WasockSockets>,
    socket: &Resource<Socket>,
    message: Message,
) -> Result<std::result::Result<(), ErrorCode>> {
    let sending = store
        .with(|mut view| view.get().table.get(socket).map(|socket| socket.send_beside(message)))?;
    Ok(sending.await)
}
