//! permessage-deflate: how scripts ask for it, and what comes of it.

use crate::common::Run;

const TERMS: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

fn case(function: &str) -> Run {
    Run::case("compression", function)
}

#[track_caller]
fn console(function: &str) -> Vec<String> {
    case(function).console()
}

#[test]
fn k6_ws_compresses_both_ways() {
    let outcome = case("connect").go().exits(0);
    let answer = format!("101 {TERMS}");
    assert_eq!(outcome.console(), ["text true", "binary true 650000", &answer]);
    for metric in ["data_sent", "data_received"] {
        assert!(outcome.sum(metric) < 50_000.0, "{metric}: {}", outcome.sum(metric));
    }
}

#[test]
fn websocket_compresses_as_k6_asks_for_it() {
    let outcome = case("deflate").go().exits(0);
    let open = format!("open {}", serde_json::Value::from(TERMS));
    assert_eq!(outcome.console(), [&open, "text true", "close 1005 true"]);
    assert!(outcome.sum("data_sent") < 50_000.0, "{}", outcome.sum("data_sent"));
}

#[test]
fn an_object_offers_windows_that_are_kept_between_messages() {
    let expected = [r#"open "permessage-deflate""#, "text true", "close 1005 true"];
    assert_eq!(console("contextTakeover"), expected);
    assert_eq!(
        console("windowBits"),
        [
            r#"open "permessage-deflate; server_max_window_bits=10; client_max_window_bits=9""#,
            "text true",
            "close 1005 true",
        ]
    );
}

#[test]
fn the_offer_is_what_the_script_asks_for() {
    let mut offers = console("offers");
    offers.sort();
    assert_eq!(
        offers,
        ["permessage-deflate; client_no_context_takeover; server_max_window_bits=9", TERMS]
    );
}

#[test]
fn a_server_may_decline() {
    assert_eq!(console("declined"), [r#"open """#, "text true", "close 1005 true"]);
}

#[test]
fn what_was_not_offered_fails_the_connection() {
    for function in ["notOffered", "wrongTerms"] {
        assert_eq!(
            console(function),
            ["error websocket: bad handshake", "close 1006 false"],
            "{function}"
        );
    }
}

#[test]
fn wrong_values_are_told() {
    assert_eq!(
        console("refused"),
        [
            "GoError: unsupported compression algorithm 'gzip', supported algorithm is 'deflate'",
            "GoError: unknown compression option level",
            "GoError: invalid compression option clientMaxWindowBits: 'many' is no number of bits",
            "GoError: unsupported compression algorithm 'gzip', supported algorithm is 'deflate'",
            "GoError: unsupported compression algorithm 'null', supported algorithm is 'deflate'",
        ]
    );
    assert_eq!(
        console("windowOutOfRange"),
        ["error client_max_window_bits is not between 9 and 15", "close 1006 false"]
    );
}

#[test]
fn a_bomb_fails_the_connection_before_it_is_inflated() {
    let outcome = case("bomb").go().exits(0);
    assert_eq!(outcome.console(), ["error websocket: read limit exceeded", "close 1006 false"]);
    assert_eq!(outcome.sum("ws_msgs_received"), 0.0);
    assert_eq!(outcome.sum("iterations"), 1.0);
}
