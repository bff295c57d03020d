//! `wasock serve`: the test server on its own.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::common::{Run, Serving, runtime, wasock};

/// Sends a message to this address and returns what comes back.
async fn exchange(url: &str, text: &str) -> String {
    let (mut socket, _) = connect_async(url).await.expect("the server answers");
    socket.send(Message::text(text)).await.expect("it can be sent");
    let answer = socket.next().await.expect("there is an answer").expect("it can be read");
    socket.close(None).await.expect("it can be closed");
    while socket.next().await.is_some_and(|message| message.is_ok()) {}
    answer.into_text().expect("it is text").as_str().to_owned()
}

#[cfg(unix)]
#[test]
fn the_server_says_where_it_listens_and_ends_cleanly_at_ctrl_c() {
    let mut serving = Serving::start(&["--port", "0", "--tls-port", "0", "--json"]);
    let start = serving.json();
    let keys: Vec<_> = start.as_object().expect("it is an object").keys().collect();
    assert_eq!(keys, ["address", "tls_address", "certificate"]);
    let certificate = start["certificate"].as_str().expect("there is a certificate");
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----\n"), "{certificate}");
    let address = start["address"].as_str().expect("there is an address");
    let answer = runtime().block_on(exchange(&format!("ws://{address}/echo"), "hello"));
    assert_eq!(answer, "hello");
    serving.interrupt();
    let end = serving.json();
    assert_eq!(end["connections"], 1);
    assert_eq!(end["upgrades"], 1);
    assert_eq!(end["messages_in"], 1);
    assert_eq!(end["messages_out"], 1);
    assert_eq!(serving.ends().code(), Some(0));
}

#[test]
fn scripts_reach_a_server_in_another_process_with_and_without_tls() {
    let mut serving = Serving::start(&["--port", "0", "--tls-port", "0", "--json"]);
    let start = serving.json();
    let url = |scheme: &str, key: &str| {
        let address = start[key].as_str().expect("there is an address");
        format!("{}={scheme}://{address}", scheme.to_uppercase())
    };
    let source = "
        import ws from 'k6/ws';
        export default function () {
          for (const server of [__ENV.WS, __ENV.WSS]) {
            const response = ws.connect(`${server}/echo`, (socket) => socket.close());
            console.log(response.status);
          }
        }";
    let (plain, tls) = (url("ws", "address"), url("wss", "tls_address"));
    let arguments = ["-e", &plain, "-e", &tls, "--insecure-skip-tls-verify"];
    assert_eq!(Run::script(source).args(arguments).go().exits(0).console(), ["101", "101"]);
}

#[test]
fn people_are_told_addresses_and_endpoints() {
    let mut serving = Serving::start(&["--port", "0", "--tls-port", "0"]);
    assert_eq!(serving.line(), "wasock serves");
    let plain = serving.line();
    assert!(plain.starts_with("  ws://127.0.0.1:"), "{plain}");
    let tls = serving.line();
    assert!(tls.starts_with("  wss://127.0.0.1:"), "{tls}");
    let mut endpoints = Vec::new();
    loop {
        match serving.line() {
            line if line == "Ctrl-C ends it." => break,
            line => endpoints.push(line),
        }
    }
    for endpoint in ["/echo", "/ws/crocochat/<room>/", "/status/<N>"] {
        let is_told = endpoints.iter().any(|line| line.trim().starts_with(endpoint));
        assert!(is_told, "{endpoint}: {endpoints:?}");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken.local_addr().expect("it has an address").port().to_string();
    let output = wasock().args(["serve", "--port", &port, "--tls-port", "0"]).output();
    let output = output.expect("the command starts");
    assert_eq!(output.status.code(), Some(255));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("error: ") && stderr.contains(&port), "{stderr}");
}
