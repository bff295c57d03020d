//! What an observer is told, and in which order.

use super::guest::{Guest, Recorder, options, server, soon, text, until};
use crate::SocketsCtx;
use crate::bindings::events::Event;
use crate::bindings::sockets::State;

#[tokio::test]
async fn each_step_of_a_life_is_told_once_and_in_order() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    let recorder = Recorder::on(&socket);
    Recorder::on(&socket);
    socket.connect(format!("ws://{address}/echo"), options()).unwrap();
    assert!(recorder.calls().is_empty());
    guest.opened().await;
    soon(socket.send(text("hi"))).await.unwrap();
    guest.text().await;
    socket.ping(b"p".to_vec()).unwrap();
    let Event::Pong(_) = guest.event().await else { panic!("not a pong") };
    soon(socket.send(vec![1, 2, 3].into())).await.unwrap();
    let Event::Binary(_) = guest.event().await else { panic!("not binary") };
    socket.close(Some(1000), "").unwrap();
    until(|| socket.state() == State::Closed).await;
    let expected = [
        "opened 101 known",
        "sent Text 2 true",
        "written Text ",
        "sent Ping 1 true",
        "delivered Text 2",
        "written Ping p",
        "pong p",
        "sent Binary 3 true",
        "written Binary ",
        "written Close ",
        "ended",
        "delivered Binary 3",
    ];
    assert_eq!(recorder.calls(), expected[..expected.len() - 1]);
    guest.closed().await;
    assert_eq!(recorder.calls(), expected);
    assert!(soon(socket.send(text("late"))).await.is_err());
    drop(socket);
    assert_eq!(recorder.calls()[expected.len()..], ["sent Text 4 false"]);
}

#[tokio::test]
async fn a_failed_attempt_is_told_with_what_the_server_said() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    let recorder = Recorder::on(&socket);
    socket.connect(format!("ws://{address}/status/401"), options()).unwrap();
    guest.failed().await;
    drop(socket);
    assert_eq!(recorder.calls(), ["failed 401 known", "ended"]);
}

#[tokio::test]
async fn an_attempt_that_is_not_granted_is_told_without_an_address() {
    let mut guest = Guest::build(SocketsCtx::builder());
    let mut socket = guest.socket();
    let recorder = Recorder::on(&socket);
    socket.connect("ws://127.0.0.1:1/".to_owned(), options()).unwrap();
    guest.failed().await;
    assert_eq!(recorder.calls(), ["failed 0 unknown", "ended"]);
}

#[tokio::test]
async fn each_way_to_end_is_told_once() {
    let (_server, address) = server().await;
    for path in ["/close?now=1", "/drop", "/reset", "/garbage", "/silent"] {
        let mut guest = Guest::new();
        let mut socket = guest.socket();
        let recorder = Recorder::on(&socket);
        socket.connect(format!("ws://{address}{path}"), options()).unwrap();
        guest.opened().await;
        let _ = soon(socket.send(text("now"))).await;
        if path == "/silent" {
            socket.abort();
        }
        guest.closed().await;
        drop(socket);
        assert_eq!(recorder.count("ended"), 1, "{path}: {:?}", recorder.calls());
        assert_eq!(recorder.count("opened 101 known"), 1, "{path}");
    }
}
