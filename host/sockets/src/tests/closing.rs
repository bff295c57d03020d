//! The closing handshake when something is in its way.

use std::io::Write;

use super::guest::{Guest, SHORT, nanos, options, soon, text, until};
use super::peer::{BINARY, CLOSE, FIN, Listener, PING, PONG, Peer, TEXT, closing, connected_with};
use crate::Socket;
use crate::bindings::events::Event;
use crate::bindings::sockets::State;
use crate::bindings::types::ErrorCode;
use crate::limits::Limits;

async fn connected(guest: &mut Guest) -> (Socket, Peer) {
    let mut options = options();
    options.close_timeout = nanos(10 * SHORT);
    connected_with(guest, options).await
}

#[tokio::test]
async fn what_was_sent_before_close_goes_out_before_the_close_frame() {
    let mut guest = Guest::new();
    let (socket, mut peer) = connected(&mut guest).await;
    for number in 0..100 {
        soon(socket.send(text(&number.to_string()))).await.unwrap();
    }
    socket.close(Some(1000), "bye").unwrap();
    assert_eq!(socket.state(), State::Closing);
    assert!(matches!(soon(socket.send(text("late"))).await, Err(ErrorCode::InvalidState)));
    for number in 0..100 {
        assert_eq!(peer.receive().await, (FIN | TEXT, number.to_string().into_bytes()));
    }
    assert_eq!(peer.receive().await, (FIN | CLOSE, closing(1000, b"bye")));
    peer.send(FIN | CLOSE, &closing(1000, b"bye too")).await;
    drop(peer);
    let closed = guest.closed().await;
    assert_eq!((closed.code, closed.reason.as_str(), closed.was_clean), (1000, "bye too", true));
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn messages_after_close_are_dropped_but_pings_and_pongs_are_not() {
    let mut guest = Guest::new();
    let (socket, mut peer) = connected(&mut guest).await;
    socket.close(Some(1000), "").unwrap();
    peer.close_code().await;
    peer.send(FIN | TEXT, b"unheard").await;
    peer.send(FIN | PING, b"ping").await;
    peer.send(FIN | PONG, b"pong").await;
    peer.send(FIN | CLOSE, &closing(1000, b"")).await;
    let Event::Ping(ping) = guest.event().await else { panic!("not a ping") };
    assert_eq!(ping.data, b"ping");
    let Event::Pong(pong) = guest.event().await else { panic!("not a pong") };
    assert_eq!(pong.data, b"pong");
    drop(peer);
    assert!(guest.closed().await.was_clean);
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn a_full_queue_does_not_hide_the_answer_to_a_close_frame() {
    let mut guest = Guest::with_limits(Limits { queued_events: 4, ..Limits::default() });
    let (socket, mut peer) = connected(&mut guest).await;
    for _ in 0..50 {
        peer.send(FIN | TEXT, b"flood").await;
    }
    until(|| guest.queue.waiting().1 == 4).await;
    socket.close(Some(1000), "").unwrap();
    assert_eq!(peer.close_code().await, 1000);
    peer.send(FIN | CLOSE, &closing(1000, b"")).await;
    drop(peer);
    until(|| socket.state() == State::Closed).await;
    for _ in 0..4 {
        assert_eq!(guest.text().await, "flood");
    }
    assert!(guest.closed().await.was_clean);
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn pings_and_pongs_in_the_closing_handshake_wait_for_room_in_the_queue() {
    let mut guest = Guest::with_limits(Limits { queued_events: 4, ..Limits::default() });
    let (socket, mut peer) = connected(&mut guest).await;
    for _ in 0..4 {
        peer.send(FIN | TEXT, b"flood").await;
    }
    until(|| guest.queue.waiting().1 == 4).await;
    socket.close(Some(1000), "").unwrap();
    peer.close_code().await;
    // A ping wants an answer; pongs come together.
    for number in 0..20u8 {
        peer.send(FIN | if number < 10 { PING } else { PONG }, &[number]).await;
    }
    peer.send(FIN | CLOSE, &closing(1000, b"")).await;
    drop(peer);
    for _ in 0..4 {
        assert!(guest.queue.waiting().1 <= 4);
        assert_eq!(guest.text().await, "flood");
    }
    for number in 0..20u8 {
        let (Event::Ping(frame) | Event::Pong(frame)) = guest.event().await else {
            panic!("neither a ping nor a pong")
        };
        assert_eq!(frame.data, [number]);
    }
    assert!(guest.closed().await.was_clean);
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn a_peer_that_sends_for_ever_does_not_outrun_the_close_timeout() {
    let mut guest = Guest::new();
    let (socket, mut peer) = connected(&mut guest).await;
    let flood = super::peer::frame(FIN | TEXT, b"and on").repeat(1000);
    let flooding = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while peer.0.write_all(&flood).await.is_ok() {}
    });
    guest.text().await;
    socket.close(Some(1000), "").unwrap();
    let closed = guest.until_closed().await;
    assert!(matches!(closed.failure.unwrap().code, ErrorCode::Timeout));
    guest.is_over(&socket).await;
    soon(flooding).await.unwrap();
}

#[tokio::test]
async fn a_close_frame_that_cannot_be_written_times_out_too() {
    let mut guest = Guest::with_limits(Limits {
        buffered_bytes: u64::MAX,
        all_buffered_bytes: u64::MAX,
        ..Limits::default()
    });
    let (socket, _never_reads) = connected(&mut guest).await;
    soon(socket.send(vec![0; 64 << 20].into())).await.unwrap();
    socket.close(Some(1000), "").unwrap();
    let closed = guest.closed().await;
    assert!(matches!(closed.failure.unwrap().code, ErrorCode::Timeout));
    assert!(socket.buffered_amount() > 0);
    guest.is_over(&socket).await;
}

/// The connection's task runs only when the test waits, so it finds the server's close frame and
/// its reset together with a message to write.
#[tokio::test]
async fn a_close_frame_is_read_although_writing_has_failed_before() {
    let mut guest = Guest::new();
    let (socket, peer) = connected(&mut guest).await;
    soon(socket.send(text("never read, so that the end is a reset"))).await.unwrap();
    until(|| socket.buffered_amount() == 0).await;
    let mut peer = peer.0.into_std().unwrap();
    peer.write_all(&super::peer::frame(FIN | CLOSE, &closing(1001, b"gone"))).unwrap();
    drop(peer);
    soon(socket.send(text("too late"))).await.unwrap();
    let closed = guest.closed().await;
    assert_eq!((closed.code, closed.reason.as_str(), closed.was_clean), (1001, "gone", true));
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn what_is_sent_after_the_servers_close_frame_does_not_break_the_handshake() {
    let mut guest = Guest::new();
    let (socket, mut peer) = connected(&mut guest).await;
    peer.send(FIN | CLOSE, &closing(1000, b"")).await;
    assert_eq!(peer.close_code().await, 1000);
    soon(socket.send(text("unheard"))).await.unwrap();
    socket.close(Some(4000), "").unwrap();
    drop(peer);
    let closed = guest.closed().await;
    assert_eq!((closed.code, closed.was_clean), (1000, true));
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn a_server_that_keeps_tcp_open_after_both_close_frames_is_not_waited_for() {
    let mut guest = Guest::new();
    let (socket, mut peer) = connected(&mut guest).await;
    peer.send(FIN | CLOSE, &closing(1000, b"")).await;
    assert_eq!(peer.close_code().await, 1000);
    let closed = guest.closed().await;
    assert_eq!((closed.code, closed.was_clean), (1000, true));
    guest.is_over(&socket).await;
    assert_eq!(peer.until_end().await, 0);
}

/// A connection whose close frames are answered late, and whose `opened` the guest is busy with.
async fn busy(guest: &mut Guest) -> (Socket, Peer) {
    let listener = Listener::bind().await;
    let url = listener.url();
    let mut options = options();
    options.close_timeout = nanos(10 * SHORT);
    options.hold_close_answer = true;
    let (socket, peer) = tokio::join!(guest.open_with(&url, options), listener.upgrade());
    guest.ctx.traffic().take_received();
    (socket, peer)
}

/// Waits until so many bytes have been read since the connection was opened.
async fn until_read(guest: &Guest, bytes: u64) {
    let read = std::cell::Cell::new(0);
    until(|| {
        read.set(read.get() + guest.ctx.traffic().take_received());
        read.get() >= bytes
    })
    .await;
}

#[tokio::test]
async fn a_held_answer_leaves_behind_what_the_guest_sends_before_it_waits_again() {
    let mut guest = Guest::new();
    let (socket, mut peer) = busy(&mut guest).await;
    peer.send(FIN | TEXT, b"first").await;
    peer.send(FIN | CLOSE, &closing(3000, b"bye")).await;
    until_read(&guest, 14).await;
    soon(socket.send(text("opened"))).await.unwrap();
    assert_eq!(guest.text().await, "first");
    soon(socket.send(text("handled"))).await.unwrap();
    soon(socket.send(vec![7; 200].into())).await.unwrap();
    socket.ping(b"p".to_vec()).unwrap();
    for expected in [
        (FIN | TEXT, b"opened".to_vec()),
        (FIN | TEXT, b"handled".to_vec()),
        (FIN | BINARY, vec![7; 200]),
        (FIN | PING, b"p".to_vec()),
    ] {
        assert_eq!(peer.receive().await, expected);
    }
    assert!(guest.open_sockets() == 1 && socket.state() == State::Open);
    let answered = async {
        assert_eq!(peer.receive().await, (FIN | CLOSE, closing(3000, b"bye")));
        drop(peer);
    };
    let (closed, ()) = tokio::join!(guest.closed(), answered);
    assert_eq!((closed.code, closed.reason.as_str(), closed.was_clean), (3000, "bye", true));
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn a_close_frame_is_answered_at_once_while_the_guest_waits() {
    let mut guest = Guest::new();
    let (socket, mut peer) = busy(&mut guest).await;
    let answered = async {
        peer.send(FIN | CLOSE, &closing(1000, b"")).await;
        assert_eq!(peer.close_code().await, 1000);
        drop(peer);
    };
    let (closed, ()) = tokio::join!(guest.closed(), answered);
    assert!(closed.was_clean);
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn a_guest_that_stays_busy_holds_the_answer_for_the_close_timeout_only() {
    let mut guest = Guest::new();
    let (socket, mut peer) = busy(&mut guest).await;
    peer.send(FIN | CLOSE, &closing(1000, b"")).await;
    assert_eq!(peer.close_code().await, 1000);
    soon(socket.send(text("dropped"))).await.unwrap();
    drop(peer);
    assert!(guest.closed().await.was_clean);
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn a_close_of_the_guest_takes_the_place_of_a_held_answer() {
    let mut guest = Guest::new();
    let (socket, mut peer) = busy(&mut guest).await;
    peer.send(FIN | CLOSE, &closing(1000, b"")).await;
    until_read(&guest, 4).await;
    soon(socket.send(text("last"))).await.unwrap();
    socket.close(Some(4000), "mine").unwrap();
    assert_eq!(peer.receive().await, (FIN | TEXT, b"last".to_vec()));
    assert_eq!(peer.receive().await, (FIN | CLOSE, closing(4000, b"mine")));
    let mut peer = peer.0.into_std().unwrap();
    peer.set_nonblocking(true).unwrap();
    let more = std::io::Read::read(&mut peer, &mut [0]);
    assert_eq!(more.unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "only one close frame");
    drop(peer);
    assert!(guest.closed().await.was_clean);
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn a_peer_that_goes_before_it_is_answered_is_not_waited_for() {
    let mut guest = Guest::new();
    let (socket, mut peer) = busy(&mut guest).await;
    peer.send(FIN | CLOSE, &closing(1001, b"")).await;
    drop(peer);
    until_read(&guest, 4).await;
    soon(socket.send(text("nobody hears it"))).await.unwrap();
    let closed = guest.closed().await;
    assert_eq!((closed.code, closed.was_clean), (1001, true));
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn a_held_answer_does_not_hold_a_socket_that_is_dropped() {
    let mut guest = Guest::new();
    let (socket, mut peer) = busy(&mut guest).await;
    peer.send(FIN | CLOSE, &closing(1000, b"")).await;
    until_read(&guest, 4).await;
    drop(socket);
    assert_eq!(guest.open_sockets(), 0);
    assert_eq!(peer.until_end().await, 0);
    guest.nothing().await;
}
