//! Secrets that a server hands out.

use std::collections::HashMap;
use std::error::Error;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::{Client, StatusCode, redirect};
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep, sleep_until};
use wasock_sockets::innermost;
use wasock_sockets::tls::{ClientConfig, TlsOptions, client_config};

use super::url_settings::UrlSettings;
use super::{SecretError, SecretSourceError};

/// How many secrets of one source a run may ask for. Each is looked for in every line of the log, and a script that
/// asks for more has most likely made the names from data.
pub const MAX_URL_SECRETS: usize = 1_000;

/// How long an answer may be, in bytes; as in k6. A secret is a password or a key.
const MAX_ANSWER: usize = 24 * 1024;

/// How many redirections are followed, as programs commonly do.
const MAX_REDIRECTS: usize = 10;

/// The longest pause before a request is made again. k6 takes the backoff to the power of the attempt, which would be
/// hours; a minute is long enough for a server that has refused too many requests per minute.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// By how much such a pause is longer at random, so that processes that failed together do not come together: as much
/// as the first pause, [`DEFAULT_BACKOFF`](super::url_settings::DEFAULT_BACKOFF).
const JITTER: Duration = Duration::from_secs(1);

/// A server that hands out secrets. Each is asked for once.
pub(super) struct UrlSource {
    settings: UrlSettings,
    client: Client,
    pace: Mutex<Pace>,
    known: Mutex<HashMap<String, Arc<OnceCell<String>>>>,
}

/// Why a request came to nothing, and whether another may do better.
struct Failed {
    reason: String,
    is_temporary: bool,
}

