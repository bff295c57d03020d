//! Outputs against the collectors themselves: a run's samples go to Prometheus and InfluxDB, and what these
//! answer when they are asked is compared with the run's own totals.
//!
//! `make collectors` runs this; it needs Debian's packages `prometheus` and `influxdb`.

#[allow(dead_code, unused_imports, reason = "other tests need the rest")]
mod common;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tempfile::TempDir;

use common::{Outcome, Run, until};

/// Users that send messages as fast as their echo comes, so that many are of one time.
const SCRIPT: &str = "import { check, group } from 'k6';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import ws from 'k6/ws';

const orders = new Counter('orders');
const stock = new Gauge('stock');
const sold = new Rate('sold');
const price = new Trend('price');
const wait = new Trend('wait', true);

export const options = { scenarios: { shop: { executor: 'per-vu-iterations', vus: 5, iterations: 2 } } };

export default function () {
  ws.connect(`${__ENV.WS}/echo`, { tags: { kind: 'a b,c=\"d\"' } }, (socket) => {
    let left = 200;
    socket.on('open', () => {
      for (let number = 0; number < 200; number += 1) socket.send(`message ${number}`);
    });
    socket.on('message', () => {
      left -= 1;
      if (left === 0) socket.close();
    });
  });
  group('buying', () => {
    for (let number = 0; number < 10; number += 1) {
      orders.add(2, { item: `item-${number}` });
      sold.add(number < 7);
      price.add(number * 10);
      wait.add(500 + number);
      check(number, { 'is small': (value) => value < 8 });
    }
  });
  stock.add(42);
}";

/// A collector that runs until the test ends.
struct Collector {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Collector {
    /// Starts a program, and waits until it answers at this path.
    fn start(
        program: &str,
        ready: &str,
        arguments: impl Fn(&TempDir, SocketAddr) -> Vec<String>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let address = free_address();
        let mut command = Command::new(program);
        command.args(arguments(&folder, address)).current_dir(folder.path());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
        let collector = Self { child, address, _folder: folder };
        until(&format!("{program} answers"), || {
            collector.get(ready).is_some_and(|answer| answer.0 < 300)
        });
        collector
    }

    fn prometheus() -> Self {
        Self::start("prometheus", "/-/ready", |folder, address| {
            let config = folder.path().join("prometheus.yml");
            std::fs::write(&config, "global: {}\n").expect("a file can be written");
            vec![
                format!("--config.file={}", config.display()),
                format!("--storage.tsdb.path={}", folder.path().join("data").display()),
                format!("--web.listen-address={address}"),
                "--web.enable-remote-write-receiver".to_owned(),
                "--enable-feature=native-histograms".to_owned(),
            ]
        })
    }

    fn influxdb() -> Self {
        Self::start("influxd", "/ping", |folder, address| {
            let path = |name: &str| folder.path().join(name).display().to_string();
            let config = format!(
                "reporting-disabled = true\nbind-address = \"{}\"\n[meta]\ndir = \"{}\"\n[data]\n\
                 dir = \"{}\"\nwal-dir = \"{}\"\n[http]\nbind-address = \"{address}\"\n",
                free_address(),
                path("meta"),
                path("data"),
                path("wal")
            );
            std::fs::write(path("influxdb.conf"), config).expect("a file can be written");
            vec!["-config".to_owned(), path("influxdb.conf")]
        })
    }

