//! Remote modules: fetched over https, kept on disk.

use std::{
    error::Error,
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Response, StatusCode, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tempfile::NamedTempFile;
use url::Url;

use crate::{LoadOptions, Problem, RemoteAccess, ScriptError, hash::sha256, trust};

/// The time for one answer, from the look-up of the name to the last byte; k6's own limit.
pub const FETCH_TIMEOUT: Duration = Duration::from_secs(60);

/// Far more than any published library has, and little enough to hold several in memory.
pub const MAX_REMOTE_SIZE: usize = 8 << 20;

/// Enough for a short URL, a version alias and a move to another host; more is a loop.
pub const MAX_REDIRECTS: usize = 5;

/// Servers may send something else to a load test than to a browser: they get `?_k6=1` first.
const MARK: (&str, &str) = ("_k6", "1");

/// Fetches modules for one load.
pub(crate) struct Fetcher<'o> {
    options: &'o LoadOptions,
    client: Option<Client>,
}

impl<'o> Fetcher<'o> {
    pub(crate) fn new(options: &'o LoadOptions) -> Self {
        Self { options, client: None }
    }

    /// The content of a URL, from the cache if it is there.
    pub(crate) async fn fetch(&mut self, url: &Url) -> Result<Vec<u8>, ScriptError> {
        let cached =
            self.options.cache_dir.as_deref().map(|folder| cached_path(folder, url.as_str()));
        if let Some(path) = &cached
            && !self.options.refresh
            && let Ok(content) = fs::read(path)
        {
            return Ok(content);
        }
        if self.options.offline {
            return Err(ScriptError::from(Problem::Offline { url: url.to_string() })
                .with_hint("run it once with the network, or save the module beside the script"));
        }
        let content = self.download(url).await?;
        if let Some(path) = &cached
            && let Err(error) = keep(path, &content)
        {
            tracing::warn!("Cannot keep \"{url}\" in \"{}\": {error}", path.display());
        }
        Ok(content)
    }

    async fn download(&mut self, url: &Url) -> Result<Vec<u8>, Problem> {
        check_host(self.options.access.as_deref(), url)
            .map_err(|reason| Problem::Fetch { url: url.to_string(), reason })?;
        let client = match &self.client {
            Some(client) => client,
            None => self.client.insert(client(self.options, url)?),
        };
        let mut marked = url.clone();
        marked.query_pairs_mut().append_pair(MARK.0, MARK.1);
        let mut response = get(client, &marked, url).await?;
        if !response.status().is_success() {
            response = get(client, url, url).await?;
        }
        if !response.status().is_success() {
            let status = status_text(response.status());
            return Err(Problem::Status { url: url.to_string(), status });
        }
        body(response, url).await
    }
}

/// Where the content of a URL is kept.
pub(crate) fn cached_path(cache_dir: &Path, url: &str) -> PathBuf {
    cache_dir.join("remote").join(sha256(url.as_bytes()))
}

/// Writes a file as a whole or not at all, because other runs may read it meanwhile.
fn keep(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    trust::make(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

fn client(options: &LoadOptions, url: &Url) -> Result<Client, Problem> {
    let failed = |error: &(dyn Error + 'static)| Problem::Fetch {
        url: url.to_string(),
        reason: cause(error),
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(options.extra_roots.iter().cloned());
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let access = options.access.clone();
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(FETCH_TIMEOUT)
        .redirect(redirect::Policy::custom(move |attempt| follow(attempt, access.as_deref())))
        .user_agent(concat!("wasock/", env!("CARGO_PKG_VERSION")));
    if let Some(access) = &options.access {
        builder = builder.dns_resolver(Arc::new(Checked(access.clone())));
    }
    builder.build().map_err(|error| failed(&error))
}

/// Why a redirect is not followed.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("too many redirects")]
    TooMany,
    #[error("a redirect to {0}")]
    Insecure(String),
    #[error("{0}")]
    Denied(String),
}

/// Whether the host of a URL may be asked.
fn check_host(access: Option<&dyn RemoteAccess>, url: &Url) -> Result<(), String> {
    let (Some(access), Some(host)) = (access, url.host_str()) else { return Ok(()) };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    access.check_host(host, url.port_or_known_default().unwrap_or(443))
}

/// A resolver whose addresses are checked.
struct Checked(Arc<dyn RemoteAccess>);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let access = self.0.clone();
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            for address in &found {
                access.check_address(name.as_str(), address.ip()).map_err(Refused::Denied)?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn follow(attempt: redirect::Attempt<'_>, access: Option<&dyn RemoteAccess>) -> redirect::Action {
    if let Err(reason) = check_host(access, attempt.url()) {
        return attempt.error(Refused::Denied(reason));
    }
    if attempt.previous().len() > MAX_REDIRECTS {
        attempt.error(Refused::TooMany)
    } else if attempt.url().scheme() != "https" {
        let target = attempt.url().to_string();
        attempt.error(Refused::Insecure(target))
    } else {
        attempt.follow()
    }
}

async fn get(client: &Client, request: &Url, url: &Url) -> Result<Response, Problem> {
    client.get(request.clone()).send().await.map_err(|error| problem(&error, url))
}

async fn body(mut response: Response, url: &Url) -> Result<Vec<u8>, Problem> {
    let mut content = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| problem(&error, url))? {
        if content.len() + chunk.len() > MAX_REMOTE_SIZE {
            return Err(Problem::RemoteTooLarge { url: url.to_string() });
        }
        content.extend_from_slice(&chunk);
    }
    Ok(content)
}

fn problem(error: &reqwest::Error, url: &Url) -> Problem {
    let url = url.to_string();
    if error.is_timeout() {
        return Problem::Timeout { url };
    }
    match chain(error).find_map(|error| error.downcast_ref::<Refused>()) {
        Some(Refused::TooMany) => Problem::Redirects { url },
        Some(Refused::Insecure(target)) => {
            Problem::InsecureRedirect { url, target: target.clone() }
        }
        Some(Refused::Denied(reason)) => Problem::Fetch { url, reason: reason.clone() },
        None => Problem::Fetch { url, reason: cause(error) },
    }
}

/// An error and what caused it, from the outermost to the innermost.
fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// The text of the innermost error, which says most.
fn cause(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

fn status_text(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}
