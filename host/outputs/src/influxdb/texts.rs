//! The settings of InfluxDB as they are written: in the argument, or where that says nothing in the environment.

use reqwest::Url;

use crate::CreateError;
use crate::settings::{Settings, shown};

/// The server if none is named.
const DEFAULT_ADDRESS: &str = "http://localhost:8086";

/// Settings as they are written, with the names that errors call them by.
pub(super) struct Texts<'a> {
    pub(super) address: String,
    pub(super) database: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) values: Vec<(&'static str, String, String)>,
    pub(super) settings: &'a Settings<'a>,
}

/// What can be in the query of the argument, and the variable for the same.
const QUERY: [(&str, &str); 7] = [
    ("insecure", "K6_INFLUXDB_INSECURE"),
    ("precision", "K6_INFLUXDB_PRECISION"),
    ("retention", "K6_INFLUXDB_RETENTION"),
    ("consistency", "K6_INFLUXDB_CONSISTENCY"),
    ("pushInterval", "K6_INFLUXDB_PUSH_INTERVAL"),
    ("concurrentWrites", "K6_INFLUXDB_CONCURRENT_WRITES"),
    ("tagsAsFields", "K6_INFLUXDB_TAGS_AS_FIELDS"),
];

impl<'a> Texts<'a> {
    pub(super) fn read(
        argument: Option<&str>,
        settings: &'a Settings<'a>,
    ) -> Result<Self, CreateError> {
        let own = |name| settings.text(name).map(str::to_owned);
        let named = |(key, variable): (&'static str, &'static str)| {
            Some((key, variable.to_owned(), own(variable)?))
        };
        let mut texts = Self {
            address: own("K6_INFLUXDB_ADDR").unwrap_or_else(|| DEFAULT_ADDRESS.to_owned()),
            database: own("K6_INFLUXDB_DB"),
            user: own("K6_INFLUXDB_USERNAME"),
            password: own("K6_INFLUXDB_PASSWORD"),
            values: QUERY.into_iter().filter_map(named).collect(),
            settings,
        };
        if let Some(argument) = argument {
            texts.apply(argument)?;
        }
        Ok(texts)
    }

    /// What the argument says counts more: `http://user:password@host:port/database?key=value`.
    fn apply(&mut self, argument: &str) -> Result<(), CreateError> {
        let wrong =
            |expected: &str| self.settings.wrong("the argument", &shown(argument), expected);
        let expected = "a URL such as http://localhost:8086/k6";
        let url = Url::parse(argument).map_err(|_| wrong(expected))?;
        let host = url.host_str().ok_or_else(|| wrong(expected))?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let scheme = url.scheme();
        let mut values = Vec::new();
        for (key, value) in url.query_pairs() {
            let Some((known, _)) = QUERY.iter().find(|(known, _)| *known == key) else {
                let names = QUERY.map(|(name, _)| name).join(", ");
                return Err(wrong(&format!("a URL whose query has no others than {names}")));
            };
            values.push((*known, key.into_owned(), value.into_owned()));
        }
        self.address = format!("{scheme}://{host}{port}");
        if let Some(database) = Some(url.path().trim_start_matches('/')).filter(|it| !it.is_empty())
        {
            self.database = Some(decoded(database));
        }
        if !url.username().is_empty() {
            self.user = Some(decoded(url.username()));
            self.password = url.password().map(decoded);
        }
        // Later ones of the same key come with the earlier ones, and take the place of the variable's.
        self.values.retain(|(key, ..)| !values.iter().any(|(other, ..)| other == key));
        self.values.append(&mut values);
        Ok(())
    }

    pub(super) fn get(&self, key: &str) -> Option<(&str, &str)> {
        let found = self.values.iter().rev().find(|(known, ..)| *known == key)?;
        Some((&found.1, &found.2))
    }
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
