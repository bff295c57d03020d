//! The rules of the chat rooms.

mod common;

use common::{Client, address, close_code, connect, say, start, start_with, text, until_idle};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use wasock_server::{Limits, Server};

async fn join(server: &Server, room: &str, name: &str) -> Client {
    let mut client = connect(server, &format!("/ws/crocochat/{room}/")).await;
    send(&mut client, json!({ "event": "SET_NAME", "new_name": name })).await;
    client
}

async fn send(client: &mut Client, event: Value) {
    say(client, &event.to_string()).await;
}

async fn receive(client: &mut Client) -> Value {
    serde_json::from_str(&text(client).await).expect("events are JSON")
}

/// Says something and waits for it, after which the client is in the room for certain.
async fn say_and_hear(client: &mut Client, message: &str) {
    send(client, json!({ "event": "SAY", "message": message })).await;
    assert_eq!(receive(client).await["message"], message);
}

#[tokio::test]
async fn everyone_in_the_room_hears_what_is_said_the_sender_included() {
    let server = start().await;
    let mut first = join(&server, "publicRoom", "Croc 1").await;
    let mut second = join(&server, "publicRoom", "Croc 2").await;
    say_and_hear(&mut second, "I'm in").await;
    send(&mut first, json!({ "event": "SAY", "message": "I'm saying abcde" })).await;
    let line = json!({ "event": "CHAT_MSG", "user": "Croc 1", "message": "I'm saying abcde" });
    assert_eq!(receive(&mut second).await, line);
    let heard_by_first = [receive(&mut first).await, receive(&mut first).await];
    assert_eq!(heard_by_first[1], line);
}

#[tokio::test]
async fn rooms_do_not_hear_each_other() {
    let server = start().await;
    let mut here = join(&server, "here", "a").await;
    let mut there = join(&server, "there", "b").await;
    say_and_hear(&mut there, "ready").await;
    say_and_hear(&mut here, "only here").await;
    say_and_hear(&mut there, "only there").await;
}

#[tokio::test]
async fn mistakes_are_told_to_the_sender_only_who_stays() {
    let server = start().await;
    let mut other = join(&server, "a", "other").await;
    say_and_hear(&mut other, "ready").await;
    let mut client = connect(&server, "/ws/crocochat/a").await;
    let mistakes = [
        ("not json", "no chat event"),
        (r#"{"event":"NO_SUCH"}"#, "NO_SUCH"),
        (r#"{"event":"SAY"}"#, "message"),
        (r#"{"event":"SAY","message":"nameless"}"#, "SET_NAME"),
    ];
    for (mistake, mention) in mistakes {
        say(&mut client, mistake).await;
        let error = receive(&mut client).await;
        assert_eq!(error["event"], "ERROR");
        assert!(error["message"].as_str().expect("a text").contains(mention), "{error}");
    }
    client.send(Message::binary(vec![1])).await.expect("the connection is open");
    assert_eq!(receive(&mut client).await["event"], "ERROR");
    send(&mut client, json!({ "event": "SET_NAME", "new_name": "late" })).await;
    say_and_hear(&mut client, "all good").await;
    assert_eq!(receive(&mut other).await["message"], "all good");
}

#[tokio::test]
async fn whoever_leaves_is_closed_with_1000_and_hears_no_more() {
    let server = start().await;
    let mut stays = join(&server, "a", "stays").await;
    let mut leaves = join(&server, "a", "leaves").await;
    say_and_hear(&mut leaves, "bye").await;
    send(&mut leaves, json!({ "event": "LEAVE" })).await;
    assert_eq!(close_code(&mut leaves).await.0, 1000);
    send(&mut stays, json!({ "event": "SAY", "message": "gone?" })).await;
    assert_eq!(receive(&mut stays).await["message"], "bye");
    assert_eq!(receive(&mut stays).await["message"], "gone?");
    drop(stays);
    until_idle(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_members_of_a_large_room_hear_the_same_lines_in_the_same_order() {
    const MEMBERS: usize = 100;
    let server = start().await;
    let mut members = Vec::new();
    for number in 0..MEMBERS {
        let mut member = join(&server, "large", &number.to_string()).await;
        // An error proves that the member is in and named, without a line for the others.
        say(&mut member, "ready?").await;
        assert_eq!(receive(&mut member).await["event"], "ERROR");
        members.push(member);
    }
    for member in &mut members {
        for message in ["a", "b"] {
            send(member, json!({ "event": "SAY", "message": message })).await;
        }
    }
    let mut heard = Vec::new();
    for member in &mut members {
        let mut lines = Vec::new();
        for _ in 0..2 * MEMBERS {
            lines.push(text(member).await);
        }
        heard.push(lines);
    }
    assert!(heard.iter().all(|lines| *lines == heard[0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_reads_too_slowly_is_closed_with_1008_and_holds_up_nobody() {
    // 12 MiB: three times what Linux buffers for a connection.
    const LINES: usize = 3000;
    let server = start_with(Limits { member_queue: 16, ..Limits::default() }).await;
    let address = address(&server);
    let socket = TcpSocket::new_v4().expect("a socket");
    // With the kernel's own, growing buffer it would take many megabytes until the server notices.
    socket.set_recv_buffer_size(4096).expect("a small buffer is allowed");
    let tcp = socket.connect(address).await.expect("the server listens");
    let url = format!("ws://{address}/ws/crocochat/a/");
    let (mut slow, _) = client_async(url, tcp).await.expect("the server accepts");
    slow.send(Message::text("ready?")).await.expect("the connection is open");
    slow.next().await.expect("an answer").expect("the connection is open");

    let mut talker = join(&server, "a", "talker").await;
    let line = "x".repeat(4096);
    for _ in 0..LINES {
        say_and_hear(&mut talker, &line).await;
    }

    let mut received = 0;
    let frame = loop {
        match slow.next().await.expect("a close frame comes").expect("the connection is sound") {
            Message::Text(_) => received += 1,
            Message::Close(frame) => break frame.expect("the close frame has a code"),
            other => panic!("unexpected {other:?}"),
        }
        assert!(received < LINES, "the kernel has buffered all {LINES} lines");
    };
    assert_eq!(u16::from(frame.code), 1008);
    assert!(frame.reason.contains("too slow"), "{}", frame.reason);
    say_and_hear(&mut talker, "still here").await;
}
