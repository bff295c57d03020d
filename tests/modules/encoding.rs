//! `k6/encoding`.

use crate::common::Run;

#[track_caller]
fn console(function: &str) -> Vec<String> {
    Run::case("modules/encoding", function).console()
}

#[test]
fn text_and_bytes_are_encoded_in_four_variants() {
    assert_eq!(
        console("encodes"),
        [
            "b64decode,b64encode",
            "w7/Cv8W+fj8=",
            "w7/Cv8W+fj8=",
            "w7/Cv8W+fj8",
            "w7_Cv8W-fj8=",
            "w7_Cv8W-fj8",
            "w7/Cv8W+fj8=",
            "//79/A== AQI= ",
        ]
    );
}

#[test]
fn decoding_gives_a_buffer_or_text_and_ignores_line_ends() {
    assert_eq!(
        console("decodes"),
        ["true", "true", "true", "true", "true 255,254,253,252", "0,1,2"]
    );
}

#[test]
fn bytes_of_every_length_survive_every_variant() {
    assert_eq!(console("roundTrips"), ["0"]);
}

#[test]
fn what_is_not_base64_is_refused() {
    let lines = console("refused");
    assert_eq!(lines.len(), 8);
    for line in &lines[..7] {
        assert!(line.starts_with("GoError: illegal base64 data at input byte "), "{line}");
    }
    assert_eq!(lines[4], "GoError: illegal base64 data at input byte 2");
    assert_eq!(lines[7], "GoError: b64encode() takes a string or an ArrayBuffer, not number");
}
