//! Values that scripts may have and logs may not (`k6/secrets`).

mod source;
mod url;
mod url_settings;

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::RwLock;
use thiserror::Error;

use crate::log::{Line, Log, SharedLog, clipped};
use source::{SHAPES, Source, Values};
use url_settings::SETTINGS;

pub use url::MAX_URL_SECRETS;

/// What a log has in the place of a secret.
pub const REDACTED: &str = "***SECRET_REDACTED***";

/// What is wrong with the sources of secrets.
#[derive(Debug, Error)]
pub enum SecretSourceError {
    /// The text is no source. Only its kind is told: the rest may be secret.
    #[error("--secret-source \"{0}…\" is not a valid source, {SHAPES}")]
    Shape(String),
    /// There is no such setting for secrets from a URL.
    #[error(
        "--secret-source url has no setting \"{0}\"; its settings are name, default, config, {settings}",
        settings = SETTINGS.join(", ")
    )]
    NoSetting(String),
    /// A setting for secrets from a URL is wrong. Its value is not told, it may be secret.
    #[error("the setting {setting} of --secret-source url is wrong, expected {expected}")]
    Setting {
        /// The setting, or the environment variable.
        setting: String,
        /// What it may be.
        expected: &'static str,
    },
    /// The client that asks for secrets cannot be made.
    #[error("the secrets of --secret-source url cannot be asked for: {0}")]
    Client(String),
    /// The file cannot be read.
    #[error("the secrets in \"{}\" cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A line of the file is none.
    #[error("line {line} of the secrets in \"{}\" is not KEY=VALUE", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// Two sources have one name.
    #[error("two sources of --secret-source have the name \"{0}\"")]
    SameName(String),
    /// Two sources are the default.
    #[error("two sources of --secret-source are the default")]
    TwoDefaults,
}

/// Why there is no secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// There are no sources.
    #[error("there are no secrets; --secret-source names a source of them")]
    NoSources,
    /// No source is the default.
    #[error("no source of secrets is the default; secrets.source(name) chooses one of {0}")]
    NoDefault(String),
    /// No such source.
    #[error("there is no source of secrets with the name \"{0}\"")]
    NoSource(String),
    /// No such secret.
    #[error("there is no secret \"{0}\"")]
    NoSecret(String),
    /// The server did not hand it out.
    #[error("cannot get the secret \"{name}\": {reason}")]
    Unavailable {
        /// Its name.
        name: String,
        /// What the server said, or what was in the way of it.
        reason: String,
    },
}

/// The secrets of a test. What was handed out is taken out of all that is logged from then on.
#[derive(Default)]
pub struct Secrets {
    sources: Vec<Source>,
    /// The texts to look for, the longest first.
    issued: RwLock<Vec<String>>,
}

impl Secrets {
    /// The secrets of these sources, each written as in `--secret-source`. Sources that are URLs have settings
    /// in these environment variables too.
    ///
    /// # Errors
    ///
    /// See [`SecretSourceError`].
    pub fn from_sources(
        texts: &[String],
        environment: &[(String, String)],
    ) -> Result<Self, SecretSourceError> {
        let read = texts.iter().map(|text| Source::read(text, environment));
        let mut sources = read.collect::<Result<Vec<_>, _>>()?;
        for (index, source) in sources.iter().enumerate() {
            if let Some(name) = &source.name
                && sources[..index].iter().any(|other| other.name.as_ref() == Some(name))
            {
                return Err(SecretSourceError::SameName(name.clone()));
            }
        }
        if sources.iter().filter(|source| source.default).count() > 1 {
            return Err(SecretSourceError::TwoDefaults);
        }
        if let [only] = &mut sources[..] {
            only.default = true;
        }
        Ok(Self { sources, issued: RwLock::default() })
    }

    /// The value of a secret, from the source of that name or from the default one. A server is asked once for
    /// each.
    ///
    /// # Errors
    ///
    /// See [`SecretError`].
    pub async fn get(&self, source: Option<&str>, name: &str) -> Result<String, SecretError> {
        if self.sources.is_empty() {
            return Err(SecretError::NoSources);
        }
        let found = match source {
            Some(wanted) => self.sources.iter().find(|one| one.name.as_deref() == Some(wanted)),
            None => self.sources.iter().find(|one| one.default),
        };
        let Some(found) = found else {
            return Err(match source {
                Some(wanted) => SecretError::NoSource(wanted.to_owned()),
                None => SecretError::NoDefault(self.names()),
            });
        };
        let value = match &found.values {
            Values::Known(values) => values.get(name).cloned(),
            Values::Url(url) => Some(url.get(name).await?),
        };
        let value = value.ok_or(SecretError::NoSecret(name.to_owned()))?;
        self.issue(&value);
        Ok(value)
    }

    fn names(&self) -> String {
        let names = self.sources.iter().filter_map(|source| source.name.as_deref());
        names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    }

    /// Notes that a value must not be logged from now on, neither as it is nor inside of a text that
    /// was written as JSON, as the console writes objects.
    fn issue(&self, value: &str) {
        let known = self.issued.read().iter().any(|text| text == value);
        if known || value.is_empty() {
            return;
        }
        let json = serde_json::Value::from(value).to_string();
        let mut issued = self.issued.write();
        for text in [value, json.trim_matches('"')] {
            if !issued.iter().any(|other| other == text) {
                issued.push(text.to_owned());
            }
        }
        // One secret may be a part of another.
        issued.sort_by_key(|text| std::cmp::Reverse(text.len()));
    }

