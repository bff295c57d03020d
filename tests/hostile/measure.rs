//! How much a hostile guest slows a good user down: `make hostile`.
//!
//! Two users open sessions for some seconds, first beside one that sleeps, then beside each guest. The table has
//! the times of their sessions, and the most memory that the process had. `GUESTS` picks guests by the beginnings
//! of their names, with commas between several; `BAD_VUS` is how many of the guest there are, 1 without it.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::env;

use common::{Outcome, Run};

#[path = "../common/mod.rs"]
#[allow(dead_code, unused_imports, reason = "other tests need the rest")]
mod common;
#[allow(dead_code, reason = "other tests need the rest")]
mod guests;

/// Who does nothing: what the others are compared with.
const IDLE: &str = "cpu/sleep";

/// Parts of the names of guests that no user works beside: they attack before or after.
const ALONE: [&str; 5] =
    ["compile/", "-at-top-level", "-in-setup", "-in-teardown", "-in-handle-summary"];

/// Sessions of each of the two users: some seconds.
const SESSIONS: &str = "300";

/// For how long a guest attacks: as long as the good users need beside nobody, and a bit.
const ATTACK: &str = "5s";

fn main() {
    let picked = env::var("GUESTS").unwrap_or_default();
    let picked: Vec<_> = picked.split(',').collect();
    let vus = env::var("BAD_VUS").unwrap_or_else(|_| "1".to_owned());
    let is_picked = |name: &String| picked.iter().any(|start| name.starts_with(start));
    let beside = |name: &String| {
        let is_alone = ALONE.iter().any(|part| name.contains(part));
        !is_alone && !guests::is_wasm(name)
    };
    println!(
        "{:<32} {:>9} {:>9} {:>9} {:>8} {:>6}",
        "guest", "sessions", "p50 ms", "p99 ms", "p99", "MiB"
    );
    let alone = measure(IDLE, &vus);
    alone.print(IDLE, alone.p99);
    for name in guests::all().into_iter().filter(|name| beside(name) && is_picked(name)) {
        measure(&name, &vus).print(&name, alone.p99);
    }
}

/// The sessions of the good users, in milliseconds.
struct Times {
    count: usize,
    p50: f64,
    p99: f64,
    mebibytes: u64,
}

fn measure(guest: &str, vus: &str) -> Times {
    let script = guests::root().join("tests/hostile/beside.js");
    let mut run = Run::path(script).served().args(["--log-output", "none"]);
    let sockets = ("SOCKETS", "2000");
    for (name, value) in [
        ("GUEST", guest),
        ("GOOD", SESSIONS),
        ("MAX_DURATION", ATTACK),
        ("TIMES", "1000000"),
        ("BAD_VUS", vus),
        sockets,
    ] {
        run = run.args(["-e", &format!("{name}={value}")]);
    }
    let (outcome, peak) = run.measured();
    let mut times = sessions(&outcome);
    times.sort_by(f64::total_cmp);
    let at =
        |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN);
    Times { count: times.len(), p50: at(0.5), p99: at(0.99), mebibytes: peak >> 20 }
}

fn sessions(outcome: &Outcome) -> Vec<f64> {
    let samples = outcome.samples("ws_session_duration").into_iter();
    let good =
        samples.filter(|point| point.tags.get("scenario").is_some_and(|name| name == "good"));
    good.map(|point| point.value).collect()
}

impl Times {
    fn print(&self, guest: &str, alone: f64) {
        let Self { count, p50, p99, mebibytes } = self;
        let change = (p99 / alone - 1.0) * 100.0;
        println!("{guest:<32} {count:>9} {p50:>9.2} {p99:>9.2} {change:>+7.0}% {mebibytes:>6}");
    }
}
