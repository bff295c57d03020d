//! The fields of an object inside the options.

use serde_json::{Map, Value};

use super::suggest::guess;
use super::{OptionError, read};

/// The fields of one object, with the path to it.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: &'a str,
}

impl<'a> Fields<'a> {
    /// The fields of a value that has to be an object.
    pub(super) fn of(value: &'a Value, path: &'a str) -> Result<Self, OptionError> {
        Ok(Self { object: read::object(value, path)?, path })
    }

    /// The path to a field.
    pub(super) fn at(&self, field: &str) -> String {
        format!("{}.{field}", self.path)
    }

    /// Reads a field if it is there; null counts as not there.
    pub(super) fn optional<T>(
        &self,
        field: &str,
        read: impl FnOnce(&'a Value, &str) -> Result<T, OptionError>,
    ) -> Result<Option<T>, OptionError> {
        match self.object.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value, &self.at(field)).map(Some),
        }
    }

    /// Reads a number if it is there; an empty string counts as not there, too.
    pub(super) fn number<T>(
        &self,
        field: &str,
        read: impl FnOnce(&'a Value, &str) -> Result<Option<T>, OptionError>,
    ) -> Result<Option<T>, OptionError> {
        Ok(self.optional(field, read)?.flatten())
    }

    /// Reads a number that has to be there.
    pub(super) fn required_number<T>(
        &self,
        field: &str,
        expected: &str,
        read: impl FnOnce(&'a Value, &str) -> Result<Option<T>, OptionError>,
    ) -> Result<T, OptionError> {
        self.number(field, read)?.ok_or_else(|| self.missing(field, expected))
    }

    /// Reads a field that has to be there.
    pub(super) fn required<T>(
        &self,
        field: &str,
        expected: &str,
        read: impl FnOnce(&'a Value, &str) -> Result<T, OptionError>,
    ) -> Result<T, OptionError> {
        self.optional(field, read)?.ok_or_else(|| self.missing(field, expected))
    }

    fn missing(&self, field: &str, expected: &str) -> OptionError {
        OptionError::Missing { path: self.at(field), expected: expected.to_owned() }
    }

    /// Refuses fields that are in none of these lists: a misspelt one would change the load.
    pub(super) fn refuse_others(
        &self,
        owner: &'static str,
        own: &[&str],
        common: &[&str],
    ) -> Result<(), OptionError> {
        let known = || own.iter().chain(common);
        let is_known = |field: &&String| known().any(|known| known == field);
        match self.object.keys().find(|field| !is_known(field)) {
            None => Ok(()),
            Some(unknown) => Err(OptionError::UnknownField {
                path: self.at(unknown),
                owner,
                known: known().copied().collect::<Vec<_>>().join(", "),
                guess: guess(unknown, known().copied()),
            }),
        }
    }
}