    /// The status and the body of an answer.
    fn get(&self, target: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        write!(stream, "GET {target} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    #[track_caller]
    fn json(&self, target: &str) -> Value {
        let (status, body) = self.get(target).expect("it answers");
        assert_eq!(status, 200, "{target}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{target}: {error}: {body}"))
    }

    /// The number that a query of Prometheus comes to; none if there is no series.
    #[track_caller]
    fn promql(&self, query: &str) -> Option<f64> {
        let query = utf8_percent_encode(query, NON_ALPHANUMERIC);
        let answer = self.json(&format!("/api/v1/query?query={query}"));
        let result = &answer["data"]["result"];
        assert!(result.as_array().is_some_and(|result| result.len() < 2), "{answer}");
        result[0]["value"][1].as_str().map(|number| number.parse().expect("it is a number"))
    }

    /// The number that a query of InfluxDB comes to.
    #[track_caller]
    fn influxql(&self, query: &str) -> f64 {
        let encoded = utf8_percent_encode(query, NON_ALPHANUMERIC);
        let answer = self.json(&format!("/query?db=load&q={encoded}"));
        let value = &answer["results"][0]["series"][0]["values"][0][1];
        value.as_f64().unwrap_or_else(|| panic!("{query}: {answer}"))
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address")
}

/// A good run, and its totals.
#[track_caller]
fn run(output: &str, environment: &[(&str, &str)]) -> (Outcome, Value) {
    let run = Run::script(SCRIPT).served();
    let run = run.args(["-q", "--summary-export", "totals.json", "--out", output]);
    let run = environment.iter().fold(run, |run, (name, value)| run.variable(name, value));
    let outcome = run.go().exits(0);
    assert_eq!(outcome.logged("error"), [""; 0]);
    assert_eq!(outcome.logged("warning"), [""; 0]);
    let totals: Value = serde_json::from_str(&outcome.file("totals.json")).expect("it is JSON");
    (outcome, totals["metrics"].clone())
}

/// A number of the totals.
#[track_caller]
fn number(totals: &Value, metric: &str, name: &str) -> f64 {
    totals[metric][name].as_f64().unwrap_or_else(|| panic!("no {name} of {metric}: {totals}"))
}

/// Fails the test unless these are equal but for rounding.
#[track_caller]
fn assert_near(found: Option<f64>, expected: f64, what: &str) {
    let found = found.unwrap_or_else(|| panic!("there is no {what}"));
    assert!((found - expected).abs() <= expected.abs() * 1e-9, "{what}: {found}, not {expected}");
}

#[test]
fn prometheus_has_the_totals_of_a_run() {
    let prometheus = Collector::prometheus();
    let url = format!("http://{}/api/v1/write", prometheus.address);
    let environment = [
        ("K6_PROMETHEUS_RW_SERVER_URL", url.as_str()),
        ("K6_PROMETHEUS_RW_TREND_STATS", "count,sum,min,max,avg,p(95)"),
        ("K6_PROMETHEUS_RW_PUSH_INTERVAL", "50ms"),
    ];
    let (_, totals) = run("experimental-prometheus-rw", &environment);
    for metric in
        ["iterations", "orders", "ws_sessions", "ws_msgs_sent", "ws_msgs_received", "data_sent"]
    {
        let sum = prometheus.promql(&format!("sum(k6_{metric}_total)"));
        assert_near(sum, number(&totals, metric, "count"), metric);
    }
    assert_eq!(number(&totals, "ws_msgs_received", "count"), 2_000.0);
    let rate = prometheus.promql("k6_checks_rate");
    assert_near(rate, number(&totals, "checks", "value"), "checks");
    assert_near(prometheus.promql("k6_stock"), 42.0, "stock");
    assert_near(prometheus.promql("k6_price_count"), 100.0, "price_count");
    assert_near(prometheus.promql("k6_price_sum"), 4_500.0, "price_sum");
    assert_near(prometheus.promql("k6_price_avg"), number(&totals, "price", "avg"), "price_avg");
    assert_near(prometheus.promql("k6_price_p95"), number(&totals, "price", "p(95)"), "price_p95");
    // Times are in seconds.
    assert_near(prometheus.promql("k6_wait_max"), 0.509, "wait_max");
    let one = prometheus.promql("sum(k6_orders_total{item=\"item-3\",scenario=\"shop\"})");
    assert_near(one, 20.0, "the orders of one item");
    let kind = prometheus.promql("sum(k6_ws_msgs_sent_total{kind=\"a b,c=\\\"d\\\"\"})");
    assert_near(kind, 2_000.0, "the messages with a tag of special characters");
}

#[test]
fn prometheus_takes_native_histograms() {
    let prometheus = Collector::prometheus();
    let url = format!("http://{}/api/v1/write", prometheus.address);
    let environment = [
        ("K6_PROMETHEUS_RW_SERVER_URL", url.as_str()),
        ("K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM", "true"),
    ];
    let (_, totals) = run("experimental-prometheus-rw", &environment);
    assert_near(prometheus.promql("histogram_count(k6_price)"), 100.0, "the prices");
    assert_near(prometheus.promql("histogram_sum(k6_price)"), 4_500.0, "their sum");
    let iterations = prometheus.promql("histogram_count(k6_iteration_duration_seconds)");
    assert_near(iterations, number(&totals, "iterations", "count"), "iterations");
    let median = prometheus.promql("histogram_quantile(0.5, k6_wait_seconds)").expect("it has one");
    assert!((0.46..=0.55).contains(&median), "{median}");
}

#[test]
fn prometheus_knows_when_a_run_has_ended() {
    let prometheus = Collector::prometheus();
    let url = format!("http://{}/api/v1/write", prometheus.address);
    let environment =
        [("K6_PROMETHEUS_RW_SERVER_URL", url.as_str()), ("K6_PROMETHEUS_RW_STALE_MARKERS", "true")];
    run("experimental-prometheus-rw", &environment);
    assert_eq!(prometheus.promql("sum(k6_iterations_total)"), None);
    let over_time = prometheus.promql("sum(last_over_time(k6_iterations_total[1h]))");
    assert_near(over_time, 10.0, "iterations");
}

#[test]
fn influxdb_has_every_sample_of_a_run() {
    let influxdb = Collector::influxdb();
    let output = format!("influxdb=http://{}/load", influxdb.address);
    let (outcome, totals) = run(&output, &[("K6_INFLUXDB_PUSH_INTERVAL", "50ms")]);
    for metric in
        ["iterations", "orders", "ws_sessions", "ws_msgs_sent", "ws_msgs_received", "data_sent"]
    {
        let sum = influxdb.influxql(&format!("SELECT SUM(\"value\") FROM \"{metric}\""));
        assert_near(Some(sum), number(&totals, metric, "count"), metric);
    }
    let metrics = ["ws_msgs_received", "checks", "price", "iteration_duration", "sold"];
    for metric in metrics {
        let count = influxdb.influxql(&format!("SELECT COUNT(\"value\") FROM \"{metric}\""));
        assert_eq!(count, outcome.samples(metric).len() as f64, "{metric}");
    }
    let mean = influxdb.influxql("SELECT MEAN(\"value\") FROM \"price\"");
    assert_near(Some(mean), number(&totals, "price", "avg"), "price");
    let kind = "SELECT SUM(\"value\") FROM \"ws_msgs_sent\" WHERE \"kind\" = 'a b,c=\"d\"'";
    assert_eq!(influxdb.influxql(kind), 2_000.0);
    // The URL is a field.
    let fields = influxdb.influxql("SELECT COUNT(\"url\") FROM \"ws_msgs_sent\"");
    assert_eq!(fields, 2_000.0);
}
