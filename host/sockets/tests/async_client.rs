//! The example of an embedder of guests with `async` functions, with the guest in Rust that `make guest-concurrent` makes.

#![allow(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

#[path = "../examples/embed_async.rs"]
#[allow(dead_code, reason = "its `main` is for the command line")]
mod embed_async;

use std::fs;
use std::path::Path;
use std::time::Duration;

use wasock_server::{Server, ServerConfig};

/// It takes no such time, unless the guest is held up.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_guest_goes_on_while_a_peer_holds_up_one_of_its_connections() {
    let component =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/guests/concurrent.wasm");
    let component = fs::read(component).expect("make guest-concurrent has made it");
    let server = Server::start(ServerConfig::default()).await.unwrap();
    let url = format!("ws://{}/echo", server.address().unwrap());
    let answer = tokio::time::timeout(PATIENCE, embed_async::run(&component, &url)).await;
    assert_eq!(answer.expect("it is held up").unwrap(), "hello 10");
}
