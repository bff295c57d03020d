//! Certificates: those of the client (`tlsAuth`), and the roots that are trusted besides the system's
//! (`caCerts`).

use std::fmt;

use serde_json::{Value, json};
use wasock_sockets::tls::{Identity, root_certificates};

use super::OptionError;
use super::fields::Fields;
use super::pattern::{HostPattern, host_patterns};
use super::read;

/// A certificate of the client, and for which servers it is.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The servers; all, if there is none.
    pub domains: Vec<HostPattern>,
    cert: String,
    key: String,
    password: Option<String>,
}

/// Stands for a secret wherever options are shown.
const HIDDEN: &str = "(hidden)";

impl ClientCertificate {
    /// Reads `[{cert, key, domains, password}, …]`, and checks that each can be used.
    pub(super) fn read_all(value: &Value, path: &str) -> Result<Vec<Self>, OptionError> {
        let certificates = read::array(value, path)?.iter().enumerate();
        certificates.map(|(index, value)| Self::read(value, &format!("{path}[{index}]"))).collect()
    }

    fn read(value: &Value, path: &str) -> Result<Self, OptionError> {
        let fields = Fields::of(value, path)?;
        fields.refuse_others("tlsAuth", &["cert", "key", "domains", "password"], &[])?;
        let domains = fields.optional("domains", host_patterns)?.unwrap_or_default();
        let certificate = Self {
            domains,
            cert: fields.required("cert", "a certificate in PEM", read::string)?,
            key: fields.required("key", "a private key in PEM", read::string)?,
            password: fields.optional("password", read::string)?.filter(|text| !text.is_empty()),
        };
        certificate.identity(path)?;
        Ok(certificate)
    }

    /// The certificate and its key, which errors call `path`.
    pub fn identity(&self, path: &str) -> Result<Identity, OptionError> {
        Identity::from_pem(&self.cert, &self.key, self.password.as_deref())
            .map_err(|error| OptionError::unusable(path, &error))
    }

    /// What may be shown: options are printed, and scripts can read them.
    pub(super) fn to_json(&self) -> Value {
        let domains: Vec<_> = self.domains.iter().map(ToString::to_string).collect();
        let password = self.password.as_ref().map(|_| HIDDEN);
        json!({ "domains": domains, "cert": self.cert, "key": HIDDEN, "password": password })
    }

    /// All of it, so that another run can use it.
    pub(super) fn to_record(&self) -> Value {
        let domains: Vec<_> = self.domains.iter().map(ToString::to_string).collect();
        let (key, password) = (&self.key, &self.password);
        json!({ "domains": domains, "cert": self.cert, "key": key, "password": password })
    }
}

/// Keeps the key out of logs.
impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").field("domains", &self.domains).finish_non_exhaustive()
    }
}

/// Texts in PEM that can be trusted as roots.
pub(super) fn roots(value: &Value, path: &str) -> Result<Vec<String>, OptionError> {
    let root = |(path, pem): (String, String)| {
        root_certificates(&pem).map_err(|error| OptionError::unusable(&path, &error))?;
        Ok(pem)
    };
    read::strings(value, path)?.into_iter().map(root).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_certificate_that_is_none_is_told_without_its_key() {
        let value = json!([{"cert": "no", "key": "secret"}]);
        let error = ClientCertificate::read_all(&value, "tlsAuth").unwrap_err().to_string();
        assert_eq!(error, "option \"tlsAuth[0]\" cannot be used: there is no certificate in PEM");
        let error = ClientCertificate::read_all(&json!([{"cert": "no"}]), "tlsAuth").unwrap_err();
        assert_eq!(
            error.to_string(),
            "option \"tlsAuth[0].key\" is missing, expected a private key in PEM"
        );
    }
}
