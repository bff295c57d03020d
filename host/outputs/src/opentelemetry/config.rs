//! What the environment says about OpenTelemetry: k6's variables, and where they say nothing the standard ones
//! (OTLP exporter specification).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use wasock_sockets::tls::ClientConfig;

use crate::CreateError;
use crate::client::TlsSettings;
use crate::settings::{Settings, shown};

use super::mapping::{HistogramKind, Mapping};

/// How often metrics are sent if nothing else is said, as in k6.
const DEFAULT_EXPORT_INTERVAL: Duration = Duration::from_secs(10);

/// The name of the service if none is given: k6's, which dashboards look for.
const DEFAULT_SERVICE: &str = "k6";

/// Where collectors listen.
const DEFAULT_GRPC: &str = "localhost:4317";
const DEFAULT_HTTP: &str = "localhost:4318";
const DEFAULT_PATH: &str = "/v1/metrics";

const PROTOCOLS: [&str; 3] = [
    "K6_OTEL_EXPORTER_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
const INSECURE: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"];
const HEADERS: [&str; 3] =
    ["K6_OTEL_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
const ROOTS: [&str; 3] = [
    "K6_OTEL_TLS_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
];
const IDENTITIES: [(&str, &str); 3] = [
    ("K6_OTEL_TLS_CLIENT_CERTIFICATE", "K6_OTEL_TLS_CLIENT_KEY"),
    ("OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY"),
    ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_KEY"),
];

/// Where the collector is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Endpoint {
    Grpc { host: String, port: u16, tls: bool },
    Http(Url),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grpc { host, port, tls } => {
                let insecure = if *tls { "" } else { " (insecure)" };
                write!(formatter, "grpc{insecure}, {host}:{port}")
            }
            Self::Http(url) => write!(formatter, "http/protobuf, {}", shown(url.as_str())),
        }
    }
}

/// Where metrics go, and how.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) endpoint: Endpoint,
    pub(super) headers: HeaderMap,
    /// The attributes of the resource.
    pub(super) resource: Vec<(String, String)>,
    pub(super) export_interval: Duration,
    pub(super) histogram: HistogramKind,
    prefix: String,
    single_counter_for_rate: bool,
}

impl Config {
    pub(super) fn read(settings: &Settings<'_>) -> Result<Self, CreateError> {
        if settings.text("K6_OTEL_EXPORTER_TYPE").is_some() {
            let reason =
                "K6_OTEL_EXPORTER_TYPE is no longer supported, use K6_OTEL_EXPORTER_PROTOCOL";
            return Err(settings.unusable(reason));
        }
        // Samples reach this output all the time, so there is nothing to flush; a wrong value is told anyway.
        settings.interval("K6_OTEL_FLUSH_INTERVAL")?;
        let single = settings.flag("K6_OTEL_SINGLE_COUNTER_FOR_RATE")?;
        Ok(Self {
            endpoint: endpoint(settings)?,
            headers: headers(settings)?,
            resource: resource(settings)?,
            export_interval: export_interval(settings)?,
            histogram: histogram(settings)?,
            prefix: settings.text("K6_OTEL_METRIC_PREFIX").unwrap_or_default().to_owned(),
            single_counter_for_rate: single.unwrap_or(true),
        })
    }

    pub(super) fn describe(&self) -> String {
        format!("opentelemetry ({})", self.endpoint)
    }

    pub(super) fn mapping(&self, start: u64) -> Mapping {
        let prefix = self.prefix.clone();
        Mapping { prefix, single_counter_for_rate: self.single_counter_for_rate, start }
    }

    pub(super) fn tls(settings: &Settings<'_>) -> Result<ClientConfig, CreateError> {
        let has = |names: &(&str, &str)| {
            settings.text(names.0).is_some() || settings.text(names.1).is_some()
        };
        let tls = TlsSettings {
            insecure: settings.flag("K6_OTEL_TLS_INSECURE_SKIP_VERIFY")?.unwrap_or(false),
            roots: settings.first(&ROOTS).map(|(name, _)| name),
            identity: IDENTITIES.into_iter().find(has),
            only_tls_13: false,
        };
        tls.read(settings)
    }
}

