//! What the environment says about an output.

use std::fs;
use std::time::Duration;

use wasock_runner::duration;
use wasock_runner::options::SystemTags;

use crate::CreateError;

/// What outputs learn about the run besides their argument.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The environment variables.
    pub environment: &'a [(String, String)],
    /// The tags that the runner gives to samples.
    pub system_tags: SystemTags,
    /// The version of the program.
    pub version: &'a str,
    /// Outputs that the program has besides those of this crate, by name.
    pub others: &'a [&'static str],
}

/// The settings of one output.
pub(crate) struct Settings<'a> {
    /// Its name.
    pub(crate) output: &'static str,
    pub(crate) surroundings: &'a Surroundings<'a>,
}

impl<'a> Settings<'a> {
    pub(crate) fn new(output: &'static str, surroundings: &'a Surroundings<'a>) -> Self {
        Self { output, surroundings }
    }

    /// The value of a variable. One that is empty is not set.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        let mut all = self.surroundings.environment.iter();
        let (_, value) = all.find(|(other, _)| other == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// The first of these variables that is set, with its name.
    pub(crate) fn first<'n>(&self, names: &[&'n str]) -> Option<(&'n str, &'a str)> {
        names.iter().find_map(|name| Some((*name, self.text(name)?)))
    }

    /// The variables whose names begin like this, without the beginning.
    pub(crate) fn beginning_with(&self, start: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let all = self.surroundings.environment.iter();
        all.filter_map(move |(name, value)| Some((name.strip_prefix(start)?, value.as_str())))
    }

    /// A variable that is true or false.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, CreateError> {
        self.text(name).map(|text| self.read_flag(name, text)).transpose()
    }

    /// A variable that is a time, which must not be zero.
    pub(crate) fn interval(&self, name: &str) -> Result<Option<Duration>, CreateError> {
        self.text(name).map(|text| self.read_interval(name, text)).transpose()
    }

    /// The contents of the file that a variable names.
    pub(crate) fn file(&self, name: &str) -> Result<Option<String>, CreateError> {
        let read = |path: &str| {
            fs::read_to_string(path).map_err(|error| {
                self.unusable(format!("the file of {name} \"{path}\" cannot be read: {error}"))
            })
        };
        self.text(name).map(read).transpose()
    }

    pub(crate) fn read_flag(&self, setting: &str, text: &str) -> Result<bool, CreateError> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => Ok(true),
            "false" | "f" | "0" => Ok(false),
            _ => Err(self.wrong(setting, text, "true or false")),
        }
    }

    pub(crate) fn read_interval(&self, setting: &str, text: &str) -> Result<Duration, CreateError> {
        match duration::parse(text) {
            Ok(time) if !time.is_zero() => Ok(time),
            _ => Err(self.wrong(setting, text, "a time such as \"1s\"")),
        }
    }

    /// A setting is not what it should be.
    pub(crate) fn wrong(&self, setting: &str, found: &str, expected: &str) -> CreateError {
        CreateError::Setting {
            output: self.output,
            setting: setting.to_owned(),
            found: format!("\"{found}\""),
            expected: expected.to_owned(),
        }
    }

    /// Settings are of no use.
    pub(crate) fn unusable(&self, reason: impl ToString) -> CreateError {
        CreateError::Unusable { output: self.output, reason: reason.to_string() }
    }
}

/// A URL as it may be shown: without the name and the password in it.
pub(crate) fn shown(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + "://".len());
    let authority = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    match url[start..authority].rfind('@') {
        Some(at) => format!("{}{}", &url[..start], &url[start + at + 1..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_wrong_are_told_with_their_variable() {
        let environment = [("A".to_owned(), "x".to_owned()), ("B".to_owned(), String::new())];
        let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
        let settings = Settings::new("csv", &surroundings);
        assert_eq!(
            settings.interval("A").unwrap_err().to_string(),
            "A of the output csv is \"x\", expected a time such as \"1s\""
        );
        assert_eq!(
            settings.flag("A").unwrap_err().to_string(),
            "A of the output csv is \"x\", expected true or false"
        );
        assert!(settings.flag("B").unwrap().is_none());
        let error = settings.file("A").unwrap_err().to_string();
        assert!(
            error
                .starts_with("the output csv cannot be used: the file of A \"x\" cannot be read: "),
            "{error}"
        );
    }

    #[test]
    fn passwords_are_not_shown() {
        let cases = [
            ("http://ann:p@ss@host:1/db?a=b@c", "http://host:1/db?a=b@c"),
            ("http://host/a@b", "http://host/a@b"),
            ("ann:pass@host", "host"),
            ("nothing", "nothing"),
        ];
        for (url, expected) in cases {
            assert_eq!(shown(url), expected);
        }
    }
}
