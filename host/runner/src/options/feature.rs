//! Behaviour that k6 has on request only (`features`).

use serde_json::Value;

use super::{OptionError, read};

/// Behaviour that k6 has on request only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Trends as histograms.
    NativeHistograms,
    /// `tags` of a stronger source are added to those of weaker ones.
    MergeRunTags,
    /// `__ENV` cannot be changed.
    FreezeEnv,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NativeHistograms, Self::MergeRunTags, Self::FreezeEnv];

    /// Its name, as in `--features`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NativeHistograms => "native-histograms",
            Self::MergeRunTags => "merge-run-tags",
            Self::FreezeEnv => "freeze-env",
        }
    }

    /// What it does here.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::NativeHistograms => "no effect: trends are always kept in bounded memory",
            Self::MergeRunTags => "tags of flags and variables are added to those of the script",
            Self::FreezeEnv => "scripts cannot change __ENV: in a module that throws a TypeError",
        }
    }

    /// Whether asking for it changes anything here.
    pub const fn has_effect(self) -> bool {
        matches!(self, Self::MergeRunTags | Self::FreezeEnv)
    }

    pub(super) fn read_all(value: &Value, path: &str) -> Result<Vec<Self>, OptionError> {
        let feature = |(path, name): (String, String)| {
            let found = Self::ALL.into_iter().find(|feature| feature.name() == name);
            found.ok_or_else(|| OptionError::choice(&path, &name.into(), Self::ALL.map(Self::name)))
        };
        read::all(read::strings(value, path)?.into_iter().map(feature))
    }
}
