//! Logging in, then a WebSocket with the token.

use crate::common::Run;

#[test]
fn the_example_logs_in_and_connects_with_its_token() {
    let outcome = Run::path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/login.js"))
        .args(["--serve"])
        .go()
        .exits(0);
    let checks = outcome.samples("checks");
    assert!(checks.len() >= 3, "{}", outcome.stdout);
    assert!(checks.iter().all(|check| check.value == 1.0), "{checks:?}");
    assert_eq!(outcome.tags("http_reqs", "status"), ["200"; 2]);
    assert_eq!(outcome.tags("ws_sessions", "status"), ["101"; 2]);
}

#[test]
fn a_wrong_password_and_no_token_are_refused() {
    let source = "import http from 'k6/http';
        import ws from 'k6/ws';
        export default () => {
          const login = { user: 'ann', password: 'wrong' };
          const url = `${__ENV.WS.replace('ws:', 'http:')}/http/login`;
          console.log(http.post(url, login).status, http.get(url).status);
          console.log(ws.connect(`${__ENV.WS}/private`, () => {}).status);
        };";
    assert_eq!(Run::script(source).served().console(), ["401 405", "401"]);
}
