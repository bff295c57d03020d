//! Values that scripts may have and logs may not (`k6/secrets`).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::RwLock;
use thiserror::Error;

use crate::log::{Line, Log, SharedLog, clipped};

/// What a log has in the place of a secret.
pub const REDACTED: &str = "***SECRET_REDACTED***";

/// The kinds of sources that are known.
const KINDS: [&str; 3] = ["file", "mock", "url"];

/// What a source must look like.
const SHAPES: &str = "expected file=PATH or mock=KEY=VALUE,…, each with ,name=NAME and ,default if \
                      there are several";

/// What is wrong with the sources of secrets.
#[derive(Debug, Error)]
pub enum SecretSourceError {
    /// The text is no source. Only its kind is told: the rest may be secret.
    #[error("--secret-source \"{0}…\" is none, {SHAPES}")]
    Shape(String),
    /// A kind of source that k6 has.
    #[error("secrets from URLs are not in this version of wasock; --secret-source: {SHAPES}")]
    Url,
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
}

#[derive(Debug)]
struct Source {
    name: Option<String>,
    default: bool,
    values: HashMap<String, String>,
}

/// The secrets of a test. What was handed out is taken out of all that is logged from then on.
#[derive(Debug, Default)]
pub struct Secrets {
    sources: Vec<Source>,
    /// The texts to look for, the longest first.
    issued: RwLock<Vec<String>>,
}

impl Secrets {
    /// The secrets of these sources, each written as in `--secret-source`.
    ///
    /// # Errors
    ///
    /// See [`SecretSourceError`].
    pub fn from_sources(texts: &[String]) -> Result<Self, SecretSourceError> {
        let mut sources = texts.iter().map(|text| source(text)).collect::<Result<Vec<_>, _>>()?;
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

    /// The value of a secret, from the source of that name or from the default one.
    ///
    /// # Errors
    ///
    /// See [`SecretError`].
    pub fn get(&self, source: Option<&str>, name: &str) -> Result<String, SecretError> {
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
        let value = found.values.get(name).ok_or(SecretError::NoSecret(name.to_owned()))?;
        self.issue(value);
        Ok(value.clone())
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

/// Reads `kind=…`.
fn source(text: &str) -> Result<Source, SecretSourceError> {
    let (kind, settings) = text.split_once('=').unwrap_or((text, ""));
    let shape = || SecretSourceError::Shape(kind.to_owned());
    if !KINDS.contains(&kind) {
        return Err(shape());
    }
    let mut source = Source { name: None, default: false, values: HashMap::new() };
    let mut path = None;
    for setting in settings.split(',') {
        match (kind, setting.split_once('=')) {
            ("url", _) => return Err(SecretSourceError::Url),
            (_, Some(("name", name))) if !name.is_empty() => source.name = Some(name.to_owned()),
            (_, None) if setting == "default" => source.default = true,
            ("mock", Some((key, value))) => drop(source.values.insert(key.into(), unquoted(value))),
            ("file", Some(("filename", file))) => path = Some(PathBuf::from(file)),
            ("file", None) if !setting.is_empty() => path = Some(PathBuf::from(setting)),
            _ => return Err(shape()),
        }
    }
    if kind == "file" {
        source.values = read(path.ok_or_else(shape)?)?;
    }
    Ok(source)
}

/// A value without the quotes that a shell would have taken off.
fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(value).to_owned()
}

/// Reads a file of lines `key=value`. Empty lines, and those that begin with `#`, mean nothing.
fn read(path: PathBuf) -> Result<HashMap<String, String>, SecretSourceError> {
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return Err(SecretSourceError::Unreadable { path, error }),
    };
    let mut values = HashMap::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                values.insert(key.trim().to_owned(), value.trim().to_owned());
            }
            _ => return Err(SecretSourceError::Line { path, line: number + 1 }),
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(sources: &[&str]) -> Result<Secrets, String> {
        let texts: Vec<_> = sources.iter().map(|&text| text.to_owned()).collect();
        Secrets::from_sources(&texts).map_err(|error| error.to_string())
    }

    #[test]
    fn a_single_source_is_the_default_one() {
        let own = secrets(&["mock=a=1=2,b=\"two\",name=own"]).unwrap();
        assert_eq!(own.get(None, "a").unwrap(), "1=2");
        assert_eq!(own.get(None, "b").unwrap(), "two");
        assert_eq!(own.get(Some("own"), "a").unwrap(), "1=2");
        assert_eq!(own.get(None, "c"), Err(SecretError::NoSecret("c".to_owned())));
    }

    #[test]
    fn of_several_sources_one_may_be_the_default() {
        let two = secrets(&["mock=name=x,a=1", "mock=name=y,a=2"]).unwrap();
        assert_eq!(two.get(Some("y"), "a").unwrap(), "2");
        assert_eq!(two.get(Some("z"), "a"), Err(SecretError::NoSource("z".to_owned())));
        let error = two.get(None, "a").unwrap_err().to_string();
        assert!(error.ends_with("chooses one of \"x\", \"y\""), "{error}");
        let chosen = secrets(&["mock=name=x,a=1", "mock=default,a=2"]).unwrap();
        assert_eq!(chosen.get(None, "a").unwrap(), "2");
        assert_eq!(secrets(&[]).unwrap().get(None, "a"), Err(SecretError::NoSources));
    }

    #[test]
    fn a_file_has_a_secret_in_each_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "# of the test\na = b=c \n\nd=\n").unwrap();
        let path = file.path().display();
        for source in [format!("file={path}"), format!("file=name=f,filename={path}")] {
            let secrets = secrets(&[&source]).unwrap();
            assert_eq!(secrets.get(None, "a").unwrap(), "b=c");
            assert_eq!(secrets.get(None, "d").unwrap(), "");
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
            assert!(error.starts_with(&format!("--secret-source \"{kind}…\" is none")), "{error}");
        }
        assert!(secrets(&["url=urlTemplate=https://a/{key}"]).unwrap_err().contains("from URLs"));
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
            secrets.get(None, name).unwrap();
        }
        assert_eq!(secrets.redact("ab and abc"), format!("{REDACTED} and {REDACTED}"));
        assert_eq!(secrets.redact(r#"{ k: "x\"y" }"#), format!("{{ k: \"{REDACTED}\" }}"));
        assert_eq!(secrets.redact(r#"x"y!"#), format!("{REDACTED}!"));
    }
}
