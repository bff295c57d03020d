//! A WebSocket server to run test scripts against.
//!
//! It echoes, it hosts the chat rooms that the well-known CrocoChat scripts expect, and it can end
//! a connection in every way that a client has to cope with. It speaks `ws:` and, with a
//! certificate that it makes for itself, `wss:`. Below `/http/` it answers requests, for tests that log in
//! or poll before they connect.
//!
//! ```
//! use wasock_server::{Server, ServerConfig};
//!
//! # tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
//! let server = Server::start(ServerConfig::default()).await?;
//! let address = server.address().expect("the default has a plain port");
//! println!("ws://{address}/echo");
//! server.shutdown().await;
//! # Ok::<(), wasock_server::ServerError>(())
//! # }).expect("port 0 is always free");
//! ```
//!
//! A `GET /` over plain HTTP lists the endpoints; [`ENDPOINTS`] is the same list.

mod config;
mod connection;
mod crocochat;
mod deflate;
mod echo;
mod endings;
mod error;
mod fault;
mod http;
mod listener;
mod misdeeds;
mod query;
mod room;
mod routes;
mod server;
mod shutdown;
mod statistics;
mod stream;
mod tls;
mod tls_report;
mod web;

pub use config::{
    DEFAULT_CLOSE_TIME, DEFAULT_CONNECTIONS, DEFAULT_HANDSHAKE_TIME, DEFAULT_HEAD_SIZE,
    DEFAULT_MEMBER_QUEUE, DEFAULT_MESSAGE_SIZE, DEFAULT_SHUTDOWN_TIME, Limits, ServerConfig,
};
pub use error::ServerError;
pub use routes::ENDPOINTS;
pub use server::Server;
pub use statistics::Statistics;
