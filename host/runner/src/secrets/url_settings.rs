//! How secrets are asked for at a URL: the settings of `--secret-source url`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::SecretSourceError;
use crate::duration;

/// The settings, as arguments and the file of settings have them.
pub(super) const SETTINGS: [&str; 9] = [
    "urlTemplate",
    "method",
    "headers.NAME",
    "responsePath",
    "timeout",
    "requestsPerMinuteLimit",
    "requestsBurst",
    "maxRetries",
    "retryBackoff",
];

/// What names of headers follow.
const HEADERS: &str = "headers.";

/// What the name of the secret takes the place of.
const KEY: &str = "{key}";

/// What environment variables of settings begin with.
const VARIABLES: &str = "K6_SECRET_SOURCE_URL_";

/// What variables of headers begin with.
const HEADER_VARIABLES: &str = "K6_SECRET_SOURCE_URL_HEADER_";

/// How long a server has for an answer if nothing else is said, as in k6.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// How many requests a server gets in a minute if nothing else is said, as in k6: five in a second, which servers of
/// secrets allow.
const DEFAULT_REQUESTS_PER_MINUTE: u32 = 300;

/// How many of these it may get at once if nothing else is said, as in k6: as many secrets as a test commonly has.
const DEFAULT_BURST: u32 = 10;

/// How often a request that failed is made again if nothing else is said, as in k6.
const DEFAULT_RETRIES: u32 = 3;

/// The pause before a request is made again for the first time if nothing else is said, as in k6.
pub(super) const DEFAULT_BACKOFF: Duration = Duration::from_secs(1);

/// Where secrets are, and how they are asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct UrlSettings {
    template: String,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    /// The names that lead to the secret in an answer in JSON; none if all of the answer is the secret.
    pub(super) path: Vec<String>,
    /// How long a server has for an answer.
    pub(super) timeout: Duration,
    pub(super) per_minute: u32,
    pub(super) burst: u32,
    /// How often a request that failed is made again.
    pub(super) retries: u32,
    pub(super) backoff: Duration,
}

impl UrlSettings {
    /// Puts the settings together: those of the argument count more than those of the file that it names, and these
    /// more than environment variables.
    pub(super) fn read(
        argument: &[(&str, &str)],
        environment: &[(String, String)],
    ) -> Result<Self, SecretSourceError> {
        let mut texts = Texts::default();
        texts.add_variables(environment);
        if let Some((_, path)) = argument.iter().find(|(name, _)| *name == "config") {
            texts.add_file(path.into())?;
        }
        for (name, text) in argument.iter().filter(|(name, _)| *name != "config") {
            texts.add(name, text)?;
        }
        let settings = Self {
            template: texts.template()?,
            method: texts
                .parsed("method", "a method of HTTP", Method::GET, |text| text.parse().ok())?,
            headers: texts.headers()?,
            path: texts.parsed("responsePath", PATHS, Vec::new(), path)?,
            timeout: texts.parsed("timeout", DURATIONS, DEFAULT_TIMEOUT, positive)?,
            per_minute: texts.parsed(
                "requestsPerMinuteLimit",
                COUNTS,
                DEFAULT_REQUESTS_PER_MINUTE,
                count,
            )?,
            burst: texts.parsed("requestsBurst", COUNTS, DEFAULT_BURST, count)?,
            retries: texts.parsed("maxRetries", "a whole number", DEFAULT_RETRIES, |text| {
                text.parse().ok()
            })?,
            backoff: texts.parsed("retryBackoff", DURATIONS, DEFAULT_BACKOFF, positive)?,
        };
        Ok(settings)
    }

    /// Where a secret is.
    pub(super) fn url(&self, name: &str) -> Option<Url> {
        Url::parse(&self.template.replace(KEY, name)).ok()
    }
}

const PATHS: &str = "names and indices with dots between them: data.value, list.0.secret";
const DURATIONS: &str = "a duration above 0 such as 30s";
const COUNTS: &str = "a whole number above 0";

/// The settings as texts, by name, with where each was found.
#[derive(Default)]
struct Texts(BTreeMap<String, (String, String)>);

