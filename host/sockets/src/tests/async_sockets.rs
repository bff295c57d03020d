//! `async-sockets`: sends of which several wait at a time.

use std::pin::pin;

use super::backpressure::MUCH;
use super::guest::{Guest, soon, waits};
use super::peer::connected;
use crate::bindings::types::ErrorCode;
use crate::limits::Limits;

#[tokio::test]
async fn a_peer_that_does_not_read_holds_up_who_sends_to_it_alone() {
    let limits = Limits { all_buffered_bytes: 2 * MUCH as u64, ..Limits::default() };
    let mut guest = Guest::with_limits(limits);
    let (held_up, mut slow) = connected(&mut guest).await;
    let (free, mut quick) = connected(&mut guest).await;
    let mut sending = pin!(held_up.send_beside(vec![7; MUCH].into()));
    let mut behind = pin!(held_up.send_beside(vec![8; 1].into()));
    waits(sending.as_mut()).await;
    waits(behind.as_mut()).await;
    let (sent, (_, payload)) = tokio::join!(free.send_beside("hello".into()), quick.receive());
    sent.unwrap();
    assert_eq!(payload, b"hello");
    let (sent, (_, payload)) = tokio::join!(soon(sending), slow.receive());
    sent.unwrap();
    assert_eq!(payload.len(), MUCH);
    let (sent, (_, payload)) = tokio::join!(soon(behind), slow.receive());
    sent.unwrap();
    assert_eq!(payload, [8]);
    assert!(!guest.ctx.shared.is_buffer_awaited());
}

#[tokio::test]
async fn what_all_sockets_may_buffer_is_given_to_who_waits_for_it() {
    let limits = Limits { all_buffered_bytes: MUCH as u64, ..Limits::default() };
    let mut guest = Guest::with_limits(limits);
    let (first, mut slow) = connected(&mut guest).await;
    let (second, mut quick) = connected(&mut guest).await;
    let mut sending = pin!(first.send_beside(vec![7; MUCH].into()));
    let mut waiting = pin!(second.send_beside("hello".into()));
    waits(sending.as_mut()).await;
    waits(waiting.as_mut()).await;
    let (sent, waited, (_, payload), (_, hello)) =
        tokio::join!(soon(sending), soon(waiting), slow.receive(), quick.receive());
    sent.unwrap();
    waited.unwrap();
    assert_eq!((payload.len(), hello.as_slice()), (MUCH, b"hello".as_slice()));
}

#[tokio::test]
async fn sends_that_wait_end_with_the_connection_or_the_interruption() {
    for how in ["abort", "interrupt"] {
        let mut guest = Guest::new();
        let (socket, _peer) = connected(&mut guest).await;
        let mut sending = pin!(socket.send_beside(vec![0; MUCH].into()));
        let mut behind = pin!(socket.send_beside(vec![1].into()));
        waits(sending.as_mut()).await;
        waits(behind.as_mut()).await;
        match how {
            "abort" => socket.abort(),
            _ => guest.ctx.interrupter().interrupt(),
        }
        soon(sending).await.unwrap();
        let refused = soon(behind).await.unwrap_err();
        assert!(matches!(refused, ErrorCode::InvalidState | ErrorCode::LimitReached(_)), "{how}");
    }
}
