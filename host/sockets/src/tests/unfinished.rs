//! Messages whose end does not come: what all sockets of a guest hold of them is bounded.

use std::sync::atomic::Ordering;

use super::guest::{Guest, until};
use super::peer::{BINARY, CONTINUATION, FIN, PING, connected, frame};
use crate::bindings::events::Event;
use crate::bindings::types::ErrorCode;
use crate::limits::Limits;

/// What the guest of a test may hold.
const LIMIT: u64 = 1 << 20;

/// A fragment that fits in twice, and no third time.
const FRAGMENT: usize = 400_000;

fn guest() -> Guest {
    Guest::with_limits(Limits { unfinished_bytes: LIMIT, ..Limits::default() })
}

fn held(guest: &Guest) -> u64 {
    guest.ctx.shared.unfinished.load(Ordering::Relaxed)
}

#[tokio::test]
async fn sockets_share_what_incomplete_messages_may_take() {
    let mut guest = guest();
    let (first, mut one) = connected(&mut guest).await;
    let (second, mut other) = connected(&mut guest).await;
    let fragment = frame(BINARY, &[0; FRAGMENT]);
    one.write(&fragment).await;
    other.write(&fragment).await;
    until(|| held(&guest) > 2 * FRAGMENT as u64).await;
    // The rest of a frame whose head has come counts as it comes.
    let second_fragment = frame(CONTINUATION, &[0; FRAGMENT]);
    one.write(&second_fragment[..FRAGMENT - 1]).await;
    let closed = guest.closed().await;
    assert_eq!((closed.socket, closed.code), (first.id(), 1006));
    let code = closed.failure.unwrap().code;
    let ErrorCode::LimitReached(text) = code else { panic!("{code:?}") };
    assert_eq!(text, "the limit of 1048576 bytes in incomplete messages is reached");
    assert_eq!(one.close_code().await, 1009);
    // What the other holds is its own.
    until(|| held(&guest) < LIMIT / 2).await;
    other.write(&frame(FIN | CONTINUATION, b"end")).await;
    let Event::Binary(message) = guest.event().await else { panic!("no message") };
    assert_eq!((message.socket, message.data.len()), (second.id(), FRAGMENT + 3));
    until(|| held(&guest) == 0).await;
}

#[tokio::test]
async fn pings_between_fragments_and_messages_are_not_counted() {
    let mut guest = guest();
    let (_socket, mut peer) = connected(&mut guest).await;
    let ping = frame(FIN | PING, &[7; 125]);
    peer.write(&frame(BINARY, &[0; 1000])).await;
    let mut pings = 0;
    for _ in 0..20 {
        peer.write(&ping).await;
        assert!(matches!(guest.event().await, Event::Ping(_)));
        pings += ping.len() as u64;
    }
    until(|| held(&guest) > 0).await;
    assert!(held(&guest) <= 1000 + 4 + ping.len() as u64, "{} of {pings}", held(&guest));
    peer.write(&frame(FIN | CONTINUATION, b"")).await;
    assert!(matches!(guest.event().await, Event::Binary(_)));
    until(|| held(&guest) == 0).await;
}

#[tokio::test]
async fn who_leaves_or_is_left_gives_back_what_it_held() {
    for leaves in [true, false] {
        let mut guest = guest();
        let (socket, mut peer) = connected(&mut guest).await;
        peer.write(&frame(BINARY, &[0; FRAGMENT])[..FRAGMENT / 2]).await;
        until(|| held(&guest) > 0).await;
        if leaves {
            drop(socket);
        } else {
            drop(peer);
            assert_eq!(guest.closed().await.code, 1006);
        }
        until(|| held(&guest) == 0).await;
    }
}
