//! A handle that is dropped, in each state: the connection ends as documented, nothing is told any
//! more, and the guest gets its socket back once.

use std::time::Duration;

use super::guest::{Guest, Recorder, options, server, soon, text, until};
use super::peer::{CLOSE, FIN, Listener, TEXT, closing};
use crate::bindings::sockets::State;
use crate::limits::Limits;

#[tokio::test]
async fn an_unconnected_socket_leaves_nothing() {
    let mut guest = Guest::new();
    let socket = guest.socket();
    let recorder = Recorder::on(&socket);
    drop(socket);
    assert!(recorder.calls().is_empty());
    guest.until_no_socket_is_open().await;
    guest.nothing().await;
}

#[tokio::test]
async fn a_connecting_socket_ends_tcp_at_once() {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    let recorder = Recorder::on(&socket);
    socket.connect(listener.url(), options()).unwrap();
    let mut peer = listener.accept().await;
    peer.read_head().await;
    drop(socket);
    assert_eq!(guest.open_sockets(), 0);
    assert_eq!(peer.until_end().await, 0);
    assert_eq!(recorder.calls(), ["ended"]);
    guest.nothing().await;
}

#[tokio::test]
async fn an_open_socket_ends_tcp_at_once_and_its_waiting_events_are_gone() {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    let recorder = Recorder::on(&socket);
    socket.connect(listener.url(), options()).unwrap();
    let mut peer = listener.upgrade().await;
    guest.opened().await;
    peer.send(FIN | TEXT, b"heard").await;
    peer.send(FIN | TEXT, b"unheard").await;
    until(|| guest.queue.waiting().1 == 2).await;
    assert_eq!(guest.text().await, "heard");
    drop(socket);
    assert_eq!(guest.open_sockets(), 0);
    assert_eq!(peer.until_end().await, 0);
    assert_eq!(recorder.calls(), ["opened 101 known", "delivered Text 5", "ended"]);
    guest.nothing().await;
    assert_eq!(guest.queue.waiting(), (0, 0));
}

#[tokio::test]
async fn a_closing_socket_sends_what_is_accepted_and_the_close_frame_first() {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    let recorder = Recorder::on(&socket);
    socket.connect(listener.url(), options()).unwrap();
    let mut peer = listener.upgrade().await;
    guest.opened().await;
    // More than what the operating system takes at once.
    let size = 3 << 20;
    soon(socket.send(vec![1; size].into())).await.unwrap();
    socket.close(Some(1001), "leaving").unwrap();
    assert!(guest.ctx.leaving().is_empty());
    drop(socket);
    assert!(!guest.ctx.leaving().is_empty());
    assert_eq!(peer.receive().await.1.len(), size);
    assert_eq!(peer.receive().await, (FIN | CLOSE, closing(1001, b"leaving")));
    // It does not wait for the answer.
    assert_eq!(peer.until_end().await, 0);
    soon(guest.ctx.leaving().until_empty()).await;
    guest.until_no_socket_is_open().await;
    assert_eq!(recorder.count("ended"), 1);
    assert_eq!(recorder.count("written Close "), 1);
    guest.nothing().await;
}

#[tokio::test]
async fn a_closing_socket_whose_peer_never_reads_is_given_up() {
    let listener = Listener::bind().await;
    let limits = Limits {
        close_timeout: Duration::from_millis(50),
        buffered_bytes: u64::MAX,
        all_buffered_bytes: u64::MAX,
        ..Limits::default()
    };
    let mut guest = Guest::with_limits(limits);
    let url = listener.url();
    let (socket, _never_reads) = tokio::join!(guest.open(&url), listener.upgrade());
    soon(socket.send(vec![0; 64 << 20].into())).await.unwrap();
    socket.close(None, "").unwrap();
    drop(socket);
    assert_eq!(guest.open_sockets(), 1);
    guest.until_no_socket_is_open().await;
    guest.nothing().await;
}

#[tokio::test]
async fn a_closed_socket_takes_its_waiting_end_with_it() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    let recorder = Recorder::on(&socket);
    socket.connect(format!("ws://{address}/close?now=1"), options()).unwrap();
    until(|| socket.state() == State::Closed).await;
    drop(socket);
    assert_eq!(recorder.count("ended"), 1);
    assert_eq!(guest.open_sockets(), 0);
    guest.nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drop_that_meets_the_end_of_the_connection_gives_the_socket_back_once() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    for round in 0..400 {
        let mut socket = guest.socket();
        let recorder = Recorder::on(&socket);
        let path = ["/close?now=1", "/status/404"][round % 2];
        socket.connect(format!("ws://{address}{path}"), options()).unwrap();
        until(|| !recorder.calls().is_empty()).await;
        for _ in 0..round % 20 {
            tokio::task::yield_now().await;
        }
        match round % 3 {
            0 => {}
            1 => socket.close(Some(1000), "").unwrap(),
            _ => socket.abort(),
        }
        drop(socket);
        assert!(guest.open_sockets() <= round, "round {round}: more was given back than taken");
        guest.nothing().await;
        until(|| recorder.count("ended") == 1).await;
    }
    guest.until_no_socket_is_open().await;
    soon(guest.open(&format!("ws://{address}/echo")).await.send(text("fine"))).await.unwrap();
}
