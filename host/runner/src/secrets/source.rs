//! Sources of secrets, as `--secret-source` writes them.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use super::SecretSourceError;
use super::url::UrlSource;
use super::url_settings::UrlSettings;

/// What a source must look like.
pub(super) const SHAPES: &str = "expected file=PATH, mock=KEY=VALUE,… or url=urlTemplate=URL,…, each with ,name=NAME and ,default \
     if there are several";

/// A source of secrets.
pub(super) struct Source {
    pub(super) name: Option<String>,
    /// Whether it is asked when no name is given.
    pub(super) default: bool,
    pub(super) values: Values,
}

/// The secrets of a source.
pub(super) enum Values {
    /// All are at hand.
    Known(HashMap<String, String>),
    /// A server has them.
    Url(Box<UrlSource>),
}

impl Source {
    /// Reads `kind=setting,setting`.
    pub(super) fn read(
        text: &str,
        environment: &[(String, String)],
    ) -> Result<Self, SecretSourceError> {
        let (kind, settings) = text.split_once('=').unwrap_or((text, ""));
        let shape = || SecretSourceError::Shape(kind.to_owned());
        let (mut name, mut default, mut own) = (None, false, Vec::new());
        for setting in settings.split(',').filter(|setting| kind != "url" || !setting.is_empty()) {
            match setting.split_once('=') {
                Some(("name", text)) if !text.is_empty() => name = Some(text.to_owned()),
                None if setting == "default" => default = true,
                pair => own.push((setting, pair)),
            }
        }
        let values = match kind {
            "mock" => {
                let pair = |(_, pair): (&str, Option<(&str, &str)>)| {
                    let (key, value) = pair.ok_or_else(shape)?;
                    Ok((key.to_owned(), unquoted(value)))
                };
                Values::Known(own.into_iter().map(pair).collect::<Result<_, _>>()?)
            }
            "file" => match own[..] {
                [(_, Some(("filename", path)))] => Values::Known(read(path.into())?),
                [(path, None)] if !path.is_empty() => Values::Known(read(path.into())?),
                _ => return Err(shape()),
            },
            "url" => {
                let pairs = own.into_iter().map(|(_, pair)| pair.ok_or_else(shape));
                let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
                let settings = UrlSettings::read(&pairs, environment)?;
                Values::Url(Box::new(UrlSource::new(settings)?))
            }
            _ => return Err(shape()),
        };
        Ok(Self { name, default, values })
    }
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
