//! What the argument and the environment say about Prometheus remote write.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use wasock_sockets::tls::ClientConfig;

use crate::CreateError;
use crate::client::TlsSettings;
use crate::settings::{Settings, shown};

use super::mapping::TrendStat;

/// Where remote write goes if nothing else is said.
const DEFAULT_URL: &str = "http://localhost:9090/api/v1/write";

/// How often samples are sent if nothing else is said, as in k6.
const DEFAULT_PUSH_INTERVAL: Duration = Duration::from_secs(5);

/// The numbers of trends that are sent if nothing else is said.
const DEFAULT_TREND_STATS: &str = "p(99)";

/// What the names of all variables begin with.
const VARIABLES: &str = "K6_PROMETHEUS_RW_";

/// Where time series go, and how.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) push_interval: Duration,
    pub(super) trend_stats: Vec<TrendStat>,
    pub(super) native_histograms: bool,
    pub(super) stale_markers: bool,
    insecure: bool,
    tls_12: bool,
}

impl Config {
    pub(super) fn read(
        argument: Option<&str>,
        settings: &Settings<'_>,
    ) -> Result<Self, CreateError> {
        refuse_signatures(settings)?;
        let variable = |name: &str| format!("{VARIABLES}{name}");
        let flag = |name| Ok::<_, CreateError>(settings.flag(&variable(name))?.unwrap_or(false));
        let interval = settings.interval(&variable("PUSH_INTERVAL"))?;
        Ok(Self {
            url: url(argument, settings)?,
            headers: headers(settings)?,
            push_interval: interval.unwrap_or(DEFAULT_PUSH_INTERVAL),
            trend_stats: trend_stats(settings)?,
            native_histograms: flag("TREND_AS_NATIVE_HISTOGRAM")?,
            stale_markers: flag("STALE_MARKERS")?,
            insecure: flag("INSECURE_SKIP_TLS_VERIFY")?,
            tls_12: tls_12(settings)?,
        })
    }

    pub(super) fn describe(&self) -> String {
        format!("Prometheus remote write ({})", shown(self.url.as_str()))
    }

    pub(super) fn tls(&self, settings: &Settings<'_>) -> Result<ClientConfig, CreateError> {
        let certificate = "K6_PROMETHEUS_RW_CLIENT_CERTIFICATE";
        let tls = TlsSettings {
            insecure: self.insecure,
            roots: None,
            identity: Some((certificate, "K6_PROMETHEUS_RW_CLIENT_CERTIFICATE_KEY")),
            only_tls_13: !self.tls_12,
        };
        tls.read(settings)
    }
}

/// The signatures of AWS are not here.
fn refuse_signatures(settings: &Settings<'_>) -> Result<(), CreateError> {
    let start = "K6_PROMETHEUS_RW_SIGV4_";
    let mut all = settings.beginning_with(start);
    match all.find(|(_, value)| !value.is_empty()) {
        None => Ok(()),
        Some((name, _)) => {
            let reason = format!(
                "{start}{name} asks for AWS signatures (SigV4), which are not in this version; \
                 a signing proxy can stand in between"
            );
            Err(settings.unusable(reason))
        }
    }
}

fn url(argument: Option<&str>, settings: &Settings<'_>) -> Result<Url, CreateError> {
    let variable = settings.first(&["K6_PROMETHEUS_RW_SERVER_URL"]);
    let named = argument.map(|argument| ("the argument", argument)).or(variable);
    let (name, text) = named.unwrap_or(("", DEFAULT_URL));
    let url = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    url.ok_or_else(|| settings.wrong(name, &shown(text), &format!("a URL such as {DEFAULT_URL}")))
}

fn trend_stats(settings: &Settings<'_>) -> Result<Vec<TrendStat>, CreateError> {
    let name = "K6_PROMETHEUS_RW_TREND_STATS";
    let text = settings.text(name).unwrap_or(DEFAULT_TREND_STATS);
    let stat = |one: &str| {
        let expected = "avg, min, med, max, count, sum or p(N), with commas between several";
        TrendStat::from_name(one.trim()).ok_or_else(|| settings.wrong(name, text, expected))
    };
    text.split(',').map(stat).collect()
}

fn tls_12(settings: &Settings<'_>) -> Result<bool, CreateError> {
    let name = "K6_PROMETHEUS_RW_TLS_MINIMUM_VERSION";
    match settings.text(name) {
        None | Some("1.3") => Ok(false),
        Some("1.2") => Ok(true),
        Some(other) => Err(settings.wrong(name, other, "1.2 or 1.3")),
    }
}

