//! Brings requests to a collector (OTLP specification, "OTLP/gRPC" and "OTLP/HTTP").

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::Uri;
use http::uri::InvalidUri;
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use prost::Message as _;
use reqwest::Client;
use reqwest::header::HeaderMap;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tower::service_fn;

use crate::CreateError;
use crate::client::{self, ANSWER_TIME};
use crate::delivery::SendError;
use crate::settings::Settings;

use super::config::{Config, Endpoint};

/// A way to a collector.
pub(super) enum Exporter {
    Grpc { client: MetricsServiceClient<Channel>, metadata: MetadataMap },
    Http { client: Client, url: reqwest::Url, headers: HeaderMap },
}

type Sending = Pin<Box<dyn Future<Output = Result<(), SendError>>>>;

impl Exporter {
    pub(super) fn new(
        config: &Config,
        runtime: &Runtime,
        settings: &Settings<'_>,
    ) -> Result<Self, CreateError> {
        let tls = Config::tls(settings)?;
        let headers = config.headers.clone();
        match config.endpoint.clone() {
            Endpoint::Http(url) => {
                Ok(Self::Http { client: client::http(tls, None, settings)?, url, headers })
            }
            Endpoint::Grpc { host, port, tls: secure } => {
                // The channel has a task on the runtime.
                let _entered = runtime.enter();
                let channel = channel(&host, port, secure.then_some(tls));
                let channel = channel.map_err(|error| settings.unusable(error))?;
                let client = MetricsServiceClient::new(channel);
                Ok(Self::Grpc { client, metadata: MetadataMap::from_headers(headers) })
            }
        }
    }

    /// Sends an encoded request.
    pub(super) fn send(&self, body: Bytes) -> Sending {
        match self {
            Self::Grpc { client, metadata } => {
                Box::pin(send_grpc(client.clone(), metadata.clone(), body))
            }
            Self::Http { client, url, headers } => {
                let request = client.post(url.clone()).headers(headers.clone());
                let request = request.header("Content-Type", "application/x-protobuf").body(body);
                Box::pin(async {
                    let answer = client::answer(request).await?;
                    // A body that is no answer of OTLP says nothing about what was refused.
                    let answer = ExportMetricsServiceResponse::decode(answer).unwrap_or_default();
                    check(answer)
                })
            }
        }
    }
}

/// A channel that connects when it is used, and again when it was cut.
fn channel(host: &str, port: u16, tls: Option<ClientConfig>) -> Result<Channel, InvalidUri> {
    let endpoint = Channel::from_shared(format!("http://{host}:{port}"))?;
    let endpoint = endpoint.connect_timeout(ANSWER_TIME).timeout(ANSWER_TIME);
    let tls = tls.map(|mut config| {
        config.alpn_protocols = vec![b"h2".to_vec()];
        Arc::new(config)
    });
    let host = host.trim_matches(['[', ']']).to_owned();
    Ok(endpoint.connect_with_connector_lazy(service_fn(move |_: Uri| {
        connect(host.clone(), port, tls.clone())
    })))
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn connect(
    host: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
) -> io::Result<TokioIo<Box<dyn Stream>>> {
    let stream = TcpStream::connect((host.as_str(), port)).await?;
    stream.set_nodelay(true)?;
    let Some(tls) = tls else {
        return Ok(TokioIo::new(Box::new(stream)));
    };
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    let stream = TlsConnector::from(tls).connect(name, stream).await?;
    Ok(TokioIo::new(Box::new(stream)))
}

async fn send_grpc(
    mut client: MetricsServiceClient<Channel>,
    metadata: MetadataMap,
    body: Bytes,
) -> Result<(), SendError> {
    let message = ExportMetricsServiceRequest::decode(body);
    let message = message.map_err(|error| SendError::Refused(error.to_string()))?;
    let mut request = Request::new(message);
    *request.metadata_mut() = metadata;
    match client.export(request).await {
        Ok(answer) => check(answer.into_inner()),
        Err(status) => Err(failure(&status)),
    }
}

fn failure(status: &Status) -> SendError {
    let text = match std::error::Error::source(status) {
        // The channel's own failures hide what happened.
        Some(source) => wasock_sockets::innermost(source),
        None => format!("the server answered {:?}: {}", status.code(), status.message()),
    };
    match status.code() {
        Code::InvalidArgument | Code::Unimplemented => SendError::Refused(text),
        _ => SendError::Temporary(text),
    }
}

/// Looks for points that the collector did not want.
fn check(answer: ExportMetricsServiceResponse) -> Result<(), SendError> {
    match answer.partial_success {
        Some(partial) if partial.rejected_data_points > 0 => {
            let (points, why) = (partial.rejected_data_points, partial.error_message);
            Err(SendError::Refused(format!("the server refused {points} points: {why}")))
        }
        _ => Ok(()),
    }
}
