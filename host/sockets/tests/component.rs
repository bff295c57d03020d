//! A guest in WebAssembly, through `add_to_linker` and wasmtime.

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{
    CASE_CLOSED, CASE_FAILED, CASE_OPENED, CASE_TEXT, CASE_TIMER, ERROR_ACCESS_DENIED,
    ERROR_INVALID_STATE, ERROR_LIMIT_REACHED, Guest, STATE_CLOSED, STATE_OPEN, refused,
};
use wasock_server::{Server, ServerConfig};
use wasock_sockets::limits::Limits;
use wasock_sockets::{AllowAll, SocketsCtx};

const MILLI: i64 = 1_000_000;

/// Waits for as long as it takes.
const FOREVER: i64 = -1;

async fn echo_server() -> (Server, String) {
    let server = Server::start(ServerConfig::default()).await.expect("port 0 is free");
    let address = server.address().expect("the default has a plain port");
    let url = format!("ws://{address}/echo");
    (server, url)
}

fn limited(limits: Limits) -> SocketsCtx {
    SocketsCtx::builder().network(Arc::new(AllowAll)).limits(limits).build()
}

#[tokio::test]
async fn a_guest_opens_a_socket_and_hears_its_echo() {
    let (server, url) = echo_server().await;
    let mut guest = Guest::new(limited(Limits::default())).await;
    let queue = guest.queue().await;
    let socket = guest.socket(queue).await.unwrap();
    assert_eq!(guest.connect(socket, &url).await, 0);
    assert_eq!(guest.look(queue, 1, FOREVER).await.unwrap().case, CASE_OPENED);
    assert_eq!(guest.state(socket).await.unwrap(), STATE_OPEN);
    assert_eq!(guest.send(socket, "grüße").await, 0);
    let seen = guest.look(queue, 1, FOREVER).await.unwrap();
    assert_eq!((seen.case, seen.text.as_str()), (CASE_TEXT, "grüße"));
    assert_eq!(guest.close(socket, 4001).await, 0);
    let seen = guest.look(queue, 1, FOREVER).await.unwrap();
    assert_eq!((seen.case, seen.code), (CASE_CLOSED, 4001));
    assert_eq!(guest.state(socket).await.unwrap(), STATE_CLOSED);
    assert_eq!(guest.send(socket, "late").await, refused(ERROR_INVALID_STATE));
    assert_eq!(server.statistics().messages_in, 1);
}

#[tokio::test]
async fn a_guest_without_a_grant_is_denied() {
    let (server, url) = echo_server().await;
    let mut guest = Guest::new(SocketsCtx::builder().build()).await;
    let queue = guest.queue().await;
    let socket = guest.socket(queue).await.unwrap();
    assert_eq!(guest.connect(socket, &url).await, 0);
    let seen = guest.look(queue, 1, FOREVER).await.unwrap();
    assert_eq!((seen.case, seen.code), (CASE_FAILED, ERROR_ACCESS_DENIED));
    assert_eq!(server.statistics().connections_total, 0);
}

#[tokio::test]
async fn a_forged_handle_is_a_trap() {
    let mut guest = Guest::new(limited(Limits::default())).await;
    assert!(guest.look(4711, 1, 0).await.is_err());
    let mut guest = Guest::new(limited(Limits::default())).await;
    assert!(guest.state(4711).await.is_err());
    // A handle of another resource is forged as well.
    let mut guest = Guest::new(limited(Limits::default())).await;
    let queue = guest.queue().await;
    assert!(guest.state(queue).await.is_err());
}

#[tokio::test]
async fn a_dropped_handle_is_a_trap() {
    let mut guest = Guest::new(limited(Limits::default())).await;
    let queue = guest.queue().await;
    let socket = guest.socket(queue).await.unwrap();
    guest.drop_socket(socket).await.unwrap();
    assert!(guest.state(socket).await.is_err());

    let mut guest = Guest::new(limited(Limits::default())).await;
    let queue = guest.queue().await;
    guest.drop_queue(queue).await.unwrap();
    assert!(guest.look(queue, 1, 0).await.is_err());
}

#[tokio::test]
async fn a_socket_outlives_its_queue_and_is_not_held_up_by_it() {
    let (_server, url) = echo_server().await;
    let mut guest = Guest::new(limited(Limits { queued_events: 1, ..Limits::default() })).await;
    let queue = guest.queue().await;
    let socket = guest.socket(queue).await.unwrap();
    assert_eq!(guest.connect(socket, &url.replace("/echo", "/push?n=10")).await, 0);
    guest.drop_queue(queue).await.unwrap();
    let other = guest.queue().await;
    let started = Instant::now();
    while guest.state(socket).await.unwrap() != STATE_CLOSED {
        assert!(started.elapsed() < Duration::from_secs(20), "the socket is held up");
        guest.look(other, 1, MILLI).await.unwrap();
    }
}