    /// The text without secrets.
    pub fn redact<'a>(&self, text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
        let mut text = text.into();
        for secret in self.issued.read().iter() {
            if text.contains(secret) {
                text = text.replace(secret, REDACTED).into();
            }
        }
        text
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets(..)")
    }
}

/// A log that no secret reaches.
pub(crate) struct RedactedLog {
    log: SharedLog,
    secrets: Arc<Secrets>,
}

impl RedactedLog {
    /// Keeps secrets from this log.
    pub(crate) fn over(log: SharedLog, secrets: Arc<Secrets>) -> SharedLog {
        Arc::new(Self { log, secrets })
    }
}

impl Log for RedactedLog {
    fn line(&self, mut line: Line) {
        line.message = clipped(self.secrets.redact(line.message).into_owned());
        for (_, value) in &mut line.fields {
            *value = clipped(self.secrets.redact(std::mem::take(value)).into_owned());
        }
        self.log.line(line);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use futures_util::FutureExt as _;

    use super::*;

    fn secrets(sources: &[&str]) -> Result<Secrets, String> {
        let texts: Vec<_> = sources.iter().map(|&text| text.to_owned()).collect();
        Secrets::from_sources(&texts, &[]).map_err(|error| error.to_string())
    }

    /// A secret that nobody has to be asked for.
    fn get(secrets: &Secrets, source: Option<&str>, name: &str) -> Result<String, SecretError> {
        secrets.get(source, name).now_or_never().expect("it is at hand")
    }

    #[test]
    fn a_single_source_is_the_default_one() {
        let own = secrets(&["mock=a=1=2,b=\"two\",name=own"]).unwrap();
        assert_eq!(get(&own, None, "a").unwrap(), "1=2");
        assert_eq!(get(&own, None, "b").unwrap(), "two");
        assert_eq!(get(&own, Some("own"), "a").unwrap(), "1=2");
        assert_eq!(get(&own, None, "c"), Err(SecretError::NoSecret("c".to_owned())));
    }

    #[test]
    fn of_several_sources_one_may_be_the_default() {
        let two = secrets(&["mock=name=x,a=1", "mock=name=y,a=2"]).unwrap();
        assert_eq!(get(&two, Some("y"), "a").unwrap(), "2");
        assert_eq!(get(&two, Some("z"), "a"), Err(SecretError::NoSource("z".to_owned())));
        let error = get(&two, None, "a").unwrap_err().to_string();
        assert!(error.ends_with("chooses one of \"x\", \"y\""), "{error}");
        let chosen = secrets(&["mock=name=x,a=1", "mock=default,a=2"]).unwrap();
        assert_eq!(get(&chosen, None, "a").unwrap(), "2");
        assert_eq!(get(&secrets(&[]).unwrap(), None, "a"), Err(SecretError::NoSources));
    }

    #[test]
    fn a_file_has_a_secret_in_each_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "# of the test\na = b=c \n\nd=\n").unwrap();
        let path = file.path().display();
        for source in [format!("file={path}"), format!("file=name=f,filename={path}")] {
            let secrets = secrets(&[&source]).unwrap();
            assert_eq!(get(&secrets, None, "a").unwrap(), "b=c");
            assert_eq!(get(&secrets, None, "d").unwrap(), "");
        }
        fs::write(&file, "a=b\nc\n").unwrap();
        let error = secrets(&[&format!("file={path}")]).unwrap_err();
        assert!(error.starts_with("line 2 of the secrets in "), "{error}");
    }

    #[test]
    fn what_is_no_source_is_refused() {
        let wrong =
            ["", "file", "file=", "mock=", "mock=a", "mock=a=1,b", "vault=default", "file=a=b"];
        for text in wrong {
            let error = secrets(&[text]).unwrap_err();
            let kind = text.split('=').next().unwrap();
            let start = format!("--secret-source \"{kind}…\" is not a valid source, ");
            assert!(error.starts_with(&start), "{error}");
        }
        assert!(secrets(&["file=/nowhere/at/all"]).unwrap_err().contains("cannot be read"));
        assert!(secrets(&["mock=name=a", "mock=name=a"]).unwrap_err().contains("have the name"));
        assert!(
            secrets(&["mock=default", "mock=default"]).unwrap_err().contains("are the default")
        );
    }

    #[test]
    fn what_was_handed_out_is_redacted() {
        let secrets = secrets(&[r#"mock=short=ab,long=abc,quoted=x"y,none="#]).unwrap();
        assert_eq!(secrets.redact("ab and abc"), "ab and abc");
        for name in ["short", "long", "quoted", "none"] {
            get(&secrets, None, name).unwrap();
        }
        assert_eq!(secrets.redact("ab and abc"), format!("{REDACTED} and {REDACTED}"));
        assert_eq!(secrets.redact(r#"{ k: "x\"y" }"#), format!("{{ k: \"{REDACTED}\" }}"));
        assert_eq!(secrets.redact(r#"x"y!"#), format!("{REDACTED}!"));
    }
}
