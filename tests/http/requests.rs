//! What is sent, and what comes back.

use crate::common::Run;

#[test]
fn methods_headers_and_bodies_are_sent() {
    Run::case("http/requests", "sends").passes(9);
}

#[test]
fn a_response_has_all_that_the_server_said() {
    Run::case("http/requests", "receives").passes(9);
}

#[test]
fn selectors_find_parts_of_json() {
    Run::case("http/requests", "selects").passes(25);
}

#[test]
fn redirections_are_followed_by_the_rules() {
    Run::case("http/requests", "redirects").passes(5);
}

#[test]
fn requests_take_cookies_and_give_them() {
    Run::case("http/requests", "cookies").passes(3);
}

#[test]
fn users_are_asked_who_they_are() {
    Run::case("http/requests", "authenticates").passes(3);
}

#[test]
fn several_requests_run_at_a_time() {
    Run::case("http/requests", "batches").passes(6);
}

#[test]
fn requests_are_refused_at_the_top_level() {
    for call in ["get('http://a.test')", "batch([])"] {
        let script = format!("import http from 'k6/http'; http.{call}; export default () => {{}};");
        let outcome = Run::script(&script).go().exits(107);
        let text = "making http requests in the init context is not supported";
        assert!(outcome.stderr.contains(text), "{}", outcome.stderr);
    }
}

#[test]
fn a_pending_request_holds_its_iteration() {
    let source = "import http from 'k6/http';
        export default () => {
          const url = `${__ENV.WS.replace('ws:', 'http:')}/http/echo?delay=100`;
          http.asyncRequest('GET', url).then((response) => console.log(response.status));
        };";
    assert_eq!(Run::script(source).served().args(["-i", "2"]).console(), ["200", "200"]);
}
