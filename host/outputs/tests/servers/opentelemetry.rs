//! OTLP against a collector that decodes it: gRPC with tonic's server, HTTP with the messages of the protocol.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use parking_lot::Mutex;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tonic::{Request, Response, Status};
use wasock_runner::log::Level;

use crate::http::{Server, runtime};
use crate::{output, run, samples};

/// A collector that keeps what it gets.
#[derive(Clone, Default)]
struct Collector {
    got: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
    tokens: Arc<Mutex<Vec<Option<String>>>>,
    /// How many requests it does not answer well, and how it says so.
    failures: Arc<Mutex<Vec<Status>>>,
    refused: i64,
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        if let Some(failure) = self.failures.lock().pop() {
            return Err(failure);
        }
        let token = request.metadata().get("x-token").and_then(|token| token.to_str().ok());
        self.tokens.lock().push(token.map(str::to_owned));
        self.got.lock().push(request.into_inner());
        let partial_success = (self.refused > 0).then(|| ExportMetricsPartialSuccess {
            rejected_data_points: self.refused,
            error_message: "too old".to_owned(),
        });
        Ok(Response::new(ExportMetricsServiceResponse { partial_success }))
    }
}

impl Collector {
    fn start(&self, tls: Option<ServerConfig>) -> SocketAddr {
        let listener = runtime().block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let service = TowerToHyperService::new(MetricsServiceServer::new(self.clone()));
        let tls = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        runtime().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (service, tls) = (service.clone(), tls.clone());
                tokio::spawn(async move {
                    let server = http2::Builder::new(TokioExecutor::new());
                    // A connection that breaks off is the output's matter.
                    let _ = match tls {
                        None => server.serve_connection(TokioIo::new(stream), service).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => {
                                server.serve_connection(TokioIo::new(stream), service).await
                            }
                            Err(_) => return,
                        },
                    };
                });
            }
        });
        address
    }
}

fn text(attributes: &[KeyValue], name: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|found| found.value.as_ref()?.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        _ => String::new(),
    }
}

/// What the last request says of each metric and of the attribute that tells its points apart.
fn numbers(request: &ExportMetricsServiceRequest) -> BTreeMap<(String, String), f64> {
    let mut numbers = BTreeMap::new();
    let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
    for metric in metrics {
        let points = match metric.data.as_ref().expect("it has data") {
            Data::Sum(sum) => {
                assert!(sum.is_monotonic);
                &sum.data_points
            }
            Data::Gauge(gauge) => &gauge.data_points,
            Data::Histogram(histogram) => {
                for point in &histogram.data_points {
                    assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);
                    let key = (metric.name.clone(), text(&point.attributes, "url"));
                    numbers.insert(key, point.sum.expect("it has a sum"));
                }
                continue;
            }
            other => panic!("{other:?}"),
        };
        for point in points {
            let value = match point.value.expect("it has a value") {
                Value::AsDouble(value) => value,
                Value::AsInt(value) => value as f64,
            };
            let url = text(&point.attributes, "url") + &text(&point.attributes, "condition");
            numbers.insert((metric.name.clone(), url), value);
        }
    }
    numbers
}

fn expected() -> BTreeMap<(String, String), f64> {
    let all = [
        ("checks.total", "nonzero", 75.0),
        ("checks.total", "zero", 25.0),
        ("vus", "", 99.0),
        ("ws_msgs_sent", "ws://a/", 50.0),
        ("ws_msgs_sent", "ws://b/", 50.0),
        ("ws_rtt", "ws://a/", 2_450.0),
        ("ws_rtt", "ws://b/", 2_500.0),
    ];
    all.into_iter().map(|(name, url, value)| ((name.into(), url.into()), value)).collect()
}

