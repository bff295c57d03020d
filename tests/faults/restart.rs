//! A server that is killed and started again while fifty users are connected to it.

use std::net::{Ipv4Addr, TcpListener};

use super::books::books;
use crate::common::{Run, Serving};

/// Where ports begin that no connection is given: one of these that is free stays free, although users connect to
/// it while nobody listens.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

fn free_port() -> u16 {
    let start = PORTS.start + (std::process::id() % 5_000) as u16;
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    (start..PORTS.end).find(is_free).expect("a port is free")
}

#[test]
fn a_server_that_is_killed_and_comes_back_costs_sessions_and_no_sample() {
    let port = free_port();
    let (first, address) = Serving::at(port);
    let url = format!("URL=ws://{address}/echo");
    let mut process = Run::file("faults/restart.js").args(["-e", &url]).start();
    process.samples_have("\"ws_msgs_received\"");
    // Dropped, it is killed.
    drop(first);
    process.samples_have("\"error_code\":\"1212\"");
    let (mut second, _) = Serving::at(port);
    let outcome = process.ends().exits(0);
    assert_eq!(outcome.sum("iterations"), 50.0);
    assert_eq!(outcome.logged("error"), [""; 0]);

    let books = books(&outcome);
    let mine = |name: &str| outcome.sum(&format!("my_{name}")) as usize;
    assert!(books.broken > 0 && books.failed > 0, "{books:?}");
    assert_eq!(books.attempts, mine("attempts"));
    assert_eq!(books.opened, mine("opened"));
    assert_eq!(books.broken + books.closed, mine("broken") + mine("closed"));
    // A script of k6/ws is told of no breakage once it has closed its socket; one of WebSocket is.
    assert!(books.broken >= mine("broken"), "{books:?}");
    let of_web = |metric: &str| {
        outcome.tags(metric, "scenario").iter().filter(|name| **name == "web").count()
    };
    assert_eq!(of_web("ws_session_errors"), of_web("my_broken"));
    assert_eq!(outcome.sum("ws_msgs_received") as usize, mine("messages"));

    second.interrupt();
    let counted = second.json();
    // Each user has had its sessions on the second server.
    assert!(counted["upgrades"].as_u64().is_some_and(|upgrades| upgrades >= 150), "{counted}");
}