fn endpoint(settings: &Settings<'_>) -> Result<Endpoint, CreateError> {
    match settings.first(&PROTOCOLS) {
        None | Some((_, "grpc")) => grpc(settings),
        Some((_, "http/protobuf")) => http(settings),
        Some((name, other)) => Err(settings.wrong(name, other, "grpc or http/protobuf")),
    }
}

fn grpc(settings: &Settings<'_>) -> Result<Endpoint, CreateError> {
    let own = "K6_OTEL_GRPC_EXPORTER_ENDPOINT";
    let insecure = settings.flag("K6_OTEL_GRPC_EXPORTER_INSECURE")?;
    let at = |name: &str, text: &str, insecure: bool| {
        let scheme = if insecure { "http" } else { "https" };
        let text =
            if text.contains("://") { text.to_owned() } else { format!("{scheme}://{text}") };
        let wrong = || settings.wrong(name, &shown(&text), "an address such as localhost:4317");
        let url = Url::parse(&text).map_err(|_| wrong())?;
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong()),
        };
        let host = url.host_str().ok_or_else(wrong)?.to_owned();
        // Ports that URLs leave out are those of gRPC's transport.
        let port = url.port_or_known_default().ok_or_else(wrong)?;
        Ok(Endpoint::Grpc { host, port, tls })
    };
    if let Some(text) = settings.text(own) {
        return at(own, text, insecure.unwrap_or(false));
    }
    match settings.first(&ENDPOINTS) {
        Some((name, text)) => {
            let standard = match settings.first(&INSECURE) {
                Some((name, text)) => Some(settings.read_flag(name, text)?),
                None => None,
            };
            at(name, text, insecure.or(standard).unwrap_or(false))
        }
        None => at(own, DEFAULT_GRPC, insecure.unwrap_or(false)),
    }
}

fn http(settings: &Settings<'_>) -> Result<Endpoint, CreateError> {
    let own = "K6_OTEL_HTTP_EXPORTER_ENDPOINT";
    let named = settings.text(own);
    let standard = settings.first(&ENDPOINTS).filter(|_| named.is_none());
    if let Some((name, text)) = standard {
        let wrong = || settings.wrong(name, &shown(text), "a URL such as http://localhost:4318");
        let url = Url::from_str(text).map_err(|_| wrong())?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(wrong());
        }
        // The variable for metrics alone is taken as it is; the general one gets the path of metrics.
        let mut url = url;
        if name == ENDPOINTS[1] {
            let path = format!("{}{DEFAULT_PATH}", url.path().trim_end_matches('/'));
            url.set_path(&path);
        }
        return Ok(Endpoint::Http(url));
    }
    let address = named.unwrap_or(DEFAULT_HTTP);
    let expected = "a host and a port such as localhost:4318, without a scheme";
    let wrong = || settings.wrong(own, &shown(address), expected);
    if address.contains("://") {
        return Err(wrong());
    }
    let insecure = settings.flag("K6_OTEL_HTTP_EXPORTER_INSECURE")?.unwrap_or(false);
    let scheme = if insecure { "http" } else { "https" };
    let path = settings.text("K6_OTEL_HTTP_EXPORTER_URL_PATH").unwrap_or(DEFAULT_PATH);
    let slash = if path.starts_with('/') { "" } else { "/" };
    let url = Url::parse(&format!("{scheme}://{address}{slash}{path}"));
    Ok(Endpoint::Http(url.map_err(|_| wrong())?))
}