impl UrlSource {
    pub(super) fn new(settings: UrlSettings) -> Result<Self, SecretSourceError> {
        let failed = |error: &dyn Error| SecretSourceError::Client(error.to_string());
        let tls = client_config(&TlsOptions::default()).map_err(|error| failed(&error))?;
        let mut tls = ClientConfig::clone(&tls);
        // The client puts in what it speaks.
        tls.alpn_protocols.clear();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .timeout(settings.timeout)
            .redirect(redirect::Policy::custom(follow))
            .user_agent(concat!("wasock/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| failed(&error))?;
        let pace = Mutex::new(Pace::new(settings.per_minute, settings.burst, Instant::now()));
        Ok(Self { settings, client, pace, known: Mutex::default() })
    }

    /// The value of a secret. Whoever asks meanwhile waits for the same answer.
    pub(super) async fn get(&self, name: &str) -> Result<String, SecretError> {
        let unavailable = |reason| SecretError::Unavailable { name: name.to_owned(), reason };
        let cell = {
            let mut known = self.known.lock();
            if known.len() >= MAX_URL_SECRETS && !known.contains_key(name) {
                let reason = format!("a run may ask for {MAX_URL_SECRETS} secrets of one source");
                return Err(unavailable(reason));
            }
            known.entry(name.to_owned()).or_default().clone()
        };
        let value = cell.get_or_try_init(|| self.fetch(name)).await;
        value.cloned().map_err(unavailable)
    }

    async fn fetch(&self, name: &str) -> Result<String, String> {
        let mut attempt = 0;
        loop {
            let turn = self.pace.lock().next(Instant::now());
            sleep_until(turn).await;
            let failed = match self.ask(name).await {
                Ok(value) => return Ok(value),
                Err(failed) => failed,
            };
            if !failed.is_temporary || attempt == self.settings.retries {
                return Err(failed.reason);
            }
            attempt += 1;
            sleep(pause(self.settings.backoff, attempt, jitter())).await;
        }
    }

    async fn ask(&self, name: &str) -> Result<String, Failed> {
        let is_final = |reason: &str| Failed { reason: reason.to_owned(), is_temporary: false };
        let url =
            self.settings.url(name).ok_or_else(|| is_final("with this name there is no URL"))?;
        let UrlSettings { method, headers, .. } = &self.settings;
        let request = self.client.request(method.clone(), url).headers(headers.clone());
        let mut answer = request.send().await.map_err(|error| lost(&error))?;
        let status = answer.status();
        if status != StatusCode::OK {
            return Err(Failed {
                reason: format!("the server answered {status}"),
                is_temporary: status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
            });
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| lost(&error))? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(is_final(&format!("the answer is longer than {MAX_ANSWER} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        secret_in(&body, &self.settings.path).map_err(is_final)
    }
}

/// A redirection may not take the headers, which open the door to secrets, to anybody else.
fn follow(attempt: redirect::Attempt<'_>) -> redirect::Action {
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error("too many redirections");
    }
    let is_same =
        attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
    if is_same { attempt.follow() } else { attempt.error("a redirection to another server") }
}

/// The innermost error does not tell the URL, which may have a token in it.
fn lost(error: &reqwest::Error) -> Failed {
    let reason = match error.is_timeout() {
        true => "the server did not answer in time".to_owned(),
        false => innermost(error),
    };
    Failed { reason, is_temporary: !error.is_redirect() }
}

/// The secret in an answer: all of it, or what the path leads to.
fn secret_in(body: &[u8], path: &[String]) -> Result<String, &'static str> {
    if path.is_empty() {
        return String::from_utf8(body.to_vec()).map_err(|_| "the answer is no text");
    }
    let json: Value = serde_json::from_slice(body).map_err(|_| "the answer is not JSON")?;
    let step = |value: &'_ Value, name: &String| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?).cloned(),
        value => value.get(name).cloned(),
    };
    let found = path.iter().try_fold(json, |value, name| step(&value, name));
    match found {
        Some(Value::String(secret)) => Ok(secret),
        Some(_) => Err("what responsePath leads to in the answer is no text"),
        None => Err("responsePath leads to nothing in the answer"),
    }
}

/// How long to wait before an attempt, the first after the one that failed being 1: the backoff in seconds to the
/// power of the attempt, and some time at random.
fn pause(backoff: Duration, attempt: u32, jitter: Duration) -> Duration {
    let exponent = i32::try_from(attempt).unwrap_or(i32::MAX);
    let seconds = backoff.as_secs_f64().powi(exponent).min(LONGEST_PAUSE.as_secs_f64());
    Duration::from_secs_f64(seconds) + jitter
}

fn jitter() -> Duration {
    let share = RandomState::new().hash_one(()) as f64 / u64::MAX as f64;
    JITTER.mul_f64(share)
}

/// Spaces requests: so many at once, and then one after each interval.
struct Pace {
    interval: Duration,
    /// How much later than now the next one may be due, if it is to be made at once.
    slack: Duration,
    /// When the next one is due, had there been no burst.
    due: Instant,
}

impl Pace {
    fn new(per_minute: u32, burst: u32, now: Instant) -> Self {
        let interval = Duration::from_secs(60) / per_minute;
        Self { interval, slack: interval * (burst - 1), due: now }
    }

    /// When the next request may be made. It counts as made then.
    fn next(&mut self, now: Instant) -> Instant {
        let due = self.due.max(now);
        self.due = due + self.interval;
        due.checked_sub(self.slack).map_or(now, |turn| turn.max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_come_in_a_burst_and_then_at_intervals() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut pace = Pace::new(30, 3, start);
        let turns: Vec<_> = (0..6).map(|_| pace.next(start)).collect();
        assert_eq!(turns, [0, 0, 0, 2, 4, 6].map(after));
        // After a rest there may be a burst again.
        let turns: Vec<_> = (0..4).map(|_| pace.next(after(100))).collect();
        assert_eq!(turns, [100, 100, 100, 102].map(after));
    }

    #[test]
    fn pauses_are_powers_of_the_backoff_with_a_bound() {
        let (second, ms) = (Duration::from_secs, Duration::from_millis);
        assert_eq!(pause(second(1), 3, ms(250)), ms(1_250));
        assert_eq!(pause(second(2), 3, ms(0)), second(8));
        assert_eq!(pause(ms(500), 2, ms(0)), ms(250));
        assert_eq!(pause(second(3_600), 9, second(1)), second(61));
        assert!(jitter() <= JITTER);
    }

    #[test]
    fn a_secret_is_the_answer_or_a_text_in_it() {
        let json = br#"{"data": [{"value": "s3cret", "n": 5}]}"#;
        assert_eq!(secret_in(b"plain\n", &[]), Ok("plain\n".to_owned()));
        assert_eq!(secret_in(json, &path("data.0.value")), Ok("s3cret".to_owned()));
        for (body, way, problem) in [
            (&json[..], "data.1.value", "responsePath leads to nothing in the answer"),
            (json, "data.value", "responsePath leads to nothing in the answer"),
            (json, "data.0.n", "what responsePath leads to in the answer is no text"),
            (b"plain", "data", "the answer is not JSON"),
        ] {
            assert_eq!(secret_in(body, &path(way)), Err(problem));
        }
        assert_eq!(secret_in(b"\xff", &[]), Err("the answer is no text"));
    }

    fn path(text: &str) -> Vec<String> {
        text.split('.').map(str::to_owned).collect()
    }
}
