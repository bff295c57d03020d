//! What servers are offered over TLS: versions (`tlsVersion`) and cipher suites (`tlsCipherSuites`).

use serde_json::{Value, json};
use wasock_sockets::tls::{CipherSuite, TlsVersion};

use super::OptionError;
use super::fields::Fields;
use super::read;
use super::suggest::guess;

/// The versions by the names that k6 has for them, oldest first; none where the library has none.
const VERSIONS: [(&str, Option<TlsVersion>); 4] = [
    ("tls1.0", None),
    ("tls1.1", None),
    ("tls1.2", Some(TlsVersion::Tls12)),
    ("tls1.3", Some(TlsVersion::Tls13)),
];

/// The place of the oldest one that there is.
const OLDEST_AVAILABLE: usize = 2;

/// The cipher suites by the names that k6 has for them; none where the library has none, because
/// they are broken, or without forward secrecy.
const SUITES: [(&str, Option<CipherSuite>); 27] = [
    ("TLS_RSA_WITH_RC4_128_SHA", None),
    ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", None),
    ("TLS_RSA_WITH_AES_128_CBC_SHA", None),
    ("TLS_RSA_WITH_AES_256_CBC_SHA", None),
    ("TLS_RSA_WITH_AES_128_CBC_SHA256", None),
    ("TLS_RSA_WITH_AES_128_GCM_SHA256", None),
    ("TLS_RSA_WITH_AES_256_GCM_SHA384", None),
    ("TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", None),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", None),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", None),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", None),
    ("TLS_ECDHE_RSA_WITH_RC4_128_SHA", None),
    ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", None),
    ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", None),
    ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", None),
    ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", None),
    (
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        Some(CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    ),
    (
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        Some(CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    ),
    (
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
        Some(CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
    ),
    (
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        Some(CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
        Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ),
    ("TLS_AES_128_GCM_SHA256", Some(CipherSuite::TLS13_AES_128_GCM_SHA256)),
    ("TLS_AES_256_GCM_SHA384", Some(CipherSuite::TLS13_AES_256_GCM_SHA384)),
    ("TLS_CHACHA20_POLY1305_SHA256", Some(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256)),
];

/// The versions of TLS to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TlsVersions {
    /// Places in [`VERSIONS`].
    min: usize,
    max: usize,
}

impl TlsVersions {
    /// Reads a version, or `{min, max}`.
    pub(super) fn read(value: &Value, path: &str) -> Result<Self, OptionError> {
        let versions = if value.is_string() {
            let only = version(value, path)?;
            Self { min: only, max: only }
        } else {
            let fields = Fields::of(value, path)?;
            fields.refuse_others("tlsVersion", &["min", "max"], &[])?;
            let min = fields.optional("min", version)?;
            let max = fields.optional("max", version)?;
            let max = max.unwrap_or(VERSIONS.len() - 1);
            Self { min: min.unwrap_or(OLDEST_AVAILABLE.min(max)), max }
        };
        if versions.min > versions.max {
            let problem = format!("which is above the maximum, {}", VERSIONS[versions.max].0);
            return Err(read::inconsistent(
                format!("{path}.min"),
                &VERSIONS[versions.min].0.into(),
                problem,
            ));
        }
        if versions.available().is_empty() {
            let available: Vec<_> = available_names().collect();
            return Err(OptionError::Unusable {
                path: path.to_owned(),
                problem: format!(
                    "{} is not available, because it is broken; there are {}",
                    VERSIONS[versions.max].0,
                    available.join(" and ")
                ),
            });
        }
        Ok(versions)
    }

    /// The versions of them that there are.
    pub fn available(self) -> Vec<TlsVersion> {
        VERSIONS[self.min..=self.max].iter().filter_map(|(_, one)| *one).collect()
    }

    /// What people should know: the oldest ones that were asked for are none that there are.
    pub(super) fn warning(self) -> Option<String> {
        let (name, version) = VERSIONS[self.min];
        let oldest = VERSIONS[OLDEST_AVAILABLE].0;
        version.is_none().then(|| {
            format!(
                "option \"tlsVersion\" begins at {name}, but nothing below {oldest} is available"
            )
        })
    }

    pub(super) fn to_json(self) -> Value {
        json!({ "min": VERSIONS[self.min].0, "max": VERSIONS[self.max].0 })
    }
}

/// The place of a version that k6 has a name for. Others are told which of them are available.
fn version(value: &Value, path: &str) -> Result<usize, OptionError> {
    let found = VERSIONS.iter().position(|(name, _)| value.as_str() == Some(name));
    found.ok_or_else(|| OptionError::choice(path, value, available_names()))
}

/// The names of the versions that are available, oldest first.
fn available_names() -> impl Iterator<Item = &'static str> {
    VERSIONS.iter().filter(|(_, version)| version.is_some()).map(|(name, _)| *name)
}

/// The cipher suites to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CipherSuites(
    /// Places in [`SUITES`].
    Vec<usize>,
);

