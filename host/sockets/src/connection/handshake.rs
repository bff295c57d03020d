//! The opening handshake, from the client's side (RFC 6455, sections 4.1 and 4.2.2).
//!
//! It is written here rather than taken from the WebSocket library because a test tool needs all of
//! it: the answer of a server that refuses, headers as they were sent, and no opinion on which
//! subprotocol a server may choose.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::exchange::{EXTENSIONS, find, parse_head, request, verify, wanted_body};
use super::extension::Agreement;
use super::{Reason, Refused, Target};
use crate::bindings::types::{ErrorCode, Handshake};
use crate::connection::dial::io_error;
use crate::limits::{MAX_HANDSHAKE_HEAD, REFUSAL_BODY_WAIT};

/// How much one read may bring, in bytes: most answers to an opening handshake, and no more than the task keeps on
/// its stack.
const CHUNK: usize = 2048;

/// A completed opening handshake.
pub(super) struct Agreed {
    pub(super) handshake: Handshake,
    /// The compression of messages.
    pub(super) deflate: Option<Agreement>,
    /// What the server sent right behind its answer.
    pub(super) read_ahead: Vec<u8>,
}

/// Asks the server for a WebSocket and reads its answer.
pub(super) async fn shake_hands<S>(stream: &mut S, target: &Target) -> Result<Agreed, Refused>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let key = generate_key();
    let request = request(target, &key);
    let written = async {
        stream.write_all(request.as_bytes()).await?;
        stream.flush().await
    };
    written.await.map_err(|error| io_error(&error))?;
    let (head, rest) = read_head(stream).await?;
    let mut handshake = parse_head(&head)?;
    match verify(&handshake, &derive_accept_key(key.as_bytes()), target) {
        Ok(deflate) => {
            handshake.protocol = find(&handshake.headers, "Sec-WebSocket-Protocol");
            handshake.extensions = find(&handshake.headers, EXTENSIONS);
            Ok(Agreed { handshake, deflate, read_ahead: rest })
        }
        Err(reason) => {
            handshake.body = read_body(stream, &handshake, rest).await;
            let code = ErrorCode::BadHandshake(reason);
            Err(Refused { reason: Reason::Failed(code), handshake: Some(Box::new(handshake)) })
        }
    }
}

/// Reads until the empty line; returns what came before and after it.
pub(super) async fn read_head<S: AsyncRead + Unpin>(
    stream: &mut S,
) -> Result<(Vec<u8>, Vec<u8>), Refused> {
    let mut bytes = Vec::with_capacity(CHUNK);
    loop {
        // The empty line may straddle two reads.
        let searched = bytes.len().saturating_sub(3);
        let read = stream.read_buf(&mut bytes).await.map_err(|error| io_error(&error))?;
        if read == 0 {
            return Err(ErrorCode::UnexpectedEnd.into());
        }
        if let Some(end) = bytes[searched..].windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = bytes.split_off(searched + end + 4);
            return Ok((bytes, rest));
        }
        if bytes.len() > MAX_HANDSHAKE_HEAD {
            let text = format!(
                "the answer to the opening handshake is longer than {MAX_HANDSHAKE_HEAD} bytes, \
                 which is the most"
            );
            return Err(ErrorCode::LimitReached(text).into());
        }
        bytes.reserve(CHUNK);
    }
}

/// The beginning of a refusal's body, as far as it comes soon.
async fn read_body<S: AsyncRead + Unpin>(
    stream: &mut S,
    handshake: &Handshake,
    mut body: Vec<u8>,
) -> Vec<u8> {
    let wanted = wanted_body(handshake);
    let reading = async {
        while body.len() < wanted {
            match stream.read_buf(&mut body).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
    };
    // Too late or broken: what came is what there is.
    let _ = tokio::time::timeout(REFUSAL_BODY_WAIT, reading).await;
    body.truncate(wanted);
    body
}