impl Texts {
    fn add_variables(&mut self, environment: &[(String, String)]) {
        let known = environment.iter().filter(|(_, text)| !text.is_empty());
        for (variable, text) in known {
            let header = variable.strip_prefix(HEADER_VARIABLES).map(|name| {
                // A variable cannot have the hyphens that names of headers have.
                format!("{HEADERS}{}", name.replace('_', "-").to_ascii_lowercase())
            });
            let named = || {
                let rest = variable.strip_prefix(VARIABLES)?;
                SETTINGS.into_iter().find(|name| upper_snake(name) == rest).map(str::to_owned)
            };
            if let Some(name) = header.or_else(named) {
                self.0.insert(name, (text.clone(), variable.clone()));
            }
        }
    }

    fn add_file(&mut self, path: PathBuf) -> Result<(), SecretSourceError> {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => return Err(SecretSourceError::Unreadable { path, error }),
        };
        let wrong = |setting: &str, expected| SecretSourceError::Setting {
            setting: setting.to_owned(),
            expected,
        };
        let Ok(Value::Object(settings)) = serde_json::from_str(&text) else {
            return Err(wrong("config", "a file with an object in JSON"));
        };
        for (name, value) in settings {
            match value {
                Value::Null => {}
                Value::String(text) => self.add(&name, &text)?,
                Value::Number(number) => self.add(&name, &number.to_string())?,
                Value::Object(headers) if name == "headers" => {
                    for (header, value) in headers {
                        let value = value.as_str().ok_or_else(|| wrong("headers", "texts"))?;
                        self.add(&format!("{HEADERS}{header}"), value)?;
                    }
                }
                _ => return Err(wrong(&name, "a text or a number")),
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &str, text: &str) -> Result<(), SecretSourceError> {
        let header = name.strip_prefix(HEADERS).filter(|header| !header.is_empty());
        let key = match header {
            Some(header) => format!("{HEADERS}{}", header.to_ascii_lowercase()),
            None if SETTINGS.contains(&name) => name.to_owned(),
            None => return Err(SecretSourceError::NoSetting(name.to_owned())),
        };
        self.0.insert(key, (text.to_owned(), name.to_owned()));
        Ok(())
    }

    fn template(&self) -> Result<String, SecretSourceError> {
        let expected = "an http or https URL with {key} in the place of the secret's name";
        let wrong =
            |setting: &str| SecretSourceError::Setting { setting: setting.to_owned(), expected };
        let (text, origin) = self.0.get("urlTemplate").ok_or_else(|| wrong("urlTemplate"))?;
        let url = Url::parse(&text.replace(KEY, "key")).ok();
        let fits =
            url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if fits && text.contains(KEY) { Ok(text.clone()) } else { Err(wrong(origin)) }
    }

    fn headers(&self) -> Result<HeaderMap, SecretSourceError> {
        let given =
            self.0.iter().filter_map(|(name, given)| Some((name.strip_prefix(HEADERS)?, given)));
        let header = |(name, (text, origin)): (&str, &(String, String))| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok();
            let pair = name.zip(HeaderValue::from_str(text).ok());
            pair.ok_or_else(|| SecretSourceError::Setting {
                setting: origin.clone(),
                expected: "a header of HTTP",
            })
        };
        given.map(header).collect()
    }

