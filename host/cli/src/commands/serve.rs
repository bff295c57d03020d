//! `wasock serve`: the embedded test server on its own.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use clap::Args;
use serde_json::json;
use wasock_runner::exit_code::ExitCode;
use wasock_server::{ENDPOINTS, Server, ServerConfig, Statistics};

use super::Context;
use crate::failure::Failure;
use crate::signals::Signals;

/// The port for `ws:`: one that scripts can be written for, needs no privilege, and is not commonly
/// taken by something else, as 8080 is.
const DEFAULT_PORT: u16 = 8765;

/// The port for `wss:`, next to the other.
const DEFAULT_TLS_PORT: u16 = 8766;

const EXAMPLES: &str = "\
Examples:
  wasock serve                                    ws://127.0.0.1:8765, wss://127.0.0.1:8766
  wasock serve --port 0 --tls-port 0 --json       any free ports, told to a program
  wasock serve --address 0.0.0.0 --host-name lab  reachable from other machines";

/// Run the test server: echo, chat rooms, and every way to end a connection
///
/// It serves ws: and wss: until Ctrl-C, and lists its endpoints when it starts and at its address over
/// HTTP. The certificate of its TLS port is generated at each start and self-signed: run scripts
/// with --insecure-skip-tls-verify.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// The port for ws: and http:; 0 takes any free one
    #[arg(long, value_name = "N", default_value_t = DEFAULT_PORT)]
    port: u16,

    /// The port for wss: and https:; 0 takes any free one
    #[arg(long, value_name = "N", default_value_t = DEFAULT_TLS_PORT)]
    tls_port: u16,

    /// The address to listen on; 0.0.0.0 is reachable from other machines
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,

    /// An additional name for the certificate; can be repeated
    #[arg(long, value_name = "NAME")]
    host_name: Vec<String>,

    /// Print addresses and certificate, and at the end statistics, as one line of JSON each
    #[arg(long)]
    json: bool,
}

/// Serves until a signal comes.
///
/// # Errors
///
/// The server cannot start.
pub async fn serve(args: ServeArgs, context: &Context) -> Result<ExitCode, Failure> {
    let signals = Signals::listen()?;
    let config = ServerConfig {
        address: args.address,
        port: Some(args.port),
        tls_port: Some(args.tls_port),
        names: args.host_name,
        ..ServerConfig::default()
    };
    let server = Server::start(config).await?;
    let start = match args.json {
        true => start_json(&server),
        false if context.global.quiet => String::new(),
        false => start_text(&server),
    };
    context.screen.out(start);
    signals.first().await;
    let statistics = server.statistics();
    server.shutdown().await;
    let end = match args.json {
        true => end_json(&statistics),
        false if context.global.quiet => String::new(),
        false => end_text(&statistics),
    };
    context.screen.out(end);
    Ok(ExitCode::Success)
}

fn start_json(server: &Server) -> String {
    let start = json!({
        "address": server.address().map(|address| address.to_string()),
        "tls_address": server.tls_address().map(|address| address.to_string()),
        "certificate": server.certificate_pem(),
    });
    format!("{start}\n")
}

fn start_text(server: &Server) -> String {
    let mut text = "wasock serves\n".to_owned();
    for (scheme, address) in [("ws", server.address()), ("wss", server.tls_address())] {
        if let Some(address) = address {
            writeln!(text, "  {scheme}://{address}").expect("a string takes all text");
        }
    }
    text.push_str("\nat the endpoints\n");
    let width = ENDPOINTS.iter().map(|(path, _)| path.len()).max().unwrap_or(0);
    for (path, what) in ENDPOINTS {
        writeln!(text, "  {path:<width$}  {what}").expect("a string takes all text");
    }
    text.push_str("\nCtrl-C ends it.\n");
    text
}

fn end_json(statistics: &Statistics) -> String {
    let end = json!({
        "connections": statistics.connections_total,
        "upgrades": statistics.upgrades_total,
        "messages_in": statistics.messages_in,
        "messages_out": statistics.messages_out,
    });
    format!("{end}\n")
}

fn end_text(statistics: &Statistics) -> String {
    let Statistics { connections_total, upgrades_total, messages_in, messages_out, .. } =
        statistics;
    format!(
        "\n{connections_total} connections, {upgrades_total} WebSocket handshakes, \
         {messages_in} messages in, {messages_out} out\n"
    )
}