impl CipherSuites {
    /// Reads names of cipher suites.
    pub(super) fn read(value: &Value, path: &str) -> Result<Self, OptionError> {
        let suite = |(path, name): (String, String)| {
            let found = SUITES.iter().position(|(known, _)| *known == name);
            found.ok_or_else(|| {
                let guess = guess(&name, SUITES.iter().map(|(known, _)| *known));
                let expected = "the name of a cipher suite such as \
                                \"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"";
                OptionError::value(&path, &name.into(), format!("{expected}{guess}"))
            })
        };
        let suites = read::all(read::strings(value, path)?.into_iter().map(suite))?;
        if !suites.is_empty() && suites.iter().all(|index| SUITES[*index].1.is_none()) {
            let problem = "none of these cipher suites is available, because they are broken or \
                           without forward secrecy";
            return Err(OptionError::Unusable { path: path.to_owned(), problem: problem.into() });
        }
        Ok(Self(suites))
    }

    /// The suites of them that there are; none if all are meant.
    pub fn available(&self) -> Option<Vec<CipherSuite>> {
        let suites = self.0.iter().filter_map(|index| SUITES[*index].1);
        (!self.0.is_empty()).then(|| suites.collect())
    }

    /// What people should know: some of them are none that there are.
    pub(super) fn warning(&self) -> Option<String> {
        let missing =
            self.0.iter().map(|index| SUITES[*index]).filter(|(_, suite)| suite.is_none());
        let missing: Vec<_> = missing.map(|(name, _)| name).collect();
        (!missing.is_empty()).then(|| {
            format!(
                "option \"tlsCipherSuites\" names what is not available: {}",
                missing.join(", ")
            )
        })
    }

    pub(super) fn to_json(&self) -> Value {
        self.0.iter().map(|index| Value::from(SUITES[*index].0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_range_of_one() {
        let available = |value| TlsVersions::read(&value, "tlsVersion").map(TlsVersions::available);
        assert_eq!(available(json!("tls1.2")), Ok(vec![TlsVersion::Tls12]));
        assert_eq!(available(json!({"min": "tls1.3"})), Ok(vec![TlsVersion::Tls13]));
        assert_eq!(available(json!({"max": "tls1.2"})), Ok(vec![TlsVersion::Tls12]));
        assert_eq!(available(json!({})), Ok(vec![TlsVersion::Tls12, TlsVersion::Tls13]));
    }

    #[test]
    fn versions_that_do_not_exist_or_are_broken_are_refused_or_warned_of() {
        for (value, expected) in [
            (
                json!("ssl3.0"),
                "option \"tlsVersion\" is \"ssl3.0\", expected one of tls1.2, tls1.3",
            ),
            (
                json!("tls1.4"),
                "option \"tlsVersion\" is \"tls1.4\", expected one of tls1.2, tls1.3; did you mean \"tls1.2\"?",
            ),
            (
                json!({"min": "tls1.3", "max": "tls1.2"}),
                "option \"tlsVersion.min\" is \"tls1.3\", which is above the maximum, tls1.2",
            ),
            (
                json!({"min": "tls1.0", "max": "tls1.1"}),
                "option \"tlsVersion\" cannot be used: tls1.1 is not available, because it is \
                 broken; there are tls1.2 and tls1.3",
            ),
        ] {
            let error = TlsVersions::read(&value, "tlsVersion").unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        let old = TlsVersions::read(&json!({"min": "tls1.1"}), "tlsVersion").unwrap();
        assert!(old.warning().unwrap().contains("begins at tls1.1"));
        for unspecific in [json!({"min": "tls1.2"}), json!({"max": "tls1.2"}), json!({})] {
            let versions = TlsVersions::read(&unspecific, "tlsVersion").unwrap();
            assert_eq!(versions.warning(), None, "{unspecific}");
        }
    }

    #[test]
    fn cipher_suites_that_are_gone_are_warned_of_while_one_is_left() {
        let read = |value| CipherSuites::read(&value, "tlsCipherSuites");
        let good = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
        let suites = read(json!([good, "TLS_RSA_WITH_RC4_128_SHA"])).unwrap();
        assert_eq!(suites.available().unwrap().len(), 1);
        assert_eq!(
            suites.warning().unwrap(),
            "option \"tlsCipherSuites\" names what is not available: TLS_RSA_WITH_RC4_128_SHA"
        );
        assert_eq!(read(json!([good])).unwrap().warning(), None);
        assert_eq!(read(json!([])).unwrap().available(), None);
        assert!(read(json!(["TLS_RSA_WITH_RC4_128_SHA"])).is_err());
        let error = read(json!([good, "TLS_NULL"])).unwrap_err().to_string();
        assert!(error.starts_with("option \"tlsCipherSuites[1]\" is \"TLS_NULL\""), "{error}");
    }

    #[test]
    fn each_named_suite_is_offered_by_the_library() {
        for (name, suite) in SUITES {
            assert!(suite.is_none_or(wasock_sockets::tls::is_available), "{name}");
        }
    }
}
