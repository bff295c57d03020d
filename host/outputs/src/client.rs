//! What outputs reach servers with: a runtime of their own, TLS, HTTP.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, Proxy, RequestBuilder, StatusCode, redirect};
use tokio::runtime::{Builder, Runtime};
use wasock_sockets::tls::{
    ClientConfig, Identity, TlsOptions, TlsVersion, client_config, root_certificates,
};

use wasock_sockets::{chain, innermost};

use crate::CreateError;
use crate::delivery::SendError;
use crate::settings::Settings;

/// How long a server has for one answer. Outputs wait for it, and their samples in the queue, which bridges several
/// such waits. A collector that works answers within a second.
pub(crate) const ANSWER_TIME: Duration = Duration::from_secs(5);

/// How much of a server's complaint is told, in bytes: some lines of a terminal, which hold the reason.
const COMPLAINT: usize = 300;

/// What an output wants of TLS besides the system's roots.
#[derive(Default)]
pub(crate) struct TlsSettings<'n> {
    pub(crate) insecure: bool,
    /// The variable that names a file of roots.
    pub(crate) roots: Option<&'n str>,
    /// The variables that name the files of a client certificate and its key.
    pub(crate) identity: Option<(&'n str, &'n str)>,
    pub(crate) only_tls_13: bool,
}

impl TlsSettings<'_> {
    pub(crate) fn read(&self, settings: &Settings<'_>) -> Result<ClientConfig, CreateError> {
        let mut options =
            TlsOptions { insecure_skip_verify: self.insecure, ..TlsOptions::default() };
        if let Some(name) = self.roots
            && let Some(pem) = settings.file(name)?
        {
            let roots = root_certificates(&pem);
            options.extra_roots =
                roots.map_err(|error| settings.unusable(format!("the file of {name}: {error}")))?;
        }
        if let Some((certificate, key)) = self.identity {
            options.identity = match (settings.file(certificate)?, settings.file(key)?) {
                (None, None) => None,
                (Some(chain), Some(key_text)) => {
                    let identity = Identity::from_pem(&chain, &key_text, None);
                    let wrong = |error| format!("the files of {certificate} and {key}: {error}");
                    Some(identity.map_err(|error| settings.unusable(wrong(error)))?)
                }
                _ => {
                    let reason = format!("{certificate} and {key} belong together");
                    return Err(settings.unusable(reason));
                }
            };
        }
        if self.only_tls_13 {
            options.versions = vec![TlsVersion::Tls13];
        }
        let config = client_config(&options).map_err(|error| settings.unusable(error))?;
        let mut config = ClientConfig::clone(&config);
        // The clients here put in what they speak.
        config.alpn_protocols.clear();
        Ok(config)
    }
}

/// A runtime for the thread of one output.
pub(crate) fn runtime(settings: &Settings<'_>) -> Result<Runtime, CreateError> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| settings.unusable(error))
}

/// A client that goes where it is sent and no further.
pub(crate) fn http(
    tls: ClientConfig,
    proxy: Option<&str>,
    settings: &Settings<'_>,
) -> Result<Client, CreateError> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(ANSWER_TIME)
        .redirect(redirect::Policy::none())
        .user_agent(format!("wasock/{}", settings.surroundings.version));
    if let Some(proxy) = proxy {
        let proxy = Proxy::all(proxy).map_err(|error| settings.unusable(chain(&error)))?;
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| settings.unusable(chain(&error)))
}

/// Sends a request whose answer matters only in whether it is good.
pub(crate) async fn send(request: RequestBuilder) -> Result<(), SendError> {
    answer(request).await.map(drop)
}

/// Sends a request, and returns the body of its answer if that is good.
pub(crate) async fn answer(request: RequestBuilder) -> Result<Bytes, SendError> {
    let lost = |error: reqwest::Error| SendError::Temporary(innermost(&error));
    let answer = request.send().await.map_err(lost)?;
    let status = answer.status();
    if status.is_success() {
        return answer.bytes().await.map_err(lost);
    }
    let complaint = answer.text().await.unwrap_or_default();
    let complaint = complaint.trim().chars().take(COMPLAINT).collect::<String>();
    let told = if complaint.is_empty() { String::new() } else { format!(": {complaint}") };
    let message = format!("the server answered {status}{told}");
    Err(match status {
        // It is this body that the server does not want; the next may be better.
        StatusCode::BAD_REQUEST
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNPROCESSABLE_ENTITY => SendError::Refused(message),
        // Rights, names and servers can be put in order while the run goes on.
        _ => SendError::Temporary(message),
    })
}
