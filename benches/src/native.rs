//! The native client: tokio-tungstenite without scripts, the practical limit of a client.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::ValueEnum;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
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
    /// Timers instead of connections; it ends by itself, and tells how late they were.
    Ticks,
}

/// How far the ticks of a timer are apart.
const PERIOD: Duration = Duration::from_millis(10);

/// How many ticks there are to be of each timer: those of ten seconds.
const TICKS: u32 = 1_000;

/// The arguments of `native`.
#[derive(clap::Args)]
pub struct Arguments {
    work: Work,
    #[arg(default_value = "")]
    url: String,
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// Bytes of payload per message
    #[arg(long, default_value_t = 64)]
    payload: usize,
}

/// Works until the process is killed.
pub async fn run(arguments: Arguments) -> Result<()> {
    if let Work::Ticks = arguments.work {
        return ticks(arguments.connections).await;
    }
    let mut tasks = JoinSet::new();
    for _ in 0..arguments.connections {
        let url = arguments.url.clone();
        match arguments.work {
            Work::PingPong => tasks.spawn(ping_pong(url, arguments.payload)),
            Work::Flood => tasks.spawn(read(url)),
            Work::Hold => tasks.spawn(read(url)),
            Work::Churn => tasks.spawn(churn(url)),
            Work::Ticks => unreachable!("they have no connections"),
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

/// Lets so many timers tick, and prints how many ticks there were and how late they came, in milliseconds.
async fn ticks(timers: usize) -> Result<()> {
    let begin = Instant::now() + PERIOD;
    let mut tasks = JoinSet::new();
    for _ in 0..timers {
        tasks.spawn(async move {
            let mut timer = interval_at(begin, PERIOD);
            timer.set_missed_tick_behavior(MissedTickBehavior::Skip);
            let mut late = Vec::new();
            while begin.elapsed() < PERIOD * (TICKS - 1) {
                let due = timer.tick().await;
                late.push(due.elapsed().as_secs_f64() * 1e3);
            }
            late
        });
    }
    let mut late = tasks.join_all().await.concat();
    late.sort_by(f64::total_cmp);
    let at = |share: f64| late[((late.len() - 1) as f64 * share) as usize];
    let told = json!({ "ticks": late.len(), "median": at(0.5), "p99": at(0.99), "max": at(1.0) });
    print(&told.to_string());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "it is what the program tells")]
fn print(line: &str) {
    println!("{line}");
}
