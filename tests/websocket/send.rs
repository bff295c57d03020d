//! What a `WebSocket` sends and receives.

use crate::common::Run;

#[track_caller]
fn console(function: &str) -> Vec<String> {
    Run::case("websocket/send", function).console()
}

#[test]
fn every_view_is_sent_as_its_bytes() {
    let views = [
        ("Int8Array", 2),
        ("Uint8Array", 2),
        ("Uint8ClampedArray", 2),
        ("Int16Array", 4),
        ("Uint16Array", 4),
        ("Int32Array", 8),
        ("Uint32Array", 8),
        ("Float32Array", 8),
        ("Float64Array", 16),
    ];
    assert_eq!(console("everyView"), views.map(|(name, size)| format!("{name} {size} 3,100")));
    assert_eq!(console("bigViews"), ["-5", "7"]);
    assert_eq!(console("dataView"), ["2,3", "1,2,3,4"]);
}

#[test]
fn a_part_of_a_buffer_is_sent_as_that_part() {
    assert_eq!(console("subarray"), ["1", "6"]);
}

#[test]
fn other_values_are_sent_as_text() {
    assert_eq!(
        console("coercion"),
        [
            r#""1""#,
            r#""1.5""#,
            r#""true""#,
            r#""null""#,
            r#""undefined""#,
            r#""[object Object]""#,
            r#""1,2""#,
            r#""mine""#,
            r#""""#,
        ]
    );
}

#[test]
fn text_keeps_its_characters_and_lone_surrogates_are_replaced() {
    assert_eq!(console("loneSurrogates"), ["a\u{fffd}b", "žluťoučký 🐎"]);
}

#[test]
fn large_messages_come_back_whole() {
    assert_eq!(console("largeMessages"), ["200000 true", "100000 true"]);
}

#[test]
fn later_changes_to_a_buffer_do_not_change_what_was_sent() {
    assert_eq!(console("dataIsTakenWhenItIsSent"), ["1,1"]);
}

#[test]
fn blobs_are_sent_and_received() {
    assert_eq!(console("blobs"), ["true 9 something", "true 5 thing"]);
    assert_eq!(console("blobsKeepTheirPlace"), ["1,1b,3,1b"]);
}

#[test]
fn the_binary_type_counts_at_delivery_and_unknown_ones_are_ignored() {
    assert_eq!(console("binaryTypes"), ["blob", "blob", "Blob 3", "ArrayBuffer 3", "Blob 3"]);
}

#[test]
fn sending_before_the_connection_is_open_is_an_invalid_state() {
    assert_eq!(
        console("beforeItIsOpen"),
        ["InvalidStateError true 11", "InvalidStateError true 11", "TypeError false undefined"]
    );
}

#[test]
fn nothing_and_symbols_cannot_be_sent() {
    assert_eq!(console("nothingToSend"), ["TypeError false undefined"; 2]);
}

#[test]
fn what_is_sent_after_the_close_is_dropped_but_counted_as_buffered() {
    assert_eq!(console("afterTheEnd"), ["5", "8", "InvalidStateError true 11"]);
}

#[test]
fn buffered_amount_grows_with_each_send_and_ends_at_0() {
    assert_eq!(console("bufferedAmount"), ["2", "4", "8", "0", "0"]);
    assert_eq!(console("bufferedAmountOfViews"), ["2,2,2,4,4,8,8,8,16"]);
}

#[test]
fn two_thousand_messages_keep_their_order() {
    assert_eq!(console("manyMessagesKeepTheirOrder"), ["2000 0"]);
}
