//! The endpoints that behave well.

mod common;

use std::time::Duration;

use common::{
    accepted, close_code, close_frame, connect, connect_with, handshake, http, message, refusal,
    say, start, text, until_idle,
};
use futures_util::SinkExt;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

#[tokio::test]
async fn echo_returns_text_and_binary_messages_in_order() {
    let server = start().await;
    for path in ["/echo", "/", "/echo?token=1"] {
        let mut client = connect(&server, path).await;
        let large = Message::binary(vec![7; 3_000_000]);
        let messages =
            [Message::text("häuser"), Message::binary(vec![0, 255]), Message::text(""), large];
        for sent in &messages {
            client.send(sent.clone()).await.expect("the connection is open");
        }
        for sent in &messages {
            assert_eq!(&message(&mut client).await, sent);
        }
    }
}

#[tokio::test]
async fn a_late_echo_keeps_the_order_and_delays_no_ping() {
    let server = start().await;
    let mut client = connect(&server, "/echo?delay=200").await;
    let began = std::time::Instant::now();
    for sent in ["a", "b", "c"] {
        say(&mut client, sent).await;
    }
    for sent in ["a", "b", "c"] {
        assert_eq!(text(&mut client).await, sent);
    }
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
    // A ping is answered before the echo of a message that came before it.
    let mut client = connect(&server, "/echo?delay=60000").await;
    say(&mut client, "late").await;
    client.send(Message::Ping("p".into())).await.expect("the connection is open");
    assert_eq!(message(&mut client).await, Message::Pong("p".into()));
    assert_eq!(refusal(&server, "/echo?delay=60001").await, 400);
}

#[tokio::test]
async fn echo_answers_pings_and_does_not_count_them_as_messages() {
    let server = start().await;
    let mut client = connect(&server, "/echo").await;
    client.send(Message::Ping("a".into())).await.expect("the connection is open");
    assert_eq!(message(&mut client).await, Message::Pong("a".into()));
    say(&mut client, "b").await;
    assert_eq!(text(&mut client).await, "b");
    let statistics = server.statistics();
    assert_eq!((statistics.messages_in, statistics.messages_out), (1, 1));
    assert_eq!((statistics.connections_open, statistics.upgrades_total), (1, 1));
}

#[tokio::test]
async fn a_close_frame_is_answered_with_its_own_code() {
    let server = start().await;
    let mut client = connect(&server, "/echo").await;
    let frame = CloseFrame { code: 4001.into(), reason: "done".into() };
    client.close(Some(frame)).await.expect("the connection is open");
    assert_eq!(close_code(&mut client).await, (4001, "done".to_owned()));
    let mut client = connect(&server, "/echo").await;
    client.close(None).await.expect("the connection is open");
    assert_eq!(close_frame(&mut client).await, None);
    until_idle(&server).await;
    assert_eq!(server.statistics().connections_total, 2);
}

#[tokio::test]
async fn headers_come_back_as_one_json_object_and_then_it_echoes() {
    let server = start().await;
    let (mut client, _) = connect_with(&server, "/headers", |request| {
        request.headers_mut().append("x-test", HeaderValue::from_static("one"));
        request.headers_mut().append("x-test", HeaderValue::from_static("two"));
    })
    .await
    .expect("the server accepts");
    let headers: serde_json::Value =
        serde_json::from_str(&text(&mut client).await).expect("the message is JSON");
    assert_eq!(headers["x-test"], "one, two");
    assert_eq!(headers["sec-websocket-version"], "13");
    say(&mut client, "still here").await;
    assert_eq!(text(&mut client).await, "still here");
}

#[tokio::test]
async fn the_first_supported_subprotocol_is_selected() {
    let server = start().await;
    let (mut client, response) = connect_with(&server, "/protocol", |request| {
        let offered = HeaderValue::from_static("unsupported, mqtt, wamp");
        request.headers_mut().insert("sec-websocket-protocol", offered);
    })
    .await
    .expect("the server accepts");
    assert_eq!(response.headers()["sec-websocket-protocol"], "mqtt");
    say(&mut client, "a").await;
    assert_eq!(text(&mut client).await, "a");
}

