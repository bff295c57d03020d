//! Density: what an idle virtual user costs, as the slope of the process's memory over their number.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::Common;
use crate::fleet;
use crate::report::{Row, print, say};
use crate::server::Server;
use crate::speed::SCRIPTS;
use crate::subject::{Memory, Subject};

/// The arguments of `density`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,

    /// Numbers of virtual users, from the least to the most
    #[arg(long, value_delimiter = ',', default_value = "100,1000,5000,10000")]
    users: Vec<u64>,
}

/// What stays open, and in what.
struct Held {
    name: &'static str,
    goal: &'static str,
    script: &'static str,
    /// How many variables there are in `__ENV`, besides a few that every process has.
    variables: usize,
}

const HELD: [Held; 5] = [
    Held {
        name: "CrocoChat script, one open socket",
        goal: "≤ 96 KiB",
        script: "hold-crocochat.js",
        variables: 0,
    },
    Held {
        name: "the same with 32 variables in __ENV",
        goal: "",
        script: "hold-crocochat.js",
        variables: 32,
    },
    Held { name: "trivial script, one open socket", goal: "", script: "hold.js", variables: 0 },
    Held { name: "the same as WebSocket", goal: "", script: "hold-browser.js", variables: 0 },
    Held {
        name: "script of 11 KB with 40 functions, one open socket",
        goal: "≤ 40 KiB above the trivial one",
        script: "hold-large.js",
        variables: 0,
    },
];

impl Held {
    /// Arguments that set variables of a usual length.
    fn arguments(&self) -> Vec<String> {
        let variable = |number| format!("VARIABLE_{number}=/usr/local/share/some/place");
        (0..self.variables).flat_map(|number| ["-e".to_owned(), variable(number)]).collect()
    }
}

/// One process with so many users.
struct Point {
    users: u64,
    memory: Memory,
    opening: Duration,
}

/// Measures, and prints a table.
pub async fn run(arguments: Arguments) -> Result<()> {
    let Arguments { common, users } = arguments;
    ensure!(users.len() > 1, "a slope needs two numbers of users");
    let mut rows = Vec::new();
    for held in HELD.iter().filter(|held| held.name.contains(&common.filter)) {
        // The first run compiles, which takes memory.
        let variables = held.arguments();
        measure(&common, held.script, 1, 1, &variables).await?;
        let mut points = Vec::new();
        for &users in &users {
            say(&format!("{}, {users} …", held.name));
            points.push(measure(&common, held.script, users, users, &variables).await?);
        }
        rows.push(slope(held, &points));
    }
    if "sockets in one user".contains(&common.filter) {
        rows.push(sockets(&common).await?);
    }
    if fleet::NAME.contains(&common.filter) {
        rows.push(fleet::measure(&common).await?);
    }
    print("density", &rows, common.json.as_deref())
}

async fn measure(
    common: &Common,
    script: &str,
    users: u64,
    connections: u64,
    more: &[String],
) -> Result<Point> {
    let server = Server::start().await?;
    let mut arguments: Vec<String> =
        ["run", "--quiet", "-u", &users.to_string(), "-d", "10m", "-e"].map(str::to_owned).into();
    arguments.push(format!("URL={}", server.url("/echo")));
    arguments.extend_from_slice(more);
    arguments.push(format!("{SCRIPTS}/{script}"));
    // Compiled, and in the page cache.
    let mut subject = Subject::start(common.core, &common.wasock, &arguments)?;
    let opening = subject.opens(connections, || server.counters.open()).await?;
    Ok(Point { users, memory: subject.memory()?, opening })
}

fn slope(held: &Held, points: &[Point]) -> Row {
    let (first, last) = (&points[0], &points[points.len() - 1]);
    let users = (last.users - first.users) as f64;
    let each =
        |of: fn(&Memory) -> u64| (of(&last.memory) as f64 - of(&first.memory) as f64) / users;
    let dirty = each(|memory| memory.private_dirty);
    let proportional = each(|memory| memory.proportional);
    let resident = each(|memory| memory.resident);
    let tables = each(|memory| memory.page_tables);
    let mappings = each(|memory| memory.mappings as u64);
    Row {
        name: held.name.to_owned(),
        goal: held.goal.to_owned(),
        cells: vec![
            ("private dirty", format!("{dirty:.1} KiB")),
            ("PSS", format!("{proportional:.1} KiB")),
            ("RSS", format!("{resident:.1} KiB")),
            ("page tables", format!("{tables:.1} KiB")),
            ("mappings", format!("{mappings:.1}")),
            ("at the most", at_the_most(last)),
        ],
        data: json!({
            "privateDirty": dirty, "pss": proportional, "rss": resident, "pageTables": tables,
            "mappings": mappings,
            "points": points.iter().map(|point| json!({ "users": point.users,
                "privateDirty": point.memory.private_dirty, "pss": point.memory.proportional,
                "rss": point.memory.resident, "pageTables": point.memory.page_tables,
                "mappings": point.memory.mappings,
                "openSeconds": point.opening.as_secs_f64() })).collect::<Vec<_>>(),
        }),
    }
}

fn at_the_most(point: &Point) -> String {
    let mib = point.memory.private_dirty as f64 / 1024.0;
    let opening = point.opening.as_secs_f64();
    format!("{} users, {mib:.0} MiB, open in {opening:.1} s", point.users)
}

/// Many sockets in one virtual user.
async fn sockets(common: &Common) -> Result<Row> {
    const SOCKETS: u64 = 5_000;
    say(&format!("{SOCKETS} sockets in one user …"));
    let count = |sockets: u64| vec!["-e".to_owned(), format!("SOCKETS={sockets}")];
    // The first run compiles, which takes memory.
    measure(common, "hold-many.js", 1, 1, &count(1)).await?;
    let few = measure(common, "hold-many.js", 1, 1, &count(1)).await?;
    let many = measure(common, "hold-many.js", 1, SOCKETS, &count(SOCKETS)).await?;
    let of = |point: &Point| point.memory.private_dirty as f64;
    let each = (of(&many) - of(&few)) / (SOCKETS - 1) as f64;
    let opening = many.opening.as_secs_f64();
    Ok(Row {
        name: format!("{SOCKETS} sockets in one user"),
        goal: "≤ 16 KiB each, < 1 s".to_owned(),
        cells: vec![
            ("private dirty", format!("{each:.1} KiB")),
            ("at the most", format!("open in {opening:.2} s")),
        ],
        data: json!({ "privateDirty": each, "openSeconds": opening }),
    })
}
