//! Names and addresses: which may be reached, how they are found, and from where.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::thread;

use serde_json::{Value, json};
use wasock_server::{Server, ServerConfig};

use super::both::{connects, refusal, result, results};
use crate::common::{runtime, server, wasock};

#[test]
fn names_can_be_blocked() {
    let text = "hostname (chat.bad.test) is in a blocked pattern (*.bad.test)";
    let run = |options: Value| connects(&["ws://chat.bad.test/"], &options);
    let block = json!({"blockHostnames": ["good.test", "*.bad.test"]});
    assert_eq!(result(run(block.clone())), text);
    let variable = run(json!({})).variable("K6_BLOCK_HOSTNAMES", "good.test,*.bad.test");
    assert_eq!(result(variable), text);
    let flags = ["--block-hostnames", "good.test", "--block-hostnames", "*.bad.test"];
    assert_eq!(result(run(json!({})).args(flags)), text);
    // The option `hosts` opens no way around.
    let around = json!({"blockHostnames": ["*.bad.test"], "hosts": {"*.bad.test": "127.0.0.1"}});
    assert_eq!(result(run(around)), text);
    // The script has asked for it: no grant would help.
    let outcome = run(block).go().exits(0);
    assert!(!outcome.stdout.contains("STOPPED"), "{}", outcome.stdout);
}

#[test]
fn addresses_can_be_blacklisted() {
    let server = server();
    let port = server.address().expect("it has a plain port").port();
    let urls = [format!("ws://localhost:{port}/echo"), format!("ws://[::ffff:127.0.0.1]:{port}/")];
    let urls = urls.each_ref().map(String::as_str);
    let text = "IP (127.0.0.1) is in a blacklisted range (127.0.0.0/8)";
    let run = |options: Value| connects(&urls, &options);
    assert_eq!(results(run(json!({"blacklistIPs": ["10.0.0.0/8", "127.0.0.0/8"]}))), [text; 2]);
    let flag = run(json!({})).args(["--blacklist-ip", "127.0.0.0/8"]);
    assert_eq!(results(flag), [text; 2]);
    let variable = run(json!({})).variable("K6_BLACKLIST_IPS", "127.0.0.0/8");
    assert_eq!(results(variable), [text; 2]);
    assert_eq!(server.statistics().connections_total, 0);
}

#[test]
fn a_name_is_looked_up_by_the_rules() {
    let server = server();
    let port = server.address().expect("it has a plain port").port();
    let url = format!("ws://localhost:{port}/headers");
    let reached = connects(&[&url], &json!({"dns": {"policy": "onlyIPv4", "ttl": "0"}}));
    assert!(result(reached).contains("websocket"));
    let unknown = connects(&["ws://name.test/"], &json!({}));
    let unknown = unknown.args(["--dns", "ttl=inf,select=first,policy=any"]);
    assert_eq!(result(unknown), "lookup name.test: no such host");
}

#[test]
fn each_user_connects_from_its_own_address() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let url = format!("ws://{}/", listener.local_addr().expect("it has an address"));
    let peers = thread::spawn(move || {
        let accept = || listener.accept().expect("a client comes").1.ip();
        let mut peers: Vec<IpAddr> = (0..6).map(|_| accept()).collect();
        peers.sort();
        peers
    });
    let users = json!({"scenarios": {"a": {"executor": "per-vu-iterations", "vus": 3}}});
    let run = connects(&[&url], &users).args(["--local-ips", "127.0.0.2-127.0.0.3"]);
    run.go().exits(0);
    let expected = [2, 2, 2, 2, 3, 3].map(|last| IpAddr::from([127, 0, 0, last]));
    assert_eq!(peers.join().expect("the listener ends"), expected);
}

#[test]
fn a_server_can_have_an_address_of_ipv6() {
    let address = "::1".parse().expect("it is an address");
    let config = ServerConfig { address, ..ServerConfig::default() };
    let server = runtime().block_on(Server::start(config)).expect("the server starts");
    let address = server.address().expect("it has a plain port");
    let hosts = json!({"hosts": {"six.test": address.to_string()}});
    let urls = [format!("ws://{address}/headers"), "ws://six.test/headers".to_owned()];
    let texts = results(connects(&urls.each_ref().map(String::as_str), &hosts));
    assert!(texts[0].contains(&format!(r#""host":"{address}""#)), "{texts:?}");
    assert!(texts[1].contains(r#""host":"six.test""#), "{texts:?}");
}

#[test]
fn wrong_rules_are_told_with_what_was_expected() {
    for (options, expected) in [
        (json!({"dns": {"select": "last"}}), "option \"dns.select\" is \"last\", expected one of"),
        (json!({"dns": {"ttl": "soon"}}), "option \"dns.ttl\" is \"soon\", expected a duration"),
        (json!({"blockHostnames": ["a*"]}), "option \"blockHostnames[0]\" is \"a*\", expected a"),
        (json!({"blacklistIPs": ["a"]}), "option \"blacklistIPs[0]\" is \"a\", expected a range"),
        (json!({"localIPs": "a"}), "option \"localIPs\" is \"a\", expected addresses such as"),
    ] {
        let error = refusal(connects(&[], &options));
        assert!(error.contains(expected), "{error}");
    }
    let error = refusal(connects(&[], &json!({})).args(["--dns", "policy=ipv4"]));
    assert!(error.contains("option \"dns.policy\" is \"ipv4\", expected one of"), "{error}");
    let error = refusal(connects(&[], &json!({})).variable("K6_LOCAL_IPS", "10.0.0.2-10.0.0.1"));
    assert!(error.contains("option \"localIPs\" is \"10.0.0.2-10.0.0.1\""), "{error}");
}

#[test]
fn inspect_prints_the_rules_that_a_run_would_follow() {
    let run = connects(&[], &json!({})).beside("script.js", "export default () => {};");
    let output = wasock()
        .args(["inspect", "--dns", "ttl=1m", "--local-ips", "10.0.0.0/30,10.1.0.1"])
        .args(["--block-hostnames", "A.test", "--blacklist-ip", "10.0.0.0/8", "script.js"])
        .env("K6_TLS_VERSION", "tls1.2")
        .env("K6_TLS_CIPHER_SUITES", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305")
        .current_dir(run.folder())
        .output()
        .expect("the command starts");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    for (name, expected) in [
        ("dns", json!({"ttl": "1m0s", "select": "random", "policy": "preferIPv4"})),
        ("localIPs", json!(["10.0.0.0/30", "10.1.0.1"])),
        ("blockHostnames", json!(["a.test"])),
        ("blacklistIPs", json!(["10.0.0.0/8"])),
        ("tlsVersion", json!({"min": "tls1.2", "max": "tls1.2"})),
        ("tlsCipherSuites", json!(["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"])),
        ("tlsAuth", Value::Null),
    ] {
        assert_eq!(printed[name], expected, "{name}");
    }
}
