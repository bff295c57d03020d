//! `ws.connect`: its arguments, what it returns, what it throws, and what the server sees of it.

use crate::common::Run;

fn case(function: &str) -> Run {
    Run::case("k6_ws/connect", function)
}

#[track_caller]
fn console(function: &str) -> Vec<String> {
    case(function).console()
}

#[test]
fn connect_returns_the_answer_to_the_handshake() {
    assert_eq!(
        console("returnsTheResponse"),
        ["body,error,headers,status,url", "true 101", "websocket 28", r#"["",""]"#]
    );
}

#[test]
fn connect_works_over_tls() {
    assert_eq!(console("connectsOverTls"), ["101"]);
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_unless_verification_is_skipped() {
    let server = crate::common::server();
    let address = server.tls_address().expect("it has a TLS port");
    let script = "
import ws from 'k6/ws';
export default () => {
  const { status, error } = ws.connect(__ENV.URL, () => {});
  console.log(status, error);
};";
    let outcome =
        Run::script(script).args(["-e", &format!("URL=wss://{address}/echo")]).go().exits(0);
    let [line] = &outcome.console()[..] else { panic!("one line: {:?}", outcome.console()) };
    assert!(line.starts_with("0 tls: "), "{line}");
}

#[test]
fn all_shapes_of_import_give_the_same_function() {
    assert_eq!(console("importShapes"), ["true true true"]);
}

#[test]
fn a_wrong_number_of_arguments_throws() {
    assert_eq!(
        console("wrongNumberOfArguments"),
        ["GoError: invalid number of arguments to ws.connect"; 3]
    );
}

#[test]
fn a_last_argument_that_is_no_function_throws() {
    assert_eq!(
        console("callbackIsNoFunction"),
        ["GoError: last argument to ws.connect must be a function"; 2]
    );
}

#[test]
fn tags_of_other_types_than_text_number_and_boolean_throw() {
    let text = |name: &str| {
        format!(
            "GoError: invalid ws.connect() metric tags: invalid value for metric tag '{name}': \
             only String, Boolean and Number types are accepted as a metric tag values"
        )
    };
    assert_eq!(console("tagsOfWrongTypes"), [text("a"), text("b")]);
}

#[test]
fn only_deflate_and_blank_are_accepted_as_compression() {
    let refused = ["gzip", "deflate, gzip", "deflate, deflate", "deflate,", "null"].map(|name| {
        format!(
            "GoError: unsupported compression algorithm '{name}', supported algorithm is 'deflate'"
        )
    });
    let console = console("compressionNames");
    assert_eq!(console[..5], refused);
    assert_eq!(console[5..], ["101"; 3]);
}

#[test]
fn params_may_be_missing_empty_or_unknown() {
    assert_eq!(console("paramsThatAreNoParams"), ["101"; 5]);
}

#[test]
fn a_bad_url_is_a_failure_to_connect() {
    let failure =
        r#"{"url":"","status":0,"headers":{},"body":"","error":"malformed ws or wss URL"}"#;
    assert_eq!(console("badUrls"), [failure; 5]);
}

#[test]
fn a_refused_handshake_gives_status_headers_and_body_but_no_error_text() {
    assert_eq!(
        console("statusOfTheServer"),
        [r#"["",404,"404 Not Found\n",""]"#, "text/plain; charset=utf-8"]
    );
}

#[test]
fn a_status_of_200_is_no_websocket() {
    assert_eq!(console("okIsNoUpgrade"), [r#"200 "This is not a WebSocket.\n" """#]);
}

#[test]
fn redirects_are_not_followed() {
    assert_eq!(console("redirectsAreNotFollowed"), ["302"]);
}

#[test]
fn a_refused_connection_gives_status_0_and_the_reason() {
    let text = "dial tcp 127.0.0.1:1: connect: connection refused";
    let failure = format!(r#"{{"url":"","status":0,"headers":{{}},"body":"","error":"{text}"}}"#);
    assert_eq!(console("refusedConnection"), [failure]);
}

#[test]
fn an_unknown_host_is_named() {
    assert_eq!(console("unknownHost"), ["lookup nowhere.invalid: no such host"]);
}

#[test]
fn the_option_throw_lets_failures_throw() {
    assert_eq!(
        case("throwsOnFailure").args(["--throw"]).console(),
        [
            "GoError: malformed ws or wss URL",
            "GoError: dial tcp 127.0.0.1:1: connect: connection refused",
            "GoError: websocket: bad handshake",
        ]
    );
}

#[test]
fn a_failed_connect_calls_neither_the_callback_nor_handlers() {
    assert_eq!(console("failureNeverCallsTheCallback"), ["0"]);
    let outcome = case("failureNeverCallsTheCallback").args(["--throw"]).go().exits(0);
    let [error] = &outcome.logged("error")[..] else { panic!("{:?}", outcome.stderr) };
    assert!(error.starts_with("GoError: dial tcp 127.0.0.1:1"), "{error}");
}

#[test]
fn errors_of_native_code_are_go_errors() {
    let text = "invalid number of arguments to ws.connect";
    assert_eq!(console("nativeErrors"), [format!("GoError {text} true string {text}")]);
}

#[test]
fn headers_reach_the_server_and_the_last_spelling_counts() {
    assert_eq!(
        console("sendsHeaders"),
        [
            r#"["ipsum","1",null]"#,
            r#"["b"]"#,
            r#"["else.where"]"#,
            r#"["13","websocket","Upgrade",null]"#,
        ]
    );
}

#[test]
fn the_user_agent_is_that_of_the_option_unless_the_headers_have_one() {
    let own = format!(r#"["wasock/{}"]"#, env!("CARGO_PKG_VERSION"));
    assert_eq!(console("sendsItsUserAgent"), [own.as_str(), r#"["mine"]"#]);
    assert_eq!(
        case("sendsItsUserAgent").args(["--user-agent", "option/1"]).console(),
        [r#"["option/1"]"#, r#"["mine"]"#]
    );
}

#[test]
fn subprotocols_are_requested_by_header() {
    assert_eq!(console("requestsSubprotocols"), ["one"]);
}

#[test]
fn headers_of_the_handshake_itself_are_refused() {
    let names = ["Upgrade", "Connection", "Sec-Websocket-Key", "Sec-Websocket-Version"]
        .into_iter()
        .chain(["Sec-Websocket-Extensions"]);
    let texts: Vec<_> =
        names.map(|name| format!("websocket: duplicate header not allowed: {name}")).collect();
    assert_eq!(console("forbiddenHeaders"), texts);
}

#[test]
fn connecting_at_the_top_level_of_a_script_is_refused() {
    let script = "
import ws from 'k6/ws';
ws.connect('ws://127.0.0.1:1/', () => {});
export default () => {};";
    let outcome = Run::script(script).go().exits(107);
    assert!(
        outcome.stderr.contains("using websockets in the init context is not supported"),
        "{}",
        outcome.stderr
    );
}
