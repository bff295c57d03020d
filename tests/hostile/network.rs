//! Guests that look for another name of what is denied.

use super::harness::Guest;

/// What 127.0.0.2 is denied with.
const DENIED: &str = "IP (127.0.0.2) is in a blacklisted range (127.0.0.2/32)";

/// Nothing listens at 127.0.0.2 and no server is called evil.test, so that even an escape would harm nobody.
#[track_caller]
fn attempts(guest: &str) -> Vec<(String, String)> {
    let deny = ["--blacklist-ip", "127.0.0.2/32", "--block-hostnames", "evil.test,*.evil.test"];
    let harm = Guest::new(guest).args(deny).patient().attacks();
    assert_eq!(harm.finished(), 1, "{}", harm.stderr);
    let pairs = |line: String| line.split_once(" → ").map(|(a, b)| (a.to_owned(), b.to_owned()));
    harm.console().into_iter().filter_map(pairs).collect()
}

#[test]
fn an_address_is_denied_however_it_is_written() {
    let attempts = attempts("network/addresses");
    assert_eq!(attempts.len(), 17);
    for (host, outcome) in attempts {
        match host.contains('#') {
            true => assert!(outcome.ends_with(" has a fragment"), "{host}: {outcome}"),
            false => assert_eq!(outcome, format!("0 {DENIED}"), "{host}"),
        }
    }
}

#[test]
fn a_name_is_denied_however_it_is_written() {
    let attempts = attempts("network/names");
    assert_eq!(attempts.len(), 10);
    for (host, outcome) in attempts {
        match host.contains('@') {
            true => assert_eq!(outcome, "0 malformed ws or wss URL"),
            false => assert!(outcome.starts_with("0 hostname ("), "{host}: {outcome}"),
        }
    }
}

#[test]
fn the_name_of_a_user_is_not_that_of_a_host() {
    let attempts = attempts("network/user-names");
    assert_eq!(attempts.len(), 3);
    assert!(
        attempts.iter().all(|(_, outcome)| outcome == "0 malformed ws or wss URL"),
        "{attempts:?}"
    );
}

#[test]
fn a_redirection_leads_nowhere_that_is_denied() {
    let deny = ["--block-hostnames", "evil.test"];
    let harm = Guest::new("network/redirects").args(deny).patient().attacks();
    assert_eq!(harm.console(), ["0 hostname is blocked"]);
}

#[test]
fn what_is_not_granted_is_denied_however_it_is_written() {
    for guest in ["network/addresses", "network/names", "network/user-names", "network/redirects"] {
        let guest = Guest::new(guest).args(["--allow-net", "127.0.0.1"]).patient();
        let harm = guest.attacks();
        for line in harm.console() {
            let outcome = line.split_once(" → ").map_or(&*line, |(_, outcome)| outcome);
            let refused =
                [" is not granted; --allow-net ", " has a fragment", "malformed", "blocked"];
            assert!(outcome.starts_with("0 "), "{line}");
            assert!(refused.iter().any(|text| outcome.contains(text)), "{line}");
        }
    }
}
