//! What the argument and the environment say about InfluxDB.

use std::time::Duration;

use reqwest::Url;

use crate::CreateError;
use crate::settings::{Settings, shown};

use super::line::{FieldKind, Fields};
use super::texts::Texts;

/// The database if none is named.
const DEFAULT_DATABASE: &str = "k6";

/// The tags that become fields if none are named.
const DEFAULT_FIELDS: &str = "vu,iter,url";

/// How often points are sent if nothing else is said, as in k6.
const DEFAULT_PUSH_INTERVAL: Duration = Duration::from_secs(1);

/// How many requests are under way at once if nothing else is said, as in k6.
const DEFAULT_CONCURRENT_WRITES: usize = 4;

/// More requests at once than this are of no use to any server: each carries up to a megabyte of points, which a
/// server with as many processors parses at once.
const MOST_CONCURRENT_WRITES: usize = 64;

/// Which API is spoken.
#[derive(Debug, PartialEq)]
pub(super) enum Api {
    V1 { user: Option<(String, Option<String>)> },
    V2 { token: Option<String> },
}

/// The unit of times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Precision {
    /// In the API of version 1.
    v1: &'static str,
    /// In the API of version 2.
    v2: &'static str,
    nanoseconds: i64,
}

impl Precision {
    const ALL: [(&str, Self); 8] = [
        ("", Self::NANOSECONDS),
        ("ns", Self::NANOSECONDS),
        ("n", Self::NANOSECONDS),
        ("u", Self { v1: "u", v2: "us", nanoseconds: 1_000 }),
        ("us", Self { v1: "u", v2: "us", nanoseconds: 1_000 }),
        ("ms", Self { v1: "ms", v2: "ms", nanoseconds: 1_000_000 }),
        ("s", Self { v1: "s", v2: "s", nanoseconds: 1_000_000_000 }),
        ("m", Self { v1: "m", v2: "", nanoseconds: 60_000_000_000 }),
    ];

    const NANOSECONDS: Self = Self { v1: "n", v2: "ns", nanoseconds: 1 };

    pub(super) fn is_exact(self) -> bool {
        self.nanoseconds == 1
    }

    /// A time, from nanoseconds since 1970.
    pub(super) fn of(self, nanoseconds: i64) -> i64 {
        nanoseconds.div_euclid(self.nanoseconds)
    }
}

/// Where samples go, and how.
#[derive(Debug)]
pub(super) struct Config {
    /// The server as the user named it, without name and password.
    address: String,
    pub(super) api: Api,
    pub(super) write_url: Url,
    database: String,
    pub(super) precision: Precision,
    pub(super) fields: Fields,
    pub(super) insecure: bool,
    pub(super) proxy: Option<String>,
    pub(super) push_interval: Duration,
    pub(super) concurrent_writes: usize,
}

impl Config {
    pub(super) fn read(
        argument: Option<&str>,
        settings: &Settings<'_>,
    ) -> Result<Self, CreateError> {
        let texts = Texts::read(argument, settings)?;
        if texts.address.starts_with("udp://") {
            let reason =
                "InfluxDB over UDP loses samples without a word; name an http or https URL";
            return Err(settings.unusable(reason));
        }
        let precision = match texts.get("precision") {
            None => Precision::NANOSECONDS,
            Some((name, text)) => {
                let known = Precision::ALL.iter().find(|(known, _)| *known == text);
                let wrong = || settings.wrong(name, text, "n, u, ms, s or m");
                known.map(|(_, precision)| *precision).ok_or_else(wrong)?
            }
        };
        let interval = texts.get("pushInterval");
        let interval = interval.map(|(name, text)| settings.read_interval(name, text));
        let insecure = texts.get("insecure");
        let insecure = insecure.map(|(name, text)| settings.read_flag(name, text));
        let mut config = Self {
            api: api(&texts),
            write_url: base(&texts.address, settings)?,
            database: texts.database.clone().unwrap_or_else(|| DEFAULT_DATABASE.to_owned()),
            address: texts.address.clone(),
            precision,
            fields: fields(&texts)?,
            insecure: insecure.transpose()?.unwrap_or(false),
            proxy: settings.text("K6_INFLUXDB_PROXY").map(str::to_owned),
            push_interval: interval.transpose()?.unwrap_or(DEFAULT_PUSH_INTERVAL),
            concurrent_writes: concurrent_writes(&texts)?,
        };
        config.aim(&texts)?;
        Ok(config)
    }

