//! The example of an embedder, against a server.

#![allow(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

#[path = "../examples/embed.rs"]
#[allow(dead_code, reason = "its `main` is for the command line")]
mod embed;

use std::path::Path;

use wasock_server::{Server, ServerConfig};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const WORLD: &str = "
    package example:echo;
    world echo {
        include wasock:websocket/client@0.1.0;
        export run: func(url: string) -> string;
    }
";

fn guest() -> Vec<u8> {
    let mut resolve = Resolve::default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    resolve.push_dir(root.join("../../wit")).unwrap();
    let package = resolve.push_str("echo.wit", WORLD).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let mut module = wat::parse_file(root.join("tests/echo.wat")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

#[tokio::test]
async fn an_embedder_of_sixty_lines_runs_a_guest() {
    let server = Server::start(ServerConfig::default()).await.unwrap();
    let url = format!("ws://{}/echo", server.address().unwrap());
    assert_eq!(embed::run(&guest(), &url).await.unwrap(), "hello");
    assert_eq!(server.statistics().messages_in, 1);
    let example = include_str!("../examples/embed.rs");
    assert!(example.lines().count() < 60, "the example has grown");
}
