//! The options for HTTP requests.

use serde_json::{Map, Value, json};
use wasock_http::limits::{DEFAULT_IDLE, DEFAULT_IDLE_PER_SERVER};

use super::{OptionError, Options, read};

/// The most that any of these numbers may be: far more than one machine can do.
const MOST: u64 = 1_000_000;

/// How much of HTTP's traffic the log shows (`httpDebug`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpDebug {
    /// Heads of requests and answers.
    Heads,
    /// Bodies too.
    Full,
}

/// The options for HTTP requests of one source, or of all sources taken together. None means not set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpOptions {
    /// How many requests `http.batch` makes at one time.
    pub batch: Option<u32>,
    /// How many of them go to one host.
    pub batch_per_host: Option<u32>,
    /// How many redirections are followed.
    pub max_redirects: Option<u32>,
    /// How many requests all virtual users make per second; 0 is no limit.
    pub rps: Option<u32>,
    /// Whether each request gets a connection of its own.
    pub no_connection_reuse: Option<bool>,
    /// Whether each iteration begins without connections.
    pub no_vu_connection_reuse: Option<bool>,
    /// Whether bodies of answers are left out where the script does not say.
    pub discard_response_bodies: Option<bool>,
    /// How much the log shows of requests and answers; the inner none is nothing.
    pub debug: Option<Option<HttpDebug>>,
}

impl HttpOptions {
    /// Takes over what is set in a stronger source.
    pub(super) fn replace(&mut self, from: Self) {
        self.batch = from.batch.or(self.batch);
        self.batch_per_host = from.batch_per_host.or(self.batch_per_host);
        self.max_redirects = from.max_redirects.or(self.max_redirects);
        self.rps = from.rps.or(self.rps);
        self.no_connection_reuse = from.no_connection_reuse.or(self.no_connection_reuse);
        self.no_vu_connection_reuse = from.no_vu_connection_reuse.or(self.no_vu_connection_reuse);
        self.discard_response_bodies =
            from.discard_response_bodies.or(self.discard_response_bodies);
        self.debug = from.debug.or(self.debug);
    }

    /// How many requests `http.batch` makes at one time, at least 1.
    pub fn batch(&self) -> u32 {
        self.batch.unwrap_or(DEFAULT_IDLE as u32)
    }

    /// How many of them go to one host; 0 is no limit.
    pub fn batch_per_host(&self) -> u32 {
        self.batch_per_host.unwrap_or(DEFAULT_IDLE_PER_SERVER as u32)
    }

    /// How much the log shows of requests and answers.
    pub fn debug(&self) -> Option<HttpDebug> {
        self.debug.flatten()
    }
}

impl Options {
    /// Sets one of these options; false if `name` is none of them.
    pub(super) fn set_http(
        &mut self,
        name: &str,
        value: &Value,
        path: &str,
    ) -> Result<bool, OptionError> {
        let http = &mut self.http;
        match name {
            "batch" => http.batch = number(value, path, 1)?,
            "batchPerHost" => http.batch_per_host = number(value, path, 0)?,
            "maxRedirects" => http.max_redirects = number(value, path, 0)?,
            "rps" => http.rps = number(value, path, 0)?,
            "noConnectionReuse" => http.no_connection_reuse = Some(read::boolean(value, path)?),
            "noVUConnectionReuse" => {
                http.no_vu_connection_reuse = Some(read::boolean(value, path)?);
            }
            "discardResponseBodies" => {
                http.discard_response_bodies = Some(read::boolean(value, path)?);
            }
            "httpDebug" => http.debug = Some(debug(value, path)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// These options as JSON; null where they are not set and nothing is said by default.
    pub(super) fn http_json(&self) -> Map<String, Value> {
        let http = &self.http;
        let debug = http.debug.map(|debug| match debug {
            None => "",
            Some(HttpDebug::Heads) => "headers",
            Some(HttpDebug::Full) => "full",
        });
        let json = json!({
            "batch": http.batch(),
            "batchPerHost": http.batch_per_host(),
            "maxRedirects": http.max_redirects,
            "rps": http.rps,
            "noConnectionReuse": http.no_connection_reuse,
            "noVUConnectionReuse": http.no_vu_connection_reuse,
            "discardResponseBodies": http.discard_response_bodies,
            "httpDebug": debug,
        });
        match json {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }
}

fn number(value: &Value, path: &str, least: u64) -> Result<Option<u32>, OptionError> {
    let number = read::whole(value, path, least, MOST)?;
    Ok(number.map(|number| u32::try_from(number).expect("MOST fits into 32 bits")))
}

fn debug(value: &Value, path: &str) -> Result<Option<HttpDebug>, OptionError> {
    match value.as_str() {
        Some("") => Ok(None),
        Some("headers" | "true") => Ok(Some(HttpDebug::Heads)),
        Some("full") => Ok(Some(HttpDebug::Full)),
        _ => Err(OptionError::value(path, value, "\"headers\", \"full\" or \"\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stronger_source_replaces_what_it_sets() {
        let read = |value| Options::from_json(&value).unwrap().0;
        let mut options =
            read(json!({"rps": 5, "batch": 3, "httpDebug": "full", "noConnectionReuse": true}));
        options.http.replace(read(json!({"rps": 7, "httpDebug": ""})).http);
        assert_eq!((options.http.rps, options.http.batch), (Some(7), Some(3)));
        assert_eq!(options.http.debug(), None);
        assert_eq!(options.http_json()["noConnectionReuse"], true);
        assert_eq!(options.http_json()["httpDebug"], "");
    }

    #[test]
    fn errors_name_the_option_and_what_it_takes() {
        for (value, expected) in [
            (json!({"rps": -1}), "option \"rps\" is -1, expected a whole number from 0 to 1000000"),
            (
                json!({"batch": 0}),
                "option \"batch\" is 0, expected a whole number from 1 to 1000000",
            ),
            (
                json!({"httpDebug": 1}),
                "option \"httpDebug\" is 1, expected \"headers\", \"full\" or \"\"",
            ),
            (
                json!({"discardResponseBodies": "no"}),
                "option \"discardResponseBodies\" is \"no\", expected true or false",
            ),
        ] {
            assert_eq!(Options::from_json(&value).unwrap_err().to_string(), expected);
        }
    }
}
