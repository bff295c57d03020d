//! Nobody can make the host hold more than its limits: not a peer that floods, not one that never
//! reads, and not a guest that sends to it.

use std::pin::pin;
use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::guest::{Guest, soon, text, until, waits};
use super::peer::{FIN, PING, TEXT, connected, frame};
use crate::bindings::events::{Event, WaitError};
use crate::bindings::types::ErrorCode;
use crate::limits::{Limits, MAX_QUEUED_FRAMES};

/// More than what the operating system buffers for one connection.
pub(super) const MUCH: usize = 64 << 20;

/// After this time without any event, a flood counts as stalled. If it were only slow, a test
/// would pass that should not have; it never fails for it.
const STALLED: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_flood_that_nobody_takes_fills_the_queue_and_no_more() {
    const SIZE: usize = 64 << 10;
    const COUNT: usize = MUCH / SIZE;
    let limit = 1 << 20;
    let mut guest = Guest::with_limits(Limits { queued_bytes: limit, ..Limits::default() });
    let (_socket, mut peer) = connected(&mut guest).await;
    let message = frame(FIN | TEXT, &[b'x'; SIZE]);
    let flood = tokio::spawn(async move {
        for _ in 0..COUNT {
            peer.0.write_all(&message).await.unwrap();
        }
        peer
    });
    until(|| guest.queue.waiting().0 >= limit).await;
    for _ in 0..COUNT {
        assert!(guest.queue.waiting().0 < limit + SIZE);
        assert_eq!(guest.text().await.len(), SIZE);
        // The flood goes on only as far as the queue lets it.
        tokio::task::yield_now().await;
    }
    soon(flood).await.unwrap();
}

#[tokio::test]
async fn small_messages_are_bounded_by_their_number() {
    let mut guest = Guest::with_limits(Limits { queued_events: 10, ..Limits::default() });
    let (_socket, mut peer) = connected(&mut guest).await;
    peer.write(&frame(FIN | TEXT, b"").repeat(1000)).await;
    until(|| guest.queue.waiting().1 == 10).await;
    for _ in 0..1000 {
        assert!(guest.queue.waiting().1 <= 10);
        assert_eq!(guest.text().await, "");
    }
    guest.nothing().await;
}

#[tokio::test]
async fn all_connections_go_on_when_there_is_room_again() {
    let mut guest = Guest::with_limits(Limits { queued_events: 8, ..Limits::default() });
    let mut connections = Vec::new();
    for _ in 0..20 {
        connections.push(connected(&mut guest).await);
    }
    for (_, peer) in &mut connections {
        peer.write(&frame(FIN | TEXT, b"x").repeat(50)).await;
    }
    let mut taken = 0;
    while taken < 20 * 50 {
        let events = soon(guest.queue.wait(3, None)).await.unwrap();
        assert!(guest.queue.waiting().1 <= 8);
        taken += events.len();
    }
    guest.nothing().await;
}

#[tokio::test]
async fn a_send_to_a_peer_that_does_not_read_waits_until_it_does() {
    let mut guest = Guest::new();
    let (socket, mut peer) = connected(&mut guest).await;
    {
        let mut sending = pin!(socket.send(vec![7; MUCH].into()));
        waits(sending.as_mut()).await;
        assert_eq!(socket.buffered_amount(), MUCH as u64);
        let (sent, (_, payload)) = tokio::join!(soon(sending), peer.receive());
        sent.unwrap();
        assert!(payload.len() == MUCH && payload.iter().all(|byte| *byte == 7));
    }
    assert_eq!(socket.buffered_amount(), 0);
}

#[tokio::test]
async fn a_send_that_waits_is_released_by_close_abort_and_the_peers_end() {
    for how in ["close", "abort", "end"] {
        let mut guest = Guest::new();
        let (socket, peer) = connected(&mut guest).await;
        let mut peer = Some(peer);
        let mut sending = pin!(socket.send(vec![0; MUCH].into()));
        waits(sending.as_mut()).await;
        match how {
            "close" => socket.close(Some(1000), "").unwrap(),
            "abort" => socket.abort(),
            _ => peer = None,
        }
        soon(sending).await.unwrap();
        if how == "close" {
            socket.abort();
        }
        assert_eq!(guest.closed().await.code, 1006, "{how}");
        guest.is_over(&socket).await;
        drop(peer);
    }
}

#[tokio::test]
async fn an_interrupted_guest_neither_waits_in_send_nor_sends_without_bound() {
    let mut guest = Guest::new();
    let (socket, _never_reads) = connected(&mut guest).await;
    {
        let mut sending = pin!(socket.send(vec![0; MUCH].into()));
        waits(sending.as_mut()).await;
        guest.ctx.interrupter().interrupt();
        soon(sending).await.unwrap();
    }
    let refused = soon(socket.send(text("more"))).await;
    assert!(matches!(refused, Err(ErrorCode::LimitReached(_))), "{refused:?}");
    let waited = soon(guest.queue.wait(1, None)).await;
    assert!(matches!(waited, Err(WaitError::Interrupted)), "{waited:?}");
}

#[tokio::test]
async fn empty_messages_and_pings_are_bounded_by_their_number() {
    let mut guest = Guest::with_limits(Limits {
        buffered_bytes: u64::MAX,
        all_buffered_bytes: u64::MAX,
        ..Limits::default()
    });
    let (socket, mut peer) = connected(&mut guest).await;
    // Without a wait between them, the connection's task does not run.
    for _ in 0..MAX_QUEUED_FRAMES {
        socket.ping(vec![]).unwrap();
    }
    assert!(matches!(socket.ping(vec![]), Err(ErrorCode::LimitReached(_))));
    {
        let mut sending = pin!(socket.send(text("")));
        waits(sending.as_mut()).await;
        soon(sending).await.unwrap();
    }
    for _ in 0..MAX_QUEUED_FRAMES {
        assert_eq!(peer.receive().await.0, FIN | PING);
    }
    assert_eq!(peer.receive().await.0, FIN | TEXT);
}

#[tokio::test]
async fn a_peer_that_pings_and_never_reads_is_not_read_for_ever() {
    const COUNT: usize = 400_000;
    let mut guest = Guest::new();
    let (_socket, mut peer) = connected(&mut guest).await;
    let pings = frame(FIN | PING, &[b'?'; 125]).repeat(100);
    let flood = tokio::spawn(async move {
        for _ in 0..COUNT / 100 {
            peer.0.write_all(&pings).await.unwrap();
        }
        peer
    });
    let mut taken = 0;
    loop {
        let events = guest.queue.wait(u32::MAX, Some(STALLED)).await.unwrap();
        if events.is_empty() {
            break;
        }
        assert!(events.iter().all(|event| matches!(event, Event::Ping(_))));
        taken += events.len();
    }
    assert!(taken < COUNT && !flood.is_finished(), "{taken} pings were read");
    flood.abort();
}