    /// Completes the URL that lines are sent to.
    fn aim(&mut self, texts: &Texts<'_>) -> Result<(), CreateError> {
        let mut url = self.write_url.clone();
        match &self.api {
            Api::V1 { .. } => {
                join(&mut url, "write");
                let mut query = url.query_pairs_mut();
                query.append_pair("db", &self.database).append_pair("precision", self.precision.v1);
                for (key, name) in [("retention", "rp"), ("consistency", "consistency")] {
                    if let Some((_, value)) = texts.get(key) {
                        query.append_pair(name, value);
                    }
                }
            }
            Api::V2 { .. } => {
                if self.precision.v2.is_empty() {
                    let reason = "InfluxDB 2 has no times in minutes";
                    return Err(texts.settings.unusable(reason));
                }
                join(&mut url, "api/v2/write");
                let bucket = texts.settings.text("K6_INFLUXDB_BUCKET").unwrap_or_default();
                let mut query = url.query_pairs_mut();
                if let Some(organization) = texts.settings.text("K6_INFLUXDB_ORGANIZATION") {
                    query.append_pair("org", organization);
                }
                query.append_pair("bucket", bucket).append_pair("precision", self.precision.v2);
            }
        }
        self.write_url = url;
        Ok(())
    }

    pub(super) fn describe(&self) -> String {
        match self.api {
            Api::V1 { .. } => format!("InfluxDBv1 ({})", shown(&self.address)),
            Api::V2 { .. } => format!("InfluxDBv2 ({})", shown(&self.address)),
        }
    }

    /// Where version 1 is asked to make the database.
    pub(super) fn database_url(&self) -> Option<Url> {
        let Api::V1 { .. } = self.api else {
            return None;
        };
        let mut url = Url::parse(&self.address).ok()?;
        join(&mut url, "query");
        let name = self.database.replace('\\', "\\\\").replace('"', "\\\"");
        url.query_pairs_mut().append_pair("q", &format!("CREATE DATABASE \"{name}\""));
        Some(url)
    }
}

/// A bucket is what version 2 has instead of a database.
fn api(texts: &Texts<'_>) -> Api {
    let text = |name| texts.settings.text(name).map(str::to_owned);
    match text("K6_INFLUXDB_BUCKET") {
        Some(_) => Api::V2 { token: text("K6_INFLUXDB_TOKEN") },
        None => Api::V1 { user: texts.user.clone().map(|user| (user, texts.password.clone())) },
    }
}

fn base(address: &str, settings: &Settings<'_>) -> Result<Url, CreateError> {
    let wrong = || {
        settings.wrong(
            "K6_INFLUXDB_ADDR",
            &shown(address),
            "a URL such as \"http://localhost:8086\"",
        )
    };
    let url = Url::parse(address).map_err(|_| wrong())?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(wrong()),
    }
}

fn fields(texts: &Texts<'_>) -> Result<Fields, CreateError> {
    // In a query each has its own pair; in the variable they have commas between them.
    let mut given: Vec<(&str, &str)> = Vec::new();
    for (key, name, value) in &texts.values {
        if *key == "tagsAsFields" {
            given.extend(value.split(',').map(|one| (name.as_str(), one.trim())));
        }
    }
    if given.is_empty() {
        given.extend(DEFAULT_FIELDS.split(',').map(|one| ("", one)));
    }
    let mut fields = Fields::default();
    for (name, text) in given.into_iter().filter(|(_, text)| !text.is_empty()) {
        let wrong = |expected: &str| texts.settings.wrong(name, text, expected);
        let (tag, kind) = text.split_once(':').unwrap_or((text, "string"));
        let kind = FieldKind::from_name(kind)
            .ok_or_else(|| wrong("a tag, or a tag with :string, :int, :float or :bool"))?;
        if !fields.add(tag, kind) {
            return Err(wrong("each tag once"));
        }
    }
    Ok(fields)
}

fn concurrent_writes(texts: &Texts<'_>) -> Result<usize, CreateError> {
    let Some((name, text)) = texts.get("concurrentWrites") else {
        return Ok(DEFAULT_CONCURRENT_WRITES);
    };
    let number = text.parse().ok().filter(|number| (1..=MOST_CONCURRENT_WRITES).contains(number));
    let expected = format!("a number from 1 to {MOST_CONCURRENT_WRITES}");
    number.ok_or_else(|| texts.settings.wrong(name, text, &expected))
}