#[tokio::test]
async fn a_wait_for_nothing_is_a_sleep_and_one_without_time_a_look() {
    let mut guest = Guest::new(limited(Limits::default())).await;
    let queue = guest.queue().await;
    guest.timer(queue, 0, 0).await.unwrap();
    let started = Instant::now();
    assert_eq!(guest.look(queue, 0, 30 * MILLI).await.unwrap().count, 0);
    assert!(started.elapsed() >= Duration::from_millis(30));
    assert_eq!(guest.look(queue, 1, 0).await.unwrap().case, CASE_TIMER);
    assert_eq!(guest.look(queue, 1, 0).await.unwrap().count, 0);
    let started = Instant::now();
    assert_eq!(guest.look(queue, 1, 30 * MILLI).await.unwrap().count, 0);
    assert!(started.elapsed() >= Duration::from_millis(30));
}

#[tokio::test]
async fn a_timer_tells_how_many_periods_went_by_unseen() {
    let mut guest = Guest::new(limited(Limits::default())).await;
    let queue = guest.queue().await;
    let timer = guest.timer(queue, 10 * MILLI, 10 * MILLI).await.unwrap();
    guest.look(queue, 0, 105 * MILLI).await.unwrap();
    let seen = guest.look(queue, 10, 0).await.unwrap();
    assert_eq!((seen.count, seen.case), (1, CASE_TIMER));
    assert!(seen.missed >= 8, "{seen:?}");
    assert_eq!(guest.look(queue, 10, FOREVER).await.unwrap().count, 1);
    guest.drop_timer(timer).await.unwrap();
}

#[tokio::test]
async fn an_interruption_wakes_a_wait() {
    let ctx = limited(Limits::default());
    let interrupter = ctx.interrupter();
    let mut guest = Guest::new(ctx).await;
    let queue = guest.queue().await;
    let waiting = async {
        let seen = guest.look(queue, 1, FOREVER).await.unwrap();
        assert!(seen.interrupted);
    };
    let interrupting = async {
        // The wait is polled first, so it has begun.
        tokio::task::yield_now().await;
        interrupter.interrupt();
    };
    tokio::join!(biased; waiting, interrupting);
    assert!(guest.look(queue, 0, 0).await.unwrap().interrupted);
}

#[tokio::test]
async fn sockets_beyond_the_limit_are_refused() {
    let (_server, url) = echo_server().await;
    let mut guest = Guest::new(limited(Limits { sockets: 2, ..Limits::default() })).await;
    let queue = guest.queue().await;
    let mut sockets = Vec::new();
    for expected in [0, 0, refused(ERROR_LIMIT_REACHED)] {
        let socket = guest.socket(queue).await.unwrap();
        assert_eq!(guest.connect(socket, &url).await, expected);
        sockets.push(socket);
    }
    guest.drop_socket(sockets[0]).await.unwrap();
    assert_eq!(guest.connect(sockets[2], &url).await, 0);
}

#[tokio::test]
async fn a_timer_beyond_the_limit_is_a_trap() {
    let mut guest = Guest::new(limited(Limits { timers: 2, ..Limits::default() })).await;
    let queue = guest.queue().await;
    let first = guest.timer(queue, MILLI, 0).await.unwrap();
    guest.timer(queue, MILLI, 0).await.unwrap();
    guest.drop_timer(first).await.unwrap();
    guest.timer(queue, MILLI, 0).await.unwrap();
    let error = guest.timer(queue, MILLI, 0).await.unwrap_err();
    assert!(format!("{error:#}").contains("2 timers"), "{error:#}");
}

#[tokio::test]
async fn a_store_that_is_dropped_ends_its_connections() {
    let (server, url) = echo_server().await;
    let mut guest = Guest::new(limited(Limits::default())).await;
    let queue = guest.queue().await;
    let socket = guest.socket(queue).await.unwrap();
    assert_eq!(guest.connect(socket, &url).await, 0);
    guest.look(queue, 1, FOREVER).await.unwrap();
    assert_eq!(guest.send(socket, "its echo is never taken").await, 0);
    drop(guest);
    let ended = async {
        while server.statistics().connections_open > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap();
}
