//! `WebSocket` by the sections of <https://websockets.spec.whatwg.org/>. The scripts hold the
//! subtests; a test says how many there are.

use crate::common::Run;

#[track_caller]
fn passes(script: &str, function: &str, subtests: usize) {
    Run::case(&format!("websocket/standard/{script}"), function).passes(subtests);
}

#[test]
fn the_constructor_takes_urls() {
    passes("constructor", "urls", 73);
}

#[test]
fn the_constructor_takes_subprotocols() {
    passes("constructor", "protocols", 40);
    passes("constructor", "chosen", 7);
}

#[test]
fn attributes_keep_what_the_socket_gives_them() {
    passes("constructor", "attributes", 18);
}

#[test]
fn send_takes_texts() {
    passes("send", "texts", 27);
    passes("send", "wrongArguments", 5);
    passes("send", "looks", 11);
}

#[test]
fn send_takes_buffers_views_and_blobs() {
    passes("send", "binaries", 35);
    passes("send", "received", 4);
}

#[test]
fn buffered_amount_counts_what_is_not_written() {
    passes("send", "bufferedAmount", 30);
}

#[test]
fn close_takes_a_code() {
    passes("close", "codes", 66);
}

#[test]
fn close_takes_a_reason() {
    passes("close", "reasons", 24);
}

#[test]
fn close_works_in_every_state() {
    passes("close", "states", 12);
}

#[test]
fn events_are_objects_of_their_interfaces() {
    passes("events", "objects", 28);
}

#[test]
fn an_event_that_a_script_may_have_kept_is_no_other_one() {
    passes("events", "kept", 14);
}

#[test]
fn handlers_and_listeners_are_called_in_order() {
    passes("events", "handlers", 15);
    passes("events", "order", 4);
}