/// Adds to the path of a URL.
fn join(url: &mut Url, path: &str) {
    let joined = format!("{}/{path}", url.path().trim_end_matches('/'));
    url.set_path(&joined);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Surroundings;

    fn read(argument: Option<&str>, environment: &[(&str, &str)]) -> Result<Config, String> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: Vec<_> = environment.iter().map(own).collect();
        let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
        Config::read(argument, &Settings::new(super::super::NAME, &surroundings))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn without_settings_it_is_the_database_k6_on_this_machine() {
        let config = read(None, &[]).unwrap();
        assert_eq!(config.write_url.as_str(), "http://localhost:8086/write?db=k6&precision=n");
        assert_eq!(config.describe(), "InfluxDBv1 (http://localhost:8086)");
        assert_eq!(config.api, Api::V1 { user: None });
        let url = config.database_url().unwrap();
        assert_eq!(url.as_str(), "http://localhost:8086/query?q=CREATE+DATABASE+%22k6%22");
    }

    #[test]
    fn the_argument_counts_more_than_the_environment() {
        let environment = [
            ("K6_INFLUXDB_ADDR", "https://env:1"),
            ("K6_INFLUXDB_DB", "env"),
            ("K6_INFLUXDB_USERNAME", "ann"),
            ("K6_INFLUXDB_PASSWORD", "x"),
            ("K6_INFLUXDB_INSECURE", "true"),
            ("K6_INFLUXDB_RETENTION", "week"),
            ("K6_INFLUXDB_CONSISTENCY", "all"),
            ("K6_INFLUXDB_PUSH_INTERVAL", "3s"),
            ("K6_INFLUXDB_CONCURRENT_WRITES", "7"),
        ];
        let config = read(None, &environment).unwrap();
        assert_eq!(
            config.write_url.as_str(),
            "https://env:1/write?db=env&precision=n&rp=week&consistency=all"
        );
        assert_eq!(config.api, Api::V1 { user: Some(("ann".into(), Some("x".into()))) });
        assert!(config.insecure);
        assert_eq!((config.push_interval, config.concurrent_writes), (Duration::from_secs(3), 7));
        let argument = "http://bob:p%40ss@arg:2/da?insecure=false&precision=ms&pushInterval=2s";
        let config = read(Some(argument), &environment).unwrap();
        assert_eq!(
            config.write_url.as_str(),
            "http://arg:2/write?db=da&precision=ms&rp=week&consistency=all"
        );
        assert_eq!(config.api, Api::V1 { user: Some(("bob".into(), Some("p@ss".into()))) });
        assert_eq!((config.insecure, config.push_interval), (false, Duration::from_secs(2)));
        assert_eq!(config.describe(), "InfluxDBv1 (http://arg:2)");
    }

    #[test]
    fn a_bucket_means_version_2() {
        let environment = [
            ("K6_INFLUXDB_BUCKET", "tests"),
            ("K6_INFLUXDB_ORGANIZATION", "us"),
            ("K6_INFLUXDB_TOKEN", "t0ken"),
        ];
        let config = read(Some("http://a:1"), &environment).unwrap();
        assert_eq!(
            config.write_url.as_str(),
            "http://a:1/api/v2/write?org=us&bucket=tests&precision=ns"
        );
        assert_eq!(config.api, Api::V2 { token: Some("t0ken".into()) });
        assert_eq!(config.describe(), "InfluxDBv2 (http://a:1)");
        assert!(config.database_url().is_none());
    }

    #[test]
    fn what_is_wrong_is_told() {
        let cases = [
            (Some("localhost"), "", "", "the argument of the output influxdb is \"localhost\""),
            (
                Some("http://a/?db=k"),
                "",
                "",
                "expected a URL whose query has no others than insecure",
            ),
            (Some("http://a/?precision=h"), "", "", "precision of the output influxdb is \"h\""),
            (None, "ADDR", "localhost:8086", "K6_INFLUXDB_ADDR of the output influxdb is"),
            (None, "ADDR", "udp://a:1", "over UDP loses samples"),
            (None, "CONCURRENT_WRITES", "0", "expected a number from 1 to 64"),
            (None, "TAGS_AS_FIELDS", "a,a:int", "is \"a:int\", expected each tag once"),
            (None, "TAGS_AS_FIELDS", "a:number", "is \"a:number\", expected a tag, or a tag with"),
        ];
        for (argument, variable, value, message) in cases {
            let variable = format!("K6_INFLUXDB_{variable}");
            let error = read(argument, &[(&variable, value)]).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
