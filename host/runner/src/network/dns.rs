//! Names to addresses, with a cache that all virtual users share (`dns`).

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::options::{DnsOptions, Policy, Select, Ttl, normal};

/// How many names are kept; with one more the cache begins anew. Tests know a few; a script that makes
/// names up must not fill the memory.
const MAX_NAMES: usize = 4096;

/// Asks for the addresses of a name.
type Lookup = Box<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// The resolver of a run.
pub(super) struct Dns {
    options: DnsOptions,
    names: Mutex<HashMap<String, Arc<Name>>>,
    lookup: Lookup,
}

/// What is known of one name.
#[derive(Default)]
struct Name {
    /// Held during a lookup, so that all who ask meanwhile share its answer.
    answer: tokio::sync::Mutex<Option<Answer>>,
    turn: AtomicUsize,
}

struct Answer {
    /// None if the name has none.
    addresses: Option<Arc<[IpAddr]>>,
    at: Instant,
}

impl Dns {
    /// With the system's resolver.
    pub(super) fn new(options: DnsOptions) -> Self {
        let lookup = |host: String| async move { wasock_sockets::lookup(&host).await }.boxed();
        Self::with(options, Box::new(lookup))
    }

    fn with(options: DnsOptions, lookup: Lookup) -> Self {
        Self { options, names: Mutex::default(), lookup }
    }

