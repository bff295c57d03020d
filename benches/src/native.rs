//! The native client: tokio-tungstenite without scripts, the practical limit of a client.

use anyhow::{Result, bail};
use clap::ValueEnum;
use futures_util::{SinkExt, StreamExt};
use tokio::task::JoinSet;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// What the client does until it is stopped.
#[derive(Clone, Copy, ValueEnum)]
pub enum Work {
    /// Each connection sends a message when it has got the last one back.
    PingPong,
    /// Each connection reads.
    Flood,
    /// Each connection opens, closes, and begins again.
    Churn,
    /// Each connection stays open and does nothing.
    Hold,
}

/// The arguments of `native`.
#[derive(clap::Args)]
pub struct Arguments {
    work: Work,
    url: String,
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// Bytes of payload per message
    #[arg(long, default_value_t = 64)]
    payload: usize,
}

/// Works until the process is killed.
pub async fn run(arguments: Arguments) -> Result<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..arguments.connections {
        let url = arguments.url.clone();
        match arguments.work {
            Work::PingPong => tasks.spawn(ping_pong(url, arguments.payload)),
            Work::Flood => tasks.spawn(read(url)),
            Work::Hold => tasks.spawn(read(url)),
            Work::Churn => tasks.spawn(churn(url)),
        };
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    bail!("the server has ended all connections")
}

async fn ping_pong(url: String, payload: usize) -> Result<()> {
    let (mut socket, _) = connect_async(url).await?;
    let text = Message::text("x".repeat(payload));
    loop {
        socket.send(text.clone()).await?;
        if socket.next().await.transpose()?.is_none() {
            return Ok(());
        }
    }
}

async fn read(url: String) -> Result<()> {
    let (mut socket, _) = connect_async(url).await?;
    while socket.next().await.transpose()?.is_some() {}
    Ok(())
}

async fn churn(url: String) -> Result<()> {
    loop {
        let (mut socket, _) = connect_async(&url).await?;
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        socket.close(Some(frame)).await?;
        while socket.next().await.transpose()?.is_some() {}
    }
}
