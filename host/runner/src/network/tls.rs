//! TLS settings from options: one set for all hosts, and one for each client certificate.

use std::sync::Arc;

use wasock_sockets::tls::{
    ClientConfig, ClientConfigs, Identity, TlsError, TlsOptions, client_config, root_certificates,
};

use crate::options::{HostPattern, OptionError, Options, normal};

/// The settings by host.
struct TlsSettings {
    /// For hosts that no certificate is for.
    others: Arc<ClientConfig>,
    by_domain: Vec<(HostPattern, Arc<ClientConfig>)>,
}

impl ClientConfigs for TlsSettings {
    fn for_host(&self, host: &str) -> Arc<ClientConfig> {
        let host = normal(host);
        let matching = self.by_domain.iter().filter(|(pattern, _)| pattern.matches(&host));
        let closest = matching.max_by_key(|(pattern, _)| pattern.rank());
        closest.map_or(&self.others, |(_, config)| config).clone()
    }
}

/// The settings that these options ask for; none if every default will do, so that the system's roots
/// are read only when they are needed.
///
/// # Errors
///
/// A certificate and its key do not belong together, or no version and cipher suite is left.
pub(crate) fn settings(
    options: &Options,
    log_keys: bool,
) -> Result<Option<Arc<dyn ClientConfigs>>, OptionError> {
    let certificates = options.tls_auth.as_deref().unwrap_or_default();
    let common = common(options, log_keys)?;
    if certificates.is_empty() && is_default(&common) {
        return Ok(None);
    }
    let with = |identity: Option<Identity>, path: &str| {
        let options = TlsOptions { identity, ..common.clone() };
        client_config(&options).map_err(|error| unusable(&error, path))
    };
    let mut others = None;
    let mut by_domain = Vec::new();
    for (index, certificate) in certificates.iter().enumerate() {
        let path = format!("tlsAuth[{index}]");
        let config = with(Some(certificate.identity(&path)?), &path)?;
        if certificate.domains.is_empty() {
            others.get_or_insert(config);
        } else {
            let domains = certificate.domains.iter().cloned();
            by_domain.extend(domains.map(|domain| (domain, config.clone())));
        }
    }
    let others = match others {
        Some(config) => config,
        None => with(None, "tlsAuth")?,
    };
    Ok(Some(Arc::new(TlsSettings { others, by_domain })))
}

fn common(options: &Options, log_keys: bool) -> Result<TlsOptions, OptionError> {
    let mut extra_roots = Vec::new();
    for (index, pem) in options.ca_certs.iter().flatten().enumerate() {
        let roots = root_certificates(pem);
        let path = format!("caCerts[{index}]");
        extra_roots.extend(roots.map_err(|error| OptionError::unusable(&path, &error))?);
    }
    Ok(TlsOptions {
        insecure_skip_verify: options.insecure_skip_tls_verify(),
        extra_roots,
        identity: None,
        versions: options.tls_version.map(|versions| versions.available()).unwrap_or_default(),
        cipher_suites: options.tls_cipher_suites.as_ref().and_then(|suites| suites.available()),
        log_keys,
    })
}

fn is_default(options: &TlsOptions) -> bool {
    !options.insecure_skip_verify
        && options.extra_roots.is_empty()
        && options.versions.is_empty()
        && options.cipher_suites.is_none()
        && !options.log_keys
}

/// What is wrong with the suites is the suites' fault, whichever certificate comes with them.
fn unusable(error: &TlsError, path: &str) -> OptionError {
    let path = if *error == TlsError::NothingToOffer { "tlsCipherSuites" } else { path };
    OptionError::unusable(path, error)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refusal(options: Value) -> Option<String> {
        let (options, _) = Options::from_json(&options).unwrap();
        settings(&options, false).err().map(|error| error.to_string())
    }

    #[test]
    fn defaults_leave_the_roots_unread() {
        assert!(settings(&Options::default(), false).unwrap().is_none());
        assert!(settings(&Options::default(), true).unwrap().is_some());
    }

    #[test]
    fn a_version_without_a_suite_is_refused() {
        let suites = ["TLS_AES_128_GCM_SHA256"];
        let text = "option \"tlsCipherSuites\" cannot be used: no TLS version and cipher suite is \
                    left to offer";
        let options = json!({"tlsVersion": "tls1.2", "tlsCipherSuites": suites});
        assert_eq!(refusal(options).as_deref(), Some(text));
        assert_eq!(refusal(json!({"tlsVersion": "tls1.3", "tlsCipherSuites": suites})), None);
        let suites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"];
        assert_eq!(refusal(json!({"tlsVersion": "tls1.3", "tlsCipherSuites": suites})), None);
    }
}
