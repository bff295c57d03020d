//! InfluxDB's line protocol.

use std::collections::HashSet;

use wasock_runner::log::Level;
use wasock_runner::metrics::Builtin;

use crate::http::{Got, Server};
use crate::{output, run, sample, samples};

fn lines(got: &[Got]) -> Vec<String> {
    let bodies = got.iter().map(|got| String::from_utf8(got.body.to_vec()).expect("text"));
    bodies.flat_map(|body| body.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_sample_is_a_point() {
    let (server, address) = Server::answering(&[]);
    let (mut output, log) = output(&format!("influxdb=http://ann:x@{address}/load"), &[]);
    let samples = samples();
    run(&mut *output, &samples);
    let got = server.got();
    assert_eq!(got[0].target, "/query?q=CREATE+DATABASE+%22load%22");
    assert_eq!(got[1].target, "/write?db=load&precision=n");
    assert_eq!(got[1].headers["authorization"], "Basic YW5uOng=");
    let lines = lines(&got[1..]);
    assert_eq!(lines.len(), samples.len());
    assert_eq!(
        lines[0],
        "ws_msgs_sent,scenario=default url=\"ws://a/\",value=1 1767323045123456789"
    );
    // The samples are of one time; points of one series must not be.
    let point = |line: &String| {
        let (series, rest) = line.split_once(' ').expect("there are fields");
        let (_, time) = rest.rsplit_once(' ').expect("there is a time");
        format!("{series} {time}")
    };
    let points: HashSet<_> = lines.iter().map(point).collect();
    assert_eq!(points.len(), samples.len());
    assert_eq!(output.lost(), 0);
    assert_eq!(log.all(), []);
}

#[test]
fn version_2_has_a_bucket_and_a_token() {
    let (server, address) = Server::answering(&[]);
    let environment = [
        ("K6_INFLUXDB_BUCKET", "tests"),
        ("K6_INFLUXDB_ORGANIZATION", "us"),
        ("K6_INFLUXDB_TOKEN", "t0ken"),
        ("K6_INFLUXDB_PRECISION", "ms"),
    ];
    let (mut output, _) = output(&format!("influxdb=http://{address}"), &environment);
    run(&mut *output, &[sample(Builtin::Iterations, 1.0, &[("a", "b")])]);
    let [got] = &server.got()[..] else { panic!("one request") };
    assert_eq!(got.target, "/api/v2/write?org=us&bucket=tests&precision=ms");
    assert_eq!(got.headers["authorization"], "Token t0ken");
    assert_eq!(&got.body[..], b"iterations,a=b value=1 1767323045123\n");
}

#[test]
fn a_server_that_comes_and_goes_gets_everything() {
    let away = (503, "away");
    // The first is the answer to the wish for a database.
    let (server, address) = Server::answering(&[(200, ""), away, away]);
    let environment = [("K6_INFLUXDB_PUSH_INTERVAL", "1ns")];
    let (mut output, log) = output(&format!("influxdb=http://{address}"), &environment);
    let samples = samples();
    run(&mut *output, &samples);
    assert_eq!(lines(&server.taken("/write")).len(), samples.len());
    assert_eq!(output.lost(), 0);
    let described = format!("the output InfluxDBv1 (http://{address})");
    let lines = [
        (
            Level::Warn,
            format!(
                "{described} cannot deliver at present: the server answered 503 Service Unavailable: \
                 away; it keeps its samples and tries again"
            ),
        ),
        (Level::Info, format!("{described} delivers again")),
    ];
    assert_eq!(log.all()[..2], lines);
}

#[test]
fn what_a_server_refuses_is_counted() {
    let refused = (400, "{\"error\":\"partial write\"}");
    let (server, address) = Server::answering(&[(200, ""), refused]);
    let (mut output, log) = output(&format!("influxdb=http://{address}"), &[]);
    run(&mut *output, &samples());
    assert_eq!(lines(&server.taken("/write")).len(), 0);
    assert_eq!(output.lost(), 400);
    let (level, text) = &log.all()[0];
    assert_eq!(*level, Level::Error);
    assert!(text.ends_with(
        "lost samples: the server answered 400 Bad Request: {\"error\":\"partial write\"}"
    ));
}
