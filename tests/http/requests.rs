//! What is sent, and what comes back.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread;

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
    Run::case("http/requests", "selects").passes(34);
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
    Run::case("http/requests", "batches").passes(5);
}

#[test]
fn requests_of_a_batch_are_under_way_together() {
    const REQUESTS: usize = 6;
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it has an address");
    let server = thread::spawn(move || {
        // None is answered before all have come.
        let all: Vec<_> = (0..REQUESTS)
            .map(|_| {
                let stream = listener.accept().expect("somebody connects").0;
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                assert_eq!(lines.next().as_deref(), Some("GET /together HTTP/1.1"));
                lines.take_while(|line| !line.is_empty()).for_each(drop);
                stream
            })
            .collect();
        for mut stream in all {
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").expect("it is read");
        }
    });
    let script = format!(
        "import http from 'k6/http';
        export default () => {{
          const responses = http.batch(Array({REQUESTS}).fill('http://{address}/together'));
          console.log(responses.map((response) => response.status).join());
        }};"
    );
    assert_eq!(Run::script(&script).console(), [["204"; REQUESTS].join(",")]);
    server.join().expect("the server has answered all");
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