    /// A setting, or what it is where nobody says.
    fn parsed<T>(
        &self,
        name: &str,
        expected: &'static str,
        default: T,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, SecretSourceError> {
        match self.0.get(name) {
            None => Ok(default),
            Some((text, origin)) => parse(text)
                .ok_or_else(|| SecretSourceError::Setting { setting: origin.clone(), expected }),
        }
    }
}

fn positive(text: &str) -> Option<Duration> {
    duration::parse(text).ok().filter(|duration| !duration.is_zero())
}

fn count(text: &str) -> Option<u32> {
    text.parse().ok().filter(|count| *count > 0)
}

/// Reads `data.value`. What GJSON could do besides is refused, so that nothing is taken for a name that was meant
/// as more.
fn path(text: &str) -> Option<Vec<String>> {
    let names: Vec<_> = text.split('.').map(str::to_owned).collect();
    let is_plain = |name: &String| {
        !name.is_empty() && !name.contains(['#', '*', '?', '|', '@', '\\', '!', '{', '['])
    };
    names.iter().all(is_plain).then_some(names)
}

/// `retryBackoff` as `RETRY_BACKOFF`.
fn upper_snake(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(character.to_ascii_uppercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: (&str, &str) = ("urlTemplate", "https://a.test/v1/{key}/decrypt");

    fn read(
        argument: &[(&str, &str)],
        environment: &[(&str, &str)],
    ) -> Result<UrlSettings, String> {
        let owned = |&(name, text): &(&str, &str)| (name.to_owned(), text.to_owned());
        let environment: Vec<_> = environment.iter().map(owned).collect();
        UrlSettings::read(argument, &environment).map_err(|error| error.to_string())
    }

    #[test]
    fn what_nobody_sets_is_as_in_k6() {
        let settings = read(&[TEMPLATE], &[]).unwrap();
        assert_eq!(settings.url("token").unwrap().as_str(), "https://a.test/v1/token/decrypt");
        assert_eq!((settings.method, settings.path), (Method::GET, Vec::new()));
        assert_eq!((settings.per_minute, settings.burst, settings.retries), (300, 10, 3));
        let times = (Duration::from_secs(30), Duration::from_secs(1));
        assert_eq!((settings.timeout, settings.backoff), times);
    }

    #[test]
    fn arguments_count_more_than_the_file_and_that_more_than_variables() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = r#"{"urlTemplate": "https://file.test/{key}", "method": "POST", "timeout": 500,
            "headers": {"X-Api-Key": "file", "Accept": "*/*"}, "maxRetries": 7}"#;
        fs::write(&file, text).unwrap();
        let path = file.path().display().to_string();
        let argument = [("config", &*path), ("headers.Accept", "text/plain"), ("maxRetries", "0")];
        let variables = [
            ("K6_SECRET_SOURCE_URL_URL_TEMPLATE", "https://variable.test/{key}"),
            ("K6_SECRET_SOURCE_URL_HEADER_X_API_KEY", "variable"),
            ("K6_SECRET_SOURCE_URL_HEADER_AUTHORIZATION", "Bearer t"),
            ("K6_SECRET_SOURCE_URL_REQUESTS_PER_MINUTE_LIMIT", "60"),
            ("K6_SECRET_SOURCE_URL_RESPONSE_PATH", "data.0.value"),
            ("K6_SECRET_SOURCE_URL_REQUESTS_BURST", ""),
        ];
        let settings = read(&argument, &variables).unwrap();
        assert_eq!(settings.url("a").unwrap().as_str(), "https://file.test/a");
        assert_eq!((&settings.method, settings.retries), (&Method::POST, 0));
        assert_eq!((settings.timeout, settings.per_minute), (Duration::from_millis(500), 60));
        assert_eq!(
            (settings.path, settings.burst),
            (vec!["data".into(), "0".into(), "value".into()], 10)
        );
        let headers = ["accept", "x-api-key", "authorization"];
        assert_eq!(
            headers.map(|name| settings.headers[name].to_str().unwrap()),
            ["text/plain", "file", "Bearer t"]
        );
    }

    #[test]
    fn what_is_wrong_is_told_without_its_value() {
        let template = "an http or https URL with {key} in the place of the secret's name";
        let cases = [
            (&[][..], "urlTemplate", template),
            (&[("urlTemplate", "https://a.test/secret")], "urlTemplate", template),
            (&[("urlTemplate", "ftp://a.test/{key}")], "urlTemplate", template),
            (&[TEMPLATE, ("timeout", "0s")], "timeout", DURATIONS),
            (&[TEMPLATE, ("requestsBurst", "secret")], "requestsBurst", COUNTS),
            (&[TEMPLATE, ("maxRetries", "-1")], "maxRetries", "a whole number"),
            (&[TEMPLATE, ("headers.A b", "secret")], "headers.A b", "a header of HTTP"),
            (&[TEMPLATE, ("responsePath", "a.#(b==1)")], "responsePath", PATHS),
            (&[TEMPLATE, ("method", "a b")], "method", "a method of HTTP"),
        ];
        for (argument, setting, expected) in cases {
            assert_eq!(
                read(argument, &[]).unwrap_err(),
                format!(
                    "the setting {setting} of --secret-source url is wrong, expected {expected}"
                )
            );
        }
        assert_eq!(
            read(&[TEMPLATE, ("colour", "secret")], &[]).unwrap_err(),
            "--secret-source url has no setting \"colour\"; its settings are name, default, config, urlTemplate, \
             method, headers.NAME, responsePath, timeout, requestsPerMinuteLimit, requestsBurst, maxRetries, \
             retryBackoff"
        );
    }
}
