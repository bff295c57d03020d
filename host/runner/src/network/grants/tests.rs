//! The matcher against tables, and against all ways of writing one address.

use std::net::Ipv4Addr;

use super::*;

fn rules(text: &str) -> Vec<Rule> {
    let texts = text.split(',').filter(|text| !text.is_empty());
    texts.map(|text| Rule::parse(text).unwrap()).collect()
}

fn grants(allowed: &str, denied: &str) -> NetworkGrants {
    NetworkGrants::nothing().allow(rules(allowed)).deny(rules(denied))
}

fn text(checked: Result<(), Denied>) -> String {
    checked.map_or_else(Denied::into_reason, |()| "granted".to_owned())
}

#[test]
fn nothing_is_refused_without_rules() {
    let all = NetworkGrants::everything();
    assert_eq!(all.check_name("any.test", 80), Ok(()));
    assert_eq!(all.check_name("10.0.0.1", 80), Ok(()));
    assert_eq!(all.check_unix_socket(Path::new("/run/a.sock")), Ok(()));
}

#[test]
fn only_what_is_named_is_granted() {
    let some = grants("chat.test:443,*.eu.test,10.0.0.0/8,unix:/run/a.sock", "");
    for (host, port, granted) in [
        ("chat.test", 443, true),
        ("Chat.Test.", 443, true),
        ("chat.test", 80, false),
        ("a.eu.test", 80, true),
        ("eu.test", 80, false),
        ("10.1.2.3", 80, true),
        ("::ffff:10.1.2.3", 80, true),
        ("64:ff9b::a01:203", 80, true),
        ("11.1.2.3", 80, false),
        ("::1", 80, false),
        // A name is not looked up to find out whether its addresses are granted.
        ("in-ten.test", 80, false),
    ] {
        assert_eq!(some.check_name(host, port).is_ok(), granted, "{host}:{port}");
    }
    assert_eq!(some.check_unix_socket(Path::new("/run/a.sock")), Ok(()));
    assert!(some.check_unix_socket(Path::new("/run/b.sock")).is_err());
    assert!(NetworkGrants::nothing().check_name("chat.test", 443).is_err());
}

#[test]
fn what_is_denied_is_denied_also_where_it_is_granted() {
    let some = grants("*,unix:*", "*.bad.test,10.0.0.0/8,good.test:81,unix:/run/*");
    for (host, port, granted) in [
        ("good.test", 80, true),
        ("good.test", 81, false),
        ("a.bad.test", 80, false),
        ("bad.test", 80, true),
        ("10.0.0.1", 80, false),
        ("9.0.0.1", 80, true),
    ] {
        assert_eq!(some.check_name(host, port).is_ok(), granted, "{host}:{port}");
    }
    assert!(some.check_unix_socket(Path::new("/run/a.sock")).is_err());
    assert!(some.check_unix_socket(Path::new("/no-such/a.sock")).is_ok());
    assert!(some.check_unix_socket(Path::new("/no-such/../run/a.sock")).is_err());
}

#[test]
fn a_granted_name_at_a_denied_address_is_refused() {
    let some = grants("chat.test", "10.0.0.0/8,169.254.0.0/16");
    let at = |address: &str| some.check_resolved("chat.test", address.parse().unwrap());
    assert_eq!(at("192.0.2.1:80"), Ok(()));
    assert_eq!(
        text(at("10.0.0.1:80")),
        "chat.test is at 10.0.0.1:80, which the rule 10.0.0.0/8 denies (--deny-net)"
    );
    assert!(at("[::ffff:169.254.169.254]:80").is_err());
    assert!(some.denies_addresses());
    assert!(!grants("chat.test", "bad.test").denies_addresses());
}

#[test]
fn no_way_of_writing_an_address_gets_around_a_rule() {
    let denying = grants("*", "127.0.0.0/8,169.254.169.254");
    for url in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "0",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[64:ff9b:1::7f00:1]",
        "[::]",
        "[::ffff:0:0]",
        "169.254.169.254",
        "0xa9fea9fe",
        "[::ffff:a9fe:a9fe]",
        "１２７.0.0.1",
        "127。0。0。1",
    ] {
        let url = url::Url::parse(&format!("ws://{url}:80/")).unwrap();
        let host = match url.host().unwrap() {
            url::Host::Ipv6(address) => address.to_string(),
            host => host.to_string(),
        };
        assert!(denying.check_name(&host, 80).is_err(), "{url} {host}");
    }
}

#[test]
fn the_same_address_is_judged_alike_in_each_form() {
    let some = grants("10.0.0.0/9,192.0.2.0/24:443", "10.1.0.0/16");
    for number in (0..=u32::MAX).step_by(0x0010_3007) {
        let v4 = Ipv4Addr::from(number);
        for port in [80, 443] {
            let alone = some.check_literal(SocketAddr::new(v4.into(), port)).is_ok();
            let expected = match v4.octets() {
                [10, 1, ..] => false,
                [10, second, ..] => second < 128,
                [192, 0, 2, _] => port == 443,
                _ => false,
            };
            assert_eq!(alone, expected, "{v4}:{port}");
            let mapped = SocketAddr::new(v4.to_ipv6_mapped().into(), port);
            assert_eq!(some.check_literal(mapped).is_ok(), alone, "{mapped}");
        }
    }
}

#[test]
fn refusals_say_which_rule_it_was_and_what_would_grant_it() {
    let some = grants("chat.test", "*.bad.test,10.0.0.0/8");
    for (host, expected) in [
        ("other.test", "other.test:80 is not granted; --allow-net other.test:80 grants it"),
        ("a.bad.test", "a.bad.test:80 is denied by the rule *.bad.test (--deny-net)"),
        ("10.0.0.1", "10.0.0.1:80 is denied by the rule 10.0.0.0/8 (--deny-net)"),
        ("fd00::1", "[fd00::1]:80 is not granted; --allow-net [fd00::1]:80 grants it"),
    ] {
        assert_eq!(text(some.check_name(host, 80)), expected);
    }
    assert_eq!(
        text(some.check_unix_socket(Path::new("/run/a.sock"))),
        "unix:/run/a.sock is not granted; --allow-net unix:/run/a.sock grants it"
    );
}

#[test]
fn modules_are_fetched_from_what_is_granted() {
    let some = grants("modules.test:443", "10.0.0.0/8").for_modules();
    assert_eq!(some.check_host("modules.test", 443), Ok(()));
    assert!(some.check_host("modules.test", 8443).is_err());
    assert!(some.check_host("other.test", 443).is_err());
    assert!(some.check_host("10.0.0.1", 443).is_err());
    assert!(some.check_address("modules.test", [10, 0, 0, 1].into()).is_err());
    assert_eq!(some.check_address("modules.test", [192, 0, 2, 1].into()), Ok(()));
}
