//! `wasock serve` in a process of its own.

use std::io::{BufRead as _, BufReader, Lines};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::Value;

use super::wasock;

/// A server that runs, and what it prints. It is killed when it is dropped.
pub struct Serving {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Serving {
    pub fn start(arguments: &[&str]) -> Self {
        Self::started_by(wasock(), arguments)
    }

    fn started_by(mut command: Command, arguments: &[&str]) -> Self {
        command.arg("serve").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let stdout = child.stdout.take().expect("it is piped");
        Self { child, lines: BufReader::new(stdout).lines() }
    }

    /// Starts one at this port, and waits until it listens.
    pub fn at(port: u16) -> (Self, SocketAddr) {
        Self::listening(wasock(), port)
    }

    /// Starts one at a free port, on a processor of its own.
    #[cfg(unix)]
    #[allow(dead_code, reason = "only what measures hostile guests needs it")]
    pub fn on_processor(number: usize) -> (Self, SocketAddr) {
        let mut command = Command::new("taskset");
        command.args(["-c", &number.to_string()]).arg(wasock().get_program());
        Self::listening(command, 0)
    }

    fn listening(command: Command, port: u16) -> (Self, SocketAddr) {
        let port = port.to_string();
        let arguments = ["--port", &*port, "--tls-port", "0", "--json"];
        let mut serving = Self::started_by(command, &arguments);
        let address = serving.json()["address"].as_str().and_then(|address| address.parse().ok());
        (serving, address.expect("it tells its address"))
    }

    pub fn line(&mut self) -> String {
        self.lines.next().expect("there is another line").expect("it can be read")
    }

    pub fn json(&mut self) -> Value {
        serde_json::from_str(&self.line()).expect("it is JSON")
    }

    #[cfg(unix)]
    pub fn interrupt(&self) {
        let status =
            Command::new("kill").args(["-s", "INT", &self.child.id().to_string()]).status();
        assert!(status.expect("kill can be run").success());
    }

    /// Waits for its end.
    pub fn ends(&mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
