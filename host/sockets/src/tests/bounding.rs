//! What a guest comes to: bounds that all of its sockets share, and who is told of them.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::guest::{Guest, options, server, soon, text, until, waits};
use super::peer::Listener;
use crate::bindings::types::ErrorCode;
use crate::limits::{DEFAULT_QUEUED_EVENTS, Limits, MAX_HANDSHAKE_REQUEST, MAX_UNTAKEN_EVENTS};
use crate::{AllowAll, Bound, BoundObserver, DenyAll, SocketsCtx};

/// Writes down the bounds that are reached.
#[derive(Default)]
struct Reached(Mutex<Vec<Bound>>);

impl BoundObserver for Reached {
    fn reached(&self, bound: Bound) {
        self.0.lock().push(bound);
    }

    fn advice(&self, bound: Bound) -> Option<String> {
        (bound == Bound::Sockets).then(|| "ask for more".to_owned())
    }
}

fn watched(limits: Limits) -> (Guest, Arc<Reached>) {
    let reached = Arc::new(Reached::default());
    let builder = SocketsCtx::builder().network(Arc::new(AllowAll)).limits(limits);
    (Guest::build(builder.bound_observer(reached.clone())), reached)
}

fn limit(result: Result<(), ErrorCode>) -> String {
    match result {
        Err(ErrorCode::LimitReached(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_says_what_the_limit_is_and_how_to_raise_it() {
    let (mut guest, reached) = watched(Limits { sockets: 0, ..Limits::default() });
    let refused = guest.socket().connect("ws://localhost/".to_owned(), options());
    assert_eq!(limit(refused), "the limit of 0 open sockets is reached; ask for more");
    assert_eq!(*reached.0.lock(), [Bound::Sockets]);
}

#[tokio::test]
async fn what_is_denied_is_told() {
    let reached = Arc::new(Reached::default());
    let builder = SocketsCtx::builder().network(Arc::new(DenyAll));
    let mut guest = Guest::build(builder.bound_observer(reached.clone()));
    let mut socket = guest.socket();
    socket.connect("ws://127.0.0.1/".to_owned(), options()).unwrap();
    assert!(matches!(guest.failed().await.failure.code, ErrorCode::AccessDenied(_)));
    assert_eq!(*reached.0.lock(), [Bound::Network]);
}

#[tokio::test]
async fn sockets_share_what_may_wait_to_be_sent() {
    let (mut guest, _) = watched(Limits { all_buffered_bytes: 1 << 20, ..Limits::default() });
    let (listener, other) = (Listener::bind().await, Listener::bind().await);
    let url = listener.url();
    let (first, _never_reads) = tokio::join!(guest.open_with(&url, options()), listener.upgrade());
    let url = other.url();
    let (second, mut reads) = tokio::join!(guest.open_with(&url, options()), other.upgrade());
    {
        let mut much = pin!(first.send(vec![0; 64 << 20].into()));
        waits(much.as_mut()).await;
        let mut little = pin!(second.send(text("little")));
        waits(little.as_mut()).await;
        first.abort();
        soon(little).await.unwrap();
    }
    assert_eq!(reads.receive().await.1, b"little");
    drop((first, second));
    until(|| guest.ctx.shared.buffered.load(Ordering::Acquire) == 0).await;
}

#[tokio::test]
async fn who_takes_no_events_gets_nothing_that_makes_more_of_them() {
    let (_server, address) = server().await;
    let (mut guest, reached) = watched(Limits::default());
    let gone = Arc::new(AtomicBool::new(false));
    for operation in 0..DEFAULT_QUEUED_EVENTS + MAX_UNTAKEN_EVENTS {
        guest.queue.complete(operation as u32, gone.clone());
    }
    let url = format!("ws://{address}/echo");
    let text = limit(guest.socket().connect(url.clone(), options()));
    assert!(text.contains("81920 events"), "{text}");
    assert_eq!(*reached.0.lock(), [Bound::Events]);
    // What reaches nobody makes room.
    gone.store(true, Ordering::Release);
    guest.open(&url).await;
}

#[tokio::test]
async fn a_handshake_has_a_longest_request() {
    let (mut guest, _) = watched(Limits::default());
    let url = format!("ws://localhost/{}", "x".repeat(MAX_HANDSHAKE_REQUEST));
    assert!(limit(guest.socket().connect(url, options())).contains("262144"));
}

#[tokio::test]
async fn a_guest_with_a_bandwidth_gets_all_that_is_sent_to_it() {
    const SIZE: usize = 256 << 10;
    let (_server, address) = server().await;
    let (mut guest, reached) = watched(Limits { bandwidth: Some(2 << 20), ..Limits::default() });
    let socket = guest.open(&format!("ws://{address}/echo")).await;
    let sent: String = (0..SIZE).map(|place| char::from(b'a' + (place % 26) as u8)).collect();
    socket.send(text(&sent)).await.unwrap();
    assert!(guest.text().await == sent);
    let reached = reached.0.lock();
    assert!(!reached.is_empty() && reached.iter().all(|bound| *bound == Bound::Bandwidth));
}
