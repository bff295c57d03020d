//! TLS: whom the client trusts, what it offers, and who it says it is.

use serde_json::{Value, json};
use wasock_server::{Server, ServerConfig};

use super::both::{connects, refusal, result, results};
use crate::common::identity::ClientIdentity;
use crate::common::{Run, runtime, server, wasock};

fn tls_url(server: &Server) -> String {
    format!("wss://{}/tls", server.tls_address().expect("it has a TLS port"))
}

fn report(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("no report: {text}"))
}

#[test]
fn a_root_is_trusted_on_request() {
    let server = server();
    let root = server.certificate_pem().expect("it has TLS");
    let url = tls_url(&server);
    let run = |options: Value| connects(&[&url], &options);
    assert!(result(run(json!({}))).contains("certificate"));
    let by_flag = run(json!({})).beside("root.pem", root).args(["--ca-cert", "root.pem"]);
    assert_eq!(report(&result(by_flag))["version"], "TLSv1_3");
    assert_eq!(report(&result(run(json!({"caCerts": [root]}))))["protocol"], "http/1.1");
    let by_variable = run(json!({})).beside("root.pem", root).variable("SSL_CERT_FILE", "root.pem");
    assert_eq!(report(&result(by_variable))["version"], "TLSv1_3");
}

#[test]
fn a_root_that_is_none_is_refused() {
    let run = || connects(&[], &json!({}));
    let error = refusal(run().args(["--ca-cert", "gone.pem"]));
    assert!(error.contains("the file of --ca-cert \"gone.pem\" cannot be read"), "{error}");
    let error = refusal(run().beside("none.pem", "none").args(["--ca-cert", "none.pem"]));
    let expected = "error: option \"caCerts[0]\" cannot be used: there is no certificate in PEM (by the flag --ca-cert)";
    assert_eq!(error, expected);
}

#[test]
fn each_domain_gets_its_client_certificate() {
    let [exact, wild, all] = ["exact", "wild", "all"].map(ClientIdentity::new);
    let roots = [&exact, &wild, &all].map(|one| one.certificate.clone());
    let config =
        ServerConfig { tls_port: Some(0), client_roots: roots.to_vec(), ..ServerConfig::default() };
    let server = runtime().block_on(Server::start(config)).expect("the server starts");
    let address = server.tls_address().expect("it has a TLS port").to_string();
    let urls = ["wss://a.test/tls", "wss://x.a.test/tls", "wss://b.test/tls"];
    let auth = |one: &ClientIdentity, domains: &[&str]| json!({"cert": one.certificate, "key": one.key, "domains": domains});
    let options = |auths: &[Value]| {
        json!({
            "insecureSkipTLSVerify": true,
            "hosts": {"a.test": address, "*.a.test": address, "b.test": address},
            "tlsAuth": auths,
        })
    };
    let fingerprints = |auths: &[Value]| {
        let texts = results(connects(&urls, &options(auths)));
        texts.iter().map(|text| report(text)["client_certificate"].clone()).collect::<Vec<_>>()
    };
    let by_domain = [auth(&wild, &["*.a.test"]), auth(&exact, &["a.test"])];
    let expected = [json!(exact.fingerprint), json!(wild.fingerprint), Value::Null];
    assert_eq!(fingerprints(&by_domain), expected);
    let [wild_auth, exact_auth] = by_domain;
    let expected = [&exact, &wild, &all].map(|one| json!(one.fingerprint));
    assert_eq!(fingerprints(&[auth(&all, &[]), wild_auth, exact_auth]), expected);
}

#[test]
fn a_client_certificate_without_its_key_is_refused() {
    let (one, other) = (ClientIdentity::new("one"), ClientIdentity::new("other"));
    let auth = json!({"tlsAuth": [{"cert": one.certificate, "key": other.key}]});
    let error = refusal(connects(&[], &auth));
    let expected = "error: option \"tlsAuth[0]\" cannot be used: the client certificate cannot be \
                    used with its key";
    assert!(error.starts_with(expected), "{error}");
    let variable = json!([{"cert": one.certificate}]).to_string();
    let error = refusal(connects(&[], &json!({})).variable("K6_TLSAUTH", &variable));
    assert!(error.contains("option \"tlsAuth[0].key\" is missing"), "{error}");
}

#[test]
fn versions_and_cipher_suites_can_be_chosen() {
    let server = server();
    let url = tls_url(&server);
    let suite = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    let run = |options: Value| connects(&[&url], &options).args(["--insecure-skip-tls-verify"]);
    let by_script = json!({"tlsVersion": {"max": "tls1.2"}, "tlsCipherSuites": [suite]});
    let answer = report(&result(run(by_script)));
    assert_eq!((&answer["version"], &answer["cipher_suite"]), (&json!("TLSv1_2"), &json!(suite)));
    let by_variable = run(json!({})).variable("K6_TLS_VERSION", "tls1.2");
    let by_variable = by_variable.variable("K6_TLS_CIPHER_SUITES", suite);
    assert_eq!(report(&result(by_variable))["cipher_suite"], suite);
}

#[test]
fn versions_and_cipher_suites_that_are_gone_are_told() {
    let options = json!({
        "tlsVersion": {"min": "tls1.0"},
        "tlsCipherSuites": ["TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_AES_128_GCM_SHA256"],
    });
    let outcome = connects(&[], &options).go().exits(0);
    assert_eq!(
        outcome.logged("warning"),
        [
            "option \"tlsVersion\" begins at tls1.0, but nothing below tls1.2 is available",
            "option \"tlsCipherSuites\" names what is not available: TLS_RSA_WITH_AES_128_CBC_SHA",
        ]
    );
    for (options, expected) in [
        (json!({"tlsVersion": "tls1.1"}), "option \"tlsVersion\" cannot be used: tls1.1 is not"),
        (json!({"tlsVersion": "ssl3"}), "option \"tlsVersion\" is \"ssl3\", expected one of"),
        (
            json!({"tlsCipherSuites": ["TLS_RSA_WITH_RC4_128_SHA"]}),
            "option \"tlsCipherSuites\" cannot be used: none of these",
        ),
        (json!({"tlsCipherSuites": ["A"]}), "option \"tlsCipherSuites[0]\" is \"A\", expected"),
    ] {
        let error = refusal(connects(&[], &options));
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn secrets_go_to_a_file_on_request() {
    let server = server();
    let run = connects(&[&tls_url(&server)], &json!({"insecureSkipTLSVerify": true}));
    let outcome = run.variable("SSLKEYLOGFILE", "keys.log").go().exits(0);
    assert!(outcome.file("keys.log").contains("CLIENT_TRAFFIC_SECRET_0 "));
}

#[test]
fn keys_and_passwords_are_not_shown() {
    let one = ClientIdentity::new("one");
    let auth = json!([{"cert": one.certificate, "key": one.key, "domains": ["a.test"]}]);
    let script = "import exec from 'k6/execution';
        export default () => console.log(exec.test.options.tlsAuth[0].key);";
    let run = Run::script(script).variable("K6_TLSAUTH", &auth.to_string());
    assert_eq!(run.go().exits(0).console(), ["(hidden)"]);
    let run = Run::script("").beside("script.js", script);
    let output = wasock()
        .args(["inspect", "script.js"])
        .env("K6_TLSAUTH", auth.to_string())
        .current_dir(run.folder())
        .output()
        .expect("the command starts");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let shown = &printed["tlsAuth"][0];
    assert_eq!([&shown["key"], &shown["domains"]], [&json!("(hidden)"), &json!(["a.test"])]);
    assert_eq!(shown["cert"], json!(one.certificate));
}