/// Names and values as in `a=1,b=2`, with percent signs for special characters (W3C Baggage).
fn pairs(
    settings: &Settings<'_>,
    name: &str,
    text: &str,
) -> Result<Vec<(String, String)>, CreateError> {
    let decoded = |text: &str| {
        let decoded = percent_encoding::percent_decode_str(text.trim());
        decoded.decode_utf8_lossy().into_owned()
    };
    let pair = |pair: &str| {
        let pair = pair.split_once('=');
        // The values may be secrets, so they are not shown.
        let wrong =
            || settings.unusable(format!("{name} is not of the form name=value,name=value"));
        let (key, value) = pair.ok_or_else(wrong)?;
        Ok((decoded(key), decoded(value)))
    };
    text.split(',').filter(|one| !one.trim().is_empty()).map(pair).collect()
}

fn headers(settings: &Settings<'_>) -> Result<HeaderMap, CreateError> {
    let mut headers = HeaderMap::new();
    let Some((variable, text)) = settings.first(&HEADERS) else {
        return Ok(headers);
    };
    for (name, value) in pairs(settings, variable, text)? {
        let header = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(&value).ok());
        let wrong = || settings.wrong(variable, &name, "names and values of HTTP headers");
        let (header, mut value) = header.ok_or_else(wrong)?;
        value.set_sensitive(true);
        headers.insert(header, value);
    }
    Ok(headers)
}

fn resource(settings: &Settings<'_>) -> Result<Vec<(String, String)>, CreateError> {
    let variable = "OTEL_RESOURCE_ATTRIBUTES";
    let mut resource = match settings.text(variable) {
        Some(text) => pairs(settings, variable, text)?,
        None => Vec::new(),
    };
    let named =
        |resource: &[(String, String)], name: &str| resource.iter().any(|(known, _)| known == name);
    let service = settings.first(&["K6_OTEL_SERVICE_NAME", "OTEL_SERVICE_NAME"]);
    let version = settings.text("K6_OTEL_SERVICE_VERSION");
    let own = settings.surroundings.version;
    let attributes = [
        ("service.name", service.map(|(_, name)| name), DEFAULT_SERVICE),
        ("service.version", version, own),
    ];
    for (name, given, default) in attributes {
        if let Some(given) = given {
            resource.retain(|(known, _)| known != name);
            resource.push((name.to_owned(), given.to_owned()));
        } else if !named(&resource, name) {
            resource.push((name.to_owned(), default.to_owned()));
        }
    }
    Ok(resource)
}

fn export_interval(settings: &Settings<'_>) -> Result<Duration, CreateError> {
    if let Some(own) = settings.interval("K6_OTEL_EXPORT_INTERVAL")? {
        return Ok(own);
    }
    // A number of milliseconds, which times without a unit are.
    Ok(settings.interval("OTEL_METRIC_EXPORT_INTERVAL")?.unwrap_or(DEFAULT_EXPORT_INTERVAL))
}

