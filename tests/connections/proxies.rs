//! Proxies from the environment.

use serde_json::json;
use wasock_server::Server;

use super::both::{connects, refusal, result};
use crate::common::proxy::{PASSWORD, TestProxy, USER};
use crate::common::{runtime, server};

fn proxy(server: &Server, needs_password: bool) -> TestProxy {
    let address = server.address().expect("it has a plain port");
    runtime().block_on(TestProxy::start(address, needs_password))
}

const URL: &str = "ws://name.test:8080/headers";

#[test]
fn connections_go_through_the_proxy_of_their_scheme() {
    let server = server();
    for (variable, scheme, asked) in [
        ("HTTP_PROXY", "http", "CONNECT name.test:8080"),
        ("http_proxy", "socks5h", "SOCKS name.test:8080"),
        ("ALL_PROXY", "http", "CONNECT name.test:8080"),
    ] {
        let proxy = proxy(&server, false);
        let url = format!("{scheme}://{}", proxy.address());
        let run = connects(&[URL], &json!({})).variable(variable, &url);
        assert!(result(run).contains(r#""host":"name.test:8080""#));
        assert_eq!(proxy.asked(), [asked; 2]);
    }
    let proxy = proxy(&server, false);
    let run = connects(&[URL], &json!({}));
    let run = run.variable("HTTPS_PROXY", &proxy.address().to_string());
    assert_eq!(result(run), "lookup name.test: no such host");
    assert_eq!(proxy.asked(), [""; 0]);
}

#[test]
fn a_proxy_can_be_spoken_to_over_tls() {
    let server = server();
    let address = server.address().expect("it has a plain port");
    let (proxy, certificate) = runtime().block_on(TestProxy::start_secure(address));
    let url = format!("https://{}", proxy.address());
    let run = |options| connects(&[URL], &options).variable("HTTP_PROXY", &url);
    assert!(result(run(json!({"caCerts": [certificate]}))).contains("name.test:8080"));
    assert_eq!(proxy.asked(), ["CONNECT name.test:8080"; 2]);
    let refused = result(run(json!({})));
    assert!(
        refused.starts_with(&format!("the proxy {url}: invalid peer certificate")),
        "{refused}"
    );
}

#[test]
fn a_proxy_gets_its_credentials_or_the_failure_names_it() {
    let server = server();
    let proxy = proxy(&server, true);
    let address = proxy.address();
    let url = format!("http://{USER}:{PASSWORD}@{address}");
    let run = connects(&[URL], &json!({})).variable("HTTP_PROXY", &url);
    assert!(result(run).contains("name.test"));
    let run = connects(&[URL], &json!({})).variable("HTTP_PROXY", &address.to_string());
    assert_eq!(
        result(run),
        format!("the proxy http://{address}: it answered CONNECT name.test:8080 with status 407")
    );
}

#[test]
fn exceptions_this_machine_and_the_options_count_before_the_proxy() {
    let server = server();
    let proxy = proxy(&server, false);
    let through = |url: &str, options| {
        connects(&[url], &options).variable("ALL_PROXY", &proxy.address().to_string())
    };
    let excepted = through(URL, json!({})).variable("NO_PROXY", ".other.test,name.test:8080");
    assert_eq!(result(excepted), "lookup name.test: no such host");
    let here = format!("ws://localhost:{}/headers", server.address().expect("it is plain").port());
    assert!(result(through(&here, json!({}))).contains("localhost"));
    let blocked = through(URL, json!({"blockHostnames": ["name.test"]}));
    let text = "hostname (name.test) is in a blocked pattern (name.test)";
    assert_eq!(result(blocked), text);
    assert_eq!(proxy.asked(), [""; 0]);
}

#[test]
fn a_variable_that_is_no_proxy_ends_the_run() {
    let run = connects(&[], &json!({})).variable("HTTPS_PROXY", "ftp://me:secret@proxy.test");
    assert_eq!(
        refusal(run),
        "error: option \"HTTPS_PROXY\" cannot be used: the scheme \"ftp\" is none of http, https, \
         socks5 and socks5h"
    );
}