#[test]
fn a_collector_gets_the_sums_over_grpc() {
    let collector = Collector::default();
    let address = collector.start(None).to_string();
    let environment = [
        ("K6_OTEL_GRPC_EXPORTER_ENDPOINT", address.as_str()),
        ("K6_OTEL_GRPC_EXPORTER_INSECURE", "true"),
        ("K6_OTEL_HEADERS", "x-token=a%20b"),
        ("K6_OTEL_SERVICE_NAME", "chat"),
    ];
    let (mut output, log) = output("opentelemetry", &environment);
    run(&mut *output, &samples());
    let got = collector.got.lock();
    assert_eq!(numbers(&got[0]), expected());
    let resource = got[0].resource_metrics[0].resource.as_ref().unwrap();
    assert_eq!(text(&resource.attributes, "service.name"), "chat");
    assert_eq!(text(&resource.attributes, "service.version"), "1.2.3");
    assert_eq!(*collector.tokens.lock(), [Some("a b".to_owned())]);
    assert_eq!(output.lost(), 0);
    assert_eq!(log.all(), []);
}

#[test]
fn a_collector_gets_the_sums_over_grpc_with_tls() {
    let collector = Collector::default();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = Arc::new(ring::default_provider());
    let key = made.signing_key.serialize_der().try_into().unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth();
    let mut config = config.with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let port = collector.start(Some(config)).port();
    let folder = tempfile::tempdir().unwrap();
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, made.cert.pem()).unwrap();
    let endpoint = format!("localhost:{port}");
    let environment = [
        ("K6_OTEL_GRPC_EXPORTER_ENDPOINT", endpoint.as_str()),
        ("K6_OTEL_TLS_CERTIFICATE", roots.to_str().unwrap()),
    ];
    let (mut output, log) = output("opentelemetry", &environment);
    run(&mut *output, &samples());
    assert_eq!(log.all(), []);
    assert_eq!(numbers(&collector.got.lock()[0]), expected());
}

#[test]
fn a_collector_gets_the_sums_over_http() {
    let (server, address) = Server::answering(&[]);
    let endpoint = format!("http://{address}");
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20t"),
    ];
    let (mut output, log) = output("opentelemetry", &environment);
    run(&mut *output, &samples());
    let [got] = &server.got()[..] else { panic!("one request") };
    assert_eq!(got.target, "/v1/metrics");
    assert_eq!(got.headers["content-type"], "application/x-protobuf");
    assert_eq!(got.headers["authorization"], "Bearer t");
    let request = ExportMetricsServiceRequest::decode(got.body.clone()).unwrap();
    assert_eq!(numbers(&request), expected());
    assert_eq!(log.all(), []);
}

#[test]
fn sums_grow_over_the_run_and_a_collector_that_was_away_has_them_at_the_end() {
    let collector = Collector::default();
    collector.failures.lock().extend([Status::unavailable("away"), Status::unavailable("away")]);
    let address = collector.start(None).to_string();
    let environment = [
        ("K6_OTEL_GRPC_EXPORTER_ENDPOINT", address.as_str()),
        ("K6_OTEL_GRPC_EXPORTER_INSECURE", "true"),
        ("K6_OTEL_EXPORT_INTERVAL", "1ns"),
    ];
    let (mut output, log) = output("opentelemetry", &environment);
    run(&mut *output, &samples());
    let got = collector.got.lock();
    assert_eq!(got.len(), 8, "one for each write");
    assert_eq!(numbers(&got[7]), expected());
    let sent = ("ws_msgs_sent".to_owned(), "ws://a/".to_owned());
    let sums: Vec<_> = got.iter().map(|request| numbers(request)[&sent]).collect();
    assert!(sums.is_sorted(), "{sums:?}");
    assert_eq!(output.lost(), 0);
    let (level, text) = &log.all()[0];
    assert_eq!(*level, Level::Warn);
    assert!(text.contains("the server answered Unavailable: away"), "{text}");
}

#[test]
fn points_that_a_collector_refuses_are_told() {
    let collector = Collector { refused: 3, ..Collector::default() };
    let address = collector.start(None).to_string();
    let environment = [
        ("K6_OTEL_GRPC_EXPORTER_ENDPOINT", address.as_str()),
        ("K6_OTEL_GRPC_EXPORTER_INSECURE", "true"),
    ];
    let (mut output, log) = output("opentelemetry", &environment);
    run(&mut *output, &samples());
    let (level, text) = &log.all()[0];
    assert_eq!(*level, Level::Error);
    assert!(text.ends_with("lost samples: the server refused 3 points: too old"), "{text}");
}