fn histogram(settings: &Settings<'_>) -> Result<HistogramKind, CreateError> {
    let name = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
    let (explicit, exponential) =
        ("explicit_bucket_histogram", "base2_exponential_bucket_histogram");
    match settings.text(name) {
        None => Ok(HistogramKind::Explicit),
        Some(text) if text == explicit => Ok(HistogramKind::Explicit),
        Some(text) if text == exponential => Ok(HistogramKind::Exponential),
        Some(other) => Err(settings.wrong(name, other, &format!("{explicit} or {exponential}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Surroundings;

    fn read(environment: &[(&str, &str)]) -> Result<Config, String> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: Vec<_> = environment.iter().map(own).collect();
        let surroundings =
            Surroundings { environment: &environment, version: "1.2.3", ..Surroundings::default() };
        let settings = Settings::new(super::super::NAME, &surroundings);
        let config = Config::read(&settings).map_err(|error| error.to_string())?;
        Config::tls(&settings).map_err(|error| error.to_string())?;
        Ok(config)
    }

    fn endpoint(environment: &[(&str, &str)]) -> String {
        read(environment).unwrap().endpoint.to_string()
    }

    #[test]
    fn without_settings_it_is_a_collector_on_this_machine() {
        let config = read(&[]).unwrap();
        assert_eq!(config.describe(), "opentelemetry (grpc, localhost:4317)");
        assert_eq!(config.export_interval, Duration::from_secs(10));
        let resource: Vec<_> = config.resource.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(resource, [("service.name", "k6"), ("service.version", "1.2.3")]);
        assert!(config.single_counter_for_rate);
    }

    #[test]
    fn k6_s_variables_name_the_collector() {
        let grpc = [
            ("K6_OTEL_GRPC_EXPORTER_ENDPOINT", "otel:1"),
            ("K6_OTEL_GRPC_EXPORTER_INSECURE", "true"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://other:2"),
        ];
        assert_eq!(endpoint(&grpc), "grpc (insecure), otel:1");
        let mut http = vec![("K6_OTEL_EXPORTER_PROTOCOL", "http/protobuf")];
        assert_eq!(endpoint(&http), "http/protobuf, https://localhost:4318/v1/metrics");
        http.extend([
            ("K6_OTEL_HTTP_EXPORTER_ENDPOINT", "otel:1"),
            ("K6_OTEL_HTTP_EXPORTER_INSECURE", "true"),
            ("K6_OTEL_HTTP_EXPORTER_URL_PATH", "/m"),
        ]);
        assert_eq!(endpoint(&http), "http/protobuf, http://otel:1/m");
    }

    #[test]
    fn the_standard_variables_count_where_k6_s_say_nothing() {
        let general = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel:1/base/");
        let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://otel:2/mine");
        let http = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        assert_eq!(endpoint(&[general]), "grpc (insecure), otel:1");
        assert_eq!(endpoint(&[general, own]), "grpc, otel:2");
        assert_eq!(endpoint(&[general, http]), "http/protobuf, http://otel:1/base/v1/metrics");
        assert_eq!(endpoint(&[general, own, http]), "http/protobuf, https://otel:2/mine");
        let bare =
            [("OTEL_EXPORTER_OTLP_ENDPOINT", "otel:3"), ("OTEL_EXPORTER_OTLP_INSECURE", "true")];
        assert_eq!(endpoint(&bare), "grpc (insecure), otel:3");
        let config = read(&[
            ("OTEL_SERVICE_NAME", "chat"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=x,team=a%20b"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20t,x-a=1"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1500"),
        ])
        .unwrap();
        let resource: Vec<_> = config.resource.iter().map(|(a, b)| (&**a, &**b)).collect();
        let expected = [("team", "a b"), ("service.name", "chat"), ("service.version", "1.2.3")];
        assert_eq!(resource, expected);
        assert_eq!(config.headers["authorization"], "Bearer t");
        assert_eq!(config.headers["x-a"], "1");
        assert_eq!(config.export_interval, Duration::from_millis(1_500));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let cases = [
            ("K6_OTEL_EXPORTER_PROTOCOL", "http/json", "expected grpc or http/protobuf"),
            (
                "K6_OTEL_EXPORTER_TYPE",
                "grpc",
                "is no longer supported, use K6_OTEL_EXPORTER_PROTOCOL",
            ),
            ("K6_OTEL_EXPORT_INTERVAL", "often", "expected a time such as"),
            ("K6_OTEL_FLUSH_INTERVAL", "0s", "expected a time such as"),
            ("K6_OTEL_HEADERS", "secret", "K6_OTEL_HEADERS is not of the form name=value"),
            (
                "K6_OTEL_GRPC_EXPORTER_ENDPOINT",
                "ftp://a",
                "expected an address such as localhost:4317",
            ),
            ("K6_OTEL_TLS_CERTIFICATE", "/gone.pem", "\"/gone.pem\" cannot be read"),
        ];
        for (name, value, message) in cases {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.contains(message) && error.contains("opentelemetry"), "{error}");
        }
        assert!(!read(&[("K6_OTEL_HEADERS", "secret")]).unwrap_err().contains("secret"));
        let http = ("K6_OTEL_EXPORTER_PROTOCOL", "http/protobuf");
        let error = read(&[http, ("K6_OTEL_HTTP_EXPORTER_ENDPOINT", "http://a:1")]).unwrap_err();
        assert!(error.contains("without a scheme"), "{error}");
    }
}