fn headers(settings: &Settings<'_>) -> Result<HeaderMap, CreateError> {
    let mut headers = HeaderMap::new();
    let mut set = |variable: &str, name: &str, value: &str| {
        let header = name.trim().parse::<HeaderName>().ok();
        let pair = header.zip(HeaderValue::from_str(value.trim()).ok());
        // The value may be a secret.
        let wrong = || settings.wrong(variable, name, "the name and the value of an HTTP header");
        let (header, mut value) = pair.ok_or_else(wrong)?;
        value.set_sensitive(true);
        headers.insert(header, value);
        Ok::<_, CreateError>(())
    };
    if let Some(user) = settings.text("K6_PROMETHEUS_RW_USERNAME") {
        let password = settings.text("K6_PROMETHEUS_RW_PASSWORD").unwrap_or_default();
        let credentials = STANDARD.encode(format!("{user}:{password}"));
        set("K6_PROMETHEUS_RW_USERNAME", AUTHORIZATION.as_str(), &format!("Basic {credentials}"))?;
    }
    let start = "K6_PROMETHEUS_RW_HEADERS_";
    for (name, value) in settings.beginning_with(start) {
        set(&format!("{start}{name}"), name, value)?;
    }
    let list = "K6_PROMETHEUS_RW_HTTP_HEADERS";
    if let Some(text) = settings.text(list) {
        for pair in text.split(',') {
            let wrong = || settings.wrong(list, pair, "pairs such as name:value");
            let (name, value) = pair.split_once(':').ok_or_else(wrong)?;
            set(list, name, value)?;
        }
    }
    if let Some(token) = settings.text("K6_PROMETHEUS_RW_BEARER_TOKEN") {
        set("K6_PROMETHEUS_RW_BEARER_TOKEN", AUTHORIZATION.as_str(), &format!("Bearer {token}"))?;
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use wasock_runner::metrics::Aggregation;

    use super::*;
    use crate::Surroundings;

    fn read(argument: Option<&str>, environment: &[(&str, &str)]) -> Result<Config, String> {
        let own =
            |(name, value): &(&str, &str)| (format!("{VARIABLES}{name}"), (*value).to_owned());
        let environment: Vec<_> = environment.iter().map(own).collect();
        let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
        let settings = Settings::new(super::super::NAME, &surroundings);
        let config = Config::read(argument, &settings).map_err(|error| error.to_string())?;
        config.tls(&settings).map_err(|error| error.to_string())?;
        Ok(config)
    }

    fn header(config: &Config, name: &str) -> String {
        config.headers[name].to_str().unwrap().to_owned()
    }

    #[test]
    fn without_settings_it_is_prometheus_on_this_machine() {
        let config = read(None, &[]).unwrap();
        assert_eq!(config.url.as_str(), DEFAULT_URL);
        assert_eq!(config.push_interval, Duration::from_secs(5));
        assert_eq!(config.trend_stats, [TrendStat::Of(Aggregation::Percentile(99.0))]);
        assert!(!config.native_histograms && !config.stale_markers && !config.tls_12);
        assert!(config.headers.is_empty());
    }

    #[test]
    fn the_environment_says_where_and_how() {
        let config = read(
            None,
            &[
                ("SERVER_URL", "https://mimir:9009/api/v1/push"),
                ("PUSH_INTERVAL", "500ms"),
                ("TREND_STATS", "sum, p(99.9),max"),
                ("TREND_AS_NATIVE_HISTOGRAM", "true"),
                ("STALE_MARKERS", "true"),
                ("INSECURE_SKIP_TLS_VERIFY", "1"),
                ("TLS_MINIMUM_VERSION", "1.2"),
                ("USERNAME", "ann"),
                ("PASSWORD", "x:y"),
                ("HEADERS_X-Scope-OrgID", "team"),
                ("HTTP_HEADERS", "a:1, b:2"),
            ],
        )
        .unwrap();
        assert_eq!(config.describe(), "Prometheus remote write (https://mimir:9009/api/v1/push)");
        assert_eq!(config.push_interval, Duration::from_millis(500));
        assert_eq!(config.trend_stats.len(), 3);
        assert!(config.native_histograms && config.stale_markers && config.tls_12);
        assert_eq!(header(&config, "authorization"), "Basic YW5uOng6eQ==");
        assert_eq!(header(&config, "x-scope-orgid"), "team");
        assert_eq!((header(&config, "a"), header(&config, "b")), ("1".into(), "2".into()));
        let config = read(Some("http://arg/w"), &[("SERVER_URL", "http://env/w")]).unwrap();
        assert_eq!(config.url.as_str(), "http://arg/w");
        let config = read(None, &[("BEARER_TOKEN", "t0ken"), ("USERNAME", "ann")]).unwrap();
        assert_eq!(header(&config, "authorization"), "Bearer t0ken");
    }

    #[test]
    fn what_is_wrong_is_told() {
        let cases = [
            ("SERVER_URL", "localhost:9090", "expected a URL such as http://localhost:9090"),
            ("TREND_STATS", "p(99),mean", "expected avg, min, med, max, count, sum or p(N)"),
            ("PUSH_INTERVAL", "soon", "expected a time such as \"1s\""),
            ("TLS_MINIMUM_VERSION", "1.1", "expected 1.2 or 1.3"),
            ("HTTP_HEADERS", "a=1", "expected pairs such as name:value"),
            ("STALE_MARKERS", "yes", "expected true or false"),
            ("SIGV4_REGION", "eu", "asks for AWS signatures (SigV4)"),
            ("CLIENT_CERTIFICATE", "/gone.pem", "CLIENT_CERTIFICATE \"/gone.pem\" cannot be read"),
        ];
        for (name, value, message) in cases {
            let error = read(None, &[(name, value)]).unwrap_err();
            assert!(error.contains(message) && error.contains(NAME_START), "{error}");
        }
    }

    const NAME_START: &str = "experimental-prometheus-rw";
}
