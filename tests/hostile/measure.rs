//! How much a hostile guest slows a good user down: `make hostile`.
//!
//! Two users talk at a steady pace for some seconds beside each guest, and before and after it beside one that
//! sleeps. The guests' server has a processor of its own, as if it were on another machine; wasock and the server of the
//! good users share another one. The table has the times of their round trips, what has changed, and the most memory
//! that the process had.
//! A machine's noise is in the first rows, where nobody is beside them. `GUESTS` picks guests by the beginnings of
//! their names, with commas between several; `BAD_VUS` is how many of the guest there are, 1 without it.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::env;
use std::process::{self, Command};

use common::{Run, Serving};

#[path = "../common/mod.rs"]
#[allow(dead_code, unused_imports, reason = "other tests need the rest")]
mod common;
#[allow(dead_code, reason = "other tests need the rest")]
mod guests;

/// Who does nothing: what the others are compared with.
const IDLE: &str = "cpu/sleep";

/// How often it is measured in the beginning, to show the noise.
const NOISE: usize = 3;

/// Parts of the names of guests that no user works beside: they attack before or after.
const ALONE: [&str; 5] =
    ["compile/", "-at-top-level", "-in-setup", "-in-teardown", "-in-handle-summary"];

/// For how many milliseconds the good users talk: some two thousand round trips each.
const STAY: &str = "4000";

/// For how long a guest attacks: as long as they talk.
const ATTACK: &str = "4s";

/// The processor of the guests' server.
const THEIRS: usize = 0;

/// The processor of all else.
const OURS: usize = 1;

fn main() {
    stay_on(OURS);
    let picked = env::var("GUESTS").unwrap_or_default();
    let picked: Vec<_> = picked.split(',').collect();
    let vus = env::var("BAD_VUS").unwrap_or_else(|_| "1".to_owned());
    let is_picked = |name: &String| picked.iter().any(|start| name.starts_with(start));
    let beside = |name: &String| {
        let is_alone = ALONE.iter().any(|part| name.contains(part));
        !is_alone && !guests::is_wasm(name)
    };
    let attackers = guests::all().into_iter().filter(|name| beside(name) && is_picked(name));
    println!(
        "{:<32} {:>9} {:>9} {:>9} {:>8} {:>8} {:>6}",
        "guest", "trips", "p50 ms", "p99 ms", "p50", "p99", "MiB"
    );
    // What a guest does to its server is not what it does to the users beside it.
    let serving = [Serving::on_processor(THEIRS), Serving::at(0)];
    let servers = serving.each_ref().map(|(_, address)| format!("ws://{address}"));
    let measure = |guest: &str| measure(guest, &vus, &servers);
    let mut before = measure(IDLE);
    let quiet = std::iter::repeat_n("nobody".to_owned(), NOISE);
    let (mut beside_nobody, mut beside_guests) = (Changes::default(), Changes::default());
    for name in quiet.chain(attackers) {
        let is_nobody = name == "nobody";
        let times = measure(if is_nobody { IDLE } else { &name });
        let after = measure(IDLE);
        let change = times.change([&before, &after]);
        times.print(&name, change);
        let changes = if is_nobody { &mut beside_nobody } else { &mut beside_guests };
        changes.add(change);
        before = after;
    }
    beside_nobody.print("beside nobody");
    beside_guests.print("beside guests");
}

/// Keeps this process, and what it starts, on one processor.
fn stay_on(processor: usize) {
    let mut command = Command::new("taskset");
    command.args(["-a", "-c", "-p", &processor.to_string(), &process::id().to_string()]);
    let output = command.output().expect("taskset starts (Debian: package util-linux)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The round trips of the good users, in milliseconds.
struct Times {
    count: usize,
    p50: f64,
    p99: f64,
    mebibytes: u64,
}

fn measure(guest: &str, vus: &str, [theirs, others]: &[String; 2]) -> Times {
    let script = guests::root().join("tests/hostile/beside.js");
    let mut run = Run::path(script).args(["--log-output", "none"]);
    for (name, value) in [
        ("GUEST", guest),
        ("GOOD", "1"),
        ("STAY", STAY),
        ("MAX_DURATION", ATTACK),
        ("TIMES", "1000000"),
        ("BAD_VUS", vus),
        ("WS", theirs),
        ("OTHER_WS", others),
        ("SOCKETS", "2000"),
    ] {
        run = run.args(["-e", &format!("{name}={value}")]);
    }
    let (outcome, peak) = run.measured();
    let mut times: Vec<_> =
        outcome.samples("round_trips").into_iter().map(|point| point.value).collect();
    times.sort_by(f64::total_cmp);
    let at =
        |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN);
    Times { count: times.len(), p50: at(0.5), p99: at(0.99), mebibytes: peak >> 20 }
}

/// By how much median and 99th percentile are longer than beside nobody, in percent.
type Change = [f64; 2];

impl Times {
    /// The change against the mean of what was measured beside nobody.
    fn change(&self, quiet: [&Self; 2]) -> Change {
        let of: [fn(&Self) -> f64; 2] = [|times| times.p50, |times| times.p99];
        of.map(|of| (of(self) / (quiet.map(of).iter().sum::<f64>() / 2.0) - 1.0) * 100.0)
    }

    fn print(&self, guest: &str, [middle, tail]: Change) {
        let Self { count, p50, p99, mebibytes } = self;
        println!(
            "{guest:<32} {count:>9} {p50:>9.3} {p99:>9.3} {middle:>+7.0}% {tail:>+7.0}% {mebibytes:>6}"
        );
    }
}

/// The changes of several measurements: of the median, and of the 99th percentile.
#[derive(Default)]
struct Changes([Vec<f64>; 2]);

impl Changes {
    fn add(&mut self, change: Change) {
        self.0.iter_mut().zip(change).for_each(|(all, change)| all.push(change));
    }

    /// Prints the middle ones, with the least and the most.
    fn print(&self, of: &str) {
        let [middle, tail] = self.0.each_ref().map(|changes| {
            let mut changes = changes.clone();
            changes.sort_by(f64::total_cmp);
            match (changes.first(), changes.last()) {
                (Some(least), Some(most)) => {
                    let middle = changes[changes.len() / 2];
                    format!("{middle:+.0}% ({least:+.0} to {most:+.0})")
                }
                _ => "not measured".to_owned(),
            }
        });
        println!("{of} ({}): p50 {middle}, p99 {tail}", self.0[0].len());
    }
}
