//! Which messages count as received: those that the guest has handled.

use super::guest::{Guest, Recorder, options, until};
use super::peer::{FIN, Listener, Peer, TEXT};
use crate::Socket;
use crate::bindings::events::Event;

/// A socket for which five messages wait, and what its observer is told.
async fn with_messages(guest: &mut Guest) -> (Socket, Peer, std::sync::Arc<Recorder>) {
    let listener = Listener::bind().await;
    let mut socket = guest.socket();
    let recorder = Recorder::on(&socket);
    socket.connect(listener.url(), options()).unwrap();
    let mut peer = listener.upgrade().await;
    guest.opened().await;
    for number in 0..5 {
        peer.send(FIN | TEXT, &vec![b'x'; number]).await;
    }
    until(|| guest.queue.waiting().1 == 5).await;
    (socket, peer, recorder)
}

fn delivered(recorder: &Recorder) -> Vec<String> {
    recorder.calls().into_iter().filter(|call| call.starts_with("delivered")).collect()
}

async fn take(guest: &Guest, max: u32) {
    let events = guest.queue.wait(max, None).await.unwrap();
    assert!(events.iter().all(|event| matches!(event, Event::Text(_))), "{events:?}");
    assert_eq!(events.len(), max as usize);
}

#[tokio::test]
async fn messages_count_when_the_guest_waits_again() {
    let mut guest = Guest::new();
    let (_socket, _peer, recorder) = with_messages(&mut guest).await;
    take(&guest, 2).await;
    assert_eq!(delivered(&recorder), [""; 0]);
    // A sleep tells nothing.
    guest.queue.wait(0, Some(std::time::Duration::ZERO)).await.unwrap();
    assert_eq!(delivered(&recorder), [""; 0]);
    take(&guest, 3).await;
    assert_eq!(delivered(&recorder), ["delivered Text 0", "delivered Text 1"]);
    guest.nothing().await;
    assert_eq!(delivered(&recorder).len(), 5);
    guest.nothing().await;
    assert_eq!(delivered(&recorder).len(), 5);
}

#[tokio::test]
async fn messages_that_are_skipped_do_not_count_and_those_before_do() {
    let mut guest = Guest::new();
    let (socket, _peer, recorder) = with_messages(&mut guest).await;
    take(&guest, 5).await;
    socket.skip(3);
    drop(socket);
    assert_eq!(delivered(&recorder), ["delivered Text 0", "delivered Text 1"]);
    assert_eq!(recorder.calls().last().unwrap(), "ended");
    guest.nothing().await;
    assert_eq!(delivered(&recorder).len(), 2);
}

#[tokio::test]
async fn messages_that_are_taken_after_the_close_do_not_count() {
    let endings: [fn(&Socket); 2] = [|socket| socket.close(Some(1000), "").unwrap(), Socket::abort];
    for ends in endings {
        let mut guest = Guest::new();
        let (socket, _peer, recorder) = with_messages(&mut guest).await;
        take(&guest, 2).await;
        ends(&socket);
        take(&guest, 3).await;
        drop(socket);
        assert_eq!(delivered(&recorder), ["delivered Text 0", "delivered Text 1"]);
    }
}

#[tokio::test]
async fn a_skip_is_for_its_socket_and_for_what_was_taken_last() {
    let mut guest = Guest::new();
    let (one, _one_peer, of_one) = with_messages(&mut guest).await;
    take(&guest, 4).await;
    let (other, _other_peer, of_other) = {
        take(&guest, 1).await;
        with_messages(&mut guest).await
    };
    take(&guest, 5).await;
    one.skip(5);
    other.skip(100);
    guest.nothing().await;
    assert_eq!((delivered(&of_one).len(), delivered(&of_other).len()), (5, 0));
}
