//! TLS settings for `wss`: Mozilla's roots, and what the environment adds to them.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};
use wasip2::cli::environment::get_environment;
use wasip2::clocks::wall_clock;

#[path = "../../../../host/sockets/src/tls/verify.rs"]
mod verify;

/// The environment variable with certificates in PEM that are trusted besides Mozilla's. Files cannot be named:
/// a component that stands alone has none.
const ROOTS: &str = "WASOCK_CA_CERTIFICATES";

/// The environment variable that lets any certificate count, as in k6.
const SKIP_VERIFY: &str = "K6_INSECURE_SKIP_TLS_VERIFY";

/// The clock by which certificates are valid.
#[derive(Debug)]
struct WallClock;

impl TimeProvider for WallClock {
    fn current_time(&self) -> Option<UnixTime> {
        let now = wall_clock::now();
        Some(UnixTime::since_unix_epoch(Duration::new(now.seconds, now.nanoseconds)))
    }
}

thread_local! {
    static CONFIG: RefCell<Option<Arc<ClientConfig>>> = const { RefCell::new(None) };
}

/// The settings of all connections, which share what they remember of servers; the text if the environment is
/// wrong.
pub(crate) fn config() -> Result<Arc<ClientConfig>, String> {
    if let Some(config) = CONFIG.with_borrow(Clone::clone) {
        return Ok(config);
    }
    let config = Arc::new(make()?);
    CONFIG.set(Some(config.clone()));
    Ok(config)
}

fn make() -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls_rustcrypto::provider());
    let builder = ClientConfig::builder_with_details(provider.clone(), Arc::new(WallClock))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut config = if variable(SKIP_VERIFY).is_some_and(|value| value == "true" || value == "1") {
        let verifier = verify::accept_any(provider as Arc<CryptoProvider>);
        builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
    } else {
        builder.with_root_certificates(roots()?).with_no_client_auth()
    };
    // WebSocket is HTTP/1.1.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn roots() -> Result<RootCertStore, String> {
    let mut store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let Some(pem) = variable(ROOTS) else { return Ok(store) };
    let malformed = |error: &dyn std::fmt::Display| format!("{ROOTS} is malformed: {error}");
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| malformed(&error))?;
        store.add(certificate).map_err(|error| malformed(&error))?;
    }
    Ok(store)
}

fn variable(name: &str) -> Option<String> {
    let mut variables = get_environment().into_iter();
    variables.find(|(other, _)| other == name).map(|(_, value)| value)
}
