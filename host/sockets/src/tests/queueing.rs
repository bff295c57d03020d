//! The queue itself: how long a wait lasts, and what ends it.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use super::guest::{Guest, options, server, soon, text, waits};
use super::peer::{FIN, Listener, TEXT, frame};
use crate::bindings::events::{Event, WaitError};
use crate::{SocketsCtx, Timer};

const SECOND: Duration = Duration::from_secs(1);

fn ids(events: &[Event]) -> Vec<u32> {
    let id = |event: &Event| match event {
        Event::Timer(fired) => fired.timer,
        other => panic!("not a timer: {other:?}"),
    };
    events.iter().map(id).collect()
}

#[tokio::test(start_paused = true)]
async fn a_wait_returns_as_soon_as_something_has_happened() {
    let guest = Guest::new();
    let started = Instant::now();
    let _timer = Timer::start(1, guest.queue.clone(), SECOND, None);
    assert_eq!(ids(&guest.queue.wait(10, Some(60 * SECOND)).await.unwrap()), [1]);
    assert!(started.elapsed() < 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_wait_without_events_lasts_for_its_timeout() {
    let guest = Guest::new();
    let started = Instant::now();
    assert!(guest.queue.wait(10, Some(SECOND)).await.unwrap().is_empty());
    assert!(started.elapsed() >= SECOND);
    let started = Instant::now();
    assert!(guest.queue.wait(10, Some(Duration::ZERO)).await.unwrap().is_empty());
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_nothing_sleeps_although_events_are_there() {
    let guest = Guest::new();
    let _timer = Timer::start(1, guest.queue.clone(), Duration::ZERO, None);
    let started = Instant::now();
    assert!(guest.queue.wait(0, Some(SECOND)).await.unwrap().is_empty());
    assert!(started.elapsed() >= SECOND);
    assert_eq!(ids(&guest.queue.wait(1, Some(Duration::ZERO)).await.unwrap()), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_takes_at_most_max_in_the_order_in_which_they_happened() {
    let guest = Guest::new();
    let timer =
        |id| Timer::start(id, guest.queue.clone(), id * 10 * Duration::from_millis(1), None);
    let _timers: Vec<Timer> = [3, 1, 5, 4, 2].map(timer).into();
    assert!(guest.queue.wait(0, Some(SECOND)).await.unwrap().is_empty());
    assert_eq!(ids(&guest.queue.wait(2, None).await.unwrap()), [1, 2]);
    assert_eq!(ids(&guest.queue.wait(10, None).await.unwrap()), [3, 4, 5]);
}

#[tokio::test]
async fn an_interruption_ends_a_wait_and_all_that_follow() {
    let guest = Guest::new();
    let interrupter = guest.ctx.interrupter();
    for max in [1, 0] {
        let mut waiting = pin!(guest.queue.wait(max, None));
        if !interrupter.is_interrupted() {
            waits(waiting.as_mut()).await;
            interrupter.interrupt();
        }
        assert!(matches!(soon(waiting).await, Err(WaitError::Interrupted)));
    }
    for timeout in [Duration::ZERO, 60 * SECOND, Duration::from_nanos(u64::MAX)] {
        let waited = soon(guest.queue.wait(1, Some(timeout))).await;
        assert!(matches!(waited, Err(WaitError::Interrupted)));
    }
    soon(interrupter.interrupted()).await;
}

#[tokio::test]
async fn who_watches_for_an_interruption_is_woken() {
    let guest = Guest::new();
    let interrupter = guest.ctx.interrupter();
    let mut watching = pin!(interrupter.interrupted());
    waits(watching.as_mut()).await;
    guest.ctx.interrupter().interrupt();
    soon(watching).await;
}

#[tokio::test]
async fn a_guest_that_looks_again_and_again_does_not_starve_its_connections() {
    const LOOKS: usize = 10_000_000;
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    socket.connect(format!("ws://{address}/echo"), options()).unwrap();
    for _ in 0..LOOKS {
        let events = guest.queue.wait(1, Some(Duration::ZERO)).await.unwrap();
        if let [Event::Opened(_)] = events[..] {
            return;
        }
    }
    panic!("the connection had no turn");
}

#[tokio::test]
async fn sockets_of_a_dropped_queue_go_on_unheard() {
    const MESSAGES: usize = 1000;
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let url = listener.url();
    let (socket, mut peer) = tokio::join!(guest.open(&url), listener.upgrade());
    let timer = Timer::start(1, guest.queue.clone(), Duration::ZERO, Some(SECOND));
    let flood = frame(FIN | TEXT, &[b'x'; 64 << 10]);
    let flooding = tokio::spawn(async move {
        for _ in 0..MESSAGES {
            peer.0.write_all(&flood).await.unwrap();
        }
        peer
    });
    super::guest::until(|| guest.queue.waiting().0 >= 1 << 20).await;
    guest.queue.close();
    assert_eq!(guest.queue.waiting(), (0, 0));
    let mut peer = soon(flooding).await.unwrap();
    soon(socket.send(text("still open"))).await.unwrap();
    assert_eq!(peer.receive().await.1, b"still open");
    assert_eq!(guest.queue.waiting(), (0, 0));
    drop(timer);
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_has_waited_since_somebody_looked_rests_once() {
    static RESTED: AtomicU32 = AtomicU32::new(0);
    let rested = || RESTED.load(Ordering::Relaxed);
    let rest = || {
        RESTED.fetch_add(1, Ordering::Relaxed);
    };
    let guest = Guest::build(SocketsCtx::builder().rest(rest));
    let interrupter = guest.ctx.interrupter();
    for times in 1..=2 {
        let mut wait = pin!(guest.queue.wait(1, Some(60 * SECOND)));
        waits(wait.as_mut()).await;
        interrupter.look_for_rest();
        waits(wait.as_mut()).await;
        assert_eq!(rested(), times - 1, "it may have begun to wait just now");
        interrupter.look_for_rest();
        waits(wait.as_mut()).await;
        assert_eq!(rested(), times);
        interrupter.look_for_rest();
        interrupter.look_for_rest();
        waits(wait.as_mut()).await;
        assert_eq!(rested(), times, "once in a wait");
        assert!(wait.await.unwrap().is_empty());
    }
}
