//! What guests of all languages find: the same as in every other host.

use crate::common::server;
use crate::differences::expected;
use crate::hosts::Host;
use crate::{Alone, guests};

/// Compares what a guest writes, to the letter.
fn compare(alone: &Alone, host: Host, language: &str, world: &str, variables: &[(&str, &str)]) {
    let function = format!("{world}Transcript");
    let ended = host.run(&alone.component(), &[&function], variables).well();
    // The last lines are the guest's `teardown`, and the sums.
    let facts = ended.stdout.lines().take_while(|line| !line.ends_with("is empty"));
    let facts: Vec<&str> = facts.collect();
    let expected = expected(world);
    for (number, (fact, line)) in facts.iter().zip(&expected).enumerate() {
        assert_eq!(fact, line, "{language}, {world}, {host:?}: line {}", number + 1);
    }
    assert_eq!(facts.len(), expected.len(), "{language}, {world}, {host:?}");
}

#[test]
fn each_guest_finds_the_same_facts_on_each_host() {
    let server = server();
    let url = format!("ws://{}", server.address().expect("it has a plain port"));
    let variables = [("WS", url.as_str()), ("NAME", "croc")];
    for (language, component) in guests() {
        let alone = Alone::of(&component);
        for host in Host::ALL {
            compare(&alone, host, &language, "client", &variables);
            compare(&alone, host, &language, "vu", &variables);
        }
    }
}

#[test]
fn tls_makes_no_difference() {
    let server = server();
    let url = format!("wss://{}", server.tls_address().expect("it has a TLS port"));
    let certificate = server.certificate_pem().expect("it has a certificate");
    let plain = format!("ws://{}", server.address().expect("it has a plain port"));
    let variables = [("WS", url.as_str()), ("PLAIN", plain.as_str())];
    let with = |name, value| [variables[0], variables[1], (name, value)];
    let trusted = with("WASOCK_CA_CERTIFICATES", certificate);
    let alone = Alone::of(&crate::guest("c"));
    for host in Host::ALL {
        compare(&alone, host, "c", "client", &trusted);
        let unchecked = with("K6_INSECURE_SKIP_TLS_VERIFY", "true");
        compare(&alone, host, "c", "client", &unchecked);
    }
}