    /// The addresses of a name, in the order in which they are to be tried.
    pub(super) async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let asked = Instant::now();
        let host = normal(host);
        let name = self.name(&host);
        let addresses = match self.options.ttl {
            Ttl::For(time) if time.is_zero() => (self.lookup)(host).await?.into(),
            _ => self.shared(&name, host, asked).await?,
        };
        let ordered = self.order(&addresses, &name);
        if ordered.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(ordered) }
    }

    fn name(&self, host: &str) -> Arc<Name> {
        let mut names = self.names.lock();
        if let Some(name) = names.get(host) {
            return name.clone();
        }
        if names.len() >= MAX_NAMES {
            names.clear();
        }
        names.entry(host.to_owned()).or_default().clone()
    }

    /// The addresses from the cache, or of a lookup that all share who wait for it.
    async fn shared(&self, name: &Name, host: String, asked: Instant) -> io::Result<Arc<[IpAddr]>> {
        let mut answer = name.answer.lock().await;
        if !answer.as_ref().is_some_and(|answer| self.counts(answer, asked)) {
            let addresses = (self.lookup)(host).await.ok().map(Arc::from);
            *answer = Some(Answer { addresses, at: Instant::now() });
        }
        let addresses = answer.as_ref().and_then(|answer| answer.addresses.clone());
        addresses.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Whether an answer counts for somebody who asked at this time. A failure is not kept: it counts
    /// for those who were already waiting.
    fn counts(&self, answer: &Answer, asked: Instant) -> bool {
        match (&answer.addresses, self.options.ttl) {
            (None, _) => asked < answer.at,
            (Some(_), Ttl::Forever) => true,
            (Some(_), Ttl::For(time)) => asked < answer.at + time,
        }
    }

    /// The addresses that the policy wants, those it prefers first, and among each the selected one
    /// first.
    fn order(&self, addresses: &[IpAddr], name: &Name) -> Vec<IpAddr> {
        let (v4, v6): (Vec<_>, Vec<_>) = addresses.iter().copied().partition(IpAddr::is_ipv4);
        let groups = match self.options.policy {
            Policy::PreferIpv4 => vec![v4, v6],
            Policy::PreferIpv6 => vec![v6, v4],
            Policy::OnlyIpv4 => vec![v4],
            Policy::OnlyIpv6 => vec![v6],
            Policy::Any => vec![addresses.to_vec()],
        };
        let turn = match self.options.select {
            Select::First => 0,
            Select::RoundRobin => name.turn.fetch_add(1, Ordering::Relaxed),
            // Each hasher has keys of its own.
            Select::Random => RandomState::new().hash_one(0) as usize,
        };
        let rotated = groups.into_iter().map(|mut group| {
            let by = turn.checked_rem(group.len()).unwrap_or_default();
            group.rotate_left(by);
            group
        });
        rotated.flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use super::*;

    /// A resolver whose lookups take a second, and how many there were.
    fn dns(options: DnsOptions, found: &'static [&'static str]) -> (Dns, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        let lookup = move |_host| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                match found {
                    [] => Err(io::ErrorKind::NotFound.into()),
                    found => Ok(found.iter().map(|text| text.parse().unwrap()).collect()),
                }
            }
            .boxed()
        };
        (Dns::with(options, Box::new(lookup)), count)
    }

    async fn resolved(dns: &Dns) -> Vec<String> {
        let addresses = dns.resolve("Name.test.").await.unwrap();
        addresses.iter().map(ToString::to_string).collect()
    }

    fn ttl(seconds: u64) -> DnsOptions {
        DnsOptions { ttl: Ttl::For(Duration::from_secs(seconds)), ..DnsOptions::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_counts_as_long_as_its_time_to_live() {
        let (dns, count) = dns(ttl(10), &["10.0.0.1"]);
        for (pause, lookups) in [(0, 1), (9, 1), (2, 2), (9, 2)] {
            tokio::time::advance(Duration::from_secs(pause)).await;
            assert_eq!(resolved(&dns).await, ["10.0.0.1"]);
            assert_eq!(count.load(Ordering::Relaxed), lookups, "after {pause} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_can_count_forever_or_not_at_all() {
        let (forever, count) =
            dns(DnsOptions { ttl: Ttl::Forever, ..DnsOptions::default() }, &["::1"]);
        let (never, each) = dns(ttl(0), &["::1"]);
        for asked in 1..=3 {
            resolved(&forever).await;
            resolved(&never).await;
            tokio::time::advance(Duration::from_secs(1_000_000)).await;
            assert_eq!(count.load(Ordering::Relaxed), 1);
            assert_eq!(each.load(Ordering::Relaxed), asked);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_ask_at_once_share_a_lookup_and_its_failure() {
        let (good, count) = dns(ttl(10), &["10.0.0.1"]);
        tokio::join!(resolved(&good), resolved(&good), resolved(&good));
        assert_eq!(count.load(Ordering::Relaxed), 1);
        let (bad, count) = dns(ttl(10), &[]);
        let ask = || bad.resolve("name.test");
        let (first, second) = tokio::join!(ask(), ask());
        assert!(first.is_err() && second.is_err());
        assert_eq!(count.load(Ordering::Relaxed), 1);
        assert!(ask().await.is_err());
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_policy_says_which_families_come_first() {
        for (policy, expected) in [
            (Policy::PreferIpv4, &["10.0.0.1", "10.0.0.2", "::1", "::2"][..]),
            (Policy::PreferIpv6, &["::1", "::2", "10.0.0.1", "10.0.0.2"]),
            (Policy::OnlyIpv4, &["10.0.0.1", "10.0.0.2"]),
            (Policy::OnlyIpv6, &["::1", "::2"]),
            (Policy::Any, &["::1", "10.0.0.1", "::2", "10.0.0.2"]),
        ] {
            let options = DnsOptions { policy, select: Select::First, ..DnsOptions::default() };
            let (dns, _) = dns(options, &["::1", "10.0.0.1", "::2", "10.0.0.2"]);
            assert_eq!(resolved(&dns).await, expected);
        }
        let only = DnsOptions { policy: Policy::OnlyIpv6, ..DnsOptions::default() };
        let (dns, _) = dns(only, &["10.0.0.1"]);
        assert!(dns.resolve("name.test").await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn each_address_has_its_turn() {
        let options = DnsOptions { select: Select::RoundRobin, ..DnsOptions::default() };
        let (dns, _) = dns(options, &["10.0.0.1", "10.0.0.2", "::1"]);
        assert_eq!(resolved(&dns).await, ["10.0.0.1", "10.0.0.2", "::1"]);
        assert_eq!(resolved(&dns).await, ["10.0.0.2", "10.0.0.1", "::1"]);
        assert_eq!(resolved(&dns).await, ["10.0.0.1", "10.0.0.2", "::1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn any_address_can_come_first() {
        let (dns, _) = dns(DnsOptions::default(), &["10.0.0.1", "10.0.0.2"]);
        let mut first = HashSet::new();
        for _ in 0..100 {
            first.insert(resolved(&dns).await.remove(0));
        }
        assert_eq!(first.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn made_up_names_do_not_fill_the_memory() {
        let (dns, _) = dns(DnsOptions::default(), &["10.0.0.1"]);
        for number in 0..=MAX_NAMES {
            dns.name(&number.to_string());
        }
        assert_eq!(dns.names.lock().len(), 1);
    }
}
