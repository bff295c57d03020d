//! Prometheus remote write: requests, and failures. What is in them is left to Prometheus itself, in
//! `tests/collectors.rs` of the command.

use wasock_runner::log::Level;

use crate::http::Server;
use crate::{output, run, samples};

const NAME: &str = "experimental-prometheus-rw";

#[test]
fn requests_are_compressed_and_carry_the_headers_of_the_protocol() {
    let (server, address) = Server::answering(&[]);
    let environment =
        [("K6_PROMETHEUS_RW_BEARER_TOKEN", "t0ken"), ("K6_PROMETHEUS_RW_HEADERS_X-Scope", "team")];
    let (mut output, log) = output(&format!("{NAME}=http://{address}/push"), &environment);
    run(&mut *output, &samples());
    let [got] = &server.got()[..] else { panic!("one request") };
    assert_eq!(got.target, "/push");
    let header = |name: &str| got.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/x-protobuf");
    assert_eq!(header("content-encoding"), "snappy");
    assert_eq!(header("x-prometheus-remote-write-version"), "0.1.0");
    assert_eq!(header("user-agent"), "wasock/1.2.3");
    assert_eq!(
        (header("authorization"), header("x-scope")),
        ("Bearer t0ken".into(), "team".into())
    );
    let body = snap::raw::Decoder::new().decompress_vec(&got.body).unwrap();
    let text = String::from_utf8_lossy(&body);
    for name in ["k6_ws_msgs_sent_total", "k6_ws_rtt_p99", "k6_checks_rate", "k6_vus"] {
        assert!(text.contains(name), "{name}");
    }
    assert_eq!(output.lost(), 0);
    assert_eq!(log.all(), []);
}

#[test]
fn the_end_of_a_run_can_be_marked() {
    let (server, address) = Server::answering(&[]);
    let environment = [("K6_PROMETHEUS_RW_STALE_MARKERS", "true")];
    let (mut output, _) = output(&format!("{NAME}=http://{address}/push"), &environment);
    run(&mut *output, &samples());
    let got = server.got();
    let bodies = got.iter().map(|got| snap::raw::Decoder::new().decompress_vec(&got.body).unwrap());
    let stale = 0x7ff0_0000_0000_0002_u64.to_le_bytes();
    let stale = |body: Vec<u8>| body.windows(8).filter(|window| **window == stale).count();
    // Messages and round trips have two URLs each; checks and users are one series each.
    assert_eq!(bodies.map(stale).collect::<Vec<_>>(), [0, 6]);
}

#[test]
fn a_server_that_is_not_there_costs_the_samples_and_a_bounded_time() {
    // Bound and not listening, it refuses connections, and nobody else is given its port meanwhile.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let (mut output, log) = output(&format!("{NAME}=http://{address}/push"), &[]);
    run(&mut *output, &samples());
    assert_eq!(output.lost(), 400);
    let (level, text) = &log.all()[0];
    assert_eq!(*level, Level::Warn);
    assert!(text.contains("cannot deliver at present: Connection refused"), "{text}");
}
