//! `/deflate` and `/bomb`: endpoints with permessage-deflate (RFC 7692).

use std::iter::repeat_n;

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::handshake::server::Request;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_EXTENSIONS;
use yawc::{Frame, OpCode, Options, Role, WebSocket};

use crate::connection::Connection;
use crate::http;
use crate::query::Query;

/// The extension.
const NAME: &str = "permessage-deflate";

/// What is answered to an offer when the request names nothing else: the terms that every client of
/// this extension can keep.
const TERMS: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// What a compressed connection does.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Deflate {
    /// The value of `Sec-WebSocket-Extensions` in the answer; none to decline the offer.
    pub(crate) answer: Option<String>,
    /// Send this many zeros in one message instead of echoing.
    pub(crate) bomb: Option<usize>,
}

impl Deflate {
    /// Reads a request: the parameter `answer` is answered as it is, whatever the client offered.
    pub(crate) fn new(request: &Request, query: &Query, bomb: Option<usize>) -> Self {
        let offered = http::listed(request.headers(), SEC_WEBSOCKET_EXTENSIONS)
            .any(|offer| offer.split(';').next().is_some_and(|name| name.trim() == NAME));
        let answer = match query.text("answer") {
            Some(answer) => Some(answer.to_owned()).filter(|answer| !answer.is_empty()),
            None => offered.then(|| TERMS.to_owned()),
        };
        Self { answer, bomb }
    }
}

/// Echoes, or sends the bomb, compressed as the answer says, until the client is done or the server
/// stops.
pub(crate) async fn serve(connection: &mut Connection, deflate: Deflate, message_size: usize) {
    let options = Options::default()
        .with_balanced_compression()
        // The library's compressor does not come back from a message without bytes.
        .with_compression_threshold(1)
        .with_max_payload_read(message_size)
        .with_utf8();
    let (stream, shutdown) = connection.abandon();
    let extensions = deflate.answer.as_deref();
    let socket = WebSocket::from_stream_with_extensions(stream, Role::Server, extensions, options);
    let Ok(mut socket) = socket else { return };
    let serving = async {
        if let Some(size) = deflate.bomb {
            let zeros: Vec<u8> = repeat_n(0, size).collect();
            socket.send(Frame::binary(zeros)).await?;
        }
        while let Some(frame) = socket.next().await {
            match frame.opcode() {
                OpCode::Text | OpCode::Binary => socket.send(frame).await?,
                // The library answers pings and close frames.
                OpCode::Ping | OpCode::Pong | OpCode::Continuation | OpCode::Close => {}
            }
        }
        yawc::Result::Ok(())
    };
    tokio::select! {
        outcome = serving => tracing::trace!(?outcome, "a compressed connection is done"),
        () = shutdown.asked() => {}
    }
}