#[tokio::test]
async fn no_subprotocol_is_selected_elsewhere_or_from_unsupported_ones() {
    let server = start().await;
    for (path, offered) in [("/echo", "mqtt"), ("/protocol", "unsupported")] {
        let offer = format!("\r\nSec-WebSocket-Protocol: {offered}\r\n\r\n");
        let (_, head) = accepted(&server, &handshake(path).replace("\r\n\r\n", &offer)).await;
        assert!(!head.contains("sec-websocket-protocol"), "{head}");
    }
}

#[tokio::test]
async fn pings_are_numbered_and_then_it_echoes() {
    let server = start().await;
    let mut client = connect(&server, "/ping?n=3").await;
    for number in ["0", "1", "2"] {
        assert_eq!(message(&mut client).await, Message::Ping(number.into()));
    }
    say(&mut client, "a").await;
    assert_eq!(text(&mut client).await, "a");
}

#[tokio::test]
async fn push_sends_so_many_messages_of_that_size_and_closes() {
    let server = start().await;
    let mut client = connect(&server, "/push?n=5000&size=64").await;
    for number in 0..5000 {
        assert_eq!(text(&mut client).await, format!("{number:.<64}"));
    }
    assert_eq!(close_code(&mut client).await, (1000, String::new()));
}

#[tokio::test]
async fn a_push_without_end_stops_when_the_client_closes() {
    let server = start().await;
    let mut client = connect(&server, &format!("/push?n={}&size=8", u64::MAX)).await;
    assert_eq!(text(&mut client).await, "0.......");
    client.close(None).await.expect("the connection is open");
    while let Some(received) = common::next(&mut client).await {
        received.expect("the connection ends in order");
    }
    until_idle(&server).await;
}

#[tokio::test]
async fn plain_http_gets_the_list_of_endpoints() {
    let server = start().await;
    let answer = http(&server, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").expect("the head ends");
    for (path, _) in wasock_server::ENDPOINTS {
        assert!(body.contains(path), "{path} is not listed");
    }
    assert!(answer.contains(&format!("content-length: {}\r\n", body.len())), "{answer}");
}

#[tokio::test]
async fn an_unknown_path_is_404_and_lists_the_endpoints() {
    let server = start().await;
    assert_eq!(refusal(&server, "/nowhere").await, 404);
    let answer = http(&server, &handshake("/nowhere")).await;
    assert!(answer.contains("nothing at /nowhere") && answer.contains("/echo"), "{answer}");
}

#[tokio::test]
async fn an_endpoint_without_an_upgrade_asks_for_one() {
    let server = start().await;
    let answer = http(&server, "GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
    assert!(answer.contains("upgrade: websocket\r\n"), "{answer}");
}

#[tokio::test]
async fn a_bad_opening_handshake_is_told_what_is_wrong() {
    let server = start().await;
    let old = handshake("/echo").replace("Version: 13", "Version: 8");
    let answer = http(&server, &old).await;
    assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
    assert!(answer.contains("sec-websocket-version: 13\r\n"), "{answer}");
    let short_key = handshake("/echo").replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=");
    let answer = http(&server, &short_key).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("Sec-WebSocket-Key"), "{answer}");
}

#[tokio::test]
async fn handshakes_can_be_answered_with_any_status() {
    let server = start().await;
    for status in [200, 204, 301, 304, 401, 404, 503, 599] {
        assert_eq!(refusal(&server, &format!("/status/{status}")).await, status);
    }
    for path in ["/status/101", "/status/600", "/status/abc", "/status/", "/close?code=x"] {
        assert_eq!(refusal(&server, path).await, 400, "{path}");
    }
    assert_eq!(refusal(&server, "/not-websocket").await, 200);
    let empty = http(&server, &handshake("/status/204")).await;
    assert!(empty.ends_with("\r\n\r\n") && !empty.contains("content-length"), "{empty}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_echo_at_the_same_time() {
    let server = start().await;
    let mut clients = Vec::new();
    for _ in 0..300 {
        clients.push(connect(&server, "/echo").await);
    }
    assert_eq!(server.statistics().connections_open, 300);
    for round in 0..10 {
        for client in &mut clients {
            say(client, &round.to_string()).await;
        }
        for client in &mut clients {
            assert_eq!(text(client).await, round.to_string());
        }
    }
    drop(clients);
    until_idle(&server).await;
    assert_eq!(server.statistics().messages_out, 3000);
}
