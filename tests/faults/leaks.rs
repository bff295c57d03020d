//! Sessions that break leave nothing in the process.

use std::fs;
use std::net::SocketAddr;

use serde_json::json;

use super::books::books;
use crate::common::http::{get, patch_status};
use crate::common::{Run, found, server, until};

/// Connections break at these places, again and again.
const PATHS: &str = r#"["/fault?at=0&by=reset", "/fault?at=60", "/fault?at=60&by=reset", "/fault?at=131&by=cut",
    "/fault?at=131&by=reset", "/fault?at=131&by=stall", "/fault?flip=1033", "/fault?frame=close&by=stall",
    "/reset", "/drop", "/garbage", "/status/503", "/huge-frame", "/silent"]"#;

/// The sockets of a process.
fn sockets(process: u32) -> usize {
    let folder = fs::read_dir(format!("/proc/{process}/fd")).expect("it is alive");
    let links = folder.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
}

/// Waits until the run is ready.
fn until_paused(address: SocketAddr) {
    const PAUSED: u64 = 4;
    until("the run is paused", || {
        get(address, "/v1/status").has(200).json()["data"]["attributes"]["status"] == PAUSED
    });
}

#[test]
fn descriptors_come_back_after_sessions_that_broke() {
    let server = server();
    let base = format!("URL_BASE=ws://{}", server.address().expect("it has a plain port"));
    for api in ["API=WebSocket", "API=k6/ws"] {
        let paths = format!("PATHS={PATHS}");
        let arguments = ["-e", api, "-e", &paths, "-e", &base, "--address", "127.0.0.1:0"];
        let run = Run::file("faults/table.js").args(arguments);
        let mut process = run.args(["--paused", "--linger", "-u", "5", "-i", "10"]).start();
        let address = process.api();
        until_paused(address);
        let before = sockets(process.id());
        patch_status(address, &json!({ "paused": false })).has(200);
        process.prints("the test is done; the run lingers");
        found(|| {
            let open = sockets(process.id());
            (open <= before).then_some(()).ok_or_else(|| format!("{open} sockets are open"))
        });
        process.signal("INT");
        let outcome = process.ends().exits(0);
        assert_eq!(books(&outcome).attempts, 140, "{api}");
    }
}
