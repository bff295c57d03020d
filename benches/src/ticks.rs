//! The timers of the native client, without scripts: what the machine lets any program have.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// How many timers there are, as many as users in `scripts/interval.js`.
const TIMERS: usize = 200;

/// How far the ticks of a timer are apart.
const PERIOD: Duration = Duration::from_millis(10);

/// How many ticks there are to be of each timer: those of ten seconds.
const TICKS: u32 = 1_000;

/// Lets the timers tick, and prints how many ticks there were and how late they came, in milliseconds.
pub async fn run() -> Result<()> {
    let begin = Instant::now() + PERIOD;
    let mut tasks = JoinSet::new();
    for _ in 0..TIMERS {
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
